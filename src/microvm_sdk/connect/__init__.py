"""Talking to a running MicroVM.

`wait_until_responding` waits for the software in it, and `http_client` returns an HTTP client for
it, which needs the extra `connect`. `TokenSource` keeps a token for its endpoint valid, for any
other client. Each has a twin for `AsyncMicroVMClient`.
"""

from microvm_sdk.connect._http_clients import async_http_client, http_client
from microvm_sdk.connect._responding import async_wait_until_responding, wait_until_responding
from microvm_sdk.connect._tokens import AsyncTokenSource, TokenSource

__all__ = [
    "AsyncTokenSource",
    "TokenSource",
    "async_http_client",
    "async_wait_until_responding",
    "http_client",
    "wait_until_responding",
]
