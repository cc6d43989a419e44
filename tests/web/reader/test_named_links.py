"""A link opens exactly what it names, also where a practice has two of a kind."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine
from PIL import Image

from funnel.adapters.memory import MemoryAdapter
from funnel.insight import download_counts
from funnel.links import Purpose, RowRef, number_of
from funnel.models import Delivery, Lead, LeadState
from funnel.publishing.publish import publish
from funnel.settings import starter
from funnel.wiring import Service, read_library
from tests.journey.steps import join, live
from tests.web.conftest import Pages, Reader, on_one_database, text_of

pytestmark = on_one_database

SECOND_TRAINING = 'title = "A second talk"\nminutes = 5\nvideo = "https://films.example.org/two.mp4"\n'
THIRD_TRAINING = (
    'title = "Good evenings"\nminutes = 5\nvideo = "https://films.example.org/3.mp4"\ntranscript = "3.md"\n'
)
BOOKING = '\n[booking.long]\ntitle = "A long conversation"\nminutes = 90\nurl = ""\n'
LINKS = """

[One]({{ download("ebook") }}) [two]({{ download("worksheet") }}) [three]({{ download("sheet.docx") }})

[Talk one]({{ watch("training") }}) [talk two]({{ watch("second") }}) [talk three]({{ watch("third") }})

[Here]({{ read("ebook") }}) [a session]({{ session("couple") }})

[Short]({{ book("intro") }}) [long]({{ book("long") }}) ![A small square](assets/me.png)
"""


@pytest.fixture
def two_of_each(service: Service, tmp_path: Path) -> Service:
    """A practice with two e-books, one a PDF of its own, two trainings and two conversations, all in its first week."""
    folder = Path(shutil.copytree(starter("sequences"), tmp_path / "letters"))
    assets = folder / "assets"
    (assets / "worksheet.pdf").write_bytes(b"%PDF-1.7 a worksheet of one's own")
    (assets / "sheet.docx").write_bytes(b"PK a sheet")
    (assets / "second.toml").write_text(SECOND_TRAINING, encoding="utf-8")
    (assets / "third.toml").write_text(THIRD_TRAINING, encoding="utf-8")
    (assets / "3.md").write_text("Good evening to all of you.\n\nSit down.\n", encoding="utf-8")
    picture = io.BytesIO()
    Image.new("RGB", (40, 40), "#2f6f6b").save(picture, "PNG")
    (assets / "me.png").write_bytes(picture.getvalue())
    practice = folder / "practice.toml"
    practice.write_text(practice.read_text(encoding="utf-8") + BOOKING, encoding="utf-8")
    lesson = folder / "ebook-welcome" / "01-here-it-is.md"
    lesson.write_text(lesson.read_text(encoding="utf-8") + LINKS, encoding="utf-8")
    library = read_library(service.settings.model_copy(update={"sequences_dir": folder}))
    publish(service, library, "ada", service.clock.now())
    return service


def named(pages: Pages, purpose: Purpose, reader: Reader, name: str) -> str:
    return f"/{purpose.value}/" + pages.token(
        purpose, reader.delivery_id, int(pages.service.clock.now().timestamp()), number_of(name)
    )


def test_each_download_is_the_file_it_names_and_counts_by_name(two_of_each: Service, pages: Pages, ada: Reader) -> None:
    own = pages.fetch(named(pages, Purpose.DOWNLOAD, ada, "worksheet"))
    assert (own.data, own.mimetype) == (b"%PDF-1.7 a worksheet of one's own", "application/pdf")
    assert own.headers["Content-Disposition"] == "attachment; filename=worksheet.pdf"
    sheet = pages.fetch(named(pages, Purpose.DOWNLOAD, ada, "sheet.docx"))
    assert (sheet.data, sheet.mimetype) == (b"PK a sheet", "application/octet-stream")
    book = pages.fetch(named(pages, Purpose.DOWNLOAD, ada, "ebook"))
    assert book.headers["Content-Disposition"] == 'attachment; filename="A calmer heart.pdf"'
    with two_of_each.db.read() as session:
        assert download_counts(session) == {"ebook.md": 1, "sheet.docx": 1, "worksheet.pdf": 1}


def test_each_training_and_conversation_is_the_one_it_names(two_of_each: Service, pages: Pages, ada: Reader) -> None:
    assert "A second talk" in text_of(pages.client.get(named(pages, Purpose.WATCH, ada, "second")))
    assert "A second talk" not in text_of(pages.client.get(named(pages, Purpose.WATCH, ada, "training")))
    for name, title in (("intro", "A first conversation"), ("long", "A long conversation")):
        token = pages.token(Purpose.BOOK, ada.delivery_id, number_of(name))
        assert title in text_of(pages.client.get(f"/book/{token}"))
    with two_of_each.db.write() as session:
        session.get_one(Delivery, ada.delivery_id).nonce = None  # as rows are that were there before nonces
    old = pages.service.links.token(Purpose.BOOK, RowRef(ada.lead_id), ada.delivery_id)
    assert "A first conversation" in text_of(pages.client.get(f"/book/{old}"))


def test_links_of_a_mail_lead_there_and_we_serve_its_picture(
    two_of_each: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(two_of_each, "fay@example.org", offer="ebook")
    live(two_of_each, time, 1)
    html = next(mail.html for mail in outbox.mails if 'alt="A small square"' in mail.html)
    file = two_of_each.library.files["me.png"]
    assert f'src="https://letters.example.org/media/{file.digest}.png"' in html
    answer = pages.fetch(f"/media/{file.digest}.png")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert "immutable" in answer.headers["Cache-Control"]


def test_nothing_but_a_picture_is_open_to_everybody(two_of_each: Service, pages: Pages) -> None:
    files = two_of_each.library.files
    for name in (
        f"{files['worksheet.pdf'].digest}.pdf",
        f"{files['worksheet.pdf'].digest}.png",
        f"{'0' * 64}.png",
        "me.png",
        "..%2Ffunnel.sqlite3",
    ):
        assert pages.fetch(f"/media/{name}").status_code == 404


def test_who_never_confirmed_or_was_erased_opens_nothing(
    two_of_each: Service, pages: Pages, make_reader: Callable[..., Reader]
) -> None:
    ben, gus = make_reader("ben", confirms=False), make_reader("gus")
    assert pages.client.get(named(pages, Purpose.DOWNLOAD, ben, "ebook")).status_code == 404
    assert pages.client.get(named(pages, Purpose.DOWNLOAD, gus, "no-such-file")).status_code == 404
    assert pages.fetch(named(pages, Purpose.DOWNLOAD, gus, "worksheet")).status_code == 200
    with two_of_each.db.write() as session:
        session.get_one(Lead, gus.lead_id).state = LeadState.ERASED
    assert pages.client.get(named(pages, Purpose.DOWNLOAD, gus, "worksheet")).status_code == 404
    assert pages.client.get(named(pages, Purpose.WATCH, gus, "second")).status_code == 404


def test_a_transcript_is_promised_only_where_there_is_one(two_of_each: Service, pages: Pages, ada: Reader) -> None:
    without = text_of(pages.client.get(named(pages, Purpose.WATCH, ada, "second") + "?play=here"))
    assert "cannot play this video" in without
    assert "below as text" not in without
    with_one = text_of(pages.client.get(named(pages, Purpose.WATCH, ada, "third") + "?play=here"))
    assert "Good evening to all of you." in with_one
    assert "below as text" in with_one
