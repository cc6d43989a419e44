"""One adapter in use: open, paced or resting; the circuit breaker, and the gate for made-up practices."""
