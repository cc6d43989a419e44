"""What the catcher caught can be read in the browser, and only while nothing is sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from funnel.mail import Address, Mail, PlainBody
from funnel.mime import message_bytes
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.web.conftest import Pages, on_one_database, text_of


def caught(folder: Path, number: int, subject: str) -> None:
    mail = Mail(
        key=str(number),
        envelope_from="bounces@example.org",
        sender=Address("Harbour Practice", "letters@example.org"),
        recipient=Address("", "ada@example.org"),
        subject=subject,
        body=PlainBody(
            "Dear Ada, <b>as typed</b>",
            '<html><head></head><body><p>Dear Ada</p><script>alert(1)</script><a href="https://example.org">x</a></body>',
        ),
    )
    folder.mkdir(parents=True, exist_ok=True)
    top = b"X-Caught-At: 2027-01-04T09:00:00+00:00\r\nX-Envelope-To: ada@example.org\r\n"
    (folder / f"{number:010}-{'a' * 32}.eml").write_bytes(top + message_bytes(mail))


@pytest.fixture
def trying_out(make_service: Callable[..., Service]) -> Pages:
    service = make_service(outbox=True, site_url="http://127.0.0.1:8000")
    return Pages(create_app(service).test_client(), service)


@on_one_database
def test_an_empty_outbox_says_what_to_do(trying_out: Pages) -> None:
    assert "Nothing yet" in text_of(trying_out.client.get("/outbox"))


@on_one_database
def test_mails_are_listed_newest_first_a_page_at_a_time(trying_out: Pages) -> None:
    for number in range(1, 53):
        caught(trying_out.service.settings.data_dir / "outbox", number, f"Grüße {number}")
    (trying_out.service.settings.data_dir / "outbox" / ".0000000099-x.eml.part").write_bytes(b"half")
    first = trying_out.client.get("/outbox").text
    assert first.index("Grüße 52") < first.index("Grüße 51")
    assert 'href="/outbox?page=2"' in first
    assert "Grüße 1<" in trying_out.client.get("/outbox?page=2").text
    assert trying_out.client.get("/outbox?page=99999999999999999999").status_code == 200
    assert trying_out.client.get("/outbox?page=x").status_code == 200


@on_one_database
def test_a_mail_is_shown_as_text_harmless_html_and_source(trying_out: Pages) -> None:
    caught(trying_out.service.settings.data_dir / "outbox", 7, "Week 1")
    page = trying_out.client.get("/outbox/7")
    assert "Dear Ada, &lt;b&gt;as typed&lt;/b&gt;" in page.text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    frame = trying_out.client.get("/outbox/7/html")
    policy = frame.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert '<head><base target="_blank">' in frame.text
    source = trying_out.client.get("/outbox/7/source")
    assert (source.mimetype, source.headers["X-Content-Type-Options"]) == ("text/plain", "nosniff")
    assert "Subject: Week 1" in source.text
    for path in ("/outbox/8", "/outbox/8/html", "/outbox/../secret-key", "/outbox/x", "/outbox/99999999999999"):
        assert trying_out.client.get(path).status_code == 404


@on_one_database
def test_a_service_that_sends_has_no_outbox(pages: Pages) -> None:
    assert pages.client.get("/outbox").status_code == 404
    assert "outbox" not in pages.client.get("/").text
