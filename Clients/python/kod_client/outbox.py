"""Requests for help on disk until they are answered, each with its idempotency key (KOD-5.7-6)."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from .messages import SubmitReferralRequest


@dataclass(frozen=True, slots=True)
class Kept:
    request: SubmitReferralRequest
    kept_at_us: int
    """When it was first kept, by the clock of this machine."""


class Outbox:
    """A folder with one file a request, readable by its owner only: what is in it is personal data."""

    def __init__(self, folder: Path | str) -> None:
        self._folder = Path(folder)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep(self, request: SubmitReferralRequest, now_us: int) -> None:
        """On disk when it returns."""
        path = self._path(request.idempotency_key)
        if not path.exists():
            write_privately(path, json.dumps({"kept_at_us": now_us, "request": request.to_json()}))

    def done(self, key: bytes) -> None:
        self._path(key).unlink(missing_ok=True)

    def kept(self) -> list[Kept]:
        """What was never answered, oldest first."""
        found = []
        for path in self._folder.glob("*.json"):
            data = json.loads(path.read_text(encoding="utf-8"))
            found.append(Kept(SubmitReferralRequest.from_json(data["request"]), data["kept_at_us"]))
        return sorted(found, key=lambda kept: kept.kept_at_us)

    def _path(self, key: bytes) -> Path:
        return self._folder / f"{key.hex()}.json"


def write_privately(path: Path, text: str) -> None:
    """Writes a file that only its owner can read, whole or not at all, and on disk when it returns."""
    new = path.with_name(path.name + ".new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
