"""Phrases about the recipient's mailbox and domain. Lower case, addresses replaced by <>, links removed."""

from __future__ import annotations

from funnel.replies.phrase import Phrase, phrase

_WHO = (
    r"(?:e-?mail|local|mail|destination|recipient'?s?|user'?s?|final|virtual)?[ -]?(?:users?|recipients?"
    r"|mailbox(?:es)?|account|address(?:ee)?s?|alias|person|customer|subscriber|rcpt|login|destination|to address"
    r"|userid|inbox|handle|mail-?address|mail ?box|owner)"
)
_GAP = r"[ :;.,'\"()-]*"
_IS = (
    rf"(?:'s|s')?{_GAP}(?:(?:<>|\[<>\]|name|address|id|account|is|was|are|were|has been|has|have|could|cannot"
    rf"|can not|can't|be|named [^ ]{{1,60}}|you (?:specified|entered|tried to reach"
    rf"|are trying to (?:reach|contact|send to))"
    rf"|that you tried to reach|currently|here|either|may|in this|on this|server)\b{_GAP}|<>{_GAP}){{0,6}}"
)

MAILBOX: tuple[Phrase, ...] = (
    phrase(
        "exceedlimit",
        "RFC 3463 x.2.3",
        r"too (?:large|big|long) for (?:this|the) (?:recipient|user|mailbox)",
        r"(?:exceeds|over|limit).{0,30}set by (?:the )?recipient",
        r"recipient'?s? (?:message )?size limit",
        r"exceeds administrative limit|length exceeds",
    ),
    phrase(
        "mailboxfull",
        "RFC 3463 x.2.2; RFC 5321 552 and 452",
        r"(?:mail ?box|mailfolder|mail folder|account|inbox|maildir|mail ?drop|user|recipient|box|<>|storage"
        r"|directory|spool)'?s?[^.]{0,60}\b(?:is |are |was |too )*(?:full|over ?quota|out of (?:storage|space"
        r"|quota|disk))\b",
        r"\bfull mail ?box",
        r"mailbox[^.]{0,40}(?:size|limit|space|storage|quota)",
        r"(?:over|exceed\w*|exceeding|out of|above|no|low|insufficient)\b[^.]{0,40}\b(?:(?:disk |storage "
        r"|mailbox |allowed |his |her |their |its |the |allocated )*quota|storage (?:allocation|space|limit"
        r"|allotment)|mail ?box (?:size|space|storage|limit))",
        r"\bquota\b[^.]{0,30}(?:exceed|reach|violat|full|exhaust|exc[eé]d)",
        r"over ?quota|overquota|\bover limit\b",
        r"(?:exhausted|exceeded) (?:allowed|his|her|their|the) (?:storage|disk|mailbox|mail)",
        r"(?:not enough|insufficient) (?:storage|disk|mailbox)? ?(?:space|room)[^.]{0,30}(?:mailbox|user|account"
        r"|recipient)",
        r"user has too many messages|too many messages (?:on this|in the|in) (?:mailbox|server|inbox)",
        r"insufficient storage|storage quota",
        r"bo[iî]te[^.]{0,60}plein|quota (?:d[eé]pass[eé]|du destinataire)|postfach[^.]{0,30}voll"
        r"|buz[oó]n[^.]{0,30}llen|casella[^.]{0,40}piena|caixa postal[^.]{0,20}cheia|mailbox vol\b"
        r"|skrzynk\w+[^.]{0,30}pe[lł]n|переполнен|満杯|いっぱい|容量.{0,12}(?:超|不足)|(?:邮箱|郵箱).{0,12}(?:已满|满|滿)",
    ),
    phrase(
        "suspend",
        "RFC 3463 x.2.1; RFC 5248 x.7.13",
        rf"{_WHO}{_IS}\b(?:(?:has been |is |was |temporar\w+ |permanently |administratively "
        rf"|currently )*(?:disabled|suspended|inactive|inactivated|not active|deactivated|de-activated|locked"
        rf"|blocked|frozen|on hold|terminated|closed|discontinued|cancell?ed|restricted|over the limit|dormant"
        rf"|archived|deleted|expired))\b",
        r"\b(?:disabled|suspended|inactive|deactivated|locked|frozen|dormant|closed|expired"
        r"|cancell?ed) (?:e-?mail |mail |recipient |user |user'?s |temporarily |due to inactivity )*(?:mailbox"
        r"|account|user|address|recipient)",
        r"account.{0,12}(?:is )?temporarily (?:unavailable|disabled)",
        r"mailbox (?:access )?disabled|mailbox disabled",
        r"not accepting messages|invalid/inactive user|user (?:is )?(?:currently )?(?:inactive|disabled)"
        r"|no longer (?:active|available|in use|valid|accept)",
        r"temporary locked|temporarily locked",
        r"compte.{0,40}(?:bloqu|suspendu|d[eé]sactiv|inactif)|konto.{0,40}(?:gesperrt|deaktiviert|inaktiv)"
        r"|cuenta.{0,40}(?:suspendida|desactivada|inactiva|bloqueada)|account.{0,20}sospes"
        r"|\bconta\b.{0,20}(?:suspensa|desativada)|аккаунт.{0,30}(?:заблок|отключ)|利用停止|停止され|帐号.{0,6}(?:禁用|冻结)"
        r"|该用户.{0,6}(?:禁用|停用)|recipient suspend the service",
    ),
    phrase(
        "hasmoved",
        "RFC 3463 x.1.6; RFC 5321 551",
        r"(?:has|have|was|is) (?:moved|relocated|changed (?:address|employ|company|job))",
        r"mailbox (?:has )?moved|user (?:has )?moved",
        r"recipient no longer on server",
        r"no longer (?:works|employed|with (?:us|the company)|at this (?:address|company))",
        r"(?:address|mailbox) has changed|new address is|please try <>|a chang[eé] d'adresse|ist umgezogen",
    ),
)

