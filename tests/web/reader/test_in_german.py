"""Each page, said in German: none of the catalogue's English words is left in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import update

from funnel.links import Purpose
from funnel.models import Lead
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
