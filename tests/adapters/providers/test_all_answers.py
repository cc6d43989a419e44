"""What the adapters of all providers make of answers that are not the provider's own: statuses, nonsense, echoes."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from funnel.mail import OutcomeKind
from tests.adapters.examples import mail_to, outcomes, send_one
from tests.adapters.providers.apis import Api
from tests.adapters.providers.common import readers
from tests.adapters.providers.conftest import Connect, Start
from tests.adapters.providers.server import Answer, HangUp, Heard, Say, say


@pytest.mark.parametrize("status", [502, 504, 520, 524, 599])
def test_a_gateway_that_gave_up_waiting_leaves_the_mail_unknown(api: Api, connect: Connect, status: int) -> None:
    api.next.extend([Say(status, b"<h1>Bad gateway</h1>")] * 2)
    assert send_one(connect(api), mail_to()).kind is OutcomeKind.AMBIGUOUS


@pytest.mark.parametrize("status", [500, 503, 408, 522])
def test_a_provider_that_is_unwell_is_asked_again_later(api: Api, connect: Connect, status: int) -> None:
    api.next.append(Say(status, b"<h1>Oops</h1>"))
    assert send_one(connect(api), mail_to()).kind is OutcomeKind.TEMPORARY


def test_too_many_calls_slow_the_channel_for_as_long_as_asked(api: Api, connect: Connect) -> None:
    api.next.append(say({"message": "Too many requests"}, 429, Retry_After="37"))
    options = {"connections": 1} | ({"batch": 1} if api.batch > 1 else {})
    found = outcomes(connect(api, **options), readers(4))
    assert {outcome.kind for outcome in found.values()} == {OutcomeKind.RATE}
    assert {outcome.retry_after.total_seconds() for outcome in found.values() if outcome.retry_after} == {37}
    assert api.taken == []


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_key_or_path_that_is_wrong_stops_the_channel(api: Api, connect: Connect, status: int) -> None:
    api.next.append(Say(status, b"no"))
    assert send_one(connect(api), mail_to()).kind is OutcomeKind.AUTH_CONFIG


def test_a_mail_refused_for_what_it_holds_fails_alone(api: Api, connect: Connect, start: Start) -> None:
    """A batch refused as a whole is halved until the bad mail stands alone."""
    bad = b"reader3@example.org"
    server = start(lambda heard: Say(413, b"too much") if bad in heard.body else api(heard))
    found = outcomes(connect(api, server), readers(10))
    kinds = {key: outcome.kind for key, outcome in found.items()}
    assert kinds.pop("3") is OutcomeKind.PERMANENT_MESSAGE
    assert set(kinds.values()) == {OutcomeKind.ACCEPTED}
    assert max(api.count().values()) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"\xff\xfe\x00", b"null", b"[]", b"{}", b"[[[[", b'{"id":', b"[" * 200_000, b"9" * 10_000],
    ids=["empty", "words", "bytes", "null", "list", "object", "open", "truncated", "deep", "number"],
)
def test_nonsense_with_a_good_status_leaves_the_mail_unknown(api: Api, connect: Connect, body: bytes) -> None:
    api.next.extend([Say(200, body)] * 2)
    outcome = send_one(connect(api), mail_to())
    assert outcome.kind is OutcomeKind.AMBIGUOUS, outcome
    assert len(outcome.detail) <= 500


def test_an_answer_cut_short_leaves_the_mail_unknown(api: Api, connect: Connect, start: Start) -> None:
    if api.scheme == "sendgrid":
        pytest.skip("SendGrid's answer has no body: the status is all there is")

    def cut(heard: Heard) -> Answer:
        whole = api(heard)
        return replace(whole, cut=3) if isinstance(whole, Say) and whole.status < 300 else whole

    outcome = send_one(connect(api, start(cut)), mail_to())
    # Brevo, asked again under the same key, says that it has the mail already. Resend's answer is cut again.
    assert outcome.kind is (OutcomeKind.ACCEPTED if api.scheme == "brevo" else OutcomeKind.AMBIGUOUS)


def test_secrets_and_addresses_are_shown_nowhere(api: Api, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    adapter = connect(api)
    shown = repr(adapter) + repr(vars(adapter)["_caller"])
    for prefix in ("", "Bearer ", "Basic "):
        words = f"{prefix}{' '.join(api.secrets)} may not write to ada@example.org"
        api.next.append(say({"message": words, "Message": words, "errors": [words], "ErrorMessage": words}, 401))
        shown += repr(send_one(adapter, mail_to()))
    api.next.extend([HangUp()] * 2)
    shown += repr(send_one(adapter, mail_to())) + caplog.text
    assert "may not write to" in shown
    assert not [secret for secret in (*api.secrets, "ada@example.org") if secret in shown]


def test_a_mail_that_cannot_be_sent_does_not_stop_the_others(api: Api, connect: Connect) -> None:
    found = outcomes(connect(api), [mail_to("ada@example.org"), mail_to("broken"), mail_to("fay@example.org")])
    assert sorted(outcome.kind.value for outcome in found.values()) == ["accepted", "accepted", "permanent_recipient"]
    assert {mail.to for mail in api.taken} == {"ada@example.org", "fay@example.org"}


def test_domains_in_any_script_are_reached_by_their_ascii_names(api: Api, connect: Connect) -> None:
    assert send_one(connect(api), mail_to("ada@bücher.example")).kind is OutcomeKind.ACCEPTED
    assert api.taken[0].to == "ada@xn--bcher-kva.example"


def test_a_key_that_is_no_simple_word_is_marked_by_its_digest(api: Api, connect: Connect) -> None:
    send_one(connect(api), mail_to(key="lesson 1/ada@example.org"))
    assert api.taken[0].delivery.startswith("sha256-")


@pytest.mark.parametrize(
    "address",
    [
        "ada",
        "ada@",
        "@example.org",
        "a da@example.org",
        "ada@-x.org",
        "ada@a..org",
        "ada@example.org,eve@example.org",
        "ada@example.org\r\nBcc: eve@example.org",
        "<ada@example.org>",
    ],
)
def test_no_address_and_two_in_one_reach_no_provider(api: Api, connect: Connect, start: Start, address: str) -> None:
    server = start(api)
    outcome = send_one(connect(api, server), mail_to(address))
    assert outcome.kind is OutcomeKind.PERMANENT_RECIPIENT
    assert address not in outcome.detail
    assert server.connections == 0


def test_no_header_can_break_out_of_its_line(api: Api, connect: Connect, start: Start) -> None:
    server = start(api)
    adapter = connect(api, server)
    wicked = "Ada\r\nBcc: eve@example.org"
    for mail in (
        mail_to(name=wicked),
        mail_to(subject=wicked),
        mail_to(headers=(("List-Id", wicked),)),
        mail_to(headers=(("List-Id\r\nBcc", "eve@example.org"),)),
        mail_to(headers=(("Reply-To", wicked),)),
    ):
        assert send_one(adapter, mail).kind is OutcomeKind.PERMANENT_MESSAGE
    assert send_one(adapter, mail_to(sender="nobody")).kind is OutcomeKind.AUTH_CONFIG
    assert server.connections == 0


def test_answers_made_of_anything_raise_nothing(api: Api, connect: Connect) -> None:
    """Shapes that no provider ever documented, in the places where theirs stand; the dice always fall alike."""
    dice = random.Random(4711)
    adapter = connect(api)
    for _ in range(60):
        status = dice.choice([200, 201, 202, 400, 401, 403, 409, 422, 429, 500, 502])
        api.next.extend([say(_anything(dice), status)] * 2)
        (outcome,) = outcomes(adapter, [mail_to()]).values()
        api.next.clear()
        assert len(outcome.detail) <= 500
        assert outcome.provider_id is None or len(outcome.provider_id) <= 200


def _anything(dice: random.Random, depth: int = 0) -> object:
    plain = [None, True, 0, -1, 1.5, "", "x" * 900, "ada@example.org", "200", 10**30]
    names = ["id", "message", "name", "code", "data", "errors", "Messages", "Status", "To", "Errors", "ErrorCode"]
    names += ["MessageID", "MessageId", "messageId", "results", "total_accepted_recipients", "index", "field"]
    if depth > 3 or dice.random() < 0.3:
        return dice.choice(plain)
    if dice.random() < 0.4:
        return [_anything(dice, depth + 1) for _ in range(dice.randrange(3))]
    return {name: _anything(dice, depth + 1) for name in dice.sample(names, 8)}
