"""Codes and set phrases that providers document. Matched against the lower-case text with addresses and links in it."""

from __future__ import annotations

from funnel.replies.model import Phase
from funnel.replies.phrase import Phrase, phrase

_GOOGLE = "support.google.com: Gmail SMTP errors and codes"
_YAHOO = "senders.yahooinc.com: SMTP error codes"
_MICROSOFT = "learn.microsoft.com: e-mail non-delivery reports in Exchange Online"
_OUTLOOK = "sendersupport.olc.protection.outlook.com: troubleshooting codes"
_EXCHANGE = "learn.microsoft.com: DSN texts of Exchange Server's resolver and routing"
_APPLE = "support.apple.com/en-us/102322: postmaster information for iCloud Mail"
_COX = "postmaster.cox.net: error codes"
_SPECTRUM = "spectrum.net: understanding e-mail error codes"
_COMCAST = "postmaster.comcast.net: error codes"
_ORANGE = "postmaster.orange.fr: OFR and LPN codes"
_FACEBOOK = "postmaster.facebook.com/response_codes"
_GMX = "postmaster.gmx.net: error messages"
_AOL = "postmaster.aol.com: error codes"
_QQ = "service.mail.qq.com: bounce help"

PROVIDERS: tuple[Phrase, ...] = (
    # Google names the case in the link it gives.
    phrase("userunknown", _GOOGLE, r"\?p=nosuchuser\b"),
    phrase("suspend", _GOOGLE, r"\?p=(?:disableduser|inactiveuser)\b"),
    phrase("mailboxfull", _GOOGLE, r"\?p=overquota(?:perm|temp)?\b"),
    phrase("speeding", _GOOGLE, r"\?p=(?:receivingrate|mailflood|unsolicitedratelimiterror|dailylimit)"),
    phrase(
        "authfailure",
        _GOOGLE,
        r"\?p=(?:dmarcrejection|unauthenticatedmail|unauthorized)",
        "requires all senders to auth",
    ),
    phrase("notcompliantrfc", _GOOGLE, r"\?p=(?:rfcmessagenoncompliant|badrfc)"),
    phrase("policyviolation", _GOOGLE, r"\?p=blockedmessage", r"because its content presents a potential"),
    phrase("toomanyconn", _GOOGLE, r"\?p=(?:toomanyconnections|connectionslimit)"),
    phrase("mesgtoobig", _GOOGLE, r"\?p=maxsizeerror"),
    phrase("requireptr", _GOOGLE, r"\?p=(?:ipv6autherror|ipptr)", r"ptr records and (?:ipv6 )?authentication"),
    # Yahoo and AOL
    phrase("badreputation", _YAHOO, r"\[tss?0\d\]", "unexpected volume or user complaints"),
    phrase("blocked", _YAHOO, r"\[(?:bl|ipts)\d\d\]", r"\bphrase: \w+ \(ip\)"),
    phrase("policyviolation", _YAHOO, r"not accepted for policy reasons", host="yahoo"),
    phrase("userunknown", _YAHOO, r"this user doesn't have a .{3,80} account", phase=Phase.RCPT),
    phrase("userunknown", _OUTLOOK, r"requested action not taken: mailbox unavailable", host="hotmail"),
    phrase("userunknown", _OUTLOOK, r"requested action not taken: mailbox unavailable", host="outlook.com"),
    # After DATA too: "dd" is Yahoo's own code for a mail that it could not deliver to this account.
    phrase("userunknown", _YAHOO, r"delivery error: dd this user doesn't have a .{3,80} account"),
    phrase("blocked", _AOL, r"\(?\b(?:dyn|dns|rtr|rly|con):[a-z]{1,2}\d?\b"),
    phrase("authfailure", _AOL, r"\(dms?:nr\)", r"\bdmarc:nr\b"),
    phrase("spamdetected", _AOL, r"\((?:hvu|cnt|int):[a-z]\d\)"),
    # Microsoft: outlook.com and Exchange Online
    phrase("authfailure", _MICROSOFT, r"\b5\.7\.(?:509|515|512)\b", r"required authentication level"),
    phrase("authfailure", _MICROSOFT, r"\b5\.7\.23\b", host="outlook"),
    phrase(
        "blocked",
        _MICROSOFT,
        r"\b5\.7\.(?:606|607|608|609|61\d|62\d|63\d|64[0-9])\b",
        r"\b5\.7\.511\b",
        r"banned sending ip",
    ),
    phrase("spamdetected", _MICROSOFT, r"\b5\.7\.(?:501|502|503|520|705|703)\b(?=.{0,200}(?:spam|abuse|bulk))"),
    phrase("speeding", _MICROSOFT, r"\b5\.7\.(?:508|708|232|233)\b", r"\b5\.2\.12[12]\b", r"\b4\.7\.(?:500|508)\b"),
    phrase("userunknown", _MICROSOFT, r"5\.4\.1\b.{0,120}recipient address rejected: access denied"),
    phrase("rejected", _MICROSOFT, r"all recipient addresses rejected ?: access denied"),
    phrase("hostunknown", _MICROSOFT, r"\bdns domain .{3,200} does not exist"),
    phrase("norelaying", _MICROSOFT, r"tenantattribution; relay access denied"),
    phrase("blocked", _OUTLOOK, r"\((?:s3140|s3150|s3114|dy-00\d|rp-00[123]|hm-00\d|ip-00\d)\)|(?:sc|dy)-00\d\)?"),
    phrase("requireptr", _OUTLOOK, r"domain \[[^\]]{3,200}\] mismatches client ip"),
    phrase("suspend", _OUTLOOK, r"\bou-00[12]\b.{0,40}mailbox"),
    phrase("blocked", _OUTLOOK, r"\bou-00\d\b"),
    # Exchange Server says which of its own checks failed.
    phrase(
        "userunknown",
        _EXCHANGE,
        r"resolver\.adr\.(?:recip(?:ient)?notfound|exrecipnotfound|invalidinsmtp|recipientnotfound|ambiguous)",
        r"\bmsexch:ims:.{0,200}\(000c05a6\)",
        r"the recipient name is not recogni[sz]ed",
        r"resolver\.adr\.badprimary",
    ),
    phrase("exceedlimit", _EXCHANGE, r"resolver\.rst\.recipsizelimit"),
    phrase(
        "mesgtoobig",
        _EXCHANGE,
        r"(?:routing\.)?sizelimit\b",
        r"resolver\.rst\.sendersizelimit",
        r"\(000c05a7\)?.{0,60}size",
    ),
    phrase(
        "securityerror", _EXCHANGE, r"resolver\.rst\.(?:notauthorized|authrequired|recipient?notauthorized|notauth)"
    ),
    phrase("networkerror", _EXCHANGE, r"resolver\.fwd\.loop", r"routing\.loopdetected|\bhop count exceeded"),
    phrase(
        "mailboxfull", _EXCHANGE, r"storedrv\.deliver.{0,80}(?:quota|mailboxfull)", r"mapiexceptionshutoffquotaexceeded"
    ),
    phrase("suspend", _EXCHANGE, r"storedrv\.deliver.{0,80}(?:disabled|offline|logonfailure)"),
    phrase(
        "systemerror",
        _EXCHANGE,
        r"storedrv\.(?:deliver|submit)",
        r"queue\.expired.{0,200}unknown",
        r"msexch:msexchangemta",
    ),
    phrase("expired", _EXCHANGE, r"queue\.expired"),
    phrase("filtered", _EXCHANGE, r"resolver\.(?:grp|oofs|rst\.dl)"),
    # Apple
    phrase("speeding", _APPLE, r"deferred due to excessive volume"),
    phrase("policyviolation", _APPLE, r"\[(?:cs0\d|hm0\d|ipt\d)\] message rejected due to local policy"),
    phrase("userunknown", _APPLE, r"inactive email address"),
    phrase("hasmoved", _APPLE, r"recipient no longer on server"),
    # Cox and Spectrum share a gateway and the form of its codes.
    phrase("blocked", _COX, r"aup#(?:cxbl|cdrbl|ipbl\d+|cxdns|cxip|cxsnd\d*)\b"),
    phrase("toomanyconn", _COX, r"aup#cxcnct\b"),
    phrase("speeding", _COX, r"aup#(?:cxmxrt|cxthrt)\b"),
    phrase("rejected", _COX, r"aup#cxsndr\b"),
    phrase("userunknown", _COX, r"aup#cxrcpt\b"),
    phrase("spamdetected", _COX, r"aup#cxmsg\b"),
    phrase("toomanyconn", _SPECTRUM, r"aup#(?:in|out|i|o)-13\d\d\b", host="spectrum"),
    phrase("blocked", _SPECTRUM, r"aup#(?:in|i)-1[0-2]\d\d\b|aup#[a-z]+-1[0-2]\d\d\b"),
    phrase("spamdetected", _SPECTRUM, r"aup#(?:in|i)-1[56]\d\d\b"),
    # Comcast
    phrase("blocked", _COMCAST, r"\bbl0000\d\d\b|\bbl1\d{5}\b"),
    phrase("toomanyconn", _COMCAST, r"\brl000001\b"),
    phrase("speeding", _COMCAST, r"\brl00000[2-9]\b"),
    # Orange, Wanadoo, La Poste: the number after OFR is the case.
    phrase(
        "userunknown",
        _ORANGE,
        r"\bofr\d{0,3}_(?:416|236)\b|\blpn\d{0,3}_(?:401|410|422)\b|\baucun destinataire valide\b",
    ),
    phrase("mailboxfull", _ORANGE, r"\b(?:ofr|lpn)\d{0,3}_417\b"),
    phrase("suspend", _ORANGE, r"\b(?:ofr|lpn)\d{0,3}_(?:418|425|426)\b"),
    phrase(
        "blocked", _ORANGE, r"\bofr\d{0,3}_(?:101|102|103|108|201|207|506)\b|\blpn\d{0,3}_(?:102|105|108|109|11\d)\b"
    ),
    phrase("blocked", _ORANGE, r"\b(?:ofr|lpn)\d{0,3}_999\b"),
    phrase("toomanyconn", _ORANGE, r"\b(?:ofr|lpn)\d{0,3}_104\b"),
    phrase("speeding", _ORANGE, r"\bofr\d{0,3}_(?:109|204|405|519)\b"),
    phrase("systemerror", _ORANGE, r"\b(?:ofr|lpn)\d{0,3}_(?:10[5-7]|20[2358]|305|50[1-5]|51\d)\b"),
    phrase("authfailure", _ORANGE, r"\bofr\d{0,3}_(?:401|515|518)\b"),
    phrase("rejected", _ORANGE, r"\b(?:ofr|lpn)\d{0,3}_(?:402|403|509)\b"),
    # Facebook
    phrase("userunknown", _FACEBOOK, r"\brcp-p1\b"),
    phrase("filtered", _FACEBOOK, r"\brcp-p[23]\b|\bint-p7\b|refused due to recipient preferences"),
    phrase("speeding", _FACEBOOK, r"\bcon-t[1-9]\b|\bmsg-t1\b|\brcp-t1\b"),
    phrase("blocked", _FACEBOOK, r"\b(?:pol|dns)-[pt](?:[1-4])\b"),
    phrase("spamdetected", _FACEBOOK, r"\b(?:pol-p[67]|pol-t[67])\b"),
    phrase("notcompliantrfc", _FACEBOOK, r"\bpol-p5\b|\bint-p[256]\b"),
    phrase("policyviolation", _FACEBOOK, r"\bint-p[134]\b"),
    # GMX, web.de, 1&1
    phrase("requireptr", _GMX, r"bad dns ptr resource record|no ptr resource record"),
    phrase("blocked", _GMX, r"nemesis esmtp service not available"),
    phrase("speeding", _GMX, r"mail (?:send|delivery) limit exceeded|sending limit"),
    # Tencent
    phrase("blocked", _QQ, r"connection denied", host="qq.com"),
    phrase("toomanyconn", _QQ, r"connection frequency limited|too many connections"),
    phrase("speeding", _QQ, r"(?:ip|domain|sender|mail(?:box)?|mail from) (?:frequency|rate) limited"),
    phrase(
        "spamdetected",
        _QQ,
        r"mail (?:content|is rejected by).{0,20}(?:denied|spam)|suspected (?:spam|bounce attacks)",
        host="qq.com",
    ),
    # NTT docomo answers for a reader's own filter only after it has taken the mail in.
    phrase("rejected", "docomo.ne.jp: refusal settings", r"unknown user", host="docomo", phase=Phase.DATA),
    phrase(
        "filtered",
        "KDDI: au and ezweb answer 550 after DATA where the reader's filter refused",
        r"user unknown",
        host="ezweb",
        phase=Phase.DATA,
    ),
    # Symantec Email Security.cloud with address registration on
    phrase("userunknown", "support.broadcom.com: 542 and 550 Rejected", r"\b54[12] .{3,200} rejected\b"),
    phrase(
        "userunknown", "support.broadcom.com: invalid recipient", r"no such user|invalid recipient", host="messagelabs"
    ),
)

# What the report says itself, above or below the server's words, where those do not tell a mailbox from a filter.
EXPLAINED: tuple[Phrase, ...] = (
    phrase("userunknown", _GOOGLE, r"\*\* address not found \*\*", r"because the address couldn't be found"),
    phrase("userunknown", _MICROSOFT, r"wasn't found (?:at|in) ", r"the email address you entered couldn't be found"),
    phrase("userunknown", "Verizon Wireless: vtext and vzwpix gateways", r"no valid recipients for this mm"),
)
