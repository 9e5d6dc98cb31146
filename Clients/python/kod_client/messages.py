"""Messages, enums, methods and reasons.

Generated from Protocol/kod.proto by `python3 -m kod_client.generate`: do not edit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from .wire import Field, Kind, Message, OpenEnum


class FrameType(OpenEnum):
    """The `type` byte of the frame header."""

    FRAME_TYPE_UNSPECIFIED = 0
    HELLO = 1  # client -> server, payload Hello; the first frame of a session
    WELCOME = 2  # server -> client, payload Welcome
    REQUEST = 3  # client -> server, payload the method's request; opens a call
    RESPONSE = 4  # server -> client, payload the method's response; ends a unary call
    ITEM = 5  # server -> client, payload one item of a server stream
    STATUS = 6  # server -> client, payload Status; ends a call, or, for call 0, speaks of the session
    CANCEL = 7  # client -> server, no payload; asks to end a call
    PING = 8  # either way, payload 0 to 32 bytes of the sender's choice
    PONG = 9  # the answer to PING, same payload
    GOING_AWAY = 10  # either way, payload GoingAway; the last frame of its sender


class Code(OpenEnum):
    """gRPC's canonical status codes."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class Reason(OpenEnum):
    """Why, in a form that programs can rely on. The text beside it in Status may change; this does not."""

    REASON_UNSPECIFIED = 0
    FRAME_TOO_LARGE = 1  # payload longer than the limit; the connection closes
    FRAME_TYPE_UNKNOWN = 2  # skipped
    FRAME_FLAGS_UNKNOWN = 3  # flags are reserved and zero
    FRAME_UNEXPECTED = 4  # a known type that the client does not send, or a second HELLO
    PAYLOAD_MALFORMED = 5  # does not decode as the method's request
    HELLO_REQUIRED = 6  # anything else before HELLO was answered
    HELLO_TIMEOUT = 7  # no valid HELLO in time; the connection closes
    HELLO_LIMIT = 8  # too many bytes before authentication; the connection closes
    TOKEN_REJECTED = 9  # the connection closes
    VERSION_UNSUPPORTED = 10  # no common protocol version; the connection closes
    METHOD_UNKNOWN = 11
    CALL_UNKNOWN = 12  # CANCEL of a call that is not in flight
    CALL_ID_NOT_INCREASING = 13  # call ids start at 1 and grow; answered on call 0
    CALLS_IN_FLIGHT = 14
    CALL_CANCELLED = 15
    CALL_DEADLINE = 16
    ROLE_NOT_ALLOWED = 17
    KEEPALIVE_TIMEOUT = 18  # nothing heard from the client; the connection closes
    SERVER_STOPPING = 19  # the connection closes
    SLOW_CONSUMER = 20  # output not read in time; the connection closes
    SESSION_LIMIT = 21  # the server holds as many sessions as it may
    COMMIT_FAILED = 22  # the log could not be synced: outcome unknown
    SUBSCRIPTION_EXISTS = 23  # one subscription a session
    PING_TOO_LONG = 24  # more than 32 bytes
    PAYLOAD_UNEXPECTED = 25  # CANCEL carries none
    CANCEL_LIMIT = 26  # cancelled too many calls; the connection closes
    CREDENTIAL_EXPIRED = 27  # the credential's time is over; the connection closes
    FIELD_INVALID = 100  # details name each field
    IDEMPOTENCY_KEY_REUSED = 101  # same key, different request
    REFERRAL_UNKNOWN = 102  # or not yours to see
    OFFER_UNKNOWN = 103  # or not yours
    OFFER_TAKEN = 104  # another assister accepted first; details say when
    OFFER_DEADLINE_PASSED = 105
    OFFER_WITHDRAWN = 106
    OFFER_ALREADY_REJECTED = 107
    OFFER_ALREADY_ACCEPTED = 108
    OFFER_RELEASED = 109  # you switched availability off
    NOT_REGISTERED = 110
    ALREADY_REGISTERED = 111
    NOT_THE_HOLDER = 112
    REFERRAL_STATE = 113  # the referral's state does not allow it (R18)
    CAPACITY_REACHED = 114  # open assignments at the limit (R36)
    OUTCOME_NOT_ALLOWED = 115
    PRINCIPAL_EXISTS = 116
    TERMS_NOT_ACCEPTED = 117
    ENGINE_LIMIT = 118  # a documented capacity of the server is used up
    REGISTRATION_NOT_ALLOWED = 119  # suspended, or the policy leaves it to staff (R30)
    ASSISTER_UNKNOWN = 120  # no assister of this name
    ASSISTER_STATE = 121  # the assister's registration does not allow it (R30)
    ASSISTER_NOT_ELIGIBLE = 122  # may not take this help type, or held it before
    NOBODY_TO_ASK = 123  # run again, but nobody is eligible and available (R12)
    UNREACHABLE_TOO_EARLY = 124  # not enough attempts, or too close together (R43)
    NOTICE_UNKNOWN = 125  # no such notice, or it was withdrawn
    NOTICE_SETTLED = 126  # acknowledged otherwise before
    POLICY_VERSION = 127  # somebody changed the policy since you read it
    HISTORY_NOT_KEPT = 128  # longer ago than what is kept for this question
    RANGE_TOO_LONG = 129  # more referrals than one answer may cover
    PAGE_TOKEN_INVALID = 130  # not from an earlier page of the same search
    NEVER_OFFERED = 131  # the referral was never offered to that assister
    REGISTRATION_INCOMPLETE = 132  # a draft: contact, availability or terms are missing
    BUSY = 133  # as many long questions as may run at once
    CREDENTIAL_LIMIT = 134  # as many valid credentials as a principal may have


class Role(OpenEnum):
    ROLE_UNSPECIFIED = 0
    ASSISTER = 1
    INTAKE_PARTNER = 2
    SUPERVISOR = 3
    OPERATOR = 4
    AUDITOR = 5  # reads what supervisors read, changes nothing
    NOTIFIER = 6  # takes notices to phones and mailboxes (R65)


class AssisterKind(OpenEnum):
    ASSISTER_KIND_UNSPECIFIED = 0
    AGENT = 1
    KYNECTOR = 2


class HelpType(OpenEnum):
    HELP_TYPE_UNSPECIFIED = 0
    APPLICATION = 1
    PLAN = 2
    BOTH = 3


class OfferKind(OpenEnum):
    OFFER_KIND_UNSPECIFIED = 0
    GENERAL = 1
    MASS = 2


class OfferState(OpenEnum):
    OFFER_STATE_UNSPECIFIED = 0
    OFFER_PENDING = 1
    OFFER_ACCEPTED = 2
    OFFER_REJECTED = 3
    OFFER_MISSED = 4
    OFFER_EXPIRED = 5
    OFFER_WAS_TAKEN = 6
    OFFER_WAS_WITHDRAWN = 7
    OFFER_WAS_RELEASED = 8


class ReferralState(OpenEnum):
    REFERRAL_STATE_UNSPECIFIED = 0
    REFERRAL_GENERAL = 1
    REFERRAL_MASS = 2
    REFERRAL_WAITING = 3
    REFERRAL_ASSIGNED = 4
    REFERRAL_CONTACTED = 5
    REFERRAL_CLOSED = 6
    REFERRAL_CANCELLED = 7


class WaitingCause(OpenEnum):
    WAITING_CAUSE_UNSPECIFIED = 0
    NO_ONE_AVAILABLE = 1
    ALL_ASKED = 2
    MASS_EXPIRED = 3


class Outcome(OpenEnum):
    OUTCOME_UNSPECIFIED = 0
    APPLICATION_SUBMITTED = 1
    PLAN_ENROLLED = 2
    BOTH_DONE = 3
    QUESTION_ANSWERED = 4
    FOLLOW_UP_ELSEWHERE = 5
    ALREADY_HELPED = 6
    RESIDENT_DECLINED = 7
    UNREACHABLE = 8
    WRONG_NUMBER = 9
    DUPLICATE = 10
    NOT_ELIGIBLE = 11
    UNSERVED = 12


class RegistrationState(OpenEnum):
    REGISTRATION_STATE_UNSPECIFIED = 0
    REGISTRATION_NONE = 1
    REGISTRATION_DRAFT = 2
    REGISTRATION_ACTIVE = 3
    REGISTRATION_WITHDRAWN = 4
    REGISTRATION_DEREGISTERED = 5
    REGISTRATION_SUSPENDED = 6


class AvailabilityOverride(OpenEnum):
    """Current availability: what the assister set by hand, over the schedule."""

    AVAILABILITY_OVERRIDE_UNSPECIFIED = 0
    FOLLOW_SCHEDULE = 1
    OVERRIDE_ON = 2
    OVERRIDE_OFF = 3


class AttemptResult(OpenEnum):
    """What an attempt to call came to (R13, R14)."""

    ATTEMPT_RESULT_UNSPECIFIED = 0
    REACHED = 1
    NO_ANSWER = 2
    VOICEMAIL = 3


class WithdrawalCause(OpenEnum):
    """Why an open offer was withdrawn (R25)."""

    WITHDRAWAL_CAUSE_UNSPECIFIED = 0
    REFERRAL_WAS_CANCELLED = 1
    ASSISTER_WAS_DEREGISTERED = 2
    ASSISTER_WAS_SUSPENDED = 3
    ASSISTER_WITHDREW = 4
    REFERRAL_WAS_ASSIGNED = 5  # by a supervisor's hand (R12)


class AssignmentEnd(OpenEnum):
    """Why accepted work left its holder (R16, R17)."""

    ASSIGNMENT_END_UNSPECIFIED = 0
    END_CANCELLED = 1
    END_RELEASED = 2  # by the holder
    END_TAKEN_BACK = 3  # by a supervisor
    END_RECLAIMED = 4  # no attempt logged in time (R46)


class Blocker(OpenEnum):
    """What keeps an assister from being available (R32). Several at once are bits of a set: 1 << value."""

    BLOCKED_BY_REGISTRATION = 0  # not active
    BLOCKED_BY_CREDENTIAL = 1  # the license or certificate is past its date
    BLOCKED_BY_OUT_OF_OFFICE = 2
    BLOCKED_BY_HOURS = 3  # outside weekly hours or in a break
    BLOCKED_BY_OVERRIDE = 4  # switched off
    BLOCKED_BY_CAPACITY = 5  # as much open work as may be (R36)


class NoticeChannel(OpenEnum):
    NOTICE_CHANNEL_UNSPECIFIED = 0
    PHONE = 1
    EMAIL = 2


class NoticeState(OpenEnum):
    """How far a notice has come (R65)."""

    NOTICE_STATE_UNSPECIFIED = 0
    NOTICE_PENDING = 1  # not acknowledged yet
    NOTICE_SENT = 2
    NOTICE_DELIVERED = 3
    NOTICE_FAILED = 4
    NOTICE_WITHDRAWN = 5  # its offer ended first


class AlertKind(OpenEnum):
    """What supervisors are told about a referral."""

    ALERT_KIND_UNSPECIFIED = 0
    ALERT_WAITING = 1  # nobody is being asked about it (R3, R7, R10)
    ALERT_PROMISE_MISSED = 2  # R44
    ALERT_OVERDUE = 3  # accepted, not called in time (R45)
    ALERT_RECLAIMED = 4  # R46


class Weekday(OpenEnum):
    WEEKDAY_UNSPECIFIED = 0
    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7


class DeskAction(OpenEnum):
    DESK_ACTION_UNSPECIFIED = 0
    RERUN = 1
    ASSIGNED_BY_HAND = 2
    GAVE_UP = 3
    TOOK_BACK = 4
    CANCELLED_BY_STAFF = 5
    RELEASED_BY_HOLDER = 6


class RankStep(OpenEnum):
    RANK_STEP_UNSPECIFIED = 0
    BY_ROLE = 1
    BY_COUNTY = 2
    BY_LAST_OFFER = 3
    BY_OFFERS_TODAY = 4
    BY_REGISTRATION = 5
    BY_ID = 6


class ExclusionCause(OpenEnum):
    EXCLUSION_CAUSE_UNSPECIFIED = 0
    NOT_AVAILABLE = 1  # `blockers` says why
    ROLE_DOES_NOT_TAKE_IT = 2
    OTHER_LANGUAGE = 3
    OTHER_COUNTY = 4
    HAD_OPEN_GENERAL_OFFER = 5  # R36
    WAS_ASKED_BEFORE = 6  # general: any earlier offer of it; mass: rejected or held it
    HAD_NO_SESSION = 7  # policy offer_requires_session
    REGISTERED_LATER = 8  # not registered then


