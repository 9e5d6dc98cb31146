"""A reference client of the kynect On Demand protocol, version 1. README.md is the tutorial."""

from .client import Client, PendingCall, Settings, Subscription
from .errors import CallError, CallFailed, ConfigurationError, KODError, OutcomeUnknown, SessionEnded
from .events import Collapsed, CurrentState, Position, Pushed
from .messages import METHODS, REASONS, Code, Reason

__all__ = [
    "METHODS",
    "REASONS",
    "CallError",
    "CallFailed",
    "Client",
    "Code",
    "Collapsed",
    "ConfigurationError",
    "CurrentState",
    "KODError",
    "OutcomeUnknown",
    "PendingCall",
    "Position",
    "Pushed",
    "Reason",
    "SessionEnded",
    "Settings",
    "Subscription",
]
