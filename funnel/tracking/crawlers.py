"""Machines that say so themselves, though most of them begin like a browser. Parts of `rules.SINGLE`.

General rules first, for new ones appear every week; then the names of services that say what they are on a page of
their own and follow no rule. Measured on public lists of crawlers and browsers: docs/tracking.md.
"""

from __future__ import annotations

from funnel.models import Actor
from funnel.tracking.rule import Rule, Where, folded

CRAWLERS = [
    Rule(
        "names-its-page",
        Actor.MACHINE,
        "gives a web or mail address of its own, as crawlers do for those who want to know more",
        "the custom of crawlers (RFC 9309, 2.2.1, and most search engines' pages); browsers give none",
        agent=folded(
            r"https?:/",
            r"www\.",
            r"mailto:",
            r"@[\w-]{1,63}\.[a-z]{2}",
            r"\+[a-z][\w-]{0,63}\.[a-z]{2,10}\b",
            r"\((?:via |by )?[\w.-]{1,63}\.(?:com|net|org|io|ai|dev|app|co)(?:/[^()\s]{0,200})?\)",
        ),
        # Browsers, players and parts of old ones that wrote their maker's address into the agent; and Google's viewer,
        # which shows somebody a page.
        but=folded(
            r"msie [1-8]\.", "k-meleon/", "qtweb ", r"browser(?:/[\w.]{1,20})? \(http", "^xbmc/", "^kodi/",
            "^qbittorrent/", r"docs\.google\.com/viewer",
        ),
        where=Where.FOLDED,
        firm=True,
    ),
    Rule(
        "only-compatible",
        Actor.MACHINE,
        "says that it is compatible with a browser, and names neither an engine nor a system as browsers do",
        "user agents of crawlers: Mozilla/5.0 (compatible; name/version)",
        agent=folded(r"^mozilla/5\.0 \(compatible\b"),
        but=folded(
            "msie", "trident", "konqueror", "applewebkit", "gecko/", "khtml", "opera", r"browse\b", "windows",
            "macintosh", "amigaos", "beos", "risc os", "syllable", "icab", "linux", "x11", "netfront",
        ),
        where=Where.FOLDED,
    ),
    Rule(
        "says-compatible-after-all",
        Actor.MACHINE,
        "borrows a whole browser's agent and adds in brackets what it is",
        "Google, Overview of Google crawlers: AppleWebKit/537.36 (KHTML, like Gecko; compatible; name)",
        agent=folded(r"(?:applewebkit|gecko/)[^;]{0,200}[(;] ?compatible;"),
        where=Where.FOLDED,
        firm=True,
    ),
    Rule(
        "says-what-it-is",
        Actor.MACHINE,
        "calls itself a crawler, a preview or something else that works without a person",
        "user agents in public lists of crawlers; none of these words stands there in a browser's",
        agent=folded(
            "crawl(?:er|ing|s|/)", r"crawl\b", "spider", r"preview(?:er)?\b", r"(?<!cu)bot/\d", "heritrix", "slurp",
            "nutch/", "scraper", "harvester", "pre-?fetch",
        ),
        # Apple's and Opera's browsers for whoever wants to try them early.
        but=folded("(?:technology|developer)(?: |%20)preview", r"msie [1-8]\."),
        where=Where.NO_TELEPHONE,
        firm=True,
    ),
    Rule(
        "says-what-it-does",
        Actor.MACHINE,
        "names work that is done without a person: a check, a scan, an archive, a measurement",
        "user agents in public lists of crawlers; behind the system's brackets, for a telephone may be called anything",
        agent=folded(
            r"scan(?:ner)?\b", "link ?check", r"checker\b", r"monitor(?:ing)?\b", "synthetic", r"fetch(?:er)?\b",
            "ghost inspector", "archiv", "thumbnail", "capture", "screenshot", r"[ms]-?shots?\b", "survey", "validator",
            "headless", "selenium", "puppeteer", "playwright", "lighthouse", "uptime", "pingdom", "https? ?client",
            r"verif(?:y|ier|ication)\b", "vulnerab", "optimizer", "site ?audit", "page ?speed", r"insights\b",
            "observatory", r"(?<=[a-z-])(?<!user)(?<!user-)agent\b",
        ),
        but=folded(r"msie [1-8]\."),
        where=Where.BEHIND,
        firm=True,
    ),
    Rule(
        "documented-machine",
        Actor.MACHINE,
        "a service that is known by name to fetch pages by itself",
        "the services' own pages: Google's list of crawlers and fetchers, Meta, WebPageTest, Dynatrace, Datadog, Daum, "
        "Catchpoint, GTmetrix, DebugBear, Nikto, Acunetix, Cognition (Devin), Manus, Hardenize, MarketGoo, Siege",
        agent=folded(
            "google-[a-z][a-z]", r"[a-z]-google\b", r"google(?:other|docs|agent|producer|sites)\b",
            "google (?:favicon|pp default|search console|web preview|wireless transcoder)",
            "meta-external(?:agent|fetcher)", r"ptst[ /]\d", "ruxitsynthetic", "datadog", "catchpoint", "gtmetrix",
            "debugbear", "speedcurve", "yottaa", r"daumoa\b", r"daum[ /]\d", "binglocalsearch", "censysinspect",
            r"embedly\b", "nikto/", "acunetix", "detectify", "watchtowr", r"ips-agent\b", r"devin/\d", "manus-user",
            "hardenize", "securityheaders", "criticalcss", "marketgoo/", "linktiger", "taginspector/", "siege/",
        ),
        where=Where.FOLDED,
        firm=True,
    ),
]  # fmt: skip
