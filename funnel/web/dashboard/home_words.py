"""The first page's three sentences, right for none, one, two and many."""

from __future__ import annotations

from funnel.insight.letter import MorningLetter


def letter_sentences(letter: MorningLetter) -> tuple[str, str, str]:
    """Who came, what went out, what came back, in the last seven days."""
    return _came(letter.signups, letter.confirmed), _went(letter.sent), _came_back(letter)


def _came(signups: int, confirmed: int) -> str:
    if signups == 0:
        return "In the last seven days nobody signed up."
    if signups == 1:
        return f"In the last seven days there was one sign-up, {'confirmed' if confirmed else 'not confirmed yet'}."
    if confirmed == 0:
        of_them = "none of them confirmed yet"
    elif confirmed == signups:
        of_them = "both confirmed" if signups == 2 else "all of them confirmed"
    else:
        of_them = "one of them confirmed" if confirmed == 1 else f"{confirmed:,} of them confirmed"
    return f"In the last seven days there were {_count(signups)} sign-ups, {of_them}."


def _went(sent: int) -> str:
    if sent == 0:
        return "No letter went out."
    return "One letter went out." if sent == 1 else f"{_count(sent).capitalize()} letters went out."


def _came_back(letter: MorningLetter) -> str:
    parts = []
    if letter.opened:
        parts.append(f"{_count(letter.opened)} {'was' if letter.opened == 1 else 'were'} opened")
    if letter.replied:
        parts.append(f"{_count(letter.replied)} {'was' if letter.replied == 1 else 'were'} answered")
    if letter.booked:
        parts.append(f"{_people(letter.booked)} asked for a conversation")
    if letter.left:
        parts.append(f"{_people(letter.left)} left")
    if not parts:
        return "Nothing came back."
    *others, last = parts
    said = f"{', '.join(others)} and {last}" if others else last
    return f"{said[0].upper()}{said[1:]}."


def _people(n: int) -> str:
    return "one person" if n == 1 else f"{_count(n)} people"


def _count(n: int) -> str:
    return {1: "one", 2: "two"}.get(n, f"{n:,}")
