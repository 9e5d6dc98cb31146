"""What the state machine tells: to the program above it, and to the connection below it."""

from __future__ import annotations

from dataclasses import dataclass, field

from .errors import CallError
from .messages import Code, Push, Reason, Status, SubscribeItem, Welcome
from .wire import Message


@dataclass(frozen=True, slots=True)
class Open:
    """To the connection: connect, then say `connection_made` or `connection_failed`."""


@dataclass(frozen=True, slots=True)
class Close:
    """To the connection: write what there is, then close_notify, then close TCP."""


@dataclass(frozen=True, slots=True)
class Connected:
    welcome: Welcome


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is lost, or none came about; there will be another try."""

    code: Code
    reason: Reason
    message: str
    retry_in_ms: int


@dataclass(frozen=True, slots=True)
class Ended:
    """Refused or sent away for good: no other try."""

    code: Code
    reason: Reason
    message: str


@dataclass(frozen=True, slots=True)
class Closed:
    """We have left."""


@dataclass(frozen=True, slots=True)
class Answered:
    key: int
    response: Message


@dataclass(frozen=True, slots=True)
class Failed:
    key: int
    error: CallError


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a server stream that is not the subscription."""

    key: int
    item: Message


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """A server stream came to its regular end."""

    key: int


@dataclass(frozen=True, slots=True)
class Position:
    """A subscription began. `recovered`: exactly the pushes that were missed follow; else the current state does."""

    epoch: str
    offset: int
    recovered: bool


@dataclass(frozen=True, slots=True)
class CurrentState:
    """How things stand, whole: replace what you had."""

    items: tuple[SubscribeItem, ...]
    epoch: str
    offset: int


@dataclass(frozen=True, slots=True)
class Pushed:
    push: Push


@dataclass(frozen=True, slots=True)
class Collapsed:
    """Stands for pushes that were of no use any more. They count as processed."""

    first_offset: int
    last_offset: int


@dataclass(frozen=True, slots=True)
class SubscriptionRefused:
    """The server does not give this principal a subscription; it is not asked for again."""

    error: CallError


@dataclass(frozen=True, slots=True)
class Renewed:
    """Another token. Keep it, then say `token_kept`: it is not used before."""

    token: str = field(repr=False)
    expires_at_us: int = 0


@dataclass(frozen=True, slots=True)
class Complaint:
    """A STATUS on call 0, or something that the server should not have done: for the log (KOD-5.2-6)."""

    message: str
    status: Status | None = None


SubscriptionEvent = Position | CurrentState | Pushed | Collapsed | SubscriptionRefused
Event = (
    Open | Close | Connected | Disconnected | Ended | Closed | Answered | Failed | Item | StreamEnded
    | SubscriptionEvent | Renewed | Complaint
)
