"""What the page of a reader's copy calls what is kept of her, in her language; data.json has names for programs."""

from __future__ import annotations

from funnel.language import N_, _

TERMS = {
    "state": N_("state"),
    "kind": N_("kind"),
    "email": N_("e-mail address"),
    "first_name": N_("first name"),
    "zone": N_("time zone"),
    "language": N_("language"),
    "tracking": N_("measuring"),
    "discreet": N_("discreet subjects"),
    "slower": N_("slower pace"),
    "quiet_days": N_("days without mail"),
    "tags": N_("notes of the practice"),
    "watched": N_("quarters of the training watched"),
    "created_at": N_("since"),
    "asked_at": N_("asked"),
    "confirmed_at": N_("confirmed"),
    "paused_until": N_("paused until"),
    "erase_at": N_("to be erased"),
    "booked_at": N_("asked for a conversation"),
    "replied_at": N_("wrote back"),
    "received_at": N_("received what was promised"),
    "under_way_at": N_("first lesson received"),
    "finished_at": N_("finished"),
    "downloads": N_("downloads"),
    "day": N_("day"),
    "place": N_("where the form stood"),
    "utm": N_("where you came from"),
    "typed_name": N_("name as typed"),
    "typed_zone": N_("time zone as found"),
    "typed_language": N_("language of the page"),
    "new_email": N_("new address"),
    "old_email": N_("earlier address"),
    "undone_at": N_("taken back"),
    "taken_at": N_("taken off"),
    "order_ref": N_("order"),
    "bought_at": N_("bought"),
    "refunded_at": N_("refunded"),
    "ended_at": N_("ended"),
    "offer": N_("sign-up for"),
    "text": N_("what you agreed to"),
    "sequences": N_("for which mails"),
    "at": N_("when"),
    "origin": N_("from which network"),
    "detail": N_("details"),
    "result": N_("result"),
    "plain": N_("answer"),
    "sealed": N_("answer, kept encrypted"),
    "replaced_at": N_("replaced by a newer one"),
    "until": N_("kept until"),
    "sequence": N_("course"),
    "round": N_("how many times"),
    "reason": N_("reason"),
    "reasons": N_("reasons"),
    "note": N_("note"),
    "trigger": N_("begun by"),
    "started_on": N_("first day"),
    "started_at": N_("begun"),
    "due_at": N_("next mail"),
    "act": N_("what you did"),
    "name": N_("name"),
    "title": N_("title"),
    "minutes": N_("minutes"),
    "words": N_("your words"),
    "phone": N_("telephone"),
    "good_time": N_("a good time"),
    "source": N_("what led there"),
    "starts_at": N_("agreed time"),
    "cancelled_at": N_("cancelled"),
    "answered_at": N_("answered by the practice"),
    "link": N_("link"),
    "actor": N_("actor"),
    "raw": N_("as it came in"),
}
# Which row belongs to which: for programs alone.
FOR_PROGRAMS = frozenset(
    {"id", "lead_id", "delivery_id", "asking_id", "booking_id", "new_digest", "old_digest", "put_by", "taken_by"}
)
_VALUES = {
    "guest": N_("asked for a session, on no list"),
    "asked": N_("asked"),
    "confirmed": N_("confirmed"),
    "withdrawn": N_("withdrawn"),
    "ended": N_("given back"),
    "tracking": N_("measuring"),
    "left": N_("left"),
    "active": N_("under way"),
    "finished": N_("finished"),
    "stopped": N_("stopped"),
    "waiting": N_("waiting"),
    "accepted": N_("sent"),
    "failed": N_("not sent, for a fault"),
    "skipped": N_("not sent"),
    "held": N_("held back"),
    "unknown": N_("unknown"),
    "bounced": N_("came back"),
    "complained": N_("complaint"),
    "opened": N_("opened"),
    "clicked": N_("link pressed"),
    "downloaded": N_("downloaded"),
    "delivered": N_("delivered"),
    "human": N_("person"),
    "machine": N_("program"),
    "confirmation": N_("confirmation"),
    "lesson": N_("lesson"),
    "asset": N_("link to what was promised"),
    "none": N_("nothing"),
    "clicks": N_("links"),
    "full": N_("links and opening"),
}
_SAID_BY_VALUE = frozenset({"state", "kind", "actor", "tracking"})


def term(name: str) -> str:
    """What a reader calls this column; "" for one that only programs need."""
    if name in FOR_PROGRAMS:
        return ""
    return _(TERMS[name]) if name in TERMS else name.replace("_", " ")


def value_said(name: str, value: object) -> object:
    """A value that is a word of ours, in her language; any other as it is."""
    return _(_VALUES[value]) if name in _SAID_BY_VALUE and isinstance(value, str) and value in _VALUES else value


def yes_or_no(value: bool) -> str:
    return _("yes") if value else _("no")
