"""All checks, run side by side, in the order in which they are shown."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial

import structlog

from funnel.adapters import AdapterUrlError
from funnel.adapters.dkim import DkimKeyError
from funnel.curriculum.reserved import is_reserved
from funnel.operations.doctor import machine, one_click, outside, way_out
from funnel.operations.doctor.dkim import check_dkim
from funnel.operations.doctor.dmarc import check_alignment, check_dmarc
from funnel.operations.doctor.findings import Finding, Health, not_tried, wrong
from funnel.operations.doctor.hosts import check_mail_arrives, check_reverse
from funnel.operations.doctor.names import Names, NameTrouble
from funnel.operations.doctor.sender import SenderFacts, sender_facts
from funnel.operations.doctor.spf import check_spf
from funnel.wiring import Service

MOST_SECONDS = 30.0  # for all checks together; what is not done by then was not tried

Check = Callable[[], Finding | Sequence[Finding]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Outside:
    """What the checks ask beyond this machine; tests put their own servers here."""

    names: Names = field(default_factory=Names)
    time_source: str = outside.TIME_SOURCE
    # Names kept for examples are nobody's: a made-up practice is not asked about. Tests answer for them.
    ask_reserved: bool = False


def look_around(service: Service, world: Outside | None = None, seconds: float = MOST_SECONDS) -> list[Finding]:
    """What each check found, in order. Every check ends: within `seconds` altogether, or as not tried."""
    world = world or Outside()
    checks = [*_here(service), *_of_mail(service, world)]
    pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="doctor")
    try:
        running = [(name, pool.submit(check)) for name, check in checks]
        wait([each for _, each in running], timeout=seconds)
        return [finding for name, each in running for finding in _found(name, each, seconds)]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def worst(findings: Iterable[Finding]) -> Health:
    """The worst result: bad before warn before ok; what was not tried does not count."""
    seen = {each.health for each in findings}
    return next((each for each in (Health.BAD, Health.WARN) if each in seen), Health.OK)


def _here(service: Service) -> list[tuple[str, Check]]:
    return [
        ("Settings", lambda: machine.check_settings(service)),
        ("Public address", lambda: outside.check_site(service.settings.site_url)),
        ("Disk", lambda: machine.check_disk(service)),
        ("Database", lambda: machine.check_database(service)),
        ("Redis", lambda: machine.check_redis(service)),
        ("Processes", lambda: machine.check_processes(service)),
        ("Backups", lambda: machine.check_backups(service)),
        ("One-click", lambda: one_click.check_one_click(service)),
    ]


def _of_mail(service: Service, world: Outside) -> list[tuple[str, Check]]:
    time: tuple[str, Check] = (
        "Clock skew", lambda: outside.check_time(service.clock.machine_now(), world.time_source)
    )  # fmt: skip
    practice = service.library.practice
    try:
        sender = sender_facts(service.settings, practice.from_address, practice.reply_to or practice.from_address)
    except (AdapterUrlError, DkimKeyError) as error:
        said = wrong("Mail server", str(error), "Mend this setting first; the checks of the DNS wait for it.")
        return [time, ("Mail server", lambda: said)]
    return [
        time,
        ("Mail server", lambda: way_out.check_sign_in(sender)),
        ("Webhooks", lambda: way_out.check_webhooks(service, sender, service.clock.now())),
        *_of_names(sender, world),
    ]


def _of_names(sender: SenderFacts, world: Outside) -> list[tuple[str, Check]]:
    names = world.names
    checks: list[tuple[str, Check]] = [
        ("SPF", lambda: check_spf(names, sender)),
        ("DKIM", lambda: check_dkim(names, sender)),
        ("DMARC", lambda: check_dmarc(names, sender)),
        ("Alignment", lambda: check_alignment(names, sender)),
        ("MX", lambda: check_mail_arrives(names, sender)),
        ("Reverse DNS", lambda: check_reverse(names, sender, socket.getfqdn())),
    ]
    if not sender.real:
        why = "mail is caught and sent to nobody"
    elif is_reserved(sender.domain) and not world.ask_reserved:
        why = f"{sender.domain} is kept for examples; write your own address into practice.toml"
    else:
        return checks
    return [(name, partial(not_tried, name, why)) for name, _ in checks]


def _found(name: str, running: Future[Finding | Sequence[Finding]], seconds: float) -> Sequence[Finding]:
    if not running.done():
        return [not_tried(name, f"no answer within {seconds:g} s")]
    try:
        found = running.result()
    except NameTrouble as trouble:
        return [
            not_tried(name, str(trouble), "Try again in a few minutes; if it stays so, ask whoever keeps your DNS.")
        ]
    except Exception as error:  # one broken check must not hide what the others found
        log.exception("a check broke", check=name)
        return [not_tried(name, f"the check broke ({type(error).__name__}); the log says where")]
    return [found] if isinstance(found, Finding) else found
