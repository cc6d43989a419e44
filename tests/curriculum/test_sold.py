"""`check` of what is sold: a price, a checkout, and no way in that costs nothing."""

from __future__ import annotations

import pytest

from funnel.curriculum import check_library
from funnel.curriculum.agreeing import purchase_text
from funnel.curriculum.schedule_summary import promised
from tests.selling import DEEP, selling_library, sold_files, wrong_in

PAGE, FILE = f"offers/{DEEP}.md", f"{DEEP}/sequence.md"
TRIGGER = '"tag:bought:deep-course"'


def test_a_course_that_is_sold_is_read() -> None:
    library = selling_library()
    offer = library.offers[DEEP]
    assert (offer.paid, offer.price, offer.checkout) == (True, "EUR 120", "https://shop.example.org/deep-course")
    assert promised(library.sequences.values(), DEEP) == ["Three mails over two weeks, the first one at once."]
    assert purchase_text(offer, library.sequences) == (
        "Bought: “A deeper course”, EUR 120. “Please e-mail me the deeper course. I can stop at any time with a link "
        "in every letter. Three mails over two weeks, the first one at once.”"
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('price: "EUR 120"\n', "", 2, "price is missing"),
        ('checkout: "https://shop.example.org/deep-course"\n', "", 2, "checkout is missing"),
        ("https://shop", "http://shop", 6, "checkout is not an https address"),
        ('"https://shop.example.org/deep-course"', '"javascript:alert(1)"', 6, "checkout is not an https address"),
        ("kind: course", "kind: quiz", 4, "only a course can be sold"),
        ("paid: true\n", "", 4, "price is said of what is sold"),
        ("paid: true\n", "paid: true\nfollowed_by: anxious-attachment\n", 5, "followed_by belongs to a form"),
        ("paid: true\n", "paid: true\nthanks_url: https://a.example.org/b\n", 5, "thanks_url belongs to a form"),
        ("EUR 120", "x" * 61, 5, "price has 61 characters"),
    ],
)
def test_what_does_not_fit_a_sale_is_an_error_at_its_line(old: str, new: str, line: int, said: str) -> None:
    found = [each for each in wrong_in(sold_files(offer=(old, new))) if each.path == PAGE]
    assert any(each.line == line and said in each.message for each in found), found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (TRIGGER, f"{TRIGGER}, confirm", "deep-course is sold, and confirm would start it for nothing"),
        (TRIGGER, f'{TRIGGER}, "finished:ebook-welcome"', "finished:ebook-welcome would start it for nothing"),
        (TRIGGER, f"{TRIGGER}, watched", "watched would start it for nothing"),
        (TRIGGER, f"{TRIGGER}, quiz_result", "quiz_result would start it for nothing"),
        (TRIGGER, f'{TRIGGER}, "tag:gift"', "deep-course is sold, and tag:gift would start it for nothing"),
        (f"[{TRIGGER}]", f"[{TRIGGER}]\nfor_offers: [ebook]", "deep-course is sold: no sign-up starts it"),
        (f"[{TRIGGER}]", f"[{TRIGGER}]\nfor_offers: [deep-course]", "nobody signs up for deep-course: it is sold"),
        (TRIGGER, '"tag:bought:deep-corse"', "start_on asks for a purchase of deep-corse, which is no offer"),
        (TRIGGER, '"tag:bought:ebook"', "start_on asks for a purchase of ebook, which is free"),
    ],
)
def test_a_way_in_that_costs_nothing_is_an_error(old: str, new: str, said: str) -> None:
    found = wrong_in(sold_files(sequence=(old, new)))
    assert any(each.path == FILE and each.line == 3 + ("for_offers" in new) and said in each.message for each in found)


def test_no_box_and_no_link_can_ask_for_what_is_sold() -> None:
    files = sold_files()
    ebook = files["offers/ebook.md"].decode()
    files["offers/ebook.md"] = ebook.replace("followed_by: anxious-attachment", f"followed_by: {DEEP}").encode()
    path = "ebook-welcome/03-what-readers-find-hard.md"
    files[path] = files[path].replace(b'begin("anxious-attachment")', f'begin("{DEEP}")'.encode())
    found = wrong_in(files)
    lines = files[path].decode().splitlines()
    at = next(number for number, line in enumerate(lines, 1) if f'begin("{DEEP}")' in line)
    box = next(number for number, line in enumerate(ebook.splitlines(), 1) if line.startswith("followed_by:"))
    assert {(each.path, each.line) for each in found if each.code == "sold"} == {("offers/ebook.md", box), (path, at)}


def test_a_sale_that_starts_nothing_is_warned_of() -> None:
    files = {path: data for path, data in sold_files().items() if not path.startswith(f"{DEEP}/")}
    (found,) = [each for each in check_library(files)[1] if each.path == PAGE]
    assert (found.severity, found.line, found.code) == ("warning", 4, "starts-nothing")
    assert f"tag:bought:{DEEP}" in found.fix