class QueueFilter(OpenEnum):
    QUEUE_WAITING = 0  # nobody is being asked
    QUEUE_OVERDUE = 1  # accepted, not called in time
    QUEUE_PROMISE_MISSED = 2  # open and past its promise
    QUEUE_OPEN = 3  # anything not closed or cancelled


class Continuation(OpenEnum):
    CONTINUATION_UNSPECIFIED = 0
    CONTINUE_NEXT = 1
    CONTINUE_MASS = 2


class MassAudience(OpenEnum):
    MASS_AUDIENCE_UNSPECIFIED = 0
    MASS_ELIGIBLE = 1
    MASS_ANY_COUNTY = 2


class LanguageRelaxation(OpenEnum):
    LANGUAGE_RELAXATION_UNSPECIFIED = 0
    LANGUAGE_NEVER = 1
    LANGUAGE_IN_MASS = 2


class Reregistration(OpenEnum):
    REREGISTRATION_UNSPECIFIED = 0
    REREGISTRATION_ALLOWED = 1
    REREGISTRATION_STAFF_ONLY = 2


class Preset(OpenEnum):
    PRESET_UNSPECIFIED = 0  # the policy that is given
    PRESET_PHASE15 = 1
    PRESET_SERIAL = 2
    PRESET_LAPSE_TO_MASS = 3
    PRESET_ONE_SHOT = 4


@dataclass(slots=True, repr=False)
class FieldViolation(Message):
    path: str = ""  # "contact.phone", "weekly_hours[2].breaks[0].end"
    description: str = ""

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "path", Kind.STRING),
        Field(2, "description", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class Status(Message):
    """Payload of STATUS."""

    code: Code = Code.OK
    reason: Reason = Reason.REASON_UNSPECIFIED
    message: str = ""  # for people; may change
    violations: list[FieldViolation] = field(default_factory=list)  # FIELD_INVALID
    taken_at_us: int = 0  # OFFER_TAKEN
    retry_after_ms: int = 0  # retriable: wait this long first; 0: no advice
    frame_type: int = 0  # call 0: the type of the frame that this is about
    about_call: int = 0  # call 0: its call id

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "code", Kind.ENUM, of=lambda: Code),
        Field(2, "reason", Kind.ENUM, of=lambda: Reason),
        Field(3, "message", Kind.STRING),
        Field(4, "violations", Kind.MESSAGE, repeated=True, of=lambda: FieldViolation),
        Field(5, "taken_at_us", Kind.INT64),
        Field(6, "retry_after_ms", Kind.UINT32),
        Field(7, "frame_type", Kind.UINT32),
        Field(8, "about_call", Kind.UINT32),
    )


@dataclass(slots=True, repr=False)
class Hello(Message):
    """Payload of HELLO."""

    minimum_version: int = 0  # protocol versions the client speaks, both ends included; this text is version 1
    maximum_version: int = 0
    token: str = field(default="", repr=False)
    client: str = ""  # name and version of the program, for the operator's log; 0 to 64 bytes

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "minimum_version", Kind.UINT32),
        Field(2, "maximum_version", Kind.UINT32),
        Field(3, "token", Kind.STRING),
        Field(4, "client", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class Welcome(Message):
    """Payload of WELCOME."""

    version: int = 0
    session_id: int = 0
    principal: str = ""  # the name the credential was made for
    role: Role = Role.ROLE_UNSPECIFIED
    server_time_us: int = 0  # countdowns follow this clock
    limits: Limits | None = None
    server: str = ""  # name and version
    credential_expires_at_us: int = 0  # refresh the session before then (RefreshSession); 0: no end
    minor_version: int = 0  # what the server's version has gained; nothing to refuse a server for

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "version", Kind.UINT32),
        Field(2, "session_id", Kind.UINT64),
        Field(3, "principal", Kind.STRING),
        Field(4, "role", Kind.ENUM, of=lambda: Role),
        Field(5, "server_time_us", Kind.INT64),
        Field(6, "limits", Kind.MESSAGE, of=lambda: Limits),
        Field(7, "server", Kind.STRING),
        Field(8, "credential_expires_at_us", Kind.INT64),
        Field(9, "minor_version", Kind.UINT32),
    )


@dataclass(slots=True, repr=False)
class Limits(Message):
    """Every bound that a client can meet. Durations in milliseconds."""

    maximum_payload_bytes: int = 0  # of a frame, either way
    maximum_calls_in_flight: int = 0  # streams included, and cancelled calls that the server has not done with
    ping_interval_ms: int = 0  # a client that has been silent so long sends PING
    silence_limit_ms: int = 0  # after so much silence the server closes
    default_timeout_ms: int = 0  # of a unary call that gave none
    maximum_timeout_ms: int = 0  # longer ones are shortened to this
    resume_pushes: int = 0  # how many pushes of a principal are kept for resuming
    resume_age_ms: int = 0  # and how long
    maximum_hello_bytes: int = 0  # payload of a client's frame before WELCOME
    maximum_bytes_before_welcome: int = 0
    hello_timeout_ms: int = 0  # from the TCP connection to WELCOME
    maximum_ping_bytes: int = 0
    push_queue_bytes: int = 0  # stream items that wait for a session that does not read; then they are collapsed
    read_pause_bytes: int = 0  # with more waiting for it, a session's frames are not read
    output_limit_bytes: int = 0  # with more waiting for it, a session is ended
    cancel_burst: int = 0  # cancelled calls in a row
    cancels_per_second: int = 0  # and in the long run
    idempotency_key_ms: int = 0  # how long a key is remembered
    credential_lifetime_ms: int = 0  # of a renewed credential, at most
    maximum_credentials: int = 0  # of a principal, valid at the same time
    maximum_state_referrals: int = 0  # in the current state of a subscription
    maximum_long_questions: int = 0  # over all sessions
    maximum_page_size: int = 0
    maximum_open_notices: int = 0  # not acknowledged, in a notifier's stream
    linger_ms: int = 0  # how long a closing connection waits for the client to read GOING_AWAY
    drain_ms: int = 0  # how long a stopping server waits for calls in flight
    maximum_subscriptions: int = 0  # of a session, and likewise to notices
    maximum_standing_offers: int = 0  # in `Standing`
    maximum_standing_assignments: int = 0
    maximum_attempts: int = 0  # in an `Assignment`, the newest
    maximum_update_rows: int = 0  # in `Updates.today`
    maximum_desk_notes: int = 0  # in `InspectReferral`, the newest
    maximum_moments: int = 0  # in an `Explanation`, the newest
    maximum_simulation_requests: int = 0
    maximum_simulation_assisters: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "maximum_payload_bytes", Kind.UINT32),
        Field(2, "maximum_calls_in_flight", Kind.UINT32),
        Field(3, "ping_interval_ms", Kind.UINT32),
        Field(4, "silence_limit_ms", Kind.UINT32),
        Field(5, "default_timeout_ms", Kind.UINT32),
        Field(6, "maximum_timeout_ms", Kind.UINT32),
        Field(7, "resume_pushes", Kind.UINT32),
        Field(8, "resume_age_ms", Kind.UINT64),
        Field(9, "maximum_hello_bytes", Kind.UINT32),
        Field(10, "maximum_bytes_before_welcome", Kind.UINT32),
        Field(11, "hello_timeout_ms", Kind.UINT32),
        Field(12, "maximum_ping_bytes", Kind.UINT32),
        Field(13, "push_queue_bytes", Kind.UINT32),
        Field(14, "read_pause_bytes", Kind.UINT32),
        Field(15, "output_limit_bytes", Kind.UINT32),
        Field(16, "cancel_burst", Kind.UINT32),
        Field(17, "cancels_per_second", Kind.UINT32),
        Field(18, "idempotency_key_ms", Kind.UINT64),
        Field(19, "credential_lifetime_ms", Kind.UINT64),
        Field(20, "maximum_credentials", Kind.UINT32),
        Field(21, "maximum_state_referrals", Kind.UINT32),
        Field(22, "maximum_long_questions", Kind.UINT32),
        Field(23, "maximum_page_size", Kind.UINT32),
        Field(24, "maximum_open_notices", Kind.UINT32),
        Field(25, "linger_ms", Kind.UINT32),
        Field(26, "drain_ms", Kind.UINT32),
        Field(27, "maximum_subscriptions", Kind.UINT32),
        Field(28, "maximum_standing_offers", Kind.UINT32),
        Field(29, "maximum_standing_assignments", Kind.UINT32),
        Field(30, "maximum_attempts", Kind.UINT32),
        Field(31, "maximum_update_rows", Kind.UINT32),
        Field(32, "maximum_desk_notes", Kind.UINT32),
        Field(33, "maximum_moments", Kind.UINT32),
        Field(34, "maximum_simulation_requests", Kind.UINT32),
        Field(35, "maximum_simulation_assisters", Kind.UINT32),
    )


@dataclass(slots=True, repr=False)
class GoingAway(Message):
    """Payload of GOING_AWAY."""

    code: Code = Code.OK
    reason: Reason = Reason.REASON_UNSPECIFIED
    message: str = ""
    reconnect_after_ms: int = 0  # wait this long ...
    reconnect_spread_ms: int = 0  # ... plus a random part of this; both 0: the client's own backoff
    permanent: bool = False  # do not reconnect with the same credential and settings
    minimum_version: int = 0  # VERSION_UNSUPPORTED: the versions that the server speaks
    maximum_version: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "code", Kind.ENUM, of=lambda: Code),
        Field(2, "reason", Kind.ENUM, of=lambda: Reason),
        Field(3, "message", Kind.STRING),
        Field(4, "reconnect_after_ms", Kind.UINT32),
        Field(5, "reconnect_spread_ms", Kind.UINT32),
        Field(6, "permanent", Kind.BOOL),
        Field(7, "minimum_version", Kind.UINT32),
        Field(8, "maximum_version", Kind.UINT32),
    )


@dataclass(slots=True, repr=False)
class Offer(Message):
    """What an assister sees of a referral before winning it (R39): no name, no phone, no notes."""

    offer_id: int = 0
    referral_id: int = 0
    kind: OfferKind = OfferKind.OFFER_KIND_UNSPECIFIED
    help_type: HelpType = HelpType.HELP_TYPE_UNSPECIFIED
    language: str = ""  # BCP 47
    county: int = 0  # FIPS code: 21001 to 21239, odd
    submitted_at_us: int = 0
    offered_at_us: int = 0
    deadline_us: int = 0  # acting at exactly this instant is too late (R27)
    state: OfferState = OfferState.OFFER_STATE_UNSPECIFIED
    notices: list[NoticeRecord] = field(default_factory=list)  # notices sent about it, in order (R65)

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "offer_id", Kind.UINT64),
        Field(2, "referral_id", Kind.UINT64),
        Field(3, "kind", Kind.ENUM, of=lambda: OfferKind),
        Field(4, "help_type", Kind.ENUM, of=lambda: HelpType),
        Field(5, "language", Kind.STRING),
        Field(6, "county", Kind.UINT32),
        Field(7, "submitted_at_us", Kind.INT64),
        Field(8, "offered_at_us", Kind.INT64),
        Field(9, "deadline_us", Kind.INT64),
        Field(10, "state", Kind.ENUM, of=lambda: OfferState),
        Field(11, "notices", Kind.MESSAGE, repeated=True, of=lambda: NoticeRecord),
    )


@dataclass(slots=True, repr=False)
class NoticeRecord(Message):
    channel: NoticeChannel = NoticeChannel.NOTICE_CHANNEL_UNSPECIFIED
    state: NoticeState = NoticeState.NOTICE_STATE_UNSPECIFIED
    changed_at_us: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "channel", Kind.ENUM, of=lambda: NoticeChannel),
        Field(2, "state", Kind.ENUM, of=lambda: NoticeState),
        Field(3, "changed_at_us", Kind.INT64),
    )


