"""Unions: the service sends exactly one member, under its tag: `{"cloudWatch": {...}}`.

To add a member, write its class and name it in the union:

    class SyslogLogging(StructureMember, frozen=True):
        wire_tag: ClassVar[str] = "syslog"

    Logging: TypeAlias = Annotated[
        CloudWatchLogging | SyslogLogging | LoggingDisabled | UnknownMember, TaggedUnion()
    ]
"""

from collections.abc import Mapping
from functools import partial
from operator import itemgetter
from typing import Any, get_args

from pydantic import (
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
)
from pydantic_core import CoreSchema, core_schema

from microvm_sdk.models._machinery.model import Model
from microvm_sdk.models._machinery.names import UNKNOWN_TAG, spellings
from microvm_sdk.models._machinery.union_members import (
    StructureMember,
    UnknownMember,
    present_tags,
    tag_of,
)


class TaggedUnion:
    """Annotates a union of models, which then parses `{tag: content}` as the member with that tag.

    A member is a `StructureMember`, or a model whose only field is named like the tag, such as
    `Port` for `{"port": 80}`. Any other tag becomes an `UnknownMember`.
    """

    def __repr__(self) -> str:
        """Show it in signatures as it is written."""
        return "TaggedUnion()"

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        members: tuple[type[Model], ...] = get_args(source)
        union = _union_of(members, handler)
        return core_schema.json_or_python_schema(
            json_schema=_fast_union_of(members, union, handler),
            python_schema=union,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda member: member,
                return_schema=core_schema.union_schema(
                    [handler.generate_schema(member) for member in members]
                ),
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"oneOf": handler(schema["serialization"]["return_schema"])["anyOf"]}


def _union_of(members: tuple[type[Model], ...], handler: GetCoreSchemaHandler) -> CoreSchema:
    choices: dict[Any, CoreSchema] = {
        spelling: _choice(member, spelling, handler)
        for member in members
        for spelling in spellings(tag_of(member))
    }
    # An instance of a member passes unchanged.
    choices[_MEMBER] = core_schema.any_schema()

    def choice_of(union: Any) -> str | None:
        if isinstance(union, members):
            return _MEMBER
        names = present_tags(union) if isinstance(union, dict) else []
        if len(names) != 1:
            return None
        return names[0] if names[0] in choices else UNKNOWN_TAG

    return core_schema.tagged_union_schema(
        choices,
        choice_of,
        custom_error_type="union_members",
        custom_error_message="Exactly one member of the union must be set",
    )


# The brackets distinguish it from every tag.
_MEMBER = "[member]"


def _choice(member: type[Model], tag: str, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Make the schema that parses `{tag: content}`, for a tag in one of its spellings."""
    schema = handler.generate_schema(member)
    if member is UnknownMember:
        return core_schema.no_info_plain_validator_function(_unknown_member)
    if issubclass(member, StructureMember):
        return schema
    ((name, field),) = member.model_fields.items()
    # The value is validated before the model is made from it, so that an error is located at
    # `codeArtifact.uri` and not at `codeArtifact.uri.uri`.
    return core_schema.chain_schema(
        [
            core_schema.no_info_plain_validator_function(itemgetter(tag)),
            handler.generate_schema(field.annotation),
            core_schema.no_info_plain_validator_function(partial(dict.fromkeys, (name,))),
            schema,
        ]
    )


def _fast_union_of(
    members: tuple[type[Model], ...], union: CoreSchema, handler: GetCoreSchemaHandler
) -> CoreSchema:
    """Parse JSON like `union`, but without calling Python code for one known member.

    Nearly every union that the service sends is a single known member under its wire tag, and this
    parses it in a third of the time.
    """
    attempts: list[CoreSchema] = [
        _fast_choice(member, handler) for member in members if member is not UnknownMember
    ]
    attempts.append(core_schema.no_info_wrap_validator_function(_member_or_input, union))
    return core_schema.chain_schema(
        [
            core_schema.union_schema(list(attempts), mode="left_to_right"),
            # A member passes, because it is an instance of `Model`. Invalid input is validated
            # again, which reports the errors of `union` and not those of each attempt above.
            core_schema.model_schema(Model, union),
        ]
    )


def _fast_choice(member: type[Model], handler: GetCoreSchemaHandler) -> CoreSchema:
    schema: Any = handler.resolve_ref_schema(handler.generate_schema(member))
    tag = core_schema.literal_schema([tag_of(member)])
    single_key = partial(core_schema.dict_schema, tag, min_length=1)
    if not issubclass(member, StructureMember):
        return core_schema.chain_schema([single_key(core_schema.any_schema()), schema])
    # The schema of the content is nested in the validator that removes the tag.
    content = schema["schema"]
    return core_schema.no_info_after_validator_function(
        itemgetter(tag_of(member)), single_key(content)
    )


def _member_or_input(data: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    try:
        return validate(data)
    except ValidationError:
        return data


def _unknown_member(union: Mapping[str, Any]) -> UnknownMember:
    (tag,) = present_tags(union)
    return UnknownMember.of(tag, union[tag])
