"""A client with functions that wait for their answers, for programs with threads.

    with Client(Settings("127.0.0.1:7443", token, ca="ca.pem")) as client:
        for event in client.subscribe():
            if isinstance(event, Pushed) and event.push.offer_opened:
                print(client.accept_offer(event.push.offer_opened.offer_id))
"""

from __future__ import annotations

import logging
import queue
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import cast

from . import events as e
from . import messages as m
from .connection import split_address, tls_context
from .errors import CallError, CallFailed, KODError, SessionEnded
from .loop import Loop
from .messages import METHODS, Code, Method
from .methods import Methods
from .outbox import Outbox
from .session import ClientMachine
from .wire import Message

log = logging.getLogger("kod_client")

REPEAT_FOR = 60.0
"""Seconds for which a call is repeated when nothing else is said."""
WAITING_EVENTS = 1_000
"""Events that wait for a program that does not take them; then the subscription pauses, and resumes later."""


@dataclass(frozen=True, slots=True)
class Settings:
    address: str
    """HOST:PORT"""
    token: str = field(repr=False)
    ca: Path | str | None = None
    """The authority's certificate, PEM; nothing: the system's authorities."""
    server_name: str | None = None
    """What the certificate must be for, if not the host of the address."""
    client_name: str = "kod-python 1.0"
    """For the operator's log, 0 to 64 bytes."""
    outbox: Path | str | None = None
    """A folder for requests that are not answered yet."""


