"""A delivery's states: how one is made, which state may follow which, and every statement that changes one."""