DOMAIN: tuple[Phrase, ...] = (
    phrase(
        "networkerror",
        "RFC 1035 SERVFAIL; Postfix 4.4.3",
        r"(?:not found|lookup|resolv\w+|resolution|name service)[^.]{0,60}(?:try|tried) again",
        r"lookup (?:failure|timeout|timed)",
        r"servfail|temporary (?:dns|name|resolution|lookup)",
        r"name ?server.{0,30}(?:timeout|time-?out|busy|unexpected|malformed)",
    ),
    phrase(
        "notaccept",
        "RFC 7504 (521, 556), RFC 7505 (null MX), RFC 3463 x.3.2",
        r"null ?mx",
        r"(?:do(?:es)? ?n[o']t|not|never|refuses? to) (?:currently )?(?:accept|receive|take|handle"
        r"|process)(?:ing|s)? (?:any |network |incoming )*(?:e-?mails?|mails?|messages)\b(?! from| with| to"
        r"| over| for this| larger)",
        r"no smtp service|indicated no smtp",
        r"smtp (?:protocol|service|server)?.{0,12}(?:returned a permanent error|disabled)",
        r"mail server.{0,20}not accept(?:ing)? (?:any )?mail",
    ),
    phrase(
        "hostunknown",
        "RFC 3463 x.1.2 and x.4.4; Postfix, qmail and Exim wording",
        r"(?:unknown|invalid|illegal|bad|unresolvable|no such|non-?existent|unrout[e]?able|undefined) (?:mail "
        r"|e-?mail |destination |remote )*(?:host|domain|server|mail exchanger|hostname)\b(?! name lookup)",
        r"domain (?:is )?not reachable",
        r"unrout[e]?able (?:mail |e-?mail )*(?:address|domain)",
        r"(?:host|domain|hostname|server)(?: or domain| name| part|'s)*(?: <>| [^ ]{3,120}"
        r"| \[[^\]]{3,120}\])?(?: is| was| could| couldn't| can| cannot| can't| be| seem\w*| to)* ?(?:unknown"
        r"|not (?:be )?(?:found|known|exist|resolve|registered)|n't (?:be found|exist)|does(?:n't| not) exist"
        r"|invalid|non-?existent|be found)\b",
        r"nxdomain|name or service not known|no address associated|nodename nor servname",
        r"(?:couldn't|could not|can(?:'t|not)) (?:find|resolve|look ?up|locate) (?:any |a |the )*(?:host|domain"
        r"|mail exchanger|mx|server)",
        r"all (?:relevant mx records point to non-?existent|host address lookups failed permanently)",
        r"no (?:valid )?(?:mx|a|dns|mail server|mail exchanger)(?: or \w+)?(?: records?| hosts?"
        r"| servers?)? ?(?:found|exist|for|defined|available)",
        r"(?:domain|host).{0,40}has no (?:valid )?(?:mx|a|dns|mail)",
        r"dns domain .{0,100}does not exist",
        r"dom[aä]ne.{0,40}(?:nicht gefunden|existiert nicht|unbekannt)|domaine.{0,30}(?:inconnu|inexistant)"
        r"|dominio.{0,30}(?:no existe|desconocido|inesistente)|домен.{0,30}(?:не существует|не найден)"
        r"|域名.{0,8}不存在|ドメイン.{0,20}(?:見つかり|存在し)",
    ),
)

