"""Waiting for a state: when to poll, what a poll means, and the waiters."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from microvm_sdk._waits import waiters as waiters
else:

    def __getattr__(name: str) -> "ModuleType":
        # Imported when a client waits for the first time: most programs make calls only.
        if name == "waiters":
            return import_module(f"{__name__}.waiters")
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
