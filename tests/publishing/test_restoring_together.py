"""Editions that need one another are restored together, and no other way."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image

from funnel.curriculum import Library
from funnel.publishing.history import sequence_at
from funnel.publishing.options import PublishOptions
from funnel.publishing.publish import PublishRefused, publish
from funnel.publishing.restoring import plan_restore, restore
from funnel.settings import starter
from funnel.wiring import Service, read_library

COURSE = "anxious-attachment"
WORDS = {
    "old": '![Me](assets/old.png) [Page]({{ page("old") }}) [Talk]({{ book("old") }}) [Sheet]({{ download("old") }})',
    "new": '![Me](assets/new.png) [Page]({{ page("new") }}) [Talk]({{ book("new") }}) [Sheet]({{ download("new") }})',
}


def written(service: Service, folder: Path, name: str, words: str) -> Library:
    """The starter with a picture, page, conversation and file of that name, and a lesson with these words."""
    shutil.copytree(starter("sequences"), folder)
    picture = io.BytesIO()
    Image.new("RGB", (40, 40), "#2f6f6b").save(picture, "PNG")
    (folder / "assets" / f"{name}.png").write_bytes(picture.getvalue())
    (folder / "assets" / f"{name}.pdf").write_bytes(b"%PDF-1.7")
    (folder / "pages" / f"{name}.md").write_text("---\ntitle: Mine\n---\nHello.\n", encoding="utf-8")
    with (folder / "practice.toml").open("a", encoding="utf-8") as practice:
        practice.write(f'\n[booking.{name}]\ntitle = "Mine"\nminutes = 30\nurl = ""\n')
    with (folder / COURSE / "week-1.md").open("a", encoding="utf-8") as lesson:
        lesson.write(f"\n{words}\n")
    return read_library(service.settings.model_copy(update={"sequences_dir": folder}))


def test_what_a_lesson_needs_is_restored_with_it_or_nothing_is(service: Service, tmp_path: Path) -> None:
    now = service.clock.now()
    publish(service, written(service, tmp_path / "one", "old", WORDS["old"]), "ada", now)
    publish(service, written(service, tmp_path / "two", "new", WORDS["new"]), "ada", now)
    for alone in ({COURSE: 2}, {"practice": 2}):
        with pytest.raises(PublishRefused, match=r"week-1\.md:\d+ .*restored together"):
            plan_restore(service, alone, now)
        with pytest.raises(PublishRefused, match="restored together"):
            restore(service, alone, "ada", now)
    both = {"practice": 2, COURSE: 2}
    planned = plan_restore(service, both, now)
    done = restore(service, both, "ada", now, PublishOptions(planned=planned))
    assert {(each.sequence, each.number) for each in done} == {("practice", 4), (COURSE, 4)}
    assert sequence_at(service, COURSE, 4) == sequence_at(service, COURSE, 2)
    assert "old" in service.library.pages
    assert plan_restore(service, both, now) == []


@pytest.mark.parametrize("call", WORDS["old"].split(") ["))
def test_each_thing_a_lesson_names_counts(service: Service, tmp_path: Path, call: str) -> None:
    now = service.clock.now()
    words = call if call.startswith("!") else f"[{call}"
    words = words if words.endswith(")") else f"{words})"
    publish(service, written(service, tmp_path / "one", "old", words), "ada", now)
    publish(service, written(service, tmp_path / "two", "new", "Nothing."), "ada", now)
    with pytest.raises(PublishRefused, match="old"):
        plan_restore(service, {COURSE: 2}, now)