@dataclass(slots=True, repr=False)
class Contact(Message):
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)  # E.164
    notes: str = field(default="", repr=False)

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "name", Kind.STRING),
        Field(2, "phone", Kind.STRING),
        Field(3, "notes", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class Assignment(Message):
    """What the holder of an accepted referral sees."""

    referral_id: int = 0
    offer_id: int = 0
    help_type: HelpType = HelpType.HELP_TYPE_UNSPECIFIED
    language: str = ""
    county: int = 0
    submitted_at_us: int = 0
    accepted_at_us: int = 0
    callback_due_us: int = 0  # R45
    contact: Contact | None = None
    state: ReferralState = ReferralState.REFERRAL_STATE_UNSPECIFIED
    attempts: list[Attempt] = field(default_factory=list)  # this holder's, in order
    overdue: bool = False  # past callback_due_us with no attempt logged (R45)
    note: str = ""  # the holder's own
    by_hand: bool = False  # assigned by a supervisor, not accepted (R12); offer_id is 0 then

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral_id", Kind.UINT64),
        Field(2, "offer_id", Kind.UINT64),
        Field(3, "help_type", Kind.ENUM, of=lambda: HelpType),
        Field(4, "language", Kind.STRING),
        Field(5, "county", Kind.UINT32),
        Field(6, "submitted_at_us", Kind.INT64),
        Field(7, "accepted_at_us", Kind.INT64),
        Field(8, "callback_due_us", Kind.INT64),
        Field(9, "contact", Kind.MESSAGE, of=lambda: Contact),
        Field(10, "state", Kind.ENUM, of=lambda: ReferralState),
        Field(11, "attempts", Kind.MESSAGE, repeated=True, of=lambda: Attempt),
        Field(12, "overdue", Kind.BOOL),
        Field(13, "note", Kind.STRING),
        Field(14, "by_hand", Kind.BOOL),
    )


@dataclass(slots=True, repr=False)
class Attempt(Message):
    at_us: int = 0
    result: AttemptResult = AttemptResult.ATTEMPT_RESULT_UNSPECIFIED
    counts: bool = False  # toward `unreachable` (R43)

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "at_us", Kind.INT64),
        Field(2, "result", Kind.ENUM, of=lambda: AttemptResult),
        Field(3, "counts", Kind.BOOL),
    )


@dataclass(slots=True, repr=False)
class Referral(Message):
    """What the partner that submitted a referral, and staff, see."""

    referral_id: int = 0
    partner_reference: str = ""
    state: ReferralState = ReferralState.REFERRAL_STATE_UNSPECIFIED
    waiting_cause: WaitingCause = WaitingCause.WAITING_CAUSE_UNSPECIFIED  # state REFERRAL_WAITING
    help_type: HelpType = HelpType.HELP_TYPE_UNSPECIFIED
    language: str = ""
    county: int = 0
    submitted_at_us: int = 0
    changed_at_us: int = 0  # when it entered its state
    offers_made: int = 0
    offers_open: int = 0
    holder: str = ""  # name of the assister's credential; states ASSIGNED and later
    outcome: Outcome = Outcome.OUTCOME_UNSPECIFIED  # state REFERRAL_CLOSED
    promise_us: int = 0  # called back by then (R44)
    promise_missed: bool = False  # nobody had called by then (R44)
    first_attempt_us: int = 0  # the first attempt to call; 0: none yet
    policy_version: int = 0  # it keeps to (R60)
    overdue: bool = False  # R45

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral_id", Kind.UINT64),
        Field(2, "partner_reference", Kind.STRING),
        Field(3, "state", Kind.ENUM, of=lambda: ReferralState),
        Field(4, "waiting_cause", Kind.ENUM, of=lambda: WaitingCause),
        Field(5, "help_type", Kind.ENUM, of=lambda: HelpType),
        Field(6, "language", Kind.STRING),
        Field(7, "county", Kind.UINT32),
        Field(8, "submitted_at_us", Kind.INT64),
        Field(9, "changed_at_us", Kind.INT64),
        Field(10, "offers_made", Kind.UINT32),
        Field(11, "offers_open", Kind.UINT32),
        Field(12, "holder", Kind.STRING),
        Field(13, "outcome", Kind.ENUM, of=lambda: Outcome),
        Field(14, "promise_us", Kind.INT64),
        Field(15, "promise_missed", Kind.BOOL),
        Field(16, "first_attempt_us", Kind.INT64),
        Field(17, "policy_version", Kind.UINT32),
        Field(18, "overdue", Kind.BOOL),
    )


@dataclass(slots=True, repr=False)
class AssisterStatus(Message):
    """An assister's own standing."""

    name: str = ""
    kind: AssisterKind = AssisterKind.ASSISTER_KIND_UNSPECIFIED
    registration: RegistrationState = RegistrationState.REGISTRATION_STATE_UNSPECIFIED
    override: AvailabilityOverride = AvailabilityOverride.AVAILABILITY_OVERRIDE_UNSPECIFIED
    available: bool = False  # R32, now
    missed_in_a_row: int = 0  # R50
    misses_to_deregister: int = 0
    open_assignments: int = 0
    capacity: int = 0
    languages: list[str] = field(default_factory=list)
    counties: list[int] = field(default_factory=list)  # none: the whole state
    blockers: int = 0  # why not available: bits of `Blocker`; 0: available
    override_until_us: int = 0  # OVERRIDE_ON holds until then (R33); 0: no end in sight
    next_turn_us: int = 0  # the next boundary of the schedule; 0: none known
    credential_until_us: int = 0  # the license or certificate is valid until then; 0: no date
    broken_acceptances: int = 0  # accepted, then reclaimed for want of a call (R46)
    has_session: bool = False  # somebody listens for this assister now

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "name", Kind.STRING),
        Field(2, "kind", Kind.ENUM, of=lambda: AssisterKind),
        Field(3, "registration", Kind.ENUM, of=lambda: RegistrationState),
        Field(4, "override", Kind.ENUM, of=lambda: AvailabilityOverride),
        Field(5, "available", Kind.BOOL),
        Field(6, "missed_in_a_row", Kind.UINT32),
        Field(7, "misses_to_deregister", Kind.UINT32),
        Field(8, "open_assignments", Kind.UINT32),
        Field(9, "capacity", Kind.UINT32),
        Field(10, "languages", Kind.STRING, repeated=True),
        Field(11, "counties", Kind.UINT32, repeated=True),
        Field(12, "blockers", Kind.UINT32),
        Field(13, "override_until_us", Kind.INT64),
        Field(14, "next_turn_us", Kind.INT64),
        Field(15, "credential_until_us", Kind.INT64),
        Field(16, "broken_acceptances", Kind.UINT32),
        Field(17, "has_session", Kind.BOOL),
    )


@dataclass(slots=True, repr=False)
class Push(Message):
    """One push to one principal. Offsets count up by one per principal, from 1, and survive restarts."""

    offset: int = 0
    at_us: int = 0
    offer_opened: Offer | None = None
    offer_reminder: OfferReminder | None = None
    offer_closed: OfferClosed | None = None
    registration_changed: RegistrationChanged | None = None
    assignment_ended: AssignmentEnded | None = None
    referral_alert: ReferralAlert | None = None
    assister_alert: AssisterAlert | None = None
    referral_update: ReferralUpdate | None = None
    assignment_reminder: AssignmentReminder | None = None
    assignment_given: Assignment | None = None  # by a supervisor's hand (R12)
    availability_changed: AvailabilityChanged | None = None
    policy_changed: PolicyChanged | None = None

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "offset", Kind.UINT64),
        Field(2, "at_us", Kind.INT64),
        Field(3, "offer_opened", Kind.MESSAGE, of=lambda: Offer, oneof="body"),
        Field(4, "offer_reminder", Kind.MESSAGE, of=lambda: OfferReminder, oneof="body"),
        Field(5, "offer_closed", Kind.MESSAGE, of=lambda: OfferClosed, oneof="body"),
        Field(6, "registration_changed", Kind.MESSAGE, of=lambda: RegistrationChanged, oneof="body"),
        Field(7, "assignment_ended", Kind.MESSAGE, of=lambda: AssignmentEnded, oneof="body"),
        Field(8, "referral_alert", Kind.MESSAGE, of=lambda: ReferralAlert, oneof="body"),
        Field(9, "assister_alert", Kind.MESSAGE, of=lambda: AssisterAlert, oneof="body"),
        Field(10, "referral_update", Kind.MESSAGE, of=lambda: ReferralUpdate, oneof="body"),
        Field(11, "assignment_reminder", Kind.MESSAGE, of=lambda: AssignmentReminder, oneof="body"),
        Field(12, "assignment_given", Kind.MESSAGE, of=lambda: Assignment, oneof="body"),
        Field(13, "availability_changed", Kind.MESSAGE, of=lambda: AvailabilityChanged, oneof="body"),
        Field(14, "policy_changed", Kind.MESSAGE, of=lambda: PolicyChanged, oneof="body"),
    )


@dataclass(slots=True, repr=False)
class OfferReminder(Message):
    offer_id: int = 0
    referral_id: int = 0
    number: int = 0  # 1: a third of the window is over, 2: four fifths (R47)
    deadline_us: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "offer_id", Kind.UINT64),
        Field(2, "referral_id", Kind.UINT64),
        Field(3, "number", Kind.UINT32),
        Field(4, "deadline_us", Kind.INT64),
    )


@dataclass(slots=True, repr=False)
class OfferClosed(Message):
    offer_id: int = 0
    referral_id: int = 0
    kind: OfferKind = OfferKind.OFFER_KIND_UNSPECIFIED
    state: OfferState = OfferState.OFFER_STATE_UNSPECIFIED
    closed_at_us: int = 0  # OFFER_WAS_TAKEN: when the winner accepted
    missed_in_a_row: int = 0  # state OFFER_MISSED: the streak now
    withdrawal: WithdrawalCause = WithdrawalCause.WITHDRAWAL_CAUSE_UNSPECIFIED  # state OFFER_WAS_WITHDRAWN

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "offer_id", Kind.UINT64),
        Field(2, "referral_id", Kind.UINT64),
        Field(3, "kind", Kind.ENUM, of=lambda: OfferKind),
        Field(4, "state", Kind.ENUM, of=lambda: OfferState),
        Field(5, "closed_at_us", Kind.INT64),
        Field(6, "missed_in_a_row", Kind.UINT32),
        Field(7, "withdrawal", Kind.ENUM, of=lambda: WithdrawalCause),
    )


@dataclass(slots=True, repr=False)
class RegistrationChanged(Message):
    registration: RegistrationState = RegistrationState.REGISTRATION_STATE_UNSPECIFIED
    missed_in_a_row: int = 0
    missed_offers: list[int] = field(default_factory=list)  # REGISTRATION_DEREGISTERED: the offers that were missed (R31)

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "registration", Kind.ENUM, of=lambda: RegistrationState),
        Field(2, "missed_in_a_row", Kind.UINT32),
        Field(3, "missed_offers", Kind.UINT64, repeated=True),
    )


@dataclass(slots=True, repr=False)
class AssignmentEnded(Message):
    """The holder's accepted referral left the holder (R16, R17)."""

    referral_id: int = 0
    state: ReferralState = ReferralState.REFERRAL_STATE_UNSPECIFIED
    cause: AssignmentEnd = AssignmentEnd.ASSIGNMENT_END_UNSPECIFIED

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral_id", Kind.UINT64),
        Field(2, "state", Kind.ENUM, of=lambda: ReferralState),
        Field(3, "cause", Kind.ENUM, of=lambda: AssignmentEnd),
    )


@dataclass(slots=True, repr=False)
class ReferralAlert(Message):
    referral_id: int = 0
    cause: WaitingCause = WaitingCause.WAITING_CAUSE_UNSPECIFIED  # ALERT_WAITING
    kind: AlertKind = AlertKind.ALERT_KIND_UNSPECIFIED

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral_id", Kind.UINT64),
        Field(2, "cause", Kind.ENUM, of=lambda: WaitingCause),
        Field(3, "kind", Kind.ENUM, of=lambda: AlertKind),
    )


@dataclass(slots=True, repr=False)
class ReferralUpdate(Message):
    """To the partner: its referral entered another state, or the promise was missed."""

    referral: Referral | None = None  # as it was when the push was made, as far as `state` goes
    promise_missed: bool = False  # this push says that the promise was just missed (R44)

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral", Kind.MESSAGE, of=lambda: Referral),
        Field(2, "promise_missed", Kind.BOOL),
    )


@dataclass(slots=True, repr=False)
class AssignmentReminder(Message):
    """To the holder, about the callback (R45, R47)."""

    referral_id: int = 0
    number: int = 0  # 1: ten minutes left, 2: five, 3: overdue now
    callback_due_us: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral_id", Kind.UINT64),
        Field(2, "number", Kind.UINT32),
        Field(3, "callback_due_us", Kind.INT64),
    )


