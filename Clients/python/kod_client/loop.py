"""Drives a `ClientMachine` with a clock, a thread and TLS connections."""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable

from . import events as e
from .connection import Connection
from .session import ClientMachine

log = logging.getLogger("kod_client")


class Loop:
    """Runs one machine in a thread of its own. `on_event` is called in that thread, in order, and must not block.

    `keep` is given each renewed token and must have kept it when it returns; an exception says that it could not.
    """

    def __init__(
        self,
        machine: ClientMachine,
        address: str,
        context: ssl.SSLContext,
        on_event: Callable[[e.Event], None],
        *,
        server_name: str | None = None,
        keep: Callable[[str], None] | None = None,
    ) -> None:
        self.machine = machine
        self._address = address
        self._context = context
        self._server_name = server_name
        self._on_event = on_event
        self._keep = keep
        self._commands: deque[Callable[[float], None]] = deque()
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)
        self._connection: Connection | None = None
        self._attempt = 0
        self._closing: list[threading.Thread] = []
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="kod-client", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def do(self, command: Callable[[float], None]) -> None:
        """Has a command run in the loop's thread, with the time then."""
        self._commands.append(command)
        with contextlib.suppress(OSError):
            self._wake.send(b"\0")

    def stop(self) -> None:
        """Ends the thread, whatever the machine is doing."""
        self._stopping = True
        self.do(lambda _: None)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._woken, selectors.EVENT_READ)
                while not self._stopping:
                    self._turn(selector)
        finally:
            self._drop(linger=0)
            for thread in self._closing:
                thread.join()
            self._wake.close()
            self._woken.close()

    def _turn(self, selector: selectors.BaseSelector) -> None:
        connection = self._connection
        if connection is not None:
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.has_unsent else 0)
            selector.register(connection, wanted)
        at = self.machine.next_tick()
        wait = None if at is None else max(0.0, at - time.monotonic())
        if connection is not None and connection.has_pending:
            wait = 0
        selector.select(wait)
        if connection is not None:
            selector.unregister(connection)
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)
        if connection is not None:
            self._read(connection)
        while self._commands:
            self._commands.popleft()(time.monotonic())
        self.machine.tick(time.monotonic())
        self._settle()

    def _read(self, connection: Connection) -> None:
        data, ended = connection.receive()
        if data:
            self.machine.received(data, time.monotonic())
            self._settle()
        if ended and self._connection is connection:
            self.machine.connection_lost(time.monotonic())

    def _settle(self) -> None:
        """Sends what the machine has to send and does what it asks for, until it asks for nothing more."""
        while True:
            data = self.machine.take_bytes()
            if self._connection is not None and (data or self._connection.has_unsent):
                try:
                    self._connection.send(data)
                except (OSError, ValueError) as error:
                    # What the server said before is still read; the end is found there.
                    log.debug("writing failed: %s", error)
            taken = self.machine.take_events()
            if not taken and not data:
                return
            for event in taken:
                self._act(event)

    def _act(self, event: e.Event) -> None:
        match event:
            case e.Open():
                self._attempt += 1
                number = self._attempt
                threading.Thread(target=self._connect, args=(number,), name="kod-connect", daemon=True).start()
            case e.Close():
                self._attempt += 1  # one that is under way is not wanted any more
                self._drop()
            case e.Renewed():
                try:
                    if self._keep is not None:
                        self._keep(event.token)
                except Exception:
                    log.exception("a renewed token could not be kept")
                    self.machine.token_not_kept(time.monotonic())
                else:
                    self.machine.token_kept(event.token, time.monotonic())
            case _:
                self._on_event(event)

    def _connect(self, number: int) -> None:
        """In a thread of its own: names are looked up and hands are shaken without holding up the loop."""
        try:
            connection = Connection.make(self._address, self._server_name, self._context)
        except Exception as error:
            why = str(error) or type(error).__name__
            self.do(lambda now: self._failed(number, why, now))
            return
        self.do(lambda now: self._made(number, connection, now))

    def _made(self, number: int, connection: Connection, now: float) -> None:
        if number != self._attempt or self._stopping:
            connection.close(linger=0)
            return
        self._connection = connection
        self.machine.connection_made(now)

    def _failed(self, number: int, why: str, now: float) -> None:
        if number == self._attempt:
            self.machine.connection_failed(why, now)

    def _drop(self, linger: float | None = None) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and linger is None:
            # Closing may wait for the server: not in this thread.
            self._closing = [thread for thread in self._closing if thread.is_alive()]
            thread = threading.Thread(target=connection.close, name="kod-close", daemon=True)
            self._closing.append(thread)
            thread.start()
        elif connection is not None:
            connection.close(linger or 0)
