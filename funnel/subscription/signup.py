"""From a form to the mail that asks. Everybody who signs up sees the same, whatever her history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.compose.first_names import clean_name
from funnel.context import Context
from funnel.curriculum import Offer
from funnel.curriculum.addresses import read_address
from funnel.curriculum.agreeing import agreed_sequences, agreed_text
from funnel.curriculum.measuring import Choice, choice_at
from funnel.curriculum.questions import AnswersError, given_answers
from funnel.curriculum.quiz import told_to_lessons
from funnel.db.upsert import insert
from funnel.deliveries.making import new_mail
from funnel.language import _
from funnel.models import (
    Consent,
    Delivery,
    DeliveryKind,
    FunnelStage,
    Lead,
    LeadState,
    Signup,
    SignupPlace,
)
from funnel.people.agreements import agreed_or_left_with
from funnel.people.answers import note_answers
from funnel.people.askings import SignupWords, all_agree, asked_language, note_asking, share_mail, wanted_discreet
from funnel.people.consent import confirmed_since, has_left
from funnel.people.leads import get_or_add_lead, known_zone
from funnel.people.mailboxes import Turn, add_in_turn, add_nothing
from funnel.people.purchases import may_have
from funnel.people.quiz_results import note_result
from funnel.people.tally import count_cohort
from funnel.sending.scheduler import enqueue_now
from funnel.subscription.keeping import keeping_text, kept_until
from funnel.subscription.origin import UTM_KEYS, UTM_LENGTH, origin_of
from funnel.subscription.typed import note_newest

# Asking again within this time sends no second mail, however often a form is pressed; after that, one in its turn.
ASK_AGAIN_AFTER = timedelta(minutes=10)
# No delivery has this number. It is enqueued where there is nothing to send now, so that the answer takes as long as
# any other, and says nothing of who has signed up, or will not be asked; the worker finds no mail by it.
_NO_MAIL = 0


@dataclass(frozen=True, slots=True)
class SignupRequest:
    """A form as it came in, unchecked. `origin` is the network part of the sender's address."""

    offer: str
    email: str
    first_name: str
    zone: str | None
    consent: bool
    language: str | None = None  # that of the page, one of those the practice offers
    may_measure: bool | None = None  # what the box about measuring said; None: nothing
    followed_by: bool = False  # whether the box was ticked that asks for what may follow
    utm: dict[str, str] = field(default_factory=dict)
    place: SignupPlace = SignupPlace.PAGE
    origin: str = ""
    result: str = ""  # the region that a quiz came to; "" where none was taken
    keeps: bool = False  # whether the box was ticked that agrees to keep it
    discreet: bool = False  # whether the box was ticked that keeps subjects discreet
    answers: Mapping[str, object] | None = None  # to the offer's questions, as they were sent; None: nobody was asked


class SignupError(Exception):
    """What is wrong with a form: `errors` maps a field to a sentence that says how to fix it.

    An answer's field is `answers.` and the name of its question.
    """

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def ask_again(context: Context, signup_id: int, now: datetime, origin: str = "") -> bool:
    """Signs the same person up for the same offer again; its consent text was shown beside the button she pressed.

    She is asked by mail first, like everybody. What was typed by the way counts where all who typed it agree. False if
    there is no such sign-up, she was erased, or the offer closed.
    """
    with context.db.read() as session:
        signup = session.get(Signup, signup_id)
        lead = None if signup is None else session.get(Lead, signup.lead_id)
        if signup is None or lead is None or lead.state == LeadState.ERASED:
            return False
        if not may_have(context.library.offers.get(signup.offer), lead):
            return False
        name, zone = all_agree(session, signup, signup.typed_name, signup.typed_zone)
        language = signup.typed_language or lead.language
        discreet = wanted_discreet(session, signup)
    request = SignupRequest(
        signup.offer, lead.email, name, zone, consent=True, language=language, origin=origin, discreet=discreet
    )
    try:
        sign_up(context, request, now, own_wish=True)
    except SignupError:
        return False
    return True


def sign_up(context: Context, request: SignupRequest, now: datetime, *, own_wish: bool = False) -> Consent:
    """One transaction: lead, consent *asked*, sign-up, and the mail that asks or delivers. Then the mail is enqueued.

    Anybody may have typed the address, so its mailbox is written to in turns (`people.mailboxes`), and not at all where
    its owner said "never". With `own_wish` the request came over a link that was mailed to her. Gives back the asking,
    which is new each time and so tells nothing of who signed up before. Raises SignupError before anything is written.
    """
    offer, address = checked_request(context, request, own_wish=own_wish)
    given = given_answers(offer.questions, request.answers)
    with context.db.write() as session:
        lead = get_or_add_lead(session, address, now)
        if lead.state == LeadState.GUEST:
            lead.state, lead.language = LeadState.ASKED, None
        signup, is_new = _get_or_add_signup(session, context, lead, offer, request, now)
        # Whoever asked a few minutes ago has her mail, unless she has left since: that made what she asked void.
        has_mail = not is_new and now - signup.asked_at < ASK_AGAIN_AFTER and not has_left(session, lead)
        # What was answered after she pressed the button, to a quiz or to a question, is not what she pressed for.
        answered = bool(request.result or given)
        if has_mail and answered and confirmed_since(session, lead.id, offer.slug, signup.asked_at):
            has_mail = False
        # Over a link of her own there are no boxes: what she chose and agreed to before counts.
        also = agreed_or_left_with(session, lead.id) if own_wish else frozenset()
        said = _said(context, request, offer, now, own_wish=own_wish, also=also)
        asking = note_asking(session, signup, said, now, request.origin, shares=has_mail)
        if _keeps(request):
            until = kept_until(context, now)
            note_result(session, lead.id, asking.id, offer.slug, request.result, now, until)
        note_answers(session, asking, offer.questions, given, now)
        delivery = None if has_mail else _mail_for(lead, signup, offer, asking, now)
        turn = Turn.SHARED
        if delivery is None:
            add_nothing(session, context.links, lead.email, now)
        else:
            confirmed = signup.confirmed_at is not None and lead.state == LeadState.CONFIRMED
            turn = add_in_turn(
                session, context.links, lead.email, delivery, now, own_wish=own_wish, confirmed=confirmed
            )
        if turn is Turn.NEVER:
            signup.asked_at = now - ASK_AGAIN_AFTER  # she has no mail
        if turn is Turn.SHARED and not has_mail:
            share_mail(asking)
        note_newest(signup, said, same_mail=turn is Turn.SHARED)
        session.flush()
        ids = [delivery.id] if delivery is not None and turn is Turn.NOW else [_NO_MAIL]
    enqueue_now(context, ids)
    return asking


