"""Where to find help: the helplines, what help.toml lists, and therapists; a visitor's own country and language first.

Nothing is asked of who opens it, and nothing of her choice is kept: it stands in the page's address alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from flask import Blueprint, Response, abort, make_response, render_template, request

from funnel.curriculum.countries import country_code, country_in
from funnel.curriculum.help import FindingHelp, PlaceOfHelp, Therapist
from funnel.curriculum.practice import Helpline
from funnel.language import _, language, own_name
from funnel.web.context import current_service
from funnel.web.site.service_facts import HasCountry, likely_country

_LONGEST = 200
Listed = TypeVar("Listed", PlaceOfHelp, Therapist)

blueprint = Blueprint("finding_help", __name__)


@dataclass(frozen=True, slots=True)
class WantedHelp:
    """What somebody chose; "" and False for everything. `country` and `speaks` are codes."""

    country: str = ""
    speaks: str = ""
    approach: str = ""
    online: bool = False

    @property
    def anything(self) -> bool:
        """Whether she chose at all."""
        return self != WantedHelp()


@blueprint.get("/help")
def page() -> Response:
    service = current_service()
    found = service.library.help
    if found is None:
        abort(404)
    places = (*map(_as_place, service.library.practice.helplines), *found.places)
    wanted = _wanted(places, found)
    own = wanted.country or likely_country(places)
    answer = make_response(
        render_template(
            "pages/help.html",
            wanted=wanted,
            places=[(each, _is_in(each, own)) for each in _own_first(_fitting(places, wanted), own)],
            therapists=_own_first(_therapists(found.therapists, wanted), own),
            countries=_countries((*places, *found.therapists)),
            languages=_languages((*places, *found.therapists)),
            approaches=_approaches(found.therapists),
            some_online=any(each.online for each in found.therapists),
            more=service.library.pages.get("finding-help"),
        )
    )
    answer.vary.add("Accept-Language")  # whose country comes first
    return answer


def help_is_listed() -> bool:
    """Whether there is such a page."""
    return current_service().library.help is not None


def _wanted(places: Iterable[PlaceOfHelp], found: FindingHelp) -> WantedHelp:
    """What the address says, as far as it is on the page: anything else would only hide everything."""
    everything: tuple[PlaceOfHelp | Therapist, ...] = (*places, *found.therapists)
    said = {key: request.args.get(key, "")[:_LONGEST] for key in ("country", "speaks", "approach", "online")}
    country = said["country"] if said["country"] in dict(_countries(everything)) else ""
    speaks = said["speaks"] if said["speaks"] in dict(_languages(everything)) else ""
    approach = said["approach"] if said["approach"] in dict(_approaches(found.therapists)) else ""
    return WantedHelp(country, speaks, approach, online=bool(said["online"]))


def _as_place(line: Helpline) -> PlaceOfHelp:
    said = _("in a crisis, by telephone")
    return PlaceOfHelp(
        line.name, line.country, phone=line.phone, url=line.url, what_for=said, hours=line.hours, checked=line.checked
    )


def _fitting(places: Iterable[PlaceOfHelp], wanted: WantedHelp) -> list[PlaceOfHelp]:
    """What is for everybody, or says no language, fits whatever is wanted."""
    return [
        each
        for each in places
        if (not wanted.country or not each.country or _is_in(each, wanted.country)) and _speaks(each, wanted.speaks)
    ]


def _therapists(therapists: Iterable[Therapist], wanted: WantedHelp) -> list[Therapist]:
    """Who works online is there for every country."""
    return [
        each
        for each in therapists
        if (not wanted.country or each.online or _is_in(each, wanted.country))
        and _speaks(each, wanted.speaks)
        and (not wanted.approach or wanted.approach in each.approaches)
        and (not wanted.online or each.online)
    ]


def _speaks(each: PlaceOfHelp | Therapist, code: str) -> bool:
    return not code or not each.languages or code in each.languages


def _own_first(found: Iterable[Listed], own: str) -> list[Listed]:
    """As they are listed, but first what is in her country, and of that what is in the language of the page."""
    return sorted(found, key=lambda each: (not _is_in(each, own), not _speaks(each, language())))


def _is_in(each: HasCountry, code: str) -> bool:
    return bool(code) and _code(each.country) == code


def _code(country: str) -> str:
    return country_code(country, *current_service().library.practice.spoken)


def _countries(listed: Iterable[HasCountry]) -> list[tuple[str, str]]:
    """Code and name of each country, in the order of the names."""
    names = {_code(each.country): country_in(language(), each.country) for each in listed if _code(each.country)}
    return sorted(names.items(), key=lambda each: each[1].casefold())


def _languages(listed: Iterable[PlaceOfHelp | Therapist]) -> list[tuple[str, str]]:
    codes = {code for each in listed for code in each.languages}
    return sorted(((code, own_name(code)) for code in codes), key=lambda each: each[1].casefold())


def _approaches(therapists: Iterable[Therapist]) -> list[tuple[str, str]]:
    """Each twice, for a list to choose from: what it is called is what the address says."""
    texts = sorted({text for each in therapists for text in each.approaches}, key=str.casefold)
    return [(text, text) for text in texts]
