"""Where to find help beside the helplines, and whom to turn to for longer, as help.toml lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from funnel.curriculum.countries import country_in


@dataclass(frozen=True, slots=True)
class PlaceOfHelp:
    """A service that helps. `country` is "" where it is for everybody, `languages` empty where nobody said.

    `checked` is the day somebody last rang or looked, None where nobody has.
    """

    name: str
    country: str = ""
    region: str = ""
    languages: tuple[str, ...] = ()
    phone: str = ""
    url: str = ""
    what_for: str = ""
    hours: str = ""
    checked: date | None = None


@dataclass(frozen=True, slots=True)
class Therapist:
    """Somebody to talk to for longer, whom the practice names. `online`: also over the net, from wherever one is."""

    name: str
    town: str = ""
    country: str = ""
    approaches: tuple[str, ...] = ()
    online: bool = False
    languages: tuple[str, ...] = ()
    phone: str = ""
    url: str = ""
    checked: date | None = None


@dataclass(frozen=True, slots=True)
class FindingHelp:
    """What help.toml lists, in its order. The helplines of practice.toml are not in it."""

    places: tuple[PlaceOfHelp, ...] = ()
    therapists: tuple[Therapist, ...] = ()

    def said_in(self, code: str, words: Mapping[str, str], spoken: tuple[str, ...]) -> FindingHelp:
        """The same in this language: its texts by `words`, countries whose names are known by themselves."""
        return FindingHelp(
            tuple(
                replace(
                    each,
                    country=country_in(code, each.country, *spoken),
                    region=words.get(each.region, each.region),
                    what_for=words.get(each.what_for, each.what_for),
                    hours=words.get(each.hours, each.hours),
                )
                for each in self.places
            ),
            tuple(
                replace(
                    each,
                    country=country_in(code, each.country, *spoken),
                    approaches=tuple(words.get(text, text) for text in each.approaches),
                )
                for each in self.therapists
            ),
        )

    def texts(self) -> tuple[str, ...]:
        """Everything in it that can be said in another language, each once."""
        return tuple(dict.fromkeys(filter(None, self._texts())))

    def addresses(self) -> tuple[str, ...]:
        """The web addresses in it: nobody is watched on the way there."""
        urls = (*(each.url for each in self.places), *(each.url for each in self.therapists))
        return tuple(filter(None, urls))

    def _texts(self) -> Iterator[str]:
        for place in self.places:
            yield from (place.region, place.what_for, place.hours)
        for therapist in self.therapists:
            yield from therapist.approaches
