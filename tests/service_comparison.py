"""Compares the SDK with botocore's service model, and finds what either lacks.

The conformance tests assert that there is no difference. `scripts/drift.py` prints the differences
from a newer botocore.
"""

import inspect
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import botocore
import typing_extensions
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from pydantic import AwareDatetime, BaseModel, SecretStr
from pydantic.alias_generators import to_snake
from pydantic.fields import FieldInfo

from microvm_sdk import UnknownMember, UnknownValue, exceptions, models
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import ServiceError
from microvm_sdk.lifecycle import RunSettings
from microvm_sdk.models._machinery.enums import OpenEnum
from microvm_sdk.models._machinery.union_members import StructureMember, tag_of
from microvm_sdk.models._machinery.unions import TaggedUnion
from microvm_sdk.models.version_settings import VersionSettings
from microvm_sdk.pagination import Paginator
from microvm_sdk.settings import ImageSettings

SERVICE = "lambda-microvms"
COMPARED = (1, 44, 8)
"""The newest botocore that the SDK was compared with."""
_CLIENT = "src/microvm_sdk/client.py"
_EXCEPTIONS = "src/microvm_sdk/exceptions.py"
_MODELS = "src/microvm_sdk/models/"
_EXPORTS = "src/microvm_sdk/models/__init__.py"
_SCALARS: dict[str, Any] = {"string": str, "integer": int, "long": int, "boolean": bool}
# Parameters of several methods as a TypedDict.
_TYPED_DICTS: tuple[Any, ...] = (ImageSettings, RunSettings)
# Models and methods that the service does not have.
_OWN_MODELS = {"ResponseMetadata", "Result", "UnknownMember"}
_OWN_METHODS = {"boto3_client", "call", "close"}


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


def is_older() -> bool:
    """Whether the installed botocore is older than the one that the SDK was compared with."""
    return tuple(int(part) for part in botocore.__version__.split(".")[:3]) < COMPARED


def service_model() -> ServiceModel:
    """Load the service model of the installed botocore."""
    return ServiceModel(Loader().load_service_model(SERVICE, "service-2"), SERVICE)


def differences(service: ServiceModel) -> list[Difference]:
    """Walk a service model and the SDK, and list where they differ.

    Args:
        service: The service model.

    Returns:
        The differences, each once.
    """
    return list(dict.fromkeys(_Comparison().service(service)))


