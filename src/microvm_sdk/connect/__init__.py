"""Talking to a running MicroVM.

`running` runs a MicroVM while a block of code runs, `wait_until_responding` waits for the software
in it, and `http_client` returns an HTTP client for it, which needs the extra `connect`.
`TokenSource` keeps a token for its endpoint valid, for any other client.
"""

from microvm_sdk.connect._http_clients import http_client
from microvm_sdk.connect._responding import wait_until_responding
from microvm_sdk.connect._running import RunSettings, running
from microvm_sdk.connect._tokens import TokenSource

__all__ = [
    "RunSettings",
    "TokenSource",
    "http_client",
    "running",
    "wait_until_responding",
]
