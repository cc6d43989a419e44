"""What somebody wrote herself, without the mail she answers and without what her program puts below."""

from __future__ import annotations

import re

MOST_CHARS = 20_000
# What mail programs put before the subject of an answer, and of a mail that is passed on (regular expressions).
ANSWERS = r"re|aw|sv|antw|odp|res|ris|rif|vs|vá|ynt|回复|回覆|答复|返信"
FORWARDS = r"wg|fw|fwd"

# A line that leads in the mail that is answered: "On Monday … wrote:" in the languages of mail programs. It may run
# over two lines, where the date or an address was wrapped.
_LEADS_IN = re.compile(
    r"""^[ \t]*(?:
        (?:on|am|le|el|il|op|em|w\ dniu|dnia|den|p[åa])\b(?=[^\n]*\d)[^\n]{0,300}(?:\n[^\n]{0,200})?
          \b(?:wrote|schrieb|a\ écrit|escribi[óo]|ha\ scritto|schreef|escreveu|napisa[łl](?:\(a\)|a)?|skrev|pisze)
          [^\n:]{0,80}:[ \t]*$
      | (?=[^\n]*@)[^\n]{0,200}\b(?:wrote|schrieb|a\ écrit|escribi[óo]|ha\ scritto|schreef|escreveu
        |napisa[łl](?:\(a\)|a)?)\s?:[ \t]*$
      | \d{4}[年/.-][^\n]{0,200}(?:\n[^\n]{0,200})?[:：][ \t]*$
      | -{2,}\s?(?:original\ (?:message|mail)|ursprüngliche\ nachricht|message\ d['’]origine|mensaje\ original
          |messaggio\ originale|oorspronkelijk\ bericht|mensagem\ original|wiadomość\ oryginalna|元のメッセージ
          |forwarded\ message|weitergeleitete\ nachricht)\s?-*[ \t]*$
      | _{20,}[ \t]*$
      | \*?(?:from|von|de|da|van|od|差出人)\s?:\*?[ ][^\n]{1,200}\n\*?(?:sent|date|gesendet|datum|envoyé|enviado|fecha
          |inviato|data|verzonden|wysłano|送信日時|to|an|à|para|a|aan|do)\s?:\*?[ ]
    )""",
    re.I | re.M | re.X,
)
_SIGNATURE = re.compile(r"^-- ?$", re.M)
_SENT_FROM = re.compile(
    r"^[ \t]*(?:sent from my|sent from|von meinem|gesendet (?:von|mit)|envoyé (?:de|depuis)|enviado (?:desde|do)"
    r"|inviato da|verzonden vanaf|wysłane z|get outlook for|outlook für|iPhoneから)[^\n]{0,80}$",
    re.I | re.M,
)


def own_words(text: str) -> str:
    """The text above what is quoted, without quoted lines between, signature, and "Sent from my …".

    At most `MOST_CHARS` characters. Where everything is below the quoted mail, that is given back; "" where nothing is.
    """
    text = text[: 4 * MOST_CHARS].replace("\r\n", "\n")
    found = _LEADS_IN.search(text)
    above = text if found is None else text[: found.start()]
    own = _without_quotes(above)
    if not own and found is not None:  # written below the quoted lines, as one did before telephones
        own = _without_quotes(text[found.end() :])
    return own[:MOST_CHARS]


def _without_quotes(text: str) -> str:
    kept = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(">"))
    signed = _SIGNATURE.search(kept)
    kept = kept if signed is None else kept[: signed.start()]
    return re.sub(r"\n{3,}", "\n\n", _SENT_FROM.sub("", kept)).strip()
