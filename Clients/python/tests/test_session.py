"""The state machine with a manual clock. Each test names the requirement that it checks."""

from __future__ import annotations

import unittest

from kod_client import events as e
from kod_client import messages as m
from kod_client.errors import CallFailed, OutcomeUnknown
from kod_client.frames import Frame
from kod_client.messages import METHODS, Code, FrameType, Reason
from kod_client.session import LAST_CALL_ID, State

from .support import NEXT_TOKEN, SERVER_TIME_US, TOKEN, Driver, going_away, response, status, welcome

ACCEPT = METHODS["Assisters/AcceptOffer"]
WON = m.Assignment(referral_id=1, offer_id=7)


class Greeting(unittest.TestCase):
    def test_hello_is_the_first_frame_and_nothing_else_is_sent_before_welcome(self) -> None:  # KOD-4.2-1, 4.2-2
        driver = Driver()
        driver.machine.connect(driver.now)
        driver.take(e.Open)
        driver.machine.connection_made(driver.now)
        (hello,) = driver.sent()
        self.assertEqual((hello.type, hello.call, hello.method, hello.timeout, hello.flags), (1, 0, 0, 0, 0))
        self.assertEqual(m.Hello.decode(hello.payload), m.Hello(1, 1, TOKEN, "test 1"))
        driver.call()
        driver.machine.subscribe(driver.now)
        driver.give(Frame(FrameType.PING, payload=b"x"))
        self.assertEqual(driver.sent(), [])
        driver.give(welcome())
        self.assertEqual([frame.type for frame in driver.sent()], [FrameType.REQUEST, FrameType.REQUEST])

    def test_welcome_opens_the_session(self) -> None:
        driver = Driver()
        driver.open()
        self.assertEqual(driver.take(e.Connected).welcome.principal, "client")
        self.assertIs(driver.machine.state, State.OPEN)

    def test_a_version_that_was_not_offered_closes_the_connection(self) -> None:  # KOD-4.2-7
        for version in (0, 2):
            driver = Driver()
            driver.open(welcome(version=version))
            driver.take(e.Close)
            self.assertEqual(driver.take(e.Disconnected).code, Code.INTERNAL)

    def test_a_server_is_not_refused_for_its_minor_version(self) -> None:  # KOD-10.1-3
        driver = Driver()
        message = m.Welcome.decode(welcome().payload).copy(minor_version=99)
        driver.open(Frame(FrameType.WELCOME, payload=message.encode()))
        driver.take(e.Connected)

    def test_the_clock_is_the_servers(self) -> None:  # KOD-4.2-11
        driver = Driver()
        driver.open()
        self.assertEqual(driver.machine.server_now_us(driver.now), SERVER_TIME_US)
        self.assertEqual(driver.machine.server_now_us(driver.now + 2.5), SERVER_TIME_US + 2_500_000)

    def test_status_on_call_0_before_welcome_ends_it(self) -> None:
        driver = Driver()
        driver.open(status(0, Reason.FIELD_INVALID))
        driver.take(e.Close)
        self.assertEqual(driver.take(e.Ended).reason, Reason.FIELD_INVALID)
        self.assertIsNone(driver.machine.next_tick())

    def test_a_server_that_does_not_answer_hello_is_given_up(self) -> None:
        driver = Driver()
        driver.machine.connect(driver.now)
        driver.machine.connection_made(driver.now)
        driver.wait(9.9)
        self.assertIs(driver.machine.state, State.GREETING)
        driver.wait(0.1)
        self.assertEqual(driver.take(e.Disconnected).code, Code.UNAVAILABLE)

    def test_a_connection_that_fails_is_tried_again(self) -> None:  # KOD-4.8-1
        driver = Driver()
        driver.machine.connect(driver.now)
        driver.machine.connection_failed("refused", driver.now)
        self.assertEqual(driver.take(e.Disconnected).retry_in_ms, 500)
        driver.wait(0.5)
        driver.take(e.Open)


