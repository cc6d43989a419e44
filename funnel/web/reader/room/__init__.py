"""The reader's room: what comes and when, how it comes, what she has had, and what is kept of her.

From any mail it is *limited* to what whoever holds that mail may change. What shows her words, her name or her address,
and what cannot be undone, takes a fresh link that is mailed to her.
"""
