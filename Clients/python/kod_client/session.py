"""The client's side of chapter 4 without any input or output: bytes and time in, bytes and events out.

Whoever drives it says what happened (`connection_made`, `received`, `connection_lost`, `tick`), passes `now` in
seconds of a clock that never goes back, then sends `take_bytes()` and acts on `take_events()`. `next_tick` is when
it wants to be woken. `client.py` drives it with a thread and TLS; tests drive it with a list of bytes.
"""

from __future__ import annotations

import random as random_module
from collections import deque
from collections.abc import Callable
from enum import Enum

from . import events as e
from .backoff import LASTED, Backoff
from .calls import Call, Owner
from .credential import Credential
from .errors import CallError, CallFailed, OutcomeUnknown, error_of
from .frames import DEFAULT_MAXIMUM_PAYLOAD, Frame, FrameReader, FrameTooLong
from .messages import (
    METHODS,
    Code,
    FrameType,
    GoingAway,
    Hello,
    Limits,
    Method,
    Reason,
    RefreshSessionRequest,
    RenewCredentialRequest,
    RenewedCredential,
    SessionCredential,
    Status,
    SubscribeItem,
    Welcome,
)
from .subscription import OutOfOrder, SubscriptionMachine
from .wire import DecodeError, Message

VERSION = 1
LAST_CALL_ID = 0xFFFF_FFFF

# The table of LIMITS.md: what holds until WELCOME says otherwise, or when it says nothing of a limit.
DEFAULT_LIMITS = Limits(
    maximum_payload_bytes=DEFAULT_MAXIMUM_PAYLOAD,
    maximum_calls_in_flight=64,
    ping_interval_ms=25_000,
    silence_limit_ms=60_000,
    default_timeout_ms=10_000,
    maximum_timeout_ms=60_000,
    hello_timeout_ms=10_000,
    maximum_ping_bytes=32,
)

KNOWN_TYPES = frozenset(number for number in FrameType if number)
"""All others came after this program was written (KOD-3.2-2)."""

PONG_WAIT = 10.0
"""Seconds without a byte after a PING, until a connection is given up (KOD-4.4-5)."""
DEADLINE_GRACE = 0.5
"""Seconds after a call's deadline in which the server's own word on it may still come."""
LEAVING_WAIT = 10.0
"""Seconds that a client that leaves waits for its calls."""

SUBSCRIBE = METHODS["Pushes/Subscribe"]
RENEW = METHODS["Credentials/RenewCredential"]
REFRESH = METHODS["Credentials/RefreshSession"]

# STATUS codes after which a stream that ended may be asked for again although its reason is not retriable.
PASSING = {Code.OK, Code.CANCELLED, Code.UNKNOWN, Code.DEADLINE_EXCEEDED, Code.INTERNAL, Code.UNAVAILABLE}


class State(Enum):
    IDLE = "was not told to connect, or has left"
    CONNECTING = "waits for TCP and TLS"
    GREETING = "waits for WELCOME"
    OPEN = "is welcomed"
    LEAVING = "waits for its last answers"
    WAITING = "waits until it connects again"
    ENDED = "was sent away for good"


