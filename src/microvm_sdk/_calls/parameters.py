"""Converting an operation's arguments to boto3's parameters.

How a parameter is converted follows from its shape in botocore's model of the service: part of a
path, an enum, a secret, a list, a map, a structure. The three tables below have what a shape does
not say, or an older botocore does not know yet.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, NoReturn, Union, get_args, get_origin
from urllib.parse import unquote

from botocore.exceptions import ParamValidationError
from pydantic import SecretStr
from pydantic.alias_generators import to_snake

from microvm_sdk import models
from microvm_sdk.arns import ManagedConnector
from microvm_sdk.models import Architecture, Chipset, UnknownMember, UnknownValue
from microvm_sdk.models._machinery.model import Model
from microvm_sdk.models._machinery.names import UNKNOWN_TAG

# Identifiers that some operations have in the body or in the query instead of the path.
_IDENTIFIERS = {"imageIdentifier", "imageVersion", "baseImageVersion"}
# Secrets that botocore's model did not mark at first.
_SECRETS = {"environmentVariables", "runHookPayload"}
# Enums that have gained values since the oldest botocore.
_ENUMS: Mapping[str, Iterable[str]] = {"Architecture": Architecture, "Chipset": Chipset}

_DOTS = {".", ".."}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# What an identifier with more than one segment, or with encoded characters, has.
_MORE_SEGMENTS = {"/", "\\", "%"}
_MASK = str(SecretStr("secret"))

Converter = Callable[[str, Any], Any]
"""Converts an argument, given its name for errors."""


class Parameters:
    """The parameters of an operation."""

    def __init__(self, input_shape: Any) -> None:
        """Derive them from a shape.

        Args:
            input_shape: botocore's shape of the operation's input; `None` if it takes none.
        """
        members: Mapping[str, Any] = input_shape.members if input_shape else {}
        self._secrets = {
            parameter
            for parameter, shape in members.items()
            if parameter in _SECRETS or holds_a_secret(shape)
        }
        self._converters = {
            parameter: (to_snake(parameter), _converter_of(parameter, shape))
            for parameter, shape in members.items()
        }

    def convert(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Convert arguments to plain dicts, lists and strings.

        Args:
            arguments: The arguments by boto3's names; `None` for one that is omitted.

        Returns:
            The parameters without those that are omitted. One that botocore does not know is
            among them, for botocore to refuse.

        Raises:
            botocore.exceptions.ParamValidationError: An argument cannot be sent.
        """
        converted = {}
        for parameter, argument in arguments.items():
            if argument is not None:
                known = self._converters.get(parameter)
                name, convert = known or (to_snake(parameter), _convert_plain)
                converted[parameter] = convert(name, argument)
        return converted

    def shown(self, parameters: Mapping[str, Any]) -> dict[str, str]:
        """Return parameters as text for a `repr`: by their Python names, secrets masked.

        Args:
            parameters: What `convert` returned.
        """
        return {
            to_snake(parameter): _MASK if parameter in self._secrets else repr(value)
            for parameter, value in parameters.items()
        }


def _converter_of(  # noqa: PLR0911  One for each kind of shape.
    parameter: str, shape: Any
) -> Converter:
    """Return the converter of a parameter, or of the items inside it."""
    match shape.type_name:
        case "list":
            item = _converter_of(parameter, shape.member)
            return _list_converter(item, _expected(shape.member))
        case "map":
            value = _converter_of(parameter, shape.value)
            return _map_converter(value, _expected(shape.value))
        case "structure":
            return _structure_converter(shape)
        case "string":
            return _string_converter(parameter, shape)
        case "boolean":
            return _scalar_converter(bool, "a boolean")
        case "integer" | "long":
            return _scalar_converter(int, "an integer")
        case _:
            return _convert_plain


def _string_converter(parameter: str, shape: Any) -> Converter:
    if shape.metadata.get("sensitive") or parameter in _SECRETS:
        return _convert_secret
    if shape.enum:
        return _enum_converter(list(dict.fromkeys([*shape.enum, *_ENUMS.get(shape.name, ())])))
    if shape.name == "NetworkConnector":
        return _convert_connector
    if shape.serialization.get("location") == "uri" or parameter in _IDENTIFIERS:
        return _convert_identifier
    return _convert_string


def holds_a_secret(shape: Any) -> bool:
    """Return whether a shape, or anything in it, is a secret.

    Args:
        shape: botocore's shape of an input or output; `None` if there is none.
    """
    if shape is None:
        return False
    if shape.metadata.get("sensitive"):
        return True
    if shape.type_name == "structure":
        members = shape.members
        return not _SECRETS.isdisjoint(members) or any(map(holds_a_secret, members.values()))
    inner = {"list": "member", "map": "value"}.get(shape.type_name)
    return inner is not None and holds_a_secret(getattr(shape, inner))


def _refuse(problem: str) -> NoReturn:
    raise ParamValidationError(report=problem)


def _text(name: str, argument: str) -> str:
    # Not `str(argument)`: for a member of a program's own `(str, Enum)`, that is its name.
    text = argument if type(argument) is str else str.__str__(argument)
    if not text.isascii() and _LONE_SURROGATE.search(text):
        _refuse(f"{name} has a lone surrogate, which UTF-8 cannot encode")
    return text


def _convert_identifier(name: str, argument: Any) -> Any:
    # It becomes part of a path. botocore would send `..` unchanged, and a proxy may normalize it to
    # the parent path: the whole image instead of a version.
    if isinstance(argument, str):
        text = _text(name, argument)
        if text.split() != [text] or _has_dot_segment(text):
            _refuse(
                f"{name} must not be empty, contain white space, or have a '.' or '..' path "
                f"segment; got {text!r}"
            )
        return text
    return _convert_string(name, argument)


