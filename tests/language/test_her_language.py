"""The language of a page and of a mail: the page's she signed up on, and hers from then on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, update

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum.model import Translated
from funnel.language import catalogues, use_catalogues
from funnel.models import Delivery, DeliveryKind, Lead, Signup
from funnel.publishing.publish import publish
from funnel.sending.delivery import deliver
from funnel.subscription.confirming import confirm
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.refs import ref_of
from tests.web.conftest import on_one_database

_FORM = {"email": "ada@example.org", "name": "Ada", "consent": "on"}


@pytest.fixture
def bilingual(service: Service, time: time_machine.Traveller) -> Service:
    """The starter's practice, which serves readers in German too, and in Arabic."""
    library = service.library
    german = replace(library.offers["course"], title="Sechs Wochen", consent="Bitte schreiben Sie mir.")
    practice = replace(library.practice, languages=("de", "ar"))
    told = replace(library, practice=practice, translated={"de": Translated(offers={"course": german})})
    publish(service, told, "ada", service.clock.now())
    return service


@pytest.fixture
def client(bilingual: Service) -> FlaskClient:
    return create_app(bilingual).test_client(use_cookies=False)


@pytest.fixture
def outbox(bilingual: Service) -> MemoryAdapter:
    adapter = MemoryAdapter()
    bilingual.channel.use(adapter)
    return adapter


def the_lead(service: Service) -> Lead:
    with service.db.read() as session:
        return session.scalars(select(Lead)).one()


def send_waiting(service: Service) -> None:
    with service.db.read() as session:
        ids = list(session.scalars(select(Delivery.id).where(Delivery.state == "waiting")))
    deliver(service, ids, "worker")


@on_one_database
@pytest.mark.parametrize(
    ("address", "accepts", "said"),
    [
        ("/offers/course", "", "en"),
        ("/offers/course", "de-AT,de;q=0.9,en;q=0.5", "de"),
        ("/offers/course", "fr", "en"),
        ("/offers/course?lang=de", "en", "de"),
        ("/offers/course?lang=DE", "en", "de"),
        ("/offers/course?lang=fr", "de", "de"),
        ("/offers/course?lang=../../etc", "", "en"),
        ("/nothing-here?lang=de", "", "de"),
    ],
)
def test_a_page_is_said_in_the_language_its_address_or_browser_names(
    client: FlaskClient, address: str, accepts: str, said: str
) -> None:
    page = client.get(address, headers={"Accept-Language": accepts})
    assert f'<html lang="{said}">' in page.text
    assert ("Wo Sie in einer Krise Hilfe finden" in page.text) == (said == "de")
    assert "Accept-Language" in page.headers["Vary"]


@on_one_database
def test_a_practice_of_one_language_asks_nobody(service: Service) -> None:
    client = create_app(service).test_client(use_cookies=False)
    page = client.get("/offers/course?lang=de", headers={"Accept-Language": "de"})
    assert '<html lang="en">' in page.text
    assert "lang=de" not in page.text
    assert "Accept-Language" not in page.headers.get("Vary", "")


@on_one_database
def test_a_language_chosen_once_goes_along_in_the_addresses(client: FlaskClient) -> None:
    page = client.get("/?lang=de").text
    assert "/offers/course?lang=de" in page
    assert "Sechs Wochen" in page
    assert 'hreflang="en"' in page
    assert "/?lang=" not in client.get("/offers/course").text.partition("foot-pages")[0]