class PendingCall:
    """A call that goes on while the program does something else."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._key = 0
        self._future: Future[Message] = Future()

    def result(self) -> Message:
        """Waits for the answer. Throws `CallFailed` or `OutcomeUnknown`."""
        return self._future.result()

    def cancel(self) -> None:
        """Gives the call up: `result` throws `OutcomeUnknown` with `CALL_CANCELLED`, unless it was answered before."""
        self._client._post(lambda now: self._client._machine.cancel(self._key, now))


class Client(Methods):
    """One client: connects, reconnects, resumes. Its functions may be called from any thread.

    `keep` is given each renewed token and must have kept it when it returns; without it nothing is renewed.
    `on_event` is told of `Connected`, `Disconnected`, `Ended` and `Complaint`; it must not block.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        keep: Callable[[str], None] | None = None,
        on_event: Callable[[e.Event], None] | None = None,
    ) -> None:
        self.settings = settings
        split_address(settings.address)
        self._machine = ClientMachine(
            settings.token, client=settings.client_name, renew=keep is not None
        )
        self._loop = Loop(
            self._machine,
            settings.address,
            tls_context(settings.ca),
            self._take,
            server_name=settings.server_name,
            keep=keep,
        )
        self._on_event = on_event
        self._outbox = Outbox(settings.outbox) if settings.outbox else None
        self._changed = threading.Condition()
        self._connected = False
        self._ended: SessionEnded | None = None
        self._closed = False
        self._pending: dict[int, PendingCall] = {}
        self._streams: dict[int, queue.SimpleQueue[Message | CallError | None]] = {}
        self._subscription: Subscription | None = None
        self._loop.start()

    def __repr__(self) -> str:
        return f"Client({self.settings.address})"

    def __enter__(self) -> Client:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # The session ---------------------------------------------------------------------------------------------------

    def connect(self, timeout: float = 10.0) -> m.Welcome:
        """Connects, and stays connected. Throws `SessionEnded` when refused, `TimeoutError` when nobody answers in time
        (the client goes on trying then)."""
        with self._changed:
            self._ended = None  # of an earlier try
        self._post(lambda now: self._machine.connect(now))
        with self._changed:
            self._changed.wait_for(lambda: self._connected or self._ended or self._closed, timeout)
            if self._ended is not None:
                raise self._ended
            if self._connected and self._machine.welcome is not None:
                return self._machine.welcome
        raise TimeoutError(f"no session with {self.settings.address} within {timeout:g} seconds; still trying")

    def close(self) -> None:
        """Waits for calls in flight (10 seconds at most), leaves, and ends the thread."""
        if self._closed:
            return
        self._post(lambda now: self._machine.leave(now))
        with self._changed:
            self._changed.wait_for(lambda: self._closed, 15)
            self._closed = True
        self._loop.stop()

    @property
    def is_connected(self) -> bool:
        return self._connected

    @property
    def welcome(self) -> m.Welcome | None:
        """The last WELCOME: who we are, the limits."""
        return self._machine.welcome

    def server_now_us(self) -> int:
        """The server's clock, which deadlines follow."""
        return self._machine.server_now_us(time.monotonic())

    def seconds_left(self, deadline_us: int) -> float:
        """Until a deadline, by the server's clock. Not above 0: it is too late (KOD-6.6-2)."""
        return (deadline_us - self.server_now_us()) / 1_000_000

    def is_open(self, offer: m.Offer) -> bool:
        """Whether an offer may be shown as open: pending, and not past its deadline (KOD-6.6-2, KOD-10.2-2)."""
        return offer.state == m.OfferState.OFFER_PENDING and self.seconds_left(offer.deadline_us) > 0

    # Calls ---------------------------------------------------------------------------------------------------------

    def start(
        self, method: Method, request: Message, *, timeout: float | None = None, repeat: bool = False
    ) -> PendingCall:
        """Makes a call and goes on. `repeat`: it is safe to repeat, so it is, until it is answered or time is over."""
        request.encode()  # what cannot be sent is said here and not in the loop's thread
        if repeat and timeout is None:
            timeout = REPEAT_FOR
        pending = PendingCall(self)
        timeout_ms = max(1, round(timeout * 1000)) if timeout is not None else 0

        def begin(now: float) -> None:
            key = self._machine.call(method, request, now, timeout_ms=timeout_ms, repeat=repeat)
            pending._key = key
            self._pending[key] = pending

        self._post(begin)
        return pending

    def call(
        self, method: Method, request: Message, *, timeout: float | None = None, repeat: bool = False
    ) -> Message:
        return self.start(method, request, timeout=timeout, repeat=repeat).result()

    def accept_offer(
        self, offer_id: int = 0, *, timeout: float | None = None, repeat: bool = True
    ) -> m.Assignment:
        """The first valid accept wins (R8). It is repeated when the connection is lost: the winner gets the same
        answer again (R28)."""
        return super().accept_offer(offer_id, timeout=timeout, repeat=repeat)

    def submit_referral(
        self,
        idempotency_key: bytes = b"",
        *,
        partner_reference: str = "",
        help_type: m.HelpType = m.HelpType.HELP_TYPE_UNSPECIFIED,
        language: str = "",
        county: int = 0,
        contact: m.Contact | None = None,
        timeout: float | None = None,
        repeat: bool = True,
    ) -> m.Referral:
        """Submits a request for help, once, however often it must be repeated: under one key (5.7).

        Without a key it makes 16 random bytes. With an outbox the request is on disk before the first try and until
        it is answered; `submit_kept` submits what a crash left there.
        """
        request = m.SubmitReferralRequest(
            idempotency_key=idempotency_key or secrets.token_bytes(16),
            partner_reference=partner_reference,
            help_type=help_type,
            language=language,
            county=county,
            contact=contact,
        )
        if self._outbox:
            self._outbox.keep(request, time.time_ns() // 1000)
        return self._submit(request, timeout, repeat)

    def submit_kept(self, *, timeout: float | None = None) -> list[m.Referral]:
        """Submits again what the outbox still has, under the keys of then. A key that the server has forgotten
        meanwhile would make a second referral: there it asks for the `partner_reference` first."""
        if self._outbox is None:
            return []
        limits = self.welcome.limits if self.welcome else None
        remembered_us = 1000 * (limits.idempotency_key_ms if limits else 0) or 24 * 3_600_000_000
        done: list[m.Referral] = []
        for kept in self._outbox.kept():
            if time.time_ns() // 1000 - kept.kept_at_us >= remembered_us:
                rows = self.list_submissions(partner_reference=kept.request.partner_reference).rows
                if rows:
                    self._outbox.done(kept.request.idempotency_key)
                    done.append(rows[0])
                    continue
            done.append(self._submit(kept.request, timeout, True))
        return done

    def _submit(self, request: m.SubmitReferralRequest, timeout: float | None, repeat: bool) -> m.Referral:
        try:
            answer = self.call(METHODS["Intake/SubmitReferral"], request, timeout=timeout, repeat=repeat)
        except CallFailed as error:
            if self._outbox and error.code != Code.UNAVAILABLE and not error.retriable:
                self._outbox.done(request.idempotency_key)  # answered: with no
            raise
        if self._outbox:
            self._outbox.done(request.idempotency_key)
        return cast(m.Referral, answer)

    # Streams -------------------------------------------------------------------------------------------------------

    def stream(self, method: Method, request: Message) -> Iterator[Message]:
        """The items of a server stream, until its end. Closing the iterator cancels it."""
        request.encode()
        items: queue.SimpleQueue[Message | CallError | None] = queue.SimpleQueue()
        keys: list[int] = []

        def begin(now: float) -> None:
            keys.append(self._machine.call(method, request, now))
            self._streams[keys[0]] = items

        self._post(begin)
        try:
            while (item := items.get()) is not None:
                if isinstance(item, CallError):
                    raise item
                yield item
        finally:
            self._try_post(lambda now: self._machine.cancel(keys[0], now))

    def simulate_policy(self, request: m.SimulatePolicyRequest) -> Iterator[m.SimulationItem]:
        """`progress` now and then, then `report`."""
        for item in self.stream(METHODS["Desk/SimulatePolicy"], request):
            yield cast(m.SimulationItem, item)

    def subscribe_notices(self) -> Iterator[m.NoticeItem]:
        """What is pending, `state_end`, then what comes. After a lost connection ask again: what is not acknowledged
        comes again (7.7)."""
        for item in self.stream(METHODS["Notices/SubscribeNotices"], m.SubscribeNoticesRequest()):
            yield cast(m.NoticeItem, item)

    def subscribe(self, epoch: str = "", offset: int = 0) -> Subscription:
        """The caller's pushes, over any number of connections. `epoch`, `offset`: a `position` kept from before."""
        if self._subscription is not None and not self._subscription.is_over:
            raise KODError("a client has one subscription at a time; close the other first")
        self._subscription = subscription = Subscription(self, epoch, offset)
        self._post(lambda now: self._machine.subscribe(now, epoch, offset))
        return subscription

    # The loop's thread ---------------------------------------------------------------------------------------------

    def _post(self, command: Callable[[float], None]) -> None:
        if self._closed:
            raise CallFailed(Code.UNAVAILABLE, message="the client is closed")
        self._loop.do(command)

    def _try_post(self, command: Callable[[float], None]) -> None:
        if not self._closed:
            self._loop.do(command)

    def _take(self, event: e.Event) -> None:
        match event:
            case e.Answered():
                if pending := self._pending.pop(event.key, None):
                    pending._future.set_result(event.response)
            case e.Failed():
                if pending := self._pending.pop(event.key, None):
                    pending._future.set_exception(event.error)
                elif items := self._streams.pop(event.key, None):
                    items.put(event.error)
            case e.Item():
                if items := self._streams.get(event.key):
                    items.put(event.item)
            case e.StreamEnded():
                if items := self._streams.pop(event.key, None):
                    items.put(None)
            case e.Position() | e.CurrentState() | e.Pushed() | e.Collapsed() | e.SubscriptionRefused():
                if self._subscription is not None:
                    self._subscription._put(event)
            case _:
                self._session_event(event)

    def _session_event(self, event: e.Event) -> None:
        with self._changed:
            match event:
                case e.Connected():
                    self._connected, self._ended = True, None
                case e.Disconnected():
                    self._connected = False
                    log.info("%s; next try in %d ms", event.message, event.retry_in_ms)
                case e.Ended():
                    self._connected = False
                    self._ended = SessionEnded(event.code, event.reason, event.message)
                case e.Closed():
                    self._connected = False
                    self._closed = True
                case e.Complaint():
                    log.warning("%s: %s", event.message, event.status)
            self._changed.notify_all()
        if self._subscription is not None and isinstance(event, e.Ended | e.Closed):
            self._subscription._end(self._ended)
        if self._on_event is not None:
            self._on_event(event)


class Subscription:
    """Iterates over `Position`, `CurrentState`, `Pushed` and `Collapsed`.

    Throws `SessionEnded` when the server has sent the client away for good, `CallFailed` when it gives no subscription;
    ends when the client or the subscription is closed.
    """

    def __init__(self, client: Client, epoch: str, offset: int) -> None:
        self._client = client
        self._events: deque[e.SubscriptionEvent] = deque()
        self._changed = threading.Condition()
        self._paused = False
        self._resuming = False
        self._over = False
        self._error: KODError | None = None
        self._last = (epoch, offset)  # of what was put in
        self.position = (epoch, offset)
        """Epoch and offset of what was handed out last: keep them, to resume after a restart of the program."""

    def __iter__(self) -> Iterator[e.SubscriptionEvent]:
        return self

    def __next__(self) -> e.SubscriptionEvent:
        event = self.next()
        if event is None:
            raise StopIteration
        return event

    def next(self, timeout: float | None = None) -> e.SubscriptionEvent | None:
        """The next event. Nothing: the subscription is over, or `timeout` seconds are (`TimeoutError`)."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._events or self._over, timeout):
                raise TimeoutError(f"no event within {timeout:g} seconds")
            if not self._events:
                if self._error is not None:
                    raise self._error
                return None
            event = self._events.popleft()
            resume = self._paused and not self._resuming and len(self._events) < WAITING_EVENTS // 2
            self._resuming = self._resuming or resume
        self.position = _moved(self.position, event)
        if resume:
            self._client._try_post(self._resume)
        return event

    def _resume(self, now: float) -> None:
        """In the loop's thread, so that nothing of before the pause comes after it."""
        with self._changed:
            self._paused = self._resuming = False
            if self._over:
                return
        self._client._machine.subscribe(now, *self._last)

    @property
    def is_over(self) -> bool:
        """Closed, refused, or ended with the client."""
        return self._over

    def close(self) -> None:
        """Ends the subscription; a new one may begin."""
        self._end(None)
        if self._client._subscription is self:
            self._client._subscription = None
            self._client._try_post(lambda now: self._client._machine.unsubscribe(now))

    def _put(self, event: e.SubscriptionEvent) -> None:
        """In the loop's thread."""
        if isinstance(event, e.SubscriptionRefused):
            self._end(event.error)
            return
        with self._changed:
            if self._paused or self._over:
                return
            self._events.append(event)
            self._last = _moved(self._last, event)
            if len(self._events) >= WAITING_EVENTS:
                self._paused = True
                self._client._machine.unsubscribe(time.monotonic())
            self._changed.notify_all()

    def _end(self, error: KODError | None) -> None:
        with self._changed:
            if not self._over:
                self._over = True
                self._error = error
            self._changed.notify_all()


def _moved(position: tuple[str, int], event: e.SubscriptionEvent) -> tuple[str, int]:
    match event:
        case e.Position() if event.recovered:
            return event.epoch, position[1]
        case e.CurrentState():
            return event.epoch, event.offset
        case e.Pushed():
            return position[0], event.push.offset
        case e.Collapsed():
            return position[0], event.last_offset
    return position
