"""What every model is made of: names on the wire, freezing, open enums, unions, secrets.

Read the resources first; this module is for whoever wants to know why they behave as they do.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from enum import Enum
from functools import cache, partial
from operator import itemgetter, methodcaller
from threading import RLock
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NoReturn, TypeVar, get_args

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    Tag,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import InitErrorDetails, PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic.config import ExtraValues
    from pydantic.json_schema import JsonSchemaValue
    from typing_extensions import Self

K = TypeVar("K")
V = TypeVar("V")

_WORDS = {"mib": "MiB"}
_CAPITALS = re.compile(f"(?<=[a-z0-9])({'|'.join(_WORDS.values())}|[A-Z]+)")
# In brackets, for they stand in an error's location, and AWS has no name or key with brackets.
_USUAL_FORM, _ANY_FORM = "[usual form]", "[any form]"
UNKNOWN_TAG = "SDK_UNKNOWN_MEMBER"


def wire_name(name: str) -> str:
    """Turn a Python name into the service's: `minimum_memory_in_mib` → `minimumMemoryInMiB`."""
    first, *rest = name.split("_")
    return first + "".join(_WORDS.get(word, word.capitalize()) for word in rest)


@cache
def python_name(name: str) -> str:
    """Turn a service's name into Python's: `cloudWatch` → `cloud_watch`."""
    if name == UNKNOWN_TAG:
        return name
    return _CAPITALS.sub(r"_\1", name).lower()


def without_input(error: ValidationError) -> ValidationError:
    """Copy a validation error without the values that were refused: they may be secrets."""
    custom: Any = PydanticCustomError  # It asks for literals, and these are pydantic's own.
    return ValidationError.from_exception_data(
        error.title,
        [
            InitErrorDetails(
                type=custom(details["type"], details["msg"]),
                loc=_field_names(details["loc"]),
                input=...,
            )
            for details in error.errors(include_url=False, include_context=False)
            # What has not the usual form is refused in any form, with the reason.
            if _USUAL_FORM not in details["loc"]
        ],
        hide_input=True,
    )


