"""`funnel dkim`: the key that signs mail sent by SMTP, and the DNS record that lets others check it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from funnel.adapters.dkim import DkimKey, dkim_key, domain_name, new_key, selector_name
from funnel.cli.plan import data_dir_option
from funnel.cli.support.options import settings_with
from funnel.cli.support.problems import CannotStart
from funnel.settings import Settings

_BETWEEN = "._domainkey."
_DNS_STRING = 255  # RFC 1035, 3.3: bytes in one string of a TXT record


@click.group(epilog="Example: funnel dkim new")
def command() -> None:
    """Make the key that signs mail sent by SMTP, and show the DNS record for it."""


@command.command(epilog="Example: funnel dkim new --selector funnel2 --domain harbour.example.org")
@click.option("--selector", metavar="NAME", help="The key's name in the DNS; funnel1, or funnel1-ed25519.")
@click.option("--domain", help="The domain of the sender's address; without it, as practice.toml says.")
@click.option("--ed25519", "elliptic", is_flag=True, help="The newer kind, to stand beside an RSA key.")
@data_dir_option
def new(selector: str | None, domain: str | None, elliptic: bool, data_dir: Path | None) -> None:
    """Make a key, and say what to put into the DNS and the settings. A key that is there is never overwritten."""
    settings = settings_with(data_dir=data_dir)
    sender = "" if domain else _sender_domain(settings)
    name = selector_name(selector or ("funnel1-ed25519" if elliptic else "funnel1"))
    path = _folder(settings) / f"{name}{_BETWEEN}{domain_name(domain or sender)}.pem"
    if path.exists():
        raise CannotStart(
            f"{path} is there already and stays as it is: show its record with 'funnel dkim show', "
            "or choose another name with --selector funnel2"
        )
    key = new_key(name, domain or sender, elliptic=elliptic)
    _keep(path, key)
    click.echo(f"The private key is in {path}. Only this user can read it.\n")
    click.echo("1. Put this record into the DNS:\n")
    click.echo(_record(key))
    click.echo(f"\n2. Wait until it is seen: dig +short TXT {key.record_name}")
    click.echo("3. Then set, and restart the service:\n")
    click.echo(f"   FUNNEL_DKIM_KEY_FILE={path}")
    click.echo(f"   FUNNEL_DKIM_SELECTOR={key.selector}\n   FUNNEL_DKIM_DOMAIN={key.domain}\n")
    if elliptic:
        click.echo("   Some receivers know RSA only: sign with both. Put both keys into one file, and name both")
        click.echo("   selectors in the same order: FUNNEL_DKIM_SELECTOR=funnel1,funnel1-ed25519\n")
    click.echo("4. Send a test to a mailbox of your own and look for dkim=pass in its headers. See docs/sending.md.")


@command.command(epilog="Example: funnel dkim show")
@data_dir_option
def show(data_dir: Path | None) -> None:
    """Show the DNS record of each key that was made here."""
    settings = settings_with(data_dir=data_dir)
    paths = sorted(_folder(settings).glob(f"*{_BETWEEN}*.pem"))
    if not paths:
        click.echo("There is no key yet: 'funnel dkim new' makes one.")
    for path in paths:
        selector, _, domain = path.stem.partition(_BETWEEN)
        click.echo(f"{path}\n\n{_record(dkim_key(path.read_text(encoding='ascii'), selector, domain))}\n")


def _folder(settings: Settings) -> Path:
    return settings.data_dir / "dkim"


def _sender_domain(settings: Settings) -> str:
    """The domain of the sender's address, so that the signature counts for DMARC. Raises SettingsError."""
    from funnel.wiring import read_library  # slow to import

    return read_library(settings, keep=False).practice.from_address.rpartition("@")[2]


def _keep(path: Path, key: DkimKey) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CannotStart(f"The key cannot be kept at {path} ({error.strerror}): choose another --data-dir") from None
    with os.fdopen(handle, "wb") as file:
        file.write(key.pem)


def _record(key: DkimKey) -> str:
    text = key.record
    strings = " ".join(f'"{text[start : start + _DNS_STRING]}"' for start in range(0, len(text), _DNS_STRING))
    return (
        f"   Name    {key.record_name}\n   Type    TXT\n   Value   {text}\n\n"
        f"   In a zone file:\n   {key.record_name}. 3600 IN TXT ( {strings} )"
    )
