"""What the adapters of providers with an HTTP API share: calls, batches, answers, URLs."""

from funnel.adapters.http.answers import AnswerRule, CallFailed, HttpReply, Request, outcome_of
from funnel.adapters.http.dispatch import ApiProvider, HttpAdapter, Item
from funnel.adapters.http.fields import DELIVERY
from funnel.adapters.http.json_path import get_path, get_text
from funnel.adapters.http.urls import parse_key_url

__all__ = [
    "DELIVERY",
    "AnswerRule",
    "ApiProvider",
    "CallFailed",
    "HttpAdapter",
    "HttpReply",
    "Item",
    "Request",
    "get_path",
    "get_text",
    "outcome_of",
    "parse_key_url",
]
