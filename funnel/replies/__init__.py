"""What a server's answer means: about whom it is, how sure that is, and why. Pure; see README.md."""

from funnel.replies.interpret import REPLIES_VERSION, interpret
from funnel.replies.kinds import ABOUT_US, kind_of
from funnel.replies.model import SURE, About, BounceKind, Certainty, Meaning, Phase, Remedy, Speaker, Statement
from funnel.replies.provider_lists import ListedFor, listed_for
from funnel.replies.reasons import about_reason
from funnel.replies.refusals import refusal_of

__all__ = [
    "ABOUT_US",
    "REPLIES_VERSION",
    "SURE",
    "About",
    "BounceKind",
    "Certainty",
    "ListedFor",
    "Meaning",
    "Phase",
    "Remedy",
    "Speaker",
    "Statement",
    "about_reason",
    "interpret",
    "kind_of",
    "listed_for",
    "refusal_of",
]
