"""Frames: 16 bytes of header and a payload (chapter 3.1)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

HEADER = struct.Struct(">IBBHII")
HEADER_BYTES = HEADER.size
DEFAULT_MAXIMUM_PAYLOAD = 65_536
"""What a payload may be before WELCOME says so."""


class FrameTooLong(Exception):
    """A header announced more payload than may come (KOD-3.1-7)."""

    def __init__(self, length: int, maximum: int) -> None:
        super().__init__(f"a payload of {length} bytes was announced, {maximum} may come")
        self.length = length
        self.maximum = maximum


@dataclass(frozen=True, slots=True)
class Frame:
    type: int
    call: int = 0
    method: int = 0
    timeout: int = 0
    payload: bytes = b""
    flags: int = 0

    def encode(self) -> bytes:
        header = HEADER.pack(
            len(self.payload), self.type, self.flags, self.method, self.call, self.timeout
        )
        return header + self.payload


class FrameReader:
    """Takes bytes in pieces of any size and gives whole frames (KOD-3.1-4)."""

    def __init__(self, maximum_payload: int = DEFAULT_MAXIMUM_PAYLOAD) -> None:
        self.maximum_payload = maximum_payload
        self._buffer = bytearray()
        self._at = 0

    def feed(self, data: bytes) -> None:
        del self._buffer[: self._at]
        self._at = 0
        self._buffer += data

    def next(self) -> Frame | None:
        """The next whole frame. The length is judged as soon as the header is there (KOD-3.1-5)."""
        if len(self._buffer) - self._at < HEADER_BYTES:
            return None
        length, kind, flags, method, call, timeout = HEADER.unpack_from(self._buffer, self._at)
        if length > self.maximum_payload:
            raise FrameTooLong(length, self.maximum_payload)
        start = self._at + HEADER_BYTES
        if len(self._buffer) - start < length:
            return None
        self._at = start + length
        return Frame(kind, call, method, timeout, bytes(self._buffer[start : self._at]), flags)
