"""Talking to a running MicroVM.

`running` runs a MicroVM while a block of code runs. `TokenSource` keeps a token for its endpoint
valid, for any HTTP client.
"""

from microvm_sdk.connect._running import RunSettings, running
from microvm_sdk.connect._tokens import TokenSource

__all__ = [
    "RunSettings",
    "TokenSource",
    "running",
]
