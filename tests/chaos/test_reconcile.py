"""The reckoning of a run is right about what it is shown, so that its silence can be believed."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.chaos.ledger import Heard
from tests.chaos.reconcile import SeenRow, Verdict, reconcile
from tests.chaos.script import Target, at_recipient, blows

ADA = "ada@example.org"


def ada(state: str, reason: str = "") -> SeenRow:
    return SeenRow(1, state, reason, ADA, "<1@example.org>")


def judged(row: SeenRow, heard: Heard, on_the_wire: dict[str, set[int]] | None = None) -> Verdict:
    return reconcile([row], heard, on_the_wire or {}, 1)


def broken(verdict: Verdict) -> set[str]:
    return {name for name, found in verdict.breaches.items() if found}


def taken(times: int = 1) -> Heard:
    return Heard(kept=Counter({"<1@example.org>": times}))


def refused(code: str, to: str = ADA) -> Heard:
    return Heard(refusals={7: (code, to)})


def test_what_was_accepted_and_is_there_is_right() -> None:
    assert judged(ada("accepted"), taken()).ok


def test_a_mail_that_came_twice_is_found() -> None:
    assert broken(judged(ada("accepted"), taken(2))) == {"twice"}


def test_a_mail_that_was_in_doubt_and_came_again_is_found() -> None:
    heard = taken()
    heard.lost["<1@example.org>"] += 1

    assert broken(judged(ada("accepted"), heard)) == {"twice"}


def test_an_accepted_mail_the_sink_does_not_hold_is_found() -> None:
    assert broken(judged(ada("accepted"), Heard())) == {"lost"}


@pytest.mark.parametrize("state", ["waiting", "claimed", "handing_over", "held", "skipped"])
def test_a_delivery_that_has_not_ended_or_was_left_out_is_found(state: str) -> None:
    assert "lost" in broken(judged(ada(state), Heard()))


def test_a_delivery_that_was_never_made_is_found() -> None:
    assert broken(reconcile([ada("accepted")], taken(), {}, 2)) == {"lost"}


def test_a_failed_mail_that_the_sink_holds_is_found() -> None:
    heard = taken()
    heard.refusals[7] = ("550 5.1.1", ADA)

    assert broken(judged(ada("failed", "550 5.1.1 not now (chaos-7)"), heard)) == {"denied"}


def test_an_unknown_mail_needs_a_cause() -> None:
    assert broken(judged(ada("unknown"), Heard())) == {"unknown without cause"}


def test_a_mail_on_the_wire_at_a_blow_may_be_unknown() -> None:
    verdict = judged(ada("unknown"), taken(), {Target.WORKER: {1}})

    assert verdict.ok
    assert (verdict.unknown, verdict.most_unknown) == (Counter({"worker killed": 1}), 1)


def test_a_whole_mail_without_an_answer_may_be_unknown() -> None:
    assert judged(ada("unknown"), Heard(unanswered={"<1@example.org>"})).ok
    assert judged(ada("unknown"), Heard(cut_off={ADA})).ok


def test_a_failure_needs_a_lasting_refusal_by_the_sink() -> None:
    row = ada("failed", "550 5.1.1 not now (chaos-7)")

    assert judged(row, refused("550 5.1.1")).ok
    assert broken(judged(row, refused("450 4.3.2"))) == {"failed without cause"}
    assert broken(judged(row, refused("550 5.1.1", "ben@example.org"))) == {"failed without cause"}
    assert broken(judged(row, Heard())) == {"failed without cause"}


def test_a_mail_refused_for_now_may_be_given_up_after_two_days() -> None:
    assert judged(ada("failed", "given up after 48 hours: 450 4.3.2 (chaos-7)"), refused("450 4.3.2")).ok


def test_a_mail_that_no_delivery_has_is_found() -> None:
    assert broken(reconcile([], taken(), {}, 0)) == {"not ours"}


def test_a_seed_draws_the_same_faults_and_blows_again() -> None:
    assert blows(3, 60, 2, postgres=True) == blows(3, 60, 2, postgres=True)
    assert [at_recipient(3, ADA, n, 1.0) for n in range(9)] == [at_recipient(3, ADA, n, 1.0) for n in range(9)]


def test_every_kind_of_blow_comes_and_postgres_only_where_it_is() -> None:
    assert {blow.target for blow in blows(5, 7, 2, postgres=True, every=2)} == set(Target)
    assert Target.POSTGRES not in {blow.target for blow in blows(5, 60, 2, postgres=False)}
