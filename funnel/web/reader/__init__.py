"""What a reader opens from her mail: her files, her choices, the way out."""
