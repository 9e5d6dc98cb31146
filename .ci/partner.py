"""A partner's program, written from Protocol/README.md alone: Python's ssl and socket, Google's protobuf, nothing of ours.

Speaks to a development server (arguments: HOST:PORT, its `dev` folder, the folder of the generated kod_pb2) and checks the
main job, resuming, repeating and every kind of bad input on the level of bytes; then throws noise at the server for a few
seconds, during which and after which everybody else must be served.
"""
import os
import random
import socket
import ssl
import struct
import sys
import time

address, dev, generated = sys.argv[1:4]
sys.path.insert(0, generated)
import kod_pb2 as pb  # noqa: E402

HOST, PORT = address.rsplit(":", 1)
passed = failed = 0


def check(name, ok, detail=""):
    global passed, failed
    if ok:
        passed += 1
        print("ok:", name)
    else:
        failed += 1
        print("FAILED:", name, detail)


class Session:
    """One connection. Frames: u32 length, u8 type, u8 flags, u16 method, u32 call, u32 timeout, payload."""

    def __init__(self):
        context = ssl.create_default_context(cafile=os.path.join(dev, "ca.pem"))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["kod/1"])
        raw = socket.create_connection((HOST, int(PORT)), timeout=15)
        self.tls = context.wrap_socket(raw, server_hostname=HOST)
        assert self.tls.selected_alpn_protocol() == "kod/1"
        self.buffer = b""
        self.call = 0

    def send(self, type, payload=b"", call=0, method=0, timeout=0, flags=0, length=None):
        length = len(payload) if length is None else length
        self.tls.sendall(struct.pack(">IBBHII", length, type, flags, method, call, timeout) + payload)

    def read(self):
        """(type, call, payload), or None at the end of the connection."""
        while True:
            if len(self.buffer) >= 16:
                length, type, flags, method, call, timeout = struct.unpack(">IBBHII", self.buffer[:16])
                if len(self.buffer) >= 16 + length:
                    payload = self.buffer[16:16 + length]
                    self.buffer = self.buffer[16 + length:]
                    return type, call, payload
            try:
                more = self.tls.recv(65536)
            except (ConnectionError, ssl.SSLError):
                more = b""
            if not more:
                return None
            self.buffer += more

    def hello(self, name=None, token=None):
        token = token or open(os.path.join(dev, name + ".token")).read().strip()
        self.send(pb.HELLO, pb.Hello(minimum_version=1, maximum_version=1, token=token,
                                     client="partner.py").SerializeToString())
        return self.read()

    @classmethod
    def of(cls, name):
        session = cls()
        type, call, payload = session.hello(name)
        assert type == pb.WELCOME, type
        session.welcome = pb.Welcome.FromString(payload)
        return session

    def request(self, method, message, timeout=0):
        self.call += 1
        self.send(pb.REQUEST, message.SerializeToString(), self.call, method, timeout)
        return self.call

    def answer(self, response):
        """(response, None) or (None, status)."""
        type, call, payload = self.read()
        assert call == self.call, (call, self.call)
        if type == pb.RESPONSE:
            return response.FromString(payload), None
        assert type == pb.STATUS, type
        return None, pb.Status.FromString(payload)

    def status(self):
        type, call, payload = self.read()
        assert type == pb.STATUS, type
        return call, pb.Status.FromString(payload)

    def alive(self):
        self.send(pb.PING, b"still there?")
        return self.read() == (pb.PONG, 0, b"still there?")


def submission(key, language="es", county=21111):
    return pb.SubmitReferralRequest(
        idempotency_key=key, partner_reference="partner-1", help_type=pb.BOTH, language=language, county=county,
        contact=pb.Contact(name="Sam Roe", phone="+16065550123", notes=""))


