"""The token of a client, and when it is to be renewed (chapter 4.5)."""

from __future__ import annotations

from collections.abc import Callable

from .backoff import Backoff


class Credential:
    """Knows the newest token that was kept, whether the session is under it, and when to renew. Never shows a token."""

    def __init__(self, token: str, renew: bool, random: Callable[[], float]) -> None:
        self.token = token
        """That of the next HELLO (KOD-4.5-7)."""
        self.unused = ""
        """A token that was kept while the session is still under an older one; empty: there is none."""
        self.renew_at: float | None = None
        self._expires_at: float | None = None
        self._renew = renew
        self._random = random
        self._backoff = Backoff(random)

    def __repr__(self) -> str:
        return "Credential(...)"

    def kept(self, token: str) -> None:
        self.token = self.unused = token

    def in_use(self, token: str) -> None:
        """The session is under this token."""
        self.token = token
        self.unused = ""

    def refused(self) -> None:
        """The kept token does not help the session: another renewal may."""
        self.unused = ""

    def ends_in(self, seconds: float | None, now: float) -> None:
        """How long the session's credential is still valid; nothing: it has no end."""
        self.renew_at = self._expires_at = None
        if seconds is not None:
            self._expires_at = now + seconds
            if self._renew:
                # About four fifths, less a random part (KOD-4.5-6): of many clients not all ask at once.
                self.renew_at = now + max(0.0, seconds) * (0.8 - 0.1 * self._random())
                self._backoff.reset()

    def later(self, now: float) -> None:
        """Tries again by the backoff, while there is time."""
        again = now + self._backoff.next()
        if self._renew and self._expires_at is not None and again < self._expires_at:
            self.renew_at = again
