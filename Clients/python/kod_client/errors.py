"""What can go wrong, in the two kinds that a user must be able to tell apart: it failed, and nobody knows (5.6).

No text here ever holds a token: errors are made from what the server said and from names.
"""

from __future__ import annotations

from .messages import REASONS, Code, FieldViolation, Reason, Status

UNKNOWN_OUTCOMES = {Code.CANCELLED, Code.UNKNOWN, Code.DEADLINE_EXCEEDED, Code.INTERNAL}
"""After a STATUS with one of these a call may have taken effect (KOD-5.6-2)."""


class KODError(Exception):
    """Everything that this package throws on purpose, besides `DecodeError` and `EncodeError` of the codec."""


class ConfigurationError(KODError):
    """Settings that cannot work: an address without a port, a file that cannot be read."""


class SessionEnded(KODError):
    """The server refused the client or sent it away for good, and the client does not try again (KOD-4.6-3)."""

    def __init__(self, code: Code, reason: Reason, message: str) -> None:
        super().__init__(f"{reason.name if reason else code.name}: {message}")
        self.code = code
        self.reason = reason
        self.message = message


class CallError(KODError):
    """A call that was not answered with a response. Decide by `reason`, then by `code`; show `message`."""

    def __init__(
        self,
        code: Code,
        reason: Reason = Reason.REASON_UNSPECIFIED,
        message: str = "",
        *,
        status: Status | None = None,
    ) -> None:
        super().__init__(f"{reason.name if reason else code.name}: {message}")
        self.code = code
        self.reason = reason
        self.message = message
        self.status = status or Status(code=code, reason=reason, message=message)

    @property
    def retriable(self) -> bool:
        """Whether the same call, unchanged, can succeed later. Of a reason that we do not know: no (KOD-10.2-2)."""
        return REASONS.get(self.reason, (self.code, False))[1]

    @property
    def retry_after_ms(self) -> int:
        """How long to wait before a repeat; 0: no advice."""
        return self.status.retry_after_ms

    @property
    def taken_at_us(self) -> int:
        """OFFER_TAKEN: when the winner accepted."""
        return self.status.taken_at_us

    @property
    def violations(self) -> list[FieldViolation]:
        """FIELD_INVALID: each field that is wrong."""
        return self.status.violations

    @property
    def outcome_unknown(self) -> bool:
        """Whether the call may have taken effect all the same. Never tell a user that it failed then."""
        return isinstance(self, OutcomeUnknown)


class CallFailed(CallError):
    """The call changed nothing (KOD-5.6-3)."""


class OutcomeUnknown(CallError):
    """The call may or may not have taken effect (KOD-5.6-2): ask, or repeat it."""


def error_of(status: Status) -> CallError:
    """A STATUS that ended a call, as an error. A code that we do not know counts as `UNKNOWN` (KOD-10.2-2)."""
    code = status.code if status.code.is_known else Code.UNKNOWN
    kind = OutcomeUnknown if code in UNKNOWN_OUTCOMES else CallFailed
    return kind(code, status.reason, status.message, status=status)
