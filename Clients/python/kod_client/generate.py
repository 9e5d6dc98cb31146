"""Writes `messages.py` and `methods.py` from `Protocol/kod.proto`: python3 -m kod_client.generate [--check] [PROTO]."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROTO = HERE.parents[2] / "Protocol" / "kod.proto"

KINDS = {"uint32", "uint64", "int32", "int64", "bool", "string", "bytes"}
PYTHON_TYPES = {"bool": ("bool", "False"), "string": ("str", '""'), "bytes": ("bytes", 'b""')}

# What `repr` leaves out, so that it does not get into a log: tokens (KOD-11.1-1) and the Resident (KOD-11.3-1).
SECRET_FIELDS = {"token"}
PERSONAL_MESSAGES = {"Contact", "PreferredContact"}


class ProtoError(Exception):
    """`kod.proto` has something that this generator does not know."""


@dataclass
class EnumValue:
    name: str
    number: int
    options: dict[str, str]
    comment: str = ""


@dataclass
class EnumType:
    name: str
    comment: str
    values: list[EnumValue] = field(default_factory=list)


@dataclass
class MessageField:
    name: str
    number: int
    type: str
    repeated: bool
    oneof: str
    comment: str = ""


@dataclass
class MessageType:
    name: str
    comment: str
    fields: list[MessageField] = field(default_factory=list)


@dataclass
class Method:
    service: str
    name: str
    comment: str
    request: str
    response: str
    stream: bool
    number: int = 0
    roles: list[str] = field(default_factory=list)


@dataclass
class ProtoFile:
    enums: list[EnumType] = field(default_factory=list)
    messages: list[MessageType] = field(default_factory=list)
    methods: list[Method] = field(default_factory=list)


TOKEN = re.compile(r'//[^\n]*|"(?:[^"\\]|\\.)*"|[A-Za-z_][\w.]*|0x[0-9A-Fa-f]+|\d+|\S|\n')


class Parser:
    """Reads as much of proto3 as `kod.proto` uses; anything else is an error and no guess."""

    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        self.comments: dict[int, str] = {}  # the comment lines that stand right before a token
        self.remarks: dict[int, str] = {}  # the comment that stands behind a token, on its line
        comment: list[str] = []
        line_start = True
        for token in TOKEN.findall(text):
            if token == "\n":
                if line_start:
                    comment = []
                line_start = True
            elif token.startswith("//"):
                if line_start:
                    comment.append(token[2:].strip())
                    line_start = False
                else:
                    self.remarks[len(self.tokens) - 1] = token[2:].strip()
            else:
                if comment:
                    self.comments[len(self.tokens)] = " ".join(comment)
                    comment = []
                self.tokens.append(token)
                line_start = False
        self.at = 0

    def next(self) -> str:
        if self.at >= len(self.tokens):
            raise ProtoError("the file ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def expect(self, *wanted: str) -> None:
        for want in wanted:
            if (got := self.next()) != want:
                raise ProtoError(f"`{want}` expected, `{got}` found")

    def until(self, end: str) -> list[str]:
        taken = []
        while (token := self.next()) != end:
            taken.append(token)
        return taken

    def remark(self) -> str:
        """What stands behind the token that was just taken."""
        return self.remarks.get(self.at - 1, "")

    def number(self) -> int:
        return int(self.next(), 0)

    def file(self) -> ProtoFile:
        proto = ProtoFile()
        while self.peek():
            comment = self.comments.get(self.at, "")
            match self.next():
                case "syntax" | "package" | "import":
                    self.until(";")
                case "extend":
                    self.until("}")
                case "enum":
                    proto.enums.append(self.enum(comment))
                case "message":
                    proto.messages.append(self.message(comment))
                case "service":
                    proto.methods += self.service()
                case other:
                    raise ProtoError(f"`{other}` is not known here")
        return proto

    def enum(self, comment: str) -> EnumType:
        enum = EnumType(self.next(), comment)
        self.expect("{")
        while self.peek() != "}":
            name = self.next()
            if name == "reserved":
                self.until(";")
                continue
            self.expect("=")
            number = self.number()
            options: dict[str, str] = {}
            while (token := self.next()) != ";":
                if token in "[,":
                    self.expect("(")
                    key = self.next()
                    self.expect(")", "=")
                    options[key] = self.next()
                elif token != "]":
                    raise ProtoError(f"`{token}` in an option of {name}")
            enum.values.append(EnumValue(name, number, options, self.remark()))
        self.expect("}")
        return enum

    def message(self, comment: str) -> MessageType:
        message = MessageType(self.next(), comment)
        self.expect("{")
        oneof = ""
        while True:
            token = self.next()
            if token == "}":
                if not oneof:
                    return message
                oneof = ""
            elif token == "oneof":
                oneof = self.next()
                self.expect("{")
            elif token == "reserved":
                self.until(";")
            else:
                repeated = token == "repeated"
                kind = self.next() if repeated else token
                name = self.next()
                self.expect("=")
                field = MessageField(name, self.number(), kind, repeated, oneof)
                self.expect(";")
                field.comment = self.remark()
                message.fields.append(field)

    def service(self) -> Iterator[Method]:
        service = self.next()
        self.expect("{")
        while self.peek() != "}":
            comment = self.comments.get(self.at, "")
            self.expect("rpc")
            name = self.next()
            self.expect("(")
            request = self.next()
            self.expect(")", "returns", "(")
            response = self.next()
            stream = response == "stream"
            if stream:
                response = self.next()
            self.expect(")", "{")
            method = Method(service, name, comment, request, response, stream)
            while self.peek() != "}":
                self.expect("option", "(")
                option = self.next()
                self.expect(")", "=")
                if option == "method_number":
                    method.number = self.number()
                elif option == "allow":
                    method.roles.append(self.next())
                else:
                    raise ProtoError(f"option {option} of {name} is not known")
                self.expect(";")
            self.expect("}")
            yield method
        self.expect("}")


def safe(name: str) -> str:
    return name + "_" if keyword.iskeyword(name) else name


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def with_remark(line: str, remark: str) -> str:
    return f"{line}  # {remark}" if remark else line


def docstring(comment: str, indent: str) -> list[str]:
    if not comment:
        return []
    return [f'{indent}"""{comment}"""' if len(comment) < 100 else f'{indent}"""' + wrapped(comment, indent)]


