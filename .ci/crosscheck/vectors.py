"""Reads Protocol/vectors with Google's protobuf: the same bytes must mean the same JSON, and be refused likewise."""

import json
import pathlib

from google.protobuf import json_format
from google.protobuf import message as m

# How a payload is found in a frame.
HEADER_BYTES = 16


def check_vectors(folder, classes, tally):
    """Checks every file; `classes` are message classes by short name. Returns how many vectors there were."""
    folder = pathlib.Path(folder)
    names = {path.stem for path in (folder / "messages").glob("*.json")}
    tally.check(names == set(classes), f"vectors: files and messages differ in {names ^ set(classes)}")
    count = 0
    for name in sorted(names & set(classes)):
        vectors = json.loads((folder / "messages" / f"{name}.json").read_text())
        tally.check(vectors["message"] == name, f"{name}.json says it is of {vectors['message']}")
        for vector in vectors["good"]:
            check_good(name, classes[name], bytes.fromhex(vector["hex"]), vector, tally)
        for vector in vectors["malformed"]:
            check_malformed(name, classes[name], vector, tally)
        count += len(vectors["good"]) + len(vectors["malformed"])
    for vector in json.loads((folder / "frames.json").read_text())["good"]:
        frame = frame_bytes(vector)
        length = int.from_bytes(frame[:4], "big")
        tally.check(length == len(frame) - HEADER_BYTES, f"{vector['name']}: length {length}")
        if "message" in vector:
            payload, expected = frame[HEADER_BYTES:], dict(vector, json=expanded(vector["json"]))
            check_good(vector["name"], classes[vector["message"]], payload, expected, tally)
        count += 1
    return count


def check_good(title, cls, data, vector, tally):
    title = f"{title}, {vector['name']}"
    message = cls()
    try:
        message.ParseFromString(data)
    except m.DecodeError as error:
        tally.check(False, f"{title}: Google refuses {data.hex()}: {error}")
        return
    # As text: the order of the fields counts, too.
    theirs = json.dumps(json_format.MessageToDict(message, preserving_proto_field_name=True))
    ours = json.dumps(vector["json"])
    tally.check(theirs == ours, f"{title}: {ours} is {theirs} to Google")
    again = json_format.ParseDict(vector["json"], cls())
    message.DiscardUnknownFields()
    encoded = again.SerializeToString(deterministic=True)
    tally.check(encoded == message.SerializeToString(deterministic=True), f"{title}: Google writes {encoded.hex()}")
    if vector.get("canonical", True):
        tally.check(encoded == data, f"{title}: not canonical to Google, which writes {encoded.hex()}")


def check_malformed(name, cls, vector, tally):
    try:
        cls().ParseFromString(bytes.fromhex(vector["hex"]))
        accepted = True
    except m.DecodeError:
        accepted = False
    stricter = vector.get("stricter", False)
    tally.check(
        accepted == stricter,
        f"{name}, {vector['name']}: Google {'accepts' if accepted else 'refuses'} {vector['hex']},"
        f" which is{'' if stricter else ' not'} marked stricter")


def frame_bytes(vector):
    if "repeat" not in vector:
        return bytes.fromhex(vector["hex"])
    repeat = vector["repeat"]
    return bytes.fromhex(vector["hex_head"]) + bytes.fromhex(repeat["byte"]) * repeat["count"]


def expanded(value):
    """{"$repeat": ["x", 3]} is the text "xxx"."""
    if isinstance(value, dict):
        if "$repeat" in value:
            text, count = value["$repeat"]
            return text * count
        return {key: expanded(inner) for key, inner in value.items()}
    return [expanded(inner) for inner in value] if isinstance(value, list) else value
