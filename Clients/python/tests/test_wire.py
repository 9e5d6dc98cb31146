from __future__ import annotations

import unittest
from dataclasses import dataclass
from typing import ClassVar

from kod_client import messages as m
from kod_client.wire import MAXIMUM_DEPTH, DecodeError, EncodeError, Field, Kind, Message, put_varint


class Decoding(unittest.TestCase):
    def refused(self, message: type[Message], data: str, text: str) -> None:
        with self.assertRaisesRegex(DecodeError, text):
            message.decode(bytes.fromhex(data))

    def test_what_does_not_decode_is_refused_with_its_cause(self) -> None:  # chapter 3.3
        self.refused(m.AcceptOfferRequest, "08", "cut off")
        self.refused(m.AcceptOfferRequest, "0880", "cut off")
        self.refused(m.Hello, "1a05616263", "cut off")
        self.refused(m.AcceptOfferRequest, "08" + "ff" * 9 + "02", "64 bits")
        self.refused(m.AcceptOfferRequest, "08" + "ff" * 10 + "01", "64 bits")
        self.refused(m.AcceptOfferRequest, "0a0101", "wire type 2")
        self.refused(m.AcceptOfferRequest, "0d01000000", "wire type 5")
        self.refused(m.Hello, "1801", "wire type 0")
        self.refused(m.AcceptOfferRequest, "0001", "number 0")
        self.refused(m.AcceptOfferRequest, "7b7c", "wire type 3")
        self.refused(m.AcceptOfferRequest, "7c", "wire type 4")
        self.refused(m.AcceptOfferRequest, "7e", "wire type 6")
        self.refused(m.AcceptOfferRequest, "7f", "wire type 7")
        self.refused(m.Hello, "1a01ff", "UTF-8")
        self.refused(m.Hello, "1a03eda080", "UTF-8")
        self.refused(m.AcceptOfferRequest, "7d010000", "cut off")
        self.refused(m.AcceptOfferRequest, "7a05", "cut off")

    def test_a_varint_of_exactly_64_bits_is_taken(self) -> None:
        data = bytes.fromhex("08" + "ff" * 9 + "01")
        self.assertEqual(m.AcceptOfferRequest.decode(data).offer_id, 2**64 - 1)

    def test_unknown_fields_are_skipped_of_wire_types_0_1_2_and_5(self) -> None:  # KOD-3.3-1
        unknown = "7801" + "79" + "00" * 8 + "7a0101" + "7d" + "00" * 4 + "f8ffffff0f01"
        self.assertEqual(m.AcceptOfferRequest.decode(bytes.fromhex(unknown + "0807")).offer_id, 7)

    def test_numbers_are_taken_packed_and_unpacked_and_mixed(self) -> None:  # KOD-3.3-2
        data = bytes.fromhex("5801" + "5a020203" + "5804")
        self.assertEqual(m.AssisterStatus.decode(data).counties, [1, 2, 3, 4])

    def test_wide_numbers_are_cut_and_any_bool_but_zero_is_true(self) -> None:  # KOD-3.3-2
        self.assertEqual(m.Hello.decode(bytes.fromhex("088180808010")).minimum_version, 1)
        self.assertTrue(m.GoingAway.decode(bytes.fromhex("30808080808001")).permanent)

    def test_the_last_one_counts_and_messages_merge(self) -> None:  # KOD-3.3-2
        first = m.Welcome(version=1, limits=m.Limits(maximum_payload_bytes=5, ping_interval_ms=6))
        second = m.Welcome(version=2, limits=m.Limits(ping_interval_ms=7))
        merged = m.Welcome.decode(first.encode() + second.encode())
        self.assertEqual(merged.version, 2)
        self.assertEqual(merged.limits, m.Limits(maximum_payload_bytes=5, ping_interval_ms=7))

    def test_of_a_oneof_the_last_member_stands_and_the_same_member_merges(self) -> None:
        start = m.SubscribeItem(start=m.SubscriptionStart(epoch="a")).encode()
        more = m.SubscribeItem(start=m.SubscriptionStart(offset=3)).encode()
        end = m.SubscribeItem(state_end=m.StateEnd()).encode()
        self.assertEqual(m.SubscribeItem.decode(start + more).start, m.SubscriptionStart("a", 3))
        self.assertEqual(m.SubscribeItem.decode(start + end).which("item"), "state_end")
        self.assertIsNone(m.SubscribeItem.decode(start + end).start)

    def test_an_unknown_enum_number_is_kept_apart(self) -> None:  # KOD-3.3-3, KOD-10.2-2
        offer = m.Offer.decode(bytes.fromhex("5063"))
        self.assertEqual(int(offer.state), 99)
        self.assertFalse(offer.state.is_known)
        self.assertNotIn(offer.state, list(m.OfferState))
        self.assertEqual(offer.encode().hex(), "5063")
        self.assertEqual(offer.to_json(), {"state": 99})
        negative = m.Offer.decode(bytes.fromhex("50" + "ff" * 9 + "01"))
        self.assertEqual(int(negative.state), -1)
        self.assertEqual(negative.encode().hex(), "50" + "ff" * 9 + "01")

    def test_messages_may_be_nested_16_deep_and_no_deeper(self) -> None:
        # No message of kod.proto nests in itself: one made for this does.
        data = b""
        for _ in range(MAXIMUM_DEPTH - 1):
            data = b"\x0a" + _varint(len(data)) + data
        self.assertIsNotNone(Nest.decode(data).inner)
        with self.assertRaisesRegex(DecodeError, "deeper"):
            Nest.decode(b"\x0a" + _varint(len(data)) + data)

    def test_every_cut_of_a_sound_message_is_refused_or_is_another_sound_message(self) -> None:
        whole = m.Status(m.Code.ABORTED, m.Reason.OFFER_TAKEN, "no", [m.FieldViolation("a", "b")], 5).encode()
        for length in range(len(whole)):
            try:
                m.Status.decode(whole[:length]).encode()
            except DecodeError:
                continue