def wrapped(comment: str, indent: str) -> str:
    lines, line = [], ""
    for word in comment.split():
        if line and len(line) + len(word) > 100:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return f"\n{indent}".join([*lines, line]) + f'\n{indent}"""'


class Writer:
    def __init__(self, proto: ProtoFile, source: str) -> None:
        self.proto = proto
        self.source = source
        self.enums = {enum.name: enum for enum in proto.enums}
        self.messages = {message.name: message for message in proto.messages}

    def python_type(self, field: MessageField) -> tuple[str, str]:
        """The annotation of a field and its default."""
        if field.type in self.messages:
            inner, default = field.type, "None"
        elif field.type in self.enums:
            inner = field.type
            default = f"{field.type}.{self.enums[field.type].values[0].name}"
        elif field.type in KINDS:
            inner, default = PYTHON_TYPES.get(field.type, ("int", "0"))
        else:
            raise ProtoError(f"field {field.name} has a type that is not known: {field.type}")
        if field.oneof and field.type not in self.messages:
            raise ProtoError(f"field {field.name}: only messages may be members of a oneof")
        if field.repeated:
            return f"list[{inner}]", "list"
        return (f"{inner} | None" if field.type in self.messages else inner), default

    def head(self, about: str) -> list[str]:
        return [f'"""{about}', "", f"Generated from {self.source} by `python3 -m kod_client.generate`: do not edit.", '"""', ""]

    def messages_file(self) -> str:
        out = self.head("Messages, enums, methods and reasons.")
        out += ["from __future__ import annotations", "", "from dataclasses import dataclass, field"]
        out += ["from typing import ClassVar", "", "from .wire import Field, Kind, Message, OpenEnum"]
        for enum in self.proto.enums:
            out += ["", "", f"class {enum.name}(OpenEnum):", *docstring(enum.comment, "    ")]
            out += [""] if enum.comment else []
            out += [with_remark(f"    {value.name} = {value.number}", value.comment) for value in enum.values]
        for message in self.proto.messages:
            out += ["", "", "@dataclass(slots=True, repr=False)", f"class {message.name}(Message):"]
            out += docstring(message.comment, "    ")
            out += [""] if message.comment else []
            for each in message.fields:
                out.append(self.field_line(message, each))
            out += [""] if message.fields else []
            out.append(f"    FIELDS: ClassVar[tuple[Field, ...]] = {self.table(message)}")
        out += self.methods_table()
        out += self.reasons_table()
        return "\n".join(out) + "\n"

    def field_line(self, message: MessageType, each: MessageField) -> str:
        kind, default = self.python_type(each)
        hidden = each.name in SECRET_FIELDS or message.name in PERSONAL_MESSAGES
        options = []
        if default == "list":
            options.append("default_factory=list")
        elif hidden:
            options.append(f"default={default}")
        if hidden:
            options.append("repr=False")
        value = f"field({', '.join(options)})" if options else default
        return with_remark(f"    {safe(each.name)}: {kind} = {value}", each.comment)

    def table(self, message: MessageType) -> str:
        rows = []
        for each in sorted(message.fields, key=lambda field: field.number):
            kind = (
                "MESSAGE" if each.type in self.messages
                else "ENUM" if each.type in self.enums
                else each.type.upper()
            )
            row = f'Field({each.number}, "{safe(each.name)}", Kind.{kind}'
            row += ", repeated=True" if each.repeated else ""
            row += f", of=lambda: {each.type}" if kind in ("MESSAGE", "ENUM") else ""
            row += f', oneof="{each.oneof}"' if each.oneof else ""
            rows.append(f"        {row}),")
        return "\n".join(["(", *rows, "    )"]) if rows else "()"

    def methods_table(self) -> list[str]:
        out = ["", "", "@dataclass(frozen=True, slots=True)", "class Method:"]
        out += ['    """What a REQUEST can ask for: its number, its messages, who may."""', ""]
        out += ["    name: str", "    number: int", "    request: type[Message]", "    response: type[Message]"]
        out += ["    stream: bool", "    roles: tuple[Role, ...]", "", ""]
        out += ["METHODS: dict[str, Method] = {"]
        for method in self.proto.methods:
            roles = ", ".join(f"Role.{role}" for role in method.roles)
            name = f"{method.service}/{method.name}"
            out += [f'    "{name}": Method(']
            out += [f'        "{name}", 0x{method.number:04X}, {method.request}, {method.response}, {method.stream},']
            out += [f"        ({roles},),", "    ),"]
        return [*out, "}"]

    def reasons_table(self) -> list[str]:
        out = ["", "# Of each reason: the code it comes with, and whether the same call can succeed later."]
        out += ["REASONS: dict[Reason, tuple[Code, bool]] = {"]
        for value in self.enums["Reason"].values:
            if "code" in value.options:
                retriable = value.options.get("retriable", "false") == "true"
                out.append(f"    Reason.{value.name}: (Code.{value.options['code']}, {retriable}),")
        return [*out, "}"]

    def methods_file(self) -> str:
        out = self.head("A function for each unary method.")
        out += ["from __future__ import annotations", "", "from abc import ABC, abstractmethod", ""]
        out += ["from . import messages as m", "from .wire import Message", "", ""]
        out += ["class Methods(ABC):"]
        out += ['    """Every unary method by name, its request\'s fields as arguments. `timeout` is in seconds."""', ""]
        out += ["    @abstractmethod", "    def call("]
        out += ["        self, method: m.Method, request: Message, *, timeout: float | None = None,"]
        out += ["        repeat: bool = False,", "    ) -> Message:"]
        out += ['        """Makes a call and waits for its answer. Throws `CallFailed` or `OutcomeUnknown`."""']
        names = set()
        for method in self.proto.methods:
            if method.stream:
                continue
            name = snake(method.name)
            if name in names:
                raise ProtoError(f"two methods are called {name}")
            names.add(name)
            out += ["", f"    def {name}("]
            fields = self.messages[method.request].fields
            out.append("        self,")
            for at, each in enumerate(fields):
                if at == 1:
                    out.append("        *,")
                kind, default = self.argument(each)
                out.append(f"        {safe(each.name)}: {kind} = {default},")
            if len(fields) < 2:
                out.append("        *,")
            out += ["        timeout: float | None = None,", "        repeat: bool = False,"]
            out += [f"    ) -> m.{method.response}:"]
            out += docstring(method.comment or f"{method.service}/{method.name}", "        ")
            arguments = [
                f"{safe(each.name)}={safe(each.name)}" + (" or []" if each.repeated else "") for each in fields
            ]
            if len(arguments) < 4:
                out += [f"        request = m.{method.request}({', '.join(arguments)})"]
            else:
                out += [f"        request = m.{method.request}("]
                out += [*(f"            {argument}," for argument in arguments), "        )"]
            out += [f'        answer = self.call(m.METHODS["{method.service}/{method.name}"], request,']
            out += ["                           timeout=timeout, repeat=repeat)"]
            out += [f"        assert isinstance(answer, m.{method.response})", "        return answer"]
        return "\n".join(out) + "\n"

    def argument(self, each: MessageField) -> tuple[str, str]:
        kind, default = self.python_type(each)
        named = {*self.messages, *self.enums}
        kind = re.sub(r"[A-Z]\w+", lambda found: f"m.{found[0]}" if found[0] in named else found[0], kind)
        if each.repeated:
            return f"{kind} | None", "None"
        return kind, f"m.{default}" if each.type in self.enums else default


def generated(text: str, source: str = "Protocol/kod.proto") -> dict[str, str]:
    """The generated files by name."""
    writer = Writer(Parser(text).file(), source)
    return {"messages.py": writer.messages_file(), "methods.py": writer.methods_file()}


def main(arguments: list[str]) -> int:
    check = "--check" in arguments
    paths = [argument for argument in arguments if argument != "--check"]
    files = generated((Path(paths[0]) if paths else PROTO).read_text(encoding="utf-8"))
    stale = [name for name, text in files.items() if not (HERE / name).exists() or (HERE / name).read_text() != text]
    if check and stale:
        print(f"not what kod.proto says: {', '.join(stale)}", file=sys.stderr)
        return 1
    for name in stale:
        (HERE / name).write_text(files[name], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
