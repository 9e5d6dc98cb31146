"""Noise: sound, damaged and random frames by the thousand, from many sessions, with garbage for handshakes beside them,
during which and after which everybody else must be served. What exactly the server answers is the conformance cases' to
check; this shows the whole of it under all of it at once. Python's ssl and socket, Google's protobuf, nothing of ours.

Arguments: HOST:PORT of a development server, its `dev` folder, the folder of the generated kod_pb2.
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


def office():
    """Weekdays in Paducah, with a break, and a week away."""
    return pb.Availability(
        time_zone="America/Chicago",
        weekly_hours=[pb.DailyHours(day=day, start=480, end=1020, breaks=[pb.HoursBreak(start=720, end=780)])
                      for day in range(pb.MONDAY, pb.SATURDAY)],
        out_of_office=[pb.OutOfOffice(start_us=10**15, end_us=10**15 + 7 * 86400 * 10**6)])


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


noise(seconds=5)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
