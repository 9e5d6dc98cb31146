"""Pushes: offsets, resuming, the current state, gaps (chapter 6)."""

from __future__ import annotations

import unittest

from kod_client import events as e
from kod_client import messages as m
from kod_client.frames import Frame
from kod_client.messages import Code, FrameType, Reason

from .support import Driver, item, push, start, status


def asked(driver: Driver) -> tuple[int, str, int]:
    """The Subscribe that was just sent: call id, epoch, offset."""
    frame = driver.sent()[-1]
    assert frame.method == 0x0101
    request = m.SubscribeRequest.decode(frame.payload)
    return frame.call, request.epoch, request.offset


class Subscriptions(unittest.TestCase):
    def setUp(self) -> None:
        self.driver = Driver()
        self.driver.open()
        self.driver.machine.subscribe(self.driver.now)
        self.call, epoch, offset = asked(self.driver)
        self.assertEqual((epoch, offset), ("", 0))
        self.driver.heard()

    def live(self) -> None:
        """At epoch E, offset 5."""
        self.driver.give(start(self.call, "E", 5, False), item(self.call, state_end=m.StateEnd()))
        self.driver.heard()

    def offsets(self) -> list[int]:
        return [event.push.offset for event in self.driver.heard() if isinstance(event, e.Pushed)]

    def test_the_state_is_whole_only_at_state_end(self) -> None:  # KOD-6.2-1, KOD-6.2-3
        offer = m.Offer(offer_id=3)
        self.driver.give(start(self.call, "E", 5, False), item(self.call, open_offer=offer))
        self.assertEqual(self.driver.heard(), [e.Position("E", 5, False)])
        self.assertEqual(self.driver.machine.position, ("", 0))
        self.driver.give(item(self.call, status=m.AssisterStatus(name="a")), item(self.call, state_end=m.StateEnd()))
        (state,) = self.driver.heard()
        assert isinstance(state, e.CurrentState)
        self.assertEqual([each.which("item") for each in state.items], ["open_offer", "status"])
        self.assertEqual(self.driver.machine.position, ("E", 5))

    def test_a_state_that_was_cut_off_is_forgotten(self) -> None:  # KOD-6.2-3
        self.driver.give(start(self.call, "E", 5, False), item(self.call, open_offer=m.Offer(offer_id=3)))
        self.driver.machine.connection_lost(self.driver.now)
        self.driver.reconnect()
        call, epoch, offset = asked(self.driver)
        self.assertEqual((epoch, offset), ("", 0))
        self.driver.give(start(call, "E", 5, False), item(call, state_end=m.StateEnd()))
        self.assertEqual(self.driver.take(e.CurrentState).items, ())

    def test_it_resumes_at_the_last_push_before_anything_else(self) -> None:  # KOD-4.8-2, chapter 6.3
        self.live()
        self.driver.give(push(self.call, 6))
        self.driver.call(repeat=True)
        self.driver.sent()
        self.driver.machine.connection_lost(self.driver.now)
        self.driver.reconnect()
        first, second = self.driver.sent()
        self.assertEqual((first.method, second.method), (0x0101, 0x0204))
        self.assertEqual(m.SubscribeRequest.decode(first.payload), m.SubscribeRequest("E", 6))
        self.driver.give(start(1, "E", 8, True), push(1, 7), push(1, 8), push(1, 9))
        self.assertEqual(self.driver.take(e.Position), e.Position("E", 8, True))
        self.assertEqual(self.offsets(), [7, 8, 9])

    def test_a_position_of_an_earlier_program_is_resumed(self) -> None:
        driver = Driver()
        driver.machine.subscribe(driver.now, "E", 12)
        driver.open()
        self.assertEqual(asked(driver)[1:], ("E", 12))

    def test_recovery_from_a_position_that_was_not_asked_for_is_not_believed(self) -> None:  # chapter 8.4
        self.driver.give(start(self.call, "E", 5, True))
        self.assertEqual(self.driver.sent()[0].type, FrameType.CANCEL)
        for epoch, offset in (("F", 5), ("E", 4)):
            driver = Driver()
            driver.open()
            driver.machine.subscribe(driver.now, "E", 5)
            call, _, _ = asked(driver)
            driver.give(start(call, epoch, offset, True), push(call, 6))
            self.assertEqual(driver.sent()[0].type, FrameType.CANCEL)
            self.assertEqual(driver.machine.position, ("E", 5))

    def test_a_push_that_was_processed_is_dropped(self) -> None:  # KOD-6.1-3
        self.live()
        self.driver.give(push(self.call, 6), push(self.call, 6), push(self.call, 4), push(self.call, 7))
        self.assertEqual(self.offsets(), [6, 7])

    def test_a_gap_subscribes_again_from_the_last_that_was_processed(self) -> None:  # KOD-6.1-4
        self.live()
        self.driver.give(push(self.call, 6), push(self.call, 8))
        self.assertEqual(self.offsets(), [6])
        cancel, again = self.driver.sent()
        self.assertEqual((cancel.type, cancel.call), (FrameType.CANCEL, self.call))
        self.assertEqual(m.SubscribeRequest.decode(again.payload), m.SubscribeRequest("E", 6))
        self.driver.give(push(self.call, 9), status(self.call, Reason.CALL_CANCELLED))
        self.driver.give(start(again.call, "E", 8, True), push(again.call, 7), push(again.call, 8))
        self.assertEqual(self.offsets(), [7, 8])

    def test_a_second_gap_without_progress_closes_the_connection(self) -> None:
        self.live()
        self.driver.give(push(self.call, 8))
        call = self.driver.sent()[-1].call
        self.driver.give(start(call, "E", 8, True), push(call, 8))
        self.assertEqual(self.driver.take(e.Disconnected).code, Code.INTERNAL)

    def test_what_is_not_known_counts(self) -> None:  # KOD-6.1-5, KOD-10.2-1
        self.live()
        unknown = Frame(FrameType.ITEM, self.call, payload=bytes.fromhex("7a020800"))
        body = m.SubscribeItem(push=m.Push(offset=6)).encode()
        self.driver.give(unknown, Frame(FrameType.ITEM, self.call, payload=body), push(self.call, 7))
        self.assertEqual(self.offsets(), [6, 7])

    def test_collapsed_counts_as_processed(self) -> None:  # KOD-6.5-3
        self.live()
        collapsed = item(self.call, collapsed=m.PushesCollapsed(6, 9))
        self.driver.give(collapsed, push(self.call, 10))
        self.assertEqual(self.driver.take(e.Collapsed), e.Collapsed(6, 9))
        self.assertEqual(self.offsets(), [10])
        self.driver.give(item(self.call, collapsed=m.PushesCollapsed(12, 13)))
        self.assertEqual(self.driver.machine.position, ("E", 10))
        self.assertEqual(self.driver.sent()[0].type, FrameType.CANCEL)

    def test_another_epoch_brings_the_state_and_its_offsets(self) -> None:  # KOD-6.1-2
        self.live()
        self.driver.machine.connection_lost(self.driver.now)
        self.driver.reconnect()
        call = self.driver.sent()[-1].call
        self.driver.give(start(call, "F", 1, False), item(call, state_end=m.StateEnd()), push(call, 2))
        self.assertEqual(self.driver.take(e.CurrentState).epoch, "F")
        self.assertEqual(self.offsets(), [2])
        self.assertEqual(self.driver.machine.position, ("F", 2))

    def test_a_role_without_pushes_is_refused_once(self) -> None:
        self.driver.give(status(self.call, Reason.ROLE_NOT_ALLOWED))
        self.assertEqual(self.driver.take(e.SubscriptionRefused).error.reason, Reason.ROLE_NOT_ALLOWED)
        self.driver.machine.connection_lost(self.driver.now)
        self.driver.reconnect()
        self.assertEqual(self.driver.sent(), [])

    def test_a_subscription_that_ends_without_a_final_reason_is_asked_for_again(self) -> None:
        self.live()
        self.driver.give(status(self.call, Reason.COMMIT_FAILED))
        self.driver.wait(0.49)
        self.assertEqual(self.driver.sent(), [])
        self.driver.wait(0.02)
        self.assertEqual(asked(self.driver)[1:], ("E", 5))

    def test_unsubscribe_cancels_and_a_new_one_begins_anew(self) -> None:  # KOD-6.2-5
        self.live()
        self.driver.machine.unsubscribe(self.driver.now)
        self.assertEqual(self.driver.sent(), [Frame(FrameType.CANCEL, self.call)])
        self.driver.give(push(self.call, 6))
        self.assertEqual(self.driver.heard(), [])
        self.driver.machine.subscribe(self.driver.now)
        self.assertEqual(asked(self.driver)[1:], ("", 0))
