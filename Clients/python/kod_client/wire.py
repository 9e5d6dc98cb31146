"""Protobuf's wire format and its JSON mapping, as strict and as lenient as chapter 3.3 asks for.

Messages are dataclasses that `generate.py` writes from `kod.proto`. Each has a table of its fields;
what is here walks these tables.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any, ClassVar, TypeVar

MAXIMUM_DEPTH = 16
"""How deep messages may be nested, the outermost included."""
HIGHEST_FIELD_NUMBER = 2**29 - 1


class DecodeError(ValueError):
    """Bytes or JSON that are not the message they should be. The text says where and why."""


class EncodeError(ValueError):
    """A field holds what its type cannot: a number out of range, text that is not Unicode."""


class Kind(Enum):
    """The types that fields of `kod.proto` have."""

    UINT32 = "uint32"
    UINT64 = "uint64"
    INT32 = "int32"
    INT64 = "int64"
    BOOL = "bool"
    STRING = "string"
    BYTES = "bytes"
    ENUM = "enum"
    MESSAGE = "message"

    @property
    def is_varint(self) -> bool:
        return self not in (Kind.STRING, Kind.BYTES, Kind.MESSAGE)


RANGES = {
    Kind.UINT32: (0, 2**32 - 1),
    Kind.UINT64: (0, 2**64 - 1),
    Kind.INT32: (-(2**31), 2**31 - 1),
    Kind.INT64: (-(2**63), 2**63 - 1),
    Kind.ENUM: (-(2**31), 2**31 - 1),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message. `of` gives the type of an enum or a message (late, since they refer to each other)."""

    number: int
    name: str
    kind: Kind
    repeated: bool = False
    of: Callable[[], Any] | None = None
    oneof: str = ""


class OpenEnum(IntEnum):
    """An enum that keeps numbers it does not know (KOD-3.3-3): they are instances without a name of their own."""

    @classmethod
    def _missing_(cls, value: object) -> OpenEnum | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        stranger = int.__new__(cls, value)
        stranger._name_ = f"UNKNOWN_{value}"
        stranger._value_ = value
        return stranger

    @property
    def is_known(self) -> bool:
        return self._value_ in type(self)._value2member_map_


M = TypeVar("M", bound="Message")


