"""What differs from one refusal to the next is left out, so that a person sees how many were told the same."""

from __future__ import annotations

import pytest

from funnel.replies.same_words import same_words


@pytest.mark.parametrize("type_", ["", "smtp; ", "smtp;", "SMTP; ", "x-unknown;  "])
def test_the_type_of_a_diagnostic_code_changes_nothing(type_: str) -> None:
    """RFC 3464, 2.3.6: reports and webhooks lead with it, with a space or none; a server's own answer has none."""
    assert same_words(f"{type_}550 5.1.1 <dan@example.org>: user unknown") == "550 5.1.1 …: user unknown"


def test_codes_stay_and_addresses_hosts_links_and_numbers_go() -> None:
    said = "550-5.7.1 mx1.mail.example.org [192.0.2.7] see https://example.org/x 4711abc99x"
    assert same_words(said) == "550-5.7.1 … see …"
