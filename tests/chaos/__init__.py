"""Mail goes out while everything it needs is killed at random; then every delivery is held against what arrived.

`python -m tests.chaos` runs it; docs/chaos.md says how to read what it prints.
"""
