"""Which people the list is asked for: by a search, a state, an answer, a number of the funnel, and its filters."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from sqlalchemy import ColumnElement, and_

from funnel.insight.answers import answered_so
from funnel.insight.cohorts import CohortFilter, counted_people
from funnel.insight.people_filter import PeopleFilter, filtered_leads
from funnel.models import LeadState
from funnel.web.context import current_service
from funnel.web.dashboard.cohort_filter import asked_cohort, cohort_query, cohort_words
from funnel.web.dashboard.labels import LEADS
from funnel.web.dashboard.params import form_text, query_text

_TICKED = ("booked", "watched", "downloaded")
_TOLD = {"booked": "asked to talk", "watched": "watched the training", "downloaded": "downloaded the e-book"}


@dataclass(frozen=True, slots=True)
class AskedPeople:
    """`among` holds of whom the list shows (None: everybody), `words` says it, `query` is the address that says it.

    Nobody is looked for by address in `query`: a search is a form that is posted.
    """

    state: LeadState | None
    search: str
    among: ColumnElement[bool] | None
    words: str
    query: dict[str, str]
    counted: CohortFilter | None
    filtered: PeopleFilter


def asked_people() -> AskedPeople:
    """What this request asks for; what is no such thing is passed over."""
    questions = current_service().library.questions
    chosen = request.args.get("state", "")
    state = LeadState(chosen) if chosen in set(LeadState) - {LeadState.ERASED} else None
    wanted = query_text("answer") or ""
    answered, counted, filtered = answered_so(wanted, questions), asked_cohort(), _asked_filter()
    parts, words, query = [], [LEADS[state][0]] if state is not None else [], _state_query(state)
    if answered is not None:
        parts.append(answered.leads)
        words.append(f"answered “{answered.question}” with “{answered.said}”")
        query["answer"] = wanted
    if counted is not None:
        parts.append(counted_people(counted))
        words.append(cohort_words(counted))
        query |= cohort_query()
    if filtered:
        parts.append(filtered_leads(filtered))
        words += _words(filtered)
        query |= _query(filtered)
    among = and_(*parts) if parts else None
    return AskedPeople(state, form_text("search"), among, ", ".join(words), query, counted, filtered)


def _state_query(state: LeadState | None) -> dict[str, str]:
    return {} if state is None else {"state": state.value}


def _asked_filter() -> PeopleFilter:
    place, sequences = query_text("at") or "", current_service().library.sequences
    slug, _, lesson = place.partition("/")
    if slug not in sequences:
        slug = lesson = ""
    ids = [each.id for each in sequences[slug].lessons] if slug else []
    lesson = lesson if lesson in ids else ""
    return PeopleFilter(
        tag=query_text("tag") or "",
        source=query_text("from_source") or "",
        sequence=slug,
        lesson=lesson,
        after=tuple(ids[ids.index(lesson) + 1 :]) if lesson else (),
        **{name: bool(request.args.get(name)) for name in _TICKED},
    )


def _words(wanted: PeopleFilter) -> list[str]:
    library = current_service().library
    words = [f"tagged {wanted.tag}"] if wanted.tag else []
    words += [f"from {wanted.source}"] if wanted.source else []
    if wanted.sequence:
        sequence = library.sequences[wanted.sequence]
        found = sequence.lesson(wanted.lesson) if wanted.lesson else None
        words.append(f"last had “{found.subjects[0]}”" if found else f"under way on “{sequence.title}”")
    return words + [_TOLD[name] for name in _TICKED if getattr(wanted, name)]


def _query(wanted: PeopleFilter) -> dict[str, str]:
    place = f"{wanted.sequence}/{wanted.lesson}" if wanted.lesson else wanted.sequence
    said = {"tag": wanted.tag, "from_source": wanted.source, "at": place}
    said |= {name: "1" for name in _TICKED if getattr(wanted, name)}
    return {name: value for name, value in said.items() if value}
