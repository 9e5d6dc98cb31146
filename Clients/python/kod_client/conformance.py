"""The adapter of Protocol/conformance/README.md: told what to do on stdin, says on stdout what happened.

    kod-conformance client -- python3 -m kod_client.conformance
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from typing import Any, TextIO

from . import events as e
from .connection import tls_context
from .errors import CallError, CallFailed
from .loop import Loop
from .messages import METHODS, Code, Reason
from .session import ClientMachine
from .wire import DecodeError, EncodeError, OpenEnum


def name_of(value: OpenEnum) -> str | int:
    """A name of `kod.proto`; of a value that came later, the number."""
    return value.name if value.is_known else int(value)


class Adapter:
    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._loop: Loop | None = None
        self._keys: dict[str, int] = {}
        self._ids: dict[int, str] = {}

    def run(self, lines: TextIO) -> None:
        for line in lines:
            if line.strip():
                try:
                    self.take(json.loads(line))
                except (ValueError, KeyError, TypeError) as error:
                    self.log(f"a line was not understood: {type(error).__name__}: {error}")
        if self._loop is not None:
            self._loop.stop()

    def log(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def say(self, event: str, **members: Any) -> None:
        with self._lock:
            self._out.write(json.dumps({"event": event, **members}) + "\n")
            self._out.flush()

    # What it is told -----------------------------------------------------------------------------------------------

    def take(self, line: dict[str, Any]) -> None:
        do = line["do"]
        if do == "configure":
            self._configure(line)
            return
        if self._loop is None:
            raise ValueError(f"`{do}` came before `configure`")
        machine = self._loop.machine
        match do:
            case "connect":
                self._loop.do(machine.connect)
            case "call":
                self._loop.do(lambda now: self._call(machine, line, now))
            case "cancel":
                self._loop.do(lambda now: self._cancel(machine, line["id"], now))
            case "subscribe":
                epoch, offset = line.get("epoch", ""), int(line.get("offset", 0))
                self._loop.do(lambda now: machine.subscribe(now, epoch, offset))
            case "unsubscribe":
                self._loop.do(machine.unsubscribe)
            case "close":
                self._loop.do(machine.leave)
            case _:
                raise ValueError(f"`{do}` is not known")

    def _configure(self, line: dict[str, Any]) -> None:
        if self._loop is not None:
            self._loop.stop()
        machine = ClientMachine(
            line["token"], client="kod-python-conformance 1.0", renew=bool(line.get("renew", False))
        )
        keep: Callable[[str], None] = lambda token: self.say("token", token=token)
        self._loop = Loop(
            machine,
            line["address"],
            tls_context(line.get("ca")),
            self.happened,
            server_name=line.get("server_name"),
            keep=keep,
        )
        self._loop.start()

    def _call(self, machine: ClientMachine, line: dict[str, Any], now: float) -> None:
        call_id = str(line["id"])
        method = METHODS.get(str(line.get("method")))
        if method is None or method.stream:
            self._answer(call_id, CallFailed(Code.UNIMPLEMENTED, Reason.METHOD_UNKNOWN, "no unary method"))
            return
        try:
            request = method.request.from_json(line.get("request", {}))
            key = machine.call(
                method,
                request,
                now,
                timeout_ms=int(line.get("timeout_ms", 0)),
                repeat=bool(line.get("repeat", False)),
            )
        except (DecodeError, EncodeError) as error:
            self.log(str(error))
            self._answer(call_id, CallFailed(Code.INVALID_ARGUMENT, message="the request cannot be sent"))
            return
        self._keys[call_id] = key
        self._ids[key] = call_id

    def _cancel(self, machine: ClientMachine, call_id: str, now: float) -> None:
        if call_id in self._keys:
            machine.cancel(self._keys[call_id], now)

    # What it says --------------------------------------------------------------------------------------------------

    def happened(self, event: e.Event) -> None:
        match event:
            case e.Connected(welcome):
                self.say(
                    "connected",
                    principal=welcome.principal,
                    role=name_of(welcome.role),
                    version=welcome.version,
                )
            case e.Disconnected():
                self.log(event.message)
                code, reason = name_of(event.code), name_of(event.reason)
                self.say("disconnected", code=code, reason=reason, retry_in_ms=event.retry_in_ms)
            case e.Ended():
                self.say("ended", code=name_of(event.code), reason=name_of(event.reason))
            case e.Closed():
                self.say("closed")
            case e.Answered():
                call_id = self._forget(event.key)
                self.say("answer", id=call_id, response=event.response.to_json())
            case e.Failed():
                self._answer(self._forget(event.key), event.error)
            case e.Position():
                self.say("position", epoch=event.epoch, offset=str(event.offset), recovered=event.recovered)
            case e.CurrentState():
                self.say("state", items=[item.to_json() for item in event.items])
            case e.Pushed():
                self.say("push", push=event.push.to_json())
            case e.Collapsed():
                first, last = str(event.first_offset), str(event.last_offset)
                self.say("collapsed", first_offset=first, last_offset=last)
            case e.SubscriptionRefused():
                error = event.error
                self.log(f"no subscription: {error}")
                self.say("ended", code=name_of(error.code), reason=name_of(error.reason))
            case e.Complaint():
                self.log(f"{event.message}: {event.status}")

    def _forget(self, key: int) -> str:
        call_id = self._ids.pop(key, "")
        self._keys.pop(call_id, None)
        return call_id

    def _answer(self, call_id: str, error: CallError) -> None:
        status = {"code": name_of(error.code), "reason": name_of(error.reason)}
        self.say("answer", id=call_id, status=status, outcome_unknown=error.outcome_unknown)


if __name__ == "__main__":
    Adapter(sys.stdout).run(sys.stdin)
