"""Compares the SDK with botocore's service model, and finds what either lacks.

The conformance tests assert that there is no difference. `scripts/drift.py` prints the differences
from a newer botocore.
"""

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin, get_type_hints

import botocore
import typing_extensions
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from differences import (
    SCALARS,
    Difference,
    error_differences,
    field_differences,
    is_sensitive,
    literal_differences,
    python_name,
    scalar_differences,
    sensitivity,
    value_differences,
)
from hints import (
    file_of,
    is_optional,
    literal_values,
    options_of,
    variants_of,
    wire_name,
    without_literals,
)
from pydantic import BaseModel, SecretStr

from microvm_sdk import UnknownMember, UnknownValue, models
from microvm_sdk.client import MicroVMClient
from microvm_sdk.lifecycle import RunSettings
from microvm_sdk.models._machinery.enums import OpenEnum
from microvm_sdk.models._machinery.union_members import StructureMember
from microvm_sdk.models.version_settings import VersionSettings
from microvm_sdk.pagination import Paginator
from microvm_sdk.settings import ImageSettings

SERVICE = "lambda-microvms"
COMPARED = (1, 44, 8)
"""The newest botocore that the SDK was compared with."""
_CLIENT = "src/microvm_sdk/client.py"
_MODELS = "src/microvm_sdk/models/"
_EXPORTS = "src/microvm_sdk/models/__init__.py"
# Parameters of several methods as a TypedDict.
_TYPED_DICTS: tuple[Any, ...] = (ImageSettings, RunSettings)
# Models and methods that the service does not have.
_OWN_MODELS = {"ResponseMetadata", "Result", "UnknownMember"}
_OWN_METHODS = {"boto3_client", "call", "close"}


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
            yield from field_differences(model, shapes)
        yield from error_differences(service)
        for parameters in _TYPED_DICTS:
            for name, hint in typing_extensions.get_type_hints(parameters).items():
                path = f"{parameters.__name__}.{name}"
                yield from literal_differences(path, hint, file_of(parameters))
        yield from self.exports()

    def exports(self) -> Iterator[Difference]:
        for value in sorted(self.seen, key=lambda value: value.__name__):
            if value.__name__ not in models.__all__:
                yield Difference(value.__name__, "is not exported", _EXPORTS)
        for name in models.__all__:
            value = getattr(models, name)
            ours = isinstance(value, type) and issubclass(value, (BaseModel, OpenEnum))
            if ours and value not in self.seen and name not in _OWN_MODELS:
                yield Difference(name, "is in no operation", file_of(value), sdk_knows_more=True)

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
            if shape is not None and member not in required and not is_optional(hints[python]):
                yield Difference(path, "must take None", _CLIENT)
            yield from self.argument(path, members[member], hints[python])
            yield from literal_differences(path, hints[python], _CLIENT)

    def argument(self, path: str, shape: Any, hint: Any) -> Iterator[Difference]:
        options = options_of(hint)
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
            yield from self.type(path, shape, without_literals(options), _CLIENT)
            yield from value_differences(
                f"{path} as a literal", shape.enum, literal_values(options), _CLIENT
            )
        elif is_sensitive(shape) != (SecretStr in options):
            yield sensitivity(path, shape, _CLIENT)
        elif SCALARS.get(kind) not in options:
            yield Difference(path, f"must take a {kind}", _CLIENT)

    def structure(self, path: str, shape: Any, model: Any) -> Iterator[Difference]:
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            yield Difference(path, f"must be a model of {shape.name}", _MODELS)
            return
        self.seen.add(model)
        self.shapes.setdefault(model, {})[shape.name] = shape
        hints = get_type_hints(model, include_extras=True)
        fields = {wire_name(field): name for name, field in model.model_fields.items()}
        members: Mapping[str, Any] = shape.members
        for member, member_shape in members.items():
            where = f"{model.__name__}.{member}"
            if member not in fields:
                problem = f"field for {member} is missing ({member_shape.type_name})"
                is_setting = issubclass(model, VersionSettings) and member in self.settings
                place = file_of(VersionSettings) if is_setting else file_of(model)
                yield Difference(f"{model.__name__} ({shape.name})", problem, place)
                continue
            name = fields[member]
            if name != python_name(member):
                yield Difference(where, f"is called `{name}`", file_of(model))
            yield from self.type(where, member_shape, hints[name], file_of(model))

    def type(self, path: str, shape: Any, hint: Any, file: str) -> Iterator[Difference]:
        kind = shape.type_name
        options = options_of(hint)
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
            yield from scalar_differences(path, shape, only, file)

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
        yield from value_differences(enums[0].__name__, shape.enum, values, file_of(enums[0]))

    def union(self, path: str, shape: Any, hint: Any) -> Iterator[Difference]:
        variants = variants_of(hint)
        if not variants:
            yield Difference(path, f"must be a union: {shape.name}", _MODELS)
            return
        file = file_of(next(iter(variants.values())))
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
            if [wire_name(field) for _, field in fields] != [tag]:
                yield Difference(where, f"must be a model with the one field {tag}", file)
                continue
            yield from self.type(where, member, get_type_hints(variant)[fields[0][0]], file)


def _operation_name(method: str) -> str:
    return method.title().replace("_", "")


def _result(method: str) -> Any:
    """Find the model of an operation's response, or of an item if it is a list operation."""
    returned = get_type_hints(getattr(MicroVMClient, method))["return"]
    if returned is type(None):
        return None
    return get_args(returned)[0] if get_origin(returned) is Paginator else returned


RESULTS: dict[str, Any] = {
    _operation_name(method): _result(method)
    for method in vars(MicroVMClient)
    if not method.startswith(("_", "wait_until_")) and method not in _OWN_METHODS
}
"""The model of each operation's response, or of an item if it is a list operation; or `None`."""
