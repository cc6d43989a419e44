"""What stands on the preview's pages, and who may open them."""

from __future__ import annotations

import re
from html import unescape

import pytest

from funnel.curriculum.parse.library import RESERVED
from funnel.web.preview import CAST
from tests.web.preview.conftest import WEEK_1, Writing

SHOWN, FRAMED = f"/show/lesson/{WEEK_1}", f"/frame/lesson/{WEEK_1}"


def links(html: str) -> list[str]:
    return [unescape(href) for href in re.findall(r'href="(/show/[^"?]+)', html)]


def test_every_mail_can_be_previewed_for_each_of_the_cast(writing: Writing) -> None:
    found = dict.fromkeys(links(writing.get("/").text))
    lessons = [path for path in writing.sequences.glob("*/*.md") if path.name != "sequence.md"]
    assert sum(href.startswith("/show/lesson/") for href in found) == sum(
        path.parent.name not in RESERVED for path in lessons
    )
    assert {"/show/mail/confirm-course", "/show/mail/asset-ebook", "/show/mail/booking", "/show/mail/sign-in"} <= {
        *found
    }
    for href in found:
        for reader in CAST:
            assert "cannot be shown" not in writing.text(f"{href}?as={reader}")
            assert writing.get(href.replace("/show/", "/frame/") + f"?as={reader}").status_code == 200


@pytest.mark.parametrize(
    "host", ["attacker.example.org", "127.0.0.1.attacker.example.org:8025", "192.168.0.7:8025", ""]
)
@pytest.mark.parametrize("path", ["/", SHOWN, FRAMED, "/changes?since=x", "/static/preview.js", "/nothing"])
def test_a_name_somebody_else_points_at_this_machine_is_refused(writing: Writing, host: str, path: str) -> None:
    answer = writing.get(path, Host=host)
    assert answer.status_code == 421
    assert "Harbour" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8025", "localhost:8025", "localhost"])
def test_this_machine_by_its_own_names_is_answered(writing: Writing, host: str) -> None:
    assert writing.get("/", Host=host).status_code == 200


def test_pages_run_only_our_script_and_cannot_be_framed(writing: Writing) -> None:
    for path in ("/", SHOWN):
        answer = writing.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert re.findall(r"<script(?![^>]*\bsrc=)", answer.text) == []
        assert not re.search(r'<[^>]+\s(?:style|on\w+)="', answer.text)


def test_the_mail_lies_in_a_sandbox_twice_over(writing: Writing) -> None:
    page = writing.get(SHOWN).text
    allowed = re.findall(r'<iframe title="The mail" sandbox="([^"]*)"', page)[0].split()
    assert "allow-scripts" not in allowed
    assert "allow-top-navigation" not in allowed
    policy = writing.get(FRAMED).headers["Content-Security-Policy"]
    assert policy.split(";")[0].split() == ["sandbox", *allowed]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "frame-ancestors 'self'" in policy


def test_nothing_outside_the_folder_can_be_asked_for(writing: Writing) -> None:
    (writing.sequences.parent / "secret.md").write_text("secret")
    for path in ("/show/lesson/../secret", "/frame/lesson/%2e%2e/secret", "/show/lesson//etc/passwd", "/show/x"):
        answer = writing.get(path)
        assert answer.status_code == 404
        assert "secret" not in answer.text


def test_get_is_all_there_is(writing: Writing) -> None:
    assert writing.app.test_client().post(SHOWN).status_code == 405


def test_ben_is_called_reader_and_ada_by_her_name(writing: Writing) -> None:
    assert "Dear Ada" in writing.get(f"{FRAMED}?as=ada").text
    assert "Dear reader" in writing.get(f"{FRAMED}?as=ben").text


def test_fay_reads_what_her_quiz_said(writing: Writing) -> None:
    assert "Your quiz answers leaned this way" in writing.get(f"{FRAMED}?as=fay").text
    assert "Your quiz answers" not in writing.get(f"{FRAMED}?as=ada").text


def test_all_compared_subjects_are_shown_and_this_readers_named(writing: Writing) -> None:
    for reader in ("ada", "dan", "gus"):
        text = writing.text(f"{SHOWN}?as={reader}")
        assert "the alarm in your chest" in text
        assert "when the phone stays dark" in text
        assert text.count(f"this is {reader.title()}’s") == 1
    assert "Something old in you is doing its job." in text


