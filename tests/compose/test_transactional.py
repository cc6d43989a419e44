"""Mails that somebody asked for this minute."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default

import pytest

from funnel.compose import FillError, MailHead, Transactional
from funnel.compose.transactional import OPTIONAL, VALUES
from funnel.mail import Mail
from funnel.mime import message_bytes
from tests.compose.conftest import PRACTICE, SENT, TEMPLATES

CONFIRM = {
    "first_name": "Ada",
    "offer_title": "A calmer heart",
    "confirm_url": "https://letters.example.org/confirm/abc",
    "consent_text": "Please send me the e-book & three mails.",
}
ASSET = {
    "first_name": "",
    "offer_title": "A calmer heart",
    "asset_url": "https://letters.example.org/download/abc",
    "kind": "ebook",
}


@pytest.fixture(scope="module")
def mails() -> Transactional:
    return Transactional(TEMPLATES, PRACTICE)


def fill(mails: Transactional, name: str, values: dict[str, str]) -> Mail:
    return mails.fill(name, values, MailHead("5", "ada@example.org", "<5@example.org>", SENT))


def test_a_confirmation_has_one_link_and_the_exact_consent(mails: Transactional) -> None:
    mail = fill(mails, "confirm", CONFIRM)
    assert mail.subject == "Please confirm your address"
    assert 'href="https://letters.example.org/confirm/abc"' in mail.html
    assert "Please send me the e-book &amp; three mails." in mail.html
    assert "https://letters.example.org/confirm/abc\n" in mail.text
    assert "Please send me the e-book & three mails." in mail.text
    assert "Ada" not in mail.text


def test_a_long_consent_is_wrapped_in_the_text_part(mails: Transactional) -> None:
    text = fill(mails, "confirm", {**CONFIRM, "consent_text": "I agree to this and that. " * 20}).text
    assert max(len(line) for line in text.split("\n")) <= 76


def test_mail_that_was_asked_for_is_no_list_mail(mails: Transactional) -> None:
    message = message_from_bytes(message_bytes(fill(mails, "confirm", CONFIRM)), policy=default)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Reply-To"] == "hello@harbour.example.org"
    assert message["Message-ID"] == "<5@example.org>"
    assert not [name for name in message if name.startswith("List-")]


def test_an_asset_mail_speaks_of_what_was_asked_for(mails: Transactional) -> None:
    ebook = fill(mails, "asset", ASSET)
    training = fill(mails, "asset", {**ASSET, "kind": "training"})
    assert "Open the e-book" in ebook.html
    assert "Dear reader," in ebook.text
    assert "Watch the training" in training.html
    assert "PDF" not in training.text


def test_a_sign_in_mail_says_how_long_it_works(mails: Transactional) -> None:
    mail = fill(mails, "sign-in", {"sign_in_url": "https://letters.example.org/sign-in/abc", "minutes": "30"})
    assert "for 30 minutes" in " ".join(mail.text.split())
    assert "for 30 minutes" in mail.html


def test_a_name_that_is_code_is_printed_as_typed(mails: Transactional) -> None:
    mail = fill(mails, "asset", {**ASSET, "first_name": "*<b>{{ 7*7 }}\r\nBcc: x"})
    assert "Dear *&lt;b&gt;{{ 7*7 }} Bcc: x," in mail.html
    assert "Dear *<b>{{ 7*7 }} Bcc: x," in mail.text


def test_a_missing_value_is_named(mails: Transactional) -> None:
    with pytest.raises(FillError) as raised:
        fill(mails, "confirm", {"first_name": "Ada", "offer_title": "x", "consent_text": "y"})
    assert raised.value.variable == "confirm_url"


def test_the_same_values_make_the_same_bytes(mails: Transactional) -> None:
    assert message_bytes(fill(mails, "confirm", CONFIRM)) == message_bytes(fill(mails, "confirm", CONFIRM))


_TO_STAFF, _BY_ITSELF = frozenset({"sign-in", "booking"}), frozenset({"night-answer"})


@pytest.mark.parametrize("name", sorted(VALUES))
@pytest.mark.parametrize("stops", [False, True])
def test_both_parts_of_each_mail_end_alike(mails: Transactional, name: str, stops: bool) -> None:
    values = {value: f"<{value}>" for value in VALUES[name]}
    if stops and "unsubscribe_url" in OPTIONAL.get(name, ()):
        values |= {value: f"https://letters.example.org/{value}" for value in ("unsubscribe_url", "preferences_url")}
    mail = fill(mails, name, values)
    ending = " ".join(mail.text.partition("-" * 70)[2].split())
    below = mail.html.partition('class="footer"')[2]
    for part in (ending, below):
        assert part.count(PRACTICE.postal_address) == 1
        assert part.count("An answer to this letter reaches us at") == (name not in _TO_STAFF | _BY_ITSELF)
        assert part.count("If it becomes too much") == (name not in _TO_STAFF | _BY_ITSELF)
        assert part.count("letters.example.org/unsubscribe_url") == ("unsubscribe_url" in values)
    assert mail.html.count("border-top: 1px solid") == 1, "one line above the ending"


def test_no_mail_says_by_itself_what_the_frame_says() -> None:
    said = ("An answer to this letter", "postal_address", "who.html", "who.txt", "--------")
    written = [path for path in (TEMPLATES / "email").glob("*/body.*") for each in said if each in path.read_text()]
    assert written == []
