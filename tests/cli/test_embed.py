"""`funnel embed`: the ladder, and each rung by itself."""

from __future__ import annotations

import re

import pytest

from tests.cli.practice import Practice, practice_fixture  # noqa: F401 - a fixture

SITE = "https://www.example.org"


def list_site(practice: Practice, *sites: str) -> None:
    written = ", ".join(f'"{site}"' for site in sites)
    practice.edit("practice.toml", 'name = "Harbour', f'sites = [{written}]\nname = "Harbour')
    assert practice.run("publish", "--yes").exit_code == 0


def test_the_ladder_says_what_each_way_needs(practice: Practice) -> None:
    list_site(practice, SITE)
    ran = practice.run("embed", "ebook", "--source", "blog")
    assert ran.exit_code == 0
    titles = re.findall(r"^\d\. .*--as (\w+)\)$", ran.stdout, re.MULTILINE)
    assert titles == ["link", "form", "iframe", "script"]
    assert ran.stdout.count("It needs: ") == 4
    assert 'action="http://127.0.0.1:8000/embed/ebook/form"' in ran.stdout
    assert "form-action http://127.0.0.1:8000" in ran.stdout


@pytest.mark.parametrize(
    ("rung", "holds"),
    [
        ("link", 'href="http://127.0.0.1:8000/offers/course?source=blog&amp;back=https%3A%2F%2Fwww.example.org%2F"'),
        ("form", '<input type="hidden" name="back" value="https://www.example.org/">'),
        ("iframe", "/embed/course/frame?site=https%3A%2F%2Fwww.example.org&amp;source=blog"),
        ("script", '<funnel-form offer="course" source="blog">'),
    ],
)
def test_one_way_is_printed_alone_to_be_copied(practice: Practice, rung: str, holds: str) -> None:
    list_site(practice, SITE)
    ran = practice.run("embed", "course", "--as", rung, "--source", "blog")
    assert ran.exit_code == 0
    assert ran.stdout.startswith("<")
    assert holds in ran.stdout
    assert "is this machine" in ran.stderr


def test_without_a_listed_site_a_link_is_there_and_the_rest_says_what_is_missing(practice: Practice) -> None:
    ran = practice.run("embed", "ebook")
    assert ran.exit_code == 0
    assert ran.stdout.count("Not yet: Forms stand only on sites that practice.toml lists") == 3
    assert practice.run("embed", "ebook", "--as", "link").exit_code == 0
    refused = practice.run("embed", "ebook", "--as", "form")
    assert refused.exit_code == 2
    assert 'sites = ["https://www.example.org"]' in refused.output


def test_the_site_is_one_that_is_listed(practice: Practice) -> None:
    list_site(practice, SITE, "https://blog.example.org")
    ran = practice.run("embed", "ebook", "--as", "iframe", "--site", "https://blog.example.org/")
    assert "site=https%3A%2F%2Fblog.example.org&" not in ran.stdout
    assert 'site=https%3A%2F%2Fblog.example.org"' in ran.stdout
    refused = practice.run("embed", "ebook", "--site", "https://evil.example")
    assert refused.exit_code == 2
    assert "It lists: https://www.example.org, https://blog.example.org." in refused.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ebok"], "Did you mean ebook?"),
        (["ebook", "--as", "popup"], "'popup' is not one of"),
        (["ebook", "--source", "x" * 101], "at most 100 characters"),
        (["ebook", "--source", "a\x1b[2Jb"], "at most 100 characters"),
    ],
)
def test_a_slip_is_said_in_a_sentence(practice: Practice, arguments: list[str], said: str) -> None:
    ran = practice.run("embed", *arguments)
    assert ran.exit_code == 2
    assert said in ran.output


def test_an_offer_that_is_closed_is_not_embedded(practice: Practice) -> None:
    practice.edit("offers/ebook.md", "open: true", "open: false")
    assert practice.run("publish", "--yes").exit_code == 0
    ran = practice.run("embed", "ebook")
    assert ran.exit_code == 2
    assert "write open: true in offers/ebook.md" in ran.output


def test_what_stands_in_a_snippet_is_escaped(practice: Practice) -> None:
    list_site(practice, SITE)
    practice.edit("offers/ebook.md", "button: Send me the e-book", "button: 'Send \"<me>\" & it'")
    assert practice.run("publish", "--yes").exit_code == 0
    for rung in ("link", "form", "iframe", "script"):
        said = practice.run("embed", "ebook", "--as", rung, "--source", '"><script>').stdout
        assert "<me>" not in said
        assert '"><script>' not in said