def _varint(value: int) -> bytes:
    out = bytearray()
    put_varint(out, value)
    return bytes(out)


@dataclass(slots=True, repr=False)
class Nest(Message):
    inner: Nest | None = None

    FIELDS: ClassVar[tuple[Field, ...]] = (Field(1, "inner", Kind.MESSAGE, of=lambda: Nest),)


class Encoding(unittest.TestCase):
    def test_fields_are_in_order_defaults_are_left_out_numbers_are_packed(self) -> None:  # KOD-3.3-4
        message = m.AssisterStatus(name="a", counties=[1, 300], languages=["", "b"], available=True)
        self.assertEqual(message.encode().hex(), "0a0161" + "2801" + "5200" + "520162" + "5a0301ac02")
        self.assertEqual(m.AssisterStatus().encode(), b"")

    def test_an_empty_message_that_is_set_is_written(self) -> None:
        self.assertEqual(m.SubscribeItem(state_end=m.StateEnd()).encode().hex(), "3200")

    def test_what_a_field_cannot_hold_is_refused(self) -> None:
        for message in (
            m.Hello(minimum_version=2**32),
            m.Hello(minimum_version=-1),
            m.AcceptOfferRequest(2**64),
            m.GetMetricsRequest(from_us=2**63),
            m.Hello(client="\ud800"),
        ):
            with self.assertRaises(EncodeError):
                message.encode()

    def test_the_bounds_of_each_number_survive(self) -> None:
        for value in (2**32 - 1, 1):
            self.assertEqual(m.Hello.decode(m.Hello(value).encode()).minimum_version, value)
        for instant in (-(2**63), -1, 2**63 - 1):
            request = m.GetMetricsRequest(from_us=instant)
            self.assertEqual(m.GetMetricsRequest.decode(request.encode()), request)


class Json(unittest.TestCase):
    def test_json_has_the_names_of_the_proto_and_leaves_defaults_out(self) -> None:
        message = m.SubmitReferralRequest(b"\x00\xff", help_type=m.HelpType.PLAN, county=21067)
        self.assertEqual(message.to_json(), {"idempotency_key": "AP8=", "help_type": "PLAN", "county": 21067})
        self.assertEqual(m.AcceptOfferRequest(2**60).to_json(), {"offer_id": str(2**60)})
        self.assertEqual(m.SubscribeItem(state_end=m.StateEnd()).to_json(), {"state_end": {}})

    def test_json_is_read_in_each_form_that_protobuf_allows(self) -> None:
        for data in (
            {"help_type": "PLAN", "county": 5, "idempotency_key": "AP8="},
            {"helpType": 2, "county": "5", "idempotencyKey": "AP8"},
            {"help_type": 2, "county": 5.0, "idempotency_key": "AP8=", "contact": None},
        ):
            read = m.SubmitReferralRequest.from_json(data)
            self.assertEqual(read, m.SubmitReferralRequest(b"\x00\xff", "", m.HelpType.PLAN, "", 5))

    def test_json_that_is_not_the_message_is_refused_with_its_path(self) -> None:
        for data, text in (
            ({"nonsense": 1}, "nonsense"),
            ({"county": -1}, "county"),
            ({"county": True}, "county"),
            ({"county": "1x"}, "county"),
            ({"county": 1.5}, "county"),
            ({"contact": []}, "contact: not an object"),
            ({"contact": {"name": 1}}, "contact.name"),
            ({"help_type": "SOMETHING"}, "SOMETHING"),
            ({"idempotency_key": "*"}, "base64"),
            ({"help_type": 1, "helpType": 1}, "twice"),
        ):
            with self.assertRaisesRegex(DecodeError, text):
                m.SubmitReferralRequest.from_json(data)
        with self.assertRaisesRegex(DecodeError, "another member"):
            m.SubscribeItem.from_json({"start": {}, "state_end": {}})


class Secrets(unittest.TestCase):
    def test_no_repr_shows_a_token_or_what_is_personal(self) -> None:  # KOD-11.1-1, KOD-11.3-1
        shown = repr(
            [
                m.Hello(token="kod1.secret"),
                m.RenewedCredential("kod1.secret", 5),
                m.RefreshSessionRequest("kod1.secret"),
                m.Assignment(contact=m.Contact("secret", "secret", "secret")),
            ]
        )
        self.assertNotIn("secret", shown)
        self.assertIn("token=...", shown)
