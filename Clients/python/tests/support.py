"""What the tests share: a server's half of a session as bytes, and a driver with a manual clock."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from kod_client import events as e
from kod_client import messages as m
from kod_client.frames import Frame, FrameReader
from kod_client.messages import METHODS, FrameType
from kod_client.session import ClientMachine
from kod_client.wire import Message

PROTOCOL = Path(__file__).resolve().parents[3] / "Protocol"
TOKEN = "kod1." + "5e" * 40
NEXT_TOKEN = "kod1." + "a1" * 40
SERVER_TIME_US = 1_767_261_600_000_000

E = TypeVar("E", bound=e.Event)


def limits(**changes: int) -> m.Limits:
    """The table of LIMITS.md, as far as clients use it."""
    return m.Limits(
        maximum_payload_bytes=65_536,
        maximum_calls_in_flight=64,
        ping_interval_ms=25_000,
        silence_limit_ms=60_000,
        default_timeout_ms=10_000,
        maximum_timeout_ms=60_000,
        hello_timeout_ms=10_000,
        maximum_ping_bytes=32,
    ).copy(**changes)


def welcome(*, version: int = 1, expires_at_us: int = 0, **changes: int) -> Frame:
    message = m.Welcome(
        version=version,
        session_id=1,
        principal="client",
        role=m.Role.ASSISTER,
        server_time_us=SERVER_TIME_US,
        limits=limits(**changes),
        server="a test",
        credential_expires_at_us=expires_at_us,
        minor_version=1,
    )
    return Frame(FrameType.WELCOME, payload=message.encode())


def response(call: int, message: Message) -> Frame:
    return Frame(FrameType.RESPONSE, call, payload=message.encode())


def item(call: int, **which: Message) -> Frame:
    return Frame(FrameType.ITEM, call, payload=m.SubscribeItem(**which).encode())  # type: ignore[arg-type]


def push(call: int, offset: int) -> Frame:
    return item(call, push=m.Push(offset=offset, policy_changed=m.PolicyChanged(version=2)))


def start(call: int, epoch: str, offset: int, recovered: bool) -> Frame:
    return item(call, start=m.SubscriptionStart(epoch, offset, recovered))


def status(call: int, reason: m.Reason, **fields: int) -> Frame:
    message = m.Status(code=m.REASONS[reason][0], reason=reason, message="no").copy(**fields)
    return Frame(FrameType.STATUS, call, payload=message.encode())


def going_away(reason: m.Reason, **fields: int | bool) -> Frame:
    message = m.GoingAway(code=m.REASONS[reason][0], reason=reason).copy(**fields)
    return Frame(FrameType.GOING_AWAY, payload=message.encode())


class Driver:
    """Drives a machine by hand. `random` is what each draw gives."""

    def __init__(self, *, renew: bool = False, random: float = 0.5) -> None:
        self.now = 1000.0
        self.random = random
        self.machine = ClientMachine(TOKEN, client="test 1", renew=renew, random=lambda: self.random)
        self.events: list[e.Event] = []

    def open(self, frame: Frame | None = None) -> m.Hello:
        """Connects and is welcomed; gives the HELLO."""
        self.machine.connect(self.now)
        self.machine.connection_made(self.now)
        (hello,) = self.sent()
        assert hello.type == FrameType.HELLO
        self.give(frame or welcome())
        return m.Hello.decode(hello.payload)

    def reconnect(self, frame: Frame | None = None) -> m.Hello:
        """Waits as long as the machine wants to and connects again."""
        self.events.clear()
        at = self.machine.next_tick()
        assert at is not None
        self.at(at)
        self.take(e.Open)
        self.machine.connection_made(self.now)
        (hello,) = self.sent()
        self.give(frame or welcome())
        return m.Hello.decode(hello.payload)

    def give(self, *frames: Frame) -> None:
        self.machine.received(b"".join(frame.encode() for frame in frames), self.now)

    def wait(self, seconds: float) -> None:
        self.at(self.now + seconds)

    def at(self, now: float) -> None:
        self.now = now
        self.machine.tick(now)

    def sent(self) -> list[Frame]:
        reader = FrameReader()
        reader.feed(self.machine.take_bytes())
        frames = []
        while (frame := reader.next()) is not None:
            frames.append(frame)
        return frames

    def heard(self) -> list[e.Event]:
        """Every event since the last time."""
        taken, self.events = self.events + self.machine.take_events(), []
        return taken

    def take(self, kind: type[E]) -> E:
        """The next event of a kind; it fails if there is none."""
        self.events += self.machine.take_events()
        for at, event in enumerate(self.events):
            if isinstance(event, kind):
                del self.events[: at + 1]
                return event
        raise AssertionError(f"no {kind.__name__} among {self.events}")

    def call(self, *, timeout_ms: int = 0, repeat: bool = False, offer: int = 7) -> int:
        method = METHODS["Assisters/AcceptOffer"]
        return self.machine.call(
            method, m.AcceptOfferRequest(offer), self.now, timeout_ms=timeout_ms, repeat=repeat
        )
