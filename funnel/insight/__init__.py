"""What happened, as figures. Every function takes a session and only reads."""

from funnel.insight.agreement import agreement
from funnel.insight.bookings import BookingLine, SessionAskings, bookings_page, session_counts
from funnel.insight.cohorts import Cohort, cohorts, cohorts_by, download_counts, page_counts
from funnel.insight.ledger import Ledger, ledger
from funnel.insight.lessons import LessonReport, SequenceReport, sequence_reports
from funnel.insight.mails import MailFilter, MailLine, mails_page
from funnel.insight.needs import Need, needs
from funnel.insight.people import PersonLine, people_counts, people_page
from funnel.insight.sources import SourceCount, source_counts
from funnel.insight.status import QueueState, Status, status
from funnel.insight.subjects import SubjectTest, subject_tests

__all__ = [
    "BookingLine",
    "Cohort",
    "Ledger",
    "LessonReport",
    "MailFilter",
    "MailLine",
    "Need",
    "PersonLine",
    "QueueState",
    "SequenceReport",
    "SessionAskings",
    "SourceCount",
    "Status",
    "SubjectTest",
    "agreement",
    "bookings_page",
    "cohorts",
    "cohorts_by",
    "download_counts",
    "ledger",
    "mails_page",
    "needs",
    "page_counts",
    "people_counts",
    "people_page",
    "sequence_reports",
    "session_counts",
    "source_counts",
    "status",
    "subject_tests",
]
