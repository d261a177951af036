"""The members of unions: structures that know their tag, and the unknown member."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pydantic import (
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError
from typing_extensions import Self

from microvm_sdk.models._machinery.descriptions import add_descriptions
from microvm_sdk.models._machinery.frozen import freeze
from microvm_sdk.models._machinery.model import Model
from microvm_sdk.models._machinery.names import UNKNOWN_TAG, spellings

_OTHER_MEMBER = ("union_member", "Input should be the union member '{tag}', not '{other}'")


class StructureMember(Model, frozen=True):
    """A union member that is a structure. It is parsed and dumped as `{wire_tag: {fields}}`."""

    wire_tag: ClassVar[str]

    if not TYPE_CHECKING:  # Type checkers derive the parameters from the fields.

        def __init__(self, /, *fields: Any, **data: Any) -> None:
            """Validate the fields, which are given without the tag."""
            __tracebackhide__ = True  # As in `Model`.
            super().__init__(*fields, **{self.wire_tag: data})

        __init__.__pydantic_base_init__ = True  # As in `Model`.

    @model_validator(mode="wrap")
    @classmethod
    def _remove_tag(cls, data: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(data, dict) and (names := present_tags(data)):
            # A single key is the tag. Beside others, the same key is a field of the content.
            if len(names) == 1 and names[0] in spellings(cls.wire_tag):
                return validate(data[names[0]])
            fields = cls.model_fields
            if {*fields, *(field.alias for field in fields.values())}.isdisjoint(names):
                error_type, message = _OTHER_MEMBER
                raise PydanticCustomError(
                    error_type,
                    message,
                    {"tag": cls.wire_tag, "other": "', '".join(map(str, names))},
                )
        return validate(data)

    @model_serializer(mode="wrap")
    def _add_tag(
        self, serialize_fields: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        wire_tag, python_tag = spellings(self.wire_tag)
        return {wire_tag if info.by_alias else python_tag: serialize_fields(self)}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        # The schema of the fields is nested in the validator that removes the tag, and has the
        # serializer that adds it.
        model = {key: value for key, value in schema["schema"].items() if key != "serialization"}
        content = handler.resolve_ref_schema(handler(cast("Any", model)))
        add_descriptions(cls, content)
        wire_tag, python_tag = spellings(cls.wire_tag)
        # pydantic has no public attribute for whether the schema has the aliases of the fields.
        by_alias = cast("Any", handler).generate_json_schema.by_alias
        tag = wire_tag if by_alias else python_tag
        return {"type": "object", "properties": {tag: content}, "required": [tag]}


class UnknownMember(StructureMember, frozen=True):
    """A union member that this version of the SDK does not know.

    You can read, compare and log it, but not send it.
    """

    wire_tag: ClassVar[str] = UNKNOWN_TAG

    name: str
    """The member's name (its tag) as the service sent it."""

    @property
    def value(self) -> object:
        """The content that the service sent, frozen; `None` if only the name is known.

        boto3 keeps only the name, so a model parsed from its dict has no value. The value may
        contain secrets, so `repr`, dumps and comparisons do not include it.
        """
        return self.__dict__.get("_value")

    @classmethod
    def of(cls, tag: str, content: Any) -> "UnknownMember":
        """Make an unknown member from its tag and content."""
        if tag == UNKNOWN_TAG:
            return cls.model_validate(content)
        member = cls(name=tag)
        vars(member)["_value"] = freeze(content)
        return member


def tag_of(member: type[Model]) -> str:
    """Return the tag of a union member on the wire."""
    if issubclass(member, StructureMember):
        return member.wire_tag
    (field,) = member.model_fields.values()
    return str(field.alias)


def present_tags(union: Mapping[str, Any]) -> list[str]:
    """Return the tags of the members that are set. Nulls and the protocol's `__type` are not."""
    return [name for name in union if union[name] is not None and name != "__type"]
