"""The client against a scripted TLS server in the same process."""

from __future__ import annotations

import contextlib
import tempfile
import threading
import unittest
from collections.abc import Iterator
from pathlib import Path

from kod_client import (
    CallFailed,
    Client,
    Code,
    Collapsed,
    ConfigurationError,
    CurrentState,
    KODError,
    OutcomeUnknown,
    Position,
    Pushed,
    Reason,
    SessionEnded,
    Settings,
    client,
)
from kod_client import messages as m
from kod_client.connection import split_address
from kod_client.events import Disconnected
from kod_client.frames import Frame
from kod_client.messages import FrameType

from .server import Peer, Server, eventually
from .support import (
    NEXT_TOKEN,
    SERVER_TIME_US,
    TOKEN,
    going_away,
    item,
    push,
    response,
    start,
    status,
    welcome,
)

WON = m.Assignment(referral_id=1, offer_id=7, contact=m.Contact("Ana", "+15025550100"))


class Case(unittest.TestCase):
    def setUp(self) -> None:
        self.server = Server()
        self.addCleanup(self.server.close)

    def settings(self, **changes: str) -> Settings:
        return Settings(self.server.address, TOKEN, ca=self.server.ca, **changes)

    def made(self, **options: object) -> Client:
        made = Client(self.settings(), **options)  # type: ignore[arg-type]
        self.addCleanup(made.close)
        return made

    @contextlib.contextmanager
    def connected(self, frame: Frame | None = None, **options: object) -> Iterator[tuple[Client, Peer]]:
        made = self.made(**options)
        with ThreadWithResult(made.connect):
            peer = self.server.accept()
            peer.welcome(frame)
        try:
            yield made, peer
        finally:
            peer.close()


class ThreadWithResult:
    """Runs something beside the test, and gives what came of it."""

    def __init__(self, work: object, *arguments: object) -> None:
        assert callable(work)
        self._work, self._arguments = work, arguments
        self.error: BaseException | None = None
        self.value: object = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.value = self._work(*self._arguments)
        except BaseException as error:
            self.error = error

    def result(self) -> object:
        self._thread.join(20)
        if self._thread.is_alive():
            raise AssertionError("it does not end")
        if self.error is not None:
            raise self.error
        return self.value

    def __enter__(self) -> ThreadWithResult:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.result()


class Transport(Case):
    def test_tls_1_3_with_alpn_and_close_notify_at_the_end(self) -> None:  # KOD-2.1-1, KOD-2.1-2, KOD-2.2-2
        with self.connected() as (made, peer):
            self.assertEqual(peer.tls.version(), "TLSv1.3")
            self.assertEqual(peer.tls.selected_alpn_protocol(), "kod/1")
            with ThreadWithResult(made.close):
                self.assertEqual(m.GoingAway.decode(peer.take(FrameType.GOING_AWAY).payload).code, Code.OK)
                self.assertTrue(peer.ends_cleanly())
                peer.close()

    def given_up(self, server: Server) -> None:
        self.addCleanup(server.close)
        made = Client(Settings(server.address, TOKEN, ca=server.ca))
        self.addCleanup(made.close)
        with self.assertRaises(TimeoutError):
            with ThreadWithResult(made.connect, 0.5):
                self.assertTrue(server.refuses())

    def test_a_certificate_of_another_authority_is_refused(self) -> None:  # KOD-2.1-4
        self.given_up(Server("stranger"))

    def test_a_certificate_for_another_host_is_refused(self) -> None:  # KOD-2.1-4
        self.given_up(Server("other-name"))

    def test_a_server_without_kod_1_is_refused(self) -> None:  # KOD-2.1-3
        self.given_up(Server(alpn=()))

    def test_an_older_tls_is_refused(self) -> None:  # KOD-2.1-1
        self.given_up(Server(newest=False))

    def test_frames_that_come_byte_by_byte_are_frames(self) -> None:  # KOD-3.1-4
        with self.connected() as (made, peer):
            call = ThreadWithResult(made.accept_offer, 7)
            request = peer.take(FrameType.REQUEST)
            for byte in response(request.call, WON).encode():
                peer.tls.sendall(bytes([byte]))
            self.assertEqual(call.result(), WON)

    def test_addresses(self) -> None:
        self.assertEqual(split_address("[::1]:7443"), ("::1", 7443))
        self.assertEqual(split_address("a.example:1"), ("a.example", 1))
        for address in ("a", ":1", "a:", "a:x", "a:65536", "a:-1"):
            with self.assertRaises(ConfigurationError):
                split_address(address)

    def test_an_authority_that_cannot_be_read_is_said_at_once(self) -> None:
        with self.assertRaises(ConfigurationError):
            Client(Settings("127.0.0.1:1", TOKEN, ca="/nowhere/ca.pem"))


