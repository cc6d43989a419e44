"""What lies in `assets/`, as it is served."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from funnel.curriculum.links import https_origin
from funnel.curriculum.names import VIDEO_TYPES


@dataclass(frozen=True, slots=True)
class File:
    """A file of `assets/` as it is served: a picture made fit for mails, a text made into a PDF, or the file itself.

    `digest` is the SHA-256 of its bytes in hex, `size` counts them, `suffix` says what it is (".pdf"). A picture has
    its `width` and `height` in CSS pixels, everything else 0. A film lasts `seconds`, 0 where its header does not say.
    `path` is where the bytes lie on the machine that read the folder; it is empty in an edition. `narrower`
    is the same picture for smaller screens, the narrowest first.
    """

    digest: str
    suffix: str
    size: int
    width: int = 0
    height: int = 0
    path: str = field(default="", compare=False)
    narrower: tuple[File, ...] = ()
    seconds: int = 0

    @property
    def versions(self) -> tuple[File, ...]:
        """Every file that has to be kept for this one."""
        return (self, *self.narrower)

    def in_an_edition(self) -> File:
        """The same without where it lies on this machine."""
        return replace(self, path="", narrower=tuple(replace(each, path="") for each in self.narrower))

    @property
    def name(self) -> str:
        """What it is kept and served as: made of its content, so what a name stands for never changes."""
        return f"{self.digest}{self.suffix}"


@dataclass(frozen=True, slots=True)
class Training:
    """assets/<name>.toml: names of files below `assets/` or "", and `minutes`, 0 where none are said.

    Of a film in `assets/` the length is read from the file, and `minutes` is for one that lies elsewhere.
    """

    name: str
    title: str
    minutes: int
    stand_in: bool
    video: str  # such a name, or an https address
    captions: str
    chapters: str
    transcript: str
    poster: str

    @property
    def video_url(self) -> str | None:
        """The video's address where it lies elsewhere."""
        return self.video if "://" in self.video else None

    @property
    def video_type(self) -> str | None:
        """Its media type, for a file of the practice's or an address that ends like one; None: another site's page."""
        path = self.video.partition("?")[0].partition("#")[0] if self.video_url else self.video
        return next((kind for suffix, kind in VIDEO_TYPES.items() if path.lower().endswith(suffix)), None)

    @property
    def video_origin(self) -> str | None:
        """The site that the page has to be allowed to play from: a scheme, a host and a port; None: only our own."""
        return https_origin(self.video) if self.video_url and self.video_type else None
