"""Every setting, once: read from `FUNNEL_…` variables, or from the file that `FUNNEL_…_FILE` names.

`docs/settings.md` describes each one; a test keeps that page complete.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator

from funnel.clock import parse_time_lapse
from funnel.curriculum.addresses import wire_domain
from funnel.curriculum.reserved import is_loopback
from funnel.data_keys import read_keys
from funnel.environment import PREFIX, variables
from funnel.kept_files import keep_first
from funnel.language import use_catalogues

_HERE = Path(__file__).resolve().parent


class SettingsError(Exception):
    """A sentence for the person who starts the service: which variable, what is wrong, how to mend it."""


def starter(folder: str) -> Path:
    """Where the starter `sequences` or `templates` live: beside the checkout, or inside the wheel."""
    inside = _HERE / "starter" / folder
    return inside if inside.is_dir() else _HERE.parent / folder


class Settings(BaseModel):
    # Defaults are validated as well: they are what most people run with.
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    data_dir: Path = Field(Path("data"), description="The folder for everything that is kept on disk.")
    database_url: str = Field(
        "", repr=False, description="PostgreSQL or SQLite; empty means SQLite in the data folder."
    )
    redis_url: str = Field("", repr=False, description="Redis; empty means `funnel up` starts a private one.")
    mail_url: str = Field(
        "", repr=False, description="How mail leaves; empty means `funnel up` catches it and sends nothing."
    )
    course_mail_url: str = Field(
        "", repr=False, description="How lessons leave, where they should leave apart from confirmations."
    )
    mail_pace: str = Field("", description="How fast mail may leave, for example 14/s, 50000/day, google 5/s.")
    course_mail_pace: str = Field("", description="The same for FUNNEL_COURSE_MAIL_URL.")
    dkim_key: SecretStr = Field(SecretStr(""), description="Private keys (PEM) that sign mail sent by SMTP.")
    dkim_selector: str = Field("", description="The name of each key in the DNS, parted by commas.")
    dkim_domain: str = Field("", description="The domain of the sender's address, for DKIM.")
    secret_key: SecretStr = Field(
        SecretStr(""), description="Signs every link. `funnel up` makes one. Several, newest first, part with commas."
    )
    data_key: SecretStr = Field(
        SecretStr(""),
        description="Encrypts what readers write. `funnel up` makes one. Several, newest first, part with commas.",
    )
    site_url: str = Field("http://127.0.0.1:8000", description="The address readers see; links in mails begin with it.")
    sequences_dir: Path = Field(starter("sequences"), description="The folder the practice writes in.")
    templates_dir: Path = Field(starter("templates"), description="How pages and mails look.")
    web_host: str = Field("127.0.0.1", description="The address the web server listens on.")
    web_port: int = Field(8000, ge=0, le=65535, description="The port the web server listens on.")
    web_workers: int = Field(2, ge=1, le=64, description="Web server processes.")
    workers: int = Field(1, ge=1, le=64, description="RQ worker processes that `funnel up` starts.")
    outbox: bool = Field(False, description="Show caught mail at /outbox; `funnel up` sets it when nothing is sent.")
    outbox_port: int = Field(0, ge=0, le=65535, description="The mail catcher's port; 0 takes a free one.")
    trust_proxy: int = Field(
        0, ge=0, le=5, description="How many reverse proxies stand in front and set X-Forwarded-For."
    )
    signup_limit: str = Field(
        "20 per hour",
        description="Sign-ups from one network that are taken without a further step.",
    )
    batch_size: int = Field(1000, ge=1, le=1000, description="How many deliveries one job carries at most.")
    lease_seconds: int = Field(
        120, ge=5, le=3600, description="How long a worker may hold a delivery without renewing its lease."
    )
    wire_seconds: int = Field(660, ge=5, le=7200, description="How long a provider may take to answer the last byte.")
    tick_seconds: float = Field(1.0, ge=0.05, le=60, description="How often the clock looks for what is due.")
    time_lapse: str = Field("", description="For demonstrations: 56d/60s makes 56 days pass in 60 seconds.")
    log_format: str = Field("text", pattern="^(text|json)$", description="How logs are written: text or json.")
    bounce_address: str = Field(
        "", description="Where mail that comes back goes, for example bounces@bounce.example.org; it takes a +token."
    )
    lmtp: str = Field("", description="Where to take in mail that comes back, by LMTP: 127.0.0.1:2424 or unix:/path.")
    bounces_password: SecretStr = Field(SecretStr(""), description="The password of the IMAP mailbox of bounces.")
    replies_mailbox: str = Field(
        "", repr=False, description="Where answers of readers arrive: imaps://user@mail.example.org/INBOX."
    )
    replies_password: SecretStr = Field(SecretStr(""), description="The password of that mailbox.")
    replies_oauth: SecretStr = Field(
        SecretStr(""), description="In place of a password: token_url, client_id, client_secret, refresh_token as JSON."
    )
    keep_unconfirmed_days: int = Field(30, ge=1, le=365, description="How long a sign-up without confirmation is kept.")
    keep_events_days: int = Field(
        396, ge=30, le=3650, description="How long single opens, clicks and bounces are kept."
    )
    keep_agents_days: int = Field(30, ge=3, le=396, description="How long user agents and networks are kept.")
    keep_reports_days: int = Field(30, ge=1, le=396, description="How long what providers reported is kept.")
    keep_quiz_days: int = Field(
        180, ge=1, le=396, description="How long the result of a quiz is kept, of who asked us to."
    )
    keep_sessions_days: int = Field(
        180, ge=7, le=1200, description="How long it is kept that somebody asked for a session, and what she wrote."
    )
    keep_returned_days: int = Field(30, ge=1, le=396, description="How long mail files are kept: returned and caught.")
    hook_mailgun_key: SecretStr = Field(SecretStr(""), description="Mailgun's HTTP webhook signing key.")
    hook_sendgrid_key: str = Field("", description="SendGrid's public key for its event webhook.")
    hook_resend_secret: SecretStr = Field(SecretStr(""), description="Resend's webhook secret (whsec_…).")
    hook_ses_topic: str = Field("", description="The SNS topic (ARN) that Amazon SES writes its events to.")
    hook_password: SecretStr = Field(
        SecretStr(""), description="`user:password` for webhooks with Basic auth: Postmark, Brevo, SparkPost, Mailjet."
    )

    @field_validator("data_key")
    @classmethod
    def _data_key(cls, value: SecretStr) -> SecretStr:
        read_keys(value.get_secret_value())
        return value

    @field_validator("site_url")
    @classmethod
    def _site_url(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
            raise ValueError("write the whole address, for example https://letters.example.org")
        return _in_ascii(value.rstrip("/"))

    @field_validator("bounce_address")
    @classmethod
    def _bounce_address(cls, value: str) -> str:
        local, at, domain = value.rpartition("@")
        value = value if domain.isascii() else f"{local}{at}{wire_domain(domain) or domain}"
        # The token behind the + takes up to 35 of the 64 characters that RFC 5321 allows before the @.
        if value and not re.fullmatch(r"[A-Za-z0-9._-]{1,28}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}", value):
            raise ValueError(
                "write one plain address such as bounces@bounce.example.org, with at most 28 letters, digits, dots, "
                "hyphens and underscores before the @"
            )
        return value

    @field_validator("dkim_domain")
    @classmethod
    def _dkim_domain(cls, value: str) -> str:
        return (
            value if value.isascii() else wire_domain(value) or value
        )  # whatever it is, the key's owner is told by whoever signs

    @field_validator("lmtp")
    @classmethod
    def _lmtp(cls, value: str, others: ValidationInfo) -> str:
        if value and not re.fullmatch(r"unix:/[^\0]{1,100}|(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}", value):
            raise ValueError("write 127.0.0.1:2424, [::1]:2424 or unix:/path/to/socket")
        if value and not others.data.get("bounce_address", "?"):
            raise ValueError("nothing comes back there while FUNNEL_BOUNCE_ADDRESS is not set; set it too")
        return value

    @field_validator("replies_mailbox")
    @classmethod
    def _replies_mailbox(cls, value: str) -> str:
        if value and not re.fullmatch(r"imaps?://[^\s/@]+@[^\s/@]+(/[^\s]*)?", value):
            raise ValueError("write imaps://user@mail.example.org/INBOX, an @ in the name as %40")
        return value

    @field_validator("time_lapse")
    @classmethod
    def _time_lapse(cls, value: str) -> str:
        if value:
            parse_time_lapse(value)
        return value

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, value: str) -> str:
        if value.startswith(("postgresql://", "postgres://")):
            return "postgresql+psycopg://" + value.split("://", 1)[1]
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("write postgresql://user:password@host/name or sqlite:////path/to/file")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis_url(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("write redis://host:6379/0, rediss://… or unix:///path/to/socket")
        return value

    @field_validator("data_dir", "sequences_dir", "templates_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @property
    def database(self) -> str:
        # In an address a percent sign begins a code, a question mark the options; a folder may have both in its name.
        path = str(self.data_dir / "funnel.sqlite3").replace("%", "%25").replace("?", "%3F")
        return self.database_url or f"sqlite:///{path}"

    @property
    def secret_keys(self) -> list[str]:
        """Newest first. Raises SettingsError where none is set."""
        keys = [key.strip() for key in self.secret_key.get_secret_value().split(",") if key.strip()]
        if not keys:
            raise SettingsError(
                "FUNNEL_SECRET_KEY is not set: set it to 32 or more random characters, or start with `funnel up`"
            )
        if any(len(key) < 32 for key in keys):
            raise SettingsError("FUNNEL_SECRET_KEY is too short: use 32 or more random characters")
        return keys

    @property
    def real_mail(self) -> bool:
        """Whether mail leaves for real: by some address that is neither our catcher's nor a file's or the memory's.

        A mail server on this machine sends to real people; the catcher is told from it by its port.
        """
        return any(self._is_real(url) for url in (self.mail_url, self.course_mail_url) if url)

    def _is_real(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            caught = is_loopback(parts.hostname or "") and self.outbox_port and parts.port == self.outbox_port
        except ValueError:  # a wrong port or host, which is said where it is used
            return True
        return parts.scheme not in ("file", "memory") and not caught

    @property
    def shown_addresses(self) -> dict[str, str]:
        """What these settings show to the world outside, by variable: web and mail addresses, domains."""
        values = {"SITE_URL": self.site_url, "BOUNCE_ADDRESS": self.bounce_address, "DKIM_DOMAIN": self.dkim_domain}
        return {PREFIX + name: value for name, value in values.items() if value}

    def environment(self) -> dict[str, str]:
        """These settings as the variables they are read from; secrets included, so never print or export it."""
        values: dict[str, str] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                value = value.get_secret_value()
            values[PREFIX + name.upper()] = str(int(value)) if isinstance(value, bool) else str(value)
        return values


def _in_ascii(url: str) -> str:
    """A web address whose host is in A-labels: it stands in headers of every mail, which are ASCII."""
    parts = urlsplit(url)
    if not parts.hostname or parts.hostname.isascii():
        return url
    host = wire_domain(parts.hostname)
    if host is None:
        raise ValueError(f"there can be no host called {parts.hostname!r}; look for a slip")
    return parts._replace(netloc=host + (f":{parts.port}" if parts.port else "")).geturl()


def load_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """The settings of this process. Raises SettingsError naming the first wrong variable and its fix."""
    environ = variables() if environ is None else environ
    values: dict[str, Any] = {}
    for name in Settings.model_fields:
        variable = PREFIX + name.upper()
        if environ.get(variable + "_FILE"):
            values[name] = _file_value(variable, environ[variable + "_FILE"])
        elif environ.get(variable):
            values[name] = environ[variable]
    try:
        settings = Settings(**{**values, **overrides})
    except ValidationError as error:
        first = error.errors()[0]
        variable = PREFIX + str(first["loc"][0]).upper()
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise SettingsError(f"{variable} is wrong: {reason}. See docs/settings.md") from None
    use_catalogues(settings.templates_dir / "words")
    return settings


def keep_secret_key(data_dir: Path) -> str:
    """The secret kept in the data folder; made there, readable by its owner only, the first time."""
    path = data_dir / "secret-key"
    if not path.is_file():
        keep_first(path, secrets.token_urlsafe(48) + "\n")
    return path.read_text(encoding="ascii").strip()


def _file_value(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{variable}_FILE names {path}, which cannot be read ({error.__class__.__name__})"
        ) from None
