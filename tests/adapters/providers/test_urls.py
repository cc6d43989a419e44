"""Provider URLs: what each one opens, and what a wrong one is told."""

from __future__ import annotations

import subprocess
import sys
import traceback

import pytest

from funnel.adapters import AdapterUrlError, open_adapter
from funnel.adapters.http import HttpAdapter, parse_key_url
from tests.adapters.providers.apis import Api
from tests.workers.waiting_for import PATIENCE

SECRET = "Sesame_42.xyz-Q"


@pytest.mark.parametrize(
    ("url", "base", "window"),
    [
        (f"postmark://{SECRET}", "https://api.postmarkapp.com", 100),
        (f"postmark://{SECRET}?batch=500", "https://api.postmarkapp.com", 500),
        (f"postmark://{SECRET}?batch=20", "https://api.postmarkapp.com", 20),
        (f"mailgun://{SECRET}@mg.example.org", "https://api.mailgun.net", 8),
        (f"mailgun://{SECRET}@mg.example.org?region=eu&connections=3", "https://api.eu.mailgun.net", 3),
        ("ses://?region=eu-west-1", "https://email.eu-west-1.amazonaws.com", 8),
        ("ses://?region=us-gov-west-1", "https://email.us-gov-west-1.amazonaws.com", 8),
        ("ses://?region=cn-north-1", "https://email.cn-north-1.amazonaws.com.cn", 8),
        (f"sendgrid://{SECRET}", "https://api.sendgrid.com", 8),
        (f"sendgrid://{SECRET}?region=EU", "https://api.eu.sendgrid.com", 8),
        (f"resend://{SECRET}", "https://api.resend.com", 100),
        (f"brevo://{SECRET}/", "https://api.brevo.com", 8),
        (f"sparkpost://{SECRET}", "https://api.sparkpost.com", 8),
        (f"SparkPost://{SECRET}?region=eu", "https://api.eu.sparkpost.com", 8),
        (f"mailjet://Public1:{SECRET}", "https://api.mailjet.com", 100),
        (f"postmark://{SECRET}?endpoint=http://127.0.0.1:8080", "http://127.0.0.1:8080", 100),
        (f"postmark://{SECRET}?endpoint=http://[::1]:8080/", "http://[::1]:8080", 100),
        (f"postmark://{SECRET}?endpoint=http%3A%2F%2Flocalhost%3A8080", "http://localhost:8080", 100),
    ],
)
def test_a_url_says_where_and_how_much_at_once(url: str, base: str, window: int, unsigned: None) -> None:
    adapter = open_adapter(url)
    assert isinstance(adapter, HttpAdapter)
    assert vars(adapter)["_caller"].base == base
    assert adapter.window == window
    assert SECRET not in repr(vars(adapter)["_provider"]) + repr(vars(adapter)["_caller"])


