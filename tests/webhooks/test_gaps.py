"""Where a widely used library for the same providers loses something. Each is a test here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from funnel.models import Actor
from funnel.replies import BounceKind
from funnel.webhooks.events import ProviderEvent, ProviderKind
from tests.webhooks import samples, signing
from tests.webhooks.samples import read

DAN = ("7", "dan@example.org")
NOW = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
HARD, SOFT, BLOCK, POLICY = BounceKind.HARD, BounceKind.SOFT, BounceKind.BLOCK, BounceKind.POLICY
LISTED = BounceKind.LISTED


def one(adapter: str, payload: Any) -> ProviderEvent:
    wrapped = {
        "ses": lambda: signing.sns(payload),
        "mailgun": lambda: signing.mailgun(payload, NOW),
        "resend": lambda: signing.resend(payload, NOW),
    }
    signed = wrapped[adapter]() if adapter in wrapped else signing.basic(payload)
    kept = {"svix-id": "msg_1"} if adapter == "resend" else {}
    (event,) = read(adapter, signed, **kept)
    return event


BOUNCES: list[tuple[str, Any, BounceKind]] = [
    ("ses", samples.ses_bounce(*DAN), HARD),
    ("ses", samples.ses_bounce(*DAN, "Permanent", "OnAccountSuppressionList", "Amazon SES did not send"), LISTED),
    ("ses", samples.ses_bounce(*DAN, "Transient", "MailboxFull", "552 5.2.2 mailbox full"), SOFT),
    ("ses", samples.ses_bounce(*DAN, "Transient", "ContentRejected", "554 rejected"), BLOCK),
    ("ses", samples.ses_bounce(*DAN, "Transient", "MessageTooLarge", "552 5.3.4 too big"), POLICY),
    ("ses", samples.ses_bounce(*DAN, "Undetermined", "Undetermined"), BounceKind.UNKNOWN),
    ("mailgun", samples.mailgun_failed(*DAN), HARD),
    ("mailgun", samples.mailgun_failed(*DAN, code=602, message="Too old"), SOFT),
    ("postmark", samples.postmark("Bounce", *DAN, Type="HardBounce"), HARD),
    ("postmark", samples.postmark("Bounce", *DAN, Type="SoftBounce"), SOFT),
    ("postmark", samples.postmark("Bounce", *DAN, Type="DnsError"), SOFT),
    ("postmark", samples.postmark("Bounce", *DAN, Type="SpamNotification"), BLOCK),
    ("postmark", samples.postmark("Bounce", *DAN, Type="DMARCPolicy"), POLICY),
    ("sendgrid", [samples.sendgrid("bounce", *DAN, type="bounce", status="5.1.1", reason="550 5.1.1 unknown")], HARD),
    ("sendgrid", [samples.sendgrid("bounce", *DAN, type="blocked", reason="550 5.7.1 blocked")], BLOCK),
    ("sendgrid", [samples.sendgrid("dropped", *DAN, reason="Bounced Address")], LISTED),
    ("sendgrid", [samples.sendgrid("dropped", *DAN, reason="Spam Content")], POLICY),
    ("resend", samples.resend("email.bounced", *DAN, bounce={"type": "Permanent", "subType": "General"}), HARD),
    ("resend", samples.resend("email.bounced", *DAN, bounce={"type": "Transient", "subType": "General"}), SOFT),
    ("brevo", samples.brevo("hard_bounce", *DAN), HARD),
    ("brevo", samples.brevo("soft_bounce", *DAN), SOFT),
    ("brevo", samples.brevo("blocked", *DAN), LISTED),
    ("sparkpost", samples.sparkpost("bounce", *DAN, bounce_class="10"), HARD),
    ("sparkpost", samples.sparkpost("bounce", *DAN, bounce_class="20"), SOFT),
    ("sparkpost", samples.sparkpost("out_of_band", *DAN, bounce_class="70"), SOFT),
    ("sparkpost", samples.sparkpost("bounce", *DAN, bounce_class="51"), BLOCK),
    ("sparkpost", samples.sparkpost("policy_rejection", *DAN), POLICY),
    ("mailjet", samples.mailjet("bounce", *DAN, hard_bounce=True, error_related_to="recipient"), HARD),
    ("mailjet", samples.mailjet("bounce", *DAN, hard_bounce=False, error_related_to="recipient"), SOFT),
    ("mailjet", samples.mailjet("blocked", *DAN, error="preblocked", error_related_to="mailjet"), LISTED),
]


@pytest.mark.parametrize(("adapter", "payload", "kind"), BOUNCES)
def test_soft_hard_and_blocked_bounces_are_told_apart(adapter: str, payload: Any, kind: BounceKind) -> None:
    event = one(adapter, payload)
    assert event.bounce_kind == kind
    assert event.kind in (ProviderKind.BOUNCED, ProviderKind.REJECTED)
    assert (event.delivery_key, event.recipient) == DAN


REFUSED_US = "550 5.7.515 Access denied, sending domain example.org does not meet the required authentication level"


@pytest.mark.parametrize(
    ("adapter", "payload"),
    [
        ("ses", samples.ses_bounce(*DAN, said=REFUSED_US)),
        ("mailgun", samples.mailgun_failed(*DAN, message=REFUSED_US)),
        ("postmark", samples.postmark("Bounce", *DAN, Type="HardBounce", Details=REFUSED_US)),
        ("sendgrid", [samples.sendgrid("bounce", *DAN, type="bounce", reason=REFUSED_US)]),
        ("brevo", samples.brevo("hard_bounce", *DAN, reason=REFUSED_US)),
        ("sparkpost", samples.sparkpost("bounce", *DAN, bounce_class="30", raw_reason=REFUSED_US)),
        ("mailjet", samples.mailjet("bounce", *DAN, hard_bounce=True, comment=REFUSED_US)),
    ],
)
def test_a_refusal_of_our_domain_is_never_hard(adapter: str, payload: Any) -> None:
    assert one(adapter, payload).bounce_kind in (BLOCK, POLICY)


@pytest.mark.parametrize(
    ("adapter", "payload", "actor"),
    [
        ("brevo", samples.brevo("proxy_open", *DAN), Actor.MACHINE),
        ("brevo", samples.brevo("unique_proxy_open", *DAN), Actor.MACHINE),
        ("brevo", samples.brevo("unique_opened", *DAN), Actor.HUMAN),
        ("sparkpost", samples.sparkpost("open", *DAN, "track_event", is_prefetched=True), Actor.MACHINE),
        ("sparkpost", samples.sparkpost("initial_open", *DAN, "track_event", is_prefetched=False), Actor.HUMAN),
        ("sparkpost", samples.sparkpost("open", *DAN, "track_event"), Actor.UNKNOWN),
        ("mailgun", samples.mailgun("opened", *DAN) | {"client-info": {"bot": "apple"}}, Actor.MACHINE),
        ("mailgun", samples.mailgun("clicked", *DAN) | {"client-info": {"bot": "generic"}}, Actor.MACHINE),
        ("mailgun", samples.mailgun("opened", *DAN) | {"client-info": {"bot": ""}}, Actor.HUMAN),
        ("mailgun", samples.mailgun("opened", *DAN), Actor.UNKNOWN),
        ("sendgrid", [samples.sendgrid("open", *DAN, sg_machine_open=True)], Actor.MACHINE),
        ("postmark", samples.postmark("Open", *DAN), Actor.UNKNOWN),
    ],
)
def test_opens_by_machines_are_not_opens_by_people(adapter: str, payload: Any, actor: Actor) -> None:
    assert one(adapter, payload).actor == actor


@pytest.mark.parametrize(
    ("adapter", "payload", "kind"),
    [
        ("ses", samples.ses("DeliveryDelay", *DAN, delayType="MailboxFull"), ProviderKind.DEFERRED),
        (
            "ses",
            samples.ses("Subscription", *DAN, newTopicPreferences={"unsubscribeAll": True}),
            ProviderKind.UNSUBSCRIBED,
        ),
        ("resend", samples.resend("email.failed", *DAN, failed={"reason": "daily quota"}), ProviderKind.REJECTED),
        ("resend", samples.resend("email.suppressed", *DAN, suppressed={"message": "listed"}), ProviderKind.REJECTED),
    ],
)
def test_delays_subscriptions_and_failures_have_a_meaning(adapter: str, payload: Any, kind: ProviderKind) -> None:
    assert one(adapter, payload).kind == kind


def test_mailguns_and_postmarks_temporary_failure_is_no_bounce() -> None:
    assert one("mailgun", samples.mailgun_failed(*DAN, "temporary")).kind == ProviderKind.DEFERRED
    assert one("postmark", samples.postmark("Bounce", *DAN, Type="Transient")).kind == ProviderKind.DEFERRED


@pytest.mark.parametrize("adapter", ["brevo", "mailjet"])
def test_events_without_an_id_get_one_of_ours(adapter: str) -> None:
    make = getattr(samples, adapter)
    click = {"brevo": {"link": "https://example.org/a"}, "mailjet": {"url": "https://example.org/a"}}[adapter]
    same_secret = [one(adapter, make("click", *DAN, **click)).event_key for _ in range(2)]
    others = [
        one(adapter, make("click", *DAN)).event_key,
        one(adapter, make("click", "7", "ada@example.org", **click)).event_key,
        one(adapter, make("spam", *DAN, **click)).event_key,
    ]
    assert same_secret[0] == same_secret[1]
    assert len({*same_secret, *others}) == 4


def test_opens_at_ses_and_resend_belong_to_the_only_recipient() -> None:
    assert one("ses", samples.ses("Open", *DAN)).recipient == "dan@example.org"
    assert one("resend", samples.resend("email.opened", *DAN)).recipient == "dan@example.org"


@pytest.mark.parametrize(
    ("adapter", "payload"),
    [
        ("postmark", samples.postmark("Bounce", *DAN, Type="AutoResponder")),
        ("postmark", samples.postmark("SubscriptionChange", *DAN, SuppressSending=False)),
        ("sparkpost", samples.sparkpost("out_of_band", *DAN, bounce_class="60")),
        ("sparkpost", [{"msys": {}}]),
        ("ses", samples.ses("Complaint", *DAN, complaintFeedbackType="not-spam")),
        ("ses", "Successfully validated SNS topic for Amazon SES event publishing."),
        ("sendgrid", [samples.sendgrid("group_resubscribe", *DAN)]),
    ],
)
def test_answers_pings_and_what_was_taken_back_mean_nothing(adapter: str, payload: Any) -> None:
    signed = signing.sns(payload) if adapter == "ses" else signing.basic(payload)
    assert read(adapter, signed) == []
