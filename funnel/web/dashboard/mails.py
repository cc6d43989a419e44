"""The list of single mails."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from funnel.insight import mails_page
from funnel.insight.mail_groups import adapters_used, mail_groups, reasons_of
from funnel.web.context import current_now, current_service
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.mail_acts import said_after
from funnel.web.dashboard.mail_filter import CHOICES, UNDECIDED, asked_mails
from funnel.web.dashboard.params import page_before
from funnel.web.dashboard.reasons import mending, reason_in_address

_GROUPS = 20


@blueprint.get("/deliveries")
def mails() -> ResponseReturnValue:
    """Mails by state, reason, channel, kind and day, all in the address, so that Back leads back."""
    asked = asked_mails()
    with current_service().db.read() as session:
        lines, before = mails_page(session, asked.wanted, page_before())
        deciding = asked.state in UNDECIDED and bool(lines)
        groups = mail_groups(session, asked.wanted, _GROUPS) if deciding else []
        # Mail that was sent has none, and of all mail the reasons are too many to choose from.
        reasons = [] if asked.state in ("", "accepted") else reasons_of(session, asked.wanted)
        reasons = [(reason, n) for reason, n in reasons if reason_in_address(reason)]
        adapters = adapters_used(session)
    return render_template(
        "dashboard/mails.html",
        lines=lines,
        before=before,
        asked=asked,
        chosen=asked.state,
        choices=CHOICES,
        groups=groups,
        deciding=deciding,
        reasons=reasons,
        adapters=adapters,
        mending=mending,
        seen=current_now().isoformat(),
        said=said_after(),
    )
