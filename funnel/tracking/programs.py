"""Programs that are known by their user agents: picture proxies, scanners, tools, mail programs, old browsers.

Parts of `rules.SINGLE`; what a request says of itself is believed against it, and only carefully for it.
"""

from __future__ import annotations

import re

from funnel.models import Actor
from funnel.tracking.rule import Rule, Where, folded

PICTURE_FETCHERS = [
    Rule(
        "apple-privacy",
        Actor.MACHINE,
        "Apple Mail's privacy protection fetches pictures whether the mail is read or not",
        "Apple, Use Mail Privacy Protection; the bare user agent: ClickDimensions, Mailgun's sample event",
        kind="open",
        agent=re.compile(r"^Mozilla/5\.0$"),
        firm=True,
        shared=True,
    ),
    Rule(
        "gmail-prefetch",
        Actor.MACHINE,
        "Gmail fetches pictures ahead while a session is open",
        "SparkPost, Gmail image prefetching, December 2021",
        kind="open",
        agent=re.compile(r"Chrome/42\.0\.2311\.135 Safari/537\.36 Edge/12\.246 Mozilla/5\.0$"),
        firm=True,
        shared=True,
    ),
    Rule(
        "mailbox-proxy",
        Actor.HUMAN,
        "the mailbox fetches pictures when the mail is opened",
        "Google, how Gmail's image proxy works; Yahoo, article SLN28749; Fastmail, Blocking remote images",
        kind="open",
        agent=folded("googleimageproxy", "yahoomailproxy", "^fastmailua/"),
        where=Where.FOLDED,
        shared=True,
    ),
    Rule(
        "unknown-proxy",
        Actor.UNKNOWN,
        "a mail service's picture proxy; when it fetches is not published",
        "user agents seen: Shortwave Image Fetcher, RamblerMail ImageProxy",
        kind="open",
        agent=folded("image ?fetcher", "image-?proxy"),
        where=Where.FOLDED,
        shared=True,
    ),
]
TOOLS = [
    Rule(
        "no-agent",
        Actor.MACHINE,
        "the program does not say what it is",
        "every browser and mail program sends a user agent (RFC 9110, section 10.1.5: SHOULD)",
        agent=re.compile(r"^\W*$"),
        firm=True,
    ),
    Rule(
        "scanner",
        Actor.MACHINE,
        "a known scanner of mail by its own name",
        "user agents in public bot lists and in Braze's and suped.com's pages on machine clicks",
        agent=folded(r"barracuda sentinel", r"hubspot connect", r"dataaccessd/", r"^cortex/"),
        where=Where.FOLDED,
        firm=True,
    ),
    Rule(
        "preview",
        Actor.MACHINE,
        "a program that shows a preview of the link to somebody else",
        "the programs' own pages: Slack robots, Microsoft Preview, Facebook crawler, Google Messages, WhatsApp",
        agent=folded(
            "slackbot",
            "slack-imgproxy",
            "url ?preview",
            "microsoftpreview/",
            "bingpreview/",
            "googlemessages/",
            "facebookexternalhit",
            r"^whatsapp/[\w.]+(?: \w)?$",
            "office existence discovery",
        ),
        where=Where.FOLDED,
        firm=True,
    ),
    Rule(
        "tool",
        Actor.MACHINE,
        "a program for programs by its own name",
        "the default user agents of these libraries and tools",
        agent=folded(
            "python-requests/",
            "python-urllib",
            "python-httpx/",
            "aiohttp/",
            r"\bahc/",
            "apache-httpclient/",
            "lua-resty-http/",
            r"^okhttp/",
            r"^java/",
            "amazon cloudfront",
            r"^curl/",
            r"^wget/",
            "go-http-client/",
            r"^node-fetch",
            r"^axios/",
            "libwww-perl",
            r"^guzzlehttp",
            "headlesschrome/",
            "phantomjs/",
        ),
        where=Where.FOLDED,
        firm=True,
    ),
    Rule(
        "bot",
        Actor.MACHINE,
        "a program that calls itself a bot",
        "the custom of crawlers to name themselves; Cubot is a maker of telephones",
        agent=folded(r"(?<!cu)bot\b"),
        where=Where.NO_TELEPHONE,
        firm=True,
    ),
]
OLD_BROWSER = Rule(
    "old-browser",
    Actor.UNKNOWN,
    "a browser so old that proxies and scanners borrow its name more often than people use it",
    "our own: browsers of before 2018; Gmail's proxy and prefetch borrow such names themselves",
    agent=folded(
        r"msie [1-9]",
        r"chrome/[1-6]?\d\.",
        r"firefox/[1-5]?\d\.",
        r"windows nt 5\.",
        r"android [1-4]\.",
        r"^mozilla/4\.",
    ),
    where=Where.FOLDED,
)
# Outlook's Windows parts still carry the name of an old MSIE, so these come before the rule on old browsers.
MAIL_PROGRAMS = [
    Rule(
        "mail-program",
        Actor.HUMAN,
        "a mail program shows the mail with its pictures",
        "user agents of Outlook, Thunderbird and others, as isbot's list of browsers has them",
        kind="open",
        agent=folded(
            "microsoft outlook",
            "msoffice",
            "ms-office",
            "outlook-(ios|android)",
            "thunderbird/",
            "airmail",
            "betterbird/",
            "macoutlook/",
            "outlook-express/",
            r"windows-live-mail",
            r"\blotus-notes/|\bhcl-notes/",
            r"^dalvik/",  # K-9, Thunderbird for Android and others let Android fetch the pictures
            r"^mail/[\d.]+ cfnetwork/",
            "postbox/|seamonkey/|evolution/|mailspring/|em ?client/|foxmail|the bat!|claws mail|kmail/",
        ),
        where=Where.FOLDED,
    ),
    Rule(
        "program-clicks",
        Actor.UNKNOWN,
        "a mail program asked for the page itself, where a browser would; people's clicks open a browser",
        "Microsoft's SafeLinks has been seen as ms-office",
        kind="click",
        agent=folded(
            "microsoft outlook",
            "microsoft office",
            "msoffice",
            "ms-office",
            "outlook-(ios|android)",
            "macoutlook/",
            r"\blotus-notes/|\bhcl-notes/",
            r"^dalvik/",
            r"\) (?:word|excel|powerpoint)/\d",
        ),
        where=Where.FOLDED,
    ),
]
