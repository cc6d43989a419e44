"""The practice's side: sign-in, figures, people, mails.

Importing the modules of pages registers them on the one blueprint of the dashboard.
"""

from funnel.web.dashboard import (
    account,
    acts,
    auditing,
    bookings,
    doctor,
    embedding,
    erasing,
    funnel,
    health,
    mail_acts,
    mails,
    numbers,
    overview,
    people,
    privacy,
    resting,
    tags,
    users,
)

__all__ = [
    "account",
    "acts",
    "auditing",
    "bookings",
    "doctor",
    "embedding",
    "erasing",
    "funnel",
    "health",
    "mail_acts",
    "mails",
    "numbers",
    "overview",
    "people",
    "privacy",
    "resting",
    "tags",
    "users",
]
