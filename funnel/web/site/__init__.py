"""What any visitor may open: the front page, offers, the sign-up, the practice's own pages."""
