"""What the adapters of providers with an HTTP API share: calls, batches, answers, URLs."""

from funnel.adapters.http.answers import CallFailed, Reply, Request, Rule, entry, judge, words
from funnel.adapters.http.dispatch import HttpAdapter, Item, Provider
from funnel.adapters.http.fields import DELIVERY
from funnel.adapters.http.urls import parse_key_url

__all__ = [
    "DELIVERY",
    "CallFailed",
    "HttpAdapter",
    "Item",
    "Provider",
    "Reply",
    "Request",
    "Rule",
    "entry",
    "judge",
    "parse_key_url",
    "words",
]
