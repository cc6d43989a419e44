"""What is said in a language: word by word, with its plurals, days and times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import Environment

from funnel.language import (
    _,
    catalogues,
    direction,
    has_catalogue,
    install_into,
    language,
    ngettext,
    own_name,
    speaking,
    time_in_words,
    use_catalogues,
    weekday_in_words,
)

_AT = datetime(2027, 1, 4, 7, 5, tzinfo=UTC)
_PO = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {plural};\\n"\n{rest}'


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    """A folder of catalogues beside ours."""
    use_catalogues(tmp_path)
    yield tmp_path
    use_catalogues(catalogues.OURS)


def write(folder: Path, code: str, rest: str, plural: str = "nplurals=2; plural=(n != 1)") -> None:
    (folder / f"{code}.po").write_text(_PO.format(plural=plural, rest=rest))
    catalogues.catalogue.cache_clear()


def test_a_day_and_a_time_are_said_as_in_the_language() -> None:
    assert (weekday_in_words(_AT, "Europe/Berlin"), time_in_words(_AT, "Europe/Berlin")) == (
        "Monday 4 January 2027",
        "08:05",
    )
    with speaking("de"):
        assert weekday_in_words(_AT, "Europe/Berlin") == "Montag, 4. Januar 2027"
        assert time_in_words(_AT, "Europe/Berlin") == "8:05 Uhr"
    with speaking("fr"):  # no catalogue: as Unicode knows it
        assert (weekday_in_words(_AT, "UTC"), time_in_words(_AT, "UTC")) == ("lundi 4 janvier 2027", "07:05")


def test_a_word_that_is_not_translated_is_said_in_english(own: Path) -> None:
    write(own, "eo", 'msgid "at once"\nmsgstr "tuj"\n')
    with speaking("eo"):
        assert (_("at once"), _("in a few minutes")) == ("tuj", "in a few minutes")
    assert _("at once") == "at once"


def test_a_region_says_its_own_words_and_those_of_its_language_for_the_rest(own: Path) -> None:
    write(own, "de-AT", 'msgid "at once"\nmsgstr "gleich"\n')
    with speaking("de-AT"):
        assert (_("at once"), _("two"), weekday_in_words(_AT, "UTC")) == ("gleich", "zwei", "Montag, 4. Jänner 2027")


def test_the_practices_own_words_come_before_ours(own: Path) -> None:
    write(own, "de", 'msgid "at once"\nmsgstr "unverzüglich"\n')
    with speaking("de"):
        assert (_("at once"), _("two")) == ("unverzüglich", "zwei")


def test_what_is_marked_fuzzy_is_not_said(own: Path) -> None:
    write(own, "eo", '#, fuzzy\nmsgid "at once"\nmsgstr "iam"\n')
    with speaking("eo"):
        assert _("at once") == "at once"


def test_a_language_has_as_many_forms_of_a_plural_as_it_needs(own: Path) -> None:
    three = "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2)"
    rest = 'msgid "one mail"\nmsgid_plural "%(number)s mails"\n'
    rest += 'msgstr[0] "%(num)s письмо"\nmsgstr[1] "%(num)s письма"\nmsgstr[2] "%(num)s писем"\n'
    write(own, "ru", rest, three)
    with speaking("ru"):
        said = [ngettext("one mail", "%(number)s mails", number, number="") for number in (1, 3, 11)]
    assert said == ["1 письмо", "3 письма", "11 писем"]


def test_a_catalogue_that_is_broken_leaves_english(own: Path) -> None:
    (own / "eo.po").write_text('msgid "at once\nmsgstr ]')
    catalogues.catalogue.cache_clear()
    with speaking("eo"):
        assert _("at once") == "at once"


def test_an_error_does_not_leave_another_language_behind() -> None:
    with pytest.raises(ZeroDivisionError), speaking("de"):
        raise ZeroDivisionError
    assert language() == "en"


def test_directions_and_names_are_the_languages_own() -> None:
    assert [direction(code) for code in ("ar", "he", "fa-AF", "az-Arab", "de", "en-GB", "xx")] == [
        "rtl", "rtl", "rtl", "rtl", "ltr", "ltr", "ltr",
    ]  # fmt: skip
    assert [own_name(code) for code in ("de", "fr", "xx")] == ["Deutsch", "Français", "xx"]


def test_english_and_german_have_a_catalogue() -> None:
    assert [has_catalogue(code) for code in ("en", "en-GB", "de", "de-AT", "fr")] == [True, True, True, True, False]


def test_a_template_says_its_words_in_the_language_it_is_rendered_in() -> None:
    environment = Environment(autoescape=True)
    install_into(environment)
    template = environment.from_string(
        "{{ _('today at %(time)s', time='<8>') }}{% trans %}in a few minutes{% endtrans %}"
    )
    assert template.render() == "today at &lt;8&gt;in a few minutes"
    with speaking("de"):
        assert template.render() == "heute um &lt;8&gt;in wenigen Minuten"