# Said by a system of its own mailboxes, not handed on from another: certain without a command or a code.
CERTAIN: tuple[Phrase, ...] = (
    phrase(
        "userunknown",
        "HCL Domino; GroupWise; Exim and Postfix local delivery; sendmail local mailer",
        r"not listed in (?:the )?(?:public|domino|name)",
        r"(?:several|no) match(?:es)? (?:found )?in domino directory",
        r"unknown (?:or )?(?:illegal )?(?:user|alias)[:;,]? (?:<>|in|[\w.-]{1,60}$)",
        r"unknown local[- ]part",
        r"\b(?:mail\.local|local mailer|deliver|lmtp): (?:unknown user|no such user)",
        r"unknown user (?:name )?in (?:local|virtual|relay)",
        r"user unknown in (?:local|virtual|relay|permit)",
        r"recipient name is not recogni[sz]ed",
        r"no (?:such )?(?:user|mailbox|account|local user"
        r"|recipient)[^.]{0,20}\bhere\b.{0,3}(?:by that name)?(?=.{0,200}chkusr)",
        r"vdelivermail: account does not exist",
        r"invalid final delivery user",
        r"the user .{1,60}does not exist on this",
    ),
)

# Refused, and nothing said of why: believed only with a code of x.1.x (IronPort's "#5.1.0 Address rejected").
REFUSED = phrase(
    "userunknown",
    "Cisco IronPort recipient access table",
    rf"{_WHO}{_IS}(?:rejected|refused|denied)\b",
    r"rejected (?:by )?(?:the )?(?:recipient|address)",
)

