"""The practice's own pages and its front page, as anybody may open them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from funnel.curriculum.model import Page
from funnel.models import Event, FunnelCount
from funnel.publishing.publish import publish
from funnel.settings import starter
from funnel.web.app import create_app
from funnel.wiring import Service, read_library
from tests.web.conftest import Pages, on_one_database, text_of

STARTER = sorted(path.stem for path in (starter("sequences") / "pages").glob("*.md"))
LISTED = ["About us", "Finding help", "For hard nights", "Privacy", "Safety, and reading in private"]


@pytest.fixture
def changed(make_service: Callable[..., Service], tmp_path: Path) -> Callable[..., Pages]:
    """The site of a practice whose folder is the starter's but for these files; settings may be given by name."""

    def make(files: dict[str, str], **settings: object) -> Pages:
        folder = tmp_path / "own"
        for path in starter("sequences").rglob("*"):
            if path.is_file():
                (folder / path.relative_to(starter("sequences"))).parent.mkdir(parents=True, exist_ok=True)
                (folder / path.relative_to(starter("sequences"))).write_bytes(path.read_bytes())
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        service = make_service(sequences_dir=folder, **settings)
        publish(service, read_library(service.settings), "ada", service.clock.now())
        return Pages(create_app(service).test_client(use_cookies=False), service)

    return make


def practice(**changes: str) -> str:
    text = (starter("sequences") / "practice.toml").read_text(encoding="utf-8")
    for key, value in changes.items():
        text, times = re.subn(rf'^{key} = ".*"$', f'{key} = "{value}"', text, count=1, flags=re.M)
        assert times == 1
    return text


@on_one_database
@pytest.mark.parametrize("slug", STARTER)
def test_every_starter_page_opens_with_nothing_unfilled(pages: Pages, slug: str) -> None:
    answer = pages.client.get(f"/pages/{slug}")
    assert answer.status_code == 200
    assert not re.search(r"\{\{|\}\}|\{%|\ue000|in_force", answer.text)
    assert answer.text.count("<h1") == 1
    for path in re.findall(r'href="(/pages/[^"]+)"', answer.text):
        assert pages.client.get(path).status_code == 200, path


@on_one_database
def test_a_page_that_is_not_there_is_a_calm_404(pages: Pages) -> None:
    assert pages.client.get("/pages/nowhere").status_code == 404


@on_one_database
def test_opening_a_page_counts_nothing_and_sets_no_cookie(pages: Pages) -> None:
    for slug in STARTER:
        answer = pages.client.get(f"/pages/{slug}")
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert not re.findall(r'<(?:img|script|link|iframe|video)[^>]*(?:src|href)="(?:https?:)?//', answer.text)
    assert (pages.rows(Event), pages.rows(FunnelCount)) == ([], [])


@on_one_database
def test_the_foot_of_every_page_names_only_the_listed_pages(pages: Pages) -> None:
    for path in ("/", "/offers/ebook", "/pages/grief", "/nowhere"):
        foot = pages.client.get(path).text.partition('<nav class="foot-pages"')[2]
        assert re.findall(r'<a href="/pages/[a-z-]+">([^<]+)</a>', foot) == LISTED


@on_one_database
def test_the_front_page_says_what_home_md_says(changed: Callable[..., Pages]) -> None:
    home = (
        '---\ntitle: "Come in, says {{ practice.name }}"\nlead: There is tea.\n---\n## Who\n\n{{ practice.sender }}.\n'
    )
    page = changed({"home.md": home, "practice.toml": practice(name="Lantern", sender="Ada of Lantern")})
    front = page.client.get("/").text
    assert "<h1>Come in, says Lantern</h1>" in front
    assert '<p class="lead">There is tea.</p>' in front
    assert '<h2 id="who">Who</h2>' in front
    assert "<p>Ada of Lantern.</p>" in front
    assert "Take what helps" not in front


