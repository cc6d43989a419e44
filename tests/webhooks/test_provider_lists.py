"""A provider's own suppression list is about that address: it is not mailed any more, and the channel goes on."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.bounces.listing import remove_address
from funnel.mail import Outcome, OutcomeKind
from funnel.models import ChannelState, Delivery, DeliveryState, Event, Lead, LeadState, Suppression
from funnel.people.consent import last_consent
from funnel.replies import BounceKind, ListedFor
from funnel.sending.blocked import LEAST, PROVIDERS
from funnel.sending.outcomes import record_outcome
from funnel.webhooks.events import ProviderKind
from funnel.webhooks.record import apply_event
from funnel.wiring import Service
from tests.bounces.steps import lessons_to
from tests.bounces.test_blocks import readers
from tests.journey.steps import ask, join, rows, work
from tests.webhooks import samples
from tests.webhooks.steps import DAN, enrolments, events, lose, reason_of, state, tell
from tests.webhooks.test_gaps import one

TO = ("7", DAN)
COMPLAINT, UNSUBSCRIBE, UNSAID = ListedFor.COMPLAINT, ListedFor.UNSUBSCRIBE, ListedFor.UNSAID
KINDS = {
    COMPLAINT: ProviderKind.COMPLAINED,
    UNSUBSCRIBE: ProviderKind.UNSUBSCRIBED,
    UNSAID: ProviderKind.REJECTED,
}
CUSTOMER = "554 5.7.1 [internal] recipient address was suppressed due to customer policy"
SES_LISTED = "Amazon SES did not send the message to this address because it is on the suppression list."
INACTIVE = "You tried to send to a recipient that has been marked as inactive."


def drop(reason: str) -> Any:
    return [samples.sendgrid("dropped", *TO, reason=reason)]


def suppressed_at_mailgun(reason: str) -> Any:
    status: dict[str, Any] = {"code": 605, "message": "", "description": "Not delivering to this address"}
    return samples.mailgun("failed", *TO, severity="permanent", reason=reason) | {"delivery-status": status}


def changed(reason: str, origin: str = "Recipient") -> Any:
    return samples.postmark(
        "SubscriptionChange", *TO, SuppressSending=True, SuppressionReason=reason, Origin=origin, MessageID="883953f4"
    )


LISTED: list[tuple[str, Any, ListedFor]] = [
    ("brevo", samples.brevo("blocked", *TO, reason="blocked : due to blacklist user"), UNSAID),
    ("brevo", samples.brevo("blocked", *TO), UNSAID),
    ("mailjet", samples.mailjet("blocked", *TO, error="preblocked", error_related_to="mailjet"), UNSAID),
    ("mailjet", samples.mailjet("blocked", *TO, error="blacklisted", error_related_to="recipient"), UNSAID),
    ("mailjet", samples.mailjet("blocked", *TO, error="user unknown", error_related_to="recipient"), UNSAID),
    ("mailjet", samples.mailjet("blocked", *TO, error="typofix", error_related_to="domain"), UNSAID),
    ("mailjet", samples.mailjet("blocked", *TO, error="spam reporter", error_related_to="recipient"), COMPLAINT),
    ("mailjet", samples.mailjet("bounce", *TO, hard_bounce=True, error="preblocked"), UNSAID),
    ("mailjet", samples.mailjet("blocked", *TO), UNSAID),
    ("sparkpost", samples.sparkpost("bounce", *TO, bounce_class="25", raw_reason=CUSTOMER), UNSAID),
    ("sparkpost", samples.sparkpost("policy_rejection", *TO, raw_reason=CUSTOMER), UNSAID),
    ("sparkpost", samples.sparkpost("generation_rejection", *TO, reason=f"{CUSTOMER} (FBL)"), COMPLAINT),
    ("sparkpost", samples.sparkpost("bounce", *TO, bounce_class="25", reason=f"{CUSTOMER} (Unsubscribe)"), UNSUBSCRIBE),
    ("postmark", changed("HardBounce"), UNSAID),
    ("postmark", changed("ManualSuppression", "Customer"), UNSAID),
    ("postmark", samples.postmark("Bounce", *TO, Type="ManuallyDeactivated"), UNSAID),
    (
        "postmark",
        samples.postmark(
            "Bounce",
            *TO,
            Type="SMTPApiError",
            Details=INACTIVE,
        ),
        UNSAID,
    ),
    ("sendgrid", drop("Bounced Address"), UNSAID),
    ("sendgrid", drop("Invalid"), UNSAID),
    ("sendgrid", drop("Spam Reporting Address"), COMPLAINT),
    ("sendgrid", drop("Unsubscribed Address"), UNSUBSCRIBE),
    ("resend", samples.resend("email.suppressed", *TO, suppressed={"type": "OnAccountSuppressionList"}), UNSAID),
    ("resend", samples.resend("email.bounced", *TO, bounce={"type": "Permanent", "subType": "Suppressed"}), UNSAID),
    ("resend", samples.resend("suppression.added", *TO, origin="complaint", source_id="56761188"), COMPLAINT),
    ("ses", samples.ses_bounce(*TO, "Permanent", "OnAccountSuppressionList", SES_LISTED), UNSAID),
    ("ses", samples.ses_bounce(*TO, "Permanent", "Suppressed", "Amazon SES has suppressed sending to this …"), UNSAID),
    ("ses", samples.ses_bounce(*TO, "Permanent", "OnTenantSuppressionList"), UNSAID),
    (
        "ses",
        samples.ses(
            "Complaint", *TO, complaintSubType="OnAccountSuppressionList", complainedRecipients=[{"emailAddress": DAN}]
        ),
        COMPLAINT,
    ),
    ("mailgun", suppressed_at_mailgun("suppress-bounce"), UNSAID),
    ("mailgun", suppressed_at_mailgun("suppress-complaint"), COMPLAINT),
    ("mailgun", suppressed_at_mailgun("suppress-unsubscribe"), UNSUBSCRIBE),
]


@pytest.mark.parametrize(("adapter", "payload", "why"), LISTED)
def test_every_providers_list_tells_why_an_address_is_on_it(adapter: str, payload: Any, why: ListedFor) -> None:
    event = one(adapter, payload)
    assert (event.kind, event.bounce_kind) == (KINDS[why], BounceKind.LISTED)
    assert event.recipient == DAN


@pytest.mark.parametrize(
    ("adapter", "payload"),
    [
        ("brevo", samples.brevo("blocked", *TO, reason="blocked : sender domain is not verified")),
        ("brevo", samples.brevo("error", *TO, reason="internal error")),
        ("mailjet", samples.mailjet("blocked", *TO, error="spam preblocked", error_related_to="mailjet")),
        ("mailjet", samples.mailjet("blocked", *TO, error="duplicate in campaign", error_related_to="mailjet")),
        ("mailjet", samples.mailjet("blocked", *TO, error="sender blocked", error_related_to="spam")),
        ("mailjet", samples.mailjet("blocked", *TO, error="error in template language", error_related_to="content")),
        ("mailjet", samples.mailjet("blocked", *TO, error="quota exceeded", error_related_to="recipient")),
        (
            "sparkpost",
            samples.sparkpost("bounce", *TO, bounce_class="25", raw_reason="550 5.7.1 admin says no"),
        ),
        ("sparkpost", samples.sparkpost("policy_rejection", *TO, raw_reason="550 content policy")),
        ("sendgrid", drop("Spam Content")),
        ("sendgrid", drop("Recipient List over Package Quota")),
        ("resend", samples.resend("email.failed", *TO, failed={"reason": "reached_daily_quota"})),
        ("mailgun", samples.mailgun_failed(*TO)),
        ("postmark", samples.postmark("Bounce", *TO, Type="HardBounce")),
    ],
)
def test_what_is_about_us_or_a_mailbox_is_taken_for_no_list(adapter: str, payload: Any) -> None:
    assert one(adapter, payload).bounce_kind != BounceKind.LISTED


def test_who_is_on_the_providers_list_is_not_mailed(service: Service, dan: Delivery) -> None:
    said = "suppress-bounce"
    tell(service, ProviderKind.REJECTED, dan, bounce_kind=BounceKind.LISTED, reason=said)
    assert reason_of(service) == "provider_list"
    assert enrolments(service) == [("stopped", "provider_list")]
    (event,) = events(service)
    assert (event.kind, event.raw["kind"], event.reasons) == ("bounced", "listed", [said])
    with service.db.read() as session:
        assert session.scalars(select(Suppression)).one().note == said


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("adapter", "payload"),
    [
        ("brevo", samples.brevo("blocked", *TO)),
        ("mailjet", samples.mailjet("blocked", *TO, error="preblocked", error_related_to="mailjet")),
        ("sparkpost", samples.sparkpost("bounce", *TO, bounce_class="25", raw_reason=CUSTOMER)),
        ("sparkpost", samples.sparkpost("policy_rejection", *TO, raw_reason=CUSTOMER)),
    ],
)
def test_a_list_is_never_a_strike_against_the_channel(
    service: Service, outbox: MemoryAdapter, adapter: str, payload: Any
) -> None:
    told = one(adapter, payload)
    for delivery in lessons_to(service, readers(LEAST + 4, PROVIDERS)):
        (row,) = [row for row in rows(service, _address(service, delivery)) if row.id == delivery.id]
        tell(
            service,
            told.kind,
            row,
            key=f"listed-{row.id}",
            recipient=_address(service, delivery),
            bounce_kind=told.bounce_kind,
            reason=told.reason,
        )
    with service.db.read() as session:
        assert len(session.scalars(select(Suppression)).all()) == LEAST + 4
        assert session.scalars(select(ChannelState)).all() == []


@pytest.mark.parametrize(("why", "suppressed", "lead"), [
    (UNSAID, "provider_list", "confirmed"), (COMPLAINT, "complained", "confirmed"), (UNSUBSCRIBE, None, "left"),
])  # fmt: skip
@pytest.mark.parametrize("at_once", [True, False], ids=["answer", "webhook"])
def test_an_answer_and_a_webhook_come_to_the_same(
    service: Service, dan: Delivery, why: ListedFor, suppressed: str | None, lead: str, at_once: bool
) -> None:
    lose(service, dan, DeliveryState.HANDING_OVER)
    now = service.clock.now()
    if at_once:
        with service.db.write() as session:
            row = session.get_one(Delivery, dan.id)
            answer = Outcome(OutcomeKind.PERMANENT_RECIPIENT, "406 inactive", listed=why)
            record_outcome(session, service, row, answer, now)
    else:
        tell(service, KINDS[why], dan, bounce_kind=BounceKind.LISTED, reason="406 inactive")
    assert reason_of(service) == suppressed
    assert state(service, dan) == "failed"
    assert [found for found, _ in enrolments(service)] == ["stopped"]
    with service.db.read() as session:
        reader = session.get_one(Lead, dan.lead_id)
        assert reader.state == lead
        assert (last_consent(session, reader.id) == "withdrawn") is (lead == LeadState.LEFT)
        assert session.scalars(select(ChannelState)).all() == []


def test_once_taken_off_both_lists_she_may_sign_up_again(service: Service, dan: Delivery) -> None:
    tell(service, ProviderKind.REJECTED, dan, bounce_kind=BounceKind.LISTED, reason="listed")
    with service.db.write() as session:
        assert remove_address(session, service.links, DAN) == "provider_list"
    before = len(rows(service, DAN))
    ask(service, DAN)
    join(service, DAN)
    work(service)
    assert [row.state for row in rows(service, DAN)][before:] != []
    assert reason_of(service) is None
    tell(service, ProviderKind.REJECTED, dan, key="2", bounce_kind=BounceKind.LISTED, reason="listed still")
    assert reason_of(service) == "provider_list"  # the provider was not told, and says so again


def test_a_listed_address_of_another_installation_is_not_ours(service: Service, dan: Delivery) -> None:
    event = one("sendgrid", drop("Bounced Address"))
    assert apply_event(service, "sendgrid", event, service.clock.now()) == "not_ours"
    with service.db.read() as session:
        assert session.scalars(select(Event).where(Event.key.like("hook:%"))).all() == []


def _address(service: Service, delivery: Delivery) -> str:
    with service.db.read() as session:
        return session.get_one(Lead, delivery.lead_id).email
