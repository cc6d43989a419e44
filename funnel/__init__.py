"""An e-mail course and lead-funnel service for a small practice."""

__version__ = "0.1.0"
