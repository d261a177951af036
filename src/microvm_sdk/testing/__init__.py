"""A local AWS Lambda MicroVMs to test against: no account, no network.

`mock_microvms()` lets boto3, and `MicroVMClient` over it, talk to a service inside the process:
it is moto's `mock_aws` with this service in it. `MicroVMServer`, or `python -m
microvm_sdk.testing`, is the same over HTTP. `Controls` makes it fail, and time pass. The pytest
fixtures `microvm_client` and `microvm_server` come with the package.

All of this needs the extra: `pip install "microvm-sdk[testing]"`.
"""

from __future__ import annotations

from importlib import import_module

try:
    _moto_version: str = import_module("moto").__version__
    import_module("flask")
    import_module("flask_cors")
except ImportError as error:
    msg = (
        f"microvm_sdk.testing needs {error.name}, which cannot be imported: "
        'pip install "microvm-sdk[testing]"'
    )
    raise ImportError(msg, name=error.name) from error

_FIRST_MOTO = (5, 2)
if tuple(int(part) for part in _moto_version.split(".")[:2]) < _FIRST_MOTO:
    msg = (
        f"microvm_sdk.testing needs moto 5.2 or newer, not {_moto_version}: "
        'pip install --upgrade "microvm-sdk[testing]"'
    )
    raise ImportError(msg, name="moto")

from microvm_sdk.testing._mock import mock_microvms  # noqa: E402 - needs what was looked for above.
from microvm_sdk.testing.controls import Controls  # noqa: E402 - the same.
from microvm_sdk.testing.server import MicroVMServer  # noqa: E402 - the same.

__all__ = ["Controls", "MicroVMServer", "mock_microvms"]
