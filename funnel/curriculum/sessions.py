"""Sessions that anybody can ask for, without letters, as sessions.toml lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class OfferedSession:
    """A kind of session. `url` is the practice's calendar for it on the web, "" where it is asked for by a form here.

    `minutes` is 0 where nobody says how long it lasts; `price` is said in words.
    """

    slug: str
    title: str
    minutes: int = 0
    price: str = ""
    where: str = ""
    who: str = ""
    credentials: str = ""
    about: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class SessionList:
    """What sessions.toml lists, in its order."""

    sessions: tuple[OfferedSession, ...] = ()

    def find(self, slug: str) -> OfferedSession | None:
        """The session of this name."""
        return next((each for each in self.sessions if each.slug == slug), None)

    def said_in(self, words: Mapping[str, str]) -> SessionList:
        """The same with its texts as these words say them; what is not among them is said as it is."""
        return SessionList(
            tuple(
                replace(each, **{key: words.get(getattr(each, key), getattr(each, key)) for key in _SAID})
                for each in self.sessions
            )
        )

    def texts(self) -> tuple[str, ...]:
        """Everything in it that can be said in another language, each once."""
        said = (getattr(each, key) for each in self.sessions for key in _SAID)
        return tuple(dict.fromkeys(filter(None, said)))


_SAID = ("title", "price", "where", "credentials", "about")