@on_one_database
def test_the_front_page_shows_the_practices_pictures_with_alt(
    changed: Callable[..., Pages],
) -> None:
    home = "---\ntitle: Come in\npicture: sea.png\npicture_alt: The sea at six\nportrait: sea.png\n"
    home += "portrait_alt: Ada at her desk\nlogo: wave.png\nlogo_alt: A wave\n---\nText.\n"
    page = changed({"home.md": home})
    front = page.client.get("/").text
    found = dict(re.findall(r'<img class="([a-z-]+)" src="(/media/[0-9a-f]{64}\.png)"', front))
    assert set(found) == {"logo", "hero-picture", "portrait"}
    assert [f'alt="{words}"' in front for words in ("The sea at six", "Ada at her desk", "A wave")] == [True] * 3
    for address in found.values():
        answer = page.fetch(address)
        assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert f'<img class="logo" src="{found["logo"]}"' in page.client.get("/pages/grief").text


@on_one_database
def test_a_front_page_without_pictures_has_none_of_ours(changed: Callable[..., Pages]) -> None:
    assert "<img" not in changed({"home.md": "---\ntitle: Come in\n---\nText.\n"}).client.get("/").text


@on_one_database
def test_a_name_with_markdown_or_html_in_it_is_shown_as_it_is(changed: Callable[..., Pages]) -> None:
    page = changed({"practice.toml": practice(name="Love & <b>Co</b>")})
    assert "Love &amp; &lt;b&gt;Co&lt;/b&gt; is a small practice" in page.client.get("/pages/about").text


@on_one_database
def test_a_licence_stands_at_the_foot_of_every_page(changed: Callable[..., Pages]) -> None:
    said = 'credentials = "MA, LMFT"\nlicence = "Licensed by <Exampleton>, 12"\nalso = "Coaching: Quay"\n'
    page = changed({"practice.toml": said + practice()})
    for path in ("/", "/offers/course", "/pages/privacy"):
        text = page.client.get(path).text
        assert "Harbour Practice, MA, LMFT<br>" in text
        assert "Licensed by &lt;Exampleton&gt;, 12<br>" in text
        assert "Coaching: Quay<br>" in text


@on_one_database
def test_renaming_the_practice_changes_every_page_and_consent(
    changed: Callable[..., Pages],
) -> None:
    page = changed({"practice.toml": practice(name="Lantern", sender="Lantern", postal_address="1 Quay, Exampleton")})
    for path in ("/", "/offers/course", "/offers/ebook", "/offers/training", *(f"/pages/{slug}" for slug in STARTER)):
        assert "Harbour Practice" not in page.client.get(path).text, path
    assert "the six-week course from Lantern:" in text_of(page.client.get("/offers/course"))
    assert page.sign_up("course").status_code == 303
    assert "from Lantern:" in page.service.library.offers["course"].consent


@on_one_database
@pytest.mark.parametrize(
    ("tracking", "said", "unsaid"),
    [
        ("full", "We see that a mail was opened", "There is no hidden picture"),
        ("clicks", "There is no hidden picture", "We see that a mail was opened"),
        ("none", "We do not see whether a mail was opened", "You can switch this off"),
    ],
)
def test_privacy_says_what_is_measured_here(
    changed: Callable[..., Pages], tracking: str, said: str, unsaid: str
) -> None:
    text = text_of(changed({"practice.toml": practice(tracking=tracking)}).client.get("/pages/privacy"))
    assert said in text
    assert unsaid not in text


SENDERS = [
    ({"mail_url": "smtp://ada:hush@mail.example.net:587"}, "through mail.example.net."),
    ({"mail_url": "postmark://hush-hush-hush"}, "through Postmark."),
    (
        {"mail_url": "smtp+tls://ada:hush@one.example.net", "course_mail_url": "ses://AKIA:hush@eu-west-1"},
        "through one.example.net and Amazon SES. For this, they learn",
    ),
    ({"mail_url": "file:///tmp/nowhere"}, "writes its mails into a folder"),
    ({"mail_url": "smtp://127.0.0.1:2525", "outbox": True}, "being tried out at present: no mail leaves it"),
]