class ClientMachine:
    """One client: a session at a time, calls, a subscription, a credential that is kept valid."""

    def __init__(
        self,
        token: str,
        *,
        client: str = "kod-python 1.0",
        renew: bool = False,
        random: Callable[[], float] = random_module.random,
    ) -> None:
        self.state = State.IDLE
        self.welcome: Welcome | None = None
        self.limits = DEFAULT_LIMITS
        self._client = client
        self._random = random
        self._backoff = Backoff(random)
        self._events: deque[e.Event] = deque()
        self._out = bytearray()
        self._reader = FrameReader()
        self._welcomed_at = 0.0
        self._last_sent = 0.0
        self._last_received = 0.0
        self._ping_at: float | None = None
        self._pings = 0
        self._greeting_until = 0.0
        self._retry_at = 0.0
        self._leave_until = 0.0
        self._next_key = 1
        self._next_id = 1
        self._queue: deque[Call] = deque()  # not sent yet, in order
        self._later: list[tuple[float, Call]] = []  # to be queued again at a time
        self._open: dict[int, Call] = {}  # by wire id
        self._given_up: set[int] = set()  # ids that the server has not answered: they still count (5.4)
        self._subscription: SubscriptionMachine | None = None
        self._subscription_call: Call | None = None
        self._resubscribe_at: float | None = None
        self._subscription_backoff = Backoff(random)
        self._out_of_order = False
        self._credential = Credential(token, renew, random)

    def __repr__(self) -> str:
        return f"ClientMachine({self.state.name.lower()})"

    # What the driver takes -----------------------------------------------------------------------------------------

    def take_bytes(self) -> bytes:
        out, self._out = bytes(self._out), bytearray()
        return out

    def take_events(self) -> list[e.Event]:
        taken = list(self._events)
        self._events.clear()
        return taken

    def next_tick(self) -> float | None:
        """When `tick` must be called at the latest."""
        times = [time for time, _ in self._later]
        for call in (*self._queue, *self._open.values()):
            if call.gives_up_at is not None:
                times.append(call.gives_up_at)
        if self.state is State.WAITING:
            times.append(self._retry_at)
        if self.state is State.GREETING:
            times.append(self._greeting_until)
        if self.state is State.LEAVING:
            times.append(self._leave_until)
        if self.state in (State.OPEN, State.LEAVING):
            times.append(self._last_sent + self.limits.ping_interval_ms / 1000)
            times.append(self._last_received + self.limits.silence_limit_ms / 1000)
            if self._ping_at is not None:
                times.append(self._ping_at + PONG_WAIT)
            times += [time for time in (self._credential.renew_at, self._resubscribe_at) if time is not None]
        return min(times, default=None)

    def server_now_us(self, now: float) -> int:
        """The server's clock: what it said with WELCOME, and the time since (KOD-4.2-11). 0 before the first one."""
        if self.welcome is None:
            return 0
        return self.welcome.server_time_us + round((now - self._welcomed_at) * 1_000_000)

    @property
    def position(self) -> tuple[str, int]:
        """Epoch and offset of the last push that was processed."""
        return (self._subscription.epoch, self._subscription.offset) if self._subscription else ("", 0)

    # What the user tells -------------------------------------------------------------------------------------------

    def connect(self, now: float) -> None:
        if self.state in (State.IDLE, State.ENDED):
            self._backoff.reset()
            self._start_connecting()

    def call(
        self, method: Method, request: Message, now: float, *, timeout_ms: int = 0, repeat: bool = False
    ) -> int:
        """Makes a call, or keeps it until it can be made. Gives the key of its answer. `repeat`: it is safe to repeat."""
        call = self._make(method, request, now, Owner.USER, timeout_ms, repeat)
        if self.state in (State.ENDED, State.LEAVING):
            self._fail(call, CallFailed(Code.UNAVAILABLE, message="there is no session and will be none"))
        else:
            self._queue.append(call)
            self._pump(now)
        return call.key

    def cancel(self, key: int, now: float) -> None:
        """Gives a call up. It is answered at once; what the server says of it later is ignored (KOD-5.2-5)."""
        for call in (*self._open.values(), *self._queue, *(later for _, later in self._later)):
            if call.key == key:
                self._drop(call)
                if call.wire_id and self.state in (State.OPEN, State.LEAVING):
                    self._given_up.add(call.wire_id)
                    self._send(Frame(FrameType.CANCEL, call=call.wire_id), now)
                kind = OutcomeUnknown if call.may_have_taken_effect else CallFailed
                self._fail(call, kind(Code.CANCELLED, Reason.CALL_CANCELLED, "cancelled by the client"))
                self._pump(now)
                return

    def subscribe(self, now: float, epoch: str = "", offset: int = 0) -> None:
        """Begins the subscription, and keeps it over lost connections."""
        if self._subscription is None:
            self._subscription = SubscriptionMachine(epoch, offset)
            self._out_of_order = False
            if self.state is State.OPEN:
                self._queue_subscribe(now)

    def unsubscribe(self, now: float) -> None:
        self._subscription = None
        self._resubscribe_at = None
        self._cancel_subscription(now)

    def leave(self, now: float) -> None:
        """Waits for the calls in flight, says GOING_AWAY, closes (KOD-4.6-5)."""
        if self.state is State.LEAVING:
            return
        if self.state is not State.OPEN:
            if self.state in (State.CONNECTING, State.GREETING):
                self._events.append(e.Close())
            self._finish(State.IDLE)
            self._events.append(e.Closed())
            return
        self.unsubscribe(now)
        self.state = State.LEAVING
        self._leave_until = now + LEAVING_WAIT
        self._credential.renew_at = None
        for call in [call for call in self._open.values() if call.method.stream]:
            self.cancel(call.key, now)
        self._leave_if_done(now)

    def token_kept(self, token: str, now: float) -> None:
        """The token of `Renewed` is kept: from now on it is the one to use (KOD-4.5-7)."""
        self._credential.kept(token)
        if self.state is State.OPEN:
            self._refresh(now)

    def token_not_kept(self, now: float) -> None:
        """The token of `Renewed` could not be kept. It is forgotten, and another is asked for later."""
        self._credential.later(now)

    # What the connection tells -------------------------------------------------------------------------------------

    def connection_made(self, now: float) -> None:
        """TLS is up, ALPN is `kod/1`, the certificate is verified."""
        if self.state is not State.CONNECTING:
            return
        self.state = State.GREETING
        self._reader = FrameReader()
        self._out.clear()  # what the old connection did not take
        self._last_sent = self._last_received = now
        self._greeting_until = now + DEFAULT_LIMITS.hello_timeout_ms / 1000
        self._credential.in_use(self._credential.token)  # the session will be under the newest one
        hello = Hello(VERSION, VERSION, self._credential.token, self._client)
        self._send(Frame(FrameType.HELLO, payload=hello.encode()), now)

    def connection_failed(self, why: str, now: float) -> None:
        if self.state is State.CONNECTING:
            self._lost(now, Code.UNAVAILABLE, why, close=False)

    def connection_lost(self, now: float) -> None:
        """The connection ended without GOING_AWAY."""
        if self.state in (State.GREETING, State.OPEN, State.LEAVING):
            self._lost(now, Code.UNAVAILABLE, "the connection was lost", close=True)

    def received(self, data: bytes, now: float) -> None:
        if self.state not in (State.GREETING, State.OPEN, State.LEAVING):
            return  # nothing counts after GOING_AWAY
        self._last_received = now
        self._ping_at = None
        self._reader.feed(data)
        try:
            while self.state in (State.GREETING, State.OPEN, State.LEAVING) and (frame := self._reader.next()):
                self._frame(frame, now)
        except (FrameTooLong, DecodeError) as error:
            self._breach(str(error), now)

    def tick(self, now: float) -> None:
        """Does what time alone brings about."""
        self._expire_calls(now)
        due = [call for time, call in self._later if time <= now]
        self._later = [(time, call) for time, call in self._later if time > now]
        self._queue.extend(due)
        if self.state is State.WAITING and now >= self._retry_at:
            self._start_connecting()
        elif self.state is State.GREETING and now >= self._greeting_until:
            self._lost(now, Code.UNAVAILABLE, "the server did not answer HELLO", close=True)
        elif self.state in (State.OPEN, State.LEAVING):
            self._keep_alive(now)
        if self.state is State.OPEN:
            if self._resubscribe_at is not None and now >= self._resubscribe_at:
                self._queue_subscribe(now)
            if self._credential.renew_at is not None and now >= self._credential.renew_at:
                self._credential.renew_at = None
                self._renew_now(now)
        self._pump(now)
        self._leave_if_done(now)

    # Frames --------------------------------------------------------------------------------------------------------

    def _frame(self, frame: Frame, now: float) -> None:
        mistake = self._mistake(frame)
        if mistake:
            self._breach(mistake, now)
            return
        match frame.type:
            case FrameType.WELCOME:
                self._welcome(Welcome.decode(frame.payload), now)
            case FrameType.RESPONSE | FrameType.ITEM if frame.call in self._open:
                self._answer(self._open[frame.call], frame, now)
            case FrameType.RESPONSE | FrameType.ITEM:
                if frame.type == FrameType.RESPONSE:
                    self._given_up.discard(frame.call)
                    self._pump(now)
            case FrameType.STATUS:
                self._status(frame.call, Status.decode(frame.payload), now)
            case FrameType.PING:
                if self.state is not State.GREETING:  # nothing may be sent before WELCOME (KOD-4.2-2)
                    self._send(Frame(FrameType.PONG, payload=frame.payload), now)
            case FrameType.PONG:
                pass  # a sign of life, like any byte
            case FrameType.GOING_AWAY:
                self._sent_away(GoingAway.decode(frame.payload), now)
            case FrameType.HELLO | FrameType.REQUEST | FrameType.CANCEL:
                self._breach(f"the server sent {FrameType(frame.type).name}", now)
            case _:
                pass  # a type that came after this program was written (KOD-3.2-2)

    def _mistake(self, frame: Frame) -> str:
        """What no server does, as far as the header tells (8.4); empty: nothing."""
        if frame.type not in KNOWN_TYPES:
            return ""
        name = FrameType(frame.type).name
        if frame.flags:
            return f"{name} has flags"
        is_answer = frame.type in (FrameType.RESPONSE, FrameType.ITEM) or (frame.type == FrameType.STATUS and frame.call)
        if is_answer and self.state is State.GREETING:
            return f"{name} of a call came before WELCOME"
        if is_answer and not 0 < frame.call < self._next_id:
            return f"{name} of a call that was never opened"
        return ""

    def _welcome(self, welcome: Welcome, now: float) -> None:
        if self.state is not State.GREETING:
            self._breach("a second WELCOME", now)
            return
        if welcome.version != VERSION:
            self._breach(f"the server chose version {welcome.version}", now)
            return
        self.welcome = welcome
        self.limits = _completed(welcome.limits)
        self._reader.maximum_payload = self.limits.maximum_payload_bytes
        self._welcomed_at = now
        self.state = State.OPEN
        self._next_id = 1
        self._set_expiry(welcome.credential_expires_at_us, now)
        self._events.append(e.Connected(welcome))
        if self._subscription is not None:
            self._queue_subscribe(now)  # before anything else (KOD-4.8-2)
        self._pump(now)

    def _answer(self, call: Call, frame: Frame, now: float) -> None:
        if call.method.stream != (frame.type == FrameType.ITEM):
            self._breach(f"{FrameType(frame.type).name} of {call.method.name}", now)
            return
        message = call.method.response.decode(frame.payload)
        if call.owner is Owner.SUBSCRIPTION:
            assert isinstance(message, SubscribeItem)
            self._subscription_item(message, now)
        elif frame.type == FrameType.ITEM:
            self._events.append(e.Item(call.key, message))
        else:
            self._drop(call)
            self._response(call, message, now)
            self._pump(now)
            self._leave_if_done(now)

    def _response(self, call: Call, message: Message, now: float) -> None:
        if isinstance(message, SessionCredential) and call.method is REFRESH:
            self._refreshed(call, message, now)
        if call.owner is Owner.RENEWAL:
            assert isinstance(message, RenewedCredential)
            self._events.append(e.Renewed(message.token, message.expires_at_us))
        elif call.owner is Owner.USER:
            self._events.append(e.Answered(call.key, message))

    def _status(self, call_id: int, status: Status, now: float) -> None:
        if call_id == 0:
            if self.state is State.GREETING:
                # HELLO was refused, and we have no other to say: the same again would be refused again.
                self._events.append(e.Close())
                self._finish(State.ENDED)
                error = error_of(status)
                self._events.append(e.Ended(error.code, status.reason, status.message))
            else:
                self._events.append(e.Complaint("the server complained of a frame", status))
            return
        call = self._open.get(call_id)
        if call is None:
            self._given_up.discard(call_id)
        elif status.code == Code.OK and not call.method.stream:
            self._breach("a unary call was ended with OK and without a response", now)
            return
        else:
            self._drop(call)
            if call.method.stream and status.code == Code.OK:
                self._stream_ended(call, now)
            else:
                self._refused(call, error_of(status), now)
        self._pump(now)
        self._leave_if_done(now)

    def _stream_ended(self, call: Call, now: float) -> None:
        if call.owner is Owner.SUBSCRIPTION:
            self._resubscribe_at = now + self._subscription_backoff.next()
        else:
            self._events.append(e.StreamEnded(call.key))

    def _refused(self, call: Call, error: CallError, now: float) -> None:
        """A call was ended by a STATUS."""
        if call.owner is Owner.SUBSCRIPTION:
            if error.retriable or error.code in PASSING:
                wait = error.retry_after_ms / 1000 or self._subscription_backoff.next()
                self._resubscribe_at = now + wait
            else:
                self._subscription = None
                self._events.append(e.SubscriptionRefused(error))
        elif call.owner in (Owner.RENEWAL, Owner.REFRESH):
            if call.owner is Owner.REFRESH and error.code == Code.UNAUTHENTICATED:
                self._credential.refused()
            self._credential.later(now)
        elif call.repeat and error.retriable:
            call.backoff = call.backoff or Backoff(self._random)
            again = now + (error.retry_after_ms / 1000 or call.backoff.next())
            call.in_doubt = call.in_doubt or error.outcome_unknown
            if call.deadline is not None and again >= call.deadline:
                # "Not now" says nothing of an earlier try.
                kind = OutcomeUnknown if call.in_doubt else CallFailed
                self._fail(call, kind(error.code, error.reason, error.message, status=error.status))
            else:
                call.wire_id = 0
                call.gives_up_at = call.deadline
                self._later.append((again, call))
        else:
            self._fail(call, error)

    def _sent_away(self, away: GoingAway, now: float) -> None:
        code = away.code if away.code.is_known else Code.UNKNOWN
        # `permanent` speaks of the credential that this session began with; one that was kept since is another.
        outdated = away.reason == Reason.CREDENTIAL_EXPIRED and bool(self._credential.unused)
        if away.permanent and not outdated and self.state is not State.LEAVING:
            self._events.append(e.Close())
            self._finish(State.ENDED)
            self._events.append(e.Ended(code, away.reason, away.message))
            return
        wait: float | None = None
        if away.reconnect_after_ms or away.reconnect_spread_ms:
            wait = (away.reconnect_after_ms + self._random() * away.reconnect_spread_ms) / 1000
        self._lost(now, code, away.message, reason=away.reason, wait=wait, close=True)

    # Calls ---------------------------------------------------------------------------------------------------------

    def _make(
        self, method: Method, request: Message, now: float, owner: Owner, timeout_ms: int, repeat: bool
    ) -> Call:
        call = Call(self._next_key, method, request.encode(), owner, timeout_ms, repeat, now)
        self._next_key += 1
        if timeout_ms:
            call.gives_up_at = now + timeout_ms / 1000
        elif not method.stream and not repeat:
            call.gives_up_at = now + self.limits.default_timeout_ms / 1000
        return call

    def _pump(self, now: float) -> None:
        """Sends calls that wait, as long as there is room for them (KOD-5.5-2)."""
        while self._queue and self.state in (State.OPEN, State.LEAVING):
            if len(self._open) + len(self._given_up) >= self.limits.maximum_calls_in_flight:
                return
            if self._next_id > LAST_CALL_ID:
                self._start_over(now)
                return
            call = self._queue.popleft()
            if len(call.payload) > self.limits.maximum_payload_bytes:
                why = f"{len(call.payload)} bytes, {self.limits.maximum_payload_bytes} may be sent"
                self._fail(call, CallFailed(Code.INVALID_ARGUMENT, message=why))
                continue
            self._send_request(call, now)

    def _send_request(self, call: Call, now: float) -> None:
        call.wire_id, self._next_id = self._next_id, self._next_id + 1
        timeout = call.timeout_ms
        if call.deadline is not None:
            # A call that was kept back has only what is left of its time.
            timeout = max(1, call.timeout_ms - int((now - call.made_at) * 1000))
            call.gives_up_at = call.deadline + DEADLINE_GRACE
        elif not call.method.stream:
            call.gives_up_at = now + self.limits.default_timeout_ms / 1000 + DEADLINE_GRACE
        self._open[call.wire_id] = call
        frame = Frame(FrameType.REQUEST, call.wire_id, call.method.number, min(timeout, 0xFFFF_FFFF), call.payload)
        self._send(frame, now)

    def _start_over(self, now: float) -> None:
        """The ids are used up: a new connection begins at 1 again, once the calls in flight are answered (5.1)."""
        if any(not call.method.stream for call in self._open.values()):
            return
        self._send(Frame(FrameType.GOING_AWAY, payload=GoingAway(code=Code.OK).encode()), now)
        self._lost(now, Code.OK, "call ids are used up", wait=0.0, close=True)

    def _drop(self, call: Call) -> None:
        """Takes a call out of every table."""
        self._open.pop(call.wire_id, None)
        if call in self._queue:
            self._queue.remove(call)
        self._later = [(time, later) for time, later in self._later if later is not call]
        if call is self._subscription_call:
            self._subscription_call = None

    def _fail(self, call: Call, error: CallError) -> None:
        if call.owner is Owner.USER:
            self._events.append(e.Failed(call.key, error))

    def _expire_calls(self, now: float) -> None:
        waiting = [call for _, call in self._later]
        for call in [*self._open.values(), *self._queue, *waiting]:
            if call.gives_up_at is None or now < call.gives_up_at:
                continue
            self._drop(call)
            if call.wire_id:
                self._given_up.add(call.wire_id)
            kind = OutcomeUnknown if call.may_have_taken_effect else CallFailed
            error = kind(Code.DEADLINE_EXCEEDED, Reason.CALL_DEADLINE, "no answer in time")
            if call.owner is not Owner.USER or (call.repeat and call.deadline is None):
                self._refused(call, error, now)
            else:
                self._fail(call, error)

    # The subscription ----------------------------------------------------------------------------------------------

    def _queue_subscribe(self, now: float) -> None:
        if self._subscription is None or self._subscription_call is not None:
            return
        self._resubscribe_at = None
        call = self._make(SUBSCRIBE, self._subscription.request(), now, Owner.SUBSCRIPTION, 0, False)
        self._subscription_call = call
        self._queue.appendleft(call)
        self._pump(now)

    def _cancel_subscription(self, now: float) -> None:
        call = self._subscription_call
        if call is not None:
            self._drop(call)
            if call.wire_id and self.state is State.OPEN:
                self._given_up.add(call.wire_id)
                self._send(Frame(FrameType.CANCEL, call=call.wire_id), now)
            self._pump(now)

    def _subscription_item(self, item: SubscribeItem, now: float) -> None:
        assert self._subscription is not None
        try:
            for event in self._subscription.take(item):
                self._events.append(event)
                if isinstance(event, e.Pushed | e.Collapsed | e.CurrentState):
                    self._out_of_order = False
                    self._subscription_backoff.reset()
        except OutOfOrder as error:
            if self._out_of_order:
                self._breach(str(error), now)
                return
            self._out_of_order = True
            self._events.append(e.Complaint(str(error)))
            self._cancel_subscription(now)
            self._queue_subscribe(now)

    # The credential ------------------------------------------------------------------------------------------------

    def _set_expiry(self, expires_at_us: int, now: float) -> None:
        left = (expires_at_us - self.server_now_us(now)) / 1_000_000
        self._credential.ends_in(left if expires_at_us else None, now)

    def _renew_now(self, now: float) -> None:
        if self._credential.unused:
            self._refresh(now)
        else:
            self._queue.appendleft(self._make(RENEW, RenewCredentialRequest(), now, Owner.RENEWAL, 0, False))
            self._pump(now)

    def _refresh(self, now: float) -> None:
        request = RefreshSessionRequest(token=self._credential.unused)
        self._queue.appendleft(self._make(REFRESH, request, now, Owner.REFRESH, 0, False))
        self._pump(now)

    def _refreshed(self, call: Call, credential: SessionCredential, now: float) -> None:
        self._credential.in_use(RefreshSessionRequest.decode(call.payload).token)
        self._set_expiry(credential.expires_at_us, now)

    # Keepalive and the end -----------------------------------------------------------------------------------------

    def _keep_alive(self, now: float) -> None:
        if self._ping_at is not None and now >= self._ping_at + PONG_WAIT:
            self._lost(now, Code.UNAVAILABLE, "nothing came after a PING", close=True)
        elif now >= self._last_received + self.limits.silence_limit_ms / 1000:
            self._lost(now, Code.UNAVAILABLE, "the server is silent", close=True)
        elif now >= self._last_sent + self.limits.ping_interval_ms / 1000:
            self._pings += 1
            payload = self._pings.to_bytes(8, "big")[: self.limits.maximum_ping_bytes]
            if self._ping_at is None:
                self._ping_at = now
            self._send(Frame(FrameType.PING, payload=payload), now)

    def _send(self, frame: Frame, now: float) -> None:
        self._last_sent = now
        self._out += frame.encode()

    def _start_connecting(self) -> None:
        self.state = State.CONNECTING
        self._events.append(e.Open())

    def _breach(self, why: str, now: float) -> None:
        """The server broke the protocol: nothing more can be believed of this connection."""
        message = f"the server broke the protocol: {why}"
        self._lost(now, Code.INTERNAL, message, close=True, broken=True)

    def _lost(
        self,
        now: float,
        code: Code,
        message: str,
        *,
        reason: Reason = Reason.REASON_UNSPECIFIED,
        wait: float | None = None,
        close: bool,
        broken: bool = False,
    ) -> None:
        """The connection is over. Repeats what may be repeated on the next one, and says when that will be."""
        if close:
            self._events.append(e.Close())
        if self.state is State.LEAVING:
            self._finish(State.IDLE)
            self._events.append(e.Closed())
            return
        if self.state is State.OPEN and now - self._welcomed_at >= LASTED:
            self._backoff.reset()
        repeated = [call for call in self._open.values() if call.repeat and not call.method.stream]
        gone = [call for call in self._open.values() if call not in repeated]
        self._forget_session()
        for call in reversed(repeated):
            call.wire_id = 0
            call.in_doubt = True
            call.gives_up_at = call.deadline
            self._queue.appendleft(call)
        for call in gone:
            # What the server said with GOING_AWAY is about the session: of the call it said nothing.
            unheard = Code.INTERNAL if broken else Code.UNAVAILABLE
            self._fail(call, OutcomeUnknown(unheard, message="the connection was lost"))
        wait = self._backoff.next() if wait is None else wait
        self.state = State.WAITING
        self._retry_at = now + wait
        self._events.append(e.Disconnected(code, reason, message, round(wait * 1000)))

    def _forget_session(self) -> None:
        self._open.clear()
        self._given_up.clear()
        self._queue = deque(call for call in self._queue if call.owner is Owner.USER)
        self._subscription_call = None
        self._resubscribe_at = self._ping_at = self._credential.renew_at = None

    def _finish(self, state: State) -> None:
        """No other session follows: every call is answered now."""
        in_flight = [*self._open.values()]
        waiting = [*self._queue, *(call for _, call in self._later)]
        self._forget_session()
        self._queue.clear()
        self._later.clear()
        self.state = state
        self._subscription = None
        for call in in_flight + waiting:
            kind = OutcomeUnknown if call.may_have_taken_effect else CallFailed
            self._fail(call, kind(Code.UNAVAILABLE, message="the session is over"))

    def _leave_if_done(self, now: float) -> None:
        if self.state is not State.LEAVING:
            return
        if (self._open or self._queue or self._later) and now < self._leave_until:
            return
        self._send(Frame(FrameType.GOING_AWAY, payload=GoingAway(code=Code.OK).encode()), now)
        self._events.append(e.Close())
        self._finish(State.IDLE)
        self._events.append(e.Closed())


def _completed(limits: Limits | None) -> Limits:
    """The limits of WELCOME; one that it does not say has the value of the table."""
    given = limits or Limits()
    missing = {
        field.name: getattr(DEFAULT_LIMITS, field.name)
        for field in Limits.FIELDS
        if not getattr(given, field.name)
    }
    return given.copy(**missing)
