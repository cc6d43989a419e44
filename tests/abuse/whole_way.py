"""One reader's whole way with everything that can go wrong on it, and the words that nobody may find afterwards."""

from __future__ import annotations

import threading
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from funnel.bounces.spool import BounceSpool, read_spool
from funnel.wiring import Service
from tests.absent import without_tables
from tests.bounces.steps import bounce, return_address
from tests.journey.steps import rows
from tests.journey.test_first_course import Town, target
from tests.web.dashboard.conftest import owner as owner
from tests.webhooks import samples, signing
from workers.stopping import Stop
from workers.ticker import run_clock

# Nothing else in the service, its texts or its libraries is called like one of these.
NAME, WORDS, PHONE = "Zaphodora", "nobodyknowsthis", "+353 1 8847731"
IP = "203.0.113.77"
CANARIES = [NAME.lower(), WORDS, PHONE, IP, "quillfeather", "owner@example.org", "badtokencanary"]
ADDRESS, BOUNCES, TEMPORARY = (f"{name}.quillfeather@example.org" for name in ("ada", "dan", "gus"))


class Journey:
    """One reader's whole way, everything that can go wrong on it included, from one network."""

    def __init__(self, town: Town) -> None:
        self.town, self.service = town, town.service
        self.browser = town.browser
        self.browser.environ_base["REMOTE_ADDR"] = IP
        self.bounces = BounceSpool(self.service.settings.data_dir / "bounces")
        self.bounces.open()

    def sign_up(self, address: str, offer: str = "ebook") -> int:
        form = {"email": address, "name": NAME, "timezone": "Europe/Dublin", "consent": "yes"}
        form |= {"followed_by": "yes"}
        return self.browser.post(f"/offers/{offer}/signup", data=form).status_code

    def mails(self, address: str = ADDRESS) -> list[EmailMessage]:
        return self.town.mails(address.removesuffix("@example.org"))

    def confirm(self) -> None:
        path = self.town.link(self.mails()[0], "/confirm/")
        assert self.browser.get(path).status_code == 200
        assert self.browser.post(path).status_code == 200
        self.town.run_workers()

    def read(self) -> None:
        mail = self.mails()[1]
        self.town.open(mail)
        where = target(
            self.town, next(link for link in self.town.links(mail) if "/download/" in target(self.town, link))
        )
        with self.browser.get(where) as file:
            assert file.status_code == 200
        self.town.look_back()
        preferences = self.town.link(mail, "/p/")
        assert self.browser.get(preferences).status_code == 200
        self.browser.post(preferences, data={"do": "pause", "weeks": "1"})
        self.browser.post(preferences, data={"do": "resume"})
        self.browser.post(preferences, data={"do": "own-data"})
        self.town.run_workers()
        own_data = self.town.link(self.mails()[-1], "/your-data/")
        assert NAME in self.browser.get(own_data).text
        assert self.browser.post(own_data, data={"do": "name", "name": NAME}).status_code == 200

    def book(self) -> None:
        last = self.mails()[-1]
        where = target(self.town, next(link for link in self.town.links(last) if "/book/" in target(self.town, link)))
        assert self.browser.post(where, data={"words": WORDS, "phone": PHONE, "good-time": WORDS}).status_code == 200
        self.town.run_workers()  # the practice is told

    def hooks(self) -> None:
        """A complaint, one that no provider signed, and three that cannot be read."""
        for body, headers in (
            signing.basic(samples.postmark("SpamComplaint", "7", ADDRESS)),
            (f'{{"Email": "{ADDRESS}"}}'.encode(), {"Authorization": "Basic Og=="}),
            signing.basic({"RecordType": "Bounce", "Email": [ADDRESS], "Metadata": ADDRESS}),
            (f'{{"Email": "{ADDRESS}'.encode(), signing.BASIC),
            signing.basic({"RecordType": ADDRESS}),
        ):
            self.browser.post("/hooks/postmark", data=body, headers=headers, content_type="application/json")
        self.town.run_workers()

    def come_back(self) -> None:
        delivery = rows(self.service, ADDRESS)[-1]
        to = return_address(self.service.links, delivery)
        for raw in (bounce(to, ADDRESS, said=f"550 5.1.1 {NAME} unknown"), f"\0\xff{ADDRESS}".encode("latin-1")):
            draft = self.bounces.draft()
            draft.write(raw)
            self.bounces.keep(draft, to)
            self.bounces.discard(draft)
        read_spool(self.service, self.bounces)

    def be_refused(self) -> None:
        """Whatever is wrong about a request."""
        self.sign_up(f"<{ADDRESS}>")
        self.browser.post("/offers/ebook/signup", data=f'{{"email": "{ADDRESS}', content_type="application/json")
        self.browser.post("/offers/ebook/signup", json={"email": [ADDRESS], "name": {NAME: NAME}})
        for path in ("/confirm/", "/p/", "/u/", "/c/", "/o/", "/r/", "/download/", "/sign-in/", "/book/"):
            self.browser.get(f"{path}badtokencanary")
            self.browser.post(f"{path}badtokencanary", data={"email": ADDRESS})
        self.browser.get("/", headers={"Host": f"{NAME}.example.net"})
        self.browser.post("/dashboard/sign-in", data={"email": ADDRESS, "password": WORDS})

    def go_on_without_a_database(self, stop: Stop) -> None:
        with without_tables(self.service.db, "lead", "delivery"):
            assert self.sign_up(ADDRESS, "course") == 503
            for part in ("/confirm/", "/p/"):
                self.browser.get(self.town.link(self.mails()[part == "/p/"], part))
            self.browser.post("/hooks/postmark", data=b"{}", headers=signing.BASIC, content_type="application/json")
            self.town.run_workers()
            self.come_back_in_vain()

        def tick(_service: Service, _now: object) -> Any:
            stop.request()
            raise OperationalError("SELECT", {"email": ADDRESS}, OSError(f"{ADDRESS} {NAME}"))

        run_clock(self.service, stop, tick)

    def come_back_in_vain(self) -> None:
        with pytest.raises(Exception, match=r"lead|delivery"):
            self.come_back()

    def find_mistakes_of_ours(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def breaks(*_arguments: object, **_more: object) -> None:
            raise RuntimeError(f"{ADDRESS} {NAME} {WORDS}")

        with monkeypatch.context() as broken:
            broken.setattr("funnel.web.reader.room.views.render_template", breaks)
            assert self.browser.get(self.town.link(self.mails()[1], "/p/")).status_code == 500
        with monkeypatch.context() as broken:
            broken.setattr("funnel.sending.composing._of_kind", breaks)
            self.sign_up(f"eve.{ADDRESS}")
            self.town.run_workers()
        thread = threading.Thread(target=breaks)
        thread.start()
        thread.join()
        thrown_away = type("ThrownAway", (), {"__del__": breaks})()
        del thrown_away
