"""One TLS connection: TLS 1.3 only, ALPN `kod/1`, the server's certificate verified (chapter 2)."""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import ssl
import time
from pathlib import Path

from .errors import ConfigurationError

log = logging.getLogger("kod_client")

ALPN = "kod/1"
CONNECT_TIMEOUT = 10.0
LINGER = 1.0
"""Seconds that a closing connection waits for the server to close, too."""
PIECE = 65_536


def split_address(address: str) -> tuple[str, int]:
    """HOST:PORT, or [IPv6]:PORT."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise ConfigurationError(f"an address is HOST:PORT: {address!r} is not")
    return host.removeprefix("[").removesuffix("]"), int(port)


def tls_context(ca: Path | str | None) -> ssl.SSLContext:
    """What KOD-2.1-1, 2.1-2 and 2.1-4 ask of a client. `ca`: a PEM file; nothing: the system's authorities."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies certificate and host name
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols([ALPN])
    try:
        if ca is None:
            context.load_default_certs()
        else:
            context.load_verify_locations(cafile=str(ca))
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"the authority {ca} cannot be read: {error}") from error
    return context


class Connection:
    """A connection that never blocks once it is made."""

    def __init__(self, tls: ssl.SSLSocket) -> None:
        self._tls = tls
        self._unsent = bytearray()
        tls.setblocking(False)

    @classmethod
    def make(
        cls, address: str, server_name: str | None, context: ssl.SSLContext, timeout: float = CONNECT_TIMEOUT
    ) -> Connection:
        """Connects and shakes hands. Throws `OSError` (of which `ssl.SSLError` is one) when that fails."""
        host, port = split_address(address)
        until = time.monotonic() + timeout
        tcp = socket.create_connection((host, port), timeout)
        try:
            tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            tcp.settimeout(max(0.01, until - time.monotonic()))
            tls = context.wrap_socket(tcp, server_hostname=server_name or host)
        except BaseException:
            tcp.close()
            raise
        if tls.selected_alpn_protocol() != ALPN:  # KOD-2.1-3
            connection = cls(tls)
            connection.close(linger=0)
            raise ConnectionError(f"the server did not choose {ALPN}")
        return cls(tls)

    def fileno(self) -> int:
        return self._tls.fileno()

    @property
    def has_unsent(self) -> bool:
        return bool(self._unsent)

    def send(self, data: bytes = b"") -> None:
        """Writes as much as the socket takes; the rest waits for the next time. Throws `OSError`."""
        self._unsent += data
        while self._unsent:
            try:
                sent = self._tls.send(memoryview(self._unsent)[:PIECE].tobytes())
            except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
                return
            del self._unsent[:sent]

    def receive(self) -> tuple[bytes, bool]:
        """What has come, a few pieces at most, and whether the connection has ended, in whatever way. What came before
        an error counts: it may be a GOING_AWAY that says why."""
        pieces: list[bytes] = []
        for _ in range(16):
            try:
                piece = self._tls.recv(PIECE)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return b"".join(pieces), False
            except (OSError, ValueError) as error:
                log.debug("reading failed: %s", error)
                return b"".join(pieces), True
            if not piece:
                return b"".join(pieces), True
            pieces.append(piece)
        return b"".join(pieces), False

    @property
    def has_pending(self) -> bool:
        """Whether TLS holds bytes that no `select` tells of."""
        return self._tls.pending() > 0

    def close(self, linger: float = LINGER) -> None:
        """Writes the rest, close_notify, and closes TCP when the server has, or after `linger` seconds."""
        until = time.monotonic() + linger
        with contextlib.suppress(OSError, ValueError):
            while self._unsent and time.monotonic() < until:
                self.send()
                if self._unsent:
                    select.select([], [self], [], max(0.0, until - time.monotonic()))
        with contextlib.suppress(OSError, ValueError):
            self._tls.unwrap()  # sends close_notify; does not wait for the other's
        with contextlib.suppress(OSError, ValueError):
            self._tls.shutdown(socket.SHUT_WR)  # plain TCP from here on
            while (left := until - time.monotonic()) > 0:
                if not select.select([self], [], [], left)[0] or not self._tls.recv(PIECE):
                    break
        self._tls.close()
