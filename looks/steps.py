"""The pages that come after a step: of the room, of a change of address, of a conversation, of a form on another site.

They are opened and asked like all others, and not on the contact sheets. What a page does it does any number of times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from html import unescape
from re import search
from typing import Protocol
from urllib.parse import quote

from sqlalchemy import select
from werkzeug.test import TestResponse

from funnel.links import Purpose, number_of
from funnel.models import AddressChange, BookingRequest, Delivery, Signup
from funnel.sending.delivery import deliver
from funnel.wiring import Service

OTHER_SITE = "https://www.example.org"
Show = Callable[[], TestResponse]


class Reader(Protocol):
    @property
    def signup(self) -> Signup: ...
    @property
    def mail(self) -> Delivery: ...


class Place(Protocol):
    """As much of a stage as these pages take."""

    service: Service

    def get(self, path: str) -> TestResponse: ...

    def post(self, path: str, **fields: str) -> TestResponse: ...

    def sign_up(self, name: str, offer: str, *, confirms: bool = True, **more: str) -> Reader: ...


def steps(place: Place, now: datetime) -> Mapping[str, Show]:
    """What shows each of these pages, by its name."""
    return {
        **_room(place, now),
        **_addresses(place, now),
        **_conversation(place),
        **_mails(place, now),
        **_forms(place),
    }


def _room(place: Place, now: datetime) -> dict[str, Show]:
    links = place.service.links
    ivy, kim = place.sign_up("ivy", "ebook"), place.sign_up("kim", "ebook")
    deliver(place.service, [ivy.mail.id], "looks")
    hers, theirs = (links.dated_token(Purpose.OWN_DATA, each.mail.ref, now) for each in (ivy, kim))
    again = links.token(Purpose.AGAIN, ivy.signup.ref)
    return {
        "letters": lambda: place.get(f"/me/{hers}/letters"),
        "old-letter": lambda: place.get(f"/me/{hers}/letters/{ivy.mail.id}"),
        "again": lambda: place.get(f"/again/{again}"),
        "paused": lambda: place.post(f"/me/{hers}", do="pause:2"),
        "renamed": lambda: place.post(f"/me/{hers}", do="name", name="Ivy R."),
        "erased-later": lambda: place.post(f"/me/{hers}", do="erase:later"),
        "erased": lambda: place.post(f"/me/{theirs}", do="erase:now"),
    }


def _addresses(place: Place, now: datetime) -> dict[str, Show]:
    links = place.service.links
    hal = place.sign_up("hal", "ebook")
    own = links.dated_token(Purpose.OWN_DATA, hal.mail.ref, now)
    asked = place.post(f"/me/{own}", do="address", email="hal.new@example.org")
    with place.service.db.read() as session:
        change = session.scalars(select(AddressChange)).one()
    new, old = (links.dated_token(which, change.ref, now) for which in (Purpose.NEW_ADDRESS, Purpose.OLD_ADDRESS))
    return {
        "address-asked": lambda: asked,
        "address-mistyped": lambda: place.post(f"/me/{own}", do="address", email="hal", shown="yes"),
        "new-address": lambda: place.get(f"/new-address/{new}"),
        "new-address-done": lambda: place.post(f"/new-address/{new}"),
        "old-address": lambda: place.get(f"/old-address/{old}"),
        "old-address-back": lambda: place.post(f"/old-address/{old}"),
    }


def _conversation(place: Place) -> dict[str, Show]:
    links, lou = place.service.links, place.sign_up("lou", "ebook")
    book = links.token(Purpose.BOOK, lou.mail.ref, number_of("intro"))
    place.post(f"/book/{book}", words="In the evening, if that can be.")
    with place.service.db.read() as session:
        booking = session.scalars(select(BookingRequest).where(BookingRequest.lead_id == lou.signup.lead_id)).one()
    token = links.token(Purpose.BOOKING, booking.ref)
    return {
        "booking": lambda: place.get(f"/booking/{token}"),
        "booking-changed": lambda: place.post(f"/booking/{token}", do="again", words="Rather in the morning."),
        "booking-cancelled": lambda: place.post(f"/booking/{token}", do="cancel"),
        "booking-again": lambda: place.post(f"/booking/{token}", do="keep"),
    }


def _mails(place: Place, now: datetime) -> dict[str, Show]:
    links = place.service.links
    mia, eve = place.sign_up("mia", "course", confirms=False), place.sign_up("eve", "course", confirms=False)
    not_me, done = (links.token(Purpose.NOT_ME, each.mail.ref) for each in (mia, eve))
    place.sign_up("nat", "quiz", result=_result(place), keep="on")
    nat = place.sign_up("nat", "quiz", confirms=False, result=_result(place), keep="on")
    taken = links.to_confirm(nat.signup.ref, now, nat.mail.detail.get("asking")).rpartition("/")[2]
    return {
        "not-me": lambda: place.get(f"/not-me/{not_me}"),
        "not-me-done": lambda: place.post(f"/not-me/{done}"),
        "quiz-again": lambda: place.get(f"/confirm/{taken}"),
        "quiz-counts": lambda: place.post(f"/confirm/{taken}"),
    }


def _result(place: Place) -> str:
    """What the page of a result carries to the form."""
    quiz = place.service.library.offers["quiz"].quiz
    answers = {
        f"s-{each.id}": "1" if each.reverse == (each.line == "anxiety") else "5"
        for each in (quiz.statements if quiz is not None else ())
    }
    found = search(r'name="result" value="([^"]*)"', place.post("/offers/quiz/result", **answers).text)
    return unescape(found[1]) if found else ""


def _forms(place: Place) -> dict[str, Show]:
    site = quote(OTHER_SITE, safe="")
    return {
        "frame": lambda: place.get(f"/embed/ebook/frame?site={site}"),
        "frame-of-quiz": lambda: place.get(f"/embed/quiz/frame?site={site}"),
        "frame-not-quite": lambda: place.post(f"/embed/ebook/frame?site={site}", email="ada@example"),
        "frame-thanks": lambda: place.get(f"/embed/ebook/thanks?site={site}"),
        "one-press": lambda: place.post("/embed/ebook/form", email="ada@example.org", name="Ada"),
    }
