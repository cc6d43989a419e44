"""What a person asks for: signing up, confirming, choosing, stopping; and what the practice does for her by hand."""
