from __future__ import annotations

import json
import re
import unittest
from typing import Any

from kod_client import messages as m
from kod_client.frames import Frame, FrameReader, FrameTooLong
from kod_client.messages import FrameType
from kod_client.session import State

from .support import PROTOCOL, Driver


def examples() -> dict[str, bytes]:
    """The dumps of FRAMES.md 3.4 by name."""
    text = (PROTOCOL / "FRAMES.md").read_text()
    found = {}
    for name, dump in re.findall(r"<!-- example: (\w+) -->\n```\n(.*?)```", text, re.DOTALL):
        lines = [line[6:54].strip() for line in dump.splitlines()]
        found[name] = bytes.fromhex("".join(lines))
    return found


class Frames(unittest.TestCase):
    def test_the_examples_of_the_specification_are_what_we_write(self) -> None:  # chapter 3.4
        hello = m.Hello(1, 1, "kod1.example", "example 1.0")
        request = m.AcceptOfferRequest(300)
        taken = m.Status(
            m.Code.ABORTED,
            m.Reason.OFFER_TAKEN,
            "another assister accepted first",
            taken_at_us=1767261599500000,
        )
        ours = {
            "HELLO": Frame(FrameType.HELLO, payload=hello.encode()),
            "REQUEST": Frame(FrameType.REQUEST, 1, 0x0204, 5000, request.encode()),
            "STATUS": Frame(FrameType.STATUS, 1, payload=taken.encode()),
        }
        theirs = examples()
        for name, frame in ours.items():
            self.assertEqual(frame.encode().hex(), theirs[name].hex(), name)

    def test_the_examples_of_the_specification_are_read(self) -> None:
        reader = FrameReader()
        reader.feed(examples()["RESPONSE"])
        frame = reader.next()
        assert frame is not None
        assignment = m.Assignment.decode(frame.payload)
        self.assertEqual((frame.type, frame.call), (FrameType.RESPONSE, 1))
        self.assertEqual((assignment.referral_id, assignment.offer_id, assignment.county), (41, 300, 21067))
        self.assertEqual(assignment.contact, m.Contact("Ana", "+15025550100"))
        self.assertEqual(assignment.encode(), frame.payload)

    def test_every_example_is_one_whole_frame_that_we_write_alike(self) -> None:
        for name, data in examples().items():
            reader = FrameReader()
            reader.feed(data)
            frame = reader.next()
            if data:  # the page is being written: an example without bytes says nothing
                assert frame is not None
                self.assertEqual((frame.type, frame.encode()), (FrameType[name], data))

    def test_frames_come_in_pieces_of_any_size_and_many_at_once(self) -> None:  # KOD-3.1-4
        frames = [Frame(FrameType.PING, payload=bytes(size)) for size in (0, 1, 31, 32)]
        data = b"".join(frame.encode() for frame in frames)
        for size in (1, 2, 15, 16, 17, len(data)):
            reader = FrameReader()
            taken = []
            for at in range(0, len(data), size):
                reader.feed(data[at : at + size])
                while (frame := reader.next()) is not None:
                    taken.append(frame)
            self.assertEqual(taken, frames, size)

    def test_a_length_is_judged_by_the_header_alone(self) -> None:  # KOD-3.1-5, KOD-3.1-7
        at_the_limit = Frame(FrameType.ITEM, 1, payload=bytes(65_536)).encode()
        reader = FrameReader()
        reader.feed(at_the_limit)
        self.assertIsNotNone(reader.next())
        reader.feed(bytes.fromhex("00010001") + bytes(11))
        self.assertIsNone(reader.next())
        reader.feed(b"\0")
        with self.assertRaises(FrameTooLong):
            reader.next()


def vector_bytes(vector: dict[str, Any]) -> bytes:
    if "hex" in vector:
        return bytes.fromhex(str(vector["hex"]))
    repeat = vector["repeat"]
    return bytes.fromhex(vector["hex_head"]) + bytes.fromhex(repeat["byte"]) * int(repeat["count"])


def expanded(value: Any) -> Any:
    """JSON with `{"$repeat": [text, times]}` written out."""
    if isinstance(value, dict) and "$repeat" in value:
        text, times = value["$repeat"]
        return str(text) * int(times)
    if isinstance(value, dict):
        return {name: expanded(item) for name, item in value.items()}
    return [expanded(item) for item in value] if isinstance(value, list) else value


class Vectors(unittest.TestCase):
    """The golden vectors of Protocol/vectors/frames.json."""

    def test_every_good_frame_is_read_and_written(self) -> None:
        vectors = json.loads((PROTOCOL / "vectors" / "frames.json").read_text())["good"]
        self.assertGreater(len(vectors), 30)
        for vector in vectors:
            with self.subTest(vector["name"]):
                data = vector_bytes(vector)
                reader = FrameReader()
                reader.feed(data)
                frame = reader.next()
                assert frame is not None
                kind = vector["type"]
                self.assertEqual(frame.type, FrameType[kind] if isinstance(kind, str) else kind)
                for name in ("flags", "method", "call", "timeout"):
                    self.assertEqual(getattr(frame, name), vector[name])
                self.assertEqual(frame.encode(), data)
                if "message" in vector:
                    message = getattr(m, vector["message"]).decode(frame.payload)
                    self.assertEqual(message.to_json(), expanded(vector["json"]))
                    self.assertEqual(message.encode(), frame.payload)
                elif "payload" in vector:
                    self.assertEqual(frame.payload.hex(), vector["payload"])

    def test_every_frame_of_a_server_is_taken_by_the_session(self) -> None:
        for vector in json.loads((PROTOCOL / "vectors" / "frames.json").read_text())["good"]:
            if vector["from"] == "server" and vector["type"] != "WELCOME":
                with self.subTest(vector["name"]):
                    driver = Driver()
                    driver.open()
                    # As if the calls up to this one had been made and answered.
                    driver.machine._next_id = max(1, vector["call"] + 1)
                    driver.machine.received(vector_bytes(vector), driver.now)
                    gone = vector["type"] == "GOING_AWAY"
                    self.assertEqual(driver.machine.state is State.OPEN, not gone)
