"""Each page, said in German: none of the catalogue's English words is left in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import update

from funnel.curriculum.model import Translated
from funnel.links import Purpose
from funnel.models import Lead, Signup
from funnel.publishing.publish import publish
from funnel.wiring import Service
from tests.language.left_in_english import left_in
from tests.web.conftest import Pages, Reader, on_one_database


@on_one_database
def test_a_page_in_german_has_no_english_word(
    pages: Pages, ada: Reader, make_reader: Callable[..., Reader], service: Service
) -> None:
    library, gus = service.library, make_reader("gus", "training")
    publish(
        service, replace(library, practice=replace(library.practice, languages=("de",))), "ada", service.clock.now()
    )
    with service.db.write() as session:
        session.execute(update(Lead).values(language="de"))
    mail, full = pages.token(Purpose.PREFERENCES, ada.delivery_id), pages.dated(Purpose.OWN_DATA, ada.delivery_id)
    again, watch = pages.token(Purpose.AGAIN, ada.signup_id), pages.dated(Purpose.WATCH, gus.signup_id)
    for path in (
        "/?lang=de", "/offers/ebook?lang=de", "/offers/quiz?lang=de", "/offers/course/thanks?lang=de",
        "/nowhere?lang=de", "/pages/privacy?lang=de", f"/me/{mail}", f"/me/{full}",
        f"/u/{pages.leaving(ada.delivery_id)}", f"/again/{again}", f"/watch/{watch}",
        f"/not-me/{pages.token(Purpose.NOT_ME, ada.delivery_id)}",
    ):  # fmt: skip
        answer = pages.client.get(path)
        assert '<html lang="de"' in answer.text, path
        assert (path, left_in(answer.text)) == (path, [])


@on_one_database
def test_the_book_and_the_training_open_in_her_language(
    pages: Pages, ada: Reader, make_reader: Callable[..., Reader], service: Service
) -> None:
    library, gus = service.library, make_reader("gus", "training")
    files = {**library.files, "ebook.de.md": library.files["sea.png"]}  # any other file stands for it
    talk = replace(library.trainings["training"], title="Das Training", captions="", chapters="")
    publish(
        service,
        replace(
            library,
            practice=replace(library.practice, languages=("de",)),
            assets=library.assets | {"ebook.de.md"},
            files=files,
            translated={"de": Translated(trainings={"training": talk})},
        ),
        "ada",
        service.clock.now(),
    )
    book = f"/download/{pages.dated(Purpose.DOWNLOAD, ada.signup_id)}"
    watch = f"/watch/{pages.dated(Purpose.WATCH, gus.signup_id)}"
    assert pages.client.get(book).mimetype == "application/pdf"
    assert pages.client.get(f"{watch}/captions").status_code == 200
    with service.db.write() as session:
        session.execute(update(Lead).values(language="de"))
    assert pages.client.get(book).data == service.files.path(files["sea.png"]).read_bytes()
    assert "<h1>Das Training</h1>" in pages.client.get(watch).text
    assert pages.client.get(f"{watch}/captions").status_code == 404
    assert 'srclang="en"' in pages.client.get(f"{watch}?lang=en").text


@on_one_database
def test_who_has_not_confirmed_is_spoken_to_as_on_the_page_she_signed_up_on(
    pages: Pages, make_reader: Callable[..., Reader], service: Service
) -> None:
    ben = make_reader("ben", "course", confirms=False)
    library = service.library
    practice = replace(library.practice, languages=("de",))
    publish(service, replace(library, practice=practice), "ada", service.clock.now())
    with service.db.write() as session:
        session.execute(update(Signup).values(typed_language="de"))
    page = pages.client.get(f"/not-me/{pages.token(Purpose.NOT_ME, ben.delivery_id)}").text
    assert '<html lang="de"' in page
    assert left_in(page) == []