def main_job():
    portal, carla = Session.of("portal"), Session.of("carla")
    check("WELCOME names principal, role and limits",
          portal.welcome.principal == "portal" and portal.welcome.role == pb.INTAKE_PARTNER
          and portal.welcome.limits.maximum_payload_bytes == 65536)
    stream = carla.request(0x0101, pb.SubscribeRequest())
    items = []
    while not items or items[-1].WhichOneof("item") != "state_end":
        type, call, payload = carla.read()
        assert (type, call) == (pb.ITEM, stream)
        items.append(pb.SubscribeItem.FromString(payload))
    check("a subscription starts with position and state", items[0].WhichOneof("item") == "start")
    portal.request(0x0301, submission(os.urandom(16)))
    referral, status = portal.answer(pb.Referral)
    check("a submit answers with the referral", referral and referral.state == pb.REFERRAL_GENERAL, status)
    type, call, payload = carla.read()
    push = pb.SubscribeItem.FromString(payload).push
    check("the offer is pushed with the next offset", push.offset == items[0].start.offset + 1
          and push.offer_opened.referral_id == referral.referral_id, (items[0].start, push))
    accept = carla.request(0x0204, pb.AcceptOfferRequest(offer_id=push.offer_opened.offer_id))
    frames = [carla.read(), carla.read()]
    response = next(f for f in frames if f[0] == pb.RESPONSE and f[1] == accept)
    assignment = pb.Assignment.FromString(response[2])
    check("the winner gets the contact", assignment.contact.phone == "+16065550123")
    closing = pb.SubscribeItem.FromString(next(f for f in frames if f[0] == pb.ITEM)[2]).push
    check("the closing is pushed", closing.offer_closed.state == pb.OFFER_ACCEPTED)
    carla.send(pb.CANCEL, call=stream)
    call, status = carla.status()
    check("a cancelled stream ends with CANCELLED", call == stream and status.code == pb.CANCELLED)

    again = Session.of("carla")
    again.request(0x0101, pb.SubscribeRequest(epoch=items[0].start.epoch, offset=push.offset))
    start = pb.SubscribeItem.FromString(again.read()[2]).start
    gap = pb.SubscribeItem.FromString(again.read()[2]).push
    check("a resume gives exactly the gap", start.recovered and gap == closing)
    stale = Session.of("carla")
    stale.request(0x0101, pb.SubscribeRequest(epoch="0" * 32, offset=1))
    start = pb.SubscribeItem.FromString(stale.read()[2]).start
    check("another epoch must resynchronise", not start.recovered)

    portal.request(0x0301, pb.SubmitReferralRequest(language="?", county=1))
    referral, status = portal.answer(pb.Referral)
    paths = {violation.path for violation in status.violations}
    check("all bad fields are named together", status.reason == pb.FIELD_INVALID and paths == {
        "idempotency_key", "partner_reference", "help_type", "language", "county", "contact.name", "contact.phone"}, paths)


