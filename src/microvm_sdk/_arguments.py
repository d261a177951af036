"""The checks that public functions share, of arguments that are easily mistaken for each other.

Each raises an error that names the argument, what was expected, and what to pass instead. The
arguments of operations are checked in `microvm_sdk._calls.parameters`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from microvm_sdk.models import (
    AllPorts,
    Microvm,
    MicrovmSummary,
    Port,
    PortRange,
    PortSpecification,
    UnknownMember,
)

_PORTS = (Port, PortRange, AllPorts, UnknownMember)


def refuse(argument: str, expected: str, value: object, cure: str | None = None) -> NoReturn:
    """Raise the error of an argument that has the wrong type.

    Args:
        argument: Name of the argument.
        expected: What it must be, such as `a string`.
        value: What was passed. The error names its type only: it may be a secret.
        cure: The remedy, such as `pass client.sync_client`.

    Raises:
        TypeError: Always.
    """
    text = f"{argument} must be {expected}, got {type_name(value)}"
    raise TypeError(text if cure is None else f"{text}; {cure}")


def type_name(value: object) -> str:
    """Return the name of a value's type for an error; builtins and our own without the module."""
    kind = type(value)
    module = kind.__module__
    is_known = module == "builtins" or module.partition(".")[0] == "microvm_sdk"
    return kind.__qualname__ if is_known else f"{module}.{kind.__qualname__}"


def check_client(client: object) -> None:
    """Refuse anything but a `MicroVMClient`.

    Raises:
        TypeError: It is an asynchronous client, a boto3 client, or anything else without `call`.
    """
    if _is_called("AsyncMicroVMClient", client):
        refuse("client", "a MicroVMClient", client, "pass client.sync_client")
    if not _has_call(client):
        cure = "pass MicroVMClient(client=client)" if _is_boto3_client(client) else None
        refuse("client", "a MicroVMClient", client, cure)


def check_async_client(client: object) -> None:
    """Refuse anything but an `AsyncMicroVMClient`.

    Raises:
        TypeError: It is a synchronous client, a boto3 client, or anything else without `call`.
    """
    if _is_called("MicroVMClient", client) or not _has_call(client):
        is_client = _has_call(client) or _is_boto3_client(client)
        cure = "pass AsyncMicroVMClient(client=client)" if is_client else None
        refuse("client", "an AsyncMicroVMClient", client, cure)


# The clients belong to a later layer, so their names are compared. A test double is accepted.


def _is_called(name: str, client: Any) -> bool:
    return any(kind.__name__ == name for kind in client.__class__.__mro__)


def _has_call(client: object) -> bool:
    return callable(getattr(client, "call", None))


def _is_boto3_client(client: object) -> bool:
    return hasattr(getattr(client, "meta", None), "service_model")


def check_image_arn(argument: str, value: object) -> None:
    """Refuse anything but an ARN, such as the name of an image.

    Args:
        argument: Name of the argument.
        value: What was passed.

    Raises:
        TypeError: It is not a string.
        ValueError: It does not begin with `arn:`.
    """
    if not isinstance(value, str):
        cure = "pass its image_arn" if hasattr(value, "image_arn") else None
        refuse(argument, "the ARN of an image", value, cure)
    if not value.startswith("arn:"):
        msg = (
            f"{argument} must be the ARN of an image, got {str.__str__(value)!r}; "
            "microvm_sdk.images.find_image finds an image by its name"
        )
        raise ValueError(msg)


def check_microvm_id(argument: str, value: object) -> None:
    """Refuse anything but the id of a MicroVM.

    Args:
        argument: Name of the argument.
        value: What was passed.

    Raises:
        TypeError: It is not a string.
    """
    if not isinstance(value, str):
        cure = "pass its microvm_id" if hasattr(value, "microvm_id") else None
        refuse(argument, "the id of a MicroVM", value, cure)


def check_microvm(argument: str, value: object) -> None:
    """Refuse anything but a `Microvm`, such as an id or an item of a listing.

    Args:
        argument: Name of the argument.
        value: What was passed.

    Raises:
        TypeError: It is something else.
    """
    if not isinstance(value, Microvm):
        is_near = isinstance(value, (str, MicrovmSummary))
        cure = "client.get_microvm returns a Microvm" if is_near else None
        refuse(argument, "a Microvm", value, cure)


def port_specifications(argument: str, value: object) -> tuple[PortSpecification, ...]:
    """Return port specifications as a tuple.

    Args:
        argument: Name of the argument.
        value: What was passed: any iterable of them.

    Raises:
        TypeError: It is not an iterable, or an item is not a port specification.
        ValueError: It is empty.
    """
    expected = "a list of Port, PortRange or AllPorts"
    if isinstance(value, (int, *_PORTS)):
        item = f"Port(port={value})" if isinstance(value, int) else repr(value)
        refuse(argument, expected, value, f"pass [{item}]")
    if not isinstance(value, Iterable) or isinstance(value, (str, bytes, Mapping)):
        refuse(argument, expected, value)
    ports = tuple(value)
    for index, item in enumerate(ports):
        if not isinstance(item, _PORTS):
            cure = f"pass Port(port={item})" if isinstance(item, int) else None
            refuse(f"{argument}[{index}]", "Port, PortRange or AllPorts", item, cure)
    if not ports:
        msg = f"{argument} must have at least one port specification, got none"
        raise ValueError(msg)
    return ports
