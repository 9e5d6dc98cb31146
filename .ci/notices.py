"""Notices from the server to a mailbox (R65, R22, R39). Started by .ci/notices: KOD and the server's data directory.

One assister, gus, is the only one who speaks Vietnamese: every request in it is his. He listens nowhere, so he is told
by email, and by phone when that fails. Prints a line for each check and ends with status 1 on the first difference.
"""

import atexit
import email
import email.policy
import email.utils
import json
import os
import pathlib
import pwd
import signal
import subprocess
import sys
import tempfile
import time

KOD, SERVER_DATA = sys.argv[1], sys.argv[2]
ROOM = pathlib.Path(tempfile.mkdtemp(prefix="kod-notices-"))
MAIL, TRIES, PHONE = ROOM / "mail", ROOM / "tries", ROOM / "phone"
RESIDENT = {"name": "Nguyen Thi Resident", "phone": "+15025550177", "notes": "third floor, ring twice"}
ADDRESS = "gus@kod.test"
passed = 0


def check(what, found, wanted):
    global passed
    if found != wanted:
        print(f"FAILED: {what}: {found!r} in place of {wanted!r}", file=sys.stderr)
        for name in sorted(ROOM.glob("notify*")) + sorted(ROOM.glob("log/*")):
            print(f"--- {name.name}\n{name.read_text()}", file=sys.stderr)
        sys.exit(1)
    print(f"ok: {what}")
    passed += 1