@dataclass(slots=True, repr=False)
class AvailabilityChanged(Message):
    """The assister's availability, however it came about (R32, R33)."""

    available: bool = False
    override: AvailabilityOverride = AvailabilityOverride.AVAILABILITY_OVERRIDE_UNSPECIFIED
    blockers: int = 0  # bits of `Blocker`
    override_cleared: bool = False  # "on" ended: a session was opened outside hours, or the schedule turned (R33)

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "available", Kind.BOOL),
        Field(2, "override", Kind.ENUM, of=lambda: AvailabilityOverride),
        Field(3, "blockers", Kind.UINT32),
        Field(4, "override_cleared", Kind.BOOL),
    )


@dataclass(slots=True, repr=False)
class PolicyChanged(Message):
    """To supervisors: another version of the policy is in force (R60)."""

    version: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "version", Kind.UINT32),
    )


@dataclass(slots=True, repr=False)
class AssisterAlert(Message):
    """To supervisors: an assister was de-registered (R31)."""

    assister: str = ""
    missed_offers: list[int] = field(default_factory=list)

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "assister", Kind.STRING),
        Field(2, "missed_offers", Kind.UINT64, repeated=True),
    )


@dataclass(slots=True, repr=False)
class SubscribeRequest(Message):
    epoch: str = ""  # from an earlier `start`; empty: no resume
    offset: int = 0  # the last push that was seen

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "epoch", Kind.STRING),
        Field(2, "offset", Kind.UINT64),
    )


@dataclass(slots=True, repr=False)
class SubscribeItem(Message):
    start: SubscriptionStart | None = None
    push: Push | None = None
    open_offer: Offer | None = None  # current state: a pending offer
    assignment: Assignment | None = None  # current state: accepted work that is not closed
    status: AssisterStatus | None = None  # current state: the caller's own standing (assisters)
    state_end: StateEnd | None = None  # that was the current state as of `start.offset`
    open_referral: Referral | None = None  # current state: a partner's referral that is not closed; a supervisor's that waits
    collapsed: PushesCollapsed | None = None  # stands for pushes that were of no use any more

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "start", Kind.MESSAGE, of=lambda: SubscriptionStart, oneof="item"),
        Field(2, "push", Kind.MESSAGE, of=lambda: Push, oneof="item"),
        Field(3, "open_offer", Kind.MESSAGE, of=lambda: Offer, oneof="item"),
        Field(4, "assignment", Kind.MESSAGE, of=lambda: Assignment, oneof="item"),
        Field(5, "status", Kind.MESSAGE, of=lambda: AssisterStatus, oneof="item"),
        Field(6, "state_end", Kind.MESSAGE, of=lambda: StateEnd, oneof="item"),
        Field(7, "open_referral", Kind.MESSAGE, of=lambda: Referral, oneof="item"),
        Field(8, "collapsed", Kind.MESSAGE, of=lambda: PushesCollapsed, oneof="item"),
    )


@dataclass(slots=True, repr=False)
class SubscriptionStart(Message):
    epoch: str = ""  # changes when offsets start anew (a new or restored server)
    offset: int = 0  # the newest push of the caller when the subscription began
    recovered: bool = False  # true: exactly the pushes after the request's offset follow. false: the current state follows

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "epoch", Kind.STRING),
        Field(2, "offset", Kind.UINT64),
        Field(3, "recovered", Kind.BOOL),
    )


@dataclass(slots=True, repr=False)
class StateEnd(Message):
    has_more: bool = False  # not all was told: of referrals the oldest, of notices the first; more notices follow as these are settled

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "has_more", Kind.BOOL),
    )


@dataclass(slots=True, repr=False)
class PushesCollapsed(Message):
    """In place of pushes that waited for a client that did not read, and were expired or superseded by
    later ones meanwhile. Counts as having seen them: the next push has offset `last_offset` + 1.
    """

    first_offset: int = 0
    last_offset: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "first_offset", Kind.UINT64),
        Field(2, "last_offset", Kind.UINT64),
    )


@dataclass(slots=True, repr=False)
class RegisterRequest(Message):
    """Registration in one step or in several (R30): whatever is given is saved. With a kind, languages, a
    contact, hours and accepted terms the registration is active; until then it is a draft, and
    `Profile.missing` says what it lacks.
    """

    kind: AssisterKind = AssisterKind.ASSISTER_KIND_UNSPECIFIED
    languages: list[str] = field(default_factory=list)  # BCP 47, 0 to 16; none: as they are
    counties: list[int] = field(default_factory=list)  # FIPS codes; none: the whole state
    accept_terms: bool = False
    contact: PreferredContact | None = None  # absent: what was saved before
    availability: Availability | None = None  # absent: what was saved before

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "kind", Kind.ENUM, of=lambda: AssisterKind),
        Field(2, "languages", Kind.STRING, repeated=True),
        Field(3, "counties", Kind.UINT32, repeated=True),
        Field(4, "accept_terms", Kind.BOOL),
        Field(5, "contact", Kind.MESSAGE, of=lambda: PreferredContact),
        Field(6, "availability", Kind.MESSAGE, of=lambda: Availability),
    )


@dataclass(slots=True, repr=False)
class PreferredContact(Message):
    """Preferred Contact (R73). May differ from the profile's elsewhere."""

    phone: str = field(default="", repr=False)  # E.164; empty: none
    email: str = field(default="", repr=False)  # empty: none
    email_first: bool = field(default=False, repr=False)  # notices go to the email first (R65)

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "phone", Kind.STRING),
        Field(2, "email", Kind.STRING),
        Field(3, "email_first", Kind.BOOL),
    )


@dataclass(slots=True, repr=False)
class Availability(Message):
    """My Availability (R74)."""

    time_zone: str = ""  # IANA name: "America/Kentucky/Louisville", "America/Chicago"
    around_the_clock: bool = False  # every minute of every day; weekly_hours is empty then
    weekly_hours: list[DailyHours] = field(default_factory=list)  # 0 to 42; none: never inside hours
    out_of_office: list[OutOfOffice] = field(default_factory=list)  # 0 to 32, apart from each other

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "time_zone", Kind.STRING),
        Field(2, "around_the_clock", Kind.BOOL),
        Field(3, "weekly_hours", Kind.MESSAGE, repeated=True, of=lambda: DailyHours),
        Field(4, "out_of_office", Kind.MESSAGE, repeated=True, of=lambda: OutOfOffice),
    )


@dataclass(slots=True, repr=False)
class DailyHours(Message):
    """A half-open span of wall-clock time; an end that is not after the start is on the next day."""

    day: Weekday = Weekday.WEEKDAY_UNSPECIFIED  # of the start
    start: int = 0  # minutes after midnight, 0 to 1439
    end: int = 0  # minutes after midnight, 1 to 1440; not equal to the start
    breaks: list[HoursBreak] = field(default_factory=list)  # 0 to 12, in order, inside the span; one that starts before the span's start is on the next day

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "day", Kind.ENUM, of=lambda: Weekday),
        Field(2, "start", Kind.UINT32),
        Field(3, "end", Kind.UINT32),
        Field(4, "breaks", Kind.MESSAGE, repeated=True, of=lambda: HoursBreak),
    )


@dataclass(slots=True, repr=False)
class HoursBreak(Message):
    start: int = 0  # minutes after midnight
    end: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "start", Kind.UINT32),
        Field(2, "end", Kind.UINT32),
    )


@dataclass(slots=True, repr=False)
class OutOfOffice(Message):
    """Half-open. It beats "on" (R34)."""

    start_us: int = 0
    end_us: int = 0  # 0: no end

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "start_us", Kind.INT64),
        Field(2, "end_us", Kind.INT64),
    )


@dataclass(slots=True, repr=False)
class Profile(Message):
    """Everything an assister has saved, and what follows from it."""

    status: AssisterStatus | None = None
    contact: PreferredContact | None = None  # absent: none saved
    availability: Availability | None = None  # absent: none saved
    terms_accepted: bool = False
    missing: list[str] = field(default_factory=list)  # of a draft, or before one: "kind", "languages", "contact", "availability", "terms"

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "status", Kind.MESSAGE, of=lambda: AssisterStatus),
        Field(2, "contact", Kind.MESSAGE, of=lambda: PreferredContact),
        Field(3, "availability", Kind.MESSAGE, of=lambda: Availability),
        Field(4, "terms_accepted", Kind.BOOL),
        Field(5, "missing", Kind.STRING, repeated=True),
    )


@dataclass(slots=True, repr=False)
class WithdrawRegistrationRequest(Message):
    FIELDS: ClassVar[tuple[Field, ...]] = ()


@dataclass(slots=True, repr=False)
class SaveContactRequest(Message):
    contact: PreferredContact | None = None  # a phone or an email at least
    languages: list[str] = field(default_factory=list)  # BCP 47, 0 to 16; none: as they are

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "contact", Kind.MESSAGE, of=lambda: PreferredContact),
        Field(2, "languages", Kind.STRING, repeated=True),
    )


@dataclass(slots=True, repr=False)
class SaveAvailabilityRequest(Message):
    availability: Availability | None = None

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "availability", Kind.MESSAGE, of=lambda: Availability),
    )


@dataclass(slots=True, repr=False)
class GetProfileRequest(Message):
    FIELDS: ClassVar[tuple[Field, ...]] = ()


@dataclass(slots=True, repr=False)
class LogAttemptRequest(Message):
    referral_id: int = 0
    result: AttemptResult = AttemptResult.ATTEMPT_RESULT_UNSPECIFIED

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral_id", Kind.UINT64),
        Field(2, "result", Kind.ENUM, of=lambda: AttemptResult),
    )


@dataclass(slots=True, repr=False)
class ReleaseReferralRequest(Message):
    referral_id: int = 0
    reason: str = ""  # 1 to 200 bytes

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral_id", Kind.UINT64),
        Field(2, "reason", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class SaveNoteRequest(Message):
    referral_id: int = 0
    note: str = ""  # 0 to 1000 bytes

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral_id", Kind.UINT64),
        Field(2, "note", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class GetUpdatesRequest(Message):
    FIELDS: ClassVar[tuple[Field, ...]] = ()


@dataclass(slots=True, repr=False)
class Updates(Message):
    """Quick Updates (R70). Today is the day of the assister's zone."""

    status: AssisterStatus | None = None
    now_us: int = 0
    day_start_us: int = 0
    day_end_us: int = 0
    pending_general: int = 0
    pending_mass: int = 0
    missed_general: int = 0  # today
    callbacks_due: int = 0  # accepted work with no attempt logged yet
    callbacks_overdue: int = 0
    today: list[ReferralRow] = field(default_factory=list)  # every referral received today, newest first; 100 at most
    received_today: int = 0
    received_by_hour: list[int] = field(default_factory=list)  # 24 numbers, the referrals received today by the hour they came in

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "status", Kind.MESSAGE, of=lambda: AssisterStatus),
        Field(2, "now_us", Kind.INT64),
        Field(3, "day_start_us", Kind.INT64),
        Field(4, "day_end_us", Kind.INT64),
        Field(5, "pending_general", Kind.UINT32),
        Field(6, "pending_mass", Kind.UINT32),
        Field(7, "missed_general", Kind.UINT32),
        Field(8, "callbacks_due", Kind.UINT32),
        Field(9, "callbacks_overdue", Kind.UINT32),
        Field(10, "today", Kind.MESSAGE, repeated=True, of=lambda: ReferralRow),
        Field(11, "received_today", Kind.UINT32),
        Field(12, "received_by_hour", Kind.UINT32, repeated=True),
    )


@dataclass(slots=True, repr=False)
class ReferralRow(Message):
    """A referral in a list: its last offer to the caller, and the work if the caller held it."""

    offer: Offer | None = None  # offer_id 0: given by a supervisor's hand
    ended_at_us: int = 0  # when the offer left pending; 0: it has not
    is_holder: bool = False
    was_holder: bool = False
    state: ReferralState = ReferralState.REFERRAL_STATE_UNSPECIFIED  # of the referral; only for who holds or closed it
    outcome: Outcome = Outcome.OUTCOME_UNSPECIFIED
    callback_due_us: int = 0  # for the holder
    overdue: bool = False
    attempts: int = 0  # the caller's
    note: str = ""
    withdrawal: WithdrawalCause = WithdrawalCause.WITHDRAWAL_CAUSE_UNSPECIFIED
    assignment_end: AssignmentEnd = AssignmentEnd.ASSIGNMENT_END_UNSPECIFIED  # was_holder, not is_holder, not closed by the caller

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "offer", Kind.MESSAGE, of=lambda: Offer),
        Field(2, "ended_at_us", Kind.INT64),
        Field(3, "is_holder", Kind.BOOL),
        Field(4, "was_holder", Kind.BOOL),
        Field(5, "state", Kind.ENUM, of=lambda: ReferralState),
        Field(6, "outcome", Kind.ENUM, of=lambda: Outcome),
        Field(7, "callback_due_us", Kind.INT64),
        Field(8, "overdue", Kind.BOOL),
        Field(9, "attempts", Kind.UINT32),
        Field(10, "note", Kind.STRING),
        Field(11, "withdrawal", Kind.ENUM, of=lambda: WithdrawalCause),
        Field(12, "assignment_end", Kind.ENUM, of=lambda: AssignmentEnd),
    )


