"""assets/<name>.toml: a training, and whether everything it names exists and can be played."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from funnel.curriculum.links import https_origin
from funnel.curriculum.model import Training
from funnel.curriculum.names import PICTURES, TRAINING_KEYS, VIDEO_TYPES, nearest
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.practice import toml_fields
from funnel.curriculum.parse.report import Report, printable, some_of
from funnel.curriculum.parse.source import decode
from funnel.curriculum.parse.webvtt import VttError, read_cues
from funnel.curriculum.problem import Location

_PLAYED = "Browsers play .mp4 (H.264) and .webm: convert it, and name that file here."
# Formats that today's browsers do not play. Other addresses lead to a page of another site with its own player.
_UNPLAYED = (".mov", ".avi", ".mkv", ".wmv", ".flv", ".ogv", ".ogg", ".mpg", ".mpeg", ".m2ts", ".3gp", ".mp3", ".wav")
_TEXTS = (".md",)


def read_training(name: str, files: Mapping[str, bytes], report: Report) -> Training | None:
    """The training of `assets/<name>.toml`; None when it cannot be read or names something that could not be shown."""
    before = report.count_errors()
    path = f"assets/{name}.toml"
    fields = toml_fields(path, files[path], report)
    if fields is None:
        return None
    fields.only(TRAINING_KEYS)
    training = training_from(name, fields, files)
    return training if report.count_errors() == before else None


def training_from(name: str, fields: Fields, files: Mapping[str, bytes]) -> Training:
    """The training that these keys are; reports what of it could not be shown."""
    training = Training(
        name=name,
        title=fields.text("title", 'Write title = "…", what the training is called.'),
        minutes=fields.integer("minutes", 1, 600) or 0,
        stand_in=fields.boolean("stand_in", False),
        video=_video(fields, files),
        captions=_asset(fields, "captions", files, (".vtt",), "Players take WebVTT (.vtt) only: convert it."),
        chapters=_asset(fields, "chapters", files, (".vtt",), "Players take WebVTT (.vtt) only: convert it."),
        transcript=_asset(fields, "transcript", files, _TEXTS, "Write it as markdown (.md)."),
        poster=_asset(fields, "poster", files, PICTURES, "Browsers show .jpg, .png and .webp."),
    )
    for track in dict.fromkeys((training.captions, training.chapters)):
        if track:
            _check_track(f"assets/{track}", files, fields.report)
    if not training.captions and training.video_type:
        fields.warning(
            fields.node("video"), "no-captions", "the video has no captions",
            'Write captions = "training.en.vtt": many people watch without sound, or cannot hear.',
        )  # fmt: skip
    return training


def _video(fields: Fields, files: Mapping[str, bytes]) -> str:
    text = fields.text("video", 'Write video = "training.mp4", a file in assets, or an https address.')
    if "://" not in text:
        return _asset(fields, "video", files, tuple(VIDEO_TYPES), _PLAYED) if text else ""
    # Quotes and semicolons are allowed in an address, but would need escaping wherever it is used.
    if https_origin(text) is None or any(sign in text for sign in "'\"`;,"):
        fields.error(
            fields.node("video"), "bad-link", f"video is not an https address: {printable(text)}",
            'Write video = "https://video.example.org/training.mp4", without spaces, quotes or semicolons.',
        )  # fmt: skip
    elif PurePosixPath(text.partition("?")[0].partition("#")[0]).suffix.lower() in _UNPLAYED:
        fields.error(fields.node("video"), "unplayable", f"no browser plays {printable(text)}", _PLAYED)
    else:
        return text
    return ""


def _asset(fields: Fields, key: str, files: Mapping[str, bytes], suffixes: tuple[str, ...], otherwise: str) -> str:
    name = fields.text(key)
    if not name:
        return ""
    node = fields.node(key)
    there = [path.removeprefix("assets/") for path in files if path.startswith("assets/")]
    fitting = [each for each in there if each.lower().endswith(suffixes)]
    if name not in there:
        near = nearest(name.removeprefix("assets/"), there)
        fix = f'Did you mean {key} = "{near}"?' if near else f"Put it there. There is: {some_of(fitting) or 'none'}."
        fields.error(node, "missing-asset", f"{key} names {printable(name)}, which is not in assets", fix)
    elif name not in fitting:
        code = "unplayable" if key == "video" else "wrong-type"
        fields.error(node, code, f"{key} cannot be {printable(name)}", otherwise)
    else:
        return name
    return ""


def _check_track(path: str, files: Mapping[str, bytes], report: Report) -> None:
    text = decode(path, files[path], report)
    if text is None:
        return
    try:
        read_cues(text)
    except VttError as error:
        report.error(Location(path, error.line), "bad-track", error.message, error.fix)
