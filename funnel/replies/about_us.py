"""Phrases that say the trouble is with the sender: identity, reputation, rate, content. Lower case, no links."""

from __future__ import annotations

from funnel.replies.phrase import Phrase, phrase

_THIS = r"(?:your |the |this |client |sending |connecting |remote |source |sender'?s? |my )"
_SERVER = r"(?:ip(?: address)?|host(?:name)?|client|server|network|mta|isp|mail ?server|sender ip)"
_SHUT = (
    r"(?:blocked|banned|rejected|refused|denied|black-?listed|block-?listed|listed|not (?:allowed|accepted|permitted"
    r"|welcome|authori[sz]ed)|bloqu[eé]e?)"
)

IDENTITY: tuple[Phrase, ...] = (
    phrase(
        "spamdetected",
        "said outright: SpamAssassin, Google Groups, amavisd, Exim, IMail",
        r"(?:blocked|refused|rejected|stopped) by (?:\w+ )?(?:d?spam|spamassassin|rspamd|anti-?spam)",
        r"(?:classified|identified|detected|considered|marked|flagged|tagged|recogni[sz]ed|regarded|appears?"
        r"|looks?|rejected|suspected)(?: (?:by|as|like|to be|due to|because|of|it|being|is|a|the|possible"
        r"|probable|likely))* spam\b(?!ming)",
        r"\bspam (?:classification|detected|message|content|filter|mail|score|rejected)",
        r"black-?listed (?:url|link)",
        r"message content rejected|content (?:was |is )?(?:rejected|denied) as spam",
    ),
    phrase(
        "virusdetected",
        "common wording of virus filters: ClamAV, amavisd, Exim, Sophos",
        r"\bvirus(?:es)?\b.{0,40}\b(?:found|detected|infect|rejected|refused|block)",
        r"\b(?:contain\w*|carr\w+|detected|found|infected (?:with|by)|has|malicious)\b.{0,30}\b(?:virus|malware"
        r"|worm|trojan)\b",
        r"\binfected\b",
        r"\bmalware\b",
        r"\bvirus infected\b",
        r"\bvirus[ -]?(?:detected|scanner)\b.{0,40}reject",
        r"\bvirenfund\b|ウ[イィ]ルス.{0,20}(?:検|感染)",
    ),
    phrase(
        "authfailure",
        "RFC 7208, 6376, 9989",
        r"\bdmarc\b",
        r"\bdkim\b",
        r"\bspf\b",
        r"domainkeys",
        r"sender policy framework",
        r"(?:e-?mail|message|mail|sender) (?:is|was)? ?(?:un|not )authenticated\b(?! senders)",
        r"unauthenticated (?:e-?mail|mail|message)",
        r"does not designate",
        r"is not (?:allowed|permitted|authori[sz]ed) to send (?:e?mail|messages)? ?(?:from|for|on behalf)",
        r"sender authentication (?:failed|failure)",
        r"sender is forged|forged sender",
        r"message failed authentication",
    ),
    phrase(
        "requireptr",
        "RFC 1912 2.1; M3AAWG sender practices",
        r"\bptr\b",
        r"reverse[ -]?(?:dns|lookup|host|name|mapping|address|record|resolution|ip)",
        r"\br-?dns\b",
        r"no reverse",
        r"dns reverse",
        r"unresolvable (?:relay )?host",
        r"cannot (?:find|resolve) your (?:hostname|reverse|ip)",
        r"ip (?:address )?(?:name )?(?:does not|cannot be|not) resolv",
        r"client host rejected: cannot find",
        r"(?:ip|address).{0,40}(?:no|without|missing) (?:a )?(?:valid )?(?:dns|host) ?name",
        r"forward[- ]confirmed",
        r"could not (?:resolve|reverse) (?:ip|your)",
        r"no hostname for",
    ),
    phrase(
        "toomanyconn",
        "RFC 5321 4.5.4.1: limits of the server on connections",
        r"too many (?:(?:concurrent|simultaneous|open|smtp|active|tcp) )*(?:connections?|sessions?)",
        r"connection (?:rate|frequency|count)",
        r"(?:connections?|sessions?)\b[^.]{0,40}(?:limit|exceed|exhaust)",
        r"max(?:imum)?(?: number of)?(?: concurrent| simultaneous| smtp)* (?:connections?|sessions?)",
        r"concurren(?:t|cy).{0,30}(?:limit|exceed)",
        r"trop de connexions",
    ),
    phrase(
        "speeding",
        "rates: RFC 5321 4.5.3.1.10, Gmail, Postfix anvil",
        r"rate[- ]?(?:limit|control|exceed)",
        r"(?:receiving|sending) (?:mail|messages|e-?mail) (?:at a rate|too)",
        r"\btoo (?:fast|frequent(?:ly)?|quickly)\b",
        r"thrott",
        r"(?:sending|message|mail|sender|daily|hourly|recipient)(?: (?!size)\w+)? (?:quota|limit|rate)s? (?:is |was "
        r"|has been )?(?:exceed|reach|exhaust)",
        r"too many (?:messages|e-?mails|mails|recipients|rcpts?)",
        r"exceed\w*.{0,60}(?:messages|e-?mails|mails|recipients) (?:per|in|within|from)",
        r"excessive (?:volume|rate|mail)",
        r"unusual (?:rate|volume|sending)",
        r"\bflood",
        r"slow down",
        r"too much (?:mail|traffic)",
        r"mail rate",
        r"maximum (?:rate|number of (?:messages|recipients))",
    ),
    phrase(
        "blocked",
        "Postfix reject_rbl_client",
        r"(?:client host|client|host)(?: ip| \(?ip\)?| [\w.-]{1,200})* blocked using",
    ),
    phrase(
        "badreputation",
        "Gmail, Talos, Sender Score",
        r"reputation",
        r"senderbase|sender ?score|talos",
        r"unexpected volume",
        r"(?:complaint|abuse) rate",
    ),
    phrase(
        "blocked",
        "RFC 5782 DNS block lists; RFC 5321 4.1.4 HELO",
        r"block(?:ed)? (?:using|by|via|with|for|due to|on|list).{0,120}",
        r"\bblock[- ]?list",
        r"(?<!sender )\bblack[- ]?list(?!ed (?:url|link|content))",
        r"\bdeny[- ]?list",
        r"\brbls?\b|\bdn?s?[bw]ls?\b|\bxbl\b|\bpbl\b|\bzen\b",
        r"spamhaus|spamcop|barracudacentral|sorbs|uceprotect|abuseat|spfbl|mailspike|cloudmark csi"
        r"|proofpoint.{0,20}dnsbl",
        rf"\b{_THIS}?{_SERVER}\b(?: (?:ip|<>|\[ip\]|\(ip\)|[\w.-]{{3,80}}(?:\[ip\])?|from|at|of|your"
        rf"|the))*:?,? (?:is |was |are |has been |have been |temporarily |currently |rejected: )*{_SHUT}\b",
        r"\b(?:helo|ehlo)\b(?! handshake)",
        r"dynamic(?:ally)?(?: assigned)? (?:ip|address|pool|host|range|dns|client)",
        r"dial-?up|dsl (?:pool|line)|residential",
        r"smtp server of your (?:isp|provider)",
        r"use your (?:isp|provider)'?s",
        r"\b(?:connections?|access|mail|messages?) from .{0,60}(?:ip|host|server|network|isp"
        r"|country).{0,60}(?:not|denied|refused|rejected|block)",
        r"messages from (?:ip|\[ip\]).{0,60}(?:weren't|not|were)",
        r"(?:not allowed|not permitted) to (?:connect|access)|spam blocked",
        r"no access from mail ?server",
        r"your access to (?:submit|this|the)|\bip you're using|smtp relay (?:at|of|from) your",
        r"connections? (?:from|by|of) .{0,80}(?:refused|rejected|denied|blocked|not )|connection rejected by",
        r"white-?list",
        r"gr[ae]y-?list",
        r"\bblocked - see\b|^(?:\d{3}[ -])?blocked\b",
        r"bad host",
        r"invalid (?:host|helo)",
        r"adresse ip source bloqu",
        r"ip.{0,20}gesperrt",
        r"not accept(?:ing)? (?:mail|messages|connections) from (?:your|this|servers|ip|dynamic)",
    ),
    phrase(
        "notcompliantrfc",
        "RFC 5322 3.6",
        r"(?<!/)rfc ?-?(?:2?822|5322|2606|5321)\b(?! ?;)",
        r"not rfc.{0,12}compliant",
        r"multiple (?:from|subject|to|date|sender|addresses? in from)\b",
        r"(?:missing|no|without|duplicate[d]?|more than one|invalid|malformed|lacks?)(?: a| an| the)?(?: valid"
        r"| required)? ?(?:'|\")?(?:from|date|subject|message-id|to|sender|received|required)(?:'"
        r"|\")?:? (?:header|field|line)",
        r"header.{0,40}(?:not compliant|non-?compliant|are not accepted)",
        r"bare (?:lf|newline|linefeed|cr)\b",
        r"messages? (?:without|missing) (?:an? )?(?:valid )?(?:from|date|subject|message-id)",
    ),
)