@dataclass(slots=True, repr=False)
class ListReferralsRequest(Message):
    """Every field narrows the search; fields left at their default do not. Newest first."""

    states: list[OfferState] = field(default_factory=list)  # of an offer; the row has the newest one of that state and kind
    kind: OfferKind = OfferKind.OFFER_KIND_UNSPECIFIED
    from_us: int = 0  # offered at or after
    to_us: int = 0  # offered before; 0: no end
    help_type: HelpType = HelpType.HELP_TYPE_UNSPECIFIED
    county: int = 0  # FIPS
    note_contains: str = ""  # 0 to 100 bytes; the caller's own notes, letters of any case
    only_held: bool = False  # work that the caller holds now
    page_size: int = 0  # 1 to 100; 0: 50
    page_token: str = ""  # from the page before; empty: the first page
    outcomes: list[Outcome] = field(default_factory=list)  # of work that the caller closed

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "states", Kind.ENUM, repeated=True, of=lambda: OfferState),
        Field(2, "kind", Kind.ENUM, of=lambda: OfferKind),
        Field(3, "from_us", Kind.INT64),
        Field(4, "to_us", Kind.INT64),
        Field(5, "help_type", Kind.ENUM, of=lambda: HelpType),
        Field(6, "county", Kind.UINT32),
        Field(7, "note_contains", Kind.STRING),
        Field(8, "only_held", Kind.BOOL),
        Field(9, "page_size", Kind.UINT32),
        Field(10, "page_token", Kind.STRING),
        Field(11, "outcomes", Kind.ENUM, repeated=True, of=lambda: Outcome),
    )


@dataclass(slots=True, repr=False)
class ListReferralsResponse(Message):
    rows: list[ReferralRow] = field(default_factory=list)
    next_page_token: str = ""  # empty: that was all

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "rows", Kind.MESSAGE, repeated=True, of=lambda: ReferralRow),
        Field(2, "next_page_token", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class GetReferralRecordRequest(Message):
    referral_id: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral_id", Kind.UINT64),
    )


@dataclass(slots=True, repr=False)
class ReferralRecord(Message):
    """One referral as the caller may see it. Assisters: their own offers, and contact and attempts while
    they hold it. Supervisors and auditors: every offer with its assister's name, no contact.
    """

    row: ReferralRow | None = None  # assisters
    assignment: Assignment | None = None  # the holder
    offers: list[OfferRecord] = field(default_factory=list)
    referral: Referral | None = None  # supervisors and auditors
    desk_notes: list[DeskNote] = field(default_factory=list)  # what was done by hand, and why; supervisors and auditors

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "row", Kind.MESSAGE, of=lambda: ReferralRow),
        Field(2, "assignment", Kind.MESSAGE, of=lambda: Assignment),
        Field(3, "offers", Kind.MESSAGE, repeated=True, of=lambda: OfferRecord),
        Field(4, "referral", Kind.MESSAGE, of=lambda: Referral),
        Field(5, "desk_notes", Kind.MESSAGE, repeated=True, of=lambda: DeskNote),
    )


@dataclass(slots=True, repr=False)
class OfferRecord(Message):
    offer: Offer | None = None
    ended_at_us: int = 0
    assister: str = ""  # supervisors and auditors
    delivered: bool = False  # it reached a session, or a notifier said that it was sent (R22)
    withdrawal: WithdrawalCause = WithdrawalCause.WITHDRAWAL_CAUSE_UNSPECIFIED

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "offer", Kind.MESSAGE, of=lambda: Offer),
        Field(2, "ended_at_us", Kind.INT64),
        Field(3, "assister", Kind.STRING),
        Field(4, "delivered", Kind.BOOL),
        Field(5, "withdrawal", Kind.ENUM, of=lambda: WithdrawalCause),
    )


@dataclass(slots=True, repr=False)
class DeskNote(Message):
    at_us: int = 0
    by: str = ""
    action: DeskAction = DeskAction.DESK_ACTION_UNSPECIFIED
    reason: str = ""

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "at_us", Kind.INT64),
        Field(2, "by", Kind.STRING),
        Field(3, "action", Kind.ENUM, of=lambda: DeskAction),
        Field(4, "reason", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class GetMetricsRequest(Message):
    """A period in instants, half-open. A day or a month of a zone is the client's to turn into instants."""

    from_us: int = 0
    to_us: int = 0  # 0: now

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "from_us", Kind.INT64),
        Field(2, "to_us", Kind.INT64),
    )


@dataclass(slots=True, repr=False)
class OfferCounts(Message):
    """Counts of offers by how they ended. `received` is their sum."""

    received: int = 0
    pending: int = 0
    accepted: int = 0
    rejected: int = 0
    missed: int = 0
    expired: int = 0
    taken: int = 0
    withdrawn: int = 0
    released: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "received", Kind.UINT64),
        Field(2, "pending", Kind.UINT64),
        Field(3, "accepted", Kind.UINT64),
        Field(4, "rejected", Kind.UINT64),
        Field(5, "missed", Kind.UINT64),
        Field(6, "expired", Kind.UINT64),
        Field(7, "taken", Kind.UINT64),
        Field(8, "withdrawn", Kind.UINT64),
        Field(9, "released", Kind.UINT64),
    )


@dataclass(slots=True, repr=False)
class OutcomeCount(Message):
    outcome: Outcome = Outcome.OUTCOME_UNSPECIFIED
    count: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "outcome", Kind.ENUM, of=lambda: Outcome),
        Field(2, "count", Kind.UINT64),
    )


@dataclass(slots=True, repr=False)
class Metrics(Message):
    """View Metrics (R72). What each number means: "The numbers" in NUMBERS.md. An offer belongs to the
    period in which it was made, work to the period in which it was accepted or given.
    """

    from_us: int = 0
    to_us: int = 0
    general: OfferCounts | None = None
    mass: OfferCounts | None = None
    acceptance_permille: int = 0  # accepted of those that ended accepted, rejected, released or missed
    respond_median_ms: int = 0  # offered to accepted or rejected; 0 of none
    respond_p90_ms: int = 0
    first_call_median_ms: int = 0  # accepted to first attempt
    first_call_p90_ms: int = 0
    assignments: int = 0  # accepted or given
    called: int = 0  # of them, with an attempt logged
    called_in_promise: int = 0  # of them, first attempt not after the promise (R44)
    broken_acceptances: int = 0  # reclaimed (R46)
    outcomes: list[OutcomeCount] = field(default_factory=list)  # of work closed, ascending by outcome
    received_by_hour: list[int] = field(default_factory=list)  # 24 numbers, by hour of the day in the assister's zone

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "from_us", Kind.INT64),
        Field(2, "to_us", Kind.INT64),
        Field(3, "general", Kind.MESSAGE, of=lambda: OfferCounts),
        Field(4, "mass", Kind.MESSAGE, of=lambda: OfferCounts),
        Field(5, "acceptance_permille", Kind.UINT32),
        Field(6, "respond_median_ms", Kind.UINT32),
        Field(7, "respond_p90_ms", Kind.UINT32),
        Field(8, "first_call_median_ms", Kind.UINT32),
        Field(9, "first_call_p90_ms", Kind.UINT32),
        Field(10, "assignments", Kind.UINT64),
        Field(11, "called", Kind.UINT64),
        Field(12, "called_in_promise", Kind.UINT64),
        Field(13, "broken_acceptances", Kind.UINT64),
        Field(14, "outcomes", Kind.MESSAGE, repeated=True, of=lambda: OutcomeCount),
        Field(15, "received_by_hour", Kind.UINT64, repeated=True),
    )


@dataclass(slots=True, repr=False)
class ExplainReferralRequest(Message):
    referral_id: int = 0
    assister: str = ""  # supervisors and auditors: whose; assisters leave it empty

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral_id", Kind.UINT64),
        Field(2, "assister", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class Explanation(Message):
    """One moment at which somebody was chosen, and where the assister stood then."""

    referral_id: int = 0
    assister: str = ""
    moments: list[RoutingMoment] = field(default_factory=list)  # in order; 32 at most, the newest ones

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral_id", Kind.UINT64),
        Field(2, "assister", Kind.STRING),
        Field(3, "moments", Kind.MESSAGE, repeated=True, of=lambda: RoutingMoment),
    )


@dataclass(slots=True, repr=False)
class RoutingMoment(Message):
    at_us: int = 0
    kind: OfferKind = OfferKind.OFFER_KIND_UNSPECIFIED  # what was decided then; unspecified: nobody was found
    offered: bool = False  # to the assister asked about
    excluded: list[ExclusionCause] = field(default_factory=list)  # why not, all that apply; empty with offered false: ranked behind the one chosen
    decided_by: RankStep = RankStep.RANK_STEP_UNSPECIFIED  # general: the first step of R37's order in which chosen and assister differ
    candidates: int = 0  # general: how many could have been chosen; 0 when not counted
    blockers: int = 0  # NOT_AVAILABLE: bits of `Blocker`
    own: RankFacts | None = None  # general: the assister's own place
    chosen: RankFacts | None = None  # general: the place of the one who was chosen, without a name
    history_kept: bool = False  # false: longer ago than availability is kept; `excluded` lacks NOT_AVAILABLE then

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "at_us", Kind.INT64),
        Field(2, "kind", Kind.ENUM, of=lambda: OfferKind),
        Field(3, "offered", Kind.BOOL),
        Field(4, "excluded", Kind.ENUM, repeated=True, of=lambda: ExclusionCause),
        Field(5, "decided_by", Kind.ENUM, of=lambda: RankStep),
        Field(6, "candidates", Kind.UINT32),
        Field(7, "blockers", Kind.UINT32),
        Field(8, "own", Kind.MESSAGE, of=lambda: RankFacts),
        Field(9, "chosen", Kind.MESSAGE, of=lambda: RankFacts),
        Field(10, "history_kept", Kind.BOOL),
    )


@dataclass(slots=True, repr=False)
class RankFacts(Message):
    role_rank: int = 0  # 1 is asked first
    exact_county: bool = False
    last_general_offer_us: int = 0  # 0: never
    offers_today: int = 0
    registered_at_us: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "role_rank", Kind.UINT32),
        Field(2, "exact_county", Kind.BOOL),
        Field(3, "last_general_offer_us", Kind.INT64),
        Field(4, "offers_today", Kind.UINT32),
        Field(5, "registered_at_us", Kind.INT64),
    )


@dataclass(slots=True, repr=False)
class SetAvailabilityRequest(Message):
    override: AvailabilityOverride = AvailabilityOverride.AVAILABILITY_OVERRIDE_UNSPECIFIED

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "override", Kind.ENUM, of=lambda: AvailabilityOverride),
    )


@dataclass(slots=True, repr=False)
class GetStandingRequest(Message):
    FIELDS: ClassVar[tuple[Field, ...]] = ()


@dataclass(slots=True, repr=False)
class Standing(Message):
    status: AssisterStatus | None = None
    open_offers: list[Offer] = field(default_factory=list)  # 256 at most; `Subscribe` gives all
    assignments: list[Assignment] = field(default_factory=list)  # 16 at most; `Subscribe` gives all

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "status", Kind.MESSAGE, of=lambda: AssisterStatus),
        Field(2, "open_offers", Kind.MESSAGE, repeated=True, of=lambda: Offer),
        Field(3, "assignments", Kind.MESSAGE, repeated=True, of=lambda: Assignment),
    )


@dataclass(slots=True, repr=False)
class AcceptOfferRequest(Message):
    offer_id: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "offer_id", Kind.UINT64),
    )


@dataclass(slots=True, repr=False)
class RejectOfferRequest(Message):
    offer_id: int = 0
    reason: str = ""  # 0 to 200 bytes, for the program's statistics

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "offer_id", Kind.UINT64),
        Field(2, "reason", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class CloseReferralRequest(Message):
    referral_id: int = 0
    outcome: Outcome = Outcome.OUTCOME_UNSPECIFIED

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral_id", Kind.UINT64),
        Field(2, "outcome", Kind.ENUM, of=lambda: Outcome),
    )


