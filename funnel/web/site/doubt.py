"""Whether a sign-up goes straight through, or has to show something first. Nobody is ever shut out of a page.

Always: a field that people do not see stays empty, and nobody fills a form in within two seconds. As long as a network,
and everybody together, sign up no more often than usual, nothing else is asked. Beyond that a browser shows work done
(it does that while she types) or, without JavaScript, waits for a moment on one more page. Only programs are sent away,
and told until when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from flask import current_app
from limits import RateLimitItem, RateLimitItemPerHour, parse_many

from funnel.clock import Clock
from funnel.settings import Settings, SettingsError
from funnel.web.budgets import Budgets
from funnel.web.site.forms import SignupForm
from funnel.web.site.proof import Proofs

EXTENSION, OPENED = "funnel.doubt", "opened"
_QUICKEST = timedelta(seconds=2)
_WAIT, _LONG_WAIT = timedelta(seconds=10), timedelta(seconds=60)
_SHORT_WAITS = (RateLimitItemPerHour(30),)  # from one network
_ALL = 10  # everybody together: as much as so many networks
_BUSY = 0.15  # what is left of a program's share while everybody together is beyond that


@dataclass(frozen=True, slots=True)
class OneMoreStep:
    """What stands before this sign-up: the seconds to wait, for a person on the page and for a program.

    `network`: because of how often its network has signed up, and for no other reason.
    """

    seconds: int
    program_seconds: int
    network: bool


class Doubt:
    """Judges sign-ups. Raises SettingsError where the setting is no limit; an empty one means none."""

    def __init__(self, settings: Settings, budgets: Budgets, clock: Clock) -> None:
        self.proofs = Proofs(settings, budgets, clock)
        self._budgets = budgets
        self._each = _limits(settings.signup_limit)
        self._all = [_times(each, _ALL) for each in self._each]
        self._busy = [_times(each, _BUSY) for each in self._each]

    def unusual(self, address: str | None) -> bool:
        """Whether the next sign-up from here would have to show something. Counts nothing."""
        network = self._budgets.network(address)
        return not (self._budgets.left(self._each, "signup", network) and self._budgets.left(self._all, "signups"))

    def step_before(self, form: SignupForm, address: str | None, *, program: bool) -> OneMoreStep | None:
        """What stands before this sign-up, None where nothing does; it is counted, once, before anything is done."""
        network = self._budgets.network(address)
        within = self._budgets.spend(self._each, "signup", network)
        calm = not within or self._budgets.spend(self._all, "signups")
        if within and calm and (program or not self._is_odd(form)):
            return None
        if self._shows_something(form):
            return None
        if program and within and self._budgets.spend(self._busy, "busy", network):
            return None
        return self._step(network, within=within and not program)

    def _step(self, network: str, *, within: bool) -> OneMoreStep:
        short = self._budgets.spend(_SHORT_WAITS, "step", network)
        until = max(self._budgets.wait(self._each, "signup", network), self._budgets.wait(self._busy, "busy", network))
        seconds = int((_WAIT if short else _LONG_WAIT).total_seconds())
        return OneMoreStep(seconds, until, network=not within)

    def _is_odd(self, form: SignupForm) -> bool:
        """Whether no person filled this in. A form that does not say when it was opened is a program's own."""
        age = self.proofs.age(OPENED, form.opened) if form.opened else None
        return bool(form.trap) or (age is not None and age < _QUICKEST)

    def begin_wait(self, form: SignupForm, step: OneMoreStep) -> tuple[str, int]:
        """What the page carries that asks to wait, and how many seconds are left: a wait that has begun goes on."""
        seconds, waited = self._waited(form)
        if seconds and waited < seconds:
            return form.waited, seconds - int(waited)
        return f"{step.seconds}:{self.proofs.seal(_wait_of(step.seconds, form))}", step.seconds

    def _shows_something(self, form: SignupForm) -> bool:
        if form.altcha and self.proofs.solved(form.altcha):
            return True
        seconds, waited = self._waited(form)
        return 0 < seconds <= waited and self.proofs.use(form.waited)

    def _waited(self, form: SignupForm) -> tuple[int, float]:
        """How many seconds this form was asked to wait for, and has waited; (0, 0) where it was not."""
        asked, _, seal = form.waited.partition(":")
        if not (seal and asked.isascii() and asked.isdecimal() and len(asked) <= 4):
            return 0, 0
        age = self.proofs.age(_wait_of(int(asked), form), seal)
        return (0, 0) if age is None else (int(asked), age.total_seconds())


def current_doubt() -> Doubt:
    """What judges the sign-ups of this app."""
    return cast(Doubt, current_app.extensions[EXTENSION])


def _wait_of(seconds: int, form: SignupForm) -> str:
    """What a wait is sealed for: one address and no other."""
    return f"wait:{seconds}:{form.email.strip().casefold()}"


def _limits(written: str) -> list[RateLimitItem]:
    try:
        return parse_many(written) if written else []
    except ValueError:
        raise SettingsError(
            f"FUNNEL_SIGNUP_LIMIT is wrong: {written!r} is no limit; write for example 20 per hour. "
            "See docs/settings.md"
        ) from None


def _times(limit: RateLimitItem, factor: float) -> RateLimitItem:
    return type(limit)(max(1, int(limit.amount * factor)), limit.multiples)
