"""Words that only a program writes: away until, your request has a number, please prove that you are a person.

They are looked for where no header says so. One word proves nothing, for people write of being away too: a notice of
absence says so and also what becomes of the mail, and it is short.
"""

from __future__ import annotations

import re

from funnel.bounces.own_words import ANSWERS, FORWARDS

_SHORT = 1500  # characters; who writes more than this is no program

# At the head of a subject, behind any number of "Re:". Mail programs put these there, people do not.
_SUBJECT = re.compile(
    rf"""^\s*(?:(?:{ANSWERS}|{FORWARDS})\s*[:：]\s*)*(?:
        \[?auto(?:matic|mated|mat)?[ -]?(?:reply|response|responder|generated)\b
      | out\ of\ (?:the\ )?office\b\s*(?:[:：]|auto|reply|$|-|–|re\b) | ooo\s*[:：] | vacation\ (?:reply|message|notice)
      | automatische\ (?:antwort|r[üu]ckantwort) | autom\.\ antwort
        | abwesenheits?(?:notiz|meldung|nachricht|assistent)
      | abwesend\s*[:：] | réponse\ automatique | reponse\ automatique | message\ d['’]absence | absence\ du\ bureau
      | respuesta\ autom[áa]tica | fuera\ de\ (?:la\ )?oficina\s*(?:[:：]|$) | risposta\ automatica
        | fuori\ (?:sede|ufficio)\s*(?:[:：]|$)
      | automatisch\ antwoord | afwezigheidsbericht | afwezig\s*[:：] | resposta\ autom[áa]tica
      | fora\ do\ escrit[óo]rio\s*(?:[:：]|$) | odpowied[źz]\ automatyczna | automatyczna\ odpowied[źz]
      | nieobecno[śs][ćc]\ w\ biurze | autosvar\b | automatiskt\ svar | automaattinen\ vastaus | fr[åa]nvaromeddelande
      | автоответ | автоматический\ ответ | 自動(?:応答|返信) | 【?自動返信 | 不在(?:通知|のお知らせ|連絡)
      | 自动(?:回复|答复) | 自動回覆 | 자동\ ?(?:회신|응답))""",
    re.I | re.X,
)

