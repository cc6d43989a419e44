"""What of a visitor's address a limit counts."""

from __future__ import annotations

from funnel.web.visitor import limit_key


def test_one_customer_of_a_provider_is_one_network() -> None:
    assert limit_key("2001:db8:12:3401::1") == limit_key("2001:db8:12:34ff:aaaa::2") != limit_key("2001:db8:12:3501::1")
    assert limit_key("192.0.2.1") != limit_key("192.0.2.2")
    assert limit_key("::ffff:192.0.2.1") == limit_key("192.0.2.1")
