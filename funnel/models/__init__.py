"""The rows. Relations are ids; no lazy loading, so no query hides in an attribute."""

from funnel.db import Base
from funnel.models.counters import FileCount, FunnelCount, FunnelStage, LessonCount, LessonMeasure, SubjectCount
from funnel.models.course import Edition, EditionLesson, FilePart, KeptFile, PracticeEdition, SequenceState
from funnel.models.journey import (
    OPEN_STATES,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Enrolment,
    EnrolmentState,
    in_state,
)
from funnel.models.people import Consent, ConsentKind, Lead, LeadState, Signup, Suppression, SuppressionReason
from funnel.models.response import Actor, BookingRequest, Event, EventKind, HookBody, HookState
from funnel.models.service import AdminSession, AdminUser, ChannelState, Heartbeat, SignIn

__all__ = [
    "OPEN_STATES",
    "Actor",
    "AdminSession",
    "AdminUser",
    "Base",
    "BookingRequest",
    "ChannelState",
    "Consent",
    "ConsentKind",
    "Delivery",
    "DeliveryKind",
    "DeliveryState",
    "Edition",
    "EditionLesson",
    "Enrolment",
    "EnrolmentState",
    "Event",
    "EventKind",
    "FileCount",
    "FilePart",
    "FunnelCount",
    "FunnelStage",
    "Heartbeat",
    "HookBody",
    "HookState",
    "KeptFile",
    "Lead",
    "LeadState",
    "LessonCount",
    "LessonMeasure",
    "PracticeEdition",
    "SequenceState",
    "SignIn",
    "Signup",
    "SubjectCount",
    "Suppression",
    "SuppressionReason",
    "in_state",
]
