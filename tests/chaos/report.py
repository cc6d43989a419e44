"""What a run says to the person who started it, and to a machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from tests.chaos.run import Run

_SHOWN = 10


def lines(run: Run) -> Iterator[str]:
    """The report, line by line; breaches last, for they are what matters."""
    plan, verdict, killers = run.plan, run.verdict, run.killers
    yield f"{plan.database}: {plan.deliveries} deliveries, seed {plan.seed}, {plan.seconds:.0f} s of blows"
    yield f"  struck      {_counted(killers.struck)}"
    yield f"  the sink    {_counted(_by_code(run.heard.faults))}"
    if killers.resumed:
        yield f"  the channel rested {killers.resumed} times, and was told to go on"
    yield f"  deliveries  {_counted(verdict.states)}; all had ended {run.settled_in:.0f} s after the last blow"
    yield (
        f"  unknown     {verdict.states['unknown']} of at most {verdict.most_unknown}"
        f" ({_counted(verdict.unknown) or 'none'}); {verdict.unknown_but_kept} of them had arrived"
    )
    wire = {blow: len(ids) for blow, ids in killers.on_the_wire.items()}
    yield f"  on the wire at blows: {_counted(wire) or 'nothing'}; {killers.most_at_once} at most at one"
    if verdict.given_up:
        yield f"  given up after 48 hours of story time: {verdict.given_up}"
    yield f"  broken      {', '.join(f'{name} {len(found)}' for name, found in verdict.breaches.items())}"
    for name, found in verdict.breaches.items():
        for sentence in found[:_SHOWN]:
            yield f"    {name}: {sentence}"
        if len(found) > _SHOWN:
            yield f"    {name}: and {len(found) - _SHOWN} more"
    if not verdict.ok:
        for complaint in run.complaints[:_SHOWN]:
            yield f"    log of {complaint}"
    yield f"  {'kept' if verdict.ok else 'BROKEN'} in {run.took:.0f} s"


def as_json(run: Run) -> dict[str, object]:
    """The same for a machine."""
    verdict = run.verdict
    return {
        "database": run.plan.database,
        "deliveries": run.plan.deliveries,
        "seed": run.plan.seed,
        "ok": verdict.ok,
        "states": dict(verdict.states),
        "unknown": {"found": verdict.states["unknown"], "at_most": verdict.most_unknown, "by": dict(verdict.unknown)},
        "breaches": verdict.breaches,
        "struck": {str(name): n for name, n in run.killers.struck.items()},
        "on_the_wire": {str(name): len(ids) for name, ids in run.killers.on_the_wire.items()},
        "sink": dict(run.heard.faults),
        "channel_resumed": run.killers.resumed,
        "seconds": round(run.took, 1),
        "settled_in": round(run.settled_in, 1),
    }


def _by_code(faults: Mapping[str, int]) -> Counter[str]:
    """Refusals by their code alone, whatever they were said to."""
    found: Counter[str] = Counter()
    for name, n in faults.items():
        found[f"said {name[:3]}" if name[:3].isdecimal() else name] += n
    return found


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
