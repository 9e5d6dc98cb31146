"""Runs README.md, piece by piece."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import sys
import tempfile
import types
import unittest
from pathlib import Path
from unittest import mock

from .real import free_for_offers, real_client
from .small_server import SmallServer

ROOT = Path(__file__).resolve().parents[1]
PIECE = re.compile(r"(?:<!-- quote: (\S+) -->\n)?```python\n(.*?)```", re.DOTALL)


def pieces() -> list[tuple[str, str, int]]:
    """Each piece of Python: the file that it quotes, its text, the line that it begins at."""
    text = (ROOT / "README.md").read_text()
    return [(found[1], found[2], text.count("\n", 0, found.start(2))) for found in PIECE.finditer(text)]


def run(credentials: Path, server: str, ca: str) -> str:
    """Runs the pieces one after another in one module; gives what they print."""
    module = types.ModuleType("tutorial")
    printed = io.StringIO()
    environment = {"KOD_SERVER": server, "KOD_CA": ca, "KOD_CREDENTIALS": str(credentials)}
    with (
        mock.patch.dict(os.environ, environment),
        mock.patch.dict(sys.modules, {"tutorial": module}),
        contextlib.redirect_stdout(printed),
    ):
        for quoted, text, line in pieces():
            if not quoted:
                exec(compile("\n" * line + text, "README.md", "exec"), vars(module))
    return printed.getvalue()


class Tutorial(unittest.TestCase):
    def test_every_piece_runs_against_the_small_server(self) -> None:
        small = SmallServer()
        self.addCleanup(small.close)
        with tempfile.TemporaryDirectory() as folder:
            small.write_tokens(Path(folder))
            printed = run(Path(folder), small.server.address, small.server.ca)
            self.assertEqual(printed.count("is ours"), 2)
            kept = Path(folder) / "tutorial.token"
            self.assertEqual(kept.stat().st_mode & 0o777, 0o600)

    @unittest.skipUnless("KOD_SERVER" in os.environ, "KOD_SERVER, KOD_CA and KOD_CREDENTIALS say against which server")
    def test_every_piece_runs_against_the_real_server(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name in ("alice", "portal"):
                shutil.copy(Path(os.environ["KOD_CREDENTIALS"]) / f"{name}.token", folder)
            with real_client("alice") as alice:
                free_for_offers(alice)
            printed = run(Path(folder), os.environ["KOD_SERVER"], os.environ["KOD_CA"])
            self.assertEqual(printed.count("is ours"), 2)

    def test_quotations_are_what_the_files_say(self) -> None:
        quotations = [(quoted, text) for quoted, text, _ in pieces() if quoted]
        self.assertTrue(quotations)
        for quoted, text in quotations:
            self.assertIn(text, (ROOT / quoted).read_text())

    def test_links_go_to_files_that_are_there(self) -> None:
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / "README.md").read_text()):
            self.assertTrue((ROOT / link).exists(), link)
