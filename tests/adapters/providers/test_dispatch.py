"""How mails are packed into calls, and what one call's answer means for the others."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from funnel.adapters.http import CallFailed, HttpAdapter, HttpReply, Item, Request
from funnel.adapters.http.dispatch import Limits
from funnel.adapters.message import Envelope
from funnel.mail import Mail, Outcome, OutcomeKind
from tests.adapters.examples import mail_to, outcomes
from tests.adapters.providers.common import kinds, readers

OK = Outcome(OutcomeKind.ACCEPTED, "", "1")
REFUSED = Outcome(OutcomeKind.PERMANENT_MESSAGE, "no")


class Plain:
    """A provider whose call holds the mails' keys, and whose answer is the next of its script."""

    name = "plain"

    def __init__(self, *script: Outcome | list[Outcome] | CallFailed, repeats: bool = False) -> None:
        self.repeats = repeats
        self.script = deque(script)
        self.calls: list[list[str]] = []

    def share(self, mail: Mail, envelope: Envelope) -> bytes:
        return mail.key.encode()

    def request(self, items: Sequence[Item]) -> Request:
        self.calls.append([item.mail.key for item in items])
        return Request("/", b"")

    def read(self, reply: HttpReply, items: Sequence[Item], repeated: bool) -> Outcome | list[Outcome]:
        found = self.script.popleft() if self.script else [OK] * len(items)
        assert not isinstance(found, CallFailed)
        return found

    def post(self, request: Request) -> HttpReply:
        if self.script and isinstance(self.script[0], CallFailed):
            loss = self.script.popleft()
            assert isinstance(loss, CallFailed)
            raise loss
        return HttpReply(200, {}, b"")

    def close(self) -> None: ...


def over(plain: Plain, connections: int = 1, batch: int = 4, most: int = 1000) -> HttpAdapter:
    return HttpAdapter(plain, plain, Limits(connections, batch, most))


def test_a_call_keeps_to_its_bytes_and_a_large_mail_goes_alone() -> None:
    plain = Plain()
    mails = [mail_to(key=key) for key in ("aaa", "bbb", "cccc", "d" * 30, "e", "f")]
    outcomes(over(plain, most=8), mails)
    assert plain.calls == [["aaa", "bbb"], ["cccc"], ["d" * 30], ["e", "f"]]


def test_a_mail_that_did_not_fit_counts_as_not_begun() -> None:
    plain = Plain(Outcome(OutcomeKind.QUOTA, "full"))
    found = outcomes(over(plain, most=4), [mail_to(key=key) for key in ("aaa", "bbb", "ccc")])
    assert set(kinds(found).values()) == {"quota"}
    assert plain.calls == [["aaa"]]


def test_a_word_about_the_channel_stops_only_mails_not_begun() -> None:
    plain = Plain([OK, Outcome(OutcomeKind.AUTH_CONFIG, "sender"), OK])
    found = outcomes(over(plain, batch=3), readers(5))
    assert list(kinds(dict(sorted(found.items()))).values()) == [
        "accepted",
        "auth_config",
        "accepted",
        "auth_config",
        "auth_config",
    ]


def test_a_refused_call_is_halved_and_one_half_stops_the_other() -> None:
    plain = Plain(REFUSED, Outcome(OutcomeKind.RATE, "slow"))
    found = outcomes(over(plain), readers(4))
    assert set(kinds(found).values()) == {"rate"}
    assert plain.calls == [["0", "1", "2", "3"], ["0", "1"]]


def test_halving_finds_each_bad_mail() -> None:
    plain = Plain(REFUSED, REFUSED, REFUSED, [OK], [OK, OK])
    found = outcomes(over(plain), readers(4))
    assert kinds(found) == {"0": "permanent_message", "1": "accepted", "2": "accepted", "3": "accepted"}
    assert plain.calls == [["0", "1", "2", "3"], ["0", "1"], ["0"], ["1"], ["2", "3"]]


def test_a_call_is_repeated_only_where_no_mail_is_taken_twice() -> None:
    silent = [CallFailed("silence", sent=True) for _ in range(3)]
    without = Plain(*silent[:1])
    assert kinds(outcomes(over(without), readers(1))) == {"0": "ambiguous"}
    assert len(without.calls) == 1
    knowing = Plain(*silent[1:], repeats=True)
    assert kinds(outcomes(over(knowing), readers(1))) == {"0": "ambiguous"}
    assert len(knowing.calls) == 2


def test_a_second_call_that_is_refused_refuses_the_first_too() -> None:
    plain = Plain(CallFailed("silence", sent=True), REFUSED, repeats=True)
    assert kinds(outcomes(over(plain), readers(1))) == {"0": "permanent_message"}


def test_a_second_call_that_never_left_leaves_the_first_unknown() -> None:
    plain = Plain(CallFailed("silence", sent=True), CallFailed("nobody", sent=False), repeats=True)
    found = outcomes(over(plain), readers(1))
    assert kinds(found) == {"0": "ambiguous"}
    assert "nobody" in found["0"].detail


def test_an_unreachable_provider_is_temporary_for_all() -> None:
    plain = Plain(CallFailed("nobody", sent=False))
    assert set(kinds(outcomes(over(plain, batch=2), readers(7))).values()) == {"temporary"}
    assert len(plain.calls) == 1


def test_an_iterator_closed_early_begins_no_further_call() -> None:
    plain = Plain()
    answered = over(plain, batch=1).send(readers(50))
    next(answered)
    answered.close()  # type: ignore[attr-defined]
    assert len(plain.calls) <= 2


def test_a_window_is_what_is_on_the_wire_at_once() -> None:
    assert over(Plain(), connections=3, batch=50).window == 150