@dataclass(slots=True, repr=False)
class CloseReferralResponse(Message):
    referral_id: int = 0
    outcome: Outcome = Outcome.OUTCOME_UNSPECIFIED
    closed_at_us: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral_id", Kind.UINT64),
        Field(2, "outcome", Kind.ENUM, of=lambda: Outcome),
        Field(3, "closed_at_us", Kind.INT64),
    )


@dataclass(slots=True, repr=False)
class ListSubmissionsRequest(Message):
    only_open: bool = False
    partner_reference: str = ""  # exactly this one; empty: any
    page_size: int = 0  # 1 to 100; 0: 50
    page_token: str = ""

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "only_open", Kind.BOOL),
        Field(2, "partner_reference", Kind.STRING),
        Field(3, "page_size", Kind.UINT32),
        Field(4, "page_token", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class ListSubmissionsResponse(Message):
    rows: list[Referral] = field(default_factory=list)
    next_page_token: str = ""

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "rows", Kind.MESSAGE, repeated=True, of=lambda: Referral),
        Field(2, "next_page_token", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class SubmitReferralRequest(Message):
    idempotency_key: bytes = b""  # 16 bytes of the client's choice, never used for another request
    partner_reference: str = ""  # 1 to 64 bytes; names the Resident at the partner
    help_type: HelpType = HelpType.HELP_TYPE_UNSPECIFIED
    language: str = ""  # BCP 47
    county: int = 0  # FIPS code
    contact: Contact | None = None

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "idempotency_key", Kind.BYTES),
        Field(2, "partner_reference", Kind.STRING),
        Field(3, "help_type", Kind.ENUM, of=lambda: HelpType),
        Field(4, "language", Kind.STRING),
        Field(5, "county", Kind.UINT32),
        Field(6, "contact", Kind.MESSAGE, of=lambda: Contact),
    )


@dataclass(slots=True, repr=False)
class GetReferralRequest(Message):
    referral_id: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral_id", Kind.UINT64),
    )


@dataclass(slots=True, repr=False)
class CancelReferralRequest(Message):
    referral_id: int = 0
    reason: str = ""  # 0 to 200 bytes; supervisors: 1 to 200

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral_id", Kind.UINT64),
        Field(2, "reason", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class ListQueueRequest(Message):
    filter: QueueFilter = QueueFilter.QUEUE_WAITING
    page_size: int = 0  # 1 to 100; 0: 50
    page_token: str = ""

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "filter", Kind.ENUM, of=lambda: QueueFilter),
        Field(2, "page_size", Kind.UINT32),
        Field(3, "page_token", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class ListQueueResponse(Message):
    rows: list[Referral] = field(default_factory=list)
    next_page_token: str = ""  # empty: that was all
    waiting: int = 0  # in all, whatever the filter
    overdue: int = 0
    promise_missed: int = 0  # open ones

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "rows", Kind.MESSAGE, repeated=True, of=lambda: Referral),
        Field(2, "next_page_token", Kind.STRING),
        Field(3, "waiting", Kind.UINT32),
        Field(4, "overdue", Kind.UINT32),
        Field(5, "promise_missed", Kind.UINT32),
    )


@dataclass(slots=True, repr=False)
class DeskRequest(Message):
    referral_id: int = 0
    reason: str = ""  # 1 to 200 bytes

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral_id", Kind.UINT64),
        Field(2, "reason", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class AssignReferralRequest(Message):
    referral_id: int = 0
    assister: str = ""  # the credential's name
    reason: str = ""  # 1 to 200 bytes

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "referral_id", Kind.UINT64),
        Field(2, "assister", Kind.STRING),
        Field(3, "reason", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class StaffRequest(Message):
    assister: str = ""
    reason: str = ""  # 1 to 200 bytes

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "assister", Kind.STRING),
        Field(2, "reason", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class SetCredentialDateRequest(Message):
    assister: str = ""
    until_us: int = 0  # 0: no date
    reason: str = ""  # 1 to 200 bytes

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "assister", Kind.STRING),
        Field(2, "until_us", Kind.INT64),
        Field(3, "reason", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class ListAssistersRequest(Message):
    registration: RegistrationState = RegistrationState.REGISTRATION_STATE_UNSPECIFIED  # unspecified: any
    only_available: bool = False
    name_contains: str = ""  # 0 to 64 bytes
    page_size: int = 0  # 1 to 100; 0: 50
    page_token: str = ""

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "registration", Kind.ENUM, of=lambda: RegistrationState),
        Field(2, "only_available", Kind.BOOL),
        Field(3, "name_contains", Kind.STRING),
        Field(4, "page_size", Kind.UINT32),
        Field(5, "page_token", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class ListAssistersResponse(Message):
    rows: list[AssisterStatus] = field(default_factory=list)  # by name of the credential's creation, oldest first
    next_page_token: str = ""

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "rows", Kind.MESSAGE, repeated=True, of=lambda: AssisterStatus),
        Field(2, "next_page_token", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class ProgramMetrics(Message):
    """Numbers of referrals submitted in the period. What each means: "The numbers" in NUMBERS.md."""

    from_us: int = 0
    to_us: int = 0
    submitted: int = 0
    offered: int = 0  # to anybody, ever
    assigned: int = 0  # ever accepted or given
    called: int = 0  # an attempt was logged
    called_in_promise: int = 0
    contacted: int = 0  # the Resident was reached
    closed: int = 0
    served: int = 0  # closed with an outcome other than unserved
    cancelled: int = 0
    promise_missed: int = 0
    went_to_mass: int = 0
    ever_waited: int = 0
    open: int = 0
    wait_median_ms: int = 0  # submission to first attempt
    wait_p90_ms: int = 0
    accept_median_ms: int = 0  # submission to acceptance
    accept_p90_ms: int = 0
    general: OfferCounts | None = None
    mass: OfferCounts | None = None
    outcomes: list[OutcomeCount] = field(default_factory=list)
    by_county: list[CoverageCell] = field(default_factory=list)  # submitted, worst first; 120 at most
    by_language: list[CoverageCell] = field(default_factory=list)  # worst first; 64 at most
    by_hour: list[CoverageCell] = field(default_factory=list)  # 24, by hour of the day of submission in America/New_York
    deregistrations: int = 0  # in the period, for misses
    broken_acceptances: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "from_us", Kind.INT64),
        Field(2, "to_us", Kind.INT64),
        Field(3, "submitted", Kind.UINT64),
        Field(4, "offered", Kind.UINT64),
        Field(5, "assigned", Kind.UINT64),
        Field(6, "called", Kind.UINT64),
        Field(7, "called_in_promise", Kind.UINT64),
        Field(8, "contacted", Kind.UINT64),
        Field(9, "closed", Kind.UINT64),
        Field(10, "served", Kind.UINT64),
        Field(11, "cancelled", Kind.UINT64),
        Field(12, "promise_missed", Kind.UINT64),
        Field(13, "went_to_mass", Kind.UINT64),
        Field(14, "ever_waited", Kind.UINT64),
        Field(15, "open", Kind.UINT64),
        Field(16, "wait_median_ms", Kind.UINT32),
        Field(17, "wait_p90_ms", Kind.UINT32),
        Field(18, "accept_median_ms", Kind.UINT32),
        Field(19, "accept_p90_ms", Kind.UINT32),
        Field(20, "general", Kind.MESSAGE, of=lambda: OfferCounts),
        Field(21, "mass", Kind.MESSAGE, of=lambda: OfferCounts),
        Field(22, "outcomes", Kind.MESSAGE, repeated=True, of=lambda: OutcomeCount),
        Field(23, "by_county", Kind.MESSAGE, repeated=True, of=lambda: CoverageCell),
        Field(24, "by_language", Kind.MESSAGE, repeated=True, of=lambda: CoverageCell),
        Field(25, "by_hour", Kind.MESSAGE, repeated=True, of=lambda: CoverageCell),
        Field(26, "deregistrations", Kind.UINT64),
        Field(27, "broken_acceptances", Kind.UINT64),
    )


@dataclass(slots=True, repr=False)
class CoverageCell(Message):
    """How requests of one county, language or hour fared: a gap is where many found nobody or were not
    called in time.
    """

    county: int = 0  # by_county
    language: str = ""  # by_language
    hour: int = 0  # by_hour
    submitted: int = 0
    found_nobody: int = 0  # nobody was available when it was submitted
    called_in_promise: int = 0
    promise_missed: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "county", Kind.UINT32),
        Field(2, "language", Kind.STRING),
        Field(3, "hour", Kind.UINT32),
        Field(4, "submitted", Kind.UINT64),
        Field(5, "found_nobody", Kind.UINT64),
        Field(6, "called_in_promise", Kind.UINT64),
        Field(7, "promise_missed", Kind.UINT64),
    )


@dataclass(slots=True, repr=False)
class Policy(Message):
    """R60. Durations in milliseconds."""

    on_reject: Continuation = Continuation.CONTINUATION_UNSPECIFIED
    on_lapse: Continuation = Continuation.CONTINUATION_UNSPECIFIED
    general_phase_ms: int = 0  # 0: no end
    offer_window_ms: int = 0
    mass_window_ms: int = 0
    max_general_offers: int = 0  # 0: as many as there are candidates
    reject_is_response: bool = False
    misses_to_deregister: int = 0  # 0: never
    capacity: int = 0
    callback_promise_ms: int = 0
    callback_grace_ms: int = 0
    reclaim_ms: int = 0
    first_reminder_numerator: int = 0
    first_reminder_denominator: int = 0
    second_reminder_numerator: int = 0
    second_reminder_denominator: int = 0
    role_ranks: list[int] = field(default_factory=list)  # 6: application, plan, both, each agent then kynector; 0: not allowed
    mass_audience: MassAudience = MassAudience.MASS_AUDIENCE_UNSPECIFIED
    language_relaxation: LanguageRelaxation = LanguageRelaxation.LANGUAGE_RELAXATION_UNSPECIFIED
    reregistration: Reregistration = Reregistration.REREGISTRATION_UNSPECIFIED
    offer_requires_session: bool = False
    unreachable_attempts: int = 0  # R43
    unreachable_spacing_ms: int = 0
    first_callback_reminder_ms: int = 0  # before the callback is due (R47); 0: none
    second_callback_reminder_ms: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "on_reject", Kind.ENUM, of=lambda: Continuation),
        Field(2, "on_lapse", Kind.ENUM, of=lambda: Continuation),
        Field(3, "general_phase_ms", Kind.UINT64),
        Field(4, "offer_window_ms", Kind.UINT64),
        Field(5, "mass_window_ms", Kind.UINT64),
        Field(6, "max_general_offers", Kind.UINT32),
        Field(7, "reject_is_response", Kind.BOOL),
        Field(8, "misses_to_deregister", Kind.UINT32),
        Field(9, "capacity", Kind.UINT32),
        Field(10, "callback_promise_ms", Kind.UINT64),
        Field(11, "callback_grace_ms", Kind.UINT64),
        Field(12, "reclaim_ms", Kind.UINT64),
        Field(13, "first_reminder_numerator", Kind.UINT32),
        Field(14, "first_reminder_denominator", Kind.UINT32),
        Field(15, "second_reminder_numerator", Kind.UINT32),
        Field(16, "second_reminder_denominator", Kind.UINT32),
        Field(17, "role_ranks", Kind.UINT32, repeated=True),
        Field(18, "mass_audience", Kind.ENUM, of=lambda: MassAudience),
        Field(19, "language_relaxation", Kind.ENUM, of=lambda: LanguageRelaxation),
        Field(20, "reregistration", Kind.ENUM, of=lambda: Reregistration),
        Field(21, "offer_requires_session", Kind.BOOL),
        Field(22, "unreachable_attempts", Kind.UINT32),
        Field(23, "unreachable_spacing_ms", Kind.UINT64),
        Field(24, "first_callback_reminder_ms", Kind.UINT64),
        Field(25, "second_callback_reminder_ms", Kind.UINT64),
    )


@dataclass(slots=True, repr=False)
class GetPolicyRequest(Message):
    version: int = 0  # from 1; 0: the current one
    preset: Preset = Preset.PRESET_UNSPECIFIED  # set: what that preset holds, whatever is in force; `version` is 0 then

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "version", Kind.UINT32),
        Field(2, "preset", Kind.ENUM, of=lambda: Preset),
    )


