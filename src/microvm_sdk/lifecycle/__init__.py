"""Starting and terminating MicroVMs, without losing track of one that runs.

`start` starts a MicroVM, `running` runs one for a block of code, and `terminate_all` terminates any
number of them. Each has a twin for `AsyncMicroVMClient`:

    with running(client, image_identifier=image) as microvm:
        print(microvm.url)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from microvm_sdk.lifecycle._run_settings import RunSettings
from microvm_sdk.lifecycle._starting import running, start
from microvm_sdk.lifecycle._terminating import terminate_all

if TYPE_CHECKING:
    from microvm_sdk.lifecycle._async_starting import async_running, async_start
    from microvm_sdk.lifecycle._async_terminating import async_terminate_all

__all__ = [
    "RunSettings",
    "async_running",
    "async_start",
    "async_terminate_all",
    "running",
    "start",
    "terminate_all",
]

_MODULES = {
    "async_running": "_async_starting",
    "async_start": "_async_starting",
    "async_terminate_all": "_async_terminating",
}


def __getattr__(name: str) -> Any:
    # Programs without asyncio do not pay for its import.
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return __all__
