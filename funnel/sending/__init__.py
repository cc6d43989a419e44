"""The one door out: what is due is claimed, composed, handed over, and its outcome written down."""
