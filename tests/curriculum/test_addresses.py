"""What an address is: the same answer wherever one is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.adapters.message import prepare_envelope
from funnel.curriculum import check_library
from funnel.curriculum.addresses import AddressError, checked_address, read_address
from funnel.mail import Address, Mail, PlainBody
from tests.curriculum.examples import PRACTICE, folder

RIGHT = [
    ("ada@example.org", "ada@example.org"),
    ("  ada+book@example.org ", "ada+book@example.org"),
    ("letters@bücher.example", "letters@xn--bcher-kva.example"),
    # IDNA 2008 keeps the ß that IDNA 2003 made ss of: another domain.
    ("letters@straße.example", "letters@xn--strae-oqa.example"),
    ("letters@BÜCHER.example", "letters@xn--bcher-kva.example"),
    ("letters@xn--bcher-kva.example", "letters@xn--bcher-kva.example"),
    ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
]
WRONG = [
    "a" * 65 + "@example.org",
    "bü@example.org",
    "ada",
    "ada@example",
    "ada@@example.org",
    "ada..b@example.org",
    ".ada@example.org",
    "ada@exa mple.org",
    "ada@-example.org",
    "Ada <ada@example.org>",
    "ada@example.org, ben@example.org",
    "ada@example.org\nBcc: ben@example.org",
    "a" * 60 + "@" + ".".join(["b" * 60] * 3) + ".example.org",
]


@pytest.mark.parametrize(("typed", "wire"), RIGHT)
def test_an_address_is_read_as_it_goes_on_the_wire(typed: str, wire: str) -> None:
    assert read_address(typed) == wire


@pytest.mark.parametrize("typed", WRONG)
def test_what_is_no_address_is_refused_with_what_to_do(typed: str) -> None:
    assert read_address(typed) is None
    with pytest.raises(AddressError) as refused:
        checked_address(typed)
    assert refused.value.fix


@pytest.mark.parametrize("typed", [typed for typed in WRONG if "\n" not in typed])
def test_the_practice_hears_of_an_address_no_form_would_take(typed: str) -> None:
    text = PRACTICE.replace(b"letters@harbour.example.org", typed.encode())
    text = b'reply_to = "' + typed.encode() + b'"\n' + text
    found = [problem for problem in check_library(folder(practice=text))[1] if problem.code == "bad-address"]
    assert [(problem.severity, problem.line) for problem in found] == [("error", 1), ("error", 3)]


def test_the_practices_international_domain_becomes_punycode() -> None:
    text = PRACTICE.replace(b"letters@harbour.example.org", "letters@bücher.example".encode())
    library, found = check_library(folder(practice=b'reply_to = "ada@m\xc3\xbcller.example"\n' + text))
    assert not [problem for problem in found if problem.severity == "error"]
    assert library is not None
    assert library.practice.from_address == "letters@xn--bcher-kva.example"
    assert library.practice.reply_to == "ada@xn--mller-kva.example"


LOCAL = st.text("abcXYZ019.!#$%&'*+/=?^_`{|}~-\"@ü ", min_size=1, max_size=70)
LABEL = st.text("abcz09-üßé中_", min_size=1, max_size=66)


@given(LOCAL, st.lists(LABEL, min_size=1, max_size=4))
def test_what_the_form_takes_every_adapter_can_put_on_the_wire(local: str, labels: list[str]) -> None:
    address = read_address(f"{local}@{'.'.join(labels)}")
    if address is None:
        return
    sender = Address("Harbour", "letters@harbour.example.org")
    mail = Mail("1", sender.address, sender, Address("", address), "Hello", PlainBody("text", "<p>text</p>"))
    assert prepare_envelope(mail, utf8=False).recipient == address
    assert read_address(address) == address
