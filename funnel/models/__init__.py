"""The tables. Relations are ids, never lazily loaded, so no query hides in an attribute."""

from funnel.db import Base
from funnel.models.access import AuditEntry
from funnel.models.address_changes import AddressChange as AddressChange
from funnel.models.answers import GivenAnswer
from funnel.models.bookings import SESSIONS_BEGIN, BookingAct, BookingRequest
from funnel.models.brake import RESTING_REASON, BrakeDecision, BrakeScope, MailDomain, ProviderRest
from funnel.models.counters import (
    OF_SIGNUPS,
    ON_PAGES,
    CohortCount,
    CohortDimension,
    CohortGone,
    FileCount,
    FunnelCount,
    FunnelStage,
    LessonCount,
    LessonMeasure,
    SessionCount,
    SubjectCount,
)
from funnel.models.course import Edition, EditionLesson, FilePart, KeptFile, PracticeEdition, SequenceState
from funnel.models.deliveries import AT_MOST_ONCE, OPEN_STATES, Delivery, DeliveryKind, DeliveryState, in_state
from funnel.models.enrolments import NOT_ENDED, Enrolment, EnrolmentState
from funnel.models.erasures import Erasure
from funnel.models.events import Actor, Event, EventKind, WrittenBack
from funnel.models.hook_bodies import HookBody, HookState
from funnel.models.mailboxes import AskedMailbox
from funnel.models.people import (
    Consent,
    ConsentKind,
    Lead,
    LeadState,
    Signup,
    SignupPlace,
    Suppression,
    SuppressionReason,
)
from funnel.models.purchases import Purchase
from funnel.models.quiz import QuizResult
from funnel.models.service import AdminRole, AdminSession, AdminUser, ChannelResume, ChannelState, Heartbeat, SignIn
from funnel.models.tags import Tagging

__all__ = [
    "AT_MOST_ONCE",
    "NOT_ENDED",
    "OF_SIGNUPS",
    "ON_PAGES",
    "OPEN_STATES",
    "RESTING_REASON",
    "SESSIONS_BEGIN",
    "Actor",
    "AdminRole",
    "AdminSession",
    "AdminUser",
    "AskedMailbox",
    "AuditEntry",
    "Base",
    "BookingAct",
    "BookingRequest",
    "BrakeDecision",
    "BrakeScope",
    "ChannelResume",
    "ChannelState",
    "CohortCount",
    "CohortDimension",
    "CohortGone",
    "Consent",
    "ConsentKind",
    "Delivery",
    "DeliveryKind",
    "DeliveryState",
    "Edition",
    "EditionLesson",
    "Enrolment",
    "EnrolmentState",
    "Erasure",
    "Event",
    "EventKind",
    "FileCount",
    "FilePart",
    "FunnelCount",
    "FunnelStage",
    "GivenAnswer",
    "Heartbeat",
    "HookBody",
    "HookState",
    "KeptFile",
    "Lead",
    "LeadState",
    "LessonCount",
    "LessonMeasure",
    "MailDomain",
    "PracticeEdition",
    "ProviderRest",
    "Purchase",
    "QuizResult",
    "SequenceState",
    "SessionCount",
    "SignIn",
    "Signup",
    "SignupPlace",
    "SubjectCount",
    "Suppression",
    "SuppressionReason",
    "Tagging",
    "WrittenBack",
    "in_state",
]
