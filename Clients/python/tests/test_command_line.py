"""The command line against a scripted server; test_real_server.py has it against the real one."""

from __future__ import annotations

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

from kod_client import messages as m
from kod_client.__main__ import main
from kod_client.messages import FrameType, Reason

from .server import Peer, Server
from .support import NEXT_TOKEN, SERVER_TIME_US, TOKEN, going_away, item, push, response, start, status, welcome
from .test_client import ThreadWithResult


class CommandLine(unittest.TestCase):
    def setUp(self) -> None:
        self.server = Server()
        self.addCleanup(self.server.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.token_file = self.folder / "a.token"
        self.token_file.write_text(TOKEN + "\n")
        self.out, self.err = io.StringIO(), io.StringIO()

    def run_main(self, *arguments: str) -> int:
        base = ["--server", self.server.address, "--ca", self.server.ca, "--token-file", str(self.token_file)]
        with contextlib.redirect_stdout(self.out), contextlib.redirect_stderr(self.err):
            return main([*base, *arguments])

    def started(self, *arguments: str) -> tuple[ThreadWithResult, Peer]:
        running = ThreadWithResult(self.run_main, *arguments)
        peer = self.server.accept()
        self.addCleanup(peer.close)
        return running, peer

    def test_done_is_0_and_shows_the_answer(self) -> None:
        running, peer = self.started("accept", "7")
        peer.welcome()
        peer.give(response(peer.take(FrameType.REQUEST).call, m.Assignment(offer_id=7)))
        peer.take(FrameType.GOING_AWAY)
        peer.close()
        self.assertEqual(running.result(), 0)
        self.assertEqual(self.out.getvalue(), '{"offer_id": "7"}\n')

    def test_refused_is_1_and_says_why(self) -> None:
        running, peer = self.started("accept", "7")
        peer.welcome()
        peer.give(status(peer.take(FrameType.REQUEST).call, Reason.OFFER_TAKEN))
        peer.take(FrameType.GOING_AWAY)
        peer.close()
        self.assertEqual(running.result(), 1)
        self.assertIn("OFFER_TAKEN", self.err.getvalue())

    def test_unknown_is_3_and_does_not_say_that_it_failed(self) -> None:  # KOD-5.6-2
        running, peer = self.started("call", "Assisters/LogAttempt", '{"referral_id": 1, "result": "REACHED"}')
        peer.welcome()
        peer.take(FrameType.REQUEST)
        peer.close()
        self.assertEqual(running.result(), 3)
        self.assertIn("nobody knows", self.err.getvalue())

    def test_a_refused_token_is_1_and_is_not_shown(self) -> None:  # KOD-11.1-1
        running, peer = self.started("accept", "7")
        peer.take(FrameType.HELLO)
        peer.give(going_away(Reason.TOKEN_REJECTED, permanent=True))
        self.assertEqual(running.result(), 1)
        self.assertIn("TOKEN_REJECTED", self.err.getvalue())
        self.assertNotIn(TOKEN, self.err.getvalue() + self.out.getvalue())

    def test_requests_that_are_none_are_said_before_anything_is_sent(self) -> None:
        for arguments, text in (
            (["call", "Nobody/Knows"], "unary"),
            (["call", "Pushes/Subscribe"], "unary"),
            (["call", "Assisters/AcceptOffer", '{"nonsense": 1}'], "nonsense"),
            (["call", "Assisters/AcceptOffer", "{"], "failed"),
        ):
            running, peer = self.started(*arguments)
            peer.welcome()
            peer.take(FrameType.GOING_AWAY)
            peer.close()
            self.assertEqual(running.result(), 1)
            self.assertIn(text, self.err.getvalue())

    def test_watch_prints_pushes_and_keeps_position_and_token(self) -> None:  # KOD-4.5-7
        position = self.folder / "position"
        position.write_text('{"epoch": "E", "offset": 4}')
        running, peer = self.started("watch", "--position", str(position))
        peer.welcome(welcome(expires_at_us=SERVER_TIME_US + 500_000))
        request = peer.take(FrameType.REQUEST)
        self.assertEqual(m.SubscribeRequest.decode(request.payload), m.SubscribeRequest("E", 4))
        peer.give(start(request.call, "E", 5, True), push(request.call, 5))
        peer.give(item(request.call, collapsed=m.PushesCollapsed(6, 7)))
        renew = peer.take(FrameType.REQUEST)
        peer.give(response(renew.call, m.RenewedCredential(NEXT_TOKEN, SERVER_TIME_US + 10**9)))
        peer.take(FrameType.REQUEST)
        self.assertEqual(self.token_file.read_text(), NEXT_TOKEN + "\n")
        self.assertEqual(self.token_file.stat().st_mode & 0o777, 0o600)
        peer.give(going_away(Reason.TOKEN_REJECTED, permanent=True))
        self.assertEqual(running.result(), 1)
        self.assertEqual(position.read_text(), '{"epoch": "E", "offset": 7}')
        self.assertEqual(self.out.getvalue().count("\n"), 2)
