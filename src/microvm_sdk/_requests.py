"""From Python's arguments to boto3's parameters."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
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
        parameter: _TURNS.get(parameter, _plain)(python_name(parameter), argument)
        for parameter, argument in arguments.items()
        if argument is not None
    }


def _refusal(problem: str) -> ParamValidationError:
    return ParamValidationError(report=problem)


def _content(text: str) -> str:
    # Not `str(text)`, which of a program's own `(str, Enum)` is the member's name.
    return str.__str__(text)


def _identifier(name: str, argument: Any) -> Any:
    # It becomes part of a path. botocore would send `..` as it is, and what stands between it and
    # the service may take that for the folder above: the whole image in place of a version.
    # What is not a string botocore refuses by itself.
    if isinstance(argument, str) and (argument in {".", ".."} or argument.split() != [argument]):
        msg = f"{name} must not be empty, '.' or '..', nor hold white space; got {argument!r}"
        raise _refusal(msg)
    return _plain(name, argument)


def _enum_value(enum: type[OpenEnum], name: str, argument: Any) -> str:
    if isinstance(argument, UnknownValue) or (
        isinstance(argument, str) and argument in enum.__members__
    ):
        return _content(argument)
    msg = (
        f"{name} must be one of {', '.join(enum)}, or an UnknownValue to send a value that this "
        f"SDK does not know; got {argument!r}"
    )
    raise _refusal(msg)


def _enum_values(enum: type[OpenEnum], name: str, argument: Any) -> Any:
    if not _is_list(argument):
        return _plain(name, argument)  # botocore refuses it.
    return [_enum_value(enum, f"{name}[{index}]", item) for index, item in enumerate(argument)]


# Secrets are checked here and not by botocore, whose errors show the value that they refuse.


def _plain_secret(name: str, argument: Any) -> str:
    if isinstance(argument, SecretStr):
        return argument.get_secret_value()
    if isinstance(argument, str):
        return _content(argument)
    msg = f"{name} must be a string or SecretStr; got {type(argument)}"
    raise _refusal(msg)


def _plain_secrets(name: str, argument: Any) -> dict[str, str]:
    if isinstance(argument, Mapping):
        return {key: _plain_secret(f"{name}[{key!r}]", item) for key, item in argument.items()}
    msg = f"{name} must be a mapping of strings or SecretStr; got {type(argument)}"
    raise _refusal(msg)


def _plain(name: str, argument: Any) -> Any:
    if isinstance(argument, str):
        return _content(argument)
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


# What is not here needs no more than `_plain`.
_TURNS: dict[str, Callable[[str, Any], Any]] = {
    "additionalOsCapabilities": partial(_enum_values, Capability),
    "architecture": partial(_enum_value, Architecture),
    "baseImageVersion": _identifier,
    "buildId": _identifier,
    "chipset": partial(_enum_value, Chipset),
    "environmentVariables": _plain_secrets,
    "imageIdentifier": _identifier,
    "imageVersion": _identifier,
    "microvmIdentifier": _identifier,
    "Resource": _identifier,
    "runHookPayload": _plain_secret,
    "status": partial(_enum_value, ImageVersionStatus),
}
