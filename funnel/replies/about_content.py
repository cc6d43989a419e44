"""Phrases that say the message was refused for what it is: spam, permissions, policies. Lower case, no links."""

from __future__ import annotations

from funnel.replies.phrase import Phrase, phrase

CONTENT: tuple[Phrase, ...] = (
    phrase(
        "spamdetected",
        "wording of SpamAssassin, amavisd, Cloudmark, SES; RFC 5965",
        r"\bspam(?:my|ming)?\b",
        r"\bjunk\b",
        r"unsolicited|\bu[bc]e\b",
        r"black-?listed (?:url|link|content)",
        r"content (?:was |is |has been )?(?:rejected|denied|refused|blocked)",
        r"(?:rejected|refused|blocked|denied)(?: due to| because of| for| by)?(?: (?:its|the|message|your|bad"
        r"|banned|objectionable))* content",
        r"content[- ]filter",
        r"phish|scam",
        r"bulk (?:e-?)?mail",
        r"\burl ?(?:block|black|bl)\w*",
        r"bayes",
        r"\bscore\b.{0,40}(?:exceed|above|thres|reject)",
        r"looks? like (?:a )?(?:spam|bulk)",
        r"suspicious|message filtered",
        r"スパム|迷惑メール|垃圾",
    ),
    phrase(
        "failedstarttls",
        "RFC 3207, 8461, 8689",
        r"must issue (?:a )?starttls",
        r"starttls (?:is )?(?:required|needed|fail|not)",
        r"tls (?:is )?(?:required|negotiation failed|handshake|not available)",
        r"encryption (?:is )?(?:needed|required)|requires? (?:tls|encryption)",
        r"certificate (?:verif|not trust|expired|name)",
        r"ssl.{0,30}(?:fail|error)",
    ),
    phrase(
        "securityerror",
        "RFC 4954; attachments and permissions",
        r"(?:smtp )?auth(?:entication)?(?: is)? ?(?:required|failed|failure|credentials|unsuccessful|needed)",
        r"must (?:be )?authenticat",
        r"unauthenticated (?:senders?|users?)",
        r"not (?:yet )?authenticated",
        r"access (?:is |was )?denied",
        r"security (?:violation|reason|problem|error|concern|restriction)",
        r"(?:user|sender|you|recipient)?(?: is| are)? ?not authori[sz]ed",
        r"unauthori[sz]ed",
        r"(?:attachment|file|extension|executable).{0,60}(?:not|block|reject|forbid|prohibit|denied|illegal"
        r"|unacceptable|disallow|potential)",
        r"(?:illegal|prohibited|forbidden|unacceptable|banned|potentially executable) (?:attachment|file|content|mime)",
        r"permission (?:denied|problem)|you do(?:n't| not) have (?:the )?(?:permission|right)",
        r"restricted",
    ),
    phrase(
        "policyviolation",
        "RFC 5321 3.6.1: refused for policy",
        r"polic(?:y|ies)",
        r"\bviolat",
        r"prohibited",
        r"terms of service|acceptable use|\baup\b",
        r"administratively|by (?:the )?administrator|administrative(?:ly)? (?:prohib|denied|block|rule)",
        r"denied by|rejected by (?:rule|filter|system|server|gateway|header|body|local|our)",
        r"not (?:allowed|permitted) (?:by|here|to)",
        r"rule impos",
        r"closed mailing list|moderated",
    ),
)
