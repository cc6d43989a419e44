"""SparkPost (Bird): one call a mail, handing over the whole message as it is (`email_rfc822`)."""

from __future__ import annotations

from collections.abc import Sequence

from funnel.adapters.http.answers import AnswerRule, HttpReply, Request, outcome_of
from funnel.adapters.http.dispatch import Item, Limits
from funnel.adapters.http.fields import DELIVERY, mark, to_json
from funnel.adapters.http.json_path import get_path, get_text
from funnel.adapters.http.urls import ApiAccess, key_of, open_http, region_of
from funnel.adapters.message import Envelope
from funnel.adapters.url import MailUrl
from funnel.mail import Adapter, Mail, Outcome, OutcomeKind

SPARKPOST_EXAMPLE = "sparkpost://your-api-key?region=eu"
_REGIONS = {"us": "https://api.sparkpost.com", "eu": "https://api.eu.sparkpost.com"}

# `code` of the first error, support.sparkpost.com/docs/tech-resources/extended-error-codes.
ANSWER_RULES: tuple[AnswerRule, ...] = (
    # 420 is SparkPost's own: hourly, daily and sandbox limits.
    AnswerRule(OutcomeKind.QUOTA, status="420"),
    AnswerRule(OutcomeKind.QUOTA, code="210[1-5]"),
    AnswerRule(OutcomeKind.TEMPORARY, code="1500|1501|1502|1900"),
    # Sending domain blocked or not set up; tracking domain not usable; no licence, no permission, no such account.
    AnswerRule(OutcomeKind.AUTH_CONFIG, code="1100|1303|1304|1601|2009|201[0-2]|700[01]"),
    AnswerRule(OutcomeKind.AUTH_CONFIG, status="4..", words="unconfigured sending domain|invalid (sending )?domain"),
    # Said only to older accounts; the others hear of it by an event.
    AnswerRule(OutcomeKind.PERMANENT_RECIPIENT, code="1902", words="suppress", listed=True),
    # A 200 that took nothing.
    AnswerRule(OutcomeKind.PERMANENT_MESSAGE, status="[24]..", code=r"\d+"),
)


class SparkPost:
    """The message goes unchanged. SparkPost fills in no blanks and counts no opens or clicks for it."""

    name = "sparkpost"
    repeats = False

    def share(self, mail: Mail, envelope: Envelope) -> bytes:
        fields = {
            "options": {"open_tracking": False, "click_tracking": False, "perform_substitutions": False},
            "metadata": {DELIVERY: mark(mail.key)},
            "recipients": [{"address": {"email": envelope.recipient}}],
            "content": {"email_rfc822": envelope.content.decode("ascii")},
        }
        return to_json(fields)

    def request(self, items: Sequence[Item]) -> Request:
        return Request("/api/v1/transmissions/", items[0].share)

    def read(self, reply: HttpReply, items: Sequence[Item], repeated: bool) -> Outcome | list[Outcome]:
        data = reply.data()
        results = get_path(data, "results")
        accepted, provider_id = get_path(results, "total_accepted_recipients"), get_text(results, "id")
        if reply.good and accepted == 1 and provider_id:
            return Outcome(OutcomeKind.ACCEPTED, "", provider_id)
        error = get_path(data, "errors", 0) or get_path(results, "rcpt_to_errors", 0)
        code = get_text(error, "code")
        if reply.good and accepted == 0 and not code:
            code = "5002"  # no valid recipient, told only by the count
        said = " ".join(part for part in (get_text(error, "message"), get_text(error, "description")) if part)
        return outcome_of(ANSWER_RULES, reply, code, said)


def sparkpost_from_url(url: MailUrl) -> Adapter:
    """`sparkpost://KEY?region=eu`. Raises AdapterUrlError."""
    key = key_of(url, SPARKPOST_EXAMPLE)
    access = ApiAccess(
        base=region_of(url, _REGIONS, SPARKPOST_EXAMPLE),
        authorize=lambda *_: {"Authorization": key},
        limits=Limits(connections=8),
        secrets=(key,),
    )
    return open_http(url, SPARKPOST_EXAMPLE, SparkPost(), access, options=("region",))
