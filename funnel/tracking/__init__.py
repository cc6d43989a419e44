"""Opens and clicks: who caused them, a person or a machine, and the figures that follow."""
