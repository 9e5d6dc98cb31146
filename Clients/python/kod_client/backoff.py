"""How long to wait before the next try (KOD-4.8-1)."""

from __future__ import annotations

from collections.abc import Callable

FIRST = 1.0
SECOND = 0.5
FACTOR = 1.6
MOST = 30.0
LASTED = 5.0
"""A session that lasted so many seconds begins the backoff anew."""


class Backoff:
    """A random delay of up to a second first; then half a second, 1.6 times longer each time, up to 30 seconds.

    `random` gives numbers from 0 up to 1. From the second try on the delay is at least half and at most one and
    a half times what its turn says, so that it grows and still spreads.
    """

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._turn = 0

    def next(self) -> float:
        """Seconds to wait."""
        turn, self._turn = self._turn, self._turn + 1
        if turn == 0:
            return FIRST * self._random()
        middle = SECOND * FACTOR ** (min(turn, 20) - 1)
        return min(MOST, middle * (0.5 + self._random()))

    def reset(self) -> None:
        self._turn = 0
