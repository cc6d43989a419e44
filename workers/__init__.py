"""When it runs: RQ jobs, the clock, and the supervisor that keeps the processes of one machine alive."""
