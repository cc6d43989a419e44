"""Decisions about held and unknown mail: one from its row, or all that a filter finds, after a page that says how many.

Nothing is sent twice by pressing twice: a decision takes only mail that still waits for one, and of unknown mail only
what was so when the page was made (`sending.held`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from funnel.insight.mail_groups import mail_groups, mail_ids, mails_counted
from funnel.sending.held import drop, note_arrival, release, state_sentences
from funnel.web.context import current_now, current_service
from funnel.web.dashboard.auditing import note_before_and_after
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.guard import signed_in
from funnel.web.dashboard.mail_filter import UNDECIDED, AskedMails, asked_mails
from funnel.web.dashboard.params import LARGEST_ID, form_text, seen_at

_AT_ONCE = 200  # in one transaction
_MOST = 2_000  # with one press
_GROUPS = 20
_UNSAID = "decided on the dashboard"


class MailAct(StrEnum):
    RELEASE = "release"
    DROP = "drop"
    ARRIVED = "arrived"


_DO: Mapping[MailAct, Callable[..., list[int]]] = {
    MailAct.RELEASE: release,
    MailAct.DROP: drop,
    MailAct.ARRIVED: note_arrival,
}
# What was done, to one mail and to several.
_DONE: Mapping[MailAct, tuple[str, str]] = {
    MailAct.RELEASE: ("It waits to be sent now.", "{n} mails wait to be sent now."),
    MailAct.DROP: (
        "It is given up. Its reader goes on with what comes next.",
        "{n} mails are given up. Their readers go on with what comes next.",
    ),
    MailAct.ARRIVED: ("It counts as sent.", "{n} mails count as sent."),
}


@blueprint.get("/deliveries/decide", endpoint="ask_about_mails")
def ask_about_mails() -> ResponseReturnValue:
    """Says what would happen to how many mails, with the button that does it."""
    asked = asked_mails()
    act = _act(request.args.get("act", ""), asked)
    with current_service().db.read() as session:
        groups = mail_groups(session, asked.wanted, _GROUPS)
        count = mails_counted(session, asked.wanted)
    return render_template(
        "dashboard/decide.html",
        act=act,
        asked=asked,
        groups=groups,
        count=count,
        at_once=min(count, _MOST),
        more=count - sum(group.count for group in groups),
        seen=current_now().isoformat(),
        changed=bool(request.args.get("changed")),
    )


@blueprint.post("/deliveries/decide", endpoint="decide_mails")
def decide_mails() -> ResponseReturnValue:
    """Decides about one mail, or about all that the form's filter finds if they are still as many as it said."""
    user = signed_in() or abort(401)
    asked = asked_mails(request.form)
    act, seen = _act(form_text("act"), asked), seen_at()
    why = form_text("why") or _UNSAID
    service = current_service()
    one = form_text("id")
    if one:
        if not (one.isascii() and one.isdecimal() and 0 < int(one) <= LARGEST_ID):
            abort(400)
        done = _decide(act, [int(one)], user.email, why, seen)
        note_before_and_after({"mails": asked.state}, {"mails": f"{len(done)} × {act.value}"})
        told = {"done": act.value, "n": "1"} if done else {"done": "not", "id": one}
        return _to("mails", {**asked.query, **told})
    with service.db.read() as session:
        count, ids = mails_counted(session, asked.wanted), mail_ids(session, asked.wanted, _MOST)
    if form_text("count") != str(count):
        return _to("ask_about_mails", {**asked.query, "act": act.value, "changed": "1"})
    parts = (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
    n = sum(len(_decide(act, part, user.email, why, seen)) for part in parts)
    note_before_and_after({"mails": asked.state}, {"mails": f"{n} × {act.value}"})
    return _to("mails", {"state": asked.state, "done": act.value, "n": str(n)})


def said_after() -> str:
    """What the list says after a press, by the words in its address; "" where there was none."""
    done, n = request.args.get("done", ""), _small("n")
    if done == "not":
        number = _small("id")
        sentence = state_sentences(current_service(), [number])[number]
        return f"Nothing has changed: somebody decided about this mail before, or it has moved on. Now {sentence}."
    if done not in set(MailAct):
        return ""
    if n == 0:
        return "Nothing has changed: somebody decided about these mails meanwhile."
    one, many = _DONE[MailAct(done)]
    return one if n == 1 else many.format(n=f"{n:,}")


def _decide(act: MailAct, ids: Sequence[int], who: str, why: str, seen: datetime) -> list[int]:
    return _DO[act](current_service(), ids, who[:80], why, current_now(), seen=seen)


def _to(endpoint: str, query: Mapping[str, Any]) -> ResponseReturnValue:
    return redirect(url_for(f"dashboard.{endpoint}", **query), 303)


def _act(text: str, asked: AskedMails) -> MailAct:
    """What is to be done; 404 for what is no act, or none for mail of this state."""
    if text not in set(MailAct) or asked.state not in UNDECIDED:
        abort(404)
    if text == MailAct.ARRIVED and asked.state != "unknown":
        abort(404)
    return MailAct(text)


def _small(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
