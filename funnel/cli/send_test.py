"""`funnel send-test`: one lesson, from the folder as it is now, to an address of one's own."""

from __future__ import annotations

import dataclasses
import secrets
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import click

from funnel.adapters import open_adapter
from funnel.adapters.dkim import signer_from, signing
from funnel.cli.support.before_mail import in_short, look
from funnel.cli.support.cast import in_language
from funnel.cli.support.folder import settings_in_folder
from funnel.cli.support.folder_lock import announced
from funnel.cli.support.options import changed, look_at_mail
from funnel.cli.support.problems import CannotStart
from funnel.clock import Clock
from funnel.compose import FillError, fill_lesson
from funnel.curriculum import Lesson, Sequence, read_folder, texts_in
from funnel.curriculum.addresses import read_address
from funnel.curriculum.names import nearest
from funnel.mail import Mail, Outcome, OutcomeKind
from funnel.replies import Certainty
from funnel.settings import Settings
from funnel.web.preview import CAST, Blocked, FrontPageLinks, Workshop, compile_from, passing_key
from funnel.web.preview.workshop import LessonSource
from funnel.wiring import media_folder

MARK = "[Test] "
# A test is not list mail, and nobody can unsubscribe with it.
_OF_A_LIST = ("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post")
_SAYS: dict[OutcomeKind, str] = {
    OutcomeKind.ACCEPTED: "It was accepted and is on its way to {to}.",
    OutcomeKind.TEMPORARY: "It was not accepted for the moment. Try again in a few minutes.",
    OutcomeKind.RATE: "It was not accepted: the provider wants mail to come more slowly. Try again in a few minutes.",
    OutcomeKind.QUOTA: "It was not accepted: the provider takes no more mail of yours for today, or this month.",
    OutcomeKind.AUTH_CONFIG: "It was not accepted: the provider does not know you, or not the sender's address. "
    "Look at FUNNEL_MAIL_URL (FUNNEL_COURSE_MAIL_URL where that is set), and at from in practice.toml.",
    OutcomeKind.PERMANENT_RECIPIENT: "It was not accepted: {to} cannot be reached. See that the address is right.",
    OutcomeKind.PERMANENT_MESSAGE: "It was not accepted: the provider refuses this mail. The address is fine.",
    OutcomeKind.AMBIGUOUS: "The connection broke before an answer came, so nobody knows whether it went. "
    "Look into the mailbox before you try again.",
}


def _kind(outcome: Outcome) -> OutcomeKind:
    """For one who asks, an address that is likely dead is one that cannot be reached."""
    likely = outcome.meaning is not None and outcome.meaning.certainty is not Certainty.NONE
    return OutcomeKind.PERMANENT_RECIPIENT if likely else outcome.kind


@click.command("send-test", epilog="Example: funnel send-test name-the-alarm ada@example.org --as fay")
@click.argument("lesson")
@click.argument("email")
@click.option("--as", "who", default="ada", show_default=True, metavar="READER", help=f"One of {', '.join(CAST)}.")
@click.option("--language", metavar="CODE", help="The language to send it in, such as de; else the practice's own.")
@click.option("--sequence", metavar="NAME", help="The folder of the sequence, where two have such a lesson.")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR",
    help="The folder of sequences.",
)  # fmt: skip
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="What is kept.")
def command(
    lesson: str,
    email: str,
    who: str,
    language: str | None,
    sequence: str | None,
    folder: Path | None,
    data_dir: Path | None,
) -> None:
    """Send one lesson to yourself, as one of the readers of 'funnel preview' would get it.

    LESSON is its id, or the name of its file. The mail leaves the way lessons do, with the same DKIM signature; where
    FUNNEL_MAIL_URL is not set it is caught by the 'funnel up' that runs on the same data. The subject begins
    with [Test]; nothing is recorded, and links of the reader's own lead to the front page. It goes also
    while readers get no mail yet, and says what for. Exit code 1 where it was not accepted.

    Without --dir the folder you are in is read, or the one published last; the first line says which.
    """
    if who not in CAST:
        raise click.UsageError(_unknown("reader", who, list(CAST)))
    if read_address(email) is None:
        raise click.UsageError(f"'{email}' is no e-mail address: write one such as ada@example.org.")
    settings, shown_at = _with_way_out(settings_in_folder(folder, data_dir=data_dir))
    mail = make_test(settings, lesson, sequence, who, email, language)
    if not shown_at:
        _say_before_mail(settings)
    outcome = _send(settings, mail)
    accepted = outcome.kind is OutcomeKind.ACCEPTED
    said = "It was kept and sent to nobody: {shown_at} shows it." if accepted and shown_at else _SAYS[_kind(outcome)]
    click.echo(f"{mail.subject}\n" + said.format(to=email, shown_at=shown_at))
    if outcome.detail:
        click.echo(f"The provider's answer: {outcome.detail}")
    if not accepted:
        sys.exit(1)


