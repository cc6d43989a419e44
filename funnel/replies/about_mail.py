"""Phrases about the way and the message: network, servers, sizes, syntax, time. Lower case, no links."""

from __future__ import annotations

from funnel.replies.phrase import Phrase, phrase

WAY: tuple[Phrase, ...] = (
    phrase(
        "mesgtoobig",
        "RFC 1870; RFC 3463 x.3.4",
        r"(?:message|mail|e-?mail|size|data|attachment|content|file)s?\b[^.]{0,50}\b(?:too (?:large|big)"
        r"|larger than|bigger than)",
        r"(?:message|mail|e-?mail|data|letter) ?size\b[^.]{0,60}(?:exceed|limit|maximum|too|large|over)",
        r"exceed\w*[^.]{0,60}(?:maximum |max\.? |fixed |allowed |permitted |limit |message |mail )+(?:message "
        r"|mail |e-?mail )?(?:size|length)",
        r"(?:max|maximum)[^.]{0,20} (?:message |mail )size",
        r"size limit|over(?:size|sized)|too (?:large|big) (?:message|mail|to)",
    ),
    phrase(
        "networkerror",
        "RFC 5321 6.3 (loops), RFC 3463 x.4",
        r"\bloop(?:s|ed|ing)?\b",
        r"\bhop ?(?:count|limit)|too many hops|too many (?:\"|')?received",
        r"no route to host|(?:host|network|server)(?: is)? (?:un|not )reachable",
        r"connection (?:was )?(?:refused|reset|lost|closed|dropped|aborted|failed|broken|died)|lost connection"
        r"|(?:unable|failed|couldn't|could not|cannot|can't) (?:to )?(?:connect|establish|open (?:a )?connection"
        r"|contact)",
        r"name service error|dns (?:error|lookup|problem|failure|server)|(?:lookup|resolution) (?:error|fail)"
        r"|host ?name lookup",
        r"network (?:error|problem)|no (?:ip )?route|unexpected name server|broken pipe|protocol (?:error"
        r"|violation)|bad connection",
    ),
    phrase(
        "expired",
        "RFC 5321 4.5.4.1: giving up; RFC 3463 x.4.7, x.4.1",
        r"\bexpired?\b|expiration",
        r"time(?:d)?[- ]?out\b",
        r"(?:in|on) (?:the )?queue[^.]{0,20} too long|too long (?:in|on)|queued too long|queue (?:life)?time",
        r"(?:for|over|after|in|during) (?:the last |more than |about )?\d{1,8} (?:second|minute|hour|day|week)s?",
        r"giving up|gave up|given up|will not (?:be )?(?:try|retr)|won't (?:be )?(?:try|retr)"
        r"|not going to try again|no longer (?:be )?(?:try|retr)",
        r"failing for a long time|retry time not reached",
        r"(?:exceed\w*|reached) (?:its |the )?max\w* (?:time|age|attempts|retries)",
        r"delivery (?:failed )?\d{1,4} attempts|(?:failed|after) \d{1,4} (?:attempts|tries|retries)"
        r"|retry (?:time|limit|count)|(?:all|maximum) (?:delivery )?(?:attempts|retries)",
        r"(?:no|not) (?:response|answer|respond)|could not be delivered for too long|undeliverable for"
        r"|could not deliver|not accept (?:our|the) requests? to connect"
        r"|host down|server (?:is )?(?:down|unavailable|not responding)",
    ),
)

MESSAGE: tuple[Phrase, ...] = (
    phrase(
        "systemfull",
        "RFC 3463 x.3.1; RFC 5321 452",
        r"no space left|disk (?:is )?full|(?:mail )?system (?:storage )?(?:is )?full|insufficient (?:system|disk"
        r"|server)? ?(?:storage|resources|space|memory)|out of (?:disk|memory|resources)|not enough (?:disk "
        r"|storage )?space",
    ),
    phrase(
        "mailererror",
        "RFC 3463 x.3.0: the delivery program failed; Exim pipe, sendmail prog mailer, procmail",
        r"mailer error|unknown mailer|exit(?:ed)?(?: with)?(?: return)? (?:status|code|value|\d)"
        r"|command (?:failed|died|output|line)|\bpipe(?:d)? |child (?:process|status)|\bprocmail\b|\bmaildrop\b"
        r"|process (?:failed|died)|x-unix;|returned (?:a )?(?:non-?zero|error) (?:status|code|exit)"
        r"|status code \d",
    ),
    phrase(
        "contenterror",
        "RFC 2045, RFC 3463 x.6",
        r"\bmime\b|8-?bit|improper|character set|charset|non-?ascii|(?:invalid|malformed|bad"
        r"|illegal)[^.]{0,20}(?:header|mime|content|encoding|format)|line (?:too long|length)|media (?:error"
        r"|not supported|type)|conversion (?:required|not|with|fail)|can(?:'|no)t convert|nesting|content error",
    ),
    phrase(
        "syntaxerror",
        "RFC 5321 4.2.2: 500 to 504",
        r"syntax error|command (?:not|parameter not|unrecogni[sz]ed|is not|rejected|not implemented)|(?:bad"
        r"|out of) (?:sequence|order)|unrecogni[sz]ed (?:command|parameter|option)|malformed (?:address"
        r"|recipient|mail|command)|need (?:mail|rcpt|helo)|parameter(?:s)? (?:not|unrecogni|error)"
        r"|unsupported (?:option|parameter)|incorrectly constructed|invalid (?:command|parameter|argument)"
        r"|expected (?:mail|rcpt)",
    ),
    phrase(
        "systemerror",
        "RFC 3463 x.3.0, x.3.5; RFC 5321 451",
        r"system(?:s)? (?:error|config|problem|failure|unavail)|(?:service|server|mail ?server|system)(?: is"
        r"| currently| temporarily)* (?:unavailable|refused|not available|busy|error|overload|down|shutting)"
        r"|internal (?:server |software |system )?(?:error|problem)|local (?:error|problem|config|delivery fail"
        r"|system)|temporar\w+ (?:fail|error|unavail|problem|local|server|system|defer)"
        r"|config(?:uration)? (?:error|problem)|(?:can(?:'|no)t|could not|unable to|failed to) (?:create|open"
        r"|write|append|lock|access|store|save|read|deliver|exec|stat|chdir|find (?:the )?(?:mailbox|home))"
        r"|\bldap\b|\bdatabase\b|\bsql\b|lmtp|resources? (?:temporarily )?unavailable|deadlock"
        r"|unexpected (?:error|failure|exception)|processing (?:error|fail)|duplicated message-id"
        r"|operation (?:not permitted|timed)|i/o error|service refus|server (?:error|fault)|transaction failed"
        r"|milter|try (?:again )?later",
    ),
)
