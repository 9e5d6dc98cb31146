"""A subscription over any number of sessions: position, current state, gaps (chapter 6)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from .events import Collapsed, CurrentState, Position, Pushed, SubscriptionEvent
from .messages import Push, SubscribeItem, SubscribeRequest


class OutOfOrder(Exception):
    """Items that cannot follow each other: a gap (KOD-6.1-4), a state where there should be pushes."""


class Phase(Enum):
    STARTING = "waits for `start`"
    STATE = "collects the current state"
    LIVE = "takes pushes"


class SubscriptionMachine:
    """Takes items in, gives events out, and knows where to resume."""

    def __init__(self, epoch: str = "", offset: int = 0) -> None:
        self.epoch = epoch
        self.offset = offset
        self.phase = Phase.STARTING
        self._items: list[SubscribeItem] = []
        self._start = (epoch, offset)

    def request(self) -> SubscribeRequest:
        """Begins anew, on whatever connection: from the last push that was processed (6.3)."""
        self.phase = Phase.STARTING
        self._items = []
        return SubscribeRequest(epoch=self.epoch, offset=self.offset)

    def take(self, item: SubscribeItem) -> Iterator[SubscriptionEvent]:
        which = item.which("item")
        match self.phase, which:
            case _, None:
                return  # an item that came after this program was written (KOD-10.2-1)
            case Phase.STARTING, "start":
                yield self._begin(item)
            case Phase.STATE, "state_end":
                self.epoch, self.offset = self._start
                items, self._items = tuple(self._items), []
                self.phase = Phase.LIVE
                yield CurrentState(items, self.epoch, self.offset)
            case Phase.STATE, "open_offer" | "assignment" | "status" | "open_referral":
                self._items.append(item)
            case Phase.LIVE, "push":
                assert item.push is not None
                yield from self._push(item.push)
            case Phase.LIVE, "collapsed":
                assert item.collapsed is not None
                first, last = item.collapsed.first_offset, item.collapsed.last_offset
                if first > self.offset + 1:
                    raise OutOfOrder(f"push {first} came after {self.offset}")
                if last > self.offset:
                    self.offset = last
                    yield Collapsed(first, last)
            case phase, _:
                raise OutOfOrder(f"`{which}` came to a subscription that {phase.value}")

    def _begin(self, item: SubscribeItem) -> Position:
        start = item.start
        assert start is not None
        if start.recovered:
            if not self.epoch or start.epoch != self.epoch or start.offset < self.offset:
                raise OutOfOrder("a subscription recovered from a position that was not asked for")
            self.phase = Phase.LIVE
        else:
            # Not ours before `state_end` (KOD-6.2-3).
            self._start = (start.epoch, start.offset)
            self.phase = Phase.STATE
        return Position(start.epoch, start.offset, start.recovered)

    def _push(self, push: Push) -> Iterator[Pushed]:
        if push.offset <= self.offset:
            return  # seen before (KOD-6.1-3)
        if push.offset != self.offset + 1:
            raise OutOfOrder(f"push {push.offset} came after {self.offset}")
        self.offset = push.offset
        yield Pushed(push)
