"""The way from nothing to the first real mail: five steps, each as far as it was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.models import Lead
from funnel.settings import starter
from funnel.wiring import Service


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One step: what to do, and whether that was seen. `seen` is None where only a person can see it."""

    title: str
    advice: str
    seen: bool | None


def first_steps(session: Session, service: Service, stands: bool) -> Sequence[FirstStep]:
    """The five steps until the first reader has confirmed; none after that, nor in a demonstration.

    `stands` says whether something that the starter made up is still in what was published.
    """
    first_reader = select(Lead.id).where(Lead.confirmed_at.is_not(None)).limit(1)
    if service.settings.time_lapse or session.scalar(first_reader) is not None:
        return ()
    own = service.settings.sequences_dir.resolve() != starter("sequences").resolve()
    return (
        FirstStep(
            "A folder of your own",
            "`funnel init my-letters` makes it, with the starter’s letters in it to change.",
            own,
        ),
        FirstStep(
            "Your own words, published",
            "`funnel check my-letters` says what is still the starter’s, and `funnel publish my-letters` puts yours in "
            "force.",
            not stands,
        ),
        FirstStep(
            "A way out for mail",
            "Until `FUNNEL_MAIL_URL` names your mail provider, every mail is caught and goes to nobody.",
            service.real_mail.leaves,
        ),
        FirstStep(
            "A letter in your own mailbox",
            "`funnel send-test` sends you one. Only you can see whether it came, and how it looks there.",
            None,
        ),
        FirstStep("The first reader", "Sign up as a reader would, and press the button in the mail.", False),
    )