UNKNOWN: tuple[Phrase, ...] = (
    phrase(
        "filtered",
        "the recipient's own filter or settings",
        r"recipient(?:'s)? (?:preferences|filter|settings|rules)",
        r"(?:refused|rejected|blocked|denied|filtered) (?:by|due to|because of) (?:the )?(?:user|recipient"
        r"|addressee|mailbox owner)",
        r"(?:user|recipient) (?:has )?(?:rejected|refused|blocked|denied|filtered) (?:your|the|this)",
        r"because the recipient (?:is|does|only|has)",
        r"user(?:'s)? filter|user reject|mail(?:box)? filter",
        r"challenge[- ]response|受信拒否|拒收",
    ),
    phrase(
        "userunknown",
        "RFC 5321 550, 551, 553; RFC 3463 x.1.1",
        rf"(?:no such|unknown|invalid|non-?existent|not? (?:a )?valid|bad|undefined|nonexistant|unrecogni[sz]ed"
        rf"|no|not a (?:known|valid|local)|wrong|incorrect) (?:or (?:unknown|inactive"
        rf"|invalid) )?{_WHO}\b(?!.{{0,6}} (?:sender|from))",
        rf"{_WHO}{_IS}\b(?:(?:is |was )?(?:unknown|undefined|invalid|not (?:be )?(?:a )?(?:found|exist|known"
        rf"|recogni[sz]ed|listed|valid|registered|local|defined|present|our customer|available)"
        rf"|n't (?:be )?(?:found|exist|known|valid)|does ?n[o']t exist|do(?:es)? not exist|doesn't exist"
        rf"|non-?existent|unavailable|not exist|no (?:longer )?exist|nonexistent|unverified|unroutable"
        rf"|unreachable))",
        rf"\b{_WHO} (?:<>|[\w.'@-]{{1,64}}) (?:is |was )?(?:does ?n[o']t exist|does not exist|unknown"
        r"|not (?:known|found|listed))\b",
        r"mailbox (?:unavailable|not available)",
        r"no mailbox (?:here )?(?:by|for|with|found)",
        r"no (?:one|body) (?:by|at|with) (?:that|this)",
        r"(?:doesn't|does not|do not|don't) have an? (?:<> |[^ ]{3,80} |yahoo\S* |valid |e?mail )*(?:account|mailbox)",
        r"not (?:a |our )?(?:known |valid |registered )?(?:user|customer|subscriber)",
        r"(?:unable to|could ?n[o']t|can ?n[o']t|cannot) (?:find|locate|identify|resolve) "
        r"(?:the |a |this |that )?(?:recipient|user|mailbox|account|address)",
        r"no (?:account|user|recipient|mailbox)s? (?:by|with|of|under|having) (?:that|this) name",
        r"couldn't be found|could not be found",
        r"no longer (?:exists?|on (?:this )?server|a (?:valid )?(?:user|customer))",
        r"this is not a valid (?:mailbox|user|address)",
        r"is not (?:known|recogni[sz]ed|listed|found|a valid|valid|found here|a mailbox)",
        r"deliver(?:y|ing) to (?:this|that) (?:user|address|recipient).{0,20}(?:not|impossible)",
        r"all recipients (?:were )?(?:rejected|invalid|refused)|no valid recipients?",
        r"unbekannte[rn]? (?:empf|benutzer|adress|nutzer)|(?:empf(?:ä|ae|a)nger|benutzer|adresse|postfach"
        r"|nutzer)[^.]{0,60}(?:unbekannt|existiert nicht|nicht gefunden|nicht bekannt|ung[uü]ltig"
        r"|nicht vorhanden)|nicht bekannt",
        r"(?:destinataire|adresse|utilisateur|bo[iî]te|compte)[^.]{0,60}(?:inconnu|invalide|inexistant"
        r"|n'existe pas|introuvable)|(?:usuario|destinatario|cuenta|direcci[oó]n|buz[oó]n)[^.]{0,60}(?:no existe"
        r"|desconocid|inexistente|no encontrad|inv[aá]lid)|(?:utente|casella|indirizzo"
        r"|destinatario)[^.]{0,40}(?:sconosciut|inesistente|non (?:esiste|trovat|valid))|(?:usu[aá]rio|\bconta\b"
        r"|endere[cç]o|destinat[aá]rio)[^.]{0,40}(?:inexistente|desconhecid|n[aã]o (?:existe|encontrad)"
        r"|inv[aá]lid)|gebruiker onbekend|onbekende (?:gebruiker|ontvanger)|(?:u[zż]ytkownik|adres"
        r"|skrzynk)[^.]{0,40}nie (?:istnieje|znalezion)",
        r"(?:пользовател|адрес|ящик|получател|user)[^.]{0,40}не (?:существует|найден|зарегистр)"
        r"|нет такого (?:пользователя|ящика)|недоступен",
        r"(?:用户|收件人|帐号|帐户|邮箱|用戶|收件者|地址)[^.]{0,12}(?:不存在|未找到|无效|無效)",
        r"(?:アドレス|ユーザ|宛先|メールボックス)[^。]{0,30}(?:見つかり|見当|存在し|不明)|宛先不明",
        r"존재하지 않|알 수 없는 (?:사용자|수신)",
    ),
    REFUSED,
)
