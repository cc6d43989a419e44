"""The one table of what is kept: for every column and every kind of file, what becomes of it when she is erased.

A column or a folder that is not named here fails a test, so that nothing is kept without a decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class OnErasure(StrEnum):
    """What happens to the rows about her."""

    DELETED = "deleted"
    BLANKED = "blanked"  # the row stays, so that figures go on counting her
    NOBODYS = "nobody's"  # there are no rows about a reader


@dataclass(frozen=True, slots=True)
class Blank:
    """A column that is emptied, and what stands in it then."""

    value: object = None


@dataclass(frozen=True, slots=True)
class Keep:
    """A column that stays as it is, and why it may."""

    why: str


@dataclass(frozen=True, slots=True)
class TableDecision:
    """What a table holds of a person, what becomes of its rows, and the fate of each column."""

    holds: str
    rows: OnErasure
    columns: Mapping[str, Blank | Keep]

    def blanks(self) -> dict[str, object]:
        """The columns that are emptied, each with a value of its own."""
        found = {name: fate.value for name, fate in self.columns.items() if isinstance(fate, Blank)}
        return {name: type(value)(value) if isinstance(value, (dict, list)) else value for name, value in found.items()}


def _deleted(holds: str, columns: str) -> TableDecision:
    return TableDecision(holds, OnErasure.DELETED, dict.fromkeys(columns.split(), Blank()))


def _nobodys(holds: str, columns: str) -> TableDecision:
    return TableDecision(holds, OnErasure.NOBODYS, dict.fromkeys(columns.split(), Keep(holds)))


def _blanked(holds: str, blank: Mapping[str, object], **kept: str) -> TableDecision:
    """`kept` has a reason for each word, in which it names the columns it is the reason for."""
    columns: dict[str, Blank | Keep] = {name: Blank(value) for name, value in blank.items()}
    for why, names in kept.items():
        columns |= {name: Keep(why.replace("_", " ")) for name in names.split()}
    return TableDecision(holds, OnErasure.BLANKED, columns)


TABLES: Mapping[str, TableDecision] = {
    "lead": _blanked(
        "her address, name, time zone and wishes",
        {
            # Unique, so it is not empty; made of the row's own number (`rows.blank_lead`).
            "email": "", "email_key": "", "first_name": "", "zone": None, "language": None, "tracking": None,
            "discreet": False, "slower": False, "paused_until": None, "erase_at": None, "quiet_days": [],
            "tags": [], "watched": 0, "booked_at": None, "replied_at": None,
        },
        names_the_row="id",
        figures_go_on_counting_her="state created_at confirmed_at",
    ),
    "signup": _blanked(
        "which offer she signed up for, what she typed, where the link stood",
        {
            "typed_name": "", "typed_zone": None, "typed_language": None, "utm": {}, "source": None, "language": None,
            "place": None,
        },
        names_the_row="id lead_id nonce",
        the_stages_of_the_funnel_are_counted_from_these="offer day created_at asked_at reminded_at confirmed_at "
        "received_at under_way_at finished_at booked_at downloads",
    ),
    "enrolment": _blanked(
        "which sequences she was on, and when",
        {},
        names_the_row="id lead_id signup_id",
        figures_go_on_counting_her="sequence round state reason trigger started_on started_at ended_at",
        says_how_her_calendar_was_moved_and_nothing_of_her="shift_days passed due_at was_due_at",
    ),
    "delivery": _blanked(
        "each mail to her: what filled it, the provider's number for it, the words of servers and of who decided",
        # Of `filled` the chosen subject stays: it is the practice's own text, and counted.
        {"filled": {}, "provider_id": None, "reason": "erased", "detail": {}, "local_date": None},
        names_the_row="id kind lead_id admin_id signup_id enrolment_id nonce",
        the_practices_own_text="sequence lesson_id edition_lesson_id",
        figures_go_on_counting_her="state lookup_state created_at not_before ended_at opened_at clicked_at "
        "machine_opened_at machine_clicked_at left_at replied_at",
        how_our_machines_sent_it="attempts queued_until lease_until lease_by adapter",
    ),
    "consent": _deleted(
        "what she agreed to, and from which network", "id lead_id kind offer text at origin detail sequences"
    ),
    "booking_request": _deleted(
        "the conversations she asked for: what she wrote, when it was to be, what became of it",
        "id lead_id delivery_id nonce act booking_id name title minutes words phone good_time typed_name source at "
        "starts_at cancelled_at answered_at",
    ),
    "address_change": _deleted(
        "an address she had before, or asked for",
        "id nonce lead_id new_email old_email new_digest old_digest asked_at confirmed_at undone_at ended_at",
    ),
    "written_back": _deleted("what she wrote in answer to a mail", "id lead_id delivery_id words at"),
    "quiz_result": _deleted(
        "the result of a quiz that she asked us to keep",
        "id lead_id asking_id offer result at confirmed_at replaced_at until",
    ),
    "purchase": _blanked(
        "what she bought and when, and the number of the order, by which the checkout knows her",
        {"order_ref": None},
        names_the_row="id lead_id",
        figures_go_on_counting_her="offer bought_at noted_at refunded_at",
        who_of_the_practice_noted_it="noted_by refunded_by",
    ),
    "tagging": _deleted(
        "the words the practice put on her, when and by whom", "id lead_id name at put_by taken_at taken_by"
    ),
    "given_answer": _deleted(
        "what she answered to the questions of an offer",
        "id lead_id asking_id offer name plain sealed at confirmed_at replaced_at",
    ),
    "event": _deleted(
        "what came back about her: opens, clicks, bounces, with user agent and network",
        "id key kind at delivery_id lead_id link actor reasons raw",
    ),
    "hook_body": _deleted(
        "what providers reported, with her address", "id adapter received_at body headers state error queued_until"
    ),
    "suppression": _blanked(
        "a keyed digest of an address that is not mailed, and in a server's words why",
        {"note": ""},
        so_that_no_import_old_sequence_or_restored_backup_mails_her="digest reason at",
    ),
    "erasure": _blanked(
        "a keyed digest, and that it was erased",
        {},
        proof_that_it_was_done="id digest at finished_at",
        numbers_of_mails_on_their_way_until_they_have_arrived="in_flight",
    ),
    "mailbox": _blanked(
        "a keyed digest of a mailbox, and when it was written to",
        {},
        keeps_strangers_from_flooding_her_and_is_forgotten_a_day_after_the_last_mail="digest turns last_at",
        her_own_word_that_she_wants_no_such_mail="never_at",
    ),
    "channel_state": _blanked(
        "why a channel rests, in the provider's words, which may name an address",
        {"detail": ""},
        whether_mail_can_leave="adapter kind since until",
    ),
    "provider_rest": _nobodys(
        "at which mailbox provider mail rests",
        "provider scope begins since machine_since decision decided_by decided_at ended_at",
    ),
    "mail_domain": _nobodys("who serves the mail of a domain; a keyed digest of it", "digest provider looked_up_at"),
    "channel_resume": _nobodys("when a rest was ended", "adapter at"),
    "admin_user": _nobodys("who may sign in: no reader", "id email password_hash role created_at"),
    "admin_session": _nobodys("who is signed in: no reader", "digest admin_id started_at"),
    "audit_entry": _blanked(
        "what the practice did about her: her number, and none of her words",
        {},
        names_the_row="id about_kind about_id",
        says_who_of_the_practice_did_what="at actor_id what before after",
    ),
    "sign_in": _nobodys("links to sign in: no reader", "id admin_id created_at used_at nonce"),
    "heartbeat": _nobodys("which processes are alive", "name at machine_at"),
    "edition": _nobodys(
        "what the practice published", "id sequence number content_hash source published_at published_by"
    ),
    "edition_lesson": _nobodys(
        "what the practice published", "id edition_id sequence lesson_id position compiled"
    ),
    "practice_edition": _nobodys(
        "what the practice published", "id number content_hash source published_at published_by"
    ),
    "sequence_state": _nobodys("what the practice published", "sequence edition_id earlier_names paused_at"),
    "kept_file": _nobodys("the practice's own files", "name size"),
    "file_part": _nobodys("the practice's own files", "name number content"),
    "funnel_count": _nobodys("counters", "offer stage day n"),
    "cohort_count": _nobodys("counters", "offer dimension day value stage n"),
    "cohort_gone": _nobodys("counters", "offer dimension day value stage n"),
    "lesson_count": _nobodys("counters", "sequence lesson_id measure day n"),
    "subject_count": _nobodys("counters; a subject is the practice's text", "sequence lesson_id subject sent opened"),
    "file_count": _nobodys("counters", "asset day n"),
    "session_count": _nobodys("counters", "session source day n"),
}  # fmt: skip

FILES: Mapping[str, str] = {
    "funnel.sqlite3": "the tables; what is deleted is overwritten, and the write-ahead log emptied",
    "hits": "opens and clicks on their way into the database, with user agent and network: taken in within seconds, "
    "and those of an erased reader dropped; lines that were set aside are deleted",
    "bounces": "mail that came back: what names her is deleted",
    "outbox": "caught mail: what is to her or names her is deleted",
    "erasures.log": "a keyed digest and a date for each erasure, to be applied again after a restore",
    "redis": "numbers of mails that wait, and counts by digests of networks and addresses: nothing of hers",
    "inbox.json": "how far the practice's mailbox was read: numbers",
    "media": "the practice's own files",
    "dkim": "keys",
    "secret-key": "a key",
    "data.key": "the key of what is encrypted in the database",
    "data.key.lock": "empty",
    "time-lapse.json": "the clock of a demonstration",
    "time-lapse-end.json": "the clock of a demonstration",
    "published.json": "which practice was published",
    "up.lock": "where the running service is found",
}
"""Every file and folder of the data folder, and what erasing does to it."""