class _Comparison:
    def __init__(self) -> None:
        self.seen: set[type] = set()
        self.settings: set[str] = set()
        self.shapes: dict[type[BaseModel], dict[str, Any]] = {}

    def service(self, service: ServiceModel) -> Iterator[Difference]:
        update: Any = service.operation_model("UpdateMicrovmImage").input_shape
        self.settings.update(update.members)
        methods = {xform_name(name) for name in RESULTS}
        for name in service.operation_names:
            method = xform_name(name)
            if method in methods:
                yield from self.operation(
                    name, service.operation_model(name), getattr(MicroVMClient, method)
                )
            else:
                yield Difference(f"operation {name}", f"no method {method}", _CLIENT)
        operations = {xform_name(name) for name in service.operation_names}
        for method in sorted(methods - operations):
            yield Difference(
                f"operation {_operation_name(method)}", "", _CLIENT, sdk_knows_more=True
            )
        for model, shapes in self.shapes.items():
            yield from _fields(model, shapes)
        yield from _errors(service)
        for parameters in _TYPED_DICTS:
            for name, hint in typing_extensions.get_type_hints(parameters).items():
                path = f"{parameters.__name__}.{name}"
                yield from _literals(path, hint, _file(parameters))
        yield from self.exports()

    def exports(self) -> Iterator[Difference]:
        for value in sorted(self.seen, key=lambda value: value.__name__):
            if value.__name__ not in models.__all__:
                yield Difference(value.__name__, "is not exported", _EXPORTS)
        for name in models.__all__:
            value = getattr(models, name)
            ours = isinstance(value, type) and issubclass(value, (BaseModel, OpenEnum))
            if ours and value not in self.seen and name not in _OWN_MODELS:
                yield Difference(name, "is in no operation", _file(value), sdk_knows_more=True)

    def operation(self, name: str, operation: OperationModel, method: Any) -> Iterator[Difference]:
        hints = get_type_hints(method, include_extras=True)
        yield from self.parameters(name, operation.input_shape, inspect.signature(method), hints)
        output = operation.output_shape
        returned = hints["return"]
        if output is None or not output.members:
            if returned is not type(None):
                yield Difference(name, "returns nothing", _CLIENT)
        elif returned is type(None):
            yield Difference(name, f"returns {', '.join(output.members)}", _CLIENT)
        elif get_origin(returned) is Paginator:
            yield from self.page(name, output, get_args(returned)[0])
        else:
            yield from self.structure(name, output, returned)

    def page(self, name: str, output: Any, item: Any) -> Iterator[Difference]:
        items = output.members.get("items")
        if items is None or items.type_name != "list":
            yield Difference(name, "has no list of `items`", "src/microvm_sdk/pagination.py")
        else:
            yield from self.type(f"{name}.items[]", items.member, item, _CLIENT)
        for member in output.members:
            if member not in {"items", "nextToken"}:
                yield Difference(
                    f"{name}.{member}", "is missing on pages", "src/microvm_sdk/pagination.py"
                )

    def parameters(
        self,
        name: str,
        shape: Any | None,
        signature: inspect.Signature,
        hints: Mapping[str, Any],
    ) -> Iterator[Difference]:
        members = {} if shape is None else shape.members
        required = [] if shape is None else shape.required_members
        given = {key: value for key, value in signature.parameters.items() if key != "self"}
        names = {python_name(member): member for member in members}
        for parameter in given.keys() - names.keys():
            yield Difference(name, f"parameter {parameter}", _CLIENT, sdk_knows_more=True)
        for python, member in names.items():
            path = f"{name}({python})"
            if python not in given:
                yield Difference(name, f"parameter {python} ({member}) is missing", _CLIENT)
                continue
            taken = given[python]
            if taken.kind is not taken.KEYWORD_ONLY:
                yield Difference(path, "must be keyword-only", _CLIENT)
            if member in required and taken.default is not taken.empty:
                yield Difference(path, "must be required", _CLIENT)
            if member not in required and taken.default is not None:
                yield Difference(path, "must default to None", _CLIENT)
            if shape is not None and member not in required and not _optional(hints[python]):
                yield Difference(path, "must take None", _CLIENT)
            yield from self.argument(path, members[member], hints[python])
            yield from _literals(path, hints[python], _CLIENT)

    def argument(self, path: str, shape: Any, hint: Any) -> Iterator[Difference]:
        options = _options(hint)
        kind = shape.type_name
        if kind in {"list", "map"}:
            outer: Any = Iterable if kind == "list" else Mapping
            found = [option for option in options if get_origin(option) is outer]
            if len(found) != 1:
                yield Difference(path, f"must take {outer.__name__}[…]", _CLIENT)
                return
            inner = shape.member if kind == "list" else shape.value
            yield from self.argument(f"{path}[]", inner, get_args(found[0])[-1])
        elif kind == "structure":
            yield from self.type(path, shape, hint, _CLIENT)
        elif getattr(shape, "enum", None):
            yield from self.type(path, shape, _without_literals(options), _CLIENT)
            yield from _values(
                f"{path} as a literal", shape.enum, _literal_values(options), _CLIENT
            )
        elif _is_sensitive(shape) != (SecretStr in options):
            yield _sensitivity(path, shape, _CLIENT)
        elif _SCALARS.get(kind) not in options:
            yield Difference(path, f"must take a {kind}", _CLIENT)

    def structure(self, path: str, shape: Any, model: Any) -> Iterator[Difference]:
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            yield Difference(path, f"must be a model of {shape.name}", _MODELS)
            return
        self.seen.add(model)
        self.shapes.setdefault(model, {})[shape.name] = shape
        hints = get_type_hints(model, include_extras=True)
        fields = {_wire_name(field): name for name, field in model.model_fields.items()}
        members: Mapping[str, Any] = shape.members
        for member, member_shape in members.items():
            where = f"{model.__name__}.{member}"
            if member not in fields:
                problem = f"field for {member} is missing ({member_shape.type_name})"
                is_setting = issubclass(model, VersionSettings) and member in self.settings
                place = _file(VersionSettings) if is_setting else _file(model)
                yield Difference(f"{model.__name__} ({shape.name})", problem, place)
                continue
            name = fields[member]
            if name != python_name(member):
                yield Difference(where, f"is called `{name}`", _file(model))
            yield from self.type(where, member_shape, hints[name], _file(model))

    def type(self, path: str, shape: Any, hint: Any, file: str) -> Iterator[Difference]:
        kind = shape.type_name
        options = _options(hint)
        only = options[0] if len(options) == 1 else None
        if kind == "structure" and shape.is_tagged_union:
            yield from self.union(path, shape, hint)
        elif kind == "structure":
            yield from self.structure(path, shape, only)
        elif kind in {"list", "map"}:
            yield from self.container(path, shape, only, file)
        elif getattr(shape, "enum", None):
            yield from self.enum(path, shape, options, file)
        else:
            yield from _scalar(path, shape, only, file)

    def container(self, path: str, shape: Any, hint: Any, file: str) -> Iterator[Difference]:
        arguments = get_args(hint)
        if shape.type_name == "list" and get_origin(hint) is tuple and arguments[1:] == (...,):
            yield from self.type(f"{path}[]", shape.member, arguments[0], file)
        elif shape.type_name == "map" and get_origin(hint) is Mapping and arguments[0] is str:
            yield from self.type(f"{path}[]", shape.value, arguments[1], file)
        else:
            wanted = {"list": "a tuple of any length", "map": "a Mapping"}[shape.type_name]
            yield Difference(path, f"must be {wanted}", file)

    def enum(
        self, path: str, shape: Any, options: Sequence[Any], file: str
    ) -> Iterator[Difference]:
        enums = [
            option
            for option in options
            if isinstance(option, type) and issubclass(option, OpenEnum)
        ]
        if len(enums) != 1 or UnknownValue not in options or len(options) != len(enums) + 1:
            yield Difference(path, f"must be an enum of {shape.name}, or UnknownValue", file)
            return
        self.seen.add(enums[0])
        for member in enums[0]:
            if member.name != member.value:
                yield Difference(f"{enums[0].__name__}.{member.name}", "is misnamed", file)
        values = {member.value for member in enums[0]}
        yield from _values(enums[0].__name__, shape.enum, values, _file(enums[0]))

    def union(self, path: str, shape: Any, hint: Any) -> Iterator[Difference]:
        variants = _variants(hint)
        if not variants:
            yield Difference(path, f"must be a union: {shape.name}", _MODELS)
            return
        file = _file(next(iter(variants.values())))
        if UnknownMember not in variants.values():
            yield Difference(shape.name, "must allow for an UnknownMember", file)
        tags = {tag for tag, variant in variants.items() if variant is not UnknownMember}
        for tag in sorted(tags - shape.members.keys()):
            yield Difference(shape.name, f"member {tag}", file, sdk_knows_more=True)
        for tag, member in shape.members.items():
            where = f"{shape.name}.{tag}"
            if tag not in tags:
                yield Difference(shape.name, f"member {tag} is missing ({member.type_name})", file)
                continue
            variant = variants[tag]
            if member.type_name == "structure":
                if not issubclass(variant, StructureMember) or variant.wire_tag != tag:
                    yield Difference(where, f"must be a StructureMember with wire_tag {tag}", file)
                yield from self.structure(where, member, variant)
                continue
            self.seen.add(variant)
            fields = list(variant.model_fields.items())
            if [_wire_name(field) for _, field in fields] != [tag]:
                yield Difference(where, f"must be a model with the one field {tag}", file)
                continue
            yield from self.type(where, member, get_type_hints(variant)[fields[0][0]], file)


