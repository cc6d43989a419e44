"""What is kept of a person, and how it ends: erasure, retention, export."""
