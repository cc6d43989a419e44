"""What RQ runs. A job carries ids only; what they mean stands in the database."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass

from rq import get_current_job

from funnel.queue import LESSONS
from funnel.sending.delivery import deliver as hand_over
from funnel.wiring import Service, build_service
from workers.preemption import UrgentPreemption


@dataclass(frozen=True)
class AtWork:
    """This process as a worker: its service, the name its leases carry, and whether it has been asked to stop."""

    service: Service
    name: str
    stopping: Callable[[], bool]


_at_work: AtWork | None = None


def set_at_work(at_work: AtWork) -> None:
    """Says once per process who works here. Where nobody did, as under a plain `rq worker`, `deliver` does."""
    global _at_work  # RQ finds jobs by name, so there is nothing to hand this to
    _at_work = at_work


def deliver(ids: list[int]) -> None:
    """Hands these deliveries over. Repeating it, or losing it, changes nothing: the rows say what is still to do."""
    at_work, job = _who_works(), get_current_job()
    at_work.service.in_force.refresh()
    of_lessons = job is not None and job.origin == LESSONS
    stopping = UrgentPreemption(at_work.service, at_work.stopping) if of_lessons else at_work.stopping
    hand_over(at_work.service, ids, at_work.name, stopping)


def process_webhooks(ids: list[int]) -> None:
    """Works on what providers told: these stored bodies, then any others that the queue has lost."""
    # Here, because most workers never see one, and what reads eight providers' words takes 15 MB.
    from funnel.webhooks.stored import overdue, process_bodies

    service = _who_works().service
    service.in_force.refresh()
    process_bodies(service, ids, service.clock.now())
    process_bodies(service, overdue(service), service.clock.now())


def _who_works() -> AtWork:
    if _at_work is None:
        set_at_work(AtWork(build_service(), worker_name(), lambda: False))
    assert _at_work is not None  # noqa: S101 - said for the type checker
    return _at_work


def worker_name() -> str:
    """A name no other process has or will have: leases carry it."""
    return f"{name_of(os.getpid())}{secrets.token_hex(3)}"


def name_of(pid: int) -> str:
    """What the name of the worker in that process of this machine begins with."""
    return f"{socket.gethostname()}.{pid}."
