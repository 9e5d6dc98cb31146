from __future__ import annotations

import json
import re
import unittest

from kod_client import messages as m
from kod_client.frames import Frame, FrameReader, FrameTooLong
from kod_client.messages import FrameType

from .support import PROTOCOL


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


@unittest.skipUnless((PROTOCOL / "vectors" / "frames.json").exists(), "the vectors are not there yet")
class Vectors(unittest.TestCase):
    def test_the_frame_vectors_are_there_to_be_read(self) -> None:
        self.assertTrue(json.loads((PROTOCOL / "vectors" / "frames.json").read_text()))