class Frames(unittest.TestCase):
    def test_unknown_types_are_skipped_and_pings_answered(self) -> None:  # KOD-3.2-2, KOD-4.4-2, KOD-10.2-1
        driver = Driver()
        driver.open()
        driver.give(Frame(77, 5, payload=b"\xff" * 9), Frame(FrameType.PING, payload=b"abc"))
        self.assertEqual(driver.sent(), [Frame(FrameType.PONG, payload=b"abc")])

    def test_frames_that_only_clients_send_close_the_connection(self) -> None:  # KOD-3.2-5
        for kind in (FrameType.HELLO, FrameType.REQUEST, FrameType.CANCEL):
            driver = Driver()
            driver.open()
            driver.call()
            driver.give(Frame(kind, 1))
            driver.take(e.Close)
            self.assertEqual(driver.take(e.Failed).error.code, Code.INTERNAL)

    def test_payloads_that_do_not_decode_close_the_connection(self) -> None:  # KOD-3.2-5
        for kind in (FrameType.RESPONSE, FrameType.STATUS, FrameType.GOING_AWAY):
            driver = Driver()
            driver.open()
            driver.call()
            driver.give(Frame(kind, 1, payload=b"\x08"))
            driver.take(e.Close)
            self.assertEqual(driver.take(e.Disconnected).code, Code.INTERNAL)

    def test_the_length_that_welcome_allows_may_come_and_no_more(self) -> None:  # KOD-3.1-7, KOD-4.2-10
        driver = Driver()
        driver.open(welcome(maximum_payload_bytes=1000))
        driver.give(Frame(99, payload=bytes(1000)))
        self.assertIs(driver.machine.state, State.OPEN)
        driver.give(Frame(99, payload=bytes(1001)))
        self.assertEqual(driver.take(e.Disconnected).code, Code.INTERNAL)

    def test_call_method_and_timeout_are_ignored_where_they_mean_nothing(self) -> None:  # KOD-3.1-3
        driver = Driver()
        frame = welcome()
        driver.open(Frame(frame.type, 9, 8, 7, frame.payload))
        driver.take(e.Connected)
        driver.call()
        driver.give(Frame(FrameType.RESPONSE, 1, 3, 4, WON.encode()))
        driver.take(e.Answered)

    def test_nothing_counts_after_going_away(self) -> None:
        driver = Driver()
        driver.open()
        driver.call()
        driver.give(going_away(Reason.SERVER_STOPPING), response(1, WON))
        self.assertIsInstance(driver.take(e.Failed).error, OutcomeUnknown)