class Session(Case):
    def test_connect_gives_welcome_and_the_servers_clock(self) -> None:  # KOD-4.2-11
        with self.connected() as (made, _):
            self.assertEqual(made.connect().principal, "client")
            self.assertLess(abs(made.server_now_us() - SERVER_TIME_US), 60_000_000)
            self.assertGreater(made.seconds_left(SERVER_TIME_US + 3_600_000_000), 0)

    def test_an_offer_is_open_while_it_is_pending_and_its_deadline_lies_ahead(self) -> None:  # KOD-6.6-2, KOD-10.2-2
        pending = m.OfferState.OFFER_PENDING
        with self.connected() as (made, _):
            for state, left_us, is_open in (
                (pending, 3_600_000_000, True),
                (pending, -1, False),
                (m.OfferState.OFFER_WAS_TAKEN, 3_600_000_000, False),
                (m.OfferState(99), 3_600_000_000, False),
            ):
                offer = m.Offer(state=state, deadline_us=SERVER_TIME_US + left_us)
                self.assertEqual(made.is_open(offer), is_open)

    def test_the_reason_of_a_going_away_is_heard_though_the_connection_is_cut_right_behind_it(self) -> None:
        heard: list[object] = []
        with self.connected(on_event=heard.append) as (made, peer):
            made.start(m.METHODS["Assisters/GetStanding"], m.GetStandingRequest())
            peer.give(going_away(Reason.SLOW_CONSUMER, reconnect_after_ms=60_000))
            peer.cut()
            eventually(lambda: not made.is_connected)
            self.assertEqual([event.reason for event in heard if isinstance(event, Disconnected)], [Reason.SLOW_CONSUMER])

    def test_a_refused_token_ends_it_and_is_never_shown(self) -> None:  # KOD-4.6-3, KOD-11.1-1
        made = self.made()
        attempt = ThreadWithResult(made.connect)
        with self.server.accept() as peer:
            peer.take(FrameType.HELLO)
            peer.give(going_away(Reason.TOKEN_REJECTED, permanent=True))
            with self.assertRaises(SessionEnded) as refused:
                attempt.result()
        self.assertEqual(refused.exception.reason, Reason.TOKEN_REJECTED)
        shown = f"{refused.exception!r} {made!r} {made.settings!r} {made._machine!r}"
        self.assertNotIn(TOKEN, shown)
        self.assertTrue(self.server.nobody_for(0.3))

    def test_a_lost_connection_is_made_again_and_calls_wait_for_it(self) -> None:  # KOD-4.8-1
        with self.connected() as (made, peer):
            peer.close()
            eventually(lambda: not made.is_connected)
            call = ThreadWithResult(made.get_standing)
            with self.server.accept() as again:
                again.welcome()
                again.give(response(again.take(FrameType.REQUEST).call, m.Standing()))
                self.assertEqual(call.result(), m.Standing())

    def test_a_renewed_token_is_kept_before_it_is_used(self) -> None:  # KOD-4.5-6, KOD-4.5-7
        kept: list[str] = []
        hello = welcome(expires_at_us=SERVER_TIME_US + 500_000)
        with self.connected(hello, keep=kept.append) as (_, peer):
            renew = peer.take(FrameType.REQUEST)
            self.assertEqual((renew.method, kept), (0x0701, []))
            peer.give(response(renew.call, m.RenewedCredential(NEXT_TOKEN, SERVER_TIME_US + 10**9)))
            refresh = peer.take(FrameType.REQUEST)
            self.assertEqual(kept, [NEXT_TOKEN])
            self.assertEqual(m.RefreshSessionRequest.decode(refresh.payload).token, NEXT_TOKEN)
            peer.give(response(refresh.call, m.SessionCredential(0)))
            peer.close()
            with self.server.accept() as again:
                self.assertEqual(again.welcome().token, NEXT_TOKEN)

    def test_a_closed_client_says_so(self) -> None:
        made = self.made()
        made.close()
        with self.assertRaises(CallFailed):
            made.get_standing()


