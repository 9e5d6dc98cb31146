"""Compares the Swift codec and tables with Google's protobuf. Run by ./run; deterministic (fixed seed)."""

import random
import struct
import subprocess
import sys

import kod_pb2
from google.protobuf import descriptor as d
from google.protobuf import message as m
from google.protobuf import message_factory

import vectors

RANDOM_PER_MESSAGE = 200
MERGES_PER_MESSAGE = 50
DAMAGED_PER_MESSAGE = 400

FILE = kod_pb2.DESCRIPTOR
RNG = random.Random(20240229)

INTEGERS = {
    d.FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
    d.FieldDescriptor.TYPE_UINT64: (0, 2**64 - 1),
    d.FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
    d.FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
}
# Also numbers that no enum of this version has, and a negative one.
ENUM_EXTRAS = [-1, -(2**31), 2**31 - 1, 77]
TEXTS = ["", "a", "Añjā", "電話", "🙂🙃", "\x00", "\ufeff", "\uffff", "x" * 127, "y" * 128, "é" * 9000]


class Tally:
    def __init__(self):
        self.passed = 0
        self.failures = []

    def check(self, condition, text):
        if condition:
            self.passed += 1
        else:
            self.failures.append(text)


def message_class(descriptor):
    return message_factory.GetMessageClass(descriptor)


def canonical(message):
    return message.SerializeToString(deterministic=True)


def repeated(field):
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED


# --- values ------------------------------------------------------------------------------------


def random_scalar(field):
    if field.type in INTEGERS:
        low, high = INTEGERS[field.type]
        bits = RNG.choice([0, 1, 7, 8, 14, 21, 28, 31, 32, 35, 49, 56, 62, 63, 64])
        value = RNG.getrandbits(bits) if bits else 0
        return max(low, min(high, -value if low < 0 and RNG.random() < 0.4 else value))
    if field.type == field.TYPE_BOOL:
        return RNG.random() < 0.5
    if field.type == field.TYPE_STRING:
        return RNG.choice(TEXTS[:-1]) if RNG.random() < 0.98 else TEXTS[-1]
    if field.type == field.TYPE_BYTES:
        return RNG.randbytes(RNG.choice([0, 1, 16, 127, 128, 300]))
    if field.type == field.TYPE_ENUM:
        return RNG.choice([v.number for v in field.enum_type.values] + ENUM_EXTRAS)
    raise AssertionError(f"kind of {field.full_name} not covered")


def extreme_scalar(field, high):
    if field.type in INTEGERS:
        return INTEGERS[field.type][1 if high else 0]
    if field.type == field.TYPE_BOOL:
        return True
    if field.type == field.TYPE_STRING:
        return TEXTS[-1] if high else "\x00"
    if field.type == field.TYPE_BYTES:
        return b"\xff" * (70_000 if high else 1)
    if field.type == field.TYPE_ENUM:
        return 2**31 - 1 if high else -(2**31)
    raise AssertionError(f"kind of {field.full_name} not covered")


def fill(message, scalar, wanted, count):
    """Sets each field for which wanted(field) says so; of a oneof, the last one set remains."""
    fields = list(message.DESCRIPTOR.fields)
    RNG.shuffle(fields)
    for field in fields:
        if not wanted(field):
            continue
        if field.type == field.TYPE_MESSAGE:
            if repeated(field):
                for _ in range(count()):
                    fill(getattr(message, field.name).add(), scalar, wanted, count)
            else:
                part = getattr(message, field.name)
                part.SetInParent()
                fill(part, scalar, wanted, count)
        elif repeated(field):
            getattr(message, field.name).extend(scalar(field) for _ in range(count()))
        else:
            setattr(message, field.name, scalar(field))
    return message