class Calls(unittest.TestCase):
    def test_ids_begin_at_1_and_grow(self) -> None:  # KOD-5.1-1
        driver = Driver()
        driver.open()
        driver.call(timeout_ms=5000, offer=300)
        driver.call()
        first, second = driver.sent()
        self.assertEqual(first, Frame(FrameType.REQUEST, 1, 0x0204, 5000, bytes.fromhex("08ac02")))
        self.assertEqual((second.call, second.timeout), (2, 0))

    def test_answers_come_in_any_order(self) -> None:  # KOD-5.2-3
        driver = Driver()
        driver.open()
        first, second = driver.call(), driver.call()
        driver.give(response(2, WON), status(1, Reason.OFFER_TAKEN, taken_at_us=5))
        self.assertEqual(driver.take(e.Answered), e.Answered(second, WON))
        failed = driver.take(e.Failed)
        self.assertEqual((failed.key, failed.error.taken_at_us), (first, 5))
        self.assertIsInstance(failed.error, CallFailed)
        self.assertFalse(failed.error.outcome_unknown)

    def test_answers_of_forgotten_calls_are_ignored(self) -> None:  # KOD-5.2-5
        driver = Driver()
        driver.open()
        driver.call()
        driver.give(response(1, WON))
        driver.heard()
        driver.give(response(1, WON), status(1, Reason.CALL_UNKNOWN), Frame(FrameType.ITEM, 1, payload=b"\xff"))
        self.assertEqual(driver.heard(), [])

    def test_answers_of_calls_that_were_never_opened_break_the_protocol(self) -> None:  # KOD-3.2-5, chapter 8.4
        never = (response(2, WON), status(2, Reason.CALL_UNKNOWN), Frame(FrameType.ITEM, 2), Frame(FrameType.RESPONSE))
        for frame in never:
            driver = Driver()
            driver.open()
            driver.call()
            driver.give(frame)
            self.assertEqual(driver.take(e.Failed).error.code, Code.INTERNAL)
            self.assertEqual(driver.take(e.Disconnected).code, Code.INTERNAL)

    def test_an_answer_before_welcome_breaks_the_protocol(self) -> None:  # KOD-3.2-5, chapter 8.4
        for frame in (response(1, WON), status(1, Reason.CALL_UNKNOWN), Frame(FrameType.ITEM, 1)):
            driver = Driver()
            driver.machine.connect(driver.now)
            driver.machine.connection_made(driver.now)
            driver.give(frame)
            self.assertEqual(driver.take(e.Disconnected).code, Code.INTERNAL)

    def test_flags_of_a_known_type_break_the_protocol(self) -> None:  # KOD-3.2-5, chapter 8.4
        for kind in (FrameType.PING, FrameType.PONG, FrameType.GOING_AWAY):
            driver = Driver()
            driver.open()
            driver.give(Frame(kind, flags=1))
            self.assertEqual(driver.take(e.Disconnected).code, Code.INTERNAL)
        driver = Driver()
        driver.open()
        driver.heard()
        driver.give(Frame(200, flags=1))
        self.assertEqual(driver.heard(), [])

    def test_status_ok_of_a_unary_call_breaks_the_protocol(self) -> None:  # KOD-3.2-5, chapter 8.4
        driver = Driver()
        driver.open()
        driver.call()
        driver.give(Frame(FrameType.STATUS, 1))
        self.assertTrue(driver.take(e.Failed).error.outcome_unknown)
        self.assertEqual(driver.take(e.Disconnected).code, Code.INTERNAL)

    def test_status_on_call_0_ends_no_call(self) -> None:  # KOD-5.2-6
        driver = Driver()
        driver.open()
        driver.call()
        driver.give(status(0, Reason.FRAME_FLAGS_UNKNOWN, frame_type=3, about_call=1), response(1, WON))
        self.assertEqual(driver.take(e.Complaint).status.about_call, 1)  # type: ignore[union-attr]
        driver.take(e.Answered)

    def test_outcome_unknown_is_kept_apart_from_failed(self) -> None:  # KOD-5.6-2, KOD-5.6-3
        unknown = {Reason.CALL_DEADLINE, Reason.CALL_CANCELLED, Reason.COMMIT_FAILED}
        for reason in (*unknown, Reason.OFFER_TAKEN, Reason.SERVER_STOPPING, Reason.BUSY):
            driver = Driver()
            driver.open()
            driver.call()
            driver.give(status(1, reason))
            error = driver.take(e.Failed).error
            self.assertEqual(error.outcome_unknown, reason in unknown, reason)

    def test_an_unknown_reason_goes_by_its_code_and_an_unknown_code_is_unknown(self) -> None:  # KOD-10.2-2
        for code, want, unknown in ((9, Code.FAILED_PRECONDITION, False), (77, Code.UNKNOWN, True)):
            driver = Driver()
            driver.open()
            driver.call()
            payload = m.Status(code=Code(code), reason=Reason(9999)).encode()
            driver.give(Frame(FrameType.STATUS, 1, payload=payload))
            error = driver.take(e.Failed).error
            self.assertEqual((error.code, error.retriable, error.outcome_unknown), (want, False, unknown))
            self.assertEqual(int(error.reason), 9999)

    def test_calls_beyond_the_limit_are_kept_back(self) -> None:  # KOD-5.5-2
        driver = Driver()
        driver.open(welcome(maximum_calls_in_flight=2))
        for _ in range(3):
            driver.call()
        self.assertEqual([frame.call for frame in driver.sent()], [1, 2])
        driver.give(response(2, WON))
        self.assertEqual([frame.call for frame in driver.sent()], [3])

    def test_a_cancelled_call_keeps_its_place_until_the_server_answers(self) -> None:  # chapter 5.4
        driver = Driver()
        driver.open(welcome(maximum_calls_in_flight=1))
        key = driver.call()
        driver.call()
        driver.machine.cancel(key, driver.now)
        self.assertEqual(driver.sent()[1:], [Frame(FrameType.CANCEL, 1)])
        error = driver.take(e.Failed).error
        self.assertEqual((error.code, error.reason), (Code.CANCELLED, Reason.CALL_CANCELLED))
        self.assertTrue(error.outcome_unknown)
        driver.give(status(1, Reason.CALL_CANCELLED))
        self.assertEqual([frame.call for frame in driver.sent()], [2])
        self.assertEqual([event for event in driver.heard() if isinstance(event, e.Failed)], [])

    def test_a_call_that_was_never_sent_is_cancelled_without_doubt(self) -> None:
        driver = Driver()
        key = driver.call()
        driver.machine.cancel(key, driver.now)
        self.assertIsInstance(driver.take(e.Failed).error, CallFailed)

    def test_a_payload_over_the_limit_is_refused_here(self) -> None:  # KOD-3.1-6, KOD-4.2-10
        driver = Driver()
        driver.open(welcome(maximum_payload_bytes=100))
        method = METHODS["Assisters/SaveNote"]
        driver.machine.call(method, m.SaveNoteRequest(note="x" * 98), driver.now)
        self.assertEqual(len(driver.sent()[0].payload), 100)
        driver.machine.call(method, m.SaveNoteRequest(note="x" * 99), driver.now)
        self.assertEqual(driver.sent(), [])
        error = driver.take(e.Failed).error
        self.assertEqual((error.code, error.outcome_unknown), (Code.INVALID_ARGUMENT, False))

    def test_a_call_that_waited_has_what_is_left_of_its_time(self) -> None:  # chapter 5.3
        driver = Driver()
        driver.call(timeout_ms=5000)
        driver.wait(1)
        driver.open()
        self.assertEqual(driver.sent()[0].timeout, 4000)

    def test_a_call_without_an_answer_ends_after_its_deadline(self) -> None:  # KOD-5.3-1
        driver = Driver()
        driver.open()
        driver.call(timeout_ms=2000)
        driver.wait(2.4)
        self.assertEqual([event for event in driver.heard() if isinstance(event, e.Failed)], [])
        driver.wait(0.1)
        error = driver.take(e.Failed).error
        self.assertEqual((error.code, error.reason), (Code.DEADLINE_EXCEEDED, Reason.CALL_DEADLINE))
        self.assertTrue(error.outcome_unknown)

    def test_a_call_that_was_never_sent_ends_at_its_deadline_without_doubt(self) -> None:
        driver = Driver()
        driver.call(timeout_ms=2000)
        driver.wait(2)
        error = driver.take(e.Failed).error
        self.assertEqual((error.code, error.outcome_unknown), (Code.DEADLINE_EXCEEDED, False))

    def test_answers_that_do_not_fit_the_method_close_the_connection(self) -> None:
        for frame in (Frame(FrameType.ITEM, 1), Frame(FrameType.RESPONSE, 2)):
            driver = Driver()
            driver.open()
            driver.call()
            driver.machine.call(METHODS["Desk/SimulatePolicy"], m.SimulatePolicyRequest(), driver.now)
            driver.give(frame)
            self.assertEqual(driver.take(e.Disconnected).code, Code.INTERNAL)

    def test_ok_without_a_response_leaves_a_unary_call_in_doubt(self) -> None:
        driver = Driver()
        driver.open()
        driver.call()
        driver.give(Frame(FrameType.STATUS, 1))
        self.assertIsInstance(driver.take(e.Failed).error, OutcomeUnknown)

    def test_a_stream_gives_items_until_status_ok(self) -> None:  # KOD-5.2-2
        driver = Driver()
        driver.open()
        key = driver.machine.call(METHODS["Desk/SimulatePolicy"], m.SimulatePolicyRequest(), driver.now)
        item = m.SimulationItem(progress=m.SimulationProgress(1, 2))
        driver.give(Frame(FrameType.ITEM, 1, payload=item.encode()), Frame(FrameType.STATUS, 1))
        self.assertEqual(driver.take(e.Item), e.Item(key, item))
        self.assertEqual(driver.take(e.StreamEnded), e.StreamEnded(key))
        driver.wait(20)
        self.assertEqual([event for event in driver.heard() if isinstance(event, e.Failed)], [])

    def test_when_the_ids_are_used_up_a_new_connection_begins_at_1(self) -> None:  # chapter 5.1
        driver = Driver()
        driver.open()
        driver.machine._next_id = LAST_CALL_ID
        driver.call()
        driver.call()
        self.assertEqual([frame.call for frame in driver.sent()], [LAST_CALL_ID])
        driver.give(response(LAST_CALL_ID, WON))
        self.assertEqual(driver.sent()[-1].type, FrameType.GOING_AWAY)
        self.assertEqual(driver.take(e.Disconnected).retry_in_ms, 0)
        driver.reconnect()
        self.assertEqual([frame.call for frame in driver.sent()], [1])


