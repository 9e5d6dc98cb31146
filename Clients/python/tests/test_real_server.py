"""Against the server itself: KOD_SERVER is HOST:PORT, KOD_CA its authority, KOD_CREDENTIALS a folder of NAME.token."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from kod_client import CallFailed, Client, CurrentState, Position, Pushed, Reason, SessionEnded, Settings
from kod_client import messages as m
from kod_client.session import State

from .real import free_for_offers, real_client
from .server import certificates

ROOT = Path(__file__).resolve().parents[1]


@unittest.skipUnless("KOD_SERVER" in os.environ, "KOD_SERVER, KOD_CA and KOD_CREDENTIALS say against which server")
class RealServer(unittest.TestCase):
    def client(self, name: str) -> Client:
        made = real_client(name)
        self.addCleanup(made.close)
        made.connect()
        return made

    def submit(self, portal: Client, **changes: object) -> m.Referral:
        fields: dict[str, object] = {
            "partner_reference": "python-test",
            "help_type": m.HelpType.APPLICATION,
            "language": "en",
            "county": 21067,
            "contact": m.Contact("Ana", "+15025550100"),
            **changes,
        }
        referral = portal.submit_referral(**fields)  # type: ignore[arg-type]
        self.addCleanup(portal.cancel_referral, referral.referral_id, reason="a test")
        return referral

    def test_everybody_is_welcomed_with_name_and_role(self) -> None:
        for name, role in (
            ("alice", m.Role.ASSISTER),
            ("portal", m.Role.INTAKE_PARTNER),
            ("sam", m.Role.SUPERVISOR),
            ("ada", m.Role.AUDITOR),
            ("nora", m.Role.NOTIFIER),
            ("olive", m.Role.OPERATOR),
        ):
            welcome = self.client(name).welcome
            assert welcome is not None
            self.assertEqual((welcome.version, welcome.principal, welcome.role), (1, name, role))

    def test_a_made_up_token_is_refused_for_good(self) -> None:  # KOD-4.3-1
        settings = Settings(os.environ["KOD_SERVER"], "kod1." + "00" * 40, ca=os.environ["KOD_CA"])
        made = Client(settings)
        self.addCleanup(made.close)
        with self.assertRaises(SessionEnded) as refused:
            made.connect()
        self.assertEqual(refused.exception.reason, Reason.TOKEN_REJECTED)

    def test_another_authority_is_not_believed(self) -> None:  # KOD-2.1-4
        made = Client(Settings(os.environ["KOD_SERVER"], "kod1.", ca=certificates() / "ca.pem"))
        self.addCleanup(made.close)
        with self.assertRaises(TimeoutError):
            made.connect(timeout=0.5)

    def test_an_offer_goes_from_the_partner_to_the_assister_and_back(self) -> None:
        alice, portal = self.client("alice"), self.client("portal")
        free_for_offers(alice)
        updates, offers = portal.subscribe(), alice.subscribe()
        for subscription in (updates, offers):
            position = subscription.next(5)
            assert isinstance(position, Position)
            self.assertFalse(position.recovered)
            self.assertIsInstance(subscription.next(5), CurrentState)
        referral = self.submit(portal)
        offer = None
        while offer is None or offer.referral_id != referral.referral_id:
            event = offers.next(5)
            if isinstance(event, Pushed):
                offer = event.push.offer_opened
        self.assertGreater(alice.seconds_left(offer.deadline_us), 0)
        won = alice.accept_offer(offer.offer_id)
        assert won.contact is not None
        self.assertEqual(won.contact.name, "Ana")
        self.assertEqual(alice.accept_offer(offer.offer_id), won)  # KOD-5.7-7
        state = None
        while state != m.ReferralState.REFERRAL_ASSIGNED:
            event = updates.next(5)
            if isinstance(event, Pushed) and event.push.referral_update:
                update = event.push.referral_update.referral
                if update is not None and update.referral_id == referral.referral_id:
                    state = update.state
        before = offers.position
        offers.close()
        self.submit(portal, language="es")
        resumed = alice.subscribe(*before)
        position = resumed.next(5)
        assert isinstance(position, Position)
        self.assertTrue(position.recovered)  # KOD-6.3-1

    def test_refusals_name_their_reason_and_their_fields(self) -> None:
        alice, portal = self.client("alice"), self.client("portal")
        with self.assertRaises(CallFailed) as failed:
            alice.accept_offer(2**63)
        self.assertEqual(failed.exception.reason, Reason.OFFER_UNKNOWN)
        with self.assertRaises(CallFailed) as failed:
            portal.submit_referral(partner_reference="x")
        paths = {violation.path for violation in failed.exception.violations}
        self.assertIn("contact.phone", paths)
        with self.assertRaises(CallFailed) as failed:
            portal.get_standing()
        self.assertEqual(failed.exception.reason, Reason.ROLE_NOT_ALLOWED)

    def test_a_key_makes_one_referral_and_no_other(self) -> None:  # KOD-5.7-3, KOD-5.7-4
        portal = self.client("portal")
        key = os.urandom(16)
        first = self.submit(portal, idempotency_key=key)
        self.assertEqual(self.submit(portal, idempotency_key=key).referral_id, first.referral_id)
        with self.assertRaises(CallFailed) as failed:
            portal.submit_referral(key, partner_reference="y", help_type=m.HelpType.PLAN, language="en", county=21067,
                                   contact=m.Contact("Ana", "+15025550100"))
        self.assertEqual(failed.exception.reason, Reason.IDEMPOTENCY_KEY_REUSED)

    def test_a_simulation_streams_to_its_end(self) -> None:  # KOD-7.8-2
        sam = self.client("sam")
        items = list(sam.simulate_policy(m.SimulatePolicyRequest(preset=m.Preset.PRESET_SERIAL)))
        self.assertEqual(items[-1].which("item"), "report")

    def test_more_calls_than_may_be_in_flight_are_all_answered(self) -> None:  # KOD-5.5-2
        olive = self.client("olive")
        method = m.METHODS["Operations/GetServerStatus"]
        pending = [olive.start(method, m.GetServerStatusRequest()) for _ in range(500)]
        self.assertEqual(len([call.result() for call in pending]), 500)

    def test_credentials_are_renewed_and_the_session_goes_on(self) -> None:  # KOD-4.5-2
        hana = self.client("hana")
        welcome = hana.welcome
        assert welcome is not None
        if welcome.minor_version < 1:
            self.skipTest("the server is older than credentials that end")
        renewed = hana.renew_credential(3_600_000)
        self.assertGreater(renewed.expires_at_us, hana.server_now_us())
        self.assertEqual(hana.refresh_session(renewed.token).expires_at_us, renewed.expires_at_us)
        self.assertIs(hana._machine.state, State.OPEN)
        self.assertEqual(hana._machine._credential.token, renewed.token)

    def test_the_command_line(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            base = [sys.executable, "-m", "kod_client", "--server", os.environ["KOD_SERVER"], "--ca", os.environ["KOD_CA"]]

            def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
                file = str(Path(os.environ["KOD_CREDENTIALS"]) / f"{name}.token")
                environment = {**os.environ, "PYTHONPATH": str(ROOT)}
                command = [*base, "--token-file", file, *arguments]
                return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=30)

            self.assertIn('"assisters"', run("olive", "call", "Operations/GetServerStatus").stdout)
            refused = run("alice", "accept", "999999")
            self.assertEqual((refused.returncode, refused.stdout), (1, ""))
            self.assertIn("OFFER_UNKNOWN", refused.stderr)
            submit = ["submit", "--reference", "cli", "--type", "plan", "--county", "21067", "--name", "Ben"]
            done = run("portal", *submit, "--phone", "+15025550101", "--outbox", folder)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(list(Path(folder).iterdir()), [])
            request = json.dumps({"referral_id": json.loads(done.stdout)["referral_id"]})
            self.assertEqual(run("portal", "call", "Intake/CancelReferral", request).returncode, 0)