@dataclass(slots=True, repr=False)
class PolicyVersion(Message):
    version: int = 0
    policy: Policy | None = None
    since_us: int = 0  # version 1: 0
    preset: Preset = Preset.PRESET_UNSPECIFIED  # it equals, if any
    by: str = ""  # who set it; empty: the server
    reason: str = ""

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "version", Kind.UINT32),
        Field(2, "policy", Kind.MESSAGE, of=lambda: Policy),
        Field(3, "since_us", Kind.INT64),
        Field(4, "preset", Kind.ENUM, of=lambda: Preset),
        Field(5, "by", Kind.STRING),
        Field(6, "reason", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class SetPolicyRequest(Message):
    preset: Preset = Preset.PRESET_UNSPECIFIED
    policy: Policy | None = None  # preset PRESET_UNSPECIFIED: all fields count
    expected_version: int = 0  # refused with POLICY_VERSION when another is current; 0: whatever is
    reason: str = ""  # 1 to 200 bytes

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "preset", Kind.ENUM, of=lambda: Preset),
        Field(2, "policy", Kind.MESSAGE, of=lambda: Policy),
        Field(3, "expected_version", Kind.UINT32),
        Field(4, "reason", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class SimulatePolicyRequest(Message):
    preset: Preset = Preset.PRESET_UNSPECIFIED
    policy: Policy | None = None  # PRESET_UNSPECIFIED
    from_us: int = 0  # requests submitted at or after
    to_us: int = 0  # and before; 0: now

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "preset", Kind.ENUM, of=lambda: Preset),
        Field(2, "policy", Kind.MESSAGE, of=lambda: Policy),
        Field(3, "from_us", Kind.INT64),
        Field(4, "to_us", Kind.INT64),
    )


@dataclass(slots=True, repr=False)
class SimulationItem(Message):
    progress: SimulationProgress | None = None
    report: SimulationReport | None = None

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "progress", Kind.MESSAGE, of=lambda: SimulationProgress, oneof="item"),
        Field(2, "report", Kind.MESSAGE, of=lambda: SimulationReport, oneof="item"),
    )


@dataclass(slots=True, repr=False)
class SimulationProgress(Message):
    done: int = 0  # requests
    total: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "done", Kind.UINT64),
        Field(2, "total", Kind.UINT64),
    )


@dataclass(slots=True, repr=False)
class SimulationReport(Message):
    """The same requests, the same people at the same hours, three times: as it happened, replayed under the
    policy that was in force, and replayed under the other. What people would have done is modelled: "The
    simulation" in NUMBERS.md.
    """

    from_us: int = 0
    to_us: int = 0
    recorded: SimulationFigures | None = None
    baseline: SimulationFigures | None = None
    alternative: SimulationFigures | None = None
    baseline_policy: Policy | None = None
    alternative_policy: Policy | None = None

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "from_us", Kind.INT64),
        Field(2, "to_us", Kind.INT64),
        Field(3, "recorded", Kind.MESSAGE, of=lambda: SimulationFigures),
        Field(4, "baseline", Kind.MESSAGE, of=lambda: SimulationFigures),
        Field(5, "alternative", Kind.MESSAGE, of=lambda: SimulationFigures),
        Field(6, "baseline_policy", Kind.MESSAGE, of=lambda: Policy),
        Field(7, "alternative_policy", Kind.MESSAGE, of=lambda: Policy),
    )


@dataclass(slots=True, repr=False)
class SimulationFigures(Message):
    requests: int = 0
    called_in_promise: int = 0  # called within the policy's promise
    went_to_mass: int = 0
    misses: int = 0  # general offers that ended missed
    deregistrations: int = 0
    accepted: int = 0
    never_accepted: int = 0
    general_offers: int = 0
    mass_offers: int = 0
    accept_median_ms: int = 0  # submission to acceptance
    accept_p90_ms: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "requests", Kind.UINT64),
        Field(2, "called_in_promise", Kind.UINT64),
        Field(3, "went_to_mass", Kind.UINT64),
        Field(4, "misses", Kind.UINT64),
        Field(5, "deregistrations", Kind.UINT64),
        Field(6, "accepted", Kind.UINT64),
        Field(7, "never_accepted", Kind.UINT64),
        Field(8, "general_offers", Kind.UINT64),
        Field(9, "mass_offers", Kind.UINT64),
        Field(10, "accept_median_ms", Kind.UINT32),
        Field(11, "accept_p90_ms", Kind.UINT32),
    )


@dataclass(slots=True, repr=False)
class SubscribeNoticesRequest(Message):
    channels: list[NoticeChannel] = field(default_factory=list)  # only these; none: all

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "channels", Kind.ENUM, repeated=True, of=lambda: NoticeChannel),
    )


@dataclass(slots=True, repr=False)
class NoticeItem(Message):
    notice: Notice | None = None
    withdrawn: NoticeWithdrawn | None = None
    state_end: StateEnd | None = None

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "notice", Kind.MESSAGE, of=lambda: Notice, oneof="item"),
        Field(2, "withdrawn", Kind.MESSAGE, of=lambda: NoticeWithdrawn, oneof="item"),
        Field(3, "state_end", Kind.MESSAGE, of=lambda: StateEnd, oneof="item"),
    )


@dataclass(slots=True, repr=False)
class Notice(Message):
    """To be told to an assister by phone or mail. No personal data of the Resident (R39)."""

    notice_id: int = 0  # stays the same when it comes again: send it once
    channel: NoticeChannel = NoticeChannel.NOTICE_CHANNEL_UNSPECIFIED
    address: str = ""  # phone number or email address of the assister
    language: str = ""  # BCP 47, the assister's first
    text_key: str = ""  # "offer.general", "offer.mass"
    offer: Offer | None = None
    created_at_us: int = 0
    attempt: int = 0  # 1; 2: the second channel, after the first failed

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "notice_id", Kind.UINT64),
        Field(2, "channel", Kind.ENUM, of=lambda: NoticeChannel),
        Field(3, "address", Kind.STRING),
        Field(4, "language", Kind.STRING),
        Field(5, "text_key", Kind.STRING),
        Field(6, "offer", Kind.MESSAGE, of=lambda: Offer),
        Field(7, "created_at_us", Kind.INT64),
        Field(8, "attempt", Kind.UINT32),
    )


@dataclass(slots=True, repr=False)
class NoticeWithdrawn(Message):
    """Its offer has ended: do not send it any more."""

    notice_id: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "notice_id", Kind.UINT64),
    )


@dataclass(slots=True, repr=False)
class AcknowledgeNoticeRequest(Message):
    notice_id: int = 0
    state: NoticeState = NoticeState.NOTICE_STATE_UNSPECIFIED  # NOTICE_SENT, NOTICE_DELIVERED or NOTICE_FAILED
    detail: str = ""  # 0 to 200 bytes, for the operator's log

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "notice_id", Kind.UINT64),
        Field(2, "state", Kind.ENUM, of=lambda: NoticeState),
        Field(3, "detail", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class AcknowledgeNoticeResponse(Message):
    notice_id: int = 0
    state: NoticeState = NoticeState.NOTICE_STATE_UNSPECIFIED

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "notice_id", Kind.UINT64),
        Field(2, "state", Kind.ENUM, of=lambda: NoticeState),
    )


@dataclass(slots=True, repr=False)
class RenewCredentialRequest(Message):
    lifetime_ms: int = 0  # 1,000 to `credential_lifetime_ms`; 0: that

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "lifetime_ms", Kind.UINT64),
    )


@dataclass(slots=True, repr=False)
class RenewedCredential(Message):
    token: str = field(default="", repr=False)  # shown once: keep it before you use it
    expires_at_us: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "token", Kind.STRING),
        Field(2, "expires_at_us", Kind.INT64),
    )


@dataclass(slots=True, repr=False)
class RefreshSessionRequest(Message):
    token: str = field(default="", repr=False)

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "token", Kind.STRING),
    )


@dataclass(slots=True, repr=False)
class SessionCredential(Message):
    expires_at_us: int = 0  # of the session from now on; 0: no end

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "expires_at_us", Kind.INT64),
    )


@dataclass(slots=True, repr=False)
class GetServerStatusRequest(Message):
    FIELDS: ClassVar[tuple[Field, ...]] = ()


@dataclass(slots=True, repr=False)
class ServerStatus(Message):
    server: str = ""
    started_at_us: int = 0
    now_us: int = 0
    epoch: str = ""
    durable_sequence: int = 0
    sessions: int = 0
    subscriptions: int = 0
    referrals: int = 0
    offers: int = 0
    referrals_general: int = 0
    referrals_mass: int = 0
    referrals_waiting: int = 0
    referrals_assigned: int = 0
    assisters: int = 0
    assisters_available: int = 0
    accepts: int = 0
    log_syncs: int = 0
    resident_bytes: int = 0
    pushes: int = 0
    policy_version: int = 0
    notices_pending: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(1, "server", Kind.STRING),
        Field(2, "started_at_us", Kind.INT64),
        Field(3, "now_us", Kind.INT64),
        Field(4, "epoch", Kind.STRING),
        Field(5, "durable_sequence", Kind.UINT64),
        Field(6, "sessions", Kind.UINT32),
        Field(7, "subscriptions", Kind.UINT32),
        Field(8, "referrals", Kind.UINT64),
        Field(9, "offers", Kind.UINT64),
        Field(10, "referrals_general", Kind.UINT32),
        Field(11, "referrals_mass", Kind.UINT32),
        Field(12, "referrals_waiting", Kind.UINT32),
        Field(13, "referrals_assigned", Kind.UINT32),
        Field(14, "assisters", Kind.UINT32),
        Field(15, "assisters_available", Kind.UINT32),
        Field(16, "accepts", Kind.UINT64),
        Field(17, "log_syncs", Kind.UINT64),
        Field(18, "resident_bytes", Kind.UINT64),
        Field(19, "pushes", Kind.UINT64),
        Field(20, "policy_version", Kind.UINT32),
        Field(21, "notices_pending", Kind.UINT32),
    )


@dataclass(frozen=True, slots=True)
class Method:
    """What a REQUEST can ask for: its number, its messages, who may."""

    name: str
    number: int
    request: type[Message]
    response: type[Message]
    stream: bool
    roles: tuple[Role, ...]