def kod(*words, who):
    done = subprocess.run(
        [KOD, *words, "--json", "--data", SERVER_DATA, "--as", who], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"FAILED: kod {' '.join(words)}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def wait_for(what, probe, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = probe()
        if found:
            return found
        time.sleep(0.1)
    check(f"{what} within {seconds} s", False, True)


# --- the mail transfer agent

def set_up_mail():
    """Exim with a configuration of its own: one domain, one mailbox, nothing leaves this computer."""
    exim = pwd.getpwnam("Debian-exim")
    os.chmod(ROOM, 0o755)
    for name in ("mail", "spool", "log"):
        (ROOM / name).mkdir()
        os.chown(ROOM / name, exim.pw_uid, exim.pw_gid)
    (ROOM / "exim.conf").write_text(f"""
primary_hostname = kod.test
spool_directory = {ROOM}/spool
log_file_path = {ROOM}/log/%slog
never_users =
keep_environment =
# With a configuration of its own it is nobody but itself.
deliver_drop_privilege
begin routers
mailbox:
  driver = accept
  domains = kod.test
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = {MAIL}
  create_directory
  maildir_format
  envelope_to_add
  user = Debian-exim
""")


SENDMAIL = f"/usr/sbin/exim4 -C {ROOM}/exim.conf -odf -oi -t"


def mailbox():
    messages = []
    for path in sorted((MAIL / "new").glob("*")) if (MAIL / "new").exists() else []:
        messages.append(email.message_from_bytes(path.read_bytes(), policy=email.policy.default))
    return messages


def empty_mailbox():
    for path in (MAIL / "new").glob("*"):
        path.unlink()


# --- the notifier

class Notifier:
    """kod notify, until it is told to stop."""
    count = 0

    def __init__(self, command, *options):
        Notifier.count += 1
        self.log = ROOM / f"notify{Notifier.count}.jsonl"
        self.process = subprocess.Popen(
            [KOD, "notify", "--json", "--data", SERVER_DATA, "--from", "kynect On Demand <desk@kod.test>",
             "--exec", command, *options],
            stdout=self.log.open("w"), stderr=subprocess.STDOUT)
        # Also when a check fails: nothing stays behind.
        atexit.register(self.process.kill)
        wait_for("the notifier is connected", lambda: "connected" in self.log.read_text())

    def events(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        check("SIGTERM ends the notifier with status 0", self.process.wait(timeout=20), 0)


def submit():
    return kod(
        "submit", "--county", "Pike", "--help-type", "plan", "--language", "vi", "--name", RESIDENT["name"],
        "--phone", RESIDENT["phone"], "--notes", RESIDENT["notes"], who="portal")["referral"]["referral_id"]


def offer_of(referral):
    """The first offer to gus, as a supervisor sees it."""
    return kod("desk", "show", str(referral), who="sam")["record"]["offers"][0]


def told(referral):
    return [(n["channel"], n["state"]) for n in offer_of(referral)["offer"]["notices"]]


def streak():
    return kod("status", who="gus")["status"]["missed_in_a_row"]


def ended(referral):
    return lambda: offer_of(referral)["offer"]["state"] != "pending"


def text_without_the_resident(what, text):
    check(f"R39: {what} holds nothing of the Resident's",
          [value for value in RESIDENT.values() if value.lower() in text.lower()], [])


# --- the tests

def sent_by_email():
    ledger = ROOM / "ledger"
    notifier = Notifier(SENDMAIL, "--ledger", str(ledger))
    referral = submit()
    messages = wait_for("the mail", mailbox)
    check("one mail came", len(messages), 1)
    message = messages[0]
    check("it came to his mailbox", message["Envelope-To"], ADDRESS)
    check("To", message["To"], ADDRESS)
    check("From", message["From"], "kynect On Demand <desk@kod.test>")
    deadline = offer_of(referral)["offer"]["deadline_us"]
    clock = subprocess.run(
        ["date", "-d", f"@{deadline // 1_000_000}", "+%H:%M"], env={"TZ": "America/New_York"},
        capture_output=True, text=True, check=True).stdout.strip()
    check("Subject", message["Subject"], f"kynect On Demand: a request for you, answer by {clock} ET")
    age = abs(time.time() - email.utils.parsedate_to_datetime(message["Date"]).timestamp())
    check("Date is now", age < 60, True)
    check("Message-ID names the notice", message["Message-ID"].startswith("<kod.notice."), True)
    body = message.get_body().get_content()
    for words in ("choosing a health plan", "Vietnamese", "Pike", clock):
        check(f"the text says {words!r}", words in body, True)
    text_without_the_resident("the mail", message.as_string() + body)
    wait_for("the acknowledgement", lambda: told(referral) == [("email", "sent")])
    check("R65: the offer says that it was sent", offer_of(referral)["delivered"], True)
    check("it is his", offer_of(referral)["assister"], "gus")
    wait_for("the offer's end", ended(referral))
    check("R22: who was told and did not answer has missed it", offer_of(referral)["offer"]["state"], "missed")
    check("R50: the miss counts", streak(), 1)
    wait_for("a mail about the mass offer", lambda: len(mailbox()) == 2)
    check("its subject is another", [m["Subject"] for m in mailbox() if "first to accept" in m["Subject"]] != [], True)
    check("each notice has its own Message-ID", len({m["Message-ID"] for m in mailbox()}), 2)
    notifier.stop()
    check("the ledger has both notices", len(ledger.read_text().splitlines()), 2)
    again = Notifier(SENDMAIL, "--ledger", str(ledger))
    time.sleep(1)
    again.stop()
    check("a restart sends nothing again", len(mailbox()), 2)
    kod("request", "cancel", str(referral), who="portal")
    empty_mailbox()


def second_channel():
    """The email fails for good, the phone does it, in his language."""
    kod("register", "--kind", "agent", "--language", "es", "--language", "vi", "--whole-state", who="gus")
    notifier = Notifier(
        f'echo "$KOD_CHANNEL $KOD_ADDRESS $KOD_ATTEMPT" >> {TRIES};'
        f' [ "$KOD_CHANNEL" = phone ] || exit 67; cat > {PHONE}; exit 100')
    referral = submit()
    wait_for("the phone", lambda: told(referral) == [("email", "failed"), ("phone", "delivered")])
    check("email first, then phone", TRIES.read_text().splitlines(),
          [f"email {ADDRESS} 1", "phone +15025550166 2"])
    text = PHONE.read_text()
    check("the phone's text is Spanish", "elegir un plan de salud" in text, True)
    text_without_the_resident("the phone's text", text)
    check("R65: delivered is delivered", offer_of(referral)["delivered"], True)
    offer = offer_of(referral)["offer"]["offer_id"]
    kod("accept", str(offer), who="gus")
    check("R50: an accept ends the streak", streak(), 0)
    notifier.stop()
    TRIES.unlink()


def encoded():
    """A Spanish mail arrives with its accents."""
    notifier = Notifier(SENDMAIL)
    referral = submit()
    message = wait_for("the Spanish mail", mailbox)[0]
    body = message.get_body().get_content()
    check("the mail is Spanish", "Acéptela o rechácela en kynect On Demand." in body, True)
    check("it is encoded for any mail system", message["Content-Transfer-Encoding"], "quoted-printable")
    kod("request", "cancel", str(referral), who="portal")
    notifier.stop()
    empty_mailbox()


def nobody_told():
    """Both channels fail: not answering is nobody's fault."""
    notifier = Notifier(f'echo "$KOD_OFFER $KOD_CHANNEL" >> {TRIES}; exit 1')
    referral = submit()
    offer = offer_of(referral)["offer"]["offer_id"]
    wait_for("both failures", lambda: told(referral) == [("email", "failed"), ("phone", "failed")])
    wait_for("the offer's end", ended(referral))
    check("R22: who was not told has not missed it", offer_of(referral)["offer"]["state"], "expired")
    check("R50: it does not count", streak(), 0)
    # (The mass offer that follows has notices of its own.)
    check("each channel was tried once",
          [line for line in TRIES.read_text().splitlines() if line.startswith(f"{offer} ")],
          [f"{offer} email", f"{offer} phone"])
    kod("request", "cancel", str(referral), who="portal")
    notifier.stop()
    TRIES.unlink()


def withdrawn():
    """A notice whose offer has ended is not sent, before its first try or between two."""
    notifier = Notifier(f"echo try >> {TRIES}; exit 75")
    referral = submit()
    wait_for("a first try", TRIES.exists)
    kod("request", "cancel", str(referral), who="portal")
    wait_for("its withdrawal", lambda: told(referral) == [("email", "withdrawn")])
    check("R25: the offer is withdrawn", offer_of(referral)["offer"]["state"], "withdrawn")
    tries = wait_for("the last try's end", lambda: [
        e for e in notifier.events() if e.get("state") == "withdrawn"] and TRIES.read_text())
    time.sleep(3)
    check("R65: it was not tried again", TRIES.read_text(), tries)
    notifier.stop()
    TRIES.unlink()
    referral = submit()
    kod("request", "cancel", str(referral), who="portal")
    notifier = Notifier(f"echo try >> {TRIES}; exit 0")
    time.sleep(1)
    notifier.stop()
    check("R65: what was withdrawn before anybody listened is not sent", TRIES.exists(), False)


set_up_mail()
kod("register", "--kind", "agent", "--language", "vi", "--whole-state", "--email", ADDRESS, "--phone", "+15025550166",
    "--email-first", "--around-the-clock", "--accept-terms", who="gus")
sent_by_email()
second_channel()
encoded()
nobody_told()
withdrawn()
subprocess.run(["rm", "-rf", str(ROOM)], check=True)
print(f"{passed} passed, 0 failed")
