"""A local AWS Lambda MicroVMs to test against, with no account and no network.

`mock_microvms()` makes boto3, and `MicroVMClient`, call a service inside the process: it is moto's
`mock_aws` with this service in it. `MicroVMServer`, or `python -m microvm_sdk.testing`, is the same
over HTTP. `Controls` schedules failures and advances time. Fixtures for pytest, such as
`microvm_client` and `microvm_controls`, come with the package.

All of this needs the extra: `pip install "microvm-sdk[testing]"`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from microvm_sdk.testing._controls import Controls
    from microvm_sdk.testing._fakes import boto3_client_of, example
    from microvm_sdk.testing._mock import mock_microvms
    from microvm_sdk.testing._server import MicroVMServer
    from microvm_sdk.testing._service.proxy.visits import ProxyResponse

__all__ = [
    "Controls",
    "MicroVMServer",
    "ProxyResponse",
    "boto3_client_of",
    "example",
    "mock_microvms",
]

# The module of each name, imported when the name is used: pytest imports this package in every run,
# for its fixtures, even if the extra is not installed.
_MODULES = {
    "Controls": "microvm_sdk.testing._controls",
    "MicroVMServer": "microvm_sdk.testing._server",
    "ProxyResponse": "microvm_sdk.testing._service.proxy.visits",
    "boto3_client_of": "microvm_sdk.testing._fakes",
    "example": "microvm_sdk.testing._fakes",
    "mock_microvms": "microvm_sdk.testing._mock",
}
_FIRST_MOTO = (5, 2)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    _require_extra()
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return __all__


def _require_extra() -> None:
    try:
        version: str = import_module("moto").__version__
        import_module("flask")
        import_module("flask_cors")
    except ImportError as error:
        msg = (
            f"microvm_sdk.testing needs {error.name}, which cannot be imported: "
            'pip install "microvm-sdk[testing]"'
        )
        raise ImportError(msg, name=error.name) from error
    if tuple(int(part) for part in version.split(".")[:2]) < _FIRST_MOTO:
        msg = (
            f"microvm_sdk.testing needs moto 5.2 or newer, not {version}: "
            'pip install --upgrade "microvm-sdk[testing]"'
        )
        raise ImportError(msg, name="moto")
