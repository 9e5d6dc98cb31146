"""What the fuzzer begins with beside its corpus: the golden vectors in the shape of each target's inputs, and words made from
Protocol/kod.proto for its dictionaries."""

import functools
import json
import pathlib
import re

PROTOCOL = pathlib.Path("Protocol")
REQUEST = 3
NUMBERS = ("bool", "int32", "int64", "uint32", "uint64")
ROLES = ["ASSISTER", "INTAKE_PARTNER", "SUPERVISOR", "OPERATOR", "AUDITOR", "NOTIFIER"]


@functools.cache
def proto():
    text = (PROTOCOL / "kod.proto").read_text()
    return "\n".join(line.split("//")[0] for line in text.splitlines())


def messages():
    """Name and field numbers."""
    for name, body in re.findall(r"^message (\w+) \{(.*?)(?=^(?:message|enum|service) )", proto() + "\nenum ", re.M | re.S):
        yield name, [(kind, int(number)) for kind, number in re.findall(r"([\w.]+) \w+ = (\d+)", body)]


def methods():
    """Name of the request, number, roles."""
    pattern = r"rpc \w+\((\w+)\) returns \((?:stream )?\w+\) \{(.*?)\n  \}"
    for request, options in re.findall(pattern, proto(), re.S):
        number = re.search(r"\(method_number\) = (\w+)", options)
        yield request, int(number[1], 0), [role for role in ROLES if re.search(rf"\b{role}\b", options)]


def key(name):
    """As in Tests/Fuzz/Catalogue.swift."""
    value = 2166136261
    for byte in name.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return ((value >> 16 ^ value) & 0xFFFF).to_bytes(2, "big")


@functools.cache
def vectors():
    """Every "hex" of the vectors: of messages by name, and of frames with who sends them; and the JSON of messages."""
    payloads, texts, frames = {}, {}, []
    for path in sorted((PROTOCOL / "vectors/messages").glob("*.json")):
        content = json.loads(path.read_text())
        cases = content["good"] + content["malformed"]
        payloads[content["message"]] = [bytes.fromhex(case["hex"]) for case in cases if "hex" in case]
        texts[content["message"]] = [json.dumps(case["json"]) for case in content["good"] if "json" in case]
    def walk(value):
        if isinstance(value, dict):
            if "hex" in value:
                frames.append((value.get("from", ""), bytes.fromhex(value["hex"])))
            value = list(value.values())
        if isinstance(value, list):
            for member in value:
                walk(member)
    walk(json.loads((PROTOCOL / "vectors/frames.json").read_text()))
    return payloads, texts, frames


# MARK: inputs


def seeds(target):
    return {"frame": frame_seeds, "codec": codec_seeds, "session": session_seeds, "client": client_seeds, "schema": schema_seeds}[target]()


def frame_seeds():
    frames = [frame for _, frame in vectors()[2]]
    whole = b"".join(frames)[:1500]
    return [bytes([0, plan]) + data for plan in (0, 1, 2) for data in [*frames, whole]]


def codec_seeds():
    found = [key(name) + payload for name, payloads in vectors()[0].items() for payload in payloads]
    # Many elements with nothing in them: what takes the most memory for its bytes.
    for name, fields in messages():
        found += [key(name) + (varint(number << 3 | 2) + b"\0") * 65 for kind, number in fields if kind not in NUMBERS]
    return found


def chunk(data):
    return bytes([len(data)]) + data


def session_seeds():
    hello = bytes([2, 0])
    found = []
    for request, number, roles in methods():
        payloads = [payload for payload in vectors()[0].get(request, []) if len(payload) < 255]
        # The fullest ones, and some of the rest: what is judged is the fields.
        chosen = sorted(payloads, key=len)[-12:] + payloads[:12]
        for payload in chosen:
            for role in roles[:1]:
                frame = bytes([1, REQUEST, 0]) + number.to_bytes(2, "big") + bytes([0]) + chunk(payload) + bytes([0])
                found.append(bytes([0]) + hello + bytes([4, ROLES.index(role)]) + frame + bytes([5, 0, 0]))
    for sender, frame in vectors()[2]:
        if sender != "server" and len(frame) < 256:
            raw = bytes([0]) + chunk(frame) + bytes([1])
            found += [bytes([0]) + raw, bytes([1]) + hello + bytes([4, 0]) + raw + raw]
    return found


def client_seeds():
    machine = bytes([0, 0, 14, 8, 1, 5, 0])
    subscribed = machine + bytes([13, 0, 2, 0, 1, 5, 2, 2, 1, 0, 2, 3, 1, 6, 2, 3, 1, 7, 2, 6, 1, 8, 1])
    called = machine + bytes([9, 3, 0, 39, 16, 9, 4, 1, 39, 16])
    streaming = machine + bytes([11, 0, 11, 1, 2, 15, 1, 0])
    found = [machine, subscribed, called, streaming, subscribed + called[2:] + streaming[2:]]
    for sender, frame in vectors()[2]:
        if sender != "client" and len(frame) < 256:
            raw = bytes([0]) + chunk(frame) + bytes([1])
            found += [start + raw for start in (machine, subscribed, called, bytes([1]), bytes([1, 4, 0, 5, 1, 5, 0]))]
    return found


def schema_seeds():
    text = (PROTOCOL / "kod.proto").read_text()
    head = text[: text.index("// -----")]
    parts = re.split(r"\n(?=message |enum |service )", text)
    found = [b"\0" + (head + part).encode() for part in parts ][:60]
    for name, texts in vectors()[1].items():
        for text in texts[-3:]:
            found += [b"\1" + text.encode(), b"\2" + key(name) + text.encode()]
    return [data for data in found if len(data) < 1536]


# MARK: words


def varint(value):
    data = b""
    while value >= 0x80:
        data += bytes([value & 0x7F | 0x80])
        value >>= 7
    return data + bytes([value])


def words(target):
    if target == "schema":
        found = re.findall(r"[a-z_]{4,}|\"[^\"\n]{1,20}\"", proto())
        return sorted({word.encode() for word in found})[:400]
    found = {b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", b"\xff\xff\xff\xff\x0f", b"\xc3\x28", b"\x00\x01\x00\x01"}
    numbers = {}
    for name, fields in messages():
        for kind, number in fields:
            numbers[varint(number << 3 | (0 if kind in NUMBERS else 2))] = number
        if target == "codec":
            found.add(key(name))
    found |= set(numbers)
    if target == "session":
        found |= {bytes([1, REQUEST, 0]) + number.to_bytes(2, "big") for _, number, _ in methods()}
    if target in ("frame", "client"):
        found |= {bytes([0, 0, 0, length, kind, 0, 0, 0, 0, 0, 0, 1]) for kind in range(1, 12) for length in (0, 2, 32)}
    return sorted(found)
