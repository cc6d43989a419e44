"""Conversations: a reader asks for one, adds to it, asks for another time, cancels, or takes that back."""