class Repeating(unittest.TestCase):
    def test_open_calls_are_in_doubt_when_the_connection_is_lost(self) -> None:  # KOD-4.6-2, KOD-5.6-2
        driver = Driver()
        driver.open()
        driver.call()
        driver.machine.connection_lost(driver.now)
        error = driver.take(e.Failed).error
        self.assertEqual((error.code, error.outcome_unknown), (Code.UNAVAILABLE, True))

    def test_a_call_that_may_be_repeated_is_repeated_unchanged(self) -> None:  # KOD-5.7-1, KOD-5.7-3
        driver = Driver()
        driver.open()
        key = driver.call(repeat=True)
        (first,) = driver.sent()
        driver.machine.connection_lost(driver.now)
        driver.reconnect()
        (again,) = driver.sent()
        self.assertEqual((again.method, again.payload), (first.method, first.payload))
        driver.give(response(1, WON))
        self.assertEqual(driver.take(e.Answered).key, key)

    def test_a_retriable_status_is_repeated_after_its_time(self) -> None:  # KOD-5.7-1
        driver = Driver()
        driver.open()
        driver.call(repeat=True, timeout_ms=60_000)
        driver.sent()
        driver.give(status(1, Reason.BUSY, retry_after_ms=700))
        driver.wait(0.69)
        self.assertEqual(driver.sent(), [])
        driver.wait(0.02)
        self.assertEqual([frame.call for frame in driver.sent()], [2])
        driver.give(status(2, Reason.OFFER_TAKEN))
        self.assertEqual(driver.take(e.Failed).error.reason, Reason.OFFER_TAKEN)

    def test_what_is_not_retriable_is_not_repeated(self) -> None:  # KOD-5.7-1
        driver = Driver()
        driver.open()
        driver.call(repeat=True)
        driver.give(status(1, Reason.REFERRAL_STATE))
        driver.take(e.Failed)

    def test_repeating_stops_at_the_deadline_and_the_lost_try_leaves_doubt(self) -> None:
        driver = Driver()
        driver.open()
        driver.call(repeat=True, timeout_ms=3000)
        driver.machine.connection_lost(driver.now)
        driver.reconnect()
        driver.give(status(1, Reason.BUSY, retry_after_ms=60_000))
        error = driver.take(e.Failed).error
        self.assertEqual((error.reason, error.outcome_unknown), (Reason.BUSY, True))