def bad_input():
    def refusal(name, reason, code, call, send, session=None):
        session = session or Session.of("alice")
        send(session)
        got_call, status = session.status()
        check(f"{name}: {pb.Reason.Name(reason)}",
              (got_call, status.reason, status.code) == (call, reason, code), (got_call, status))
        return session

    for name, reason, code, call, send in [
        ("unknown type", pb.FRAME_TYPE_UNKNOWN, pb.UNIMPLEMENTED, 0, lambda s: s.send(77, b"abc", call=9)),
        ("flags", pb.FRAME_FLAGS_UNKNOWN, pb.INVALID_ARGUMENT, 0, lambda s: s.send(pb.PING, flags=1)),
        ("a server's frame", pb.FRAME_UNEXPECTED, pb.FAILED_PRECONDITION, 0, lambda s: s.send(pb.WELCOME)),
        ("second HELLO", pb.FRAME_UNEXPECTED, pb.FAILED_PRECONDITION, 0, lambda s: s.send(pb.HELLO)),
        ("unknown call", pb.CALL_UNKNOWN, pb.NOT_FOUND, 5, lambda s: s.send(pb.CANCEL, call=5)),
        ("unknown method", pb.METHOD_UNKNOWN, pb.UNIMPLEMENTED, 1, lambda s: s.send(pb.REQUEST, call=1, method=0x9999)),
        ("payload", pb.PAYLOAD_MALFORMED, pb.INVALID_ARGUMENT, 1, lambda s: s.send(pb.REQUEST, b"\xff", 1, 0x0204)),
        ("role", pb.ROLE_NOT_ALLOWED, pb.PERMISSION_DENIED, 1, lambda s: s.send(pb.REQUEST, b"", 1, 0x0401)),
        ("long ping", pb.PING_TOO_LONG, pb.INVALID_ARGUMENT, 0, lambda s: s.send(pb.PING, b"x" * 33)),
        ("call id", pb.CALL_ID_NOT_INCREASING, pb.INVALID_ARGUMENT, 0, lambda s: s.send(pb.REQUEST, b"", 0, 0x0203)),
    ]:
        check(f"{name}: the session goes on", refusal(name, reason, code, call, send).alive())

    early = Session()
    refusal("request before HELLO", pb.HELLO_REQUIRED, pb.UNAUTHENTICATED, 3,
            lambda s: s.send(pb.REQUEST, b"", 3, 0x0203), early)
    type, call, payload = early.hello("alice")
    check("HELLO after that is welcome", type == pb.WELCOME)

    def farewell(name, reason, session, permanent=False):
        frame = session.read()
        assert frame and frame[0] == pb.GOING_AWAY, frame
        message = pb.GoingAway.FromString(frame[2])
        check(f"{name}: GOING_AWAY {pb.Reason.Name(reason)}, then the end",
              message.reason == reason and message.permanent == permanent and session.read() is None, message)

    long = Session.of("alice")
    long.send(pb.REQUEST, call=1, method=0x0204, length=65537)
    farewell("a frame over the limit", pb.FRAME_TOO_LARGE, long)
    limit = Session.of("alice")
    limit.send(pb.REQUEST, b"\x12\xfc\xff\x03" + b"x" * 65532, 1, 0x0204)
    check("a frame at the limit is read", limit.read()[0] in (pb.STATUS, pb.RESPONSE))
    stranger = Session()
    stranger.send(pb.HELLO, length=4097)
    farewell("a HELLO over the limit", pb.FRAME_TOO_LARGE, stranger)
    for name, token in [("nonsense", "abc"), ("a made-up token", "kod1." + "0" * 80)]:
        wrong = Session()
        wrong.send(pb.HELLO, pb.Hello(minimum_version=1, maximum_version=1, token=token).SerializeToString())
        farewell(name, pb.TOKEN_REJECTED, wrong, permanent=True)
    future = Session()
    future.send(pb.HELLO, pb.Hello(minimum_version=7, maximum_version=9, token="x").SerializeToString())
    farewell("a version to come", pb.VERSION_UNSUPPORTED, future, permanent=True)
    garbage = Session()
    garbage.tls.sendall(b"GET / HTTP/1.1\r\nHost: kod\r\n\r\n")
    farewell("HTTP", pb.FRAME_TOO_LARGE, garbage)

    for name, client in [("a client of 65 bytes", "x" * 65), ("a client with control characters", "a\u009b2J")]:
        nameless = Session()
        nameless.send(pb.HELLO, pb.Hello(minimum_version=1, maximum_version=1, token="x", client=client).SerializeToString())
        call, status = nameless.status()
        check(f"{name} is refused by path, and HELLO may be said again",
              (call, status.reason, status.frame_type) == (0, pb.FIELD_INVALID, pb.HELLO)
              and [v.path for v in status.violations] == ["client"] and nameless.hello("alice")[0] == pb.WELCOME, status)
    leaver = Session.of("alice")
    leaver.tls.suppress_ragged_eofs = False
    leaver.tls.unwrap()
    check("close_notify is answered with close_notify", True)


def resuming():
    """Supervisors are told of referrals that nobody can take: one push each."""
    portal = Session.of("portal")
    for _ in range(300):
        portal.request(0x0301, submission(os.urandom(16), language="zu"))
        portal.answer(pb.Referral)

    def subscribe(epoch="", offset=0):
        """`start` and the offsets that follow it, up to `state_end` or `start.offset`."""
        sam = Session.of("sam")
        sam.request(0x0101, pb.SubscribeRequest(epoch=epoch, offset=offset))
        start, offsets = pb.SubscribeItem.FromString(sam.read()[2]).start, []
        while offset + len(offsets) < start.offset if start.recovered else True:
            item = pb.SubscribeItem.FromString(sam.read()[2])
            if item.WhichOneof("item") == "state_end":
                break
            if item.WhichOneof("item") == "push":
                offsets.append(item.push.offset)
        return start, offsets

    newest = subscribe()[0]
    for gap in [0, 1, 255, 256]:
        start, offsets = subscribe(newest.epoch, newest.offset - gap)
        check(f"a gap of {gap} is given whole",
              start.recovered and offsets == list(range(newest.offset - gap + 1, newest.offset + 1)), (start, offsets))
    for name, epoch, offset in [("257 pushes", newest.epoch, newest.offset - 257), ("a future offset", newest.epoch, 2**63),
                                ("another epoch", "0" * 32, newest.offset)]:
        start, offsets = subscribe(epoch, offset)
        check(f"{name}: resynchronise", not start.recovered and offsets == [], (start, offsets))


def repeating():
    """The same thirty keys on two connections at once."""
    keys, sessions = [os.urandom(16) for _ in range(30)], [Session.of("portal") for _ in range(2)]
    for key in keys:
        for session in sessions:
            session.request(0x0301, submission(key, language="zu"))
    answers = []
    for session in sessions:
        frames = sorted([session.read() for _ in keys], key=lambda frame: frame[1])
        answers.append([pb.Referral.FromString(payload).referral_id for type, call, payload in frames if type == pb.RESPONSE])
    check("one referral a key, whichever connection asks", answers[0] == answers[1] and len(set(answers[0])) == 30, answers)


