"""Two assisters at their dashboards, in pseudo-terminals; a server, a partner, and `kod ... --json` as the witness.

    dashboard.py HOST:PORT DATA SERVER_PID        (KOD_BIN: the folder of the binaries; see .ci/dashboard)
"""

import fcntl
import json
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time

import pyte

KOD = os.path.join(os.environ["KOD_BIN"], "kod")
SERVER, DATA, SERVER_PID = sys.argv[1], sys.argv[2], int(sys.argv[3])
PATIENCE = 15.0
passed = 0


class Difference(Exception):
    pass


class Terminal:
    """A program on a terminal of its own, and what that terminal shows."""

    def __init__(self, *words, columns=80, rows=24, environment=None):
        self.name = " ".join(words)
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.lock = threading.Lock()
        self.raw = b""
        self.controller, self.terminal = os.openpty()
        self.size(columns, rows)
        self.before = termios.tcgetattr(self.terminal)
        variables = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LINES")}
        variables |= {"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"} | (environment or {})
        self.process = subprocess.Popen(
            words, stdin=self.terminal, stdout=self.terminal, stderr=self.terminal, env=variables,
            start_new_session=True, preexec_fn=self.take,
        )
        self.is_open = True
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def take(self):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def size(self, columns, rows):
        fcntl.ioctl(self.controller, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows):
        with self.lock:
            self.screen.resize(rows, columns)
            self.size(columns, rows)

    def read(self):
        while self.is_open:
            if not select.select([self.controller], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self.controller, 65536)
            except OSError:
                return
            with self.lock:
                self.raw += data
                self.stream.feed(data)

    def lines(self):
        with self.lock:
            return [line.rstrip() for line in self.screen.display]

    def text(self):
        return "\n".join(self.lines())

    def press(self, keys):
        os.write(self.controller, keys.encode() if isinstance(keys, str) else keys)

    def until(self, what, test, patience=PATIENCE):
        """Waits until `test(text)` is true of the screen; its value."""
        end = time.monotonic() + patience
        while True:
            found = test(self.text())
            if found:
                return found
            if time.monotonic() > end:
                self.fail(what)
            time.sleep(0.02)

    def shows(self, *words, patience=PATIENCE):
        for word in words:
            self.until(f"'{word}' is not on the screen", lambda text: word in text, patience)

    def hides(self, word):
        self.until(f"'{word}' is still on the screen", lambda text: word not in text)

    def fail(self, what):
        width = self.screen.columns
        frame = "+" + "-" * width + "+"
        shown = "\n".join("|" + line.ljust(width) + "|" for line in self.lines())
        raise Difference(f"{self.name}: {what}\n{frame}\n{shown}\n{frame}")

    def ended(self, patience=PATIENCE):
        try:
            status = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.fail("it did not end")
        time.sleep(0.1)
        return status

    def is_restored(self):
        """Cooked again, normal screen, cursor and wrapping on, no bracketed paste: nothing of the dashboard is left."""
        if termios.tcgetattr(self.terminal) != self.before:
            self.fail("the terminal's settings were not restored")
        for on, off in ((b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?2004h", b"\x1b[?2004l"),
                        (b"\x1b[?7l", b"\x1b[?7h"), (b"\x1b[?25l", b"\x1b[?25h"), (b"\x1b[?2026h", b"\x1b[?2026l")):
            if self.raw.rfind(off) < self.raw.rfind(on):
                self.fail(f"{on!r} was not undone")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.hang_up()

    def hang_up(self):
        """A terminal lives as long as somebody reads it."""
        self.is_open = False
        self.reader.join()
        os.close(self.controller)
        os.close(self.terminal)


def dashboard(name, *options, **settings):
    return Terminal(KOD, "dashboard", "--as", name, "--data", DATA, *options, **settings)


def kod(*words, as_=None):
    """A one-shot command's JSON."""
    words = [KOD, *words, "--data", DATA, "--json"] + (["--as", as_] if as_ else [])
    result = subprocess.run(words, capture_output=True, text=True, timeout=30)
    try:
        return json.loads(result.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise Difference(f"{' '.join(words)}: {result.stdout}{result.stderr}")


def submit(name="Maria Lopez", notes="", county="Fayette"):
    words = ["--help-type", "application", "--county", county, "--language", "en", "--name", name,
             "--phone", "859-555-0123"]
    return kod("submit", *words, *(["--notes", notes] if notes else []))["referral"]["referral_id"]


def ok(what):
    global passed
    passed += 1
    print(f"ok: {what}", flush=True)


def expect(terminal, condition, what):
    if not condition:
        terminal.fail(what)


def seconds(text):
    parts = [int(part) for part in text.split(":")]
    return parts[0] * 60 + parts[1] if len(parts) == 2 else parts[0] * 3600 + parts[1] * 60 + parts[2]


def offer_line(text):
    """The row below OPEN OFFERS that is selected: seconds left, kind."""
    found = re.search(r"^> +(\d+:\d\d)  (general|mass) ", text, re.M)
    return found and (seconds(found[1]), found[2])


# ----------------------------------------------------------------------------------------------------------------


def offers_and_the_race():
    alice, ben = dashboard("alice"), dashboard("ben")
    for terminal in (alice, ben):
        terminal.shows("kynect On Demand", "[1 Quick Updates]", "AVAILABLE", "No open offers")
        # Two terminals; only who is asked first gets the general offer.
    referral = submit("Maria Lopez", "Deaf: text first.")
    asked, other = None, None
    end = time.monotonic() + PATIENCE
    while asked is None:
        for terminal in (alice, ben):
            line = offer_line(terminal.text())
            if line and line[1] == "general":
                asked, other = terminal, ben if terminal is alice else alice
        if time.monotonic() > end:
            alice.fail("the general offer came to neither of two dashboards")
        time.sleep(0.02)
    ok("an offer appears without a key")

    # The server decides who that is: its word against the screens'.
    name = "alice" if asked is alice else "ben"
    status = kod("status", as_=name)
    offer = status["open_offers"][0]
    left, kind = asked.until("no countdown", offer_line)
    now = kod("updates", as_=name)["updates"]["now_us"]
    truth = (offer["deadline_us"] - now) / 1e6
    expect(asked, abs(left - truth) < 3 and kind == offer["kind"], f"{left} s left, the server says {truth:.1f}")
    again = asked.until("the countdown stands still", lambda t: (l := offer_line(t)) and l[0] <= left - 2 and l)
    expect(asked, again[0] < left, "the countdown does not fall")
    ok("its countdown falls, by the server's clock")

    other.until("no mass offer", lambda text: (line := offer_line(text)) and line[1] == "mass")
    ok("the other is asked when the general phase ends")

    asked.press("a")
    asked.shows("WON", "Call Maria Lopez +18595550123", "Deaf: text first.")
    asked.shows("TO CALL")
    ok("a accepts: won, and whom to call")
    # Pressed when it is too late, or shown by itself: both end in the same words.
    other.press("a")
    taken = other.until("not told", lambda text: re.search(r"taken by somebody else at (\d\d:\d\d:\d\d)", text))
    rows = kod("referrals", as_="ben" if asked is alice else "alice")["rows"]
    row = next(row for row in rows if row["offer"]["referral_id"] == referral)
    expect(other, row["offer"]["state"] == "taken", f"the server says {row['offer']['state']}")
    expect(other, taken[1][3:] == time.strftime("%M:%S", time.gmtime(row["ended_at_us"] // 1_000_000)),
           f"the screen says {taken[1]}")
    other.shows(f"taken at {taken[1]}")
    ok("the other sees when it was taken, to the second")
    winner = kod("status", as_=name)["assignments"]
    expect(asked, [a["referral_id"] for a in winner] == [referral], "the server knows another winner")
    return asked, other, name, referral


def work_on_it(asked, name, referral):
    asked.press("t")
    asked.shows("You called about referral")
    asked.press("2")
    asked.shows("no answer, logged", "tried 1x")
    asked.press("n")
    asked.shows("Your note on referral")
    asked.press("\x1b[200~rings twice,\nq then \u8a9e e\u0301 \x1b[201~ok")
    asked.shows("rings twice, q then \u8a9e")
    asked.press("\r")
    asked.shows("note saved")
    row = kod("referrals", "show", str(referral), as_=name)
    expect(asked, "rings twice, q then \u8a9e e\u0301 ok" in json.dumps(row, ensure_ascii=False), f"the server has {row}")
    attempts = json.dumps(row)
    expect(asked, '"result": "no_answer"' in attempts, f"no attempt at the server: {attempts}")
    ok("an attempt and a note arrive, pasted text is text")
    asked.press("\r")
    asked.shows("YOUR CALLS", "no answer", "THE RESIDENT'S NOTES", "YOUR NOTE")
    asked.press("w")
    asked.shows("asked alone")
    asked.press("\x1b")
    asked.shows("OPEN OFFERS")
    ok("Enter shows the detail, w why, Escape goes back")
    asked.press("t1")
    asked.shows("reached")
    asked.press("c")
    asked.shows("how did it end?")
    asked.press("1\r")
    asked.shows("closed, application submitted")
    asked.hides("TO CALL")
    row = kod("referrals", as_=name)["rows"][0]
    expect(asked, row["outcome"] == "application_submitted", f"the server says {row['outcome']}")
    asked.shows("closed: application sub")
    ok("c closes with an outcome")


def pages_against_protocol(asked, name):
    asked.press("3")
    asked.shows("[3 View Metrics]", "application submitted")
    metrics = kod("metrics", "--period", "today", as_=name)["metrics"]
    for kind in ("general", "mass"):
        counts = metrics[kind]
        numbers = [counts[k] for k in ("received", "accepted", "rejected", "missed", "taken", "expired", "released")]
        asked.until(f"{kind} is not {numbers}", lambda text: re.search(
            rf"^ {kind} +" + " +".join(map(str, numbers)) + r"\b", text, re.M))
    asked.shows(f"{metrics['called_in_promise']} of {metrics['assignments']}")
    ok("View Metrics shows the protocol's numbers")
    asked.press("4")
    contact = kod("contact", as_=name)["contact"]
    asked.shows("[4 Preferred Contact]", contact["phone"], contact["email"])
    asked.press("\r")
    asked.press("\x15(606) 555-01")
    asked.press("\r")
    asked.press("s")
    asked.until("no word at the field", lambda text: re.search(r"KOD phone .*\n +\u2717 ", text))
    expect(asked, kod("contact", as_=name)["contact"] == contact, "a wrong number was saved")
    ok("what is wrong is said at its field, and not saved")
    asked.press("\r")
    asked.press("\x15(606) 555-0177\r")
    asked.press("s")
    asked.shows("contact saved", "+16065550177")
    saved = kod("contact", as_=name)["contact"]
    expect(asked, saved["phone"] == "+16065550177", f"the server has {saved}")
    ok("a number as people write it is saved as E.164")


def hours_in_place(asked, name):
    asked.press("5")
    asked.shows("[5 My Availability]", "Around the clock")
    asked.press("j\r")
    asked.shows("changed, not saved yet")
    # Every day all day, so that nobody's test hangs on the hour; Monday with a break that is not inside.
    for day in range(7):
        asked.press("j\r")
        asked.press("\x15" + ("08:00-12:00 (13:00-14:00)" if day == 0 else "00:00-24:00") + "\r")
    asked.press("s")
    asked.until("no word at Monday", lambda text: re.search(r"Mon .*\n +\u2717 ", text))
    ok("a break outside its hours is said at its day")
    # The selection stands at Monday.
    asked.press("\r\x15" + "00:00-24:00 (03:00-03:30)\r")
    asked.press("G\r\x15" + "2035-03-10 to 2035-03-12\r")
    asked.press("s")
    asked.shows("availability saved")
    saved = kod("availability", as_=name)["availability"]
    expect(asked, len(saved["weekly_hours"]) == 7 and len(saved["out_of_office"]) == 1, f"the server has {saved}")
    asked.shows("2035-03-10 00:00 to 2035-03-13 00:00")
    ok("hours, breaks and absences are edited in place")
    asked.press("o")
    asked.shows("NOT AVAILABLE", "switched off")
    expect(asked, not kod("availability", as_=name)["status"]["available"], "the server says available")
    asked.press("f")
    asked.hides("NOT AVAILABLE")
    ok("o switches, f follows the hours again")


def search(asked, name):
    asked.press("2")
    asked.shows("[2 Referral Manager]", "in all")
    rows = kod("referrals", as_=name)["rows"]
    asked.until(f"not {len(rows)} rows", lambda text: f"{len(rows)} in all" in text)
    asked.press("/RINGS")
    asked.shows("Note has")
    asked.press("\r")
    asked.shows('note has "RINGS"', "1 in all")
    asked.press("/")
    asked.press("\x15nowhere\r")
    asked.shows("Nothing matches")
    asked.press("\x1b")
    asked.shows("Search: everything", f"{len(rows)} in all")
    ok("the search finds what the protocol finds, by the text of notes")


def sizes(asked):
    asked.press("1")
    asked.shows("RECEIVED TODAY")
    for columns, rows in ((60, 15), (200, 60), (30, 8), (80, 24)):
        asked.resize(columns, rows)
        if columns < 40:
            asked.shows("needs 40x10")
            continue
        asked.shows("Updates]", "OPEN OFFERS", "q quit")
        asked.until("the last line is not the keys", lambda text: asked.lines()[-1].endswith("q quit"))
        asked.until("the title is not the first line", lambda text: "kynect On Demand" in asked.lines()[0])
        ok(f"{columns}x{rows} shows what matters")


def strange_name(asked, other):
    """Wide, combining and long text must not push anything out of its place. (Control characters the server refuses;
    that the dashboard would not write them either is a unit test.)"""
    name = "Zo\u00eb \u8a9e\u8a9e e\u0301\u0323 \U0001f468 " + "\u8a9e" * 20
    referral = submit(name)
    asked.until("no mass offer", offer_line)
    asked.press("a")
    line = asked.until("no name", lambda text: re.search(r"^> in .*Zo\u00eb.*$", text, re.M))[0]
    expect(asked, "application" in line and re.search(r"#\d+$", line), f"columns are missing: {line}")
    asked.press("x")
    asked.shows("Say why")
    asked.press("no time\r")
    asked.shows("given back by you")
    kod("cancel", str(referral))
    asked.shows("No open offers")
    ok("wide and combining names stay in their column; x gives back")


def no_colour():
    plain = dashboard("carla", environment={"NO_COLOR": "1"})
    plain.shows("[1 Quick Updates]", "AVAILABLE")
    for page in "2345?":
        plain.press(page)
    plain.shows("Keys")
    plain.press("\x1b")
    plain.hides("Everywhere")
    plain.press("q")
    expect(plain, plain.ended() == 0, "it did not end with 0")
    for parameters in re.findall(rb"\x1b\[([0-9;]*)m", plain.raw):
        numbers = {int(n) for n in parameters.split(b";") if n}
        expect(plain, numbers <= {0, 1, 7}, f"SGR {parameters.decode()}")
    plain.is_restored()
    plain.close()
    ok("NO_COLOR: no colour, and q restores the terminal")
    coloured = dashboard("carla", environment={"LC_ALL": "C"})
    coloured.shows("[1 Quick Updates]", "AVAILABLE")
    coloured.press("5")
    coloured.shows("[5 My Availability]", "####")
    expect(coloured, coloured.raw.isascii(), "something else than ASCII was written")
    expect(coloured, re.search(rb"\x1b\[0;3[0-9]m", coloured.raw), "no colour at all")
    coloured.press("\x03")
    expect(coloured, coloured.ended() == 0, "it did not end with 0")
    coloured.is_restored()
    coloured.close()
    ok("a locale without UTF-8 gets ASCII, and Control-C restores the terminal")


def idle():
    """Nothing to count down: nothing is written, hardly any time is used."""
    quiet = dashboard("dmitri")
    quiet.shows("[1 Quick Updates]", "No open offers")
    time.sleep(1.5)
    quiet.press("4")
    quiet.shows("[4 Preferred Contact]", "KOD phone")
    time.sleep(1)

    def used():
        fields = open(f"/proc/{quiet.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    written, cpu = len(quiet.raw), used()
    time.sleep(4)
    # The minute may turn meanwhile.
    expect(quiet, len(quiet.raw) - written < 100, f"{len(quiet.raw) - written} bytes written while nothing changed")
    expect(quiet, used() - cpu <= 0.1, f"{used() - cpu:.2f} s of processor time in 4 s of nothing")
    ok(f"idle: {len(quiet.raw) - written} bytes and {used() - cpu:.2f} s of processor time in 4 s")
    quiet.process.send_signal(signal.SIGTERM)
    quiet.ended()
    quiet.is_restored()
    quiet.close()
    ok("SIGTERM restores the terminal")


def hung_up():
    gone = dashboard("elaine")
    gone.shows("[1 Quick Updates]")
    gone.process.send_signal(signal.SIGHUP)
    gone.ended()
    gone.is_restored()
    gone.close()
    lost = dashboard("elaine")
    lost.shows("[1 Quick Updates]")
    lost.hang_up()
    try:
        lost.process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        lost.process.kill()
        raise Difference("it outlived its terminal")
    ok("it ends with SIGHUP, and with its terminal")
    trapped = dashboard("elaine")
    trapped.shows("[1 Quick Updates]")
    trapped.process.send_signal(signal.SIGILL)
    status = trapped.ended()
    expect(trapped, status != 0, f"a trap ended with {status}")
    trapped.is_restored()
    trapped.close()
    ok("a trap restores the terminal")
    deaf = dashboard("elaine")
    deaf.shows("[1 Quick Updates]")
    # Control-S: the terminal takes nothing any more.
    termios.tcflow(deaf.terminal, termios.TCOOFF)
    deaf.resize(200, 60)
    time.sleep(0.5)
    deaf.process.send_signal(signal.SIGTERM)
    deaf.ended()
    termios.tcflow(deaf.terminal, termios.TCOON)
    if termios.tcgetattr(deaf.terminal) != deaf.before:
        deaf.fail("the terminal's settings were not restored")
    deaf.close()
    ok("SIGTERM ends it also when the terminal takes nothing")


def shell():
    """Control-Z and fg, in a shell that controls jobs."""
    bash = Terminal("/bin/bash", "--norc", "--noprofile", "-i", environment={"PS1": "prompt> ", "HISTFILE": ""})
    bash.shows("prompt>")
    bash.press(f"{KOD} dashboard --as farah --data {DATA}\r")
    bash.shows("[1 Quick Updates]", "AVAILABLE")
    bash.press("\x1a")
    bash.shows("Stopped", "prompt>")
    expect(bash, termios.tcgetattr(bash.terminal)[3] & termios.ISIG, "the terminal is still raw")
    bash.press("echo cook''ed\r")
    bash.shows("cooked")
    before = len(bash.raw)
    bash.press("fg\r")
    # What was shown before is still in the emulator, which has no second screen.
    bash.until("not drawn again", lambda _: "Quick Updates" in bash.raw[before:].decode(errors="replace"))
    bash.shows("[1 Quick Updates]", "OPEN OFFERS")
    bash.press("3")
    bash.shows("[3 View Metrics]")
    bash.press("q")
    # What is typed ahead of the end is dropped, so that a stray key is no command of the shell.
    bash.until("no prompt", lambda _: re.search(rb"\x1b\[\?1049l.*prompt>", bash.raw[before:], re.S))
    bash.press("echo sta''tus $?\r")
    bash.shows("status 0")
    bash.press("exit\r")
    bash.ended()
    bash.close()
    ok("Control-Z gives the shell its terminal, fg brings the dashboard back")


def others():
    for name, words in (("sam", "kod desk"), ("portal", "kod request"), ("olive", "kod status server")):
        other = dashboard(name, columns=120)
        other.shows("The dashboard is for assisters", words)
        expect(other, other.ended() == 77, "the exit status is not 77")
        other.close()
    piped = subprocess.run([KOD, "dashboard", "--data", DATA], capture_output=True, text=True)
    if piped.returncode != 2 or "kod updates" not in piped.stderr:
        raise Difference(f"without a terminal: {piped.returncode} {piped.stderr}")
    ok("who is no assister, or has no terminal, is told what to use")


def server_ends(asked):
    """kill -9 of the server: the banner, countdowns, keys that say so; then the same server again."""
    asked.press("1")
    asked.shows("[1 Quick Updates]")
    os.kill(SERVER_PID, signal.SIGKILL)
    asked.shows("NOT CONNECTED since", "next try in")
    asked.press("o")
    asked.shows("not connected: nothing was sent")
    ok("the server is killed: the banner says since when, keys say so")
    log = open(DATA + ".again", "w")
    again = subprocess.Popen(
        [os.path.join(os.environ["KOD_BIN"], "kod-server"), "run", "--dev", "--data", DATA, "--listen", SERVER],
        stdout=log, stderr=subprocess.STDOUT)
    try:
        asked.hides("NOT CONNECTED")
        asked.shows("AVAILABLE", "connected again")
        asked.press("2")
        asked.shows("in all")
        ok("it connects again and reads again")
        again.send_signal(signal.SIGKILL)
        again.wait()
        asked.shows("NOT CONNECTED since")
        asked.press("q")
        expect(asked, asked.ended() == 0, "it did not end with 0")
        asked.is_restored()
        ok("without a server q restores the terminal")
    finally:
        if again.poll() is None:
            again.kill()


def main():
    terminals = []
    try:
        asked, other, name, referral = offers_and_the_race()
        terminals += [asked, other]
        work_on_it(asked, name, referral)
        pages_against_protocol(asked, name)
        hours_in_place(asked, name)
        search(asked, name)
        sizes(asked)
        strange_name(asked, other)
        no_colour()
        idle()
        hung_up()
        shell()
        others()
        server_ends(asked)
    except Difference as difference:
        print(f"FAILED: {difference}", file=sys.stderr)
        return 1
    finally:
        for terminal in terminals:
            terminal.close()
    print(f"{passed} passed, 0 failed")
    return 0


sys.exit(main())
