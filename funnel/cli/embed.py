"""`funnel embed`: what to put into one's own site so that visitors can sign up there."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import click

from funnel.cli.plan import data_dir_option
from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with
from funnel.curriculum.model import Offer
from funnel.curriculum.names import nearest
from funnel.curriculum.reserved import is_loopback
from funnel.curriculum.sites import site_origin
from funnel.web.embed.snippets import LADDER, LONGEST_SOURCE, FormPlace, Rung, content_policy, may_stand
from funnel.wiring import Service

_HOW_TO_LIST = (
    'Forms stand only on sites that practice.toml lists: write sites = ["https://www.example.org"] there, with the '
    "address of your own site, and run `funnel publish`"
)


@click.command(epilog="Example: funnel embed ebook --as form --source blog")
@click.argument("offer")
@click.option("--as", "rung", type=click.Choice(list(LADDER)), help="Print this one alone, to be piped or copied.")
@click.option("--site", metavar="ORIGIN", help="The site it is for, one that practice.toml lists; else the first.")
@click.option("--source", default="", metavar="WORD", help="A word that is kept with each sign-up from there.")
@data_dir_option
def command(offer: str, rung: str | None, site: str | None, source: str, data_dir: Path | None) -> None:
    """Print what to put into your own site so that visitors can sign up for OFFER there.

    There are four ways, from a link, which every site takes, to a form that is part of the page. Each is printed with
    what the site has to allow. What counts is what is published.
    """
    service = open_service(settings_with(data_dir=data_dir))
    found = _open_offer(service, offer)
    practice = service.library.practice
    place = FormPlace(
        service.links.url(""), found, practice.colours, _site(service, site), _source(source), practice.language
    )
    if rung is not None:
        chosen = LADDER[rung]
        if not may_stand(chosen, place):
            raise click.UsageError(f"{_HOW_TO_LIST}.")
        click.echo(chosen.make(place), nl=False)
    else:
        click.echo("\n".join(_ladder(place)))
    for note in _notes(service, place):
        click.echo(note, err=True)


def _ladder(place: FormPlace) -> list[str]:
    lines = [f"{place.offer.title}, on another site" + (f", {place.site}" if place.site else "") + "."]
    for number, rung in enumerate(LADDER.values(), start=1):
        lines += ["", f"{number}. {rung.title}  (--as {rung.name})", f"   It needs: {rung.needs}", f"   {rung.without}"]
        lines += _body(rung, place)
    return lines


def _body(rung: Rung, place: FormPlace) -> list[str]:
    if not may_stand(rung, place):
        return [f"   Not yet: {_HOW_TO_LIST}."]
    policy = content_policy(place, rung.name)
    allow = [f"   If the site sends a Content-Security-Policy of its own, it allows: {policy}"] if policy else []
    return [*allow, "", *(f"    {line}" for line in rung.make(place).splitlines())]


def _open_offer(service: Service, slug: str) -> Offer:
    found = service.library.offers.get(slug)
    if found is None:
        near = nearest(slug, service.library.offers)
        hint = f"Did you mean {near}?" if near else f"There are: {', '.join(sorted(service.library.offers))}."
        raise click.UsageError(f"There is no offer '{slug}'. {hint}")
    if not found.open:
        raise click.UsageError(f"The offer '{slug}' is not open: write open: true in offers/{slug}.md, and publish it.")
    return found


def _site(service: Service, said: str | None) -> str:
    sites = service.library.practice.sites
    if said is None:
        return sites[0] if sites else ""
    origin = site_origin(said)
    if origin is None or origin not in sites:
        hint = f"It lists: {', '.join(sites)}." if sites else f"{_HOW_TO_LIST}."
        raise click.UsageError(f"practice.toml does not list the site {said}. {hint}")
    return origin


def _source(said: str) -> str:
    source = " ".join(said.split())
    if len(source) > LONGEST_SOURCE or not source.isprintable():
        raise click.UsageError(f"--source is one word or a few, at most {LONGEST_SOURCE} characters.")
    return source


def _notes(service: Service, place: FormPlace) -> list[str]:
    if is_loopback(urlsplit(service.settings.site_url).hostname or ""):
        return [f"Note: {place.home} is this machine. Set FUNNEL_SITE_URL to the address that visitors see."]
    return []
