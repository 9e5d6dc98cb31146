"""A small server with one assister and one partner: as much of the protocol as the tutorial uses.

Every request for help becomes an offer to `alice`. Nothing is kept on disk, there are no deadlines and no rules.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

from kod_client import messages as m
from kod_client.frames import Frame
from kod_client.messages import METHODS, FrameType, Reason

from .server import Peer, Server
from .support import NEXT_TOKEN, TOKEN, item, limits, response, start, status

BY_NUMBER = {method.number: name for name, method in METHODS.items()}


class SmallServer:
    def __init__(self) -> None:
        self.server = Server()
        self.lock = threading.RLock()
        self.tokens = {TOKEN: "alice", "kod1." + "70" * 40: "portal"}
        self.offers: dict[int, m.Offer] = {}
        self.pushes: list[m.Push] = []
        self.keys: dict[bytes, m.Referral] = {}
        self.contacts: dict[int, m.Contact] = {}
        self.subscribers: dict[Peer, int] = {}
        self.peers: list[Peer] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def write_tokens(self, folder: Path) -> None:
        for token, name in self.tokens.items():
            (folder / f"{name}.token").write_text(token + "\n")

    def close(self) -> None:
        self.server.close()
        for peer in self.peers:
            peer.close()

    def _serve(self) -> None:
        while True:
            try:
                peer = self.server.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self.peers.append(peer)
            threading.Thread(target=self._session, args=(peer,), daemon=True).start()

    def _session(self, peer: Peer) -> None:
        try:
            hello = m.Hello.decode(peer.take(FrameType.HELLO).payload)
            name = self.tokens[hello.token]
            role = m.Role.ASSISTER if name == "alice" else m.Role.INTAKE_PARTNER
            welcome = m.Welcome(1, 1, name, role, time.time_ns() // 1000, limits())
            peer.give(Frame(FrameType.WELCOME, payload=welcome.encode()))
            while True:
                frame = peer.take()
                if frame.type == FrameType.GOING_AWAY:
                    peer.give(Frame(FrameType.GOING_AWAY))
                    return
                if frame.type == FrameType.PING:
                    peer.give(Frame(FrameType.PONG, payload=frame.payload))
                if frame.type == FrameType.REQUEST:
                    with self.lock:
                        self._request(peer, name, frame)
        except (AssertionError, OSError):
            pass  # the client is gone
        finally:
            self.subscribers.pop(peer, None)

    def _request(self, peer: Peer, name: str, frame: Frame) -> None:
        method = METHODS[BY_NUMBER[frame.method]]
        request = method.request.decode(frame.payload)
        match request:
            case m.GetStandingRequest():
                peer.give(response(frame.call, m.Standing(m.AssisterStatus(name=name))))
            case m.SubscribeRequest(epoch, offset):
                self.subscribers[peer] = frame.call
                recovered = epoch == "small"
                peer.give(start(frame.call, "small", len(self.pushes), recovered))
                if recovered:
                    peer.give(*(item(frame.call, push=push) for push in self.pushes[offset:]))
                else:
                    peer.give(*(item(frame.call, open_offer=offer) for offer in self.offers.values()))
                    standing = item(frame.call, status=m.AssisterStatus(name=name))
                    peer.give(standing, item(frame.call, state_end=m.StateEnd()))
            case m.SubmitReferralRequest(key):
                if key not in self.keys:
                    self._offer(request)
                peer.give(response(frame.call, self.keys[key]))
            case m.AcceptOfferRequest(offer_id) if offer_id in self.offers:
                offer = self.offers[offer_id]
                won = m.Assignment(offer.referral_id, offer_id, contact=self.contacts[offer.referral_id])
                peer.give(response(frame.call, won))
            case m.AcceptOfferRequest():
                peer.give(status(frame.call, Reason.OFFER_UNKNOWN))
            case m.CancelReferralRequest(referral_id):
                cancelled = m.Referral(referral_id, state=m.ReferralState.REFERRAL_CANCELLED)
                peer.give(response(frame.call, cancelled))
            case m.RenewCredentialRequest():
                self.tokens[NEXT_TOKEN] = name
                peer.give(response(frame.call, m.RenewedCredential(NEXT_TOKEN, time.time_ns() // 1000 + 10**9)))
            case m.RefreshSessionRequest(token) if self.tokens.get(token) == name:
                peer.give(response(frame.call, m.SessionCredential(time.time_ns() // 1000 + 10**9)))
            case _:
                peer.give(status(frame.call, Reason.METHOD_UNKNOWN))

    def _offer(self, request: m.SubmitReferralRequest) -> None:
        number = len(self.keys) + 1
        now = time.time_ns() // 1000
        self.keys[request.idempotency_key] = m.Referral(number, request.partner_reference)
        self.contacts[number] = request.contact or m.Contact()
        self.offers[number + 100] = offer = m.Offer(number + 100, number, deadline_us=now + 900_000_000)
        self.pushes.append(m.Push(len(self.pushes) + 1, now, offer_opened=offer))
        for peer, call in self.subscribers.items():
            peer.give(item(call, push=self.pushes[-1]))