def office():
    """Weekdays in Paducah, with a break, and a week away."""
    return pb.Availability(
        time_zone="America/Chicago",
        weekly_hours=[pb.DailyHours(day=day, start=480, end=1020, breaks=[pb.HoursBreak(start=720, end=780)])
                      for day in range(pb.MONDAY, pb.SATURDAY)],
        out_of_office=[pb.OutOfOffice(start_us=10**15, end_us=10**15 + 7 * 86400 * 10**6)])


def everybody_else():
    """What the other roles do: the partner that is told, the notifier, the desk and its reader; and an assister's own hours."""
    portal, nora, sam, ada, hana = (Session.of(name) for name in ["portal", "nora", "sam", "ada", "hana"])

    def answer(session, method, message, response):
        session.request(method, message)
        return session.answer(response)

    def stream(session, method, message, item):
        """The items up to `state_end`."""
        call, items = session.request(method, message), []
        while not items or items[-1].WhichOneof("item") != "state_end":
            type, got, payload = session.read()
            assert (type, got) == (pb.ITEM, call), (type, got, payload)
            items.append(item.FromString(payload))
        return items

    def next_item(session, item):
        type, call, payload = session.read()
        assert type == pb.ITEM, (type, payload)
        return item.FromString(payload)

    stream(portal, 0x0101, pb.SubscribeRequest(), pb.SubscribeItem)
    stream(nora, 0x0501, pb.SubscribeNoticesRequest(), pb.NoticeItem)
    partner = Session.of("portal")
    referral, status = answer(partner, 0x0301, submission(os.urandom(16), language="ja", county=21145), pb.Referral)
    notice = next_item(nora, pb.NoticeItem).notice
    check("who has no session is told by notice, with nothing of the Resident",
          notice.offer.referral_id == referral.referral_id and notice.channel == pb.PHONE
          and notice.address.startswith("+1502555010") and b"Sam Roe" not in notice.SerializeToString(), notice)
    acknowledged, status = answer(Session.of("nora"), 0x0502, pb.AcknowledgeNoticeRequest(
        notice_id=notice.notice_id, state=pb.NOTICE_SENT), pb.AcknowledgeNoticeResponse)
    check("any notifier acknowledges", acknowledged and acknowledged.state == pb.NOTICE_SENT, status)
    standing, status = answer(hana, 0x0203, pb.GetStandingRequest(), pb.Standing)
    check("the offer records its notices", [n.state for n in standing.open_offers[0].notices] == [pb.NOTICE_SENT], standing)
    offer = standing.open_offers[0].offer_id
    won, status = answer(hana, 0x0204, pb.AcceptOfferRequest(offer_id=offer), pb.Assignment)
    update = next_item(portal, pb.SubscribeItem).push.referral_update.referral
    check("the partner is told who took it", won and (update.state, update.holder) == (pb.REFERRAL_ASSIGNED, "hana"), update)
    tried, status = answer(hana, 0x0208, pb.LogAttemptRequest(referral_id=won.referral_id, result=pb.REACHED), pb.Assignment)
    check("a call that reached the Resident", tried and tried.state == pb.REFERRAL_CONTACTED, status)
    back, status = answer(sam, 0x0605, pb.DeskRequest(referral_id=won.referral_id, reason="x"), pb.Referral)
    again, status = answer(hana, 0x0204, pb.AcceptOfferRequest(offer_id=offer), pb.Assignment)
    check("work that was taken back shows no contact any more", again and not again.HasField("contact"), again or status)
    record, status = answer(ada, 0x0610, pb.GetReferralRecordRequest(referral_id=won.referral_id), pb.ReferralRecord)
    check("the auditor reads what was done by hand", record and record.desk_notes[-1].action == pb.TOOK_BACK, status)
    nothing, status = answer(ada, 0x0605, pb.DeskRequest(referral_id=won.referral_id, reason="x"), pb.Referral)
    check("and does nothing", nothing is None and status.reason == pb.ROLE_NOT_ALLOWED, status)

    profile, status = answer(hana, 0x020C, pb.SaveAvailabilityRequest(availability=office()), pb.Profile)
    check("hours come back as they were saved", profile and profile.availability == office()
          and profile.status.next_turn_us > 0, status)
    bad = office()
    bad.time_zone, bad.weekly_hours[2].breaks[0].end, bad.out_of_office[0].end_us = "EST", 1021, 1
    nothing, status = answer(hana, 0x020C, pb.SaveAvailabilityRequest(availability=bad), pb.Profile)
    check("what is wrong with hours is named by its path", nothing is None and {v.path for v in status.violations} == {
        "availability.time_zone", "availability.weekly_hours[2].breaks[0].end", "availability.out_of_office[0].end_us"}, status)
    call, items = sam.request(0x060E, pb.SimulatePolicyRequest(preset=pb.PRESET_ONE_SHOT)), []
    while True:
        type, got, payload = sam.read()
        if type == pb.STATUS:
            break
        items.append(pb.SimulationItem.FromString(payload))
    check("a simulation ends with its report, and with OK", pb.Status.FromString(payload).code == pb.OK
          and items[-1].report.recorded.requests > 0, (payload, items))