def test_a_key_keeps_its_case_colons_and_escaped_letters() -> None:
    assert parse_key_url("mailjet://aBc:DeF", "x").password == "aBc:DeF"
    found = parse_key_url("mailgun://key%2Fa%40b@MG.example.org?region=eu", "x", {"timeout": "3"})
    assert (found.password, found.host) == ("key/a@b", "mg.example.org")
    assert found.options == {"region": "eu", "timeout": "3"}
    assert "key/a" not in repr(found)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postmark://", "names no key"),
        (f"postmark://{SECRET}@example.org", "nothing belongs after the key"),
        (f"postmark://{SECRET}/path", "write %2F"),
        (f"postmark://{SECRET}#x", "write %23"),
        (f"postmark://{SECRET} x", "a space"),
        (f"postmark://[{SECRET}", "%5B"),
        (f"postmark://{SECRET}%0A", "no key has"),
        (f"postmark://{SECRET}ü", "no key has"),
        (f"postmark://{SECRET}?stream=Not%20one", "stream must be"),
        (f"postmark://{SECRET}?batch=501", "from 1 to 500"),
        (f"postmark://{SECRET}?steam=x", "did you mean stream"),
        (f"postmark://{SECRET}?connections=0", "from 1 to 64"),
        (f"postmark://{SECRET}?timeout=never", "must be a number"),
        (f"postmark://{SECRET}?endpoint=https://evil.example.org", "endpoint is for tests"),
        (f"postmark://{SECRET}?endpoint=http://127.0.0.1.evil.example.org:80", "endpoint is for tests"),
        (f"postmark://{SECRET}?endpoint=http://127.0.0.1@evil.example.org:80", "endpoint is for tests"),
        (f"postmark://{SECRET}?endpoint=http://127.0.0.1:99999", "endpoint is for tests"),
        (f"postmark://{SECRET}?endpoint=http://127.0.0.1", "endpoint is for tests"),
        (f"postmark://{SECRET}?endpoint=http://127.0.0.1:80/x", "endpoint is for tests"),
        (f"postmark://{SECRET}?endpoint=file:///etc/passwd", "endpoint is for tests"),
        (f"resend://{SECRET}?batch=101", "from 1 to 100"),
        (f"resend://{SECRET}?region=eu", "known are batch, connections, endpoint, timeout"),
        (f"resend://re?{SECRET}", "If the ? belongs to a secret, write %3F"),
        (f"mailjet://a:b?{SECRET}=x", "If the ? belongs to a secret, write %3F"),
        (f"resend://{SECRET}?batch=5&batch=6", "one option twice"),
        (f"sendgrid://apikey:{SECRET}", "without a user name"),
        (f"mailgun://api:{SECRET}@mg.example.org", "without a user name"),
        (f"postmark:{SECRET}", "a scheme such as postmark://"),
        (f'"postmark://{SECRET}"', "quotation marks"),
        (f"'mailgun://{SECRET}@mg.example.org'", "quotation marks"),
        (f"postmark://{SECRET}\n", "a line break"),
        ("ses://eu-west-1", "behind ?region="),
        ("ses://?regoin=eu-west-1", "did you mean region?"),
        (f"sendgrid://{SECRET}?region=us", "region must be global or eu"),
        (f"sendgrid://{SECRET}?batch=5", "known are connections, endpoint, region, timeout"),
        (f"brevo://{SECRET}?x=1", "an option that is not known"),
        (f"sparkpost://{SECRET}?region=fr", "region must be us or eu"),
        (f"mailgun://{SECRET}", "the domain that sends"),
        (f"mailgun://{SECRET}@", "the domain that sends"),
        (f"mailgun://{SECRET}@localhost", "the domain that sends"),
        (f"mailgun://{SECRET}@mg.example.org:443", "the domain that sends"),
        (f"mailgun://{SECRET}@mg.example.org/v3", "write %2F"),
        (f"mailgun://{SECRET}@mg.example.org?region=mars", "region must be us or eu"),
        ("mailgun://@mg.example.org", "names no key"),
        (f"mailjet://{SECRET}", "both keys"),
        (f"mailjet://{SECRET}:", "names no secret key"),
        (f"mailjet://:{SECRET}", "names no API key"),
        (f"mailjet://a:{SECRET}@example.org", "nothing belongs after the keys"),
        (f"ses://{SECRET}?region=eu-west-1", "boto3 finds them"),
        ("ses://", "region must be one of Amazon's"),
        ("ses://?region=evil.example.org", "region must be one of Amazon's"),
        ("ses://?region=eu-west-1&configuration_set=a/b", "configuration_set holds"),
        ("postmrk://x", "did you mean postmark://?"),
    ],
)
def test_a_wrong_url_names_what_is_wrong_and_shows_a_right_one(url: str, words: str, unsigned: None) -> None:
    with pytest.raises(AdapterUrlError) as caught:
        open_adapter(url)
    message = str(caught.value)
    assert words in message
    assert "A right one: " in message
    assert SECRET not in "".join(traceback.format_exception(caught.value, limit=0))
    assert caught.value.__cause__ is None
    meant = "postmark" if url.startswith("postmrk") else url.strip("\"'").partition(":")[0]
    assert message.partition("A right one: ")[2].startswith(f"{meant}://")


def test_the_right_url_that_is_shown_is_one(api: Api, unsigned: None) -> None:
    with pytest.raises(AdapterUrlError) as caught:
        open_adapter(f"{api.url}no-such-option=1")
    assert open_adapter(str(caught.value).partition("A right one: ")[2]).name == api.scheme


def test_who_sends_by_smtp_carries_no_http_client() -> None:
    code = "import sys, funnel.adapters as a; a.open_adapter('smtp://localhost'); print('requests' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout.strip() == "False"