def _fields(model: type[BaseModel], shapes: Mapping[str, Any]) -> Iterator[Difference]:
    """Compare a model's fields with all the structures that it stands for.

    A field that some of them lack has to be optional.
    """
    file = _file(model)
    hints = get_type_hints(model, include_extras=True)
    for name, field in model.model_fields.items():
        member = _wire_name(field)
        if all(member not in shape.members for shape in shapes.values()):
            yield Difference(_title(model, shapes), f"field {name}", file, sdk_knows_more=True)
            continue
        optional = [key for key, shape in shapes.items() if member not in shape.required_members]
        if field.is_required() == bool(optional) or _optional(hints[name]) != bool(optional):
            wanted = f"optional in {', '.join(optional)}" if optional else "required"
            yield Difference(f"{model.__name__}.{member}", f"must be {wanted}", file)
    own = [
        _wire_name(model.model_fields[name])
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


def _errors(service: ServiceModel) -> Iterator[Difference]:
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
        kind = _SCALARS.get(shape.members[member].type_name)
        if get_type_hints(given[name].fget)["return"] != Union[kind, None]:  # noqa: UP007  It equals both spellings.
            yield Difference(path, f"must be {kind} or None", _EXCEPTIONS)


def _scalar(path: str, shape: Any, hint: Any, file: str) -> Iterator[Difference]:
    kind = shape.type_name
    if _is_sensitive(shape) != (hint is SecretStr):
        yield _sensitivity(path, shape, file)
    elif kind == "timestamp":
        if hint not in {AwareDatetime, datetime}:
            yield Difference(path, "must be a Timestamp", file)
    elif hint is not SecretStr and hint is not _SCALARS.get(kind):
        yield Difference(path, f"no {_SCALARS.get(kind, object).__name__} ({kind})", file)


def _literals(path: str, hint: Any, file: str) -> Iterator[Difference]:
    """Compare the literals of a hint with its enum."""
    options = _options(hint)
    for option in options:
        if isinstance(option, type) and issubclass(option, OpenEnum):
            literal = _literal_values(options)
            for value in sorted({member.value for member in option} - literal):
                yield Difference(f"{path} as a literal", f"value {value} is missing", file)
        elif get_origin(option) in {Iterable, Mapping}:
            yield from _literals(f"{path}[]", get_args(option)[-1], file)


def _literal_values(options: Iterable[Any]) -> set[str]:
    return {
        value for option in options if get_origin(option) is Literal for value in get_args(option)
    }


def _values(
    path: str, theirs: Iterable[str], ours: Iterable[str], file: str
) -> Iterator[Difference]:
    for value in sorted({*theirs} - {*ours}):
        yield Difference(path, f"value {value} is missing", file)
    for value in sorted({*ours} - {*theirs}):
        yield Difference(path, f"value {value}", file, sdk_knows_more=True)


def _sensitivity(path: str, shape: Any, file: str) -> Difference:
    if _is_sensitive(shape):
        return Difference(path, "sensitive, and no SecretStr", file)
    return Difference(path, "SecretStr, and not sensitive", file, sdk_knows_more=True)


def _is_sensitive(shape: Any) -> bool:
    return bool(shape.metadata.get("sensitive"))


def _wire_name(field: FieldInfo) -> str | None:
    """Find the one name that a field is read and dumped under; `None` if they differ."""
    read: Any = field.validation_alias or field.alias
    names = {read, field.serialization_alias or field.alias}
    (name,) = names if len(names) == 1 else (None,)
    return name if isinstance(name, str) else None


def _operation_name(method: str) -> str:
    return method.title().replace("_", "")


def _result(method: str) -> Any:
    """Find the model of an operation's response, or of an item if it is a list operation."""
    returned = get_type_hints(getattr(MicroVMClient, method))["return"]
    if returned is type(None):
        return None
    return get_args(returned)[0] if get_origin(returned) is Paginator else returned


def _plain(hint: Any) -> Any:
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    return hint


def _options(hint: Any) -> list[Any]:
    """List the types that a hint allows besides None, without their annotations."""
    hint = _plain(hint)
    if get_origin(hint) in {Union, types.UnionType}:
        return [
            option for part in get_args(hint) if part is not type(None) for option in _options(part)
        ]
    return [hint]


def _without_literals(options: Iterable[Any]) -> Any:
    return Union[  # noqa: UP007  The options are known at run time only.
        tuple(option for option in options if get_origin(option) is not Literal)
    ]


def _optional(hint: Any) -> bool:
    hint = _plain(hint)
    return get_origin(hint) in {Union, types.UnionType} and type(None) in get_args(hint)


def _variants(hint: Any) -> dict[str, Any]:
    """Find the variants of a tagged union by their tags."""
    if get_origin(hint) is Annotated:
        inner, *annotations = get_args(hint)
        if any(isinstance(annotation, TaggedUnion) for annotation in annotations):
            return {tag_of(variant): variant for variant in get_args(inner)}
        return _variants(inner)
    found: dict[str, Any] = {}
    if get_origin(hint) in {Union, types.UnionType}:
        for part in get_args(hint):
            found.update(_variants(part))
    return found


def _file(value: type) -> str:
    return f"src/{value.__module__.replace('.', '/')}.py"


RESULTS: dict[str, Any] = {
    _operation_name(method): _result(method)
    for method in vars(MicroVMClient)
    if not method.startswith(("_", "wait_until_")) and method not in _OWN_METHODS
}
"""The model of each operation's response, or of an item if it is a list operation; or `None`."""
