from __future__ import annotations

import unittest

from kod_client import generate
from kod_client.messages import METHODS, REASONS, Code, Reason, Role

from .support import PROTOCOL


class Generated(unittest.TestCase):
    def test_the_generated_files_are_what_the_generator_makes_of_kod_proto_today(self) -> None:
        for name, text in generate.generated((PROTOCOL / "kod.proto").read_text()).items():
            self.assertEqual((generate.HERE / name).read_text(), text, name)

    def test_the_method_table_is_that_of_methods_md(self) -> None:
        rows = {}
        for line in (PROTOCOL / "METHODS.md").read_text().splitlines():
            if line.startswith("| `0x"):
                number, name, messages, roles, _ = (cell.strip() for cell in line.strip("|").split("|", 4))
                rows[name.strip("`")] = (number.strip("`"), messages.replace("`", ""), roles)
        self.assertEqual(set(rows), set(METHODS))
        for name, (number, messages, roles) in rows.items():
            method = METHODS[name]
            arrow = " → stream of " if method.stream else " → "
            self.assertEqual(int(number, 16), method.number, name)
            self.assertEqual(messages, method.request.__name__ + arrow + method.response.__name__)
            self.assertEqual({Role[role] for role in roles.split(", ")}, set(method.roles), name)

    def test_the_reasons_are_those_of_errors_md(self) -> None:
        rows = {}
        for line in (PROTOCOL / "ERRORS.md").read_text().split("## 8.3")[1].splitlines():
            cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
            if cells[0].isdigit():
                rows[Reason(int(cells[0]))] = (cells[1], Code[cells[2]], cells[3] == "yes")
        self.assertEqual({reason: row[1:] for reason, row in rows.items()}, REASONS)
        self.assertTrue(all(reason.name == row[0] for reason, row in rows.items()))

    def test_what_the_generator_does_not_know_is_an_error(self) -> None:
        for text in (
            "message A { float x = 1; }",
            "union A {}",
            "message A { oneof b { uint32 c = 1; } }",
            "message A { map<string, string> x = 1; }",
            "message A { uint32 x = 1;",
        ):
            with self.assertRaises(generate.ProtoError):
                generate.generated(text + "\nenum Reason { R = 0; }")
