"""What whoever runs the service does with it as a whole."""
