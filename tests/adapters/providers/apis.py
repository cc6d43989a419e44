"""The eight providers' APIs, as their documentation describes them: path, key, limits, and what is answered."""

from __future__ import annotations

from tests.adapters.providers.api import Api
from tests.adapters.providers.apis_batch import MailjetApi, PostmarkApi, ResendApi
from tests.adapters.providers.apis_single import BrevoApi, MailgunApi, SendGridApi, SesApi, SparkPostApi

__all__ = [
    "APIS",
    "Api",
    "BrevoApi",
    "MailgunApi",
    "MailjetApi",
    "PostmarkApi",
    "ResendApi",
    "SendGridApi",
    "SesApi",
    "SparkPostApi",
]

APIS: tuple[type[Api], ...] = (
    SesApi,
    MailgunApi,
    PostmarkApi,
    SendGridApi,
    ResendApi,
    BrevoApi,
    SparkPostApi,
    MailjetApi,
)
