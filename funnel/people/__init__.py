"""Leads, consent, suppression, privacy."""