def checked_request(context: Context, request: SignupRequest, *, own_wish: bool = False) -> tuple[Offer, str]:
    """The offer and the address of a request that can be taken; raises SignupError for any other. Writes nothing.

    Nobody signs up for what is sold, but who has bought it may come back by a link of her own (`own_wish`).
    """
    errors: dict[str, str] = {}
    offer = context.library.offers.get(request.offer)
    if offer is not None and offer.paid:
        if not own_wish:
            errors["offer"] = _("This is sold, so nobody can sign up for it. Its page says where it can be bought.")
    elif offer is None or not offer.open:
        errors["offer"] = _("This offer is not open. Please choose one from the front page.")
    address = None
    try:
        address = checked_email(request.email)
    except SignupError as error:
        errors |= error.errors
    if not request.consent:
        errors["consent"] = _("Please tick the box, so that we may write to you.")
    try:
        given_answers(() if offer is None else offer.questions, request.answers if offer is not None else None)
    except AnswersError as error:
        errors |= {f"answers.{name}": said for name, said in error.errors.items()}
    if errors or offer is None or address is None:
        raise SignupError(errors)
    return offer, address


def checked_email(text: str) -> str:
    """The address that was typed; raises SignupError where it is none."""
    address = read_address(text)
    if not text.strip():
        raise SignupError({"email": _("Please write your e-mail address, so that we know where to send it.")})
    if address is None:
        said = _("This does not look like an e-mail address. Please check it, for example ada@example.org.")
        raise SignupError({"email": said})
    return address


def _said(
    context: Context, request: SignupRequest, offer: Offer, now: datetime, *, own_wish: bool, also: frozenset[str]
) -> SignupWords:
    """What this request says; `also` are sequences that she agreed to before."""
    practice, sequences, ticked = context.library.practice, context.library.sequences, request.followed_by
    choice = Choice.OPEN if own_wish else choice_at(practice, may=request.may_measure)
    text = agreed_text(offer, practice, sequences, choice, ticked=ticked, also=also)
    if _keeps(request):
        text = f"{text} {_('Ticked: “%(box)s”', box=keeping_text(context, now))}"
    name, zone = clean_name(request.first_name), known_zone(request.zone)
    language = request.language if request.language in context.in_force.spoken else None
    return SignupWords(
        text,
        name,
        zone,
        choice,
        took_quiz=bool(request.result),
        language=language,
        discreet=request.discreet,
        sequences=frozenset(agreed_sequences(offer, sequences, ticked=ticked, also=also)),
    )


def _keeps(request: SignupRequest) -> bool:
    """Whether there is something to keep: of who is in between, lessons say what they say to everybody."""
    return request.keeps and told_to_lessons(request.result) != ""


def _get_or_add_signup(
    session: Session, context: Context, lead: Lead, offer: Offer, request: SignupRequest, now: datetime
) -> tuple[Signup, bool]:
    """The sign-up, and whether this request made it; two requests at once make one."""
    utm = {key: request.utm[key][:UTM_LENGTH] for key in UTM_KEYS if request.utm.get(key)}
    added = session.scalar(
        insert(session, Signup)
        .values(lead_id=lead.id, offer=offer.slug, utm=utm, created_at=now, asked_at=now, downloads=0, typed_name="")
        .values(origin_of(utm, now, context.library.practice, request.language, request.place))
        .on_conflict_do_nothing(index_elements=["lead_id", "offer"])
        .returning(Signup.id)
    )
    signup = session.scalars(select(Signup).where(Signup.lead_id == lead.id, Signup.offer == offer.slug)).one()
    if added is not None:
        count_cohort(session, signup, FunnelStage.SIGNUPS)
    return signup, added is not None


def _mail_for(lead: Lead, signup: Signup, offer: Offer, asking: Consent, now: datetime) -> Delivery | None:
    """The mail this sign-up asks for: the confirmation, or, if she has confirmed before, the link to what was promised.

    If nothing was promised, she is told where she stands instead of being asked again (`sending.composing`).
    """
    if lead.state == LeadState.ERASED:
        return None
    signup.asked_at = now
    has_answered = signup.confirmed_at is not None and lead.state == LeadState.CONFIRMED
    kind = DeliveryKind.ASSET if has_answered and offer.asset else DeliveryKind.CONFIRMATION
    detail: dict[str, object] = {"asking": asking.id}
    if language := asked_language(asking):
        detail["language"] = language
    return new_mail(kind, now, lead_id=lead.id, signup_id=signup.id, detail=detail)
