"""Whether a request is the provider's: exactly as documented, and never open by default."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from funnel.settings import Settings, load_settings
from funnel.webhooks.provider import HookRequest, NotConfigured, Refused, TryAgain
from funnel.webhooks.reading import lower_names
from funnel.webhooks.registry import WEBHOOK_PROVIDERS
from funnel.webhooks.sns import check_certificate_url, confirm_subscription
from tests.webhooks import samples, signing
from tests.webhooks.conftest import Amazon

NOW = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
NOON = "2027-01-04T12:00:00.000Z"
SIGNED: dict[str, Callable[[], signing.Signed]] = {
    "mailgun": lambda: signing.mailgun(samples.mailgun("delivered", "7", "dan@example.org"), NOW),
    "sendgrid": lambda: signing.sendgrid([samples.sendgrid("delivered", "7", "dan@example.org")], NOW),
    "resend": lambda: signing.resend(samples.resend("email.delivered", "7", "dan@example.org"), NOW),
    "ses": lambda: signing.sns(
        samples.ses("Delivery", "7", "dan@example.org", recipients=["dan@example.org"]), Timestamp=NOON
    ),
    "postmark": lambda: signing.basic(samples.postmark("Delivery", "7", "dan@example.org")),
    "brevo": lambda: signing.basic(samples.brevo("delivered", "7", "dan@example.org")),
    "sparkpost": lambda: signing.basic(samples.sparkpost("delivery", "7", "dan@example.org")),
    "mailjet": lambda: signing.basic(samples.mailjet("sent", "7", "dan@example.org")),
}
BASIC = ("postmark", "brevo", "sparkpost", "mailjet")


def check(adapter: str, signed: signing.Signed, now: datetime = NOW, settings: Settings | None = None) -> None:
    configured = settings or load_settings({}, **signing.settings())
    WEBHOOK_PROVIDERS[adapter].verify(HookRequest(signed[0], lower_names(signed[1]), configured, now))


def test_every_provider_is_tested_here() -> None:
    assert set(SIGNED) == set(WEBHOOK_PROVIDERS)


@pytest.mark.parametrize("adapter", SIGNED)
def test_a_genuine_request_is_let_in(adapter: str, amazon: Amazon) -> None:
    check(adapter, SIGNED[adapter]())


@pytest.mark.parametrize("adapter", SIGNED)
def test_without_its_setting_a_provider_is_refused(adapter: str, amazon: Amazon) -> None:
    with pytest.raises(NotConfigured, match="FUNNEL_HOOK_"):
        check(adapter, SIGNED[adapter](), settings=load_settings({}))
    assert amazon.asked == []


@pytest.mark.parametrize("adapter", [name for name in SIGNED if name not in (*BASIC, "mailgun")])
def test_one_changed_byte_of_the_body_is_refused(adapter: str, amazon: Amazon) -> None:
    body, headers = SIGNED[adapter]()
    with pytest.raises(Refused):
        check(adapter, (body.replace(b"dan@", b"ada@"), headers))


@pytest.mark.parametrize("adapter", SIGNED)
def test_a_request_with_no_headers_and_no_body_is_refused(adapter: str, amazon: Amazon) -> None:
    with pytest.raises(Refused):
        check(adapter, (b"", {}))


@pytest.mark.parametrize("given", ["", "Basic", "Basic !!", "Bearer aGFyYm91cjp4", "Basic aGFyYm91cjp4", "Basic w6Q="])
def test_a_wrong_password_is_refused(given: str) -> None:
    for adapter in BASIC:
        with pytest.raises(Refused, match="wrong user or password"):
            check(adapter, (b"{}", {"Authorization": given}))


@pytest.mark.parametrize("setting", ["", ":", "user", "user:", ":password"])
def test_half_a_password_in_the_settings_opens_nothing(setting: str) -> None:
    with pytest.raises(NotConfigured):
        check("postmark", (b"{}", {"Authorization": "Basic Og=="}), settings=load_settings({}, hook_password=setting))


def test_mailgun_another_key_is_refused() -> None:
    with pytest.raises(Refused, match="wrong signature"):
        check("mailgun", signing.mailgun({}, NOW, key="another"))


@pytest.mark.parametrize(
    ("adapter", "oldest"),
    [
        ("mailgun", timedelta(hours=9)),
        ("sendgrid", timedelta(hours=25)),
        ("resend", timedelta(minutes=5)),
    ],
)
def test_a_signature_too_old_or_from_the_future_is_refused(adapter: str, oldest: timedelta) -> None:
    signed = SIGNED[adapter]()
    check(adapter, signed, NOW + oldest)
    check(adapter, signed, NOW - timedelta(minutes=4))
    with pytest.raises(Refused, match="seconds ago"):
        check(adapter, signed, NOW + oldest + timedelta(seconds=1))
    with pytest.raises(Refused, match="seconds ago"):
        check(adapter, signed, NOW - timedelta(minutes=6))


def test_sendgrid_a_changed_timestamp_is_refused() -> None:
    body, headers = SIGNED["sendgrid"]()
    stamp = str(int(NOW.timestamp()) + 1)
    with pytest.raises(Refused, match="wrong signature"):
        check("sendgrid", (body, headers | {"X-Twilio-Email-Event-Webhook-Timestamp": stamp}))


@pytest.mark.parametrize("key", ["nonsense", "AAAA", "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="])
def test_sendgrid_an_invalid_key_in_the_settings_refuses_all(key: str) -> None:
    with pytest.raises(Refused, match="public key in our settings"):
        check("sendgrid", SIGNED["sendgrid"](), settings=load_settings({}, hook_sendgrid_key=key))


def test_resend_one_right_signature_among_several_is_enough() -> None:
    event = samples.resend("email.delivered", "7", "dan@example.org")
    check("resend", signing.resend(event, NOW, others="v1,d3Jvbmc= v1a,AAAA"))


def test_resend_a_right_signature_of_another_version_is_refused() -> None:
    body, headers = SIGNED["resend"]()
    with pytest.raises(Refused, match="wrong signature"):
        check("resend", (body, headers | {"svix-signature": headers["svix-signature"].replace("v1,", "v2,")}))


def test_resend_another_message_id_is_refused() -> None:
    body, headers = SIGNED["resend"]()
    with pytest.raises(Refused, match="wrong signature"):
        check("resend", (body, headers | {"svix-id": "msg_another"}))


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [{}, {"Subject": "Amazon SES Email Event Notification"}])
def test_sns_checks_both_versions_with_and_without_a_subject(
    version: str, subject: dict[str, str], amazon: Amazon
) -> None:
    signed = signing.sns(samples.ses("Send", "7", "dan@example.org"), version, **subject)
    check("ses", signed)
    for changed in (b'"SignatureVersion": "3"', b'"SignatureVersion": "%d"' % (3 - int(version))):
        with pytest.raises(Refused):
            check("ses", (signed[0].replace(b'"SignatureVersion": "%s"' % version.encode(), changed), signed[1]))


@pytest.mark.parametrize("stamp", ["", "yesterday", "2027-01-04 12:00", "2027-01-04T12:00:00", "1799064000"])
def test_sns_a_message_without_its_time_of_signing_is_refused(stamp: str, amazon: Amazon) -> None:
    with pytest.raises(Refused, match="does not say when"):
        check("ses", signing.sns(samples.ses("Send", "7", "dan@example.org"), Timestamp=stamp))


@pytest.mark.parametrize("kind", ["Notification", "SubscriptionConfirmation"])
@pytest.mark.parametrize("version", ["1", "2"])
def test_sns_a_genuine_message_two_years_old_is_refused(kind: str, version: str, amazon: Amazon) -> None:
    words = {} if kind == "Notification" else {"Type": kind, "Token": "51b2ff3e", "SubscribeURL": signing.SUBSCRIBE_URL}
    event = samples.ses("Send", "7", "dan@example.org")
    with pytest.raises(Refused, match="seconds ago"):
        check("ses", signing.sns(event, version, Timestamp="2025-01-04T12:00:00.000Z", **words))
    for fresh in ("2027-01-01T12:00:00.000Z", NOON, "2027-01-04T20:00:00.000Z"):  # the last: our own clock is slow
        check("ses", signing.sns(event, version, Timestamp=fresh, **words))
    with pytest.raises(Refused, match="seconds ago"):
        check("ses", signing.sns(event, version, Timestamp="2027-01-01T11:59:59.000Z", **words))


def test_sns_the_certificate_is_asked_for_once(amazon: Amazon) -> None:
    for number in ("a", "b", "c"):
        check("ses", signing.sns(samples.ses("Send", number, "dan@example.org"), number=number))
    assert amazon.asked == [signing.CERTIFICATE_URL]


def test_sns_an_unavailable_certificate_is_no_refusal(amazon: Amazon) -> None:
    amazon.away = True
    for _ in range(3):
        with pytest.raises(TryAgain):
            check("ses", SIGNED["ses"]())
    assert len(amazon.asked) == 1
    amazon.away = False
    check("ses", SIGNED["ses"](), NOW + timedelta(minutes=2))


def test_sns_a_certificate_that_has_run_out_is_refused(amazon: Amazon) -> None:
    with pytest.raises(Refused, match="not valid at this time"):
        check("ses", SIGNED["ses"](), datetime(2028, 6, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem",
        "https://sns.eu-west-1.amazonaws.com.example.org/SimpleNotificationService-0123.pem",
        "https://example.org/SimpleNotificationService-0123.pem",
        "https://example.org/?sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem",
        "https://harbour@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem",
        "https://sns.eu-west-1.amazonaws.com@example.org/SimpleNotificationService-0123.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0123.pem",
        "https://sns.eu-west-1.amazonaws.com\\.example.org/SimpleNotificationService-0123.pem",
        "https://sns.a.b.amazonaws.com/SimpleNotificationService-0123.pem",
        "https://s3.amazonaws.com/SimpleNotificationService-0123.pem",
        "https://sns.eu-west-1.amazonaws.com/elsewhere/SimpleNotificationService-0123.pem",
        "https://sns.eu-west-1.amazonaws.com/../SimpleNotificationService-0123.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem?x=1",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.txt",
        "https://[sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem",
        "",
    ],
)
def test_sns_a_certificate_from_elsewhere_is_never_asked_for(url: str, amazon: Amazon) -> None:
    with pytest.raises(Refused, match="not Amazon's"):
        check_certificate_url(url)
    with pytest.raises(Refused):
        check("ses", signing.sns(samples.ses("Send", "7", "dan@example.org"), SigningCertURL=url))
    assert amazon.asked == []


def test_sns_china_has_a_host_of_its_own() -> None:
    check_certificate_url("https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0123.pem")


def test_sns_another_topic_is_refused_before_anything_is_asked(amazon: Amazon) -> None:
    signed = signing.sns(samples.ses("Send", "7", "dan@example.org"), TopicArn=signing.TOPIC + "-of-somebody-else")
    with pytest.raises(Refused, match="another topic"):
        check("ses", signed)
    assert amazon.asked == []


@pytest.mark.parametrize("header", ["x-amz-sns-message-type", "x-amz-sns-message-id"])
def test_sns_headers_must_say_what_the_body_says(header: str, amazon: Amazon) -> None:
    body, headers = SIGNED["ses"]()
    for changed in ({**headers, header: "another"}, {k: v for k, v in headers.items() if k != header}):
        with pytest.raises(Refused, match="the header"):
            check("ses", (body, changed))


def subscription(**fields: str) -> signing.Signed:
    words = {"Type": "SubscriptionConfirmation", "Token": "51b2ff3e", "SubscribeURL": signing.SUBSCRIBE_URL}
    return signing.sns("You have chosen to subscribe.", **(words | fields))


def test_sns_a_subscription_is_confirmed_at_amazon(amazon: Amazon) -> None:
    signed = subscription()
    check("ses", signed)
    amazon.asked.clear()
    confirm_subscription(signed[0], signing.TOPIC)
    assert amazon.asked == [signing.SUBSCRIBE_URL]


@pytest.mark.parametrize(
    "url",
    [
        signing.SUBSCRIBE_URL.replace("amazonaws.com", "amazonaws.com.example.org"),
        signing.SUBSCRIBE_URL.replace("https", "http"),
        signing.SUBSCRIBE_URL.replace("ConfirmSubscription", "DeleteTopic"),
        signing.SUBSCRIBE_URL.replace("harbour-mail", "another-topic"),
    ],
)
def test_sns_no_subscription_url_for_anything_else_is_opened(url: str, amazon: Amazon) -> None:
    with pytest.raises(Refused):
        confirm_subscription(subscription(SubscribeURL=url)[0], signing.TOPIC)
    with pytest.raises(Refused):
        confirm_subscription(json.dumps({"Type": "SubscriptionConfirmation"}).encode(), "")
    assert amazon.asked == []
