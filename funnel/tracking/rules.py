"""What tells a person from a machine: rules as data, each with its reason in plain words and where it comes from.

The first of `SINGLE` that fits a request judges it alone; the others look at what came around it (`actors.judge_mail`).
None is certain. Change a rule, and raise RULES_VERSION; `funnel classify` then judges what is stored again.
"""

from __future__ import annotations

import re
from datetime import timedelta

from funnel.models import Actor, EventKind
from funnel.tracking.crawlers import CRAWLERS
from funnel.tracking.programs import MAIL_PROGRAMS, OLD_BROWSER, PICTURE_FETCHERS, TOOLS
from funnel.tracking.rule import Rule, words

RULES_VERSION = 4

# In a person's time; a time lapse stretches them all alike.
TOO_FAST = timedelta(seconds=2)  # after the mail was handed over
CLOCKS_DIFFER = timedelta(minutes=1)  # earlier than this before hand-over, the time of hand-over is what is wrong
BURST = timedelta(seconds=5)
BURST_LINKS = 3
SHARED_CLIENT_SPAN = timedelta(minutes=1)
SHARED_CLIENT_READERS = 10
HUMAN_SIGNAL_HOLDS = timedelta(minutes=30)  # how long after a click a page of ours is still used because of it

# What no machine does by itself: a POST from a page of ours, or going on by hand from one page of ours to another. Not
# here: a download (a GET, scanners make it too), and leaving by one click (RFC 8058) or at the provider: the mailbox
# makes those requests.
HUMAN_SIGNALS = (EventKind.BOOKED, EventKind.WATCHED, EventKind.UNSUBSCRIBED, EventKind.CHOSE, EventKind.READ)
FROM_A_PAGE = "page"  # how the reader left, where it is a sign

_HEAD = Rule(
    "head",
    Actor.MACHINE,
    "asked only whether the page is there, as checkers do and people's programs do not",
    "CiviCRM pull request 35328 and dub issue 3602 do not count HEAD either",
    methods=frozenset({"HEAD"}),
    firm=True,
)
_PREFETCH = [
    Rule(
        f"prefetch:{header.lower()}",
        Actor.MACHINE,
        "the program says that it fetches ahead",
        "WHATWG Fetch and HTML name Sec-Purpose; Purpose and X-Moz are its older forms",
        headers=((header, words("prefetch", "prerender", "preview")),),
        firm=True,
    )
    for header in ("Sec-Purpose", "Purpose", "X-Moz")
]
_BROWSER = re.compile(r"^Mozilla/5\.0 \(.+?\) ?\S|^Opera/")  # behind the system stands an engine or a name
_BROWSERS = [
    Rule(
        "not-a-picture",
        Actor.UNKNOWN,
        "calls itself a browser, but does not ask for a picture as browsers do: a proxy nobody knows, or a scanner",
        "MDN, default Accept values: every browser since 2019 names image/ when it loads a picture",
        kind="open",
        agent=_BROWSER,
        unlike=(("Accept", re.compile(r"image/", re.IGNORECASE)),),
    ),
    Rule(
        "not-a-visit",
        Actor.UNKNOWN,
        "calls itself a browser, but fetches the page for something else than to show it",
        "W3C, Fetch Metadata Request Headers: somebody who follows a link navigates",
        kind="click",
        agent=_BROWSER,
        unlike=(("Sec-Fetch-Mode", re.compile(r"^navigate$", re.IGNORECASE)),),
    ),
    Rule(
        "browser-opens",
        Actor.HUMAN,
        "a browser or mail program shows the mail; nothing speaks against a person",
        "webmail and mail programs without a proxy load pictures themselves",
        kind="open",
        agent=_BROWSER,
    ),
    Rule(
        "browser-clicks",
        Actor.HUMAN,
        "a browser follows the link; nothing speaks against a person",
        "what people's browsers send",
        kind="click",
        agent=_BROWSER,
    ),
]
NOTHING_KNOWN = Rule(
    "nothing-known",
    Actor.UNKNOWN,
    "neither a browser or mail program nor a machine that is known",
    "our own: thin evidence decides nothing",
)
SINGLE = (
    _HEAD,
    *_PREFETCH,
    *PICTURE_FETCHERS,
    *TOOLS,
    *CRAWLERS,
    *MAIL_PROGRAMS,
    OLD_BROWSER,
    *_BROWSERS,
    NOTHING_KNOWN,
)

FASTER = Rule(
    "too-fast",
    Actor.MACHINE,
    "faster than a person after the mail was handed over",
    "common among vendors: SendGrid advises to look at the time since delivery, others take 2 seconds",
    kind="click",
)
SEVERAL = Rule(
    "several-links",
    Actor.MACHINE,
    "several links of one mail within seconds",
    "common among vendors: three links in two to five seconds (autoemails, nuevoMailer, beehiiv)",
    kind="click",
)
EVERY_LINK = Rule(
    "every-link",
    Actor.MACHINE,
    "every link of the mail within seconds",
    "Paminga: every link within three seconds; Microsoft Defender fetches every link",
    kind="click",
)
ALONGSIDE = Rule(
    "alongside",
    Actor.MACHINE,
    "the same program pressed links as a machine within the same seconds",
    "our own: a scanner that fetches links fetches pictures too",
    kind="open",
)
CROWDED = Rule(
    "crowd",
    Actor.MACHINE,
    "the same program in the same network handled many readers' mail within a minute",
    "our own numbers; SendGrid advises to look at shared addresses",
)
SIGN_OF_LIFE = Rule(
    "sign-of-life",
    Actor.HUMAN,
    "soon afterwards this reader pressed a button or a link on a page of ours, which machines do not",
    "our own: pages change only by a POST (RFC 9110, section 9.2.1); Sec-Fetch-User (W3C Fetch Metadata) tells a press",
)
# Found by `funnel classify` alone: single hits as they come in leave them as they are.
BY_LOOKING_BACK = frozenset({CROWDED.name, SIGN_OF_LIFE.name})
RULES = (*SINGLE, FASTER, SEVERAL, EVERY_LINK, ALONGSIDE, CROWDED, SIGN_OF_LIFE)
