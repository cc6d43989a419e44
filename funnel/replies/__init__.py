"""What a server's answer means: about whom it is, how sure that is, and why. Pure; see README.md."""

from funnel.replies.interpret import REPLIES_VERSION, interpret, remedy_of
from funnel.replies.kinds import BounceKind, kind_of
from funnel.replies.model import SURE, About, Meaning, Phase, Remedy, Statement
from funnel.replies.provider_lists import ListedFor, listed_for
from funnel.replies.reasons import about_reason

__all__ = [
    "REPLIES_VERSION",
    "SURE",
    "About",
    "BounceKind",
    "ListedFor",
    "Meaning",
    "Phase",
    "Remedy",
    "Statement",
    "about_reason",
    "interpret",
    "kind_of",
    "listed_for",
    "remedy_of",
]
