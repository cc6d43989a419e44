"""Who may tell us something, by the name that stands in the address: `/hooks/<adapter>`."""

from __future__ import annotations

from collections.abc import Mapping

from funnel.response.hooks.brevo import BREVO
from funnel.response.hooks.mailgun import MAILGUN
from funnel.response.hooks.mailjet import MAILJET
from funnel.response.hooks.postmark import POSTMARK
from funnel.response.hooks.provider import Provider
from funnel.response.hooks.resend import RESEND
from funnel.response.hooks.sendgrid import SENDGRID
from funnel.response.hooks.ses import SES
from funnel.response.hooks.sparkpost import SPARKPOST

REGISTRY: Mapping[str, Provider] = {
    "brevo": BREVO,
    "mailgun": MAILGUN,
    "mailjet": MAILJET,
    "postmark": POSTMARK,
    "resend": RESEND,
    "sendgrid": SENDGRID,
    "ses": SES,
    "sparkpost": SPARKPOST,
}