_AWAY = re.compile(
    r"""\b(?:out\ of\ (?:the\ |my\ )?office | away\ from\ (?:the\ |my\ )?(?:office|desk|e-?mail)
        | (?:am|['’]m|be|is|currently)\ on\ (?:annual\ |
        parental\ |maternity\ |sick\ )?(?:leave|vacation|holiday) | (?:currently|now)\ (?:away|travell?ing)
        | away\ until
        | no\ longer\ (?:work|with|employed|at)\b | office\ is\ closed
      | nicht\ im\ (?:büro|haus|dienst) | nicht\ erreichbar | (?:im|in)\ (?:urlaub|elternzeit|mutterschutz)
        | (?:bin|ist)\ (?:\w+\ ){0,6}(?:abwesend|außer\ haus|verreist) | büro\ ist\ geschlossen | nicht\ mehr\ für
      | absente?\ (?:du\ bureau|jusqu|pour|actuellement) | (?:suis|serai)\ (?:\w+\ ){0,3}(?:absente?|en\ (?:congés?
        |vacances|déplacement))
        | de\ retour\ le
      | fuera\ de\ (?:la\ |mi\ )?oficina | (?:estoy|estaré|me\ encuentro)\ (?:\w+\ ){0,3}(?:ausente|de\ vacaciones
        |de\ viaje)
      | fuori\ (?:ufficio|sede) | (?:sono|sarò)\ (?:\w+\ ){0,3}(?:assente|in\ ferie|in\ vacanza)
      | (?:ben|afwezig|ik\ ben)\ (?:\w+\ ){0,3}(?:afwezig|niet\ aanwezig|met\ (?:vakantie|verlof)|op\ vakantie)
        | niet\ op\ kantoor
      | fora\ do\ (?:escritório|serviço) | (?:estou|estarei|encontro-me)\ (?:\w+\ ){0,3}(?:ausente|de\ férias
        |em\ viagem|fora)
      | poza\ biurem | (?:jestem|będę)\ (?:\w+\ ){0,3}(?:nieobecn\w+|na\ urlopie)
        | przebywam\ (?:\w+\ ){0,2}na\ urlopie
      | nie\ ma\ mnie\ w\ biurze )
      | 不在に(?:して|いた|なり) | 休暇(?:中|を(?:取得|いただ)) | 外出(?:中|して)|夏季休業|年末年始休業""",
    re.I | re.X,
)
_FATE = re.compile(
    r"""(?:will|shall|['’]ll)\ (?:\w+\ ){0,2}(?:reply|respond|answer|get\ back\ to\ you|be\ in\ touch|deal\ with
        |read)[^.!?]{0,80}
          (?:when\ i|upon|on\ my\ return|as\ soon\ as|after|once\ i|your\ (?:e-?mail|message|mail))
      | (?:urgent|emergenc|immediate\ (?:assistance|help))[^.!?]{0,80}(?:contact|call|phone|write|e-?mail|turn\ to)
      | (?:contact|call|write\ to|e-?mail)[^.!?]{0,100}(?:in\ the\ meantime|instead|in\ my\ absence|if\ (?:it
        |this)\ is\ urgent)
      | (?:limited|no|sporadic|intermittent)\ access\ to\ (?:my\ )?(?:e-?mails?|messages)
      | (?:not|nor)\ (?:be\ )?(?:check|read|monitor|forward)(?:ed|ing)?\b[^.!?]{0,40}(?:e-?mail|message|mail)
      | (?:e-?mail|message)s?\ (?:will|is|are)\ (?:not\ )?(?:be\ )?(?:being\ )?(?:forwarded|read|deleted|monitored)
      | (?:thank\ you|thanks)\ for\ your\ (?:e-?mail|message|mail)\b(?=.{0,400}(?:return|until|back))
      | (?:in|bei)\ dringenden\ (?:fällen|angelegenheiten) | (?:mails?|nachricht(?:en)?)\ (?:wird
        |werden)\ (?:nicht\ )?(?:weitergeleitet|gelesen|bearbeitet)
      | (?:melde|beantworte|antworte)[^.!?]{0,80}(?:rückkehr|zurück|baldmöglichst|danach)
        | (?:nachricht|mail)[^.!?]{0,80}(?:rückkehr|danach)[^.!?]{0,40}(?:beantwort|bearbeit|antwort)
      | (?:nach|ab)\ (?:meiner\ )?rückkehr
      | (?:en\ cas\ d['’]urgence|pour\ toute\ (?:urgence|question|demande))
        | (?:répondrai|traiterai|reviendrai)[^.!?]{0,80}(?:retour|dès|message|mail)
      | (?:à|dès)\ mon\ retour | (?:messages?|e-?mails?)\ ne\ (?:sera|seront)\ pas
      | (?:en\ caso\ de\ urgencia|para\ (?:asuntos|temas|cuestiones)\ urgentes|si\ es\ urgente)
        | (?:responderé|contestaré|atenderé)[^.!?]{0,80}(?:regreso|vuelta|mensaje|correo|cuanto\ antes)
      | a\ mi\ (?:regreso|vuelta) | acceso\ limitado
      | (?:in\ caso\ di\ (?:urgenza|necessità)|per\ (?:urgenze|questioni\ urgenti|qualsiasi\ urgenza))
        | (?:risponderò|risposta)[^.!?]{0,80}(?:rientro|ritorno|appena)
      | al\ mio\ (?:rientro|ritorno)
      | (?:bij|voor|in)\ (?:dringende|spoedeisende|spoed)\w*\ ?(?:zaken|gevallen|vragen)?
        | (?:beantwoord|reageer|antwoord)[^.!?]{0,80}(?:terug|bericht|mail|zodra)
      | (?:bij|na)\ (?:mijn\ )?terugkomst
      | (?:em\ caso\ de\ urgência|para\ assuntos\ urgentes|se\ for\ urgente)
        | (?:responderei|retornarei|resposta)[^.!?]{0,80}(?:regresso|retorno|volta|assim\ que|mensagem)
      | (?:no|ao)\ (?:meu\ )?(?:regresso|retorno)
      | w\ (?:pilnych|nagłych)\ (?:sprawach|przypadkach) | (?:odpowiem|odpiszę|skontaktuję)[^.!?]{0,80}(?:powroc
        |wiadomo)
      | po\ (?:moim\ )?powrocie
      | 緊急|お急ぎ|至急の|改めて(?:ご連絡|返信)|戻り次第|返信(?:が遅れ|は)|折り返し""",
    re.I | re.X | re.S,
)
# What systems say that take in questions, and walls that let in only who proves that he is a person.
_RECEIVED = re.compile(
    r"""(?:your|a)\ (?:request|ticket|case|enquiry|inquiry|support\ request)\b[^.!?\n]{0,60}
          (?:has\ been|was|is)\ (?:received|created|opened|logged|registered|assigned)
      | (?:we\ have|we['’]ve|i\ have)?\ ?(?:received|got)\ your\ (?:e-?mail|message|request|enquiry|inquiry)\b
          (?=.{0,500}(?:ticket|case|reference|within\ \d|business\ (?:day|hour)|working\ (?:day|hour)
        |as\ soon\ as\ possible|shortly))
      | this\ is\ an?\ (?:automated|automatic|auto[- ]?generated|automatically\ generated)\ (?:e-?mail|message
        |reply|response|answer|notification)
      | (?:do\ not|don['’]t)\ reply\ to\ this\ (?:e-?mail|message|mail)
      | dies\ ist\ eine\ automati\w+\ (?:\w+\ )?(?:antwort|nachricht|e-?mail|mail)
        | (?:ihre|deine)\ (?:anfrage|nachricht)\b[^.!?\n]{0,60}(?:eingegangen|erhalten|ticket)
      | (?:bitte\ )?antworten\ sie\ nicht\ auf\ diese | ceci\ est\ (?:un|une)\ (?:message|réponse)\ automatique
        | votre\ demande\ a\ (?:bien\ )?été
      | (?:este|esta)\ es\ un[ao]?\ (?:mensaje|respuesta|correo)\ autom[áa]tic[ao]
        | hemos\ recibido\ (?:su|tu)\ (?:mensaje|solicitud|consulta)
      | questa\ è\ una\ (?:risposta|mail|e-mail)\ automatica | messaggio\ (?:generato\ )?automatic(?:o|amente)
        | dit\ is\ een\ automatisch
      | (?:esta|este)\ é\ uma?\ (?:mensagem|resposta)\ autom[áa]tica
        | wiadomo[śs][ćc]\ (?:została\ )?wygenerowan\w+\ automatycznie
      | to\ jest\ automatyczn | 自動(?:送信|返信|応答|的に)|送信専用""",
    re.I | re.X | re.S,
)
_TICKET = re.compile(
    r"\[[^\]\n]{0,30}(?:ticket|case|request|#|ref)[^\]\n]{0,6}[#:\s-]*[\w-]*\d{3,}[^\]\n]{0,20}\]|ticket\s*#?\s*\d{3,}",
    re.I,
)
_CHALLENGE = re.compile(
    r"""(?:your\ (?:e-?mail|message)|the\ message\ you\ sent)\ (?:\w+\ ){0,8}(?:held|on\ hold|not\ been\ delivered
        |quarantined)\b[^.!?]{0,60}(?:until|because|pending|verif|approv)
      | (?:click|follow|visit|reply|answer|press)[^.!?]{0,120}(?:verify\ (?:that\ )?you|you\ are\ (?:a\ )?(?:human
        |real|person|not\ a)|prove\ (?:that\ )?you|allow\ your|release\ your|be\ added\ to|approve[d]?\ sender)
      | (?:verify|confirm)\ (?:that\ )?you(?:['’]re|\ are)\ (?:a\ )?(?:human|real\ person|not\ a\ (?:robot|spammer))
      | (?:sender|mail)\ (?:verification|confirmation)\ (?:is\ )?required
        | protect(?:ed|s)?\ (?:by|from\ spam\ by)\b[^.\n]{0,60}(?:spam|boxbe|mailblocks|whitelist)""",
    re.I | re.X,
)


def notice_subject(subject: str) -> bool:
    """Whether mail programs begin the subjects of automatic answers so, in any of a dozen languages."""
    return bool(_SUBJECT.match(subject))


def notice_words(subject: str, text: str) -> str:
    """What kind of notice the text is, by its words alone: "away", "received", "challenge"; "" where a person may have
    written it. `text` is without what is quoted.
    """
    if len(text) > _SHORT:
        return ""
    flat = re.sub(r"(?<=\w)\.(?=\w)", "·", " ".join(text.split()))  # a dot within an address ends no sentence
    if _AWAY.search(flat) and _FATE.search(flat):
        return "away"
    if _CHALLENGE.search(flat) and re.search(r"https?://|click|reply to this", flat, re.I):
        return "challenge"
    found = _RECEIVED.search(flat)
    if found is not None and (_TICKET.search(subject) or _TICKET.search(flat) or _is_by_itself(found, flat)):
        return "received"
    return ""


def _is_by_itself(found: re.Match[str], flat: str) -> bool:
    """Such a sentence stands at the head or the foot of what a program sends, not within somebody's story."""
    return found.start() <= 200 or len(flat) - found.end() <= 200