PERMISSION: tuple[Phrase, ...] = (
    phrase(
        "norelaying",
        "RFC 5321 3.6: relaying",
        r"relay(?:ing)?(?: access| mail| is| was|:)? ?(?:to [^ ]{1,100} )?(?:denied|not (?:permitted|allowed"
        r"|authori[sz]ed|possible)|prohibited|refused|rejected|disabled|attempt|forbidden)",
        r"(?:unable|not? allowed|not permitted|cannot|refus\w+|not authori[sz]ed|unauthori[sz]ed|do(?:es)? not"
        r"|don't|will not|won't|no) (?:to )?relay",
        r"rcpthosts",
        r"not (?:a |an )?(?:local|hosted|relay) domain",
        r"open relay",
        r"relay not|not configured to relay",
        r"domain is not (?:hosted|handled|local)",
        r"not a gateway",
        r"we do(?:n't| not) (?:handle|host|serve) (?:mail for )?(?:this|that|the)? ?domain",
        r"insecure mail relay",
    ),
    phrase(
        "rejected",
        "RFC 3463 x.1.7, x.1.8; RFC 4407 (purported responsible address)",
        r"sender(?:'s)?(?: address| domain| verify| verification| email| e-mail| ip)?(?: <>)?:? ?(?:is |was "
        r"|has been |not |does not |could not be )*(?:rejected|denied|refused|blocked|unknown|failed|allowed"
        r"|black-?listed|exist|found|valid|verif|prohibited|resolv|accepted|trusted|listed|banned)",
        r"(?:domain|address) of (?:the )?sender",
        r"(?:invalid|bad|unknown|unresolvable|blocked|forged|illegal|unverifiable|fake"
        r"|non-?existent) (?:envelope )?(?:sender|return[- ]path|from address|mail from)",
        r"purported responsible",
        r"<>\s?(?:\.\.\.)? ?(?:sender|access) (?:denied|rejected)",
        r"(?:null|empty|blank)(?: envelope| reverse)?[- ]?(?:sender|path|return)",
        r"mail from (?:<> |address |command |this |domain )?(?:[^ ]{0,60} )?(?:not|is|was|denied|rejected"
        r"|refused|does)\b(?!.{0,40}polic)",
        r"permission to post|not (?:be )?(?:open|allowed) to post|posts? (?:to this|by non-?members)"
        r"|members?[- ]only|only (?:members|subscribers)",
        r"(?:not|n't) accept(?:ing)? (?:mail|messages|e-?mail)s? from (?:<>|you|this (?:sender|address|domain)"
        r"|that|the sender)",
        r"recipient.{0,40}(?:refus|reject|block)\w* (?:mail|messages)? ?from (?:you|the sender|this sender)",
        r"berechtigungen|erforderlichen berechtigung|дозволу публікувати|autorizaci[oó]n para publicar"
        r"|autorisation de (?:publier|poster)|投稿(?:する)?権限"
        r"|グループ.{0,60}(?:投稿|存在しない)|permiss[aã]o para postar"
        r"|autorizzazione.{0,20}pubblicare|разрешения на публикацию|google[- ]?group|google groups",
    ),
)