def _with_way_out(settings: Settings) -> tuple[Settings, str]:
    """The settings with a way to send, and the page that shows the mail if it is caught instead of sent.

    Raises CannotStart where there is no way.
    """
    if settings.mail_url:
        return settings, ""
    facts = announced(settings.data_dir)
    if "outbox_url" not in facts:
        raise CannotStart(
            "There is nobody to hand mail to. Start 'funnel up' in another terminal: then it is caught there. "
            "Or set FUNNEL_MAIL_URL, for example to smtp://user:password@mail.example.org:587?tls=starttls"
        )
    site_url = facts["site_url"]
    settings = changed(settings, mail_url=facts["outbox_url"], course_mail_url="", site_url=site_url)
    return settings, f"{site_url}/outbox"


def _say_before_mail(settings: Settings) -> None:
    """What readers' mail still waits for. A test is sent anyway, because it goes to its sender."""
    if settings.real_mail:
        files, _ = read_folder(settings.sequences_dir)
        for said in in_short(look(texts_in(files), settings, Clock().now().date()), real=True):
            click.echo(said, err=True)


def make_test(
    settings: Settings, lesson_name: str, sequence_name: str | None, who: str, email: str, language: str | None = None
) -> Mail:
    """The mail, marked as a test. Raises UsageError for an unknown name, CannotStart where it cannot be made."""
    # This machine's site serves that folder, so pictures can be seen before they are published.
    media = media_folder(settings) if settings.data_dir.is_dir() else None
    workshop = Workshop(settings.sequences_dir, settings.templates_dir, media)
    snapshot = workshop.look()
    sequence, lesson = _find(snapshot.parts.sequences.values(), lesson_name, sequence_name)
    practice = snapshot.parts.practice
    try:
        if practice is None:
            raise Blocked(snapshot.errors_of("practice.toml"))
        source = LessonSource(sequence, lesson, practice)
        compiled = compile_from(snapshot, source, settings.templates_dir, settings.site_url)
        links = FrontPageLinks(settings.site_url, (passing_key(),))
        mail = fill_lesson(
            compiled, in_language(CAST[who], practice, language).reader("none", email), links, Clock().now()
        )
    except Blocked as blocked:
        first = blocked.problems[0]
        raise CannotStart(f"{lesson.path} cannot be sent. {settings.sequences_dir}/{first}") from None
    except FillError as error:
        if error.variable == "email":
            raise click.UsageError(f"'{email}' is no e-mail address: write one such as ada@example.org.") from None
        raise CannotStart(f"{lesson.path} cannot be sent. {error.message}") from None
    return dataclasses.replace(
        mail,
        key=f"test-{secrets.token_hex(8)}",
        subject=MARK + mail.subject,
        headers=tuple((name, value) for name, value in mail.headers if name not in _OF_A_LIST),
    )


def _find(sequences: Iterable[Sequence], name: str, of: str | None) -> tuple[Sequence, Lesson]:
    """The lesson with that id or file name. Raises UsageError with the nearest name."""
    known = {sequence.slug: sequence for sequence in sequences}
    if of is None and "/" in name:
        of, name = name.strip("/").rsplit("/", 1)
    if of is not None and of not in known:
        raise click.UsageError(_unknown("sequence", of, list(known)))
    searched = [sequence for sequence in known.values() if of in (None, sequence.slug)]
    by_id = [(sequence, lesson) for sequence in searched for lesson in sequence.lessons if lesson.id == name]
    stem = name.removesuffix(".md")
    by_file = [(sequence, lesson) for sequence in searched for lesson in sequence.lessons if _stem(lesson) == stem]
    found = by_id or by_file
    if not found:
        names = [name for sequence in searched for lesson in sequence.lessons for name in (lesson.id, _stem(lesson))]
        raise click.UsageError(_unknown("lesson", name, names))
    if len(found) > 1:
        choices = " or ".join(f"--sequence {sequence.slug}" for sequence, _ in found)
        raise click.UsageError(f"There is more than one lesson '{name}': say which with {choices}.")
    return found[0]


def _stem(lesson: Lesson) -> str:
    return PurePosixPath(lesson.path).stem


def _unknown(what: str, name: str, known: list[str]) -> str:
    near = nearest(name, known) or next((one for one in known if one.startswith(name)), None)
    hint = f"Did you mean '{near}'?" if near else "'funnel preview' shows what there is."
    return f"There is no {what} '{name}'. {hint}"


def _send(settings: Settings, mail: Mail) -> Outcome:
    """The provider's answer. The mail leaves the way lessons do, with the same signature.

    Raises AdapterUrlError, SettingsError or DkimKeyError where a mail URL or the DKIM key is wrong.
    """
    look_at_mail(settings)
    signer = signer_from(settings.dkim_key.get_secret_value(), settings.dkim_selector, settings.dkim_domain)
    adapter = signing(open_adapter(settings.course_mail_url or settings.mail_url), signer)
    try:
        return dict(adapter.send([mail]))[mail.key]
    finally:
        adapter.close()