class Keepalive(unittest.TestCase):
    def test_a_client_that_sent_nothing_pings(self) -> None:  # KOD-4.4-1
        driver = Driver()
        driver.open(welcome(ping_interval_ms=5000))
        driver.wait(4.9)
        self.assertEqual(driver.sent(), [])
        driver.wait(0.1)
        (ping,) = driver.sent()
        self.assertEqual((ping.type, ping.call), (FrameType.PING, 0))
        self.assertLessEqual(len(ping.payload), 32)

    def test_any_frame_counts_as_having_sent_something(self) -> None:  # KOD-4.4-1
        driver = Driver()
        driver.open(welcome(ping_interval_ms=5000))
        driver.wait(4)
        driver.call()
        driver.sent()
        driver.wait(4.9)
        self.assertEqual(driver.sent(), [])
        driver.wait(0.2)
        self.assertEqual(driver.sent()[0].type, FrameType.PING)

    def test_a_connection_is_given_up_10_seconds_after_a_ping(self) -> None:  # KOD-4.4-5
        driver = Driver()
        driver.open()
        driver.wait(25)
        driver.wait(9.9)
        self.assertIs(driver.machine.state, State.OPEN)
        driver.wait(0.1)
        driver.take(e.Close)
        self.assertEqual(driver.take(e.Disconnected).code, Code.UNAVAILABLE)

    def test_any_byte_is_a_sign_of_life(self) -> None:  # KOD-4.4-4 of the other side
        driver = Driver()
        driver.open()
        driver.wait(25)
        driver.machine.received(b"\0", driver.now + 9)
        driver.wait(10)
        self.assertIs(driver.machine.state, State.OPEN)

    def test_silence_ends_it_even_when_no_ping_was_due(self) -> None:
        driver = Driver()
        driver.open(welcome(silence_limit_ms=3000))
        driver.wait(3)
        self.assertEqual(driver.take(e.Disconnected).code, Code.UNAVAILABLE)

    def test_a_pong_that_answers_nothing_is_ignored(self) -> None:  # KOD-4.4-6
        driver = Driver()
        driver.open()
        driver.heard()
        driver.give(Frame(FrameType.PONG, payload=b"?"))
        self.assertEqual((driver.sent(), driver.heard()), ([], []))

    def test_a_limit_of_0_was_not_said(self) -> None:
        driver = Driver()
        driver.open(welcome(ping_interval_ms=0, silence_limit_ms=0, maximum_payload_bytes=0))
        self.assertEqual(driver.machine.limits.maximum_payload_bytes, 65_536)
        driver.wait(24.9)
        self.assertEqual((driver.sent(), driver.machine.state), ([], State.OPEN))


