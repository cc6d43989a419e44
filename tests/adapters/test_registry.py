"""Mail URLs: what each one opens, and what a wrong one is told."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

import funnel.adapters
from funnel.adapters import AdapterUrlError, MailUrl, open_adapter
from funnel.adapters.file import FileAdapter
from funnel.adapters.memory import MemoryAdapter
from funnel.adapters.smtp import Relay, SmtpAdapter, Timeouts
from funnel.mail import Adapter, OutcomeKind
from tests.adapters.examples import mail_to
from tests.workers.waiting_for import PATIENCE

SECRET = "sesame42"


def relay(url: str, **options: str | int | float) -> Relay:
    adapter = open_adapter(url, **options)
    assert isinstance(adapter, SmtpAdapter)
    return adapter.relay


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("smtp://mail.example.org", "mail.example.org", 587, "starttls"),
        ("smtp://mail.example.org?tls=implicit", "mail.example.org", 465, "implicit"),
        ("smtp://mail.example.org:465", "mail.example.org", 465, "implicit"),
        ("smtp://mail.example.org?tls=none", "mail.example.org", 25, "none"),
        ("smtp+tls://mail.example.org", "mail.example.org", 465, "implicit"),
        ("smtp+tls://mail.example.org:4650", "mail.example.org", 4650, "implicit"),
        ("SMTP://mail.example.org:2525/", "mail.example.org", 2525, "starttls"),
        ("smtp://localhost", "localhost", 25, "none"),
        ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, "none"),
        ("smtp://[::1]:1025", "::1", 1025, "none"),
        ("smtp://localhost?tls=starttls", "localhost", 587, "starttls"),
        ("smtp://bücher.example", "xn--bcher-kva.example", 587, "starttls"),
    ],
)
def test_an_smtp_url_says_where_and_how(url: str, host: str, port: int, tls: str) -> None:
    found = relay(url)
    assert (found.host, found.port, found.tls) == (host, port, tls)
    assert (found.context is None) == (tls == "none")


def test_user_and_password_are_percent_decoded() -> None:
    found = relay("smtp://ada%40example.org:p%40ss%3A%2F%23%25@mail.example.org")
    assert (found.user, found.password) == ("ada@example.org", "p@ss:/#%")


def test_options_come_from_the_url_and_from_the_caller_who_wins() -> None:
    found = relay("smtp://localhost?connections=8&pipelining=no&timeout=9&final_timeout=99&per_connection=5", timeout=7)
    assert (found.connections, found.pipelining, found.mails_per_connection) == (8, False, 5)
    assert found.timeouts == Timeouts(7, 7, 7, 7, 7, 99)


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    adapter = open_adapter(f"smtp://ada:{SECRET}@mail.example.org")
    assert SECRET not in repr(vars(adapter)) + repr(MailUrl("smtp", password=SECRET)) + repr(relay("smtp://localhost"))
    assert isinstance(adapter, SmtpAdapter)
    assert SECRET not in repr(adapter.relay)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"smtp://ada:{SECRET}@mail.example.org:port", "port number"),
        (f"smtp://ada:{SECRET}/x@mail.example.org", "port number"),
        (f"smtp://ada:{SECRET}@mail.example.org:99999", "port number"),
        (f"smtp://ada:{SECRET}@mail.example.org:0", "port number"),
        (f"smtp://ada:{SECRET}#x@mail.example.org", "port number"),
        (f"smtp://ada:1{SECRET}@mail.example.org?tls=maybe", "tls must be"),
        (f"smtp://ada:{SECRET}@mail.example.org?tls=none", "tls=starttls"),
        (f"smtp://ada:{SECRET}@mail.example.org?verfiy=no", "did you mean verify"),
        (f"smtp://ada:{SECRET}@mail.example.org?connections=0", "from 1 to 64"),
        (f"smtp://ada:{SECRET}@mail.example.org?connections=many", "from 1 to 64"),
        (f"smtp://ada:{SECRET}@mail.example.org?timeout=nan", "must be a number"),
        (f"smtp://ada:{SECRET}@mail.example.org?pipelining=perhaps", "yes or no"),
        (f"smtp://ada:{SECRET}@mail.example.org?ca=/no/such/file", "ca must name"),
        (f"smtp://ada:{SECRET}@mail.example.org?helo=a%20b", "helo must be"),
        (f"smtp://ada:{SECRET}@mail.example.org/inbox", "nothing belongs after"),
        (f"smtp://ada:{SECRET}@", "no host"),
        (f"smtp://ada:{SECRET} @mail.example.org", "a space"),
        (f"smtp://:{SECRET}@mail.example.org", "both a user name and a password"),
        ("smtp://ada@mail.example.org", "both a user name and a password"),
        (f"smpt://ada:{SECRET}@mail.example.org", "did you mean smtp://?"),
        (f"{SECRET}{SECRET}://x", "its scheme is not known"),
        (f"ada:{SECRET}@mail.example.org", "does not begin with a scheme"),
        ("smtp+tls://mail.example.org?tls=none", "means tls=implicit"),
        ("", "does not begin with a scheme"),
        ("file://maildir", "three slashes"),
        ("file:///", "names no folder"),
        ("file:///tmp/x?sync=no", "an option that is not known (it takes none)"),
        ("memory://?x=1", "an option that is not known (it takes none)"),
        ("memory://mails", "nothing belongs after memory://"),
        (f"smtp://ada:12?{SECRET}@mail.example.org", "If the ? belongs to a secret, write %3F"),
        (f"smtp://ada:{SECRET}@mail.example.org?tls=none&tls=starttls", "one option twice"),
        (f"smtp://ada:{SECRET}@mail..example.org", "a name that cannot exist"),
        (f"smtps://ada:{SECRET}@mail.example.org", "did you mean smtp+tls://?. A right one: smtp+tls://"),
        (f" smtp://ada:{SECRET}@mail.example.org", "spaces around it"),
        (f"smtp:ada:{SECRET}@mail.example.org", "a scheme such as smtp://"),
        ("file:maildir", "a scheme such as file://. A right one: file:///"),
    ],
)
def test_a_wrong_url_names_what_is_wrong_and_shows_a_right_one(url: str, words: str) -> None:
    with pytest.raises(AdapterUrlError) as caught:
        open_adapter(url)
    message = str(caught.value)
    assert words in message
    assert "A right one: " in message
    assert SECRET not in message
    assert SECRET not in "".join(traceback.format_exception_only(caught.value))
    assert caught.value.__cause__ is None


def test_a_ca_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate")
    with pytest.raises(AdapterUrlError, match="holds no certificate"):
        open_adapter(f"smtp+tls://mail.example.org?ca={tmp_path}/ca.pem")


def test_a_folder_and_a_list_are_opened_by_their_urls(tmp_path: Path) -> None:
    file = open_adapter(f"file://{tmp_path}/with%20space")
    assert isinstance(file, FileAdapter)
    assert file.folder == tmp_path / "with space"
    assert isinstance(open_adapter("memory://"), MemoryAdapter)


def test_an_installed_package_adds_its_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("pigeon", "tests.adapters.test_registry:pigeon_from_url", funnel.adapters.ENTRY_POINTS)
    monkeypatch.setattr(funnel.adapters, "entry_points", lambda group: EntryPoints([entry]).select(group=group))
    adapter = open_adapter("pigeon://loft.example.org", colour="grey")
    assert isinstance(adapter, MemoryAdapter)
    assert adapter.window == len("grey")


def test_an_installed_package_cannot_take_over_one_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("smtp", "tests.adapters.test_registry:pigeon_from_url", funnel.adapters.ENTRY_POINTS)
    monkeypatch.setattr(funnel.adapters, "entry_points", lambda group: EntryPoints([entry]).select(group=group))
    assert isinstance(open_adapter("smtp://localhost"), SmtpAdapter)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of somebody else's, as pip would leave it: a module, and its metadata beside it."""
    (tmp_path / "pigeon_post.py").write_text(
        "from funnel.adapters.memory import MemoryAdapter\n\n\n"
        "def pigeon_from_url(url):\n"
        "    url.only({'colour', 'name'}, 'pigeon://loft.example.org?colour=grey')\n"
        "    adapter = MemoryAdapter(window=len(url.options.get('colour', '')) or 1)\n"
        "    adapter.name = url.options.get('name', 'pigeon')\n"
        "    return adapter\n"
    )
    metadata = tmp_path / "pigeon_post-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeon-post\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[funnel.adapters]\npigeon = pigeon_post:pigeon_from_url\ncarrier-dove = pigeon_post:gone\n"
        "owl = owl_post:owl_from_url\nsmtp = pigeon_post:pigeon_from_url\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_an_installed_package_is_found_by_metadata_and_sends(installed: Path) -> None:
    adapter = open_adapter("pigeon://loft.example.org?colour=grey")
    assert (adapter.name, adapter.window) == ("pigeon", 4)
    mail = mail_to()
    assert [outcome.kind for _, outcome in adapter.send([mail])] == [OutcomeKind.ACCEPTED]
    assert isinstance(open_adapter("smtp://localhost"), SmtpAdapter)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("pigeon://loft?color=grey", "did you mean colour?. A right one: pigeon://"),
        ("pigoen://loft", "did you mean pigeon://?"),
        ("carrier-dove://loft", "carrier-dove:// cannot be loaded (AttributeError"),
        ("owl://loft", "owl:// cannot be loaded (ModuleNotFoundError"),
        (f"pigeon://loft?name={'x' * 33}", "at most 32 letters"),
    ],
)
def test_what_is_wrong_with_an_installed_package_is_told(installed: Path, url: str, words: str) -> None:
    with pytest.raises(AdapterUrlError) as caught:
        open_adapter(url)
    assert words in str(caught.value)


def test_a_worker_uses_the_adapter_of_an_installed_package(installed: Path) -> None:
    code = (
        "from funnel.cli.support.options import look_at_mail\nfrom funnel.settings import load_settings\n"
        "look_at_mail(load_settings({}, mail_url='memory://', course_mail_url='pigeon://loft?colour=grey'))\n"
        "print('ok')"
    )
    path = os.pathsep.join([str(installed), str(Path(funnel.__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True,
        timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("ok\n", "")


def pigeon_from_url(url: MailUrl) -> Adapter:
    return MemoryAdapter(window=len(url.options["colour"]))
