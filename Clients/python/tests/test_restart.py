"""A server of our own that is killed and stopped under a client: KOD_BIN names the folder of kod-server."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from kod_client import Client, CurrentState, Pushed, Reason, Settings
from kod_client import events as e
from kod_client import messages as m

from .server import PATIENCE


@unittest.skipUnless("KOD_BIN" in os.environ, "KOD_BIN says where kod-server is")
class Restart(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = Path(folder.name) / "kod"
        self.address = "127.0.0.1:0"
        self.process: subprocess.Popen[str] | None = None
        self.addCleanup(self.end, signal.SIGKILL)
        self.start()

    def start(self) -> None:
        program = str(Path(os.environ["KOD_BIN"]) / "kod-server")
        self.process = subprocess.Popen(
            [program, "run", "--dev", "--data", str(self.data), "--listen", self.address],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("listening "):
                self.address = line.split()[1]
                return
        self.fail("the server did not start")

    def end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None

    def client(self, name: str) -> tuple[Client, queue.SimpleQueue[e.Event]]:
        token = (self.data / "dev" / f"{name}.token").read_text().strip()
        events: queue.SimpleQueue[e.Event] = queue.SimpleQueue()
        settings = Settings(self.address, token, ca=self.data / "dev" / "ca.pem")
        made = Client(settings, on_event=events.put)
        self.addCleanup(made.close)
        made.connect()
        return made, events

    def test_nothing_is_lost_and_nothing_comes_twice_when_the_server_is_killed(self) -> None:  # KOD-6.1-1, KOD-6.3-1
        portal, _ = self.client("portal")
        updates = portal.subscribe()
        while not isinstance(updates.next(PATIENCE), CurrentState):
            pass
        offsets: list[int] = []
        submitted: list[int] = []
        for turn in range(3):
            referral = portal.submit_referral(
                partner_reference=f"turn {turn}",
                help_type=m.HelpType.APPLICATION,
                language="en",
                county=21067,
                contact=m.Contact("Ana", "+15025550100"),
            )
            submitted.append(referral.referral_id)
            self.end(signal.SIGKILL)
            self.start()
            portal.cancel_referral(referral.referral_id, repeat=True)
            cancelled = False
            while not cancelled:
                event = updates.next(PATIENCE)
                self.assertNotIsInstance(event, CurrentState)
                if isinstance(event, Pushed):
                    offsets.append(event.push.offset)
                    update = event.push.referral_update
                    assert update is not None and update.referral is not None
                    same = update.referral.referral_id == referral.referral_id
                    cancelled = same and update.referral.state == m.ReferralState.REFERRAL_CANCELLED
        self.assertEqual(offsets, list(range(offsets[0], offsets[0] + len(offsets))))
        rows = portal.list_submissions().rows
        self.assertEqual(sorted(row.referral_id for row in rows), submitted)

    def test_a_server_that_stops_says_when_to_come_back(self) -> None:  # KOD-4.7-2, KOD-4.6-4
        portal, events = self.client("portal")
        self.assertIsInstance(events.get(timeout=PATIENCE), e.Connected)
        self.end(signal.SIGTERM)
        lost = events.get(timeout=PATIENCE)
        assert isinstance(lost, e.Disconnected)
        self.assertEqual(lost.reason, Reason.SERVER_STOPPING)
        self.assertGreater(lost.retry_in_ms, 0)
        self.start()
        while not isinstance(events.get(timeout=PATIENCE), e.Connected):
            pass