class GoingAway(unittest.TestCase):
    def test_permanent_means_never_again(self) -> None:  # KOD-4.6-3, KOD-4.3-1
        driver = Driver()
        driver.open(going_away(Reason.TOKEN_REJECTED, permanent=True))
        driver.take(e.Close)
        ended = driver.take(e.Ended)
        self.assertEqual((ended.code, ended.reason), (Code.UNAUTHENTICATED, Reason.TOKEN_REJECTED))
        self.assertIsNone(driver.machine.next_tick())
        driver.call()
        self.assertIsInstance(driver.take(e.Failed).error, CallFailed)

    def test_the_hint_is_followed_with_a_part_drawn_anew(self) -> None:  # KOD-4.6-4
        driver = Driver(random=0.25)
        driver.open()
        away = going_away(Reason.SERVER_STOPPING, reconnect_after_ms=2000, reconnect_spread_ms=1000)
        driver.give(away)
        lost = driver.take(e.Disconnected)
        self.assertEqual((lost.reason, lost.retry_in_ms), (Reason.SERVER_STOPPING, 2250))
        driver.wait(2.24)
        self.assertIs(driver.machine.state, State.WAITING)
        driver.random = 0.75
        driver.reconnect(away)
        self.assertEqual(driver.take(e.Disconnected).retry_in_ms, 2750)

    def test_without_a_hint_the_own_backoff_counts(self) -> None:  # KOD-4.6-4, KOD-4.8-1
        driver = Driver(random=1.0)
        driver.open()
        waits = []
        for _ in range(10):
            driver.give(going_away(Reason.SESSION_LIMIT))
            waits.append(driver.take(e.Disconnected).retry_in_ms)
            driver.reconnect()
        self.assertEqual(waits, [1000, 750, 1200, 1920, 3072, 4915, 7864, 12583, 20133, 30000])

    def test_a_session_that_lasted_5_seconds_begins_the_backoff_anew(self) -> None:  # KOD-4.8-1
        driver = Driver(random=1.0)
        driver.open()
        for seconds, want in ((0.0, 1000), (4.9, 750), (5.0, 1000)):
            driver.wait(seconds)
            driver.machine.connection_lost(driver.now)
            self.assertEqual(driver.take(e.Disconnected).retry_in_ms, want)
            driver.reconnect()

    def test_leaving_waits_for_the_answers_and_says_going_away(self) -> None:  # KOD-4.6-5
        driver = Driver()
        driver.open()
        driver.call()
        driver.machine.leave(driver.now)
        self.assertEqual([frame.type for frame in driver.sent()], [FrameType.REQUEST])
        driver.call()
        self.assertIsInstance(driver.take(e.Failed).error, CallFailed)
        driver.give(response(1, WON))
        driver.take(e.Answered)
        (away,) = driver.sent()
        self.assertEqual((away.type, m.GoingAway.decode(away.payload).code), (FrameType.GOING_AWAY, Code.OK))
        driver.take(e.Close)
        driver.take(e.Closed)

    def test_leaving_does_not_wait_for_ever(self) -> None:
        driver = Driver()
        driver.open()
        driver.call(timeout_ms=60_000)
        driver.machine.leave(driver.now)
        driver.wait(10)
        self.assertIsInstance(driver.take(e.Failed).error, OutcomeUnknown)
        driver.take(e.Closed)

    def test_leaving_without_a_session_leaves_at_once(self) -> None:
        for step in (lambda d: None, lambda d: d.machine.connect(d.now), lambda d: d.machine.connection_failed("", d.now)):
            driver = Driver()
            step(driver)
            driver.machine.leave(driver.now)
            driver.take(e.Closed)
            self.assertIs(driver.machine.state, State.IDLE)


