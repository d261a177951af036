"""Differences between a part of the SDK and of the service model: a field, an error, a value."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Union, get_args, get_origin, get_type_hints

from botocore.model import ServiceModel
from hints import file_of, is_optional, literal_values, options_of, wire_name
from pydantic import AwareDatetime, BaseModel, SecretStr
from pydantic.alias_generators import to_snake

from microvm_sdk import exceptions
from microvm_sdk.exceptions import ServiceError
from microvm_sdk.models._machinery.enums import OpenEnum

SCALARS: dict[str, Any] = {"string": str, "integer": int, "long": int, "boolean": bool}
_EXCEPTIONS = "src/microvm_sdk/exceptions.py"


@dataclass(frozen=True)
class Difference:
    """A place where the SDK and the service model differ."""

    path: str
    """What differs, such as `Microvm.state`."""
    problem: str
    """How it differs; empty if the path is enough."""
    file: str
    """The file where the SDK has it, or should."""
    sdk_knows_more: bool = False
    """Whether the SDK has more than the service model, as it does with an older botocore."""

    @property
    def what(self) -> str:
        """The difference in one line."""
        return f"{self.path}: {self.problem}" if self.problem else self.path


def python_name(member: str) -> str:
    """Return the Python name of a member: `minimumMemoryInMiB` is `minimum_memory_in_mib`."""
    return to_snake(member.replace("MiB", "Mib"))


def field_differences(model: type[BaseModel], shapes: Mapping[str, Any]) -> Iterator[Difference]:
    """Compare a model's fields with all the structures that it stands for.

    A field that some of them lack has to be optional.
    """
    file = file_of(model)
    hints = get_type_hints(model, include_extras=True)
    for name, field in model.model_fields.items():
        member = wire_name(field)
        if all(member not in shape.members for shape in shapes.values()):
            yield Difference(_title(model, shapes), f"field {name}", file, sdk_knows_more=True)
            continue
        optional = [key for key, shape in shapes.items() if member not in shape.required_members]
        if field.is_required() == bool(optional) or is_optional(hints[name]) != bool(optional):
            wanted = f"optional in {', '.join(optional)}" if optional else "required"
            yield Difference(f"{model.__name__}.{member}", f"must be {wanted}", file)
    own = [
        wire_name(model.model_fields[name])
        for name in inspect.get_annotations(model)
        if name in model.model_fields
    ]
    for key, shape in shapes.items():
        members = [member for member in shape.members if member in own]
        if members != [member for member in own if member in shape.members]:
            problem = f"fields must be in the order of the service: {', '.join(members)}"
            yield Difference(f"{model.__name__} ({key})", problem, file)


def _title(model: type[BaseModel], shapes: Mapping[str, Any]) -> str:
    return f"{model.__name__} ({next(iter(shapes))})" if len(shapes) == 1 else model.__name__


def error_differences(service: ServiceModel) -> Iterator[Difference]:
    classes = {error.__name__: error for error in ServiceError.__subclasses__()}
    shapes = {
        error.name: error
        for name in service.operation_names
        for error in service.operation_model(name).error_shapes
    }
    for name in sorted(classes.keys() - shapes.keys()):
        yield Difference(f"error {name}", "", _EXCEPTIONS, sdk_knows_more=True)
    for name, shape in shapes.items():
        if name not in classes:
            yield Difference(f"error {name} is missing", "", _EXCEPTIONS)
            continue
        if name not in exceptions.__all__:
            yield Difference(name, "is missing in __all__", _EXCEPTIONS)
        yield from _error_members(classes[name], shape)


def _error_members(error: type[ServiceError], shape: Any) -> Iterator[Difference]:
    given = {
        name: value
        for a_class in reversed(error.__mro__)
        for name, value in vars(a_class).items()
        if isinstance(value, property)
    }
    names = {python_name(member): member for member in shape.members}
    for name in sorted(given.keys() - names.keys() - vars(ServiceError).keys()):
        yield Difference(f"{error.__name__}.{name}", "", _EXCEPTIONS, sdk_knows_more=True)
    for name, member in names.items():
        path = f"{error.__name__}.{name}"
        if name not in given:
            yield Difference(f"{path} is missing ({member})", "", _EXCEPTIONS)
            continue
        kind = SCALARS.get(shape.members[member].type_name)
        if get_type_hints(given[name].fget)["return"] != Union[kind, None]:  # noqa: UP007  It equals both spellings.
            yield Difference(path, f"must be {kind} or None", _EXCEPTIONS)


def scalar_differences(path: str, shape: Any, hint: Any, file: str) -> Iterator[Difference]:
    kind = shape.type_name
    if is_sensitive(shape) != (hint is SecretStr):
        yield sensitivity(path, shape, file)
    elif kind == "timestamp":
        if hint not in {AwareDatetime, datetime}:
            yield Difference(path, "must be a Timestamp", file)
    elif hint is not SecretStr and hint is not SCALARS.get(kind):
        yield Difference(path, f"no {SCALARS.get(kind, object).__name__} ({kind})", file)


def literal_differences(path: str, hint: Any, file: str) -> Iterator[Difference]:
    """Compare the literals of a hint with its enum."""
    options = options_of(hint)
    for option in options:
        if isinstance(option, type) and issubclass(option, OpenEnum):
            literal = literal_values(options)
            for value in sorted({member.value for member in option} - literal):
                yield Difference(f"{path} as a literal", f"value {value} is missing", file)
        elif get_origin(option) in {Iterable, Mapping}:
            yield from literal_differences(f"{path}[]", get_args(option)[-1], file)


def value_differences(
    path: str, theirs: Iterable[str], ours: Iterable[str], file: str
) -> Iterator[Difference]:
    for value in sorted({*theirs} - {*ours}):
        yield Difference(path, f"value {value} is missing", file)
    for value in sorted({*ours} - {*theirs}):
        yield Difference(path, f"value {value}", file, sdk_knows_more=True)


def sensitivity(path: str, shape: Any, file: str) -> Difference:
    if is_sensitive(shape):
        return Difference(path, "sensitive, and no SecretStr", file)
    return Difference(path, "SecretStr, and not sensitive", file, sdk_knows_more=True)


def is_sensitive(shape: Any) -> bool:
    return bool(shape.metadata.get("sensitive"))
