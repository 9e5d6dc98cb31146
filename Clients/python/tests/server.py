"""A TLS server that does what a test says, frame by frame."""

from __future__ import annotations

import atexit
import functools
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from kod_client import messages as m
from kod_client.frames import Frame, FrameReader
from kod_client.messages import FrameType

from .support import welcome

PATIENCE = 10.0
"""Seconds after which a test that waits has failed."""


@functools.cache
def certificates() -> Path:
    """A folder with an authority, a certificate for 127.0.0.1, one for another host, and a stranger's."""
    folder = Path(tempfile.mkdtemp(prefix="kod-client-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    for authority in ("ca", "stranger-ca"):
        files = ["-keyout", f"{authority}.key", "-out", f"{authority}.pem"]
        openssl("req", "-x509", *curve, *files, "-subj", f"/CN={authority}")
    for name, authority, host in (
        ("server", "ca", "IP:127.0.0.1"),
        ("other-name", "ca", "DNS:other.example"),
        ("stranger", "stranger-ca", "IP:127.0.0.1"),
    ):
        files = ["-keyout", f"{name}.key", "-out", f"{name}.pem"]
        signed = ["-CA", f"{authority}.pem", "-CAkey", f"{authority}.key"]
        extension = ["-addext", f"subjectAltName={host}", "-addext", "basicConstraints=critical,CA:false"]
        openssl("req", "-x509", *curve, *files, *signed, "-subj", "/CN=server", *extension)
    return folder


class Peer:
    """The server's end of one connection."""

    def __init__(self, tls: ssl.SSLSocket) -> None:
        self.tls = tls
        self._reader = FrameReader()

    def take(self, kind: FrameType | None = None) -> Frame:
        """The client's next frame, which must be of that type."""
        while (frame := self._reader.next()) is None:
            data = self.tls.recv(65_536)
            if not data:
                raise AssertionError("the client ended the connection")
            self._reader.feed(data)
        if kind is not None and frame.type != kind:
            raise AssertionError(f"a frame of type {frame.type} and not {kind!r}")
        return frame

    def give(self, *frames: Frame) -> None:
        self.tls.sendall(b"".join(frame.encode() for frame in frames))

    def welcome(self, frame: Frame | None = None) -> m.Hello:
        hello = m.Hello.decode(self.take(FrameType.HELLO).payload)
        self.give(frame or welcome())
        return hello

    def ends_cleanly(self) -> bool:
        """Whether the client ends the connection by close_notify."""
        try:
            while self.tls.recv(65_536):
                pass
            return True
        except ssl.SSLEOFError:
            return False

    def cut(self) -> None:
        """Resets TCP, without close_notify."""
        self.tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.tls.close()

    def close(self) -> None:
        self.tls.close()

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Server:
    def __init__(self, certificate: str = "server", alpn: tuple[str, ...] = ("kod/1",), newest: bool = True) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.use(certificate, alpn)
        if not newest:
            self.context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE)
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.ca = str(certificates() / "ca.pem")

    def use(self, certificate: str, alpn: tuple[str, ...]) -> None:
        folder = certificates()
        self.context.load_cert_chain(folder / f"{certificate}.pem", folder / f"{certificate}.key")
        if alpn:
            self.context.set_alpn_protocols(list(alpn))

    def accept(self) -> Peer:
        tcp, _ = self.listener.accept()
        tcp.settimeout(PATIENCE)
        try:
            return Peer(self.context.wrap_socket(tcp, server_side=True, suppress_ragged_eofs=False))
        except BaseException:
            tcp.close()
            raise

    def refuses(self) -> bool:
        """Whether the client gives the next connection up without a byte of its own."""
        try:
            with self.accept() as peer:
                peer.tls.settimeout(PATIENCE)
                return peer.tls.recv(1) == b""
        except (OSError, ssl.SSLError):
            return True

    def nobody_for(self, seconds: float) -> bool:
        self.listener.settimeout(seconds)
        try:
            self.listener.accept()[0].close()
            return False
        except TimeoutError:
            return True
        finally:
            self.listener.settimeout(PATIENCE)

    def close(self) -> None:
        self.listener.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def eventually(condition: object, until: float = PATIENCE) -> None:
    """Waits until something is so."""
    assert callable(condition)
    end = time.monotonic() + until
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not come about")
        time.sleep(0.005)