class Credentials(unittest.TestCase):
    EXPIRES = SERVER_TIME_US + 1_000_000_000

    def renewing(self, random: float = 0.0) -> Driver:
        driver = Driver(renew=True, random=random)
        driver.open(welcome(expires_at_us=self.EXPIRES))
        return driver

    def renewed(self) -> Driver:
        driver = self.renewing()
        self.tick_to(driver, 800)
        (renew,) = [frame for frame in driver.sent() if frame.type == FrameType.REQUEST]
        self.assertEqual((renew.method, renew.payload), (0x0701, b""))
        driver.give(response(renew.call, m.RenewedCredential(NEXT_TOKEN, self.EXPIRES + 5)))
        self.assertEqual(driver.take(e.Renewed).token, NEXT_TOKEN)
        return driver

    def tick_to(self, driver: Driver, seconds: float) -> None:
        """Lets time pass with a server that answers PING."""
        until = driver.now + seconds
        while driver.now < until:
            driver.give(Frame(FrameType.PONG))
            driver.at(min(until, driver.now + 20))

    def test_it_is_renewed_at_four_fifths_of_the_time_less_a_random_part(self) -> None:  # KOD-4.5-6
        for random, at in ((0.0, 800), (1.0, 700)):
            driver = self.renewing(random)
            self.tick_to(driver, at - 1)
            self.assertNotIn(FrameType.REQUEST, [frame.type for frame in driver.sent()])
            self.tick_to(driver, 1)
            self.assertIn(FrameType.REQUEST, [frame.type for frame in driver.sent()])

    def test_the_new_token_is_not_used_before_it_is_kept(self) -> None:  # chapter 4.5
        driver = self.renewed()
        self.assertEqual(driver.sent(), [])
        driver.machine.token_kept(NEXT_TOKEN, driver.now)
        (refresh,) = driver.sent()
        self.assertEqual(refresh.method, 0x0702)
        self.assertEqual(m.RefreshSessionRequest.decode(refresh.payload).token, NEXT_TOKEN)

    def test_a_refreshed_session_is_renewed_again_by_its_new_end(self) -> None:  # KOD-4.5-2
        driver = self.renewed()
        driver.machine.token_kept(NEXT_TOKEN, driver.now)
        (refresh,) = driver.sent()
        end = driver.machine.server_now_us(driver.now) + 100_000_000
        driver.give(response(refresh.call, m.SessionCredential(end)))
        self.tick_to(driver, 79)
        self.assertNotIn(FrameType.REQUEST, [frame.type for frame in driver.sent()])
        self.tick_to(driver, 2)
        self.assertIn(FrameType.REQUEST, [frame.type for frame in driver.sent()])

    def test_the_newest_kept_token_is_that_of_the_next_hello(self) -> None:  # KOD-4.5-7
        driver = self.renewed()
        driver.machine.token_kept(NEXT_TOKEN, driver.now)
        driver.machine.connection_lost(driver.now)
        self.assertEqual(driver.reconnect().token, NEXT_TOKEN)

    def test_a_session_that_ends_before_its_refresh_begins_anew_under_the_kept_token(self) -> None:  # KOD-4.5-7
        driver = self.renewed()
        driver.machine.token_kept(NEXT_TOKEN, driver.now)
        driver.give(going_away(Reason.CREDENTIAL_EXPIRED, permanent=True))
        driver.take(e.Disconnected)
        self.assertEqual(driver.reconnect(going_away(Reason.CREDENTIAL_EXPIRED, permanent=True)).token, NEXT_TOKEN)
        driver.take(e.Ended)

    def test_a_token_that_could_not_be_kept_is_never_used(self) -> None:
        driver = self.renewed()
        driver.machine.token_not_kept(driver.now)
        driver.machine.connection_lost(driver.now)
        self.assertEqual(driver.reconnect().token, TOKEN)

    def test_a_refused_renewal_is_tried_again_by_the_backoff(self) -> None:  # KOD-4.5-6
        driver = self.renewing()
        self.tick_to(driver, 800)
        (renew,) = [frame for frame in driver.sent() if frame.type == FrameType.REQUEST]
        driver.give(status(renew.call, Reason.CREDENTIAL_LIMIT))
        driver.wait(0)
        (again,) = driver.sent()
        self.assertEqual(again.method, 0x0701)
        driver.give(status(again.call, Reason.CREDENTIAL_LIMIT))
        driver.wait(0.24)
        self.assertEqual(driver.sent(), [])
        driver.wait(0.02)
        self.assertEqual(driver.sent()[0].method, 0x0701)

    def test_a_credential_without_an_end_is_left_alone(self) -> None:
        driver = Driver(renew=True)
        driver.open()
        self.assertEqual(driver.machine.next_tick(), driver.now + 25)

    def test_no_repr_of_what_the_machine_makes_shows_a_token(self) -> None:  # KOD-11.1-1
        driver = self.renewing()
        self.tick_to(driver, 800)
        (renew,) = [frame for frame in driver.sent() if frame.type == FrameType.REQUEST]
        driver.give(response(renew.call, m.RenewedCredential(NEXT_TOKEN, self.EXPIRES + 5)))
        shown = repr(driver.take(e.Renewed)) + repr(driver.machine)
        driver.machine.token_kept(NEXT_TOKEN, driver.now)
        shown += repr(driver.machine._open)
        for token in (TOKEN, NEXT_TOKEN):
            self.assertNotIn(token, shown)