def test_the_cast_is_divided_between_two_subjects(writing: Writing) -> None:
    headings = {re.findall(r"<h1>(.*?)</h1>", writing.get(f"{SHOWN}?as={reader}").text)[0] for reader in CAST}
    assert {"Week 1: the alarm in your chest", "Week 1: when the phone stays dark"} < headings


def test_cleo_gets_the_discreet_subject_and_no_line_after_it(writing: Writing) -> None:
    text = writing.text(f"{SHOWN}?as=cleo")
    assert "Your letter for week one discreet, as Cleo chose" in text
    assert "Something old in you" not in text


def test_the_text_part_is_shown_as_text(writing: Writing) -> None:
    page = writing.get(f"{SHOWN}?view=text").text
    assert "<iframe" not in page
    assert "Stop these letters:\nhttp://localhost/link/u" in page


def test_the_size_is_that_of_the_mail_as_it_is_sent(writing: Writing) -> None:
    shown = int(re.findall(r"(\d+) kB", writing.text(SHOWN))[0])
    assert 12 <= shown <= 20
    writing.replace(f"{WEEK_1}.md", "## What is ringing", "A quiet line of text.\n\n" * 2500 + "## What is ringing")
    assert "mail programs cut off what is longer" in writing.text(SHOWN)


def test_a_lesson_this_reader_would_not_get_is_shown_as_such(writing: Writing) -> None:
    writing.replace(f"{WEEK_1}.md", "day: 7\n", "day: 7\nonly_if: \"quiz.result == 'anxious' and weeks >= 1\"\n")
    assert "Ada would not get this lesson" in writing.text(f"{SHOWN}?as=ada")
    assert "Dear Ada" in writing.get(f"{FRAMED}?as=ada").text
    assert "would not get this lesson" not in writing.text(f"{SHOWN}?as=fay")


def test_personal_links_say_what_they_would_do_and_open_nothing(writing: Writing) -> None:
    own = set(
        re.findall(
            r'href="http://localhost(/[^"]+)"', writing.get("/frame/lesson/training-follow-up/01-your-training").text
        )
    )
    assert {"/link/u", "/link/p", "/link/r", "/link/watch"} <= own
    for path in own:
        assert "Here the reader" in writing.text(path)
    assert writing.get("/link/other").status_code == 404


def test_nothing_of_it_is_tracked(writing: Writing) -> None:
    html = writing.get(f"{FRAMED}?as=fay").text
    assert "<img" not in html
    assert '/pages/hard-nights"' in html


def test_images_off_lets_no_picture_through(writing: Writing) -> None:
    assert "img-src http://localhost/media/ data:" in writing.get(FRAMED).headers["Content-Security-Policy"]
    assert "img-src 'none'" in writing.get(f"{FRAMED}?images=off").headers["Content-Security-Policy"]


def test_the_arrows_lead_through_all_letters_and_keep_the_view(writing: Writing) -> None:
    first = writing.get("/").text
    order = list(dict.fromkeys(links(first)))
    path, seen = order[0] + "?as=fay&view=phone&dark=1", [order[0]]
    while onward := re.findall(r'rel="next" href="([^"]+)"', writing.get(path).text):
        path = unescape(onward[0])
        assert path.endswith("?as=fay&view=phone&dark=1")
        seen.append(path.partition("?")[0])
    assert seen == order
    assert f'rel="prev" href="{order[-2]}?as=fay' in writing.get(path).text


def test_a_look_that_does_not_exist_is_the_usual_one(writing: Writing) -> None:
    assert writing.get(f"{SHOWN}?as=nobody&view=upside-down&dark=x").status_code == 200


def test_a_mail_that_asks_is_shown_from_the_discreet_sender(writing: Writing) -> None:
    writing.replace("practice.toml", '# sender_discreet = "Anna"', 'sender_discreet = "Anna"')
    assert 'class="from">Anna <' in writing.get("/show/mail/confirm-course").text
    assert 'class="from">Harbour Practice <' in writing.get("/show/mail/asset-ebook?as=ada").text


def test_mails_about_a_session_can_be_previewed(writing: Writing) -> None:
    asked, cancelled = (writing.text(f"/show/mail/{key}?view=text") for key in ("session", "session-cancelled"))
    assert "Somebody has asked for “A session for one” with this address" in asked
    assert "You are on no list by this" in asked
    assert "“A session for one” is cancelled" in cancelled
    notice = writing.text("/show/mail/session-notice?view=text")
    assert "has asked for a session (A session for one) on your site" in notice
    assert "evenings" in notice
    (writing.sequences / "sessions.toml").unlink()
    assert writing.get("/show/mail/session").status_code == 404