def samples(cls):
    """Messages of one type: empty, each field alone at both extremes, all fields, random."""
    yield cls()
    always = lambda field: True
    for high in (False, True):
        extreme = lambda field: extreme_scalar(field, high)
        for only in cls.DESCRIPTOR.fields:
            top = cls.DESCRIPTOR.full_name
            wanted = lambda field: field.containing_type.full_name != top or field.number == only.number
            yield fill(cls(), extreme, wanted, lambda: 3)
        yield fill(cls(), extreme, always, lambda: 2)
    for _ in range(RANDOM_PER_MESSAGE):
        share = RNG.random()
        yield fill(cls(), random_scalar, lambda field: RNG.random() < share, lambda: RNG.choice([0, 1, 2, 5, 40]))


def damage(data):
    data = bytearray(data)
    for _ in range(RNG.choice([1, 1, 1, 2, 3])):
        kind = RNG.randrange(4)
        at = RNG.randrange(len(data) + 1)
        if kind == 0 and data:
            data[at % len(data)] = RNG.randrange(256)
        elif kind == 1:
            del data[at:]
        elif kind == 2:
            data[at:at] = RNG.randbytes(RNG.choice([1, 2, 3]))
        elif data:
            data[at % len(data)] ^= 1 << RNG.randrange(8)
    return bytes(data)


# --- the Swift side -----------------------------------------------------------------------------


def swift(check, cases):
    """Sends (name, bytes) pairs through kod-wire-check; returns (ok, bytes) for each."""
    stream = bytearray()
    for name, data in cases:
        for part in (name.encode(), data):
            stream += struct.pack(">I", len(part)) + part
    result = subprocess.run([check], input=bytes(stream), stdout=subprocess.PIPE, check=True).stdout
    answers, at = [], 0
    while at < len(result):
        ok, length = struct.unpack_from(">BI", result, at)
        answers.append((ok == 0, result[at + 5 : at + 5 + length]))
        at += 5 + length
    assert len(answers) == len(cases), "kod-wire-check did not answer every case"
    return answers


# --- checks -------------------------------------------------------------------------------------


def check_messages(check, tally):
    """Google's encoding decodes in Swift and comes back identical, and Google reads it as an equal message."""
    cases = []
    for descriptor in FILE.message_types_by_name.values():
        cls = message_class(descriptor)
        cases += [(descriptor.full_name, message, canonical(message)) for message in samples(cls)]
    answers = swift(check, [(name, data) for name, _, data in cases])
    for (name, message, data), (ok, returned) in zip(cases, answers):
        if not ok:
            tally.check(False, f"{name}: Swift refused {data.hex()}: {returned.decode()}")
            continue
        again = type(message)()
        again.ParseFromString(returned)
        same = returned == data and again == message
        tally.check(same, f"{name}: {data.hex()} came back as {returned.hex()}")
    return cases


def check_merges(check, tally, cases):
    """Two encodings of a type in a row are one message in which the second is merged over the first."""
    by_name = {}
    for name, _, data in cases:
        by_name.setdefault(name, []).append(data)
    pairs = []
    for name, encodings in by_name.items():
        for _ in range(MERGES_PER_MESSAGE):
            pairs.append((name, RNG.choice(encodings) + RNG.choice(encodings)))
    for (name, data), (ok, returned) in zip(pairs, swift(check, pairs)):
        merged = message_class(FILE.message_types_by_name[name.split(".")[-1]])()
        merged.ParseFromString(data)
        tally.check(ok and returned == canonical(merged), f"{name}: merge of {data.hex()} differs")