@on_one_database
@pytest.mark.parametrize(("settings", "said"), SENDERS, ids=[said for _, said in SENDERS])
def test_privacy_names_who_carries_the_mail_and_no_secret(
    make_service: Callable[..., Service], settings: dict[str, object], said: str
) -> None:
    page = create_app(make_service(**settings)).test_client().get("/pages/privacy")
    assert said in text_of(page)
    assert "hush" not in page.text
    assert "AKIA" not in page.text


def order_of(page: str, part: str) -> list[str]:
    listed = page.partition(part)[2].partition("</ul>")[0]
    return re.findall(r"<li[^>]*>([^:<]+):", listed)


@on_one_database
@pytest.mark.parametrize("part", ['<ul class="helplines wide">', '<ul class="helplines">'])
@pytest.mark.parametrize(
    ("languages", "first"),
    [
        ("en-AU,en;q=0.5", "Australia"),
        ("de-DE", "Germany"),
        ("sr-Latn-RS, nl-NL;q=0.8", "Netherlands"),
        ("en", "Ireland"),
        ("", "Ireland"),
        ("de-AT", "Ireland"),
    ],
)
def test_helplines_begin_with_the_browsers_or_practices_country(
    pages: Pages, part: str, languages: str, first: str
) -> None:
    answer = pages.client.get("/pages/hard-nights", headers={"Accept-Language": languages})
    order = order_of(answer.text, part)
    given = [line.country for line in pages.service.library.practice.helplines]
    assert order[0] == first
    assert order[1:] == [country for country in given if country != first]
    assert "Accept-Language" in answer.headers["Vary"]


@on_one_database
def test_a_site_below_a_path_finds_its_pages_and_pictures_there(make_service: Callable[..., Service]) -> None:
    client = create_app(make_service(site_url="https://example.org/letters")).test_client()
    found = re.findall(r'(?:href|src)="(/[^"]+)"', client.get("/letters/").text)
    assert [path for path in found if not path.startswith("/letters/")] == []
    inner = [path for path in found if "/pages/" in path]
    assert len(inner) > len(LISTED)
    assert {client.get(path).status_code for path in inner} == {200}


@on_one_database
def test_a_number_can_be_called_from_the_page(pages: Pages) -> None:
    assert 'href="tel:08001110111"' in pages.client.get("/pages/finding-help").text
    assert 'href="tel:1800341900"' in pages.client.get("/pages/safety").text


@on_one_database
def test_the_safety_page_can_be_left_at_once_without_scripts(pages: Pages) -> None:
    answer = pages.client.get("/pages/safety")
    button = re.search(r'<a class="button" href="(https://[^"]+)" rel="nofollow noreferrer" data-exit>', answer.text)
    assert button is not None
    assert answer.text.index("data-exit") < answer.text.index('<main id="main"')
    assert answer.headers["Cache-Control"] == "no-store"
    assert "data-exit" not in pages.client.get("/pages/grief").text


@on_one_database
def test_odd_markup_in_a_published_page_is_shown_as_typed(pages: Pages) -> None:
    """What the check would refuse cannot do harm either: it is shown as it was typed."""
    odd = Page(
        "odd", "pages/odd.md", "Odd", False, False, "{{ lead.first_name }} {% if x %} <b>{{ in_force.nme }}</b>", 4
    )
    library = pages.service.library
    publish(pages.service, replace(library, pages={**library.pages, "odd": odd}), "ada", pages.service.clock.now())
    text = text_of(pages.client.get("/pages/odd"))
    assert "{{ lead.first_name }} {% if x %} <b>{{ in_force.nme }}</b>" in text
