"""The settings of a command: variables first, then the command line's options.

Imports little, so that commands which need no more start at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from funnel.settings import Settings, SettingsError, keep_secret_key, load_settings

PRACTICE_FILE = "practice.toml"


def settings_with(**said: Any) -> Settings:
    """The settings, with given options (not None) overriding variables. Raises SettingsError.

    In a practice's folder, the data folder is the one beside it: data does not belong among the texts.
    """
    settings = load_settings(**{name: value for name, value in said.items() if value is not None})
    practice = practice_folder()
    if practice is None or "data_dir" in settings.model_fields_set or settings.data_dir.is_dir():
        return settings
    return changed(settings, data_dir=practice.parent / settings.data_dir.name)


def practice_folder() -> Path | None:
    """The current folder, or the nearest above it, that holds practice.toml."""
    here = Path.cwd()
    return next((place for place in (here, *here.parents) if (place / PRACTICE_FILE).is_file()), None)


def with_secret_key(settings: Settings) -> Settings:
    """The same settings, with the key from the data folder where none is set. It is made there the first time."""
    if settings.secret_key.get_secret_value():
        return settings
    return changed(settings, secret_key=keep_secret_key(settings.data_dir))


def changed(settings: Settings, **values: Any) -> Settings:
    """The same settings with other values, validated like all others; remembers which were set on purpose."""
    kept = {name: getattr(settings, name) for name in settings.model_fields_set}
    return load_settings({}, **{**kept, **values})


def look_at_mail(settings: Settings) -> None:
    """Raises SettingsError or AdapterUrlError where mail could not be sent as configured; nothing is connected."""
    from funnel.adapters import AdapterUrlError, open_adapter  # not needed where mail is caught

    if not settings.mail_url:
        raise SettingsError(
            "FUNNEL_MAIL_URL is not set: write for example smtp://user:password@mail.example.org:587?tls=starttls, "
            "or start everything with `funnel up`, which catches mail and sends none"
        )
    open_adapter(settings.mail_url).close()
    if settings.course_mail_url:
        try:
            open_adapter(settings.course_mail_url).close()
        except AdapterUrlError as error:
            raise SettingsError(f"FUNNEL_COURSE_MAIL_URL is wrong: {error}") from None
