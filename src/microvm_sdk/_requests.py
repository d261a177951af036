"""From Python's arguments to boto3's parameters."""

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ParamValidationError
from pydantic import SecretStr

from microvm_sdk.models import (
    Architecture,
    Capability,
    Chipset,
    ImageVersionStatus,
    UnknownMember,
    UnknownValue,
)
from microvm_sdk.models._machinery import Model, OpenEnum, python_name

# Parameters that become part of a path. botocore would send `..` as it is, and what stands between
# it and the service may take that for the folder above: the whole image in place of a version.
_IDENTIFIERS = {
    "baseImageVersion",
    "buildId",
    "imageIdentifier",
    "imageVersion",
    "microvmIdentifier",
    "Resource",
}
_ENUMS: dict[str, type[OpenEnum]] = {
    "additionalOsCapabilities": Capability,
    "architecture": Architecture,
    "chipset": Chipset,
    "status": ImageVersionStatus,
}
_SECRETS = {"runHookPayload"}
_MAPS_OF_SECRETS = {"environmentVariables"}


def boto3_parameters(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the arguments of an operation into what boto3 takes.

    Args:
        arguments: The arguments by boto3's names of the parameters; `None` for one left out.

    Returns:
        The parameters: plain dicts, lists and strings, without those left out.

    Raises:
        ParamValidationError: An argument cannot be sent. The error names it as Python does.
    """
    return {
        parameter: _parameter(parameter, argument)
        for parameter, argument in arguments.items()
        if argument is not None
    }


def _parameter(parameter: str, argument: Any) -> Any:
    name = python_name(parameter)
    if parameter in _IDENTIFIERS:
        _check_identifier(name, argument)
    if parameter in _ENUMS:
        return _enum_values(name, _ENUMS[parameter], argument)
    if parameter in _SECRETS:
        return _plain_secret(name, argument)
    if parameter in _MAPS_OF_SECRETS:
        return _plain_secrets(name, argument)
    return _plain(name, argument)


def _refusal(problem: str) -> ParamValidationError:
    return ParamValidationError(report=problem)


def _check_identifier(name: str, identifier: Any) -> None:
    # What is not a string botocore refuses by itself.
    if isinstance(identifier, str) and (
        identifier in {".", ".."} or identifier.split() != [identifier]
    ):
        msg = f"{name} must not be empty, '.' or '..', nor hold white space; got {identifier!r}"
        raise _refusal(msg)


def _enum_values(name: str, enum: type[OpenEnum], argument: Any) -> Any:
    if _is_list(argument):
        return [_enum_values(f"{name}[{index}]", enum, item) for index, item in enumerate(argument)]
    if not isinstance(argument, (enum, UnknownValue)) and argument not in list(enum):
        msg = (
            f"{name} must be one of {', '.join(enum)}, or an UnknownValue to send a value that "
            f"this SDK does not know; got {argument!r}"
        )
        raise _refusal(msg)
    return str(argument)


# Secrets are checked here and not by botocore, whose errors show the value that they refuse.


def _plain_secret(name: str, argument: Any) -> str:
    if isinstance(argument, SecretStr):
        return argument.get_secret_value()
    if isinstance(argument, str):
        return str(argument)
    msg = f"{name} must be a string or SecretStr; got {type(argument)}"
    raise _refusal(msg)


def _plain_secrets(name: str, argument: Any) -> dict[str, str]:
    if isinstance(argument, Mapping):
        return {key: _plain_secret(f"{name}[{key!r}]", item) for key, item in argument.items()}
    msg = f"{name} must be a mapping of strings or SecretStr; got {type(argument)}"
    raise _refusal(msg)


def _plain(name: str, argument: Any) -> Any:
    if isinstance(argument, str):
        return str(argument)
    if isinstance(argument, UnknownMember):
        msg = (
            f"{name} is the union member {argument.name!r}, which this SDK does not know and so "
            "cannot send"
        )
        raise _refusal(msg)
    if isinstance(argument, Model):
        return _plain(name, argument.model_dump(by_alias=True, exclude_none=True))
    if isinstance(argument, Mapping):
        return {key: _plain(f"{name}[{key!r}]", item) for key, item in argument.items()}
    if _is_list(argument):
        return [_plain(f"{name}[{index}]", item) for index, item in enumerate(argument)]
    return argument


def _is_list(argument: Any) -> bool:
    return isinstance(argument, Iterable) and not isinstance(argument, (str, bytes, Mapping, Model))
