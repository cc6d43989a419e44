"""What status and reply codes mean where the text says no more (RFC 3463, its registry by RFC 5248, RFC 5321)."""

from __future__ import annotations

# Without the class digit: 4.2.2 and 5.2.2 are the same fact, once for now and once for good.
STATUS: dict[str, str] = {
    # RFC 3463, 3.2: addressing
    "1.1": "userunknown",
    "1.2": "hostunknown",
    "1.3": "userunknown",
    "1.4": "filtered",
    "1.6": "hasmoved",
    "1.7": "rejected",
    "1.8": "rejected",
    "1.9": "systemerror",  # RFC 3886: relayed to a system that cannot tell
    "1.10": "notaccept",  # RFC 7505: the domain has a null MX
    # 3.3: mailbox
    "2.0": "filtered",
    "2.1": "suspend",
    "2.2": "mailboxfull",
    "2.3": "exceedlimit",
    "2.4": "filtered",
    # 3.4: mail system
    "3.1": "systemfull",
    "3.2": "notaccept",
    "3.3": "systemerror",
    "3.4": "mesgtoobig",
    "3.5": "systemerror",
    # 3.5: network and routing
    "4.0": "networkerror",
    "4.1": "expired",
    "4.2": "expired",
    "4.3": "systemerror",
    "4.4": "hostunknown",
    "4.5": "expired",
    "4.6": "networkerror",
    "4.7": "expired",
    # 3.6: protocol
    "5.1": "syntaxerror",
    "5.2": "syntaxerror",
    "5.3": "speeding",  # too many recipients in one go: no fault of the address
    "5.4": "syntaxerror",
    "5.5": "syntaxerror",
    "5.6": "mesgtoobig",  # RFC 4954: authentication exchange line is too long
    # 3.7: content
    "6.0": "contenterror",
    "6.1": "contenterror",
    "6.2": "contenterror",
    "6.3": "contenterror",
    "6.4": "contenterror",
    "6.5": "contenterror",
    "6.6": "contenterror",
    "6.7": "contenterror",  # RFC 6531: non-ASCII addresses
    "6.8": "contenterror",
    "6.9": "contenterror",
    # 3.8: security and policy, with RFC 4954, 5248, 7293, 7372, 7505, 8689
    "7.0": "securityerror",
    "7.1": "rejected",
    "7.2": "rejected",
    "7.3": "securityerror",
    "7.4": "securityerror",
    "7.5": "securityerror",
    "7.6": "securityerror",
    "7.7": "securityerror",
    "7.8": "securityerror",
    "7.9": "securityerror",
    "7.10": "securityerror",
    "7.11": "securityerror",
    "7.12": "securityerror",
    "7.13": "suspend",
    "7.14": "securityerror",
    "7.17": "hasmoved",  # RFC 7293: the mailbox has another owner now
    "7.18": "hasmoved",
    "7.19": "rejected",
    "7.20": "authfailure",
    "7.21": "authfailure",
    "7.22": "authfailure",
    "7.23": "authfailure",
    "7.24": "authfailure",
    "7.25": "requireptr",
    "7.26": "authfailure",
    "7.27": "rejected",  # RFC 7505: the sender's domain takes no mail
    "7.28": "speeding",
    "7.29": "authfailure",
    "7.30": "failedstarttls",
    # Three digits are Microsoft's (learn.microsoft.com: e-mail non-delivery reports in Exchange Online).
    "1.20": "notcompliantrfc",
    "1.90": "speeding",
    "1.351": "userunknown",
    "2.121": "speeding",
    "2.122": "speeding",
    "4.300": "expired",
    "4.310": "hostunknown",
    "4.312": "networkerror",
    "4.14": "networkerror",
    "4.316": "expired",
    "4.317": "networkerror",
    "7.57": "securityerror",
    "7.64": "norelaying",
    "7.124": "rejected",
    "7.133": "rejected",
    "7.134": "rejected",
    "7.135": "rejected",
    "7.136": "rejected",
    "7.501": "spamdetected",
    "7.502": "spamdetected",
    "7.503": "spamdetected",
    "7.504": "rejected",
    "7.505": "rejected",
    "7.506": "blocked",
    "7.507": "blocked",
    "7.508": "speeding",
    "7.509": "authfailure",
    "7.511": "blocked",
    "7.512": "notcompliantrfc",
    "7.513": "blocked",
    "7.515": "authfailure",
    "7.606": "blocked",
    "7.703": "spamdetected",
    "7.705": "spamdetected",
    "7.708": "blocked",
    "7.750": "rejected",
}
# Only for now (class 4) these are something else: the domain may exist, its name server did not answer.
TEMPORARY: dict[str, str] = {"4.4": "networkerror", "1.2": "networkerror", "4.3": "networkerror", "7.1": "blocked"}

# RFC 5321, 4.2.3; RFC 7504 (521, 556); RFC 4954 (530, 534, 535, 538)
REPLY: dict[str, str] = {
    "421": "systemerror",
    "451": "systemerror",
    "452": "systemfull",
    "500": "syntaxerror",
    "501": "syntaxerror",
    "502": "syntaxerror",
    "503": "syntaxerror",
    "504": "syntaxerror",
    "521": "notaccept",
    "525": "suspend",
    "530": "securityerror",
    "534": "securityerror",
    "535": "securityerror",
    "538": "securityerror",
    "552": "mailboxfull",
    "556": "notaccept",
}


def by_status(code: str) -> str:
    """The reason of an enhanced code; "" where it tells nothing."""
    kind, _, detail = code.partition(".")
    if kind == "4" and detail in TEMPORARY:
        return TEMPORARY[detail]
    return STATUS.get(detail, "")
