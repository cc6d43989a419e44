"""Every name a practitioner may write, with one line on what it is. The guide and its test are made from this."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

VARIABLES: dict[str, str] = {
    "lead.first_name": 'The reader\'s first name; may be empty, so write {{ lead.first_name or "reader" }}.',
    "quiz.result": "The reader's quiz result: secure, anxious, avoidant or mixed; empty in between, or without one.",
    "answers.where": "What the reader answered to the question where of an offer: answers.where == 'ended'.",
    "booked": "Whether the reader has booked a conversation.",
    "replied": "Whether the reader has answered a mail in her own words.",
    "watched": "How many quarters of the training the reader has watched, from 0 to 4.",
    "tags": "The tags on this reader; ask with 'evening' in tags.",
    "practice.name": "The practice's name, from practice.toml.",
    "practice.sender": "The name in the From line, from practice.toml.",
    "practice.reply_to": "The address that answers go to, from practice.toml.",
}

# What is the same for everybody, and so may stand on pages too.
PRACTICE_VARIABLES = {name: says for name, says in VARIABLES.items() if name.startswith("practice.")}

# Parts of a page that the service writes itself, from what is in force; each stands alone, between blank lines.
IN_FORCE: dict[str, str] = {
    "in_force.contact": "Who is responsible: name, postal address and mail address, from practice.toml.",
    "in_force.kept": "What is kept of a reader, and for how long.",
    "in_force.measured": "What is measured unless a reader chooses otherwise, and how to switch it off.",
    "in_force.senders": "Through whom mail leaves, from the settings.",
    "in_force.helplines": "The helplines, the visitor's own country first.",
    "in_force.sessions": "The sessions that one can ask for without letters, each with the way there.",
    "in_force.help": "The way to the page of all that help.toml lists, by country and language.",
}

FUNCTIONS: dict[str, str] = {
    "book": 'The link to book a conversation: book("intro"), a name under [booking] in practice.toml.',
    "begin": 'A page with one button, which agrees to another sequence: begin("anxious-attachment"), a folder\'s name.',
    "download": 'The reader\'s own link to a file: download("ebook"), a name in the assets folder.',
    "read": 'The reader\'s own link to an e-book as a page: read("ebook"), a text in the assets folder.',
    "watch": 'The reader\'s own link to the training: watch("training"), a name in the assets folder.',
    "session": 'The page to ask for a session, counting where it stood: session("couple"), of sessions.toml.',
    "page": 'A page: one of the reader\'s own, page("preferences"), or one of the practice\'s, page("safety").',
}

# What leads everybody to the same place, and so may stand on pages too.
PAGE_FUNCTIONS = ("page", "session")

PAGES: dict[str, str] = {
    "preferences": "Where the reader chooses pace, subjects and tracking.",
    "pause": "Where the reader pauses for one, two or four weeks.",
    "unsubscribe": "Where the reader stops all mail.",
    "web": "This mail as a web page.",
}

FILTERS: dict[str, str] = {
    "default": 'Another text when there is none: {{ lead.first_name | default("reader", true) }}.',
    "upper": "All in capitals.",
    "lower": "All in small letters.",
    "title": "Each Word With A Capital.",
}

QUIZ_RESULTS = ("secure", "anxious", "avoidant", "mixed")

BLOCKS: dict[str, str] = {
    "practice": "Something to do, with a title: :::practice Five slow breaths",
    "reflect": "A question to write about.",
    "story": "A story of somebody else.",
    "note": "Something aside, such as what this is and is not.",
    "button": "Exactly one link, shown as a button.",
}

LESSON_KEYS: dict[str, str] = {
    "id": "The lesson's name for ever: small letters, digits and hyphens; never changed, never used again.",
    "subject": "The subject line, or a list of two to four to compare.",
    "subject_discreet": "The subject for readers who chose discreet subjects.",
    "preheader": "The line a mail program shows after the subject.",
    "day": "Days after the reader's first day; 0 is at once.",
    "after": "Instead of day: how long after the previous lesson, such as 7d or 1w.",
    "on": "Instead of day: a date for everybody who is on the way by then, such as 2026-12-24.",
    "at": 'The time of day, "08:00", if not the sequence\'s.',
    "only_if": "Who gets this lesson; for everybody else it is passed over.",
    "content_note": "A soft warning before the text, such as grief, with a way to skip.",
}

SEQUENCE_KEYS: dict[str, str] = {
    "title": "The sequence's name, for readers and colleagues.",
    "start_on": "What starts it: confirm, watched, quiz_result, by_hand, finished:<sequence>, tag:<name>.",
    "for_offers": "Whose sign-up starts it: names of files in the offers folder.",
    "send": 'When lessons go out: {at: "08:00", days: [mon, tue], zone: reader}.',
    "catch_up": "What happens after a breakdown: {late_after: 3d, spread_over: 4h}.",
    "rounds": "Dates on which it begins together, such as [2027-01-08, 2027-03-05]; else with each reader.",
    "closes": "How long after a round has begun one can still join it, such as 3d; else not at all.",
    "stop_when": "Goals that end the sequence kindly: booked, replied, client, tag:<name>.",
}

SEND_KEYS: dict[str, str] = {
    "at": 'The time of day on the reader\'s wall: "08:00".',
    "days": "The weekdays: mon, tue, wed, thu, fri, sat, sun.",
    "zone": "Whose clock: reader, practice, or a place such as Europe/Dublin.",
}

CATCH_UP_KEYS: dict[str, str] = {
    "late_after": "Later than this, the reader's whole calendar moves on: 3d.",
    "spread_over": "Late mail is spread over this long: 4h.",
}

TRIGGERS: dict[str, str] = {
    "confirm": "The reader confirmed the address for one of for_offers.",
    "watched": "The reader watched the training.",
    "quiz_result": "The reader took the quiz, and confirmed her address.",
    "by_hand": "Somebody in the practice starts it.",
    "finished:": "The reader came to the end of another sequence: finished:ebook-welcome.",
    "tag:": "A tag was put on a reader who agreed to this sequence: tag:evening.",
}

GOALS: dict[str, str] = {
    "booked": "The reader booked a conversation.",
    "replied": "The reader answered a mail; only where its mailbox is read, see FUNNEL_REPLIES_MAILBOX.",
    "client": "The reader became a client.",
    "tag:": "A tag was put on the reader: tag:moved-on.",
}

OFFER_KEYS: dict[str, str] = {
    "title": "What it is called.",
    "kind": "ebook, training, quiz or course.",
    "open": "true; false takes the page away.",
    "teaser": "One sentence for the front page.",
    "button": "The words on the button.",
    "consent": "The sentence beside the tick box: what will be sent, and how to stop.",
    "followed_by": "A sequence that may follow: a second box asks for it, which nobody has ticked beforehand.",
    "followed_by_consent": "The sentence beside that box.",
    "thanks": "What the page says after signing up.",
    "thanks_url": "A page of your own instead, https://…, on one of your `sites`.",
    "confirmed_url": "A page of your own after confirming, likewise.",
    "paid": "true: it is sold, and its page leads to your checkout instead of a form.",
    "price": 'What it costs, as readers see it: "EUR 120".',
    "checkout": "Where one pays: https://…, a page of your own shop.",
    "asset": "The file that is promised: ebook for assets/ebook.md, training for assets/training.toml.",
    "questions": "Up to three things that the form asks, which lessons can speak to.",
}

QUESTION_KEYS: dict[str, str] = {
    "name": "Its name for ever, such as where: lessons know the answer as answers.where.",
    "label": "The question, as readers see it.",
    "kind": "choice, choices, line or yes_no.",
    "options": "What can be chosen, each as value: what readers see.",
    "required": "true where nobody can sign up without answering.",
    "sensitive": "true: the answer is encrypted, and in no report, filter or subject.",
}

QUIZ_KEYS: dict[str, str] = {
    "scoring": "How answers are counted: labels, middle, in_between, sure_to, least_answered.",
    "lines": "The two lines, anxiety and avoidance: what each is called, and what is said of its ends.",
    "statements": "The quiz's statements, each {id: …, line: anxiety or avoidance, reverse: false, text: …}.",
    "results": "What is said of each region: secure, anxious, avoidant, mixed, in_between, too_few.",
    "cannot_see": "A sentence or two on what the quiz cannot see.",
}

SCORING_KEYS: dict[str, str] = {
    "labels": "What one can answer, from least to most; the first counts 1.",
    "middle": "The middle of the answers: 3.0 where there are five.",
    "in_between": "How far around the middle nobody may say more than in between: 0.35.",
    "sure_to": "How far off one sitting may be, as the page shows it: 0.7.",
    "least_answered": "How many statements of a line have to be answered.",
}

QUIZ_LINE_KEYS: dict[str, str] = {
    "title": "what the line is called.",
    "low_end": "a word or two for its lower end.",
    "high_end": "a word or two for its upper end.",
    "low": "what is said of a place near the lower end.",
    "high": "what is said of a place near the upper end.",
}

STATEMENT_KEYS: dict[str, str] = {
    "id": "Its name for ever: small letters, digits and hyphens.",
    "line": "The line it counts for: anxiety or avoidance.",
    "reverse": "true where agreeing counts towards the lower end.",
    "text": "The statement, as somebody would say it of herself.",
}

QUIZ_RESULT_KEYS: dict[str, str] = {
    "title": "what stands above the result.",
    "text": "what is said of it, as a leaning.",
    "tonight": "what one can do tonight.",
}

TRAINING_KEYS: dict[str, str] = {
    "title": "What the training is called.",
    "minutes": "How long it lasts, in minutes, where it is an address; of a file the length is read.",
    "video": "The file in assets, .mp4 or .webm; or an https address.",
    "captions": "The words that are spoken, a WebVTT file in assets: training.en.vtt.",
    "chapters": "Where its parts begin, a WebVTT file in assets: training.chapters.vtt.",
    "transcript": "The whole talk as text, a markdown file in assets.",
    "poster": "The picture that stands there before it plays: a .jpg, .png or .webp in assets; else its first frame.",
    "stand_in": "true while the clip only stands in for your own.",
}

# What browsers play by themselves, and what they are told it is.
VIDEO_TYPES = {".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm"}

OFFER_KINDS = ("ebook", "training", "quiz", "course")

PAGE_KEYS: dict[str, str] = {
    "title": "What stands above the page.",
    "listed": "true: named at the foot of every page; false: found by its links only.",
    "untracked": "true: a link to it in a mail is never counted, whatever is measured.",
    "exit_to": "A harmless address, https://…: the page gets a button that opens it and leaves no way back.",
}

HOME_KEYS: dict[str, str] = {
    "title": "The front page's first words.",
    "lead": "A sentence or two below them.",
    "picture": "A picture beside them: a file in assets.",
    "picture_alt": "What the picture shows, for those who cannot see it.",
    "portrait": "A picture of whoever writes, beside the text.",
    "portrait_alt": "Who is in the picture.",
    "signature": "A picture of her signature, below the text.",
    "signature_alt": "The name it says.",
    "logo": "A picture before the practice's name, on every page.",
    "logo_alt": "What the logo shows.",
}

PRACTICE_KEYS: dict[str, str] = {
    "id": "Which practice this is; `funnel init` writes it once.",
    "name": "The practice's name.",
    "sender": "The name in the From line.",
    "sender_discreet": "The name in the From line of mail that is to give nothing away.",
    "from": "The address in the From line.",
    "reply_to": "The address that answers go to.",
    "postal_address": "The postal address, on one line; it stands in every mail.",
    "credentials": "What you may put behind your name, such as MA, LMFT; below each mail and page.",
    "licence": "Your licence, on one line: who gave it, and its number.",
    "also": "A second service of yours, and its name, on one line.",
    "zone": "Where the practice is, such as Europe/Dublin.",
    "quiet_days": 'Days without lessons: "2027-01-01" or "2026-12-24..2026-12-26".',
    "tracking": "What is recorded unless a reader chooses: none, clicks, full, or ask, which asks her first.",
    "language": "The language of the mails, such as en.",
    "languages": 'Others in which readers are served: ["de"], from siblings such as week-1.de.md.',
    "colours": 'Colours of mails and pages, such as accent = "#2f6f6b".',
    "wave": "false leaves away the small wave on pages, in the tab's icon and on cards.",
    "booking": "Kinds of conversation to book, each as [booking.name].",
    "helplines": "Where to find help in a crisis, each as [[helplines]].",
    "replies": "Who reads answers, and how soon: a sentence at the foot of each lesson.",
    "remind": "true reminds, once, who has not confirmed after two days; otherwise nobody.",
    "keep_replies": "true keeps the words of answers, encrypted; otherwise only that somebody answered, and when.",
    "sites": 'The sites on which your forms may stand: ["https://www.example.org"].',
}

NIGHT_KEYS: dict[str, str] = {
    "subject": "The subject of the mail. It says nothing of what the reader is on, for others may see it.",
    "from": 'When somebody begins to read answers, on the practice\'s clock: "09:00".',
    "to": 'When nobody reads any more: "17:00".',
    "days": "The weekdays on which answers are read: mon, tue, wed, thu, fri. Quiet days are not.",
}

# Of practice.de.toml; all else is the same in every language.
PRACTICE_WORDS_KEYS: dict[str, str] = {
    "credentials": "What stands behind your name, in this language.",
    "licence": "Your licence, in this language.",
    "also": "The second service, in this language.",
    "replies": "Who reads answers, and how soon, in this language.",
    "booking": 'What conversations are called in it, each as [booking.intro] with title = "…".',
    "hours": 'Below [hours], when helplines answer: "day and night" = "Tag und Nacht".',
}

BOOKING_KEYS: dict[str, str] = {
    "title": "What the conversation is called.",
    "minutes": "How long it lasts.",
    "url": "The practice's calendar on the web, https://…; empty if it has none.",
}

HELPLINE_KEYS: dict[str, str] = {
    "country": "Where it can be reached.",
    "name": "What it is called.",
    "phone": "The number.",
    "url": "Its web address.",
    "hours": "When somebody answers.",
    "checked": "The day you last rang, or looked, such as 2027-01-31; without it no mail goes to real people.",
}

HELP_LISTS: dict[str, str] = {
    "help": "Where to find help beside the helplines, each as [[help]].",
    "therapists": "Whom to turn to for longer, each as [[therapists]].",
}

HELP_KEYS: dict[str, str] = {
    "name": "What the service is called.",
    "country": "Where it can be reached; left out, everywhere.",
    "region": "The part of the country, where it is for that alone.",
    "languages": 'In which languages one can speak there: ["en", "de"].',
    "phone": "The number alone.",
    "url": "Its web address.",
    "for": "What one can turn there with, in a few words.",
    "hours": "When somebody answers.",
    "checked": "The day you last rang, or looked, such as 2027-01-31.",
}

THERAPIST_KEYS: dict[str, str] = {
    "name": "As she is called.",
    "town": "Where she works.",
    "country": "In which country.",
    "approaches": 'How she works: ["emotionally focused"].',
    "online": "true where she also works over the net.",
    "languages": 'In which languages: ["en", "de"].',
    "phone": "The number alone.",
    "url": "Her web address.",
    "checked": "The day you last looked whether this is still so, such as 2027-01-31.",
}

# Of help.de.toml.
HELP_WORDS_KEYS: dict[str, str] = {
    "words": 'Below [words], the texts of help.toml in this language: "grief" = "Trauer".',
}

SESSION_KEYS: dict[str, str] = {
    "slug": "Its name in addresses, such as couple.",
    "title": "What it is called.",
    "minutes": "How long it lasts.",
    "price": "What it costs, in words.",
    "where": "Where it takes place, or online.",
    "who": "With whom.",
    "credentials": "What stands behind that name; left out, those of practice.toml.",
    "about": "A sentence or two on whom it is for.",
    "url": "Your calendar for it on the web, https://…; left out, it is asked for by a form.",
}

# Of sessions.de.toml.
SESSION_WORDS_KEYS: dict[str, str] = {
    "words": 'Below [words], the texts of sessions.toml in this language: "online" = "online".',
}

TRACKING = ("none", "clicks", "full", "ask")

PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp")

CONDITION_NAMES: dict[str, str] = {
    "quiz.result": "The reader's quiz result, a text; empty in between, or without one.",
    "answers.where": "What the reader answered to the question where of an offer: answers.where == 'ended'.",
    "tags": "The tags on this reader: 'evening' in tags.",
    "booked": "Whether the reader has booked.",
    "replied": "Whether the reader has answered a mail.",
    "watched": "Quarters of the training watched, 0 to 4.",
    "weeks": "Whole weeks since the reader's first day.",
    "opened": 'Whether the reader opened a lesson: opened("the-alarm").',
    "clicked": 'Whether the reader clicked in a lesson: clicked("the-alarm").',
}


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name most like `word`, or None when nothing is near. Only the first 60 characters are compared."""
    names = list(known)
    small = {name.lower(): name for name in names}
    found = difflib.get_close_matches(word[:60].lower(), list(small), n=1, cutoff=0.6)
    if found:
        return small[found[0]]
    # "Wednesday" for "wed".
    longer = next((name for name in names if len(name) > 2 and word.lower().startswith(name.lower())), None)
    if longer is not None:
        return longer
    # "first_name" for "lead.first_name": the last part is what people remember.
    tail = word[:60].lower().rsplit(".", 1)[-1]
    return next((name for name in names if tail and name.lower().rsplit(".", 1)[-1] == tail), None)
