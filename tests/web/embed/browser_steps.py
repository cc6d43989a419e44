"""Somebody fills in a form of ours on another site, whose own styles mean everything by every name."""

from __future__ import annotations

from playwright.sync_api import FrameLocator, Locator

from tests.web.embed.conftest import Stage

HOSTILE = (
    "<style>* {all: unset !important; font-size: 3px} form, label, button {display: none !important} "
    ":root {--ink: red; --accent: red; font-size: 3px}</style>"
)


def fill(form: Locator | FrameLocator, email: str = "ada@example.org") -> None:
    form.locator("[name=email]").fill(email)
    consent = form.locator("[name=consent][type=checkbox]")
    if consent.count():
        consent.check()
    form.locator("button:visible").last.click()


def sources(stage: Stage) -> list[str]:
    return [signup.utm["source"] for signup in stage.embedded.signups()]
