"""Words that name us: our domain, address, server or standing. What they say is not said of the reader.

A server that turns away our name uses the words it has for an unknown reader (RFC 5321 has one code for both), so what
a sentence is about decides, and not how it ends.
"""

from __future__ import annotations

import re

from funnel.replies.clean import without_names

_SENDER = (
    r"(?:your(?: own| sending| sender'?s?| mail| e-?mail| smtp| source| outgoing)* (?:domain|address(?! ?book)|name|mx"
    r"|dns|isp|provider|return[- ]?path|envelope|account|system)"
    r"|(?:domain|address|name|mx|dns) (?:of|in) (?:the |your )*(?:envelope |mail )?(?:sender|from|client|sending \w+)"
    r"|(?:domain|address|host|server) you (?:send|are sending|use|are using|mail)(?: mail)?(?: from)?"
    r"|senders?'?s?(?: e-?mail| domain| address| mailbox| account)*"
    r"|(?:sending|originat\w+|source) (?:domain|address|system)|originator"
    r"|(?:mail|envelope|header|smtp|rfc5322)[ .-]?from(?:[ :-]+(?:address|domain|header|field))?|mailfrom"
    r"|from[ :-]+(?:address|domain|header|field|line)|['\"(]?\bfrom:['\")]?"
    r"|(?:return|reverse)[- ]?path(?: address| mailbox)?)"
)
_SERVER = (
    r"(?:your(?: own| sending| mail| e-?mail| smtp| source| outgoing)* (?:ip(?: address)?|host(?: ?name)?|server"
    r"|mail ?server|mta|client|network|helo|ehlo|relay|connection)|(?:helo|ehlo)(?: name| host\w*| argument)?"
    r"|client(?: host\w*| ip| address| name)*|(?:connecting|sending|remote|source) (?:ip|host|server|client|mta)"
    r"(?: address)?|\bip(?: address)?|(?:host|server|client|address) #(?! said))"
)
_BAD = (
    r"(?:invalid|illegal|bad|bogus|forged|faked?|unknown|unresolvable|unverifi\w+|non-?existent|rejected|refused|denied"
    r"|blocked|banned|listed|prohibited|forbidden|unacceptable|suspicious|unauthori[sz]ed|missing|fail(?:s|ed|ure)?"
    r"|wrong|has no|on (?:an?|our|the|their) (?:[\w-]+ ){0,2}list|null ?mx|no (?:valid |such )?(?:mx|a|dns|ptr)\b"
    r"|(?:not|n't|cannot|never)(?: be| been| currently| appear to| seem to)*(?: an?)? (?:exist\w*|found|resolv\w*|known"
    r"|valid|verif\w+|accept\w*|allowed|permitted|authori[sz]ed|welcome|registered|trusted|recogni[sz]ed|match\w*"
    r"|have|configured|local|look|active))"
)
_READER = r"user|recipient|mail ?box|account|addressee|rcpt|customer|subscriber|destinat|person|local[- ]part"
# A few words that name nobody else.
_BETWEEN = rf"[ :;,'\"()-]*(?:(?!{_READER})[\w.<>'#/-]+[ :,'\"()-]+){{0,4}}?"
_TURNED_AWAY = (
    r"(?:invalid|illegal|bad|bogus|forged|faked?|unknown|unresolvable|unverifiable|non-?existent|no such|blocked|banned"
    r"|(?:cannot|can't|could not|couldn't|unable to|failed to) (?:find|resolve|verify|look ?up|accept)"
    r"|(?:do not|don't|does not|doesn't|not|won't) (?:accept\w*|like|know|recogni[sz]e|trust))"
)
# Whoever speaks of what goes out, or of a list that a sender is on, speaks of nobody's inbox.
_SENDING = re.compile(
    r"\b(?:outgoing|outbound) (?:e?-?mails?|messages?|smtp|deliver\w+)|\b(?:suspended|disabled|blocked|closed|locked) "
    r"(?:for|from) sending|\b(?:sending (?:mail |e-?mail )?from|(?:sending|submission) (?:privileges?|rights?))\b"
    r"|\b(?:you|it) (?:claims? to (?:be|come|send)|(?:sends?|log(?:ged)? in|authenticated?) (?:mail )?(?:from|with|as)"
    r")\b"
    r"|\bauthenticated (?:user|sender|account)\b|\breply-?to\b(?! (?:this|the))"
)
_AFTER = rf" (?:(?!{_READER})[\w.<>'#-]+ ){{0,3}}?"


def _said_of(whom: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){whom}{_BETWEEN}\b{_BAD}|\b{_TURNED_AWAY}{_AFTER}(?<![\w-]){whom}(?!\w)")


_ABOUT_SENDER, _ABOUT_SERVER = _said_of(_SENDER), _said_of(_SERVER)
_UNKNOWN_HOSTS = re.compile(
    r"from (?:an? |any )?(?:unknown|unverified|unresolvable|unauthenticated|dynamic) "
    r"(?:host|client|server|sender|domain)"
)
# A sender in other languages: who says only that, of something unknown or turned away, does not mean the recipient.
_SENDER_ABROAD = re.compile(
    r"\b(?:absender|exp[eé]diteur|remitente|mittente|remetente|afzender|nadawc|afsender|avs[aä]ndare|ode?s[ií]latel"
    r"|g[oö]nder(?:en|ici)|felad[oó]|l[aä]hett[aä]j|αποστολέ)|отправител|发件人|發件人|寄件者"
    r"|送信者|差出人|보낸 ?사람|발신자"
)
# An IP address or a list of senders, likewise.
_SERVER_ABROAD = re.compile(
    r"\b(?:adresse|direcci[oó]n|indirizzo|endere[cç]o|adres\w*) ip\b|(?<![a-z])ip[- ]?(?:adress\w*|adres\b"
    r"|адрес|アドレス|地址|주소)"
    r"|\b(?:lista (?:negra|nera)|liste noire|schwarz\w+ liste|zwarte lijst|czarn\w+ li[sś]\w+)"
    r"|ч[её]рн\w+ спис|ブラックリスト|黑名单|黑名單"
)
_MENTION = re.compile(
    r"\b(?:senders?|from|your|client|ip|helo|ehlo|mta|polic(?:y|ies)|authenticat\w+|unauthenticated|reputation|spf|dkim"
    r"|dmarc|spam\w*|relay\w*|(?:block|black|deny|white|allow)[- ]?list\w*|d?n?sbl|rbl)\b"
)


def said_of_us(text: str) -> str:
    """The reason that a refusal has where it speaks of us: `rejected`, `blocked`, or "" where it does not.

    `text` is what `lowered` gives.
    """
    bare = without_names(text)
    if any(each.search(bare) is not None for each in (_ABOUT_SERVER, _UNKNOWN_HOSTS, _SERVER_ABROAD)):
        return "blocked"
    ours = any(each.search(bare) is not None for each in (_ABOUT_SENDER, _SENDING, _SENDER_ABROAD))
    return "rejected" if ours else ""


def mentions_us(text: str) -> bool:
    """Whether there is any word of us or of policy in it, so that it may speak of something else than the reader."""
    return _MENTION.search(without_names(text)) is not None