class Calls(Case):
    def test_a_typed_method_sends_its_fields_and_gives_its_response(self) -> None:
        with self.connected() as (made, peer):
            call = ThreadWithResult(made.accept_offer, 300)
            request = peer.take(FrameType.REQUEST)
            self.assertEqual((request.method, request.payload.hex()), (0x0204, "08ac02"))
            peer.give(response(request.call, WON))
            self.assertEqual(call.result(), WON)

    def test_a_refusal_has_reason_code_message_and_violations(self) -> None:
        with self.connected() as (made, peer):
            call = ThreadWithResult(made.register)
            violation = m.FieldViolation("kind", "must be given")
            refused = m.Status(Code.INVALID_ARGUMENT, Reason.FIELD_INVALID, "no", [violation])
            peer.give(Frame(FrameType.STATUS, peer.take().call, payload=refused.encode()))
            with self.assertRaises(CallFailed) as failed:
                call.result()
            error = failed.exception
            self.assertEqual((error.code, error.reason, error.message), (Code.INVALID_ARGUMENT, Reason.FIELD_INVALID, "no"))
            self.assertEqual((error.violations, error.retriable), ([violation], False))

    def test_a_lost_call_that_may_not_be_repeated_is_in_doubt(self) -> None:  # KOD-5.6-2
        with self.connected() as (made, peer):
            call = ThreadWithResult(lambda: made.log_attempt(1, result=m.AttemptResult.REACHED))
            peer.take(FrameType.REQUEST)
            peer.close()
            with self.assertRaises(OutcomeUnknown):
                call.result()

    def test_submit_is_repeated_under_the_same_key(self) -> None:  # KOD-5.7-2, KOD-5.7-3
        with self.connected() as (made, peer):
            call = ThreadWithResult(lambda: made.submit_referral(partner_reference="r"))
            first = m.SubmitReferralRequest.decode(peer.take(FrameType.REQUEST).payload)
            peer.close()
            with self.server.accept() as again:
                again.welcome()
                request = again.take(FrameType.REQUEST)
                self.assertEqual(m.SubmitReferralRequest.decode(request.payload), first)
                again.give(response(request.call, m.Referral(referral_id=5)))
                self.assertEqual(call.result(), m.Referral(referral_id=5))
                self.assertEqual(len(first.idempotency_key), 16)
                other = ThreadWithResult(lambda: made.submit_referral(partner_reference="r"))
                request = again.take(FrameType.REQUEST)
                key = m.SubmitReferralRequest.decode(request.payload).idempotency_key
                self.assertNotEqual(key, first.idempotency_key)
                again.give(response(request.call, m.Referral()))
                other.result()

    def test_a_pending_call_can_be_cancelled(self) -> None:  # KOD-5.4-1
        with self.connected() as (made, peer):
            pending = made.start(m.METHODS["Assisters/GetStanding"], m.GetStandingRequest())
            request = peer.take(FrameType.REQUEST)
            pending.cancel()
            self.assertEqual(peer.take().call, request.call)
            with self.assertRaises(OutcomeUnknown) as failed:
                pending.result()
            self.assertEqual(failed.exception.reason, Reason.CALL_CANCELLED)

    def test_what_cannot_be_sent_is_said_before_it_is(self) -> None:
        with self.connected(welcome(maximum_payload_bytes=100)) as (made, _):
            with self.assertRaises(ValueError):
                made.accept_offer(-1)
            with self.assertRaises(CallFailed) as failed:
                made.save_note(1, note="x" * 200)
            self.assertEqual(failed.exception.code, Code.INVALID_ARGUMENT)

    def test_a_stream_is_an_iterator_and_closing_it_cancels(self) -> None:
        with self.connected() as (made, peer):
            items = made.simulate_policy(m.SimulatePolicyRequest())
            first = ThreadWithResult(next, items)
            request = peer.take(FrameType.REQUEST)
            progress = m.SimulationItem(progress=m.SimulationProgress(1, 2))
            peer.give(Frame(FrameType.ITEM, request.call, payload=progress.encode()))
            self.assertEqual(first.result(), progress)
            items.close()  # type: ignore[attr-defined]
            self.assertEqual(peer.take(FrameType.CANCEL).call, request.call)

    def test_many_calls_are_answered_whatever_the_order(self) -> None:  # KOD-5.2-3, KOD-5.5-2
        with self.connected(welcome(maximum_calls_in_flight=8)) as (made, peer):
            method = m.METHODS["Assisters/AcceptOffer"]
            pending = [made.start(method, m.AcceptOfferRequest(number)) for number in range(1, 41)]
            open_calls: list[Frame] = []
            for at in range(40):
                open_calls.append(peer.take(FrameType.REQUEST))
                if len(open_calls) == 8 or at == 39:
                    while open_calls:
                        request = open_calls.pop()
                        offer = m.AcceptOfferRequest.decode(request.payload).offer_id
                        peer.give(response(request.call, m.Assignment(offer_id=offer)))
            answers = [call.result() for call in pending]
            self.assertEqual(answers, [m.Assignment(offer_id=number) for number in range(1, 41)])


