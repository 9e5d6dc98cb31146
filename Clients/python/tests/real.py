"""The server that KOD_SERVER, KOD_CA and KOD_CREDENTIALS name."""

from __future__ import annotations

import os
from pathlib import Path

from kod_client import Client, Settings


def real_client(name: str) -> Client:
    folder = Path(os.environ["KOD_CREDENTIALS"])
    token = (folder / f"{name}.token").read_text().strip()
    return Client(Settings(os.environ["KOD_SERVER"], token, ca=os.environ["KOD_CA"]))


def free_for_offers(assister: Client) -> None:
    """Rejects what is open: who has an open general offer gets no other (R36)."""
    for offer in assister.get_standing().open_offers:
        assister.reject_offer(offer.offer_id)
