"""What the dashboard says: names and definitions of every figure, in one place so that all pages agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from funnel.curriculum.sold import BOUGHT
from funnel.curriculum.tag_names import asked_tag
from funnel.insight import Need
from funnel.insight.needs import NeedKind
from funnel.insight.subjects import SubjectTest, Verdict

RANGES: Mapping[str, str] = {"7": "7 days", "28": "28 days", "90": "90 days", "365": "A year", "all": "Everything"}

LESSONS: Mapping[str, tuple[str, str]] = {
    "sent": ("Sent", "Mails of this lesson that the reader's mail server accepted."),
    "opened": (
        "Opened",
        "Of the mails sent, those a person opened, each once. Readers who chose not to be measured are not counted, "
        "so the truth is higher.",
    ),
    "clicked": ("Clicked", "Of the mails sent, those in which a person pressed a link, each once."),
    "machines": (
        "By machines",
        "Mails that scanners and previews opened or clicked, each once. They trigger nothing.",
    ),
    "replied": (
        "Wrote back",
        "Mails that their readers answered in their own words, each once. Only where the mailbox is read; automatic "
        "answers are not among them.",
    ),
    "left": ("Left", "Readers who unsubscribed from this mail."),
    "waiting": ("Waiting", "Mails that are due or being handed over at this moment."),
    "skipped": (
        "Skipped",
        "Mails that were not sent for a reason, such as a condition of the lesson or a reader who left.",
    ),
    "failed": ("Failed", "Mails that were refused for good, or given up after 48 hours of trying."),
    "decide": ("To decide", "Mails held because they could not be filled, or that may or may not have been sent."),
}

SUBJECTS: Mapping[str, tuple[str, str]] = {
    "sent": (
        "Sent with it",
        "Mails with this subject that a mail server accepted, from the beginning. Readers with discreet subjects are "
        "not among them.",
    ),
    "opened": ("Opened", "Of these, the mails that a person opened, each once."),
    "share": ("Share", "Opened as a part of sent."),
    "range": (
        "Likely between",
        "Where the share would settle with very many mails, in 19 of 20 cases (Wilson's interval). The more mails, the "
        "narrower. Whoever looks again and again sooner or later sees a difference that is chance: best decide "
        "beforehand after how many mails you will choose.",
    ),
}

ENROLMENTS: Mapping[str, tuple[str, str]] = {
    "walking": ("under way", "People on their way through this sequence at this moment."),
    "finished": ("finished", "People who came to its end."),
    "stopped": (
        "stopped",
        "People whose sequence ended early: they left, became a client, or their mailbox is dead.",
    ),
}

STATES: Mapping[str, str] = {
    "": "All",
    "waiting": "Waiting",
    "claimed": "Waiting",
    "handing_over": "Handing over",
    "accepted": "Sent",
    "failed": "Failed",
    "skipped": "Skipped",
    "unknown": "Unknown",
    "held": "Held",
}
STATE_MEANINGS: Mapping[str, str] = {
    "waiting": "Due now or at the time shown; a worker will take it.",
    "claimed": "A worker has taken it.",
    "handing_over": "It may be leaving at this moment.",
    "accepted": "The reader's mail server accepted it.",
    "failed": "It was refused for good, or given up after 48 hours.",
    "skipped": "It was not sent, for the reason shown.",
    "unknown": "The connection broke at the last moment: it may have arrived or not. It is not sent again by itself.",
    "held": "It could not be filled in for this reader. Nobody else is affected.",
}
LEADS: Mapping[str, tuple[str, str]] = {
    "guest": ("On no list", "Asked for a session on your site. Gets no letters."),
    "asked": ("Not confirmed", "Signed up and has not pressed the button in the confirmation mail."),
    "confirmed": ("Confirmed", "Agreed to get mail."),
    "left": ("Left", "Unsubscribed. Gets no mail."),
    "erased": ("Erased", "Asked to be forgotten. Only numbers are left."),
}
KINDS: Mapping[str, str] = {
    "lesson": "Lesson",
    "confirmation": "Confirmation of the address",
    "reminder": "Reminder to confirm",
    "asset": "What was promised",
    "sign_in": "Sign-in link",
    "booking": "About a conversation",
    "round": "When a course begins",
    "session": "About a session",
    "own_data": "Link to her own data",
    "new_address": "Confirmation of a new address",
    "old_address": "Notice to the address before",
    "night_answer": "Answer in the night",
    "test": "Test",
}
EVENTS: Mapping[str, str] = {
    "delivered": "Delivered",
    "bounced": "Bounced",
    "complained": "Reported as spam",
    "opened": "Opened",
    "clicked": "Clicked",
    "unsubscribed": "Unsubscribed",
    "watched": "Watched",
    "booked": "Asked for a conversation",
    "downloaded": "Downloaded",
    "chose": "Changed their preferences",
    "read": "Looked at a page",
    "replied": "Wrote back",
}
ACTORS: Mapping[str, str] = {"human": "a person", "machine": "a machine", "unknown": "not known who"}
# Why an address gets no mail, by SuppressionReason.
SUPPRESSIONS: Mapping[str, str] = {
    "bounced": "Its mailbox refused our mail for good",
    "provider_list": "The mail provider has it on its own suppression list and sends it nothing",
    "complained": "Its owner reported our mail as spam",
    "erased": "Its owner asked to be forgotten",
    "by_hand": "It was added to the list manually",
}
# How a mail was skipped or an enrolment stopped, where the word alone does not say it.
REASONS: Mapping[str, str] = {"provider_list": "on the provider's list", "by_hand": "added to the list manually"}
CONSENTS: Mapping[str, str] = {
    "asked": "Asked for mail",
    "confirmed": "Confirmed the address",
    "withdrawn": "Withdrew consent",
    "tracking": "Changed what is measured",
    "ended": "Got back what it had cost: this agreement counts no more",
}


def subject_verdict(test: SubjectTest) -> str:
    """Whether the difference between the subjects of a lesson means anything, in plain words."""
    first = test.subjects[0].subject
    match test.verdict:
        case Verdict.NOTHING:
            return "Nothing has been sent with these subjects yet."
        case Verdict.EARLY:
            return "Too early to tell: the difference may well be chance. Leave them as they are."
        case Verdict.ALIKE:
            return "No difference that matters: what you see may be chance. Keep the one you like better."
    low, high = test.ahead or (0.0, 0.0)
    return (
        f"“{first}” is opened more often: by {_of_hundred(low)} to {_of_hundred(high)} more readers of every hundred "
        "than the next. Chance alone rarely does that."
    )


def _of_hundred(share: float) -> str:
    return "less than one" if share < 0.01 else f"{share * 100:.0f}"


def reason(text: str) -> str:
    """Why a mail was skipped or an enrolment stopped; what is no word of ours as it is."""
    if name := asked_tag(text):
        bought = name.startswith(BOUGHT)
        return f"{name.removeprefix(BOUGHT)} was bought" if bought else f"the tag {name} was put on"
    return REASONS.get(text, text)


def trigger(text: str) -> str:
    """Why an enrolment began: "confirm" as "after confirming", "finished:ebook-welcome" as "after ebook-welcome"."""
    if text.startswith("finished:"):
        return f"after {text.removeprefix('finished:')}"
    if name := asked_tag(text):
        return f"by buying {name.removeprefix(BOUGHT)}" if name.startswith(BOUGHT) else f"by the tag {name}"
    known = {
        "confirm": "after confirming",
        "by_hand": "started by hand",
        "watched": "after watching",
        "agreed": "agreed by a link",
    }
    return known.get(text, f"after {text}" if text else "")


@dataclass(frozen=True, slots=True)
class NeedWords:
    """One thing that needs a person, in words.

    `state` is the list of mails to look at, `resume` the way out that a button tries again,
    `page` another list; empty where there is none.
    """

    title: str
    advice: str
    pressing: bool
    state: str = ""
    resume: str = ""
    page: str = ""


UNKNOWN_PROXY = NeedWords(
    "All visitors look like one",
    "Every request comes from one address, which says that it forwards them for others: a proxy stands in front, and "
    "the settings do not say so. What one visitor may do is shared by all of them, so most are asked for one more step "
    "when they sign up. Set `FUNNEL_TRUST_PROXY=1` (the number of proxies) and restart the service.",
    pressing=True,
)

# {mails} is how many, {subject} the adapter, {said} the provider's own words with a sentence around them.
_NEEDS: Mapping[NeedKind, NeedWords] = {
    NeedKind.CHANNEL_STOPPED: NeedWords(
        "Sending through {subject} has stopped",
        "Check the key and the sender's address at the provider and in FUNNEL_MAIL_URL. When it is mended, press the "
        "button; where a variable has changed, restart the service instead. No mail is lost: it waits.{said}",
        pressing=True,
        resume="{subject}",
    ),
    NeedKind.CHANNEL_WAITS: NeedWords(
        "Sending through {subject} is resting",
        "It goes on by itself; there is nothing to do.{said}",
        pressing=False,
    ),
    NeedKind.CLOCK_SILENT: NeedWords(
        "The clock is not running",
        "No lesson goes out until it does. Start the service with `funnel up`, or the clock alone with "
        "`funnel clock`. What is late is then spread out, never sent all at once.",
        pressing=True,
    ),
    NeedKind.QUEUE_AWAY: NeedWords(
        "The queue cannot be reached",
        "Check that Redis is running at FUNNEL_REDIS_URL. No mail is lost: it waits in the database.",
        pressing=True,
    ),
    NeedKind.NO_WORKER: NeedWords(
        "No worker is running",
        "No mail leaves, confirmations neither, until one does. What the worker last said stands in the terminal of "
        "`funnel up`, or in the log of `funnel worker`. No mail is lost: it waits.",
        pressing=True,
    ),
    NeedKind.LATE: NeedWords(
        "Mail is late",
        "It is due and has not gone. Check that a worker is running: `funnel worker` starts one more.",
        pressing=True,
        state="waiting",
    ),
    NeedKind.HELD: NeedWords(
        "{mails} held",
        "Mend what is missing and publish: then all of it goes by itself. Nobody else is affected.",
        pressing=True,
        state="held",
    ),
    NeedKind.UNKNOWN: NeedWords(
        "{mails} that may or may not have been sent",
        "The connection broke at the last moment. Nothing is sent again by itself, so that nobody gets a lesson twice.",
        pressing=True,
        state="unknown",
    ),
    NeedKind.TO_ANSWER: NeedWords(
        "{people} asked for a conversation",
        "Write to them, or write down the time you agreed on; then it is off this list.",
        pressing=False,
        page="bookings",
    ),
    NeedKind.FAILED: NeedWords(
        "{mails} failed in the last seven days",
        "Each says why. A dead address is not written to again; there is mostly nothing to do.",
        pressing=False,
        state="failed",
    ),
}


def need_words(need: Need) -> NeedWords:
    """What is the matter, and what to do about it."""
    said = {
        "mails": "1 mail" if need.count == 1 else f"{need.count:,} mails",
        "people": "1 person" if need.count == 1 else f"{need.count:,} people",
        "subject": need.subject,
        "said": f" The provider says: “{need.detail}”" if need.detail else "",
    }
    words = _NEEDS[need.kind]
    return replace(
        words, title=words.title.format(**said), advice=words.advice.format(**said), resume=words.resume.format(**said)
    )