def noise(seconds, seed=20261123):
    """Bytes, frames and requests, random or bent by one byte, from sessions that vanish or wait."""
    chance, olive, portal, call = random.Random(seed), Session.of("olive"), Session.of("portal"), 0
    numbers = [0x0101, *range(0x0201, 0x0213), *range(0x0301, 0x0305), 0x0401, 0x0501, 0x0502, *range(0x0601, 0x0611)]
    samples = [submission(b"k" * 16), pb.SubscribeRequest(epoch="e", offset=3), pb.AcceptOfferRequest(offer_id=2),
               pb.RegisterRequest(kind=1, languages=["en"], counties=[21067], accept_terms=True), pb.GetStandingRequest(),
               pb.SaveAvailabilityRequest(availability=office()), pb.DeskRequest(referral_id=3, reason="why not"),
               pb.StaffRequest(assister="alice", reason="why not"), pb.ListQueueRequest(filter=pb.QUEUE_OPEN, page_size=3),
               pb.SimulatePolicyRequest(preset=pb.PRESET_SERIAL), pb.AcknowledgeNoticeRequest(notice_id=9, state=pb.NOTICE_SENT)]

    def one():
        nonlocal call
        call += 1
        kind, method, timeout = chance.randrange(8), chance.choice(numbers), chance.choice([0, 0, 1, 2**32 - 1])
        if kind == 0:
            payload = chance.randbytes(chance.choice([0, 1, 5, 33, 100]))
            return struct.pack(">IBBHII", len(payload), chance.randrange(13), 0, method, call, timeout) + payload
        payload = chance.choice(samples).SerializeToString()
        frame = bytearray(struct.pack(">IBBHII", len(payload), pb.REQUEST, 0, method, call, timeout) + payload)
        if kind > 3:
            # Neither the length nor the call id, as a rule: all that follows would only be refused for them.
            places = [*range(4, 8), *range(12, len(frame))] if chance.random() < 0.99 else range(len(frame))
            frame[chance.choice(places)] = chance.randrange(256)
        return bytes(frame)

    def status():
        olive.request(0x0401, pb.GetServerStatusRequest())
        return olive.answer(pb.ServerStatus)[0]

    frames, slowest, end = 0, 0, time.monotonic() + seconds
    while time.monotonic() < end:
        call = 0
        session = Session() if chance.random() < 0.1 else Session.of(chance.choice(["alice", "ben", "sam", "ada", "nora", "olive", "portal"]))
        session.tls.settimeout(0.1)
        many = [chance.randbytes(200)] if chance.random() < 0.1 else [one() for _ in range(chance.randrange(1, 500))]
        frames += len(many)
        try:
            session.tls.sendall(b"".join(many))
            while chance.random() < 0.9 and session.read():
                pass
        except OSError:
            pass
        session.tls.close()
        with socket.create_connection((HOST, int(PORT))) as raw:
            raw.sendall(chance.choice([b"\x16\x03\x01\xff\xff", b"\x16\x03\x01\x00\x05", b"GET / "]) + chance.randbytes(300))
        before = time.monotonic()
        portal.request(0x0301, submission(os.urandom(16), language="zu"))
        if portal.answer(pb.Referral)[0] is None:
            return check("others are served during noise", False)
        slowest = max(slowest, time.monotonic() - before)
    check(f"others are served during noise ({frames} frames; slowest {slowest * 1000:.0f} ms)", slowest < 5)
    for _ in range(50):
        now = status()
        if (now.sessions, now.subscriptions) == (2, 0):
            break
        time.sleep(0.1)
    check("noise leaves neither sessions nor subscriptions", (now.sessions, now.subscriptions) == (2, 0), now)


main_job()
bad_input()
resuming()
repeating()
everybody_else()
noise(seconds=5)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
