"""What comes back, told truthfully."""
