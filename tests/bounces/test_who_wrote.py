"""A person, or which kind of program: the words are ours, the headers are those that products document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.bounces import read_bounce
from funnel.bounces.model import Writer

P, A, M, L, R, C = Writer.PERSON, Writer.AUTO_REPLY, Writer.MACHINE, Writer.LIST, Writer.RECEIPT, Writer.CALENDAR
RE = "Re: Week 1: the alarm in your chest"
QUOTE = (
    "\n\nOn Mon, 4 Jan 2027 at 08:00, Harbour Practice <letters@harbour.example.org> wrote:\n"
    "> I am out of the office. In urgent cases call 116 123.\n> Ticket #12345\n"
)


def mail(subject: str, words: str, quote: str = "", **headers: str) -> bytes:
    head = {
        "Return-Path": "<ada@example.org>",
        "From": "Ada <ada@example.org>",
        "To": "hello@harbour.example.org",
        "Subject": subject,
        "Message-ID": "<a1@mail.example.org>",
        "In-Reply-To": "<2-deadbeef.0123456789ab@harbour.example.org>",
        "Content-Type": "text/plain; charset=utf-8",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [f"{name}: {value}" for name, value in head.items() if value]
    return ("\n".join(lines) + "\n\n" + words + quote + "\n").encode()


PEOPLE = [
    (RE, "I am out of words. Thank you."),
    (RE, "I am out of the office until Friday and read you on the train. It helped."),
    (RE, "He is away until Sunday and I cannot sleep. What do I do?"),
    (RE, "My mother was in hospital, it was urgent, and I did not call anybody."),
    (RE, "I was on holiday when this came, and I wanted to answer your message at once."),
    (RE, "Your message about being held made me cry."),
    (RE, "Your e-mail was held in my hands all evening, so to say."),
    (RE, "I have received your letter and read it three times."),
    (RE, "We made a guest list for the wedding and I panicked. Please reply if you can."),
    (RE, "I feel rejected. The message could not be delivered, I mean the one to my father."),
    ("Re: When you feel rejected", "Thank you, this was me."),
    ("Re: Bounce back", "I had trouble to sleep, and ada@example.org is my better address."),
    ("Re: Away from the storm", "I am fine."),
    ("Re: Vacation from worrying", "It worked for two days."),
    ("Re: Out of office hours of the heart", "This title made me laugh."),
    ("Re: A warning: your alarm", "It rings all the time. I am still trying."),
    ("AW: Woche 1: der Alarm in deiner Brust", "Ich bin im Urlaub und habe endlich Zeit dafür. Danke!"),
    ("AW: Woche 1", "Ich bin gerade nicht erreichbar für mich selbst. Das trifft es."),
    ("AW: Woche 1", "Meine Nachricht ist lang geworden. Er ist abwesend, auch wenn er da ist."),
    ("RE : Semaine 1", "Je suis absente de moi-même, comme vous dites."),
    ("RE: Semana 1", "Estoy de vacaciones con mi madre y no es fácil."),
    ("R: Settimana 1", "Sono in ferie e ho pianto leggendo."),
    ("Antw: Week 1", "Ik ben op vakantie en lees dit aan zee."),
    ("Odp: Tydzień 1", "Jestem na urlopie i czytam to drugi raz."),
    ("RES: Semana 1", "Estou de férias e li tudo hoje."),
    ("Re: 第1週", "休暇中に読みました。ありがとうございます。"),
    ("", "It is two in the morning. Is anybody there?"),
    ("Help", "I cannot do this any more."),
    ("Unsubscribe", "No, wait, I only wanted to say that I read them all."),
    (RE, "Thank you for your message. I did not think I would, but I tried the breathing, and my son asked what I do."),
    (RE, "x " * 900 + "I am out of the office and will reply to your message when I return."),
]
AWAY = [
    ("Automatic reply: Week 1: the alarm in your chest", "I am away."),
    ("Out of Office: Week 1", "Back on Monday."),
    ("Re: Auto-Reply: Week 1", "Gone fishing."),
    ("Automatische Antwort: Woche 1", "Ich bin nicht da."),
    ("Abwesenheitsnotiz: Woche 1", "Bis Montag."),
    ("Réponse automatique : Semaine 1", "De retour lundi."),
    ("Respuesta automática: Semana 1", "Vuelvo el lunes."),
    ("Risposta automatica: Settimana 1", "Torno lunedì."),
    ("Automatisch antwoord: Week 1", "Maandag weer terug."),
    ("Resposta automática: Semana 1", "Volto segunda-feira."),
    ("Odpowiedź automatyczna: Tydzień 1", "Wracam w poniedziałek."),
    ("自動返信: 第1週", "不在です。"),
    (RE, "Thank you for your e-mail. I am out of the office until 11 January. In urgent cases please contact my team."),
    (RE, "I'm currently on annual leave with limited access to email. I will reply when I return."),
    (RE, "I no longer work at Example Ltd. Please contact eve@example.org instead."),
    (RE, "Ich bin bis zum 11. Januar nicht im Büro. In dringenden Fällen wenden Sie sich an meine Kollegin."),
    (RE, "Vielen Dank für Ihre Nachricht. Ich bin im Urlaub. Ihre Mail wird nicht weitergeleitet."),
    (RE, "Je suis absent du bureau jusqu'au 11 janvier. En cas d'urgence, merci de contacter ma collègue."),
    (RE, "Je suis actuellement en congés et répondrai à votre message dès mon retour."),
    (RE, "Estoy fuera de la oficina hasta el 11 de enero. Para asuntos urgentes escriba a mi compañera."),
    (RE, "Me encuentro de vacaciones. Responderé a su mensaje a mi regreso."),
    (RE, "Sono fuori ufficio fino all'11 gennaio. Per urgenze contattare la collega."),
    (RE, "Sarò assente per ferie e risponderò al mio rientro."),
    (RE, "Ik ben tot 11 januari niet op kantoor. Voor dringende zaken kunt u mijn collega bellen."),
    (RE, "Ik ben met vakantie en beantwoord uw bericht na terugkomst."),
    (RE, "Estou fora do escritório até 11 de janeiro. Em caso de urgência contacte a minha colega."),
    (RE, "Jestem na urlopie do 11 stycznia. W pilnych sprawach proszę o kontakt z koleżanką."),
    (RE, "ただいま休暇中のため不在にしております。お急ぎの場合は同僚までご連絡ください。"),
]
SYSTEMS = [
    ("[Ticket#2027010411] Week 1", "Your request has been received and a ticket was opened."),
    ("Re: Week 1 [Case #00412345]", "We have received your message and will answer within 2 business days."),
    (RE, "This is an automated message, please do not reply to this email. Your ticket 123456 was created."),
    (RE, "Dies ist eine automatische Antwort. Ihre Anfrage ist bei uns eingegangen."),
    (RE, "Ceci est un message automatique. Votre demande a bien été enregistrée."),
    (RE, "Hemos recibido su mensaje. Este es un mensaje automático."),
    (RE, "このメールは自動送信されています。返信はできません。"),
    (
        "Please confirm your message",
        "Your message to eve@example.org is being held until you verify that you are a human: https://wall.example.org/v",
    ),
    (RE, "I am protected from spam by ExampleWall. Click https://wall.example.org/x to prove you are a person."),
]
BY_HEADER = [
    (A, {"Auto_Submitted": "auto-replied"}),
    (A, {"Auto_Submitted": "auto-replied (vacation)", "Precedence": "bulk"}),
    (A, {"Auto_Submitted": "auto-generated", "X_Auto_Response_Suppress": "All"}),  # Outlook
    (A, {"X_Autoreply": "yes", "Precedence": "bulk"}),  # Gmail's of before
    (A, {"Precedence": "auto_reply"}),
    (A, {"X_Autorespond": "1"}),
    (A, {"X_MS_Exchange_Generated_Message_Source": "Mailbox Rules Agent"}),
    (A, {"X_POST_MessageClass": "9; Autoresponder"}),
    (A, {"X_Mailer": "Example Autoresponder 2"}),
    (A, {"Return_Path": "<>"}),
    (L, {"List_Id": "<talk.lists.example.org>"}),
    (L, {"Precedence": "list"}),
    (L, {"Precedence": "bulk"}),
    (L, {"List_Unsubscribe": "<mailto:leave@lists.example.org>"}),
    (M, {"X_RT_Loop_Prevention": "example"}),
    (M, {"X_Zendesk_From_Account_Id": "1"}),
    (M, {"X_Auto_Response_Suppress": "All"}),
    (M, {"From": "no-reply@shop.example.org"}),
    (M, {"From": "Mailbox <notifications@example.org>"}),
    (M, {"From": "talk-request@lists.example.org"}),
    (M, {"From": ""}),
    (R, {"Content_Type": 'multipart/report; report-type=disposition-notification; boundary="b"'}),
    (R, {"Subject": "Read: Week 1: the alarm in your chest", "In_Reply_To": ""}),
    (R, {"Subject": "Gelesen: Woche 1"}),
    (R, {"Subject": "Return receipt"}),
    (C, {"Content_Type": "text/calendar; method=REPLY"}),
    (C, {"Subject": "Accepted: A first conversation"}),
    (C, {"Subject": "Abgelehnt: Erstgespräch"}),
    (P, {"Auto_Submitted": "no"}),
    (P, {"Precedence": "normal"}),
]


def writer(raw: bytes) -> Writer | None:
    letter = read_bounce(raw).letter
    return None if letter is None else letter.writer


@pytest.mark.parametrize(("subject", "words"), PEOPLE)
@pytest.mark.parametrize("quote", ["", QUOTE])
def test_what_a_person_wrote_is_never_taken_for_a_program(subject: str, words: str, quote: str) -> None:
    reading = read_bounce(mail(subject, words, quote))
    assert reading.letter is not None, reading.recipients
    assert (reading.letter.writer, reading.understood, reading.is_bounce) == (P, False, False)


@pytest.mark.parametrize(("subject", "words"), AWAY)
def test_absence_is_known_without_a_header_in_many_languages(subject: str, words: str) -> None:
    assert writer(mail(subject, words)) is A


@pytest.mark.parametrize(("subject", "words"), AWAY)
def test_what_only_its_words_call_automatic_is_left_to_people(subject: str, words: str) -> None:
    assert not read_bounce(mail(subject, words)).understood
    assert read_bounce(mail(subject, words, Auto_Submitted="auto-replied")).understood


@pytest.mark.parametrize(("subject", "words"), SYSTEMS)
def test_ticket_systems_and_walls_are_machines(subject: str, words: str) -> None:
    assert writer(mail(subject, words)) in (M, A)


@pytest.mark.parametrize(("expected", "headers"), BY_HEADER)
def test_headers_say_who_wrote(expected: Writer, headers: dict[str, str]) -> None:
    subject = headers.get("Subject", RE)
    rest = {name: value for name, value in headers.items() if name != "Subject"}
    assert writer(mail(subject, "Thank you.", **rest)) is expected


def test_there_are_enough_cases() -> None:
    assert len(PEOPLE) + len(AWAY) + len(SYSTEMS) + len(BY_HEADER) >= 90


def test_an_answer_in_html_alone_is_read_without_what_it_quotes() -> None:
    body = (
        "<div>It helped.</div><br><div>On Mon, 4 Jan 2027 Harbour &lt;letters@harbour.example.org&gt; wrote:</div>"
        "<blockquote>I am out of the office. In urgent cases contact us.</blockquote>"
    )
    letter = read_bounce(mail(RE, body, Content_Type="text/html; charset=utf-8")).letter
    assert letter is not None
    assert (letter.writer, letter.words) == (P, "It helped.")


@pytest.mark.parametrize(
    ("words", "own"),
    [
        ("Thanks." + QUOTE, "Thanks."),
        ("Danke.\n\nAm 4. Januar 2027 um 08:00 schrieb Harbour <l@example.org>:\n> Text", "Danke."),
        ("Merci.\n\nLe lun. 4 janv. 2027 à 08:00, Harbour <l@example.org> a écrit :\n> Texte", "Merci."),
        ("Yes.\n\n-----Original Message-----\nFrom: Harbour\nSent: Monday\n\nText", "Yes."),
        ("Yes.\n\nFrom: Harbour <l@example.org>\nSent: Monday\nTo: Ada\n\nText", "Yes."),
        ("> Text\n\nBelow it.", "Below it."),
        ("On Monday I wrote:\nfirst my list, then his.", "On Monday I wrote:\nfirst my list, then his."),
        ("Yes.\n\nSent from my iPhone", "Yes."),
        ("Yes.\n-- \nAda\n+1 555 0100", "Yes."),
    ],
)
def test_her_own_words_are_what_stands_above_the_quote(words: str, own: str) -> None:
    letter = read_bounce(mail(RE, words)).letter
    assert letter is not None
    assert letter.words == own


@given(
    st.permutations(["In-Reply-To: <x@y.example.org>", f"Subject: {RE}", "From: ada@example.org", "X-Autoreply: yes"])
)
def test_the_order_of_headers_changes_nothing(lines: list[str]) -> None:
    assert writer(("\r\n".join(lines) + "\r\n\r\nI am here.\r\n").encode()) is A


@given(st.text(max_size=3000))
def test_whatever_stands_in_it_is_read_soon_and_raises_nothing(text: str) -> None:
    assert read_bounce(mail(RE, text.replace("\x00", ""), "").replace(b"\r", b"")) is not None