def _field_names(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Leave out of a location what is not the service's."""
    names = [part for part in loc if part != _ANY_FORM]
    return tuple(
        name
        for name, one_before in zip(names, [None, *names], strict=False)
        if name != one_before or name not in _tags_that_are_fields
    )


class Model(BaseModel, frozen=True):
    """A frozen model whose fields go by their Python name or by the service's."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=wire_name,
        validate_by_name=True,
        validate_by_alias=True,
        # A field that a newer service sends must not break an older SDK.
        extra="ignore",
        hide_input_in_errors=True,
        val_temporal_unit="seconds",
        # Most programs use a few of the models; each is built when it is first needed.
        defer_build=True,
    )

    def __init__(self, /, **data: Any) -> None:
        """Build by hand, which unlike parsing refuses a field that the model does not have."""
        build(type(self))
        self.__pydantic_validator__.validate_python(data, self_instance=self, extra="forbid")

    # pydantic's own mark, undeclared, of an `__init__` that parsing need not go through.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


_BUILDING = RLock()


def build(model: type[Model]) -> None:
    """Build a model when it is first needed, in one thread: pydantic before 2.14 asks for that."""
    if not model.__pydantic_complete__:
        with _BUILDING:
            model.model_rebuild(raise_errors=False)


def around(
    model: type[Any],
    handler: GetCoreSchemaHandler,
    wrap: Callable[[core_schema.CoreSchema], core_schema.CoreSchema],
) -> core_schema.CoreSchema:
    """Put a schema around a model's own, wherever the model is used.

    pydantic files a model's own schema under the model's reference, and takes it from there for
    the model's second use. So the wrapped one goes there, and the model's own beside it.
    """
    own: Any = handler.resolve_ref_schema(handler(model))
    if own["type"] != "model":
        # A model that was built before is filed with the wrapping already.
        return core_schema.definition_reference_schema(own["ref"])
    # A JSON schema calls it so, too.
    name, _, number = own["ref"].partition(":")
    own_ref = f"{name}Content:{number}"
    wrapped: Any = wrap(core_schema.definition_reference_schema(own_ref))
    named: Any = {**wrapped, "ref": own["ref"]}
    renamed: Any = {**own, "ref": own_ref}
    return core_schema.definitions_schema(named, [renamed])


class Usually(ABC):
    """Annotates what the service nearly always sends in one form, which is then parsed sooner.

    JSON of that form goes by a schema that calls no function written in Python; everything else
    goes as declared. The outcome is the same.
    """

    @abstractmethod
    def forms(
        self, source: Any, handler: GetCoreSchemaHandler, /
    ) -> Iterable[core_schema.CoreSchema]:
        """Make the schemas of the usual forms, the most usual first."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        declared = handler(source)
        return core_schema.json_or_python_schema(
            json_schema=core_schema.union_schema(
                [
                    *((form, _USUAL_FORM) for form in self.forms(source, handler)),
                    (declared, _ANY_FORM),
                ],
                mode="left_to_right",
                serialization=core_schema.plain_serializer_function_ser_schema(
                    _as_it_is, return_schema=declared
                ),
            ),
            python_schema=declared,
        )

    def __get_pydantic_json_schema__(
        self, schema: Any, handler: GetJsonSchemaHandler
    ) -> "JsonSchemaValue":
        return handler(schema["python_schema"])


def _as_it_is(value: V) -> V:
    return value


class FrozenMap(dict[K, V]):
    """A dict that cannot be changed, and that hashes, pickles and copies.

    It is a dict so that `json` and boto3 take it; fields are typed `Mapping`, so that a type
    checker refuses a change before this does.
    """

    __slots__ = ()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        msg = "the mapping is frozen"
        raise TypeError(msg)

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = _refuse
    setdefault: Any = _refuse
    update: Any = _refuse

    # A dict has no hash, and this one may.
    def __hash__(self) -> int:  # type: ignore[override]
        """Hash the items, whatever their order."""
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy as the items; dict's own way would set them one by one."""
        return type(self), (dict(self),)


class _Frozen:
    """Annotates a mapping: parsed as a dict is, and kept as a `FrozenMap`."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        key, value = get_args(source)
        return core_schema.no_info_after_validator_function(
            FrozenMap,
            core_schema.dict_schema(handler.generate_schema(key), handler.generate_schema(value)),
        )


Map = Annotated[Mapping[str, V], _Frozen()]


def freeze(value: object) -> object:
    """Freeze parsed JSON: objects become `FrozenMap`, arrays tuples."""
    if isinstance(value, dict):
        return FrozenMap({name: freeze(member) for name, member in value.items()})
    if isinstance(value, list):
        return tuple(freeze(member) for member in value)
    return value


# A day inside what `datetime` can hold, so that the turn into UTC cannot leave it.
_FIRST = datetime(1, 1, 2, tzinfo=timezone.utc)
_LAST = datetime(9999, 12, 30, tzinfo=timezone.utc)
_IN_THE_YEAR_3000 = datetime(3000, 1, 1, tzinfo=timezone.utc).timestamp()


class _Seconds(Usually):
    """Seconds since 1970, of years that every platform can turn into a time."""

    def forms(
        self, _source: Any, _handler: GetCoreSchemaHandler, /
    ) -> Iterable[core_schema.CoreSchema]:
        yield core_schema.no_info_after_validator_function(
            partial(datetime.fromtimestamp, tz=timezone.utc),
            core_schema.float_schema(strict=True, ge=0, lt=_IN_THE_YEAR_3000, allow_inf_nan=False),
        )


Timestamp = Annotated[
    AwareDatetime,
    Field(ge=_FIRST, le=_LAST),
    AfterValidator(methodcaller("astimezone", timezone.utc)),
    _Seconds(),
]


class OpenEnum(str, Enum):
    """A string enum of the values known today.

    Fields are typed `Open[ThatEnum]`, which is `ThatEnum | UnknownValue`: a value that is not among
    the members is kept as an `UnknownValue` instead of failing the answer.
    """

    # An f-string shows the value on every Python, not the member's name.
    __str__ = str.__str__

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        # A literal is an exact match in pydantic's unions, an enum is not: `UnknownValue`, which
        # takes any string, must not win over it.
        values: dict[str, OpenEnum] = {member.value: member for member in cls}
        return core_schema.no_info_after_validator_function(
            values.__getitem__,
            core_schema.literal_schema(list(values)),
            serialization=core_schema.plain_serializer_function_ser_schema(_as_it_is),
        )


class UnknownValue(str):
    """A value of an enum that is newer than this SDK: the string that the service sent.

    It compares, hashes and formats as that string. Pass one as a parameter to send a value that
    the SDK does not know yet.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        """Tell it from a plain string."""
        return f"UnknownValue({super().__repr__()})"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls, core_schema.str_schema(), serialization=core_schema.to_string_ser_schema()
        )


