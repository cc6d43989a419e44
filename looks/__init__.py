"""What makes the files that pages are made to look good with: the serif, and the contact sheets."""