class Outboxes(Case):
    def test_a_request_is_on_disk_until_it_is_answered(self) -> None:  # KOD-5.7-6
        with tempfile.TemporaryDirectory() as folder:
            made = Client(self.settings(outbox=folder))
            attempt = ThreadWithResult(made.connect)
            peer = self.server.accept()
            peer.welcome()
            attempt.result()
            call = ThreadWithResult(lambda: made.submit_referral(partner_reference="r", repeat=False))
            first = m.SubmitReferralRequest.decode(peer.take(FrameType.REQUEST).payload)
            (file,) = Path(folder).iterdir()
            self.assertEqual((file.name, file.stat().st_mode & 0o777), (f"{first.idempotency_key.hex()}.json", 0o600))
            peer.close()
            with self.assertRaises(OutcomeUnknown):
                call.result()
            with self.server.accept() as again:
                again.welcome()
                kept = ThreadWithResult(made.submit_kept)
                request = again.take(FrameType.REQUEST)
                self.assertEqual(m.SubmitReferralRequest.decode(request.payload), first)
                again.give(response(request.call, m.Referral(referral_id=5)))
                self.assertEqual(kept.result(), [m.Referral(referral_id=5)])
                self.assertEqual(list(Path(folder).iterdir()), [])
            made.close()

    def test_a_key_that_the_server_has_forgotten_is_asked_about_first(self) -> None:  # KOD-5.7-5
        with tempfile.TemporaryDirectory() as folder:
            made = Client(self.settings(outbox=folder))
            self.addCleanup(made.close)
            assert made._outbox is not None
            request = m.SubmitReferralRequest(b"k" * 16, "r")
            made._outbox.keep(request, 0)
            attempt = ThreadWithResult(made.connect)
            with self.server.accept() as peer:
                peer.welcome()
                attempt.result()
                kept = ThreadWithResult(made.submit_kept)
                question = peer.take(FrameType.REQUEST)
                self.assertEqual(m.ListSubmissionsRequest.decode(question.payload).partner_reference, "r")
                found = m.ListSubmissionsResponse([m.Referral(referral_id=9)])
                peer.give(response(question.call, found))
                self.assertEqual(kept.result(), [m.Referral(referral_id=9)])
                self.assertEqual(made._outbox.kept(), [])