METHODS: dict[str, Method] = {
    "Pushes/Subscribe": Method(
        "Pushes/Subscribe", 0x0101, SubscribeRequest, SubscribeItem, True,
        (Role.ASSISTER, Role.SUPERVISOR, Role.INTAKE_PARTNER,),
    ),
    "Assisters/Register": Method(
        "Assisters/Register", 0x0201, RegisterRequest, Profile, False,
        (Role.ASSISTER,),
    ),
    "Assisters/SetAvailability": Method(
        "Assisters/SetAvailability", 0x0202, SetAvailabilityRequest, AssisterStatus, False,
        (Role.ASSISTER,),
    ),
    "Assisters/GetStanding": Method(
        "Assisters/GetStanding", 0x0203, GetStandingRequest, Standing, False,
        (Role.ASSISTER,),
    ),
    "Assisters/AcceptOffer": Method(
        "Assisters/AcceptOffer", 0x0204, AcceptOfferRequest, Assignment, False,
        (Role.ASSISTER,),
    ),
    "Assisters/RejectOffer": Method(
        "Assisters/RejectOffer", 0x0205, RejectOfferRequest, OfferClosed, False,
        (Role.ASSISTER,),
    ),
    "Assisters/CloseReferral": Method(
        "Assisters/CloseReferral", 0x0206, CloseReferralRequest, CloseReferralResponse, False,
        (Role.ASSISTER,),
    ),
    "Assisters/WithdrawRegistration": Method(
        "Assisters/WithdrawRegistration", 0x0207, WithdrawRegistrationRequest, Profile, False,
        (Role.ASSISTER,),
    ),
    "Assisters/LogAttempt": Method(
        "Assisters/LogAttempt", 0x0208, LogAttemptRequest, Assignment, False,
        (Role.ASSISTER,),
    ),
    "Assisters/ReleaseReferral": Method(
        "Assisters/ReleaseReferral", 0x0209, ReleaseReferralRequest, ReferralRecord, False,
        (Role.ASSISTER,),
    ),
    "Assisters/SaveNote": Method(
        "Assisters/SaveNote", 0x020A, SaveNoteRequest, ReferralRecord, False,
        (Role.ASSISTER,),
    ),
    "Assisters/SaveContact": Method(
        "Assisters/SaveContact", 0x020B, SaveContactRequest, Profile, False,
        (Role.ASSISTER,),
    ),
    "Assisters/SaveAvailability": Method(
        "Assisters/SaveAvailability", 0x020C, SaveAvailabilityRequest, Profile, False,
        (Role.ASSISTER,),
    ),
    "Assisters/GetProfile": Method(
        "Assisters/GetProfile", 0x020D, GetProfileRequest, Profile, False,
        (Role.ASSISTER,),
    ),
    "Assisters/GetUpdates": Method(
        "Assisters/GetUpdates", 0x020E, GetUpdatesRequest, Updates, False,
        (Role.ASSISTER,),
    ),
    "Assisters/ListReferrals": Method(
        "Assisters/ListReferrals", 0x020F, ListReferralsRequest, ListReferralsResponse, False,
        (Role.ASSISTER,),
    ),
    "Assisters/GetReferralRecord": Method(
        "Assisters/GetReferralRecord", 0x0210, GetReferralRecordRequest, ReferralRecord, False,
        (Role.ASSISTER,),
    ),
    "Assisters/GetMetrics": Method(
        "Assisters/GetMetrics", 0x0211, GetMetricsRequest, Metrics, False,
        (Role.ASSISTER,),
    ),
    "Assisters/ExplainReferral": Method(
        "Assisters/ExplainReferral", 0x0212, ExplainReferralRequest, Explanation, False,
        (Role.ASSISTER, Role.SUPERVISOR, Role.AUDITOR,),
    ),
    "Intake/SubmitReferral": Method(
        "Intake/SubmitReferral", 0x0301, SubmitReferralRequest, Referral, False,
        (Role.INTAKE_PARTNER,),
    ),
    "Intake/GetReferral": Method(
        "Intake/GetReferral", 0x0302, GetReferralRequest, Referral, False,
        (Role.INTAKE_PARTNER, Role.SUPERVISOR, Role.AUDITOR,),
    ),
    "Intake/CancelReferral": Method(
        "Intake/CancelReferral", 0x0303, CancelReferralRequest, Referral, False,
        (Role.INTAKE_PARTNER, Role.SUPERVISOR,),
    ),
    "Intake/ListSubmissions": Method(
        "Intake/ListSubmissions", 0x0304, ListSubmissionsRequest, ListSubmissionsResponse, False,
        (Role.INTAKE_PARTNER,),
    ),
    "Desk/ListQueue": Method(
        "Desk/ListQueue", 0x0601, ListQueueRequest, ListQueueResponse, False,
        (Role.SUPERVISOR, Role.AUDITOR,),
    ),
    "Desk/RerunReferral": Method(
        "Desk/RerunReferral", 0x0602, DeskRequest, Referral, False,
        (Role.SUPERVISOR,),
    ),
    "Desk/AssignReferral": Method(
        "Desk/AssignReferral", 0x0603, AssignReferralRequest, Referral, False,
        (Role.SUPERVISOR,),
    ),
    "Desk/GiveUpReferral": Method(
        "Desk/GiveUpReferral", 0x0604, DeskRequest, Referral, False,
        (Role.SUPERVISOR,),
    ),
    "Desk/TakeBackReferral": Method(
        "Desk/TakeBackReferral", 0x0605, DeskRequest, Referral, False,
        (Role.SUPERVISOR,),
    ),
    "Desk/PardonAssister": Method(
        "Desk/PardonAssister", 0x0606, StaffRequest, AssisterStatus, False,
        (Role.SUPERVISOR,),
    ),
    "Desk/DeregisterAssister": Method(
        "Desk/DeregisterAssister", 0x0607, StaffRequest, AssisterStatus, False,
        (Role.SUPERVISOR,),
    ),
    "Desk/SuspendAssister": Method(
        "Desk/SuspendAssister", 0x0608, StaffRequest, AssisterStatus, False,
        (Role.SUPERVISOR,),
    ),
    "Desk/ReinstateAssister": Method(
        "Desk/ReinstateAssister", 0x0609, StaffRequest, AssisterStatus, False,
        (Role.SUPERVISOR,),
    ),
    "Desk/ListAssisters": Method(
        "Desk/ListAssisters", 0x060A, ListAssistersRequest, ListAssistersResponse, False,
        (Role.SUPERVISOR, Role.AUDITOR,),
    ),
    "Desk/GetProgramMetrics": Method(
        "Desk/GetProgramMetrics", 0x060B, GetMetricsRequest, ProgramMetrics, False,
        (Role.SUPERVISOR, Role.AUDITOR,),
    ),
    "Desk/GetPolicy": Method(
        "Desk/GetPolicy", 0x060C, GetPolicyRequest, PolicyVersion, False,
        (Role.SUPERVISOR, Role.AUDITOR,),
    ),
    "Desk/SetPolicy": Method(
        "Desk/SetPolicy", 0x060D, SetPolicyRequest, PolicyVersion, False,
        (Role.SUPERVISOR,),
    ),
    "Desk/SimulatePolicy": Method(
        "Desk/SimulatePolicy", 0x060E, SimulatePolicyRequest, SimulationItem, True,
        (Role.SUPERVISOR, Role.AUDITOR,),
    ),
    "Desk/SetCredentialDate": Method(
        "Desk/SetCredentialDate", 0x060F, SetCredentialDateRequest, AssisterStatus, False,
        (Role.SUPERVISOR,),
    ),
    "Desk/InspectReferral": Method(
        "Desk/InspectReferral", 0x0610, GetReferralRecordRequest, ReferralRecord, False,
        (Role.SUPERVISOR, Role.AUDITOR,),
    ),
    "Notices/SubscribeNotices": Method(
        "Notices/SubscribeNotices", 0x0501, SubscribeNoticesRequest, NoticeItem, True,
        (Role.NOTIFIER,),
    ),
    "Notices/AcknowledgeNotice": Method(
        "Notices/AcknowledgeNotice", 0x0502, AcknowledgeNoticeRequest, AcknowledgeNoticeResponse, False,
        (Role.NOTIFIER,),
    ),
    "Credentials/RenewCredential": Method(
        "Credentials/RenewCredential", 0x0701, RenewCredentialRequest, RenewedCredential, False,
        (Role.ASSISTER, Role.INTAKE_PARTNER, Role.SUPERVISOR, Role.OPERATOR, Role.AUDITOR, Role.NOTIFIER,),
    ),
    "Credentials/RefreshSession": Method(
        "Credentials/RefreshSession", 0x0702, RefreshSessionRequest, SessionCredential, False,
        (Role.ASSISTER, Role.INTAKE_PARTNER, Role.SUPERVISOR, Role.OPERATOR, Role.AUDITOR, Role.NOTIFIER,),
    ),
    "Operations/GetServerStatus": Method(
        "Operations/GetServerStatus", 0x0401, GetServerStatusRequest, ServerStatus, False,
        (Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR,),
    ),
}

# Of each reason: the code it comes with, and whether the same call can succeed later.
REASONS: dict[Reason, tuple[Code, bool]] = {
    Reason.FRAME_TOO_LARGE: (Code.RESOURCE_EXHAUSTED, False),
    Reason.FRAME_TYPE_UNKNOWN: (Code.UNIMPLEMENTED, False),
    Reason.FRAME_FLAGS_UNKNOWN: (Code.INVALID_ARGUMENT, False),
    Reason.FRAME_UNEXPECTED: (Code.FAILED_PRECONDITION, False),
    Reason.PAYLOAD_MALFORMED: (Code.INVALID_ARGUMENT, False),
    Reason.HELLO_REQUIRED: (Code.UNAUTHENTICATED, False),
    Reason.HELLO_TIMEOUT: (Code.UNAUTHENTICATED, False),
    Reason.HELLO_LIMIT: (Code.RESOURCE_EXHAUSTED, False),
    Reason.TOKEN_REJECTED: (Code.UNAUTHENTICATED, False),
    Reason.VERSION_UNSUPPORTED: (Code.FAILED_PRECONDITION, False),
    Reason.METHOD_UNKNOWN: (Code.UNIMPLEMENTED, False),
    Reason.CALL_UNKNOWN: (Code.NOT_FOUND, False),
    Reason.CALL_ID_NOT_INCREASING: (Code.INVALID_ARGUMENT, False),
    Reason.CALLS_IN_FLIGHT: (Code.RESOURCE_EXHAUSTED, True),
    Reason.CALL_CANCELLED: (Code.CANCELLED, False),
    Reason.CALL_DEADLINE: (Code.DEADLINE_EXCEEDED, True),
    Reason.ROLE_NOT_ALLOWED: (Code.PERMISSION_DENIED, False),
    Reason.KEEPALIVE_TIMEOUT: (Code.UNAVAILABLE, True),
    Reason.SERVER_STOPPING: (Code.UNAVAILABLE, True),
    Reason.SLOW_CONSUMER: (Code.RESOURCE_EXHAUSTED, True),
    Reason.SESSION_LIMIT: (Code.RESOURCE_EXHAUSTED, True),
    Reason.COMMIT_FAILED: (Code.UNKNOWN, False),
    Reason.SUBSCRIPTION_EXISTS: (Code.ALREADY_EXISTS, False),
    Reason.PING_TOO_LONG: (Code.INVALID_ARGUMENT, False),
    Reason.PAYLOAD_UNEXPECTED: (Code.INVALID_ARGUMENT, False),
    Reason.CANCEL_LIMIT: (Code.RESOURCE_EXHAUSTED, True),
    Reason.CREDENTIAL_EXPIRED: (Code.UNAUTHENTICATED, False),
    Reason.FIELD_INVALID: (Code.INVALID_ARGUMENT, False),
    Reason.IDEMPOTENCY_KEY_REUSED: (Code.INVALID_ARGUMENT, False),
    Reason.REFERRAL_UNKNOWN: (Code.NOT_FOUND, False),
    Reason.OFFER_UNKNOWN: (Code.NOT_FOUND, False),
    Reason.OFFER_TAKEN: (Code.ABORTED, False),
    Reason.OFFER_DEADLINE_PASSED: (Code.FAILED_PRECONDITION, False),
    Reason.OFFER_WITHDRAWN: (Code.FAILED_PRECONDITION, False),
    Reason.OFFER_ALREADY_REJECTED: (Code.FAILED_PRECONDITION, False),
    Reason.OFFER_ALREADY_ACCEPTED: (Code.FAILED_PRECONDITION, False),
    Reason.OFFER_RELEASED: (Code.FAILED_PRECONDITION, False),
    Reason.NOT_REGISTERED: (Code.FAILED_PRECONDITION, False),
    Reason.ALREADY_REGISTERED: (Code.FAILED_PRECONDITION, False),
    Reason.NOT_THE_HOLDER: (Code.FAILED_PRECONDITION, False),
    Reason.REFERRAL_STATE: (Code.FAILED_PRECONDITION, False),
    Reason.CAPACITY_REACHED: (Code.FAILED_PRECONDITION, False),
    Reason.OUTCOME_NOT_ALLOWED: (Code.FAILED_PRECONDITION, False),
    Reason.PRINCIPAL_EXISTS: (Code.ALREADY_EXISTS, False),
    Reason.TERMS_NOT_ACCEPTED: (Code.FAILED_PRECONDITION, False),
    Reason.ENGINE_LIMIT: (Code.RESOURCE_EXHAUSTED, False),
    Reason.REGISTRATION_NOT_ALLOWED: (Code.FAILED_PRECONDITION, False),
    Reason.ASSISTER_UNKNOWN: (Code.NOT_FOUND, False),
    Reason.ASSISTER_STATE: (Code.FAILED_PRECONDITION, False),
    Reason.ASSISTER_NOT_ELIGIBLE: (Code.FAILED_PRECONDITION, False),
    Reason.NOBODY_TO_ASK: (Code.FAILED_PRECONDITION, False),
    Reason.UNREACHABLE_TOO_EARLY: (Code.FAILED_PRECONDITION, False),
    Reason.NOTICE_UNKNOWN: (Code.NOT_FOUND, False),
    Reason.NOTICE_SETTLED: (Code.FAILED_PRECONDITION, False),
    Reason.POLICY_VERSION: (Code.ABORTED, False),
    Reason.HISTORY_NOT_KEPT: (Code.OUT_OF_RANGE, False),
    Reason.RANGE_TOO_LONG: (Code.OUT_OF_RANGE, False),
    Reason.PAGE_TOKEN_INVALID: (Code.INVALID_ARGUMENT, False),
    Reason.NEVER_OFFERED: (Code.NOT_FOUND, False),
    Reason.REGISTRATION_INCOMPLETE: (Code.FAILED_PRECONDITION, False),
    Reason.BUSY: (Code.RESOURCE_EXHAUSTED, True),
    Reason.CREDENTIAL_LIMIT: (Code.RESOURCE_EXHAUSTED, False),
}
