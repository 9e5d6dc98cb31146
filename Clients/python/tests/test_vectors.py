"""The codec against the golden vectors of Protocol/vectors/messages, as vectors/README.md says."""

from __future__ import annotations

import json
import unittest
from collections.abc import Iterator
from typing import Any

from kod_client import messages as m
from kod_client.wire import DecodeError, Message

from .support import PROTOCOL


def files() -> Iterator[tuple[type[Message], dict[str, Any]]]:
    for path in sorted((PROTOCOL / "vectors" / "messages").glob("*.json")):
        file = json.loads(path.read_text())
        yield getattr(m, file["message"]), file


class Vectors(unittest.TestCase):
    def test_there_is_a_file_for_every_message(self) -> None:
        made = {kind for kind in vars(m).values() if isinstance(kind, type) and issubclass(kind, Message)}
        self.assertEqual({kind for kind, _ in files()}, made - {Message})

    def test_good_ones_decode_to_their_json_and_encode_to_their_bytes(self) -> None:
        for kind, file in files():
            for vector in file["good"]:
                with self.subTest(f"{kind.__name__}: {vector['name']}"):
                    message = kind.decode(bytes.fromhex(vector["hex"]))
                    self.assertEqual(message.to_json(), vector["json"])
                    self.assertEqual(kind.from_json(vector["json"]), message)
                    if vector.get("canonical", True):
                        self.assertEqual(message.encode().hex(), vector["hex"])

    def test_malformed_ones_do_not_decode(self) -> None:
        for kind, file in files():
            for vector in file["malformed"]:
                with self.subTest(f"{kind.__name__}: {vector['name']}"):
                    with self.assertRaises(DecodeError):
                        kind.decode(bytes.fromhex(vector["hex"]))

    def test_the_methods_of_a_request_are_those_of_the_table(self) -> None:
        for kind, file in files():
            methods = {name for name, method in m.METHODS.items() if method.request is kind}
            self.assertEqual(set(file.get("methods", [])), methods)
