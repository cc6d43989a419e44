"""A mail by day and by night."""

from __future__ import annotations

import pytest

from funnel.web.preview.frame import for_frame, preheader_of

HTML = (
    '<html><head><meta name="color-scheme" content="light dark">'
    "<style>@media (prefers-color-scheme: dark) { a { top: 0 } } @media ( prefers-color-scheme:light ) { b { top: 0 } }"
    "</style></head><body><p>@media (prefers-color-scheme: dark)</p>"
    '<a class="x" href="#end">on</a><a href="https://example.org/#end">out</a></body></html>'
)


@pytest.mark.parametrize(("dark", "night", "day"), [(True, "min", "max"), (False, "max", "min")])
def test_the_mail_s_own_rules_for_dark_mode_hold_when_asked_for(dark: bool, night: str, day: str) -> None:
    shown = for_frame(HTML, dark)
    assert f"@media ({night}-width: 0) {{ a" in shown
    assert f"@media ({day}-width: 0) {{ b" in shown
    assert f'content="{"dark" if dark else "light"}"' in shown


def test_what_a_letter_says_of_dark_mode_is_left_alone() -> None:
    assert "<p>@media (prefers-color-scheme: dark)</p>" in for_frame(HTML, True)


def test_links_open_in_a_new_window_but_those_within_the_letter() -> None:
    shown = for_frame(HTML, False)
    assert '<head><base target="_blank">' in shown
    assert '<a target="_self" class="x" href="#end">' in shown
    assert '<a href="https://example.org/#end">' in shown


def test_the_preheader_follows_the_subject_as_in_a_mail_program() -> None:
    padded = f'<div class="preheader" style="display:none">Why it is &amp; is not{"‌ " * 40}</div>'
    assert preheader_of(f"<body>{padded}</body>") == "Why it is & is not"
    assert preheader_of("<body></body>") == ""