@dataclass(slots=True, repr=False)
class Message:
    """The base of all generated messages."""

    FIELDS: ClassVar[tuple[Field, ...]] = ()

    def __repr__(self) -> str:
        """What is set; never a token or what is personal, so that it may be logged (KOD-11.1-1, KOD-11.3-1)."""
        shown = []
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value and not field.repr:
                shown.append(f"{field.name}=...")
            elif value or isinstance(value, Message):
                text = value.name if isinstance(value, OpenEnum) else repr(value)
                shown.append(f"{field.name}={text}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def encode(self) -> bytes:
        """The bytes in proto3's usual form: by field number, defaults left out, numbers packed (KOD-3.3-4)."""
        out = bytearray()
        for field in self.FIELDS:
            _encode_field(out, field, getattr(self, field.name))
        return bytes(out)

    @classmethod
    def decode(cls: type[M], data: bytes) -> M:
        """Reads a payload. Throws `DecodeError` for everything that chapter 3.3 calls *does not decode*."""
        message = cls()
        _merge(message, memoryview(data), 1)
        return message

    def to_json(self) -> dict[str, Any]:
        """Protobuf's JSON with the field names of `kod.proto`; defaults are left out."""
        out: dict[str, Any] = {}
        for field in self.FIELDS:
            value = getattr(self, field.name)
            if field.repeated:
                if value:
                    out[field.name] = [_value_to_json(field, item) for item in value]
            elif field.kind is Kind.MESSAGE:
                if value is not None:
                    out[field.name] = value.to_json()
            elif value:
                out[field.name] = _value_to_json(field, value)
        return out

    @classmethod
    def from_json(cls: type[M], data: object) -> M:
        """Reads protobuf's JSON. Throws `DecodeError` for unknown fields and wrong values."""
        return _from_json(cls, data, cls.__name__)

    def which(self, oneof: str) -> str | None:
        """The name of the member of this `oneof` that is set; nothing if none is, or one that we do not know."""
        for field in self.FIELDS:
            if field.oneof == oneof and getattr(self, field.name) is not None:
                return field.name
        return None

    def copy(self: M, **changes: Any) -> M:
        """The same message with other values in some fields."""
        return dataclasses.replace(self, **changes)


_BY_NUMBER: dict[type[Any], dict[int, Field]] = {}
_BY_JSON_NAME: dict[type[Any], dict[str, Field]] = {}


def fields_by_number(message: type[Message]) -> dict[int, Field]:
    table = _BY_NUMBER.get(message)
    if table is None:
        table = _BY_NUMBER[message] = {field.number: field for field in message.FIELDS}
    return table


def fields_by_json_name(message: type[Message]) -> dict[str, Field]:
    """Fields by their names in `kod.proto`, and by protobuf's JSON names (lowerCamelCase), which readers take too."""
    table = _BY_JSON_NAME.get(message)
    if table is None:
        table = {}
        for field in message.FIELDS:
            first, *rest = field.name.split("_")
            table[first + "".join(word.capitalize() for word in rest)] = field
            table[field.name] = field
        _BY_JSON_NAME[message] = table
    return table


# Encoding -----------------------------------------------------------------------------------------------------------


def put_varint(out: bytearray, value: int) -> None:
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _number(field: Field, value: Any) -> int:
    """The varint of a value; negative ones are 64 bits wide, as protobuf has it."""
    if field.kind is Kind.BOOL:
        return 1 if value else 0
    if not isinstance(value, int):
        raise EncodeError(f"{field.name}: not a whole number")
    low, high = RANGES[field.kind]
    if not low <= value <= high:
        raise EncodeError(f"{field.name}: {int(value)} is not within {low} to {high}")
    return int(value) & 0xFFFF_FFFF_FFFF_FFFF


def _bytes(field: Field, value: Any) -> bytes:
    if field.kind is Kind.MESSAGE:
        return bytes(value.encode())
    if field.kind is Kind.BYTES:
        return bytes(value)
    try:
        return str(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise EncodeError(f"{field.name}: not Unicode text") from error


def _encode_field(out: bytearray, field: Field, value: Any) -> None:
    if field.kind.is_varint:
        if field.repeated:
            if value:
                packed = bytearray()
                for item in value:
                    put_varint(packed, _number(field, item))
                _put_delimited(out, field, packed)
        elif number := _number(field, value):
            put_varint(out, field.number << 3)
            put_varint(out, number)
    elif field.repeated:
        for item in value:
            _put_delimited(out, field, _bytes(field, item))
    elif value is not None and (field.kind is Kind.MESSAGE or value):
        _put_delimited(out, field, _bytes(field, value))


def _put_delimited(out: bytearray, field: Field, data: bytes | bytearray) -> None:
    put_varint(out, field.number << 3 | 2)
    put_varint(out, len(data))
    out += data


# Decoding -----------------------------------------------------------------------------------------------------------


def take_varint(data: memoryview, at: int) -> tuple[int, int]:
    """The varint at a position, and the position after it."""
    value = shift = 0
    while True:
        if at >= len(data):
            raise DecodeError("a varint is cut off")
        byte = data[at]
        at += 1
        if shift == 63 and byte > 1:
            raise DecodeError("a varint has more than 64 bits")
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _take_delimited(data: memoryview, at: int) -> tuple[memoryview, int]:
    length, at = take_varint(data, at)
    if length > len(data) - at:
        raise DecodeError("a field is cut off")
    return data[at : at + length], at + length


def _narrow(field: Field, number: int) -> Any:
    """A varint as a value of the field, cut to its width (KOD-3.3-2)."""
    match field.kind:
        case Kind.BOOL:
            return number != 0
        case Kind.UINT32:
            return number & 0xFFFF_FFFF
        case Kind.UINT64:
            return number
        case Kind.INT64:
            return number - 2**64 if number >= 2**63 else number
    number &= 0xFFFF_FFFF
    number = number - 2**32 if number >= 2**31 else number
    if field.kind is Kind.ENUM:
        assert field.of is not None
        return field.of()(number)
    return number


def _merge(message: Message, data: memoryview, depth: int) -> None:
    """Reads fields into a message that may have some already, as protobuf merges."""
    if depth > MAXIMUM_DEPTH:
        raise DecodeError(f"messages are nested deeper than {MAXIMUM_DEPTH}")
    known = fields_by_number(type(message))
    at = 0
    while at < len(data):
        tag, at = take_varint(data, at)
        number, wire_type = tag >> 3, tag & 7
        if not 0 < number <= HIGHEST_FIELD_NUMBER:
            raise DecodeError(f"a field has number {number}")
        field = known.get(number)
        if field is None:
            at = _skip(data, at, wire_type)
        elif field.kind.is_varint and wire_type == 0:
            varint, at = take_varint(data, at)
            _store(message, field, _narrow(field, varint))
        elif field.kind.is_varint and wire_type == 2 and field.repeated:
            packed, at = _take_delimited(data, at)
            inside = 0
            while inside < len(packed):
                varint, inside = take_varint(packed, inside)
                _store(message, field, _narrow(field, varint))
        elif not field.kind.is_varint and wire_type == 2:
            part, at = _take_delimited(data, at)
            _store_delimited(message, field, part, depth)
        else:
            raise DecodeError(f"field {field.name} has wire type {wire_type}")


def _skip(data: memoryview, at: int, wire_type: int) -> int:
    if wire_type == 0:
        return take_varint(data, at)[1]
    if wire_type == 2:
        return _take_delimited(data, at)[1]
    if wire_type not in (1, 5):
        raise DecodeError(f"wire type {wire_type} is not in use")
    at += 8 if wire_type == 1 else 4
    if at > len(data):
        raise DecodeError("a field is cut off")
    return at


def _store(message: Message, field: Field, value: Any) -> None:
    if field.repeated:
        getattr(message, field.name).append(value)
    else:
        setattr(message, field.name, value)


def _store_delimited(message: Message, field: Field, part: memoryview, depth: int) -> None:
    if field.kind is Kind.BYTES:
        _store(message, field, bytes(part))
    elif field.kind is Kind.STRING:
        try:
            _store(message, field, str(part, "utf-8"))
        except UnicodeDecodeError as error:
            raise DecodeError(f"field {field.name} is not UTF-8") from error
    else:
        assert field.of is not None
        inner = None if field.repeated else getattr(message, field.name)
        if inner is None:
            inner = field.of()()
        _merge(inner, part, depth + 1)
        if field.oneof:
            for other in message.FIELDS:
                if other.oneof == field.oneof:
                    setattr(message, other.name, None)
        _store(message, field, inner)


# JSON ---------------------------------------------------------------------------------------------------------------


def _value_to_json(field: Field, value: Any) -> Any:
    match field.kind:
        case Kind.MESSAGE:
            return value.to_json()
        case Kind.UINT64 | Kind.INT64:
            return str(value)
        case Kind.BYTES:
            return base64.b64encode(value).decode()
        case Kind.ENUM:
            return value.name if value.is_known else int(value)
    return value


def _from_json(message: type[M], data: object, path: str) -> M:
    if not isinstance(data, Mapping):
        raise DecodeError(f"{path}: not an object")
    names = fields_by_json_name(message)
    values: dict[str, Any] = {}
    oneofs: set[str] = set()
    for name, item in data.items():
        field = names.get(name)
        if field is None:
            raise DecodeError(f"{path}: no field is called {name}")
        if field.name in values:
            raise DecodeError(f"{path}.{name}: given twice")
        if item is None:
            continue
        if field.oneof:
            if field.oneof in oneofs:
                raise DecodeError(f"{path}.{name}: another member of `{field.oneof}` is set")
            oneofs.add(field.oneof)
        where = f"{path}.{name}"
        if field.repeated:
            if not isinstance(item, list):
                raise DecodeError(f"{where}: not a list")
            values[field.name] = [
                _value_from_json(field, each, f"{where}[{at}]") for at, each in enumerate(item)
            ]
        else:
            values[field.name] = _value_from_json(field, item, where)
    return message(**values)


def _value_from_json(field: Field, item: object, path: str) -> Any:
    match field.kind:
        case Kind.MESSAGE:
            assert field.of is not None
            return _from_json(field.of(), item, path)
        case Kind.BOOL:
            if isinstance(item, bool):
                return item
            raise DecodeError(f"{path}: neither true nor false")
        case Kind.STRING:
            if isinstance(item, str):
                return item
            raise DecodeError(f"{path}: not a text")
        case Kind.BYTES:
            return _base64(item, path)
        case Kind.ENUM:
            assert field.of is not None
            if isinstance(item, str) and item in field.of().__members__:
                return field.of()[item]
            if isinstance(item, str):
                raise DecodeError(f"{path}: no value is called {item}")
            return field.of()(_integer(field, item, path))
    return _integer(field, item, path)


def _integer(field: Field, item: object, path: str) -> int:
    number: int
    if isinstance(item, str) and item.removeprefix("-").isascii() and item.removeprefix("-").isdigit():
        number = int(item)
    elif isinstance(item, int) and not isinstance(item, bool):
        number = item
    elif isinstance(item, float) and item.is_integer():
        number = int(item)
    else:
        raise DecodeError(f"{path}: not a whole number")
    low, high = RANGES[field.kind]
    if not low <= number <= high:
        raise DecodeError(f"{path}: not within {low} to {high}")
    return number


def _base64(item: object, path: str) -> bytes:
    if not isinstance(item, str):
        raise DecodeError(f"{path}: not base64")
    text = item.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise DecodeError(f"{path}: not base64") from error
