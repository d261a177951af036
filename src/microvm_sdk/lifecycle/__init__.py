"""The life of a MicroVM: starting one, and not losing it.

`start` runs a MicroVM that outlives the function, `running` one for a block of code, and
`terminate_all` ends any number. Each has a twin for `AsyncMicroVMClient`:

    with running(client, image_identifier=image) as microvm:
        print(microvm.url)
"""

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


def __getattr__(name: str) -> Any:
    # Programs without asyncio do not pay for the import.
    if name == "async_terminate_all":
        from microvm_sdk.lifecycle import _async_terminating  # noqa: PLC0415  See above.

        return _async_terminating.async_terminate_all
    if name in __all__:
        from microvm_sdk.lifecycle import _async_starting  # noqa: PLC0415  See above.

        return getattr(_async_starting, name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
