"""What a stranger types beside somebody else's address reaches nobody's mailbox, and does not stay with the owner."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.compose.first_names import clean_name
from funnel.models import Lead, Signup
from funnel.subscription.confirming import confirm
from funnel.subscription.signup import SignupRequest, sign_up
from funnel.wiring import Service
from tests.journey.steps import work

SPAM = "WIN 5000 EUR http://win.example"
NAMES = (
    "Ada", "Zoë", "Anne-Marie", "Mary Ann", "D’Arcy", "O'Neill", "J. R.", "Dr. Ada", "Åsa", "Łukasz", "Đặng",
    "Nguyễn Thị", "José María", "François", "Siobhán", "Þórunn", "Gül", "İpek", "Ömer", "Žofia", "Ana Sofía",
    "Jean-Luc", "Ng", "Å", "Ольга", "Юлія", "Ѓорѓи", "Ελένη", "Γιώργος", "מרים", "יוסי", "فاطمة", "محمد", "علی‌رضا",
    "नेहा", "शिव", "ক্ষমা", "ਗੁਰਪ੍ਰੀਤ", "અમી", "தமிழ்ச்செல்வி", "లక్ష్మి", "ಶ್ರೀ", "മീനാക്ഷി", "ශ්‍රී", "สมชาย",
    "ນາງ", "မြ", "ចន្ទ", "美咲", "さくら", "ジェーン", "小明", "民수", "지은", "ሰላም", "ნინო", "Արամ", "ᏣᎳᎩ", "Nʻkosi",
    "Kealoha ʻAna", "Gal·la", "X Æ", "Jean-Pierre", "Maria del Carmen", "van der Berg", "Abd al-Rahman", "Björk",
    "Renée-Claire", "Chloë", "Aoife", "Saoirse", "Ĝojo",
)  # fmt: skip
NO_NAMES = (
    SPAM, "ada@example.org", "www.win.example", "win.example", "call 0800 123 456", "a 1 2 3", "<b>Ada</b>", "$$$",
    "{{ x }}", "Ada|Ben", "t.me/win", "win dot example/now", "100%", "€€€", "a=b",
    "one two three four five six seven", "...", "- -", "x" + "=" * 40, "bit.ly", "https:", "12", "#win", "*win*",
    "_win_", "Ada~", "A&B", "[x](y)", "!!!", "42 Euro gratis",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_real_name_of_any_script_stays_as_it_is(name: str) -> None:
    assert clean_name(f"  {name} ") == name


@pytest.mark.parametrize("text", NO_NAMES)
def test_what_is_no_name_is_not_kept(text: str) -> None:
    assert clean_name(text) == ""


def test_an_emoji_beside_a_name_stays_and_an_exclamation_goes() -> None:
    assert clean_name(" Ada 🌱! ") == "Ada 🌱"


def signup_of(service: Service, email: str) -> int:
    with service.db.read() as session:
        return session.scalars(select(Signup.id).join(Lead, Lead.id == Signup.lead_id).where(Lead.email == email)).one()


def kept_of(service: Service, email: str) -> tuple[str, str | None]:
    with service.db.read() as session:
        row = session.execute(select(Lead.first_name, Lead.zone).where(Lead.email == email)).one()
        return row.first_name, row.zone


def typed(service: Service, email: str, name: str, zone: str | None = None, offer: str = "ebook") -> None:
    sign_up(service, SignupRequest(offer, email, name, zone, consent=True), service.clock.now())


@pytest.mark.parametrize("name", [SPAM, "Win Money Now"])
def test_a_mail_before_confirming_holds_nothing_that_was_typed(
    service: Service, outbox: MemoryAdapter, name: str
) -> None:
    typed(service, "ada@example.org", name, "Asia/Tokyo")
    work(service)
    (mail,) = outbox.mails
    for word in name.split():
        assert word not in f"{mail.subject}\n{mail.text}\n{mail.html}"
    offers = [offer.title for offer in service.library.offers.values()]
    assert not [title for title in offers if title in mail.subject]


def test_the_owner_is_called_what_the_confirmed_sign_up_said(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    typed(service, "ada@example.org", "Win", "Asia/Tokyo")
    time.shift(timedelta(minutes=11))
    typed(service, "ada@example.org", "Ada", "Europe/Dublin")
    confirm(service, signup_of(service, "ada@example.org"), service.clock.now())
    assert kept_of(service, "ada@example.org") == (
        "Ada",
        "Europe/Dublin",
    )


def test_of_two_names_for_one_mail_neither_counts(service: Service, outbox: MemoryAdapter) -> None:
    typed(service, "ada@example.org", "Win", "Asia/Tokyo")
    typed(service, "ada@example.org", "Ada", "Asia/Tokyo")
    confirm(service, signup_of(service, "ada@example.org"), service.clock.now())
    assert kept_of(service, "ada@example.org") == ("", "Asia/Tokyo")


def test_a_stranger_does_not_rename_who_has_confirmed(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    typed(service, "ada@example.org", "Ada", "Europe/Dublin")
    confirm(service, signup_of(service, "ada@example.org"), service.clock.now())
    time.shift(timedelta(hours=1))
    typed(service, "ada@example.org", "Win", "Asia/Tokyo")
    typed(service, "ada@example.org", "Win", "Asia/Tokyo", offer="course")
    work(service)
    assert kept_of(service, "ada@example.org") == (
        "Ada",
        "Europe/Dublin",
    )
    assert "Win" not in "".join(f"{mail.subject}{mail.text}{mail.html}" for mail in outbox.mails)
