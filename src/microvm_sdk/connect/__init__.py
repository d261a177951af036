"""Sending requests to a running MicroVM.

`wait_until_responding` waits for the software in it, and `http_client` returns an HTTP client for
it, which needs the extra `connect`. `TokenSource` keeps a token for its endpoint valid, for any
other HTTP client. Each has a twin for `AsyncMicroVMClient`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from microvm_sdk.connect._async.http_clients import async_http_client
    from microvm_sdk.connect._async.responding import async_wait_until_responding
    from microvm_sdk.connect._async_token_source import AsyncTokenSource
    from microvm_sdk.connect._sync.http_clients import http_client
    from microvm_sdk.connect._sync.responding import wait_until_responding
    from microvm_sdk.connect._token_source import TokenSource

__all__ = [
    "AsyncTokenSource",
    "TokenSource",
    "async_http_client",
    "async_wait_until_responding",
    "http_client",
    "wait_until_responding",
]

_MODULES = {
    "AsyncTokenSource": "_async_token_source",
    "TokenSource": "_token_source",
    "async_http_client": "_async.http_clients",
    "async_wait_until_responding": "_async.responding",
    "http_client": "_sync.http_clients",
    "wait_until_responding": "_sync.responding",
}


def __getattr__(name: str) -> Any:
    # Programs without asyncio do not pay for its import.
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return __all__
