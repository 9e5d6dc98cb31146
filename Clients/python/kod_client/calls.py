"""A call of the state machine, from when it is made until it is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from .backoff import Backoff
from .messages import Method


class Owner(Enum):
    """Whose call it is."""

    USER = 0
    SUBSCRIPTION = 1
    RENEWAL = 2
    REFRESH = 3


@dataclass(slots=True)
class Call:
    key: int
    method: Method
    payload: bytes = field(repr=False)
    owner: Owner = Owner.USER
    timeout_ms: int = 0
    repeat: bool = False
    made_at: float = 0.0
    wire_id: int = 0  # 0: not sent on this connection
    in_doubt: bool = False  # an earlier try may have taken effect
    gives_up_at: float | None = None
    backoff: Backoff | None = None

    @property
    def may_have_taken_effect(self) -> bool:
        return self.wire_id != 0 or self.in_doubt

    @property
    def deadline(self) -> float | None:
        return self.made_at + self.timeout_ms / 1000 if self.timeout_ms else None
