"""What a practice puts into its own site so that visitors can sign up there, from what needs least to what needs most.

Made without a request: the command line prints it too. Whatever is filled in is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlencode

from funnel.curriculum.colours import text_on
from funnel.curriculum.model import Offer
from funnel.curriculum.palette import palette
from funnel.language import SOURCE, _, speaking

FIRST_HEIGHT = 640
"""Pixels that a frame has until it says its own height, and keeps where no script may run."""

LONGEST_SOURCE = 100  # its statements stand on our own pages only


@dataclass(frozen=True, slots=True)
class FormPlace:
    """Where a form is to stand: `home` is our site's address with a slash, `site` the host's origin, "" for any.

    `source` is the word that is kept with each sign-up from there.
    """

    home: str
    offer: Offer
    colours: Mapping[str, str]
    site: str = ""
    source: str = ""
    language: str = SOURCE  # of the words in a plain form

    def page(self) -> str:
        """The address of our own page for this offer; its thanks lead back to the site, if that is listed."""
        back = f"{self.site}/" if self.site and not self.offer.on_its_page_only else ""
        return f"{self.home}offers/{quote(self.offer.slug)}" + _query(source=self.source, back=back)


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to embed a form. `anywhere`: it needs no site in `practice.toml`, because it only leads to us."""

    name: str
    title: str
    needs: str
    without: str
    anywhere: bool
    make: Callable[[FormPlace], str]


def link(place: FormPlace) -> str:
    """A link that looks like a button where the host lets it, and like a link elsewhere."""
    colours = palette(place.colours)
    accent = colours["accent"]
    text = text_on(accent, (colours["paper"], colours["ink"]))
    style = (
        f"display:inline-block;padding:.8em 1.4em;border-radius:.6em;background:{accent};color:{text};"
        "font-weight:600;text-decoration:none"
    )
    return f'<a href="{escape(place.page())}" style="{style}">{escape(place.offer.button)}</a>\n'


def form(place: FormPlace) -> str:
    """A form without a script. It can hold nothing fresh, so it leads to our page, filled in."""
    button = f"  <button>{escape(place.offer.button)}</button>\n</form>\n"
    source = f'  <input type="hidden" name="source" value="{escape(place.source)}">\n' if place.source else ""
    if place.offer.on_its_page_only:
        return f'<form action="{escape(place.home)}offers/{quote(place.offer.slug)}" method="get">\n{source}{button}'
    with speaking(place.language):
        email, name = _("Your e-mail address"), f"{_('Your first name')} {_('(if you like)')}"
    return (
        f'<form action="{escape(_embed(place, "form"))}" method="post" accept-charset="utf-8">\n'
        f"  <p><label>{escape(email)}<br>\n"
        '  <input type="email" name="email" autocomplete="email" maxlength="254" required></label></p>\n'
        f"  <p><label>{escape(name)}<br>\n"
        '  <input type="text" name="name" autocomplete="given-name" maxlength="80"></label></p>\n'
        f'{source}  <input type="hidden" name="back" value="{escape(place.site)}/">\n{button}'
    )


def frame(place: FormPlace) -> str:
    """Our own form in a frame; the script beside it only sets the frame's height."""
    source = _embed(place, "frame") + _query(site=place.site, source=place.source)
    # Important, for a page's own style sheet may mean everything by `iframe`; both schemes, so that its ground shows.
    # Width and height stand outside too, for sites whose policy takes styles in the tag away.
    style = (
        "display:block!important;width:100%!important;max-width:100%!important;margin:20px 0;border:0!important;"
        f"color-scheme:light dark;height:{FIRST_HEIGHT}px!important"
    )
    return (
        f'<iframe src="{escape(source)}" title="{escape(place.offer.title)}" width="100%" height="{FIRST_HEIGHT}" '
        f'style="{style}" loading="lazy"></iframe>\n'
        f'<script async src="{escape(place.home)}embed/height.js"></script>\n'
    )


def script(place: FormPlace) -> str:
    """Our form as part of the page. What stands inside is shown until it is there, and where it cannot be."""
    source = f' source="{escape(place.source)}"' if place.source else ""
    return (
        f'<funnel-form offer="{escape(place.offer.slug)}"{source}>\n'
        f'  <a href="{escape(place.page())}">{escape(place.offer.button)}</a>\n'
        "</funnel-form>\n"
        f'<script async src="{escape(place.home)}embed/form.js"></script>\n'
    )


LADDER: Mapping[str, Rung] = {
    rung.name: rung
    for rung in (
        Rung(
            "link", "A link to the sign-up page",
            "A page on which you can write a link. Nothing else.",
            "Works without a script, and in mails and profiles too.", anywhere=True, make=link,
        ),
        Rung(
            "form", "A plain form",
            "A page that keeps HTML with form, input and button as you write it.",
            "Works without a script. It leads to your sign-up page with everything filled in, and one press sends it.",
            anywhere=False, make=form,
        ),
        Rung(
            "iframe", "The form in a frame",
            "A page that keeps an iframe; for its own height a script too.",
            f"Without the script the frame stays {FIRST_HEIGHT} pixels high and scrolls. Looks the same on every site.",
            anywhere=False, make=frame,
        ),
        Rung(
            "script", "The form as part of the page",
            "A page that keeps an element it does not know, and a script from another site.",
            "Until the script has run, and where it cannot, the link inside stands in its place.",
            anywhere=False, make=script,
        ),
    )
}  # fmt: skip


def may_stand(rung: Rung, place: FormPlace) -> bool:
    """Whether this can be put anywhere now; all but what merely leads to us needs a site that is listed."""
    return bool(place.site) or rung.anywhere or (rung.name == "form" and place.offer.on_its_page_only)


def content_policy(place: FormPlace, name: str) -> str:
    """What a host that sends a Content-Security-Policy of its own has to allow for this rung; "" where nothing."""
    origin = "/".join(place.home.split("/", 3)[:3])
    return {
        "form": f"form-action {origin}",
        "iframe": f"frame-src {origin}; script-src {origin}",
        "script": f"script-src {origin}; connect-src {origin}",
    }.get(name, "")


def _embed(place: FormPlace, name: str) -> str:
    return f"{place.home}embed/{quote(place.offer.slug)}/{name}"


def _query(**values: str) -> str:
    said = urlencode({name: value for name, value in values.items() if value})
    return f"?{said}" if said else ""
