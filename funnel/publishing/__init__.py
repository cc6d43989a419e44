"""From the practice's folder to editions that never change, and what an edit does to everybody half-way."""
