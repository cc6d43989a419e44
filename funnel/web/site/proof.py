"""What an open page carries: when it was opened, a wait that has begun, work to do. Each is good for one sign-up.

A page is open in its visitor's time, however fast the story goes, so all of this lives by machine time.

The work is ALTCHA's (its library makes and checks it, `static/work.js` does it while somebody types). It prices an
attack and stops none: what a mailbox can be sent is limited in `people.mailboxes`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

from altcha import Payload, create_challenge, verify_solution
from limits import RateLimitItemPerHour

from funnel.clock import Clock
from funnel.settings import Settings
from funnel.web.budgets import Budgets

# PBKDF2 as often as this for each try, and a solution among so many tries: half a second for a computer of these days,
# two for an old telephone, and as long for a program.
_COST = 5_000
_FEWEST, _MOST = 60, 260
_LIFE = timedelta(minutes=20)
_SEAL_LIFE = timedelta(hours=24)
_LONGEST = 4_096
_ONCE = (RateLimitItemPerHour(1, 24),)
_ALTCHA_FAULTS = (ValueError, TypeError, AttributeError, KeyError, OverflowError)


class Proofs:
    """Made and checked with keys derived from the secret key; the newest makes, all check."""

    def __init__(self, settings: Settings, budgets: Budgets, clock: Clock) -> None:
        self._keys = [hmac.digest(key.encode(), b"funnel.signup.proof", "sha256") for key in settings.secret_keys]
        self._budgets, self._clock = budgets, clock

    def challenge(self) -> dict[str, object]:
        """A task for a browser, as ALTCHA's protocol writes it; good for twenty minutes."""
        counter = _FEWEST + secrets.randbelow(_MOST - _FEWEST)
        until = self._clock.machine_now() + _LIFE
        made = create_challenge(
            "PBKDF2/SHA-256", _COST, counter=counter, expires_at=until, hmac_secret=self._keys[0].hex()
        )
        return dict(made.to_dict())

    def solved(self, solution: str) -> bool:
        """Whether this is the solution of a task of ours, and nobody has used it yet. It is used up by this."""
        if not solution or len(solution) > _LONGEST:
            return False
        if not any(_verified(solution, key.hex()) for key in self._keys):
            return False
        return self._budgets.spend(_ONCE, "proof", self._budgets.digest("proof", _task(solution)))

    def seal(self, what: str) -> str:
        """A word that only we can have given, and when: the page was opened, or the wait begun."""
        text = f"{int(self._clock.machine_now().timestamp())}.{secrets.token_hex(8)}"
        return f"{text}.{_mac(self._keys[0], what, text)}"

    def age(self, what: str, seal: str) -> timedelta | None:
        """How long ago this seal was given for this; None if it is none of ours, or older than a day."""
        text, _, mac = seal.rpartition(".")
        if len(seal) > 200 or not any(
            hmac.compare_digest(mac.encode("utf-8", "replace"), _mac(key, what, text).encode()) for key in self._keys
        ):
            return None
        age = self._clock.machine_now() - datetime.fromtimestamp(int(text.partition(".")[0]), UTC)
        return age if timedelta(0) <= age + timedelta(seconds=1) and age <= _SEAL_LIFE else None

    def use(self, seal: str) -> bool:
        """Whether nobody has used this seal yet. It is used up by this."""
        return self._budgets.spend(_ONCE, "seal", self._budgets.digest("seal", seal))


def _verified(solution: str, key: str) -> bool:
    try:
        return bool(verify_solution(solution, key).verified)
    except _ALTCHA_FAULTS:  # the library reads what anybody may have written, and not every shape was thought of
        return False


def _task(solution: str) -> str:
    """What names the task, however its solution is written."""
    return Payload.from_base64(solution).challenge.parameters.nonce


def _mac(key: bytes, what: str, text: str) -> str:
    return hmac.new(key, f"{what}:{text}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]