@on_one_database
def test_she_signs_up_in_german_and_everything_after_is_in_german(
    bilingual: Service, client: FlaskClient, outbox: MemoryAdapter
) -> None:
    assert client.post("/offers/course/signup?lang=de", data=_FORM).headers["Location"].endswith("thanks?lang=de")
    assert the_lead(bilingual).language is None  # anybody may have typed the address
    send_waiting(bilingual)
    asks = outbox.mails[-1]
    assert asks.subject == "Bitte bestätigen Sie Ihre Adresse"
    assert "Bitte schreiben Sie mir." in asks.text
    assert 'lang="de"' in asks.html
    with bilingual.db.read() as session:
        signup = session.scalars(select(Signup)).one()
        delivery = session.scalars(select(Delivery).where(Delivery.kind == DeliveryKind.CONFIRMATION)).one()
    token = asks.text.partition("/confirm/")[2].split()[0]
    page = client.get(f"/confirm/{token}", headers={"Accept-Language": "en"}).text
    assert "Ja, das ist meine Adresse" in page
    assert "Danke" in client.post(f"/confirm/{token}").text
    assert the_lead(bilingual).language == "de"
    send_waiting(bilingual)
    token = bilingual.links.unsubscribe_token(ref_of(bilingual, Delivery, delivery.id), "ada@example.org")
    stop = client.get(f"/u/{token}")
    assert "Diese Mails beenden" in stop.text
    assert signup.typed_language == "de"


@on_one_database
def test_what_a_stranger_said_of_her_language_does_not_change_hers(bilingual: Service, client: FlaskClient) -> None:
    client.post("/offers/ebook/signup", data=_FORM)
    with bilingual.db.read() as session:
        signup = session.scalars(select(Signup)).one()
    confirm(bilingual, signup.id, bilingual.clock.now())
    assert the_lead(bilingual).language == "en"
    client.post("/offers/course/signup?lang=de", data=_FORM)
    assert the_lead(bilingual).language == "en"


@on_one_database
def test_a_program_may_name_the_language(bilingual: Service, client: FlaskClient) -> None:
    body = {"email": "ada@example.org", "consent": True, "language": "de"}
    assert client.post("/offers/course/signup", json=body, headers={"Accept": "application/json"}).status_code == 202
    with bilingual.db.read() as session:
        assert session.scalars(select(Signup.typed_language)).one() == "de"


@on_one_database
def test_problems_are_told_in_her_language_to_programs_too(client: FlaskClient) -> None:
    answer = client.post("/offers/course/signup?lang=de", json={"email": "x"}, headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert answer.json is not None
    assert "Bitte kreuzen Sie das Kästchen an" in answer.json["errors"]["consent"]


@on_one_database
def test_a_language_that_is_offered_no_more_gives_way_to_the_practices(bilingual: Service, client: FlaskClient) -> None:
    client.post("/offers/course/signup?lang=de", data=_FORM)
    with bilingual.db.write() as session:
        session.execute(update(Lead).values(language="de"))
    assert bilingual.language_of(the_lead(bilingual)) == "de"
    library = bilingual.library
    alone = bilingual.as_if(replace(library, practice=replace(library.practice, languages=())))
    assert alone.language_of(the_lead(alone)) == "en"


@pytest.fixture
def arabic(bilingual: Service, tmp_path: Path) -> Iterator[None]:
    """A made-up catalogue of a language from right to left, set after the settings were read, which look for others."""
    folder = tmp_path / "words"
    folder.mkdir()
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
    (folder / "ar.po").write_text(f'{head}\nmsgid "Please confirm your address"\nmsgstr "أكد عنوانك"\n')
    use_catalogues(folder)
    yield
    use_catalogues(catalogues.OURS)


@on_one_database
@pytest.mark.usefixtures("arabic")
def test_a_language_from_right_to_left_says_so_on_pages_and_in_mails(
    bilingual: Service, client: FlaskClient, outbox: MemoryAdapter
) -> None:
    assert '<html lang="ar" dir="rtl">' in client.get("/offers/course?lang=ar").text
    client.post("/offers/course/signup?lang=ar", data=_FORM)
    send_waiting(bilingual)
    mail = outbox.mails[-1]
    assert mail.subject == "أكد عنوانك"
    assert '<html lang="ar" dir="rtl"' in mail.html
    assert "Yes, this is my address" in mail.html  # what is not translated is said in English
    assert "dir=" not in client.get("/offers/course?lang=de").text
