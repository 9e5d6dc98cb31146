"""The adapter as a process of its own, told and heard by lines (Protocol/conformance/README.md)."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import unittest
from pathlib import Path
from typing import Any

from kod_client import messages as m
from kod_client.frames import Frame
from kod_client.messages import FrameType, Reason

from .server import PATIENCE, Peer, Server
from .support import NEXT_TOKEN, SERVER_TIME_US, TOKEN, going_away, item, push, response, start, status, welcome

ROOT = Path(__file__).resolve().parents[1]


class Adapter(unittest.TestCase):
    def setUp(self) -> None:
        self.server = Server()
        self.addCleanup(self.server.close)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kod_client.conformance"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            text=True,
        )
        self.addCleanup(self.end)
        self.lines: queue.Queue[dict[str, Any]] = queue.Queue()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.configure()

    def configure(self, **more: object) -> None:
        address, ca = self.server.address, self.server.ca
        self.tell("configure", address=address, server_name="127.0.0.1", ca=ca, token=TOKEN, **more)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def end(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.assertEqual(self.process.wait(PATIENCE), 0)
        finally:
            self.process.kill()
            self.reader.join()
            self.process.stdout.close()

    def tell(self, do: str, **members: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **members}) + "\n")
        self.process.stdin.flush()

    def hear(self, event: str) -> dict[str, Any]:
        """The very next event, which must be of that kind."""
        heard = self.lines.get(timeout=PATIENCE)
        self.assertEqual(heard.pop("event"), event, heard)
        return heard

    def connected(self, frame: Frame | None = None) -> Peer:
        self.tell("connect")
        peer = self.server.accept()
        self.addCleanup(peer.close)
        peer.welcome(frame)
        self.assertEqual(self.hear("connected"), {"principal": "client", "role": "ASSISTER", "version": 1})
        return peer

    def test_it_does_nothing_before_it_is_told(self) -> None:
        self.assertTrue(self.server.nobody_for(0.3))

    def test_calls_are_answered(self) -> None:
        peer = self.connected()
        self.tell("call", id="x", method="Assisters/AcceptOffer", request={"offer_id": "300"}, timeout_ms=5000)
        request = peer.take(FrameType.REQUEST)
        self.assertEqual((request.method, request.timeout, request.payload.hex()), (0x0204, 5000, "08ac02"))
        peer.give(response(request.call, m.Assignment(41, 300)))
        self.assertEqual(self.hear("answer"), {"id": "x", "response": {"referral_id": "41", "offer_id": "300"}})
        self.tell("call", id="y", method="Assisters/AcceptOffer", request={"offer_id": 300})
        peer.give(status(peer.take(FrameType.REQUEST).call, Reason.OFFER_TAKEN))
        taken = {"code": "ABORTED", "reason": "OFFER_TAKEN"}
        self.assertEqual(self.hear("answer"), {"id": "y", "status": taken, "outcome_unknown": False})
        self.tell("call", id="z", method="Assisters/AcceptOffer")
        peer.take(FrameType.REQUEST)
        self.tell("cancel", id="z")
        cancelled = {"code": "CANCELLED", "reason": "CALL_CANCELLED"}
        self.assertEqual(self.hear("answer"), {"id": "z", "status": cancelled, "outcome_unknown": True})

    def test_what_cannot_be_sent_is_answered(self) -> None:
        self.connected()
        self.tell("call", id="a", method="Nobody/Knows")
        self.assertEqual(self.hear("answer")["status"]["code"], "UNIMPLEMENTED")
        self.tell("call", id="b", method="Assisters/AcceptOffer", request={"nonsense": 1})
        self.assertEqual(self.hear("answer")["status"]["code"], "INVALID_ARGUMENT")
        self.tell("call", id="c", method="Assisters/SaveNote", request={"note": "x" * 65_536})
        self.assertEqual(self.hear("answer")["status"]["code"], "INVALID_ARGUMENT")

    def test_a_subscription_that_is_refused_for_good_is_told_as_ended(self) -> None:  # KOD-6.2-6
        peer = self.connected()
        self.tell("subscribe")
        request = peer.take(FrameType.REQUEST)
        peer.give(status(request.call, Reason.ROLE_NOT_ALLOWED))
        self.assertEqual(self.hear("ended"), {"code": "PERMISSION_DENIED", "reason": "ROLE_NOT_ALLOWED"})

    def test_a_subscription_is_kept_over_lost_connections(self) -> None:
        peer = self.connected()
        self.tell("subscribe")
        call = peer.take(FrameType.REQUEST).call
        offer = item(call, open_offer=m.Offer(offer_id=3))
        peer.give(start(call, "E", 7, False), offer, item(call, state_end=m.StateEnd()), push(call, 8))
        self.assertEqual(self.hear("position"), {"epoch": "E", "offset": "7", "recovered": False})
        self.assertEqual(self.hear("state"), {"items": [{"open_offer": {"offer_id": "3"}}]})
        self.assertEqual(self.hear("push"), {"push": {"offset": "8", "policy_changed": {"version": 2}}})
        peer.close()
        lost = self.hear("disconnected")
        self.assertEqual((lost["code"], lost["reason"]), ("UNAVAILABLE", "REASON_UNSPECIFIED"))
        self.assertIn(lost["retry_in_ms"], range(0, 1001))
        with self.server.accept() as again:
            again.welcome()
            self.hear("connected")
            request = again.take(FrameType.REQUEST)
            self.assertEqual(m.SubscribeRequest.decode(request.payload), m.SubscribeRequest("E", 8))
            collapsed = item(request.call, collapsed=m.PushesCollapsed(9, 10))
            again.give(start(request.call, "E", 10, True), collapsed)
            self.assertTrue(self.hear("position")["recovered"])
            self.assertEqual(self.hear("collapsed"), {"first_offset": "9", "last_offset": "10"})
            self.tell("unsubscribe")
            self.assertEqual(again.take(FrameType.CANCEL).call, request.call)

    def test_it_leaves_and_says_so(self) -> None:
        peer = self.connected()
        self.tell("close")
        peer.take(FrameType.GOING_AWAY)
        self.hear("closed")

    def test_it_is_sent_away_for_good(self) -> None:
        self.tell("connect")
        with self.server.accept() as peer:
            peer.take(FrameType.HELLO)
            peer.give(going_away(Reason.TOKEN_REJECTED, permanent=True))
            self.assertEqual(self.hear("ended"), {"code": "UNAUTHENTICATED", "reason": "TOKEN_REJECTED"})

    def test_it_renews_its_credential(self) -> None:
        self.configure(renew=True)
        peer = self.connected(welcome(expires_at_us=SERVER_TIME_US + 500_000))
        renew = peer.take(FrameType.REQUEST)
        peer.give(response(renew.call, m.RenewedCredential(NEXT_TOKEN, SERVER_TIME_US + 10**9)))
        self.assertEqual(self.hear("token"), {"token": NEXT_TOKEN})
        refresh = peer.take(FrameType.REQUEST)
        self.assertEqual(m.RefreshSessionRequest.decode(refresh.payload).token, NEXT_TOKEN)
