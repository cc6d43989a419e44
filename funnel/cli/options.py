"""The settings of a command: variables first, then what was said on the command line.

Imports little, so that commands which need no more start at once.
"""

from __future__ import annotations

from typing import Any

from funnel.settings import Settings, SettingsError, keep_secret_key, load_settings


def settings_with(**said: Any) -> Settings:
    """The settings, with options that were given (not None) winning over variables. Raises SettingsError."""
    return load_settings(**{name: value for name, value in said.items() if value is not None})


def with_secret_key(settings: Settings) -> Settings:
    """The same settings with the key kept in the data folder where none is set: it is made there the first time."""
    if settings.secret_key.get_secret_value():
        return settings
    return changed(settings, secret_key=keep_secret_key(settings.data_dir))


def changed(settings: Settings, **values: Any) -> Settings:
    """The same settings with other values, checked like all others; remembers which ones were set on purpose."""
    kept = {name: getattr(settings, name) for name in settings.model_fields_set}
    return load_settings({}, **{**kept, **values})


def look_at_mail(settings: Settings) -> None:
    """Raises SettingsError or AdapterUrlError where some mail could not leave as is said; nothing is connected."""
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