class Subscriptions(Case):
    def test_it_survives_a_lost_connection_without_a_gap_and_without_a_repeat(self) -> None:  # chapter 6.3
        with self.connected() as (made, peer):
            subscription = made.subscribe()
            call = peer.take(FrameType.REQUEST).call
            peer.give(start(call, "E", 5, False), item(call, state_end=m.StateEnd()), push(call, 6))
            self.assertIsInstance(subscription.next(5), Position)
            self.assertIsInstance(subscription.next(5), CurrentState)
            self.assertIsInstance(subscription.next(5), Pushed)
            peer.close()
            with self.server.accept() as again:
                again.welcome()
                request = again.take(FrameType.REQUEST)
                self.assertEqual(m.SubscribeRequest.decode(request.payload), m.SubscribeRequest("E", 6))
                again.give(start(request.call, "E", 8, True), push(request.call, 6), push(request.call, 7))
                again.give(item(request.call, collapsed=m.PushesCollapsed(8, 9)))
                self.assertEqual(subscription.next(5), Position("E", 8, True))
                event = subscription.next(5)
                assert isinstance(event, Pushed)
                self.assertEqual(event.push.offset, 7)
                self.assertEqual(subscription.position, ("E", 7))
                self.assertEqual(subscription.next(5), Collapsed(8, 9))
                self.assertEqual(subscription.position, ("E", 9))

    def test_a_program_that_does_not_take_events_is_not_flooded_and_loses_nothing(self) -> None:
        with self.connected() as (made, peer):
            subscription = made.subscribe()
            call = peer.take(FrameType.REQUEST).call
            peer.give(start(call, "E", 0, False), item(call, state_end=m.StateEnd()))
            last = client.WAITING_EVENTS + 200
            peer.give(*(push(call, offset) for offset in range(1, last + 1)))
            self.assertEqual(peer.take(FrameType.CANCEL).call, call)
            peer.give(status(call, Reason.CALL_CANCELLED))
            self.assertLessEqual(len(subscription._events), client.WAITING_EVENTS)
            offsets: list[int] = []
            while len(offsets) < 600:
                event = subscription.next(5)
                if isinstance(event, Pushed):
                    offsets.append(event.push.offset)
            again = peer.take(FrameType.REQUEST)
            resumed = m.SubscribeRequest.decode(again.payload)
            self.assertEqual(resumed, m.SubscribeRequest("E", client.WAITING_EVENTS - 2))
            peer.give(start(again.call, "E", last, True))
            peer.give(*(push(again.call, offset) for offset in range(resumed.offset + 1, last + 1)))
            while len(offsets) < last:
                event = subscription.next(5)
                if isinstance(event, Pushed):
                    offsets.append(event.push.offset)
            self.assertEqual(offsets, list(range(1, last + 1)))

    def test_it_ends_with_the_client_and_there_is_one_at_a_time(self) -> None:
        with self.connected() as (made, peer):
            subscription = made.subscribe()
            with self.assertRaises(KODError):
                made.subscribe()
            subscription.close()
            self.assertEqual(list(subscription), [])
            again = made.subscribe()
            waiting = ThreadWithResult(list, again)
            made.close()
            self.assertEqual(waiting.result(), [])

    def test_it_ends_when_the_server_sends_the_client_away_for_good(self) -> None:
        with self.connected() as (made, peer):
            waiting = ThreadWithResult(list, made.subscribe())
            peer.take(FrameType.REQUEST)
            peer.give(going_away(Reason.CREDENTIAL_EXPIRED, permanent=True))
            with self.assertRaises(SessionEnded):
                waiting.result()

    def test_a_role_without_pushes_is_told(self) -> None:
        with self.connected() as (made, peer):
            waiting = ThreadWithResult(list, made.subscribe())
            peer.give(status(peer.take(FrameType.REQUEST).call, Reason.ROLE_NOT_ALLOWED))
            with self.assertRaises(CallFailed):
                waiting.result()
            made.subscribe()  # it is over, so another may be tried
            self.assertEqual(peer.take(FrameType.REQUEST).method, 0x0101)