class _Values(dict[str, Any]):
    """An enum's members by their values."""

    def __missing__(self, value: str) -> UnknownValue:
        return UnknownValue(value)


class _Open:
    """Annotates an enum's field: what pydantic would do for the union, in one step."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        enum: type[OpenEnum] = get_args(source)[0]
        values = _Values({member.value: member for member in enum})
        one_step = Annotated[
            str,
            AfterValidator(values.__getitem__),
            WithJsonSchema(
                {"anyOf": [{"type": "string", "enum": list(values)}, {"type": "string"}]}
            ),
        ]
        return handler.generate_schema(one_step)


EnumT = TypeVar("EnumT", bound=OpenEnum)
Open = Annotated[EnumT | UnknownValue, _Open()]


class StructureMember(Model, frozen=True):
    """A union's member that is a structure: `{wire_tag: {fields}}` when parsed and dumped."""

    wire_tag: ClassVar[str]

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return around(
            cls,
            handler,
            lambda own: core_schema.no_info_before_validator_function(
                cls._untag,
                own,
                serialization=core_schema.wrap_serializer_function_ser_schema(
                    cls._retag, schema=own, info_arg=True
                ),
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: Any, handler: GetJsonSchemaHandler
    ) -> "JsonSchemaValue":
        content = handler(schema["schema"])
        tag = cls.wire_tag
        return {"type": "object", "properties": {tag: content}, "required": [tag]}

    @classmethod
    def _untag(cls, data: Any) -> Any:
        if isinstance(data, dict):
            # Alone, the name is the tag; beside others, a field of the content.
            names = members_set(data) or list(data)
            if names in ([cls.wire_tag], [python_name(cls.wire_tag)]):
                return data[names[0]]
        return data

    @classmethod
    def _retag(
        cls, member: Any, fields: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        tag = cls.wire_tag if info.by_alias else python_name(cls.wire_tag)
        return {tag: fields(member)}


class UnknownMember(StructureMember, frozen=True):
    """A union's member that is newer than this SDK.

    It can be read, compared and logged, but not sent.
    """

    wire_tag: ClassVar[str] = UNKNOWN_TAG

    name: str
    """The member's name (its tag) as the service sent it."""

    @property
    def value(self) -> object:
        """What the service sent under that name, frozen; `None` where only the name is known.

        boto3 keeps the name alone, so a model parsed from its dict has no value. It may hold
        secrets, and is therefore left out of `repr`, dumps and comparisons.
        """
        return self.__dict__.get("_value")


def unknown_member(tag: str, value: Any) -> UnknownMember:
    """Make an `UnknownMember` of what is under a tag, which may be boto3's own for it."""
    if tag == UNKNOWN_TAG:
        return UnknownMember.model_validate(value)
    member = UnknownMember(name=tag)
    vars(member)["_value"] = freeze(value)
    return member


def members_set(union: dict[str, Any]) -> list[str]:
    """Name the members of a union that are set: nulls do not count."""
    return [name for name in union if union[name] is not None and name != "__type"]


def _unknown_of_dict(union: Any) -> Any:
    if not isinstance(union, dict):
        return union
    (tag,) = members_set(union)
    return unknown_member(tag, union[tag])


# What `UnknownMember` is annotated with in a union: it takes whatever tag no other member has.
ANY_TAG = BeforeValidator(_unknown_of_dict)
UNKNOWN = Tag(UNKNOWN_TAG)

# The tag of a union's member that is a plain value is the name of the value, too.
_tags_that_are_fields: set[int | str] = set()

_NOT_ONE_MEMBER = ("union_members", "Exactly one member of the union must be set")


def one_of(**members: type[Model]) -> Discriminator:
    """Tell the members of a union apart: by type, by tag (in either spelling), else unknown.

    Args:
        **members: The class of each member by its tag on the wire.

    Returns:
        A discriminator that refuses a union with no member set, or with several.
    """
    tags = {spelling: tag for tag in members for spelling in (tag, python_name(tag))}
    types: dict[type, str] = {member: tag for tag, member in members.items()}
    types[UnknownMember] = UNKNOWN_TAG
    _tags_that_are_fields.update(
        tag for tag, member in members.items() if not issubclass(member, StructureMember)
    )

    def tag_of(value: Any) -> str | None:
        if isinstance(value, dict):
            names = members_set(value)
            return tags.get(names[0], UNKNOWN_TAG) if len(names) == 1 else None
        return types.get(type(value))

    error_type, message = _NOT_ONE_MEMBER
    return Discriminator(tag_of, custom_error_type=error_type, custom_error_message=message)


class _Alone(Usually):
    """One known member of a union, and nothing beside it."""

    def forms(
        self, source: Any, handler: GetCoreSchemaHandler, /
    ) -> Iterable[core_schema.CoreSchema]:
        for variant in get_args(source):
            member, tag = get_args(variant)[:2]
            if member is not UnknownMember:
                yield self.form(member, tag.tag, handler)

    def form(
        self, member: type[Model], tag: str, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Make the schema of a member."""
        schema: Any = handler.generate_schema(member)
        if not issubclass(member, StructureMember):
            # Such a member is a model of the whole union.
            return core_schema.chain_schema([_only(tag, core_schema.any_schema()), schema])
        # Under the tag is the content: past what takes the tag away.
        untagging: Any = handler.resolve_ref_schema(schema)
        return core_schema.no_info_after_validator_function(
            itemgetter(tag), _only(tag, untagging["schema"])
        )


def _only(name: str, content: Any) -> core_schema.CoreSchema:
    return core_schema.dict_schema(
        core_schema.literal_schema([name]), content, min_length=1, max_length=1
    )


# A union in an answer, which is nearly always one known member alone. A union by itself, as in a
# user's own models, goes without: what is refused is then refused with one reason.
Sent = Annotated[V, _Alone()]


class ResponseMetadata(Model, frozen=True):
    """What came with a response besides its content."""

    request_id: str | None = None
    """The service's id of the request, to quote to AWS support."""
    http_status_code: int | None = None
    """HTTP status of the response."""
    retry_attempts: int = 0
    """How many times botocore sent the request again before this response."""
    http_headers: Map[str] = Field(default_factory=FrozenMap[str, str])
    """HTTP headers of the response, their names in lower case."""

    @property
    def body(self) -> bytes | None:
        """The raw bytes of the response, secrets included; `None` if botocore parsed it.

        It has the fields that the model does not know. `repr`, dumps, comparisons and pickles leave
        it out.
        """
        return self.__dict__.get("_body")

    def __getstate__(self) -> dict[str, Any]:
        """Pickle without the body."""
        return _without(super().__getstate__(), "_body")


def _without(state: dict[Any, Any], name: str) -> dict[Any, Any]:
    fields = {key: value for key, value in state["__dict__"].items() if key != name}
    return {**state, "__dict__": fields}


class Result(Model, frozen=True):
    """A model that an operation returns."""

    @property
    def response_metadata(self) -> ResponseMetadata:
        """Request id, HTTP status, headers, retries and raw body of the response.

        Empty for a model that is not itself a response, such as an item of a page. Comparing,
        hashing, printing and dumping leave it out.
        """
        attached = self.__dict__.get("_response_metadata", {})
        metadata = ResponseMetadata(
            request_id=attached.get("RequestId"),
            http_status_code=attached.get("HTTPStatusCode"),
            retry_attempts=attached.get("RetryAttempts", 0),
            http_headers=attached.get("HTTPHeaders", {}),
        )
        vars(metadata)["_body"] = self.__dict__.get("_response_body")
        return metadata

    def __getstate__(self) -> dict[str, Any]:
        """Pickle without the body of the response."""
        return _without(super().__getstate__(), "_response_body")

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return around(
            cls,
            handler,
            lambda own: core_schema.json_or_python_schema(
                # Here `model_validate_json` hides the input, at no cost to what fits.
                json_schema=own,
                python_schema=core_schema.no_info_wrap_validator_function(_hide_input, own),
                # Without one of its own, `serialize_as_any` finds the model again and again.
                serialization=core_schema.wrap_serializer_function_ser_schema(
                    _with_its_fields, schema=own
                ),
            ),
        )

    @classmethod
    def model_validate(
        cls,
        obj: Any,
        *,
        strict: bool | None = None,
        extra: "ExtraValues | None" = None,
        from_attributes: bool | None = None,
        context: Any | None = None,
        by_alias: bool | None = None,
        by_name: bool | None = None,
    ) -> "Self":
        """Make a model of a dict from boto3, or of any dict with either spelling of the names.

        Args:
            obj: The dict. boto3's `ResponseMetadata` in it becomes `response_metadata`.
            strict: As in pydantic.
            extra: As in pydantic; by default fields that the model does not have are ignored.
            from_attributes: As in pydantic.
            context: As in pydantic.
            by_alias: As in pydantic.
            by_name: As in pydantic.

        Returns:
            The model.

        Raises:
            pydantic.ValidationError: The dict does not fit. The error does not hold its values.
        """
        build(cls)
        result = super().model_validate(
            obj,
            strict=strict,
            extra=extra,
            from_attributes=from_attributes,
            context=context,
            by_alias=by_alias,
            by_name=by_name,
        )
        if isinstance(obj, dict) and isinstance(obj.get("ResponseMetadata"), dict):
            attach_metadata(result, obj["ResponseMetadata"])
        return result

    @classmethod
    def model_validate_json(
        cls,
        json_data: str | bytes | bytearray,
        *,
        strict: bool | None = None,
        extra: "ExtraValues | None" = None,
        context: Any | None = None,
        by_alias: bool | None = None,
        by_name: bool | None = None,
    ) -> "Self":
        """Make a model of JSON as the service sends it.

        Args:
            json_data: The JSON text.
            strict: As in pydantic.
            extra: As in pydantic; by default fields that the model does not have are ignored.
            context: As in pydantic.
            by_alias: As in pydantic.
            by_name: As in pydantic.

        Returns:
            The model.

        Raises:
            pydantic.ValidationError: It is no JSON or does not fit. The error does not hold the
                values.
        """
        build(cls)
        validate = partial(
            super().model_validate_json,
            strict=strict,
            extra=extra,
            context=context,
            by_alias=by_alias,
            by_name=by_name,
        )
        return _hide_input(json_data, validate)


def _with_its_fields(model: Any, fields: SerializerFunctionWrapHandler) -> Any:
    return fields(model)


def _hide_input(data: V, validate: Callable[[V], K]) -> K:
    try:
        return validate(data)
    except ValidationError as error:
        hidden = without_input(error)
    # Raised here, not in the handler above: `__context__` would keep the values.
    raise hidden


ResultT = TypeVar("ResultT", bound=Result)


def attach_metadata(result: Result, metadata: Mapping[str, Any], body: bytes | None = None) -> None:
    """Attach boto3's `ResponseMetadata` and the raw body to a result, apart from its fields."""
    attached = vars(result)
    attached["_response_metadata"] = metadata
    attached["_response_body"] = body
