"""One adapter in use: open, paced or resting; the breaker, and what keeps made-up practices from real mail."""
