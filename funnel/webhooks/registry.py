"""Who may tell us something, by the name that stands in the address: `/hooks/<adapter>`."""

from __future__ import annotations

from collections.abc import Mapping

from funnel.webhooks.brevo import BREVO
from funnel.webhooks.mailgun import MAILGUN
from funnel.webhooks.mailjet import MAILJET
from funnel.webhooks.postmark import POSTMARK
from funnel.webhooks.provider import WebhookProvider
from funnel.webhooks.resend import RESEND
from funnel.webhooks.sendgrid import SENDGRID
from funnel.webhooks.ses import SES
from funnel.webhooks.sparkpost import SPARKPOST

WEBHOOK_PROVIDERS: Mapping[str, WebhookProvider] = {
    "brevo": BREVO,
    "mailgun": MAILGUN,
    "mailjet": MAILJET,
    "postmark": POSTMARK,
    "resend": RESEND,
    "sendgrid": SENDGRID,
    "ses": SES,
    "sparkpost": SPARKPOST,
}
