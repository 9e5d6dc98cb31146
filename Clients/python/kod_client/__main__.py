"""A small command line: python3 -m kod_client --server HOST:PORT --ca FILE --token-file FILE COMMAND.

Exit status: 0 done, 1 refused or failed, 2 wrong usage, 3 outcome unknown.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import Client, CallError, KODError, OutcomeUnknown, Settings
from . import events as e
from . import messages as m
from .outbox import write_privately
from .wire import DecodeError


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="kod_client", description="A client of kynect On Demand.")
    root.add_argument("--server", required=True, metavar="HOST:PORT")
    root.add_argument("--ca", metavar="FILE", help="the server's authority, PEM; else the system's")
    root.add_argument("--token-file", required=True, metavar="FILE", help="renewed tokens are written there")
    root.add_argument("--server-name", metavar="NAME", help="what the certificate is for, if not the host")
    root.add_argument("--timeout", type=float, metavar="SECONDS")
    commands = root.add_subparsers(dest="command", required=True)
    watch = commands.add_parser("watch", help="print pushes as JSON, one a line, until interrupted")
    watch.add_argument("--position", metavar="FILE", help="resume where this file says, and keep it there")
    accept = commands.add_parser("accept", help="accept an offer")
    accept.add_argument("offer", type=int)
    submit = commands.add_parser("submit", help="submit a request for help")
    submit.add_argument("--reference", required=True)
    submit.add_argument("--type", required=True, choices=["application", "plan", "both"])
    submit.add_argument("--language", default="en")
    submit.add_argument("--county", type=int, required=True)
    submit.add_argument("--name", required=True)
    submit.add_argument("--phone", required=True)
    submit.add_argument("--notes", default="")
    submit.add_argument("--outbox", metavar="FOLDER", help="keeps the request until it is answered")
    call = commands.add_parser("call", help="call any unary method")
    call.add_argument("method", metavar="METHOD", help="such as Assisters/GetStanding")
    call.add_argument("request", metavar="JSON", nargs="?", default="{}")
    return root


def show(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)


def watch(client: Client, file: Path | None) -> None:
    epoch, offset = "", 0
    if file is not None and file.exists():
        kept = json.loads(file.read_text(encoding="utf-8"))
        epoch, offset = str(kept["epoch"]), int(kept["offset"])
    subscription = client.subscribe(epoch, offset)
    for event in subscription:
        match event:
            case e.CurrentState():
                show({"state": [item.to_json() for item in event.items]})
            case e.Pushed():
                show({"push": event.push.to_json()})
            case e.Collapsed():
                show({"collapsed": [event.first_offset, event.last_offset]})
        if file is not None:
            epoch, offset = subscription.position
            write_privately(file, json.dumps({"epoch": epoch, "offset": offset}))


def run(client: Client, options: argparse.Namespace) -> None:
    match options.command:
        case "watch":
            watch(client, Path(options.position) if options.position else None)
        case "accept":
            show(client.accept_offer(options.offer, timeout=options.timeout).to_json())
        case "submit":
            referral = client.submit_referral(
                partner_reference=options.reference,
                help_type=m.HelpType[options.type.upper()],
                language=options.language,
                county=options.county,
                contact=m.Contact(options.name, options.phone, options.notes),
                timeout=options.timeout,
            )
            show(referral.to_json())
        case "call":
            method = m.METHODS.get(options.method)
            if method is None or method.stream:
                raise KODError(f"{options.method} is not a unary method; there are: {', '.join(m.METHODS)}")
            request = method.request.from_json(json.loads(options.request))
            show(client.call(method, request, timeout=options.timeout).to_json())


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    token_file = Path(options.token_file)
    try:
        settings = Settings(
            options.server,
            token_file.read_text(encoding="ascii").strip(),
            ca=options.ca,
            server_name=options.server_name,
            outbox=getattr(options, "outbox", None),
        )
        client = Client(settings, keep=lambda token: write_privately(token_file, token + "\n"))
        try:
            client.connect()
            run(client, options)
        finally:
            client.close()
    except OutcomeUnknown as error:
        print(f"nobody knows whether it took effect: {error}", file=sys.stderr)
        return 3
    except CallError as error:
        print(f"refused: {error}", file=sys.stderr)
        for violation in error.violations:
            print(f"  {violation.path}: {violation.description}", file=sys.stderr)
        return 1
    except (KODError, DecodeError, TimeoutError, OSError, ValueError) as error:
        print(f"failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