def check_unpacked(check, tally):
    """Repeated numbers one by one, as an old encoder writes them, mean the same as packed ones."""
    cases = []
    for descriptor in FILE.message_types_by_name.values():
        for field in descriptor.fields:
            if repeated(field) and field.type in INTEGERS:
                values = [1, 300, 2**31]
                message = message_class(descriptor)()
                getattr(message, field.name).extend(values)
                unpacked = b"".join(varint(field.number << 3) + varint(v) for v in values)
                cases.append((descriptor.full_name, unpacked, canonical(message)))
    answers = swift(check, [(name, data) for name, data, _ in cases])
    for (name, data, expected), (ok, returned) in zip(cases, answers):
        tally.check(ok and returned == expected, f"{name}: unpacked {data.hex()} differs")


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def check_damage(check, tally, cases):
    """What Swift takes of damaged bytes, Google takes too and reads as the same message."""
    damaged = []
    by_name = {}
    for name, _, data in cases:
        if len(data) < 400:
            by_name.setdefault(name, []).append(data)
    for name, encodings in by_name.items():
        damaged += [(name, damage(RNG.choice(encodings))) for _ in range(DAMAGED_PER_MESSAGE)]
    accepted = 0
    for (name, data), (ok, returned) in zip(damaged, swift(check, damaged)):
        if not ok:
            tally.check(returned.decode().split(" at byte ")[-1].isdigit(), f"{name}: {returned!r}")
            continue
        accepted += 1
        message = message_class(FILE.message_types_by_name[name.split(".")[-1]])()
        try:
            message.ParseFromString(data)
        except m.DecodeError as error:
            tally.check(False, f"{name}: Swift takes {data.hex()}, Google does not: {error}")
            continue
        message.DiscardUnknownFields()
        same = returned == canonical(message)
        tally.check(same, f"{name}: {data.hex()} is {returned.hex()} to Swift, {canonical(message).hex()} to Google")
    tally.check(accepted > 100, "hardly any damaged message was accepted: the check checks nothing")
    return accepted, len(damaged)


def google_tables():
    """What Google's parser reads from kod.proto, in the lines of kod-wire-check --tables."""
    lines = [f"message {t.full_name}" for t in FILE.message_types_by_name.values()]
    roles = FILE.enum_types_by_name["Role"].values_by_number
    codes = FILE.enum_types_by_name["Code"].values_by_number
    for service in FILE.services_by_name.values():
        for method in service.methods:
            options = method.GetOptions()
            allowed = ",".join(roles[r].name for r in options.Extensions[kod_pb2.allow])
            kind = "stream" if method.server_streaming else "unary"
            assert not method.client_streaming
            lines.append(
                f"method {options.Extensions[kod_pb2.method_number]} {service.full_name}/{method.name}"
                f" {method.input_type.full_name} {method.output_type.full_name} {kind} {allowed}")
    for value in FILE.enum_types_by_name["Reason"].values:
        options = value.GetOptions()
        has_code = options.HasExtension(kod_pb2.code)
        code = codes[options.Extensions[kod_pb2.code]].name if has_code else "UNKNOWN"
        retriable = "true" if options.Extensions[kod_pb2.retriable] else "false"
        lines.append(f"reason {value.number} {value.name} {code} {retriable}")
    for enum in FILE.enum_types_by_name.values():
        lines += [f"value {enum.name} {v.number} {v.name}" for v in enum.values]
    return lines


def check_tables(check, tally):
    ours = subprocess.run([check, "--tables"], stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()
    google = google_tables()
    for line in google:
        tally.check(line in ours, f"table: Google has '{line}', Swift does not")
    for line in ours:
        tally.check(line in google, f"table: Swift has '{line}', Google does not")
    tally.check(len(ours) == len(set(ours)), "table: a line comes twice")


def main():
    check, folder = sys.argv[1:]
    tally = Tally()
    check_tables(check, tally)
    cases = check_messages(check, tally)
    check_merges(check, tally, cases)
    check_unpacked(check, tally)
    accepted, total = check_damage(check, tally, cases)
    classes = {name: message_class(descriptor) for name, descriptor in FILE.message_types_by_name.items()}
    golden = vectors.check_vectors(folder, classes, tally)
    for failure in tally.failures[:20]:
        print(failure[:600])
    print(f"{len(FILE.message_types_by_name)} messages, {len(cases)} encodings; damaged: {accepted} of {total} accepted; "
          f"{golden} golden vectors")
    print(f"{tally.passed} passed, {len(tally.failures)} failed")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