def _convert_string(name: str, argument: Any) -> str:
    if isinstance(argument, str):
        return _text(name, argument)
    _refuse(f"{name} must be a string; got {type(argument).__name__}")


def _convert_connector(name: str, argument: Any) -> str:
    # A member of the enum is a string, so type checkers accept it.
    if isinstance(argument, ManagedConnector):
        member = f"ManagedConnector.{argument.name}"
        _refuse(
            f"{name} must be the ARN of a network connector, got {member}; "
            f"pass microvm_sdk.arns.connector_arn({member}, region=...)"
        )
    return _convert_string(name, argument)


def _scalar_converter(scalar: type, expected: str) -> Converter:
    # botocore's own error would name the parameter as AWS does.
    def convert(name: str, argument: Any) -> Any:
        if not isinstance(argument, scalar):
            _refuse(f"{name} must be {expected}; got {type(argument).__name__}")
        return argument

    return convert


def _has_dot_segment(text: str) -> bool:
    if _MORE_SEGMENTS.isdisjoint(text):
        return text in _DOTS
    return not _DOTS.isdisjoint(unquote(text).replace("\\", "/").split("/"))


def _enum_converter(values: Sequence[str]) -> Converter:
    def convert(name: str, argument: Any) -> str:
        if isinstance(argument, UnknownValue) or (isinstance(argument, str) and argument in values):
            return _text(name, argument)
        _refuse(
            f"{name} must be one of {', '.join(values)}, or an UnknownValue to send a value that "
            f"this SDK does not know; got {argument!r}"
        )

    return convert


def _convert_secret(name: str, argument: Any) -> str:
    # botocore's own errors would show the value that they refuse.
    value = argument.get_secret_value() if isinstance(argument, SecretStr) else argument
    if not isinstance(value, str):
        _refuse(f"{name} must be a string or SecretStr; got {type(argument).__name__}")
    if value == _MASK:
        _refuse(
            f"{name} is {_MASK!r}: not the secret but pydantic's mask for it, as in a JSON dump"
        )
    return _text(name, value)


def _list_converter(convert: Converter, expected: str) -> Converter:
    def convert_all(name: str, argument: Any) -> list[Any]:
        if not isinstance(argument, Iterable) or isinstance(
            argument, (str, bytes, Mapping, Model, SecretStr)
        ):
            _refuse(f"{name} must be a list of {expected}; got {type(argument).__name__}")
        return [convert(f"{name}[{index}]", item) for index, item in enumerate(argument)]

    return convert_all


def _map_converter(convert: Converter, expected: str) -> Converter:
    def convert_all(name: str, argument: Any) -> dict[str, Any]:
        if not isinstance(argument, Mapping):
            _refuse(f"{name} must be a mapping of {expected}; got {type(argument).__name__}")
        return _items(name, argument, convert)

    return convert_all


def _items(name: str, argument: Mapping[Any, Any], convert: Converter) -> dict[Any, Any]:
    converted = {}
    for key, item in argument.items():
        text = _text(f"{name}: the key {key!r}", key) if isinstance(key, str) else key
        converted[text] = convert(f"{name}[{key!r}]", item)
    return converted


def _structure_converter(shape: Any) -> Converter:
    accepted: Any = (Mapping, UnknownMember, *(tuple(_models_of(shape)) or (Model,)))

    def convert(name: str, argument: Any) -> Any:
        if not isinstance(argument, accepted):
            is_number = isinstance(argument, (int, float))
            got = repr(argument) if is_number else type(argument).__name__
            _refuse(f"{name} must be {_expected(shape)}; got {got}")
        return _convert_plain(name, argument)

    return convert


def _expected(shape: Any) -> str:
    """Describe the values that a shape accepts."""
    if shape.type_name != "structure":
        return "strings" if shape.type_name == "string" else f"{shape.type_name} values"
    names = [model.__name__ for model in _models_of(shape)] or ["a mapping"]
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _models_of(shape: Any) -> Iterator[type[Model]]:
    """Yield the models of a shape: the members of a union, or the model with the shape's name."""
    for model in _members(getattr(models, shape.name, None)):
        if issubclass(model, Model) and model is not UnknownMember:
            yield model


def _members(hint: Any) -> Iterator[type]:
    if get_origin(hint) is Annotated:
        yield from _members(get_args(hint)[0])
    elif get_origin(hint) in {Union, UnionType}:
        for part in get_args(hint):
            yield from _members(part)
    elif isinstance(hint, type):
        yield hint


def _convert_plain(name: str, argument: Any) -> Any:  # noqa: PLR0911  One for each kind of argument.
    if isinstance(argument, str):
        return _text(name, argument)
    if isinstance(argument, SecretStr):
        return _convert_secret(name, argument)
    if isinstance(argument, UnknownMember):
        _refuse(
            f"{name} is the union member {argument.name!r}, which this SDK does not know and so "
            "cannot send"
        )
    if isinstance(argument, Model):
        return _convert_plain(name, argument.model_dump(by_alias=True, exclude_none=True))
    if isinstance(argument, Mapping):
        if UNKNOWN_TAG in argument:
            return _convert_plain(name, UnknownMember.model_validate(argument))
        return _items(name, argument, _convert_plain)
    if isinstance(argument, Iterable) and not isinstance(argument, bytes):
        return [_convert_plain(f"{name}[{index}]", item) for index, item in enumerate(argument)]
    return argument
