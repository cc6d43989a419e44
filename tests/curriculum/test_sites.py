"""On which sites a practice's forms may stand."""

from __future__ import annotations

import pytest

from funnel.curriculum import check_library
from funnel.curriculum.sites import MOST_SITES, is_listed, site_origin
from tests.curriculum.examples import PRACTICE, folder


def checked(sites: str) -> tuple[tuple[str, ...], list[str]]:
    files = {**folder(), "practice.toml": f"sites = {sites}\n".encode() + PRACTICE}
    library, problems = check_library(files)
    said = [str(problem) for problem in problems if problem.path == "practice.toml"]
    return (library.practice.sites if library is not None else (), said)


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://www.example.org", "https://www.example.org"),
        ("https://www.example.org/", "https://www.example.org"),
        ("HTTPS://WWW.Example.ORG", "https://www.example.org"),
        ("https://example.org:443", "https://example.org"),
        ("https://example.org:8443", "https://example.org:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://localhost:9000", "http://localhost:9000"),
        ("http://127.0.0.1", "http://127.0.0.1"),
    ],
)
def test_a_site_is_read_as_browsers_name_it(written: str, origin: str) -> None:
    assert checked(f'["{written}"]')[0] == (origin,)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("http://www.example.org", 'Write "https://www.example.org"; http is only for trying'),
        ("www.example.org", 'Did you mean "https://www.example.org"?'),
        (
            "https://www.example.org/blog/",
            'Write "https://www.example.org": a form may then stand on every page of it.',
        ),
        ("https://www.example.org?x", 'Write "https://www.example.org"'),
        ("https://*.example.org", "List each site by itself"),
        ("*", "List each site by itself"),
        ("https://ada@example.org", "is not the address of a site"),
        ("https://example", "is not the address of a site"),
        ("https://a.example; script-src x", "is not the address of a site"),
        ("http://localhost.evil.example", "http is only for trying"),
        ("javascript:alert(1)", "does not begin with https://"),
        ("null", "does not begin with https://"),
    ],
)
def test_what_is_no_site_is_an_error_at_its_line_with_what_to_write(written: str, said: str) -> None:
    sites, problems = checked(f'["{written}"]')
    assert sites == ()
    assert len(problems) == 1
    assert problems[0].startswith("practice.toml:1:")
    assert said in problems[0]


def test_a_site_for_trying_and_one_named_twice_are_warned_of() -> None:
    sites, problems = checked('["http://localhost:9000", "https://a.example.org", "https://a.example.org/"]')
    assert sites == ("http://localhost:9000", "https://a.example.org")
    assert ["nobody else sees a form there" in problems[0], "twice" in problems[1]] == [True, True]


def test_sites_are_bounded() -> None:
    many = ", ".join(f'"https://site-{n}.example.org"' for n in range(MOST_SITES + 1))
    assert any("Keep at most 20" in each for each in checked(f"[{many}]")[1])


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://www.example.org.evil.example/", "https://www.example.org@evil.example/", "//www.example.org/",
        "http://www.example.org/", "https://www.example.org:444/", "javascript:alert(1)", "/offers", "", "https://",
        "https://evil.example/https://www.example.org", "https://www.example.org\\@evil.example", "http://localhost:80@x",
        " https://www.example.org", "https://www.example.org\n", "data:text/html,x",
    ],
)  # fmt: skip
def test_an_address_that_only_looks_like_a_listed_site_is_none(elsewhere: str) -> None:
    assert not is_listed(elsewhere, ("https://www.example.org", "http://localhost"))


def test_every_page_of_a_listed_site_is_on_it() -> None:
    assert is_listed("https://www.example.org/blog/a?b#c", ("https://www.example.org",))
    assert site_origin("http://localhost:9000/x") == "http://localhost:9000"
