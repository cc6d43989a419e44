"""Programs that are known by their user agents: picture proxies, scanners, tools, mail programs, old browsers.

Parts of `rules.SINGLE`; what a request says of itself is believed against it, and only carefully for it.
"""

from __future__ import annotations

import re

from funnel.models import Actor
from funnel.tracking.rule import Rule, words

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
        agent=words("GoogleImageProxy", "YahooMailProxy", "^FastmailUA/"),
        shared=True,
    ),
    Rule(
        "unknown-proxy",
        Actor.UNKNOWN,
        "a mail service's picture proxy; when it fetches is not published",
        "user agents seen: Shortwave Image Fetcher, RamblerMail ImageProxy",
        kind="open",
        agent=words("Image ?Fetcher", "Image-?Proxy"),
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
        agent=words(r"Barracuda Sentinel", r"HubSpot Connect", r"dataaccessd/", r"^cortex/"),
        firm=True,
    ),
    Rule(
        "preview",
        Actor.MACHINE,
        "a program that shows a preview of the link to somebody else",
        "the programs' own pages: Slack robots, Microsoft Preview, Facebook crawler, Google Messages, WhatsApp",
        agent=words(
            "Slackbot",
            "Slack-ImgProxy",
            "URL ?Preview",
            "MicrosoftPreview/",
            "BingPreview/",
            "GoogleMessages/",
            "facebookexternalhit",
            r"^WhatsApp/",
            "Office Existence Discovery",
        ),
        firm=True,
    ),
    Rule(
        "tool",
        Actor.MACHINE,
        "a program for programs by its own name",
        "the default user agents of these libraries and tools",
        agent=words(
            "python-requests/",
            "python-urllib",
            "python-httpx/",
            "aiohttp/",
            r"\bAHC/",
            "Apache-HttpClient/",
            "lua-resty-http/",
            r"^okhttp/",
            r"^Java/",
            "Amazon CloudFront",
            r"^curl/",
            r"^Wget/",
            "Go-http-client/",
            r"^node-fetch",
            r"^axios/",
            "libwww-perl",
            r"^GuzzleHttp",
            "HeadlessChrome/",
            "PhantomJS/",
        ),
        firm=True,
    ),
    Rule(
        "bot",
        Actor.MACHINE,
        "a program that calls itself a bot",
        "the custom of crawlers to name themselves; Cubot is a maker of telephones",
        agent=words(r"(?<!cu)bot\b", "crawler", "spider", "link ?check"),
        firm=True,
    ),
]
OLD_BROWSER = Rule(
    "old-browser",
    Actor.UNKNOWN,
    "a browser so old that proxies and scanners borrow its name more often than people use it",
    "our own: browsers of before 2018; Gmail's proxy and prefetch borrow such names themselves",
    agent=words(
        r"MSIE [1-9]",
        r"Chrome/[1-6]?\d\.",
        r"Firefox/[1-5]?\d\.",
        r"Windows NT 5\.",
        r"Android [1-4]\.",
        r"^Mozilla/4\.",
    ),
)
# Outlook's Windows parts still carry the name of an old MSIE, so these come before the rule on old browsers.
MAIL_PROGRAMS = [
    Rule(
        "mail-program",
        Actor.HUMAN,
        "a mail program shows the mail with its pictures",
        "user agents of Outlook, Thunderbird and others, as isbot's list of browsers has them",
        kind="open",
        agent=words(
            "Microsoft Outlook",
            "MSOffice",
            "ms-office",
            "Outlook-(iOS|Android)",
            "Thunderbird/",
            "Airmail",
            "Betterbird/",
        ),
    ),
    Rule(
        "program-clicks",
        Actor.UNKNOWN,
        "a mail program asked for the page itself, where a browser would; people's clicks open a browser",
        "Microsoft's SafeLinks has been seen as ms-office",
        kind="click",
        agent=words("Microsoft Outlook", "Microsoft Office", "MSOffice", "ms-office", "Outlook-(iOS|Android)"),
    ),
]
