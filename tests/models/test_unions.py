"""Unions: every form in which a member arrives, and what it becomes."""

import json
import subprocess
import sys
from typing import Annotated, Any, ClassVar

import pytest
from public_models import DOCUMENTED, parsers
from pydantic import BaseModel, TypeAdapter, ValidationError
from unions import UNIONS, members

from microvm_sdk import (
    AllPorts,
    CloudWatchLogging,
    CodeArtifact,
    CodeArtifactUri,
    ImageVersion,
    Logging,
    LoggingDisabled,
    Port,
    PortRange,
    PortSpecification,
    UnknownMember,
)
from microvm_sdk.models._machinery.union_members import StructureMember
from microvm_sdk.models._machinery.unions import TaggedUnion

ADAPTERS: dict[str, Any] = {
    "logging": TypeAdapter(Logging),
    "codeArtifact": TypeAdapter(CodeArtifact),
    "port": TypeAdapter(PortSpecification),
}
# `x-new` is a member of a newer service. AWS cannot use the name, because members have no hyphens.
FORMS: list[tuple[str, dict[str, Any], Any]] = [
    ("logging", {"disabled": {}}, LoggingDisabled()),
    ("logging", {"disabled": {"new": 1}}, LoggingDisabled()),
    ("logging", {"cloudWatch": {}}, CloudWatchLogging()),
    ("logging", {"cloudWatch": {"logGroup": "g"}}, CloudWatchLogging(log_group="g")),
    ("logging", {"cloud_watch": {"log_group": "g"}}, CloudWatchLogging(log_group="g")),
    ("logging", {"cloudWatch": None, "disabled": {}}, LoggingDisabled()),
    ("logging", {"__type": "x", "disabled": {}}, LoggingDisabled()),
    ("logging", {"cloudWatch": {"cloudWatch": {"logGroup": "x"}}}, CloudWatchLogging()),
    ("logging", {"cloudWatch": {"cloud_watch": {"log_group": "x"}}}, CloudWatchLogging()),
    ("logging", {"x-new": {"streamArn": "a"}}, UnknownMember(name="x-new")),
    ("logging", {"x-new": {}}, UnknownMember(name="x-new")),
    ("logging", {"name": "x"}, UnknownMember(name="name")),
    ("logging", {"cloudWatch": None, "x-new": {}}, UnknownMember(name="x-new")),
    ("logging", {"SDK_UNKNOWN_MEMBER": {"name": "x"}}, UnknownMember(name="x")),
    ("codeArtifact", {"uri": "s3://a/b"}, CodeArtifactUri(uri="s3://a/b")),
    ("codeArtifact", {"uri": "s3://a/b", "x-new": None}, CodeArtifactUri(uri="s3://a/b")),
    ("codeArtifact", {"uri": None, "x-new": {}}, UnknownMember(name="x-new")),
    ("codeArtifact", {"SDK_UNKNOWN_MEMBER": {"name": "x"}}, UnknownMember(name="x")),
    ("port", {"port": 80}, Port(port=80)),
    ("port", {"range": {"startPort": 1, "endPort": 2}}, PortRange(start_port=1, end_port=2)),
    ("port", {"allPorts": {}}, AllPorts()),
    ("port", {"all_ports": {}}, AllPorts()),
    ("port", {"x-new": 53}, UnknownMember(name="x-new")),
]
INVALID: list[tuple[str, Any, tuple[str, ...]]] = [
    ("logging", {}, ()),
    ("logging", {"cloudWatch": None}, ()),
    ("logging", {"__type": "x"}, ()),
    ("logging", {"cloudWatch": {}, "disabled": {}}, ()),
    ("logging", {"cloudWatch": {}, "x-new": {}}, ()),
    ("logging", {"x-new": {}, "x-newer": {}}, ()),
    ("logging", {"cloudWatch": "on"}, ("cloudWatch",)),
    ("logging", {"cloudWatch": []}, ("cloudWatch",)),
    ("logging", {"cloudWatch": {"logGroup": 5}}, ("cloudWatch", "logGroup")),
    ("logging", {"SDK_UNKNOWN_MEMBER": {}}, ("SDK_UNKNOWN_MEMBER", "name")),
    ("logging", {"SDK_UNKNOWN_MEMBER": "x"}, ("SDK_UNKNOWN_MEMBER",)),
    ("logging", [], ()),
    ("logging", "disabled", ()),
    ("codeArtifact", {"uri": 5}, ("uri",)),
    ("codeArtifact", {"uri": "a", "x-new": {}}, ()),
    ("port", {"port": "http"}, ("port",)),
    ("port", {"range": {"startPort": 1}}, ("range", "endPort")),
    ("port", {"port": 1, "allPorts": {}}, ()),
]


def test_each_member_of_each_union_is_in_the_table() -> None:
    expected = {member for union in UNIONS.values() for member in members(union)}
    assert {type(member) for _, _, member in FORMS} == expected


@pytest.mark.parametrize(("union", "wire", "member"), FORMS)
def test_each_form_becomes_its_member_from_a_dict_and_from_json(
    union: str, wire: dict[str, Any], member: Any
) -> None:
    from_dict, from_json = (parse(wire) for parse in parsers(ADAPTERS[union]))
    assert type(from_dict) is type(from_json) is type(member)
    assert from_dict == from_json == member
    assert hash(from_dict) == hash(member)
    assert ADAPTERS[union].validate_python(member) is member


@pytest.mark.parametrize(("union", "wire", "location"), INVALID)
def test_invalid_union_has_one_error_at_the_services_names(
    union: str, wire: Any, location: tuple[str, ...]
) -> None:
    for parse in parsers(ADAPTERS[union]):
        assert error_locations(parse, wire) == [location]
    for parse in parsers(ImageVersion) if union != "port" else ():
        assert error_locations(parse, {**DOCUMENTED, union: wire}) == [(union, *location)]


def error_locations(parse: Any, data: Any) -> list[Any]:
    with pytest.raises(ValidationError) as caught:
        parse(data)
    return [error["loc"] for error in caught.value.errors()]


@pytest.mark.parametrize("extra", ["ignore", "allow", "forbid"])
@pytest.mark.parametrize(
    ("union", "wire"),
    [(union, wire) for union, wire, _ in INVALID if isinstance(wire, dict) and len(wire) > 1],
)
def test_two_members_are_refused_whatever_extra_is(
    union: str, wire: dict[str, Any], extra: Any
) -> None:
    with pytest.raises(ValidationError, match="Exactly one member"):
        ADAPTERS[union].validate_python(wire, extra=extra)
    with pytest.raises(ValidationError, match="Exactly one member"):
        ADAPTERS[union].validate_json(json.dumps(wire), extra=extra)


def test_result_in_a_users_own_model_reports_exactly_the_mismatches() -> None:
    class Mine(BaseModel):
        version: ImageVersion
        logging: Logging

    body = {
        **DOCUMENTED,
        "codeArtifact": {"uri": 5},
        "logging": {"cloudWatch": {"logGroup": 5}},
        "state": 5,
    }
    mine = {"version": body, "logging": {"cloudWatch": {"logStream": 5}}}
    for parse in parsers(Mine):
        assert error_locations(parse, mine) == [
            ("version", "codeArtifact", "uri"),
            ("version", "logging", "cloudWatch", "logGroup"),
            ("version", "state"),
            ("logging", "cloudWatch", "logStream"),
        ]


@pytest.mark.parametrize("by_alias", [True, False])
@pytest.mark.parametrize(("union", "member"), [(union, member) for union, _, member in FORMS])
def test_members_round_trip_under_both_names(union: str, member: Any, by_alias: bool) -> None:
    adapter = ADAPTERS[union]
    dumped = adapter.dump_python(member, by_alias=by_alias)
    assert adapter.validate_python(dumped) == member
    assert adapter.validate_json(adapter.dump_json(member, by_alias=by_alias)) == member
    assert type(member).model_validate(member.model_dump(by_alias=by_alias)) == member
    assert member.model_dump(by_alias=by_alias) == dumped


@pytest.mark.parametrize(
    ("member", "wire"),
    [
        (LoggingDisabled(), {"disabled": {}}),
        (CloudWatchLogging(log_group="g"), {"cloudWatch": {"logGroup": "g", "logStream": None}}),
        (CodeArtifactUri(uri="u"), {"uri": "u"}),
        (Port(port=80), {"port": 80}),
        (PortRange(start_port=1, end_port=2), {"range": {"startPort": 1, "endPort": 2}}),
        (AllPorts(), {"allPorts": {}}),
        (UnknownMember(name="x"), {"SDK_UNKNOWN_MEMBER": {"name": "x"}}),
    ],
)
def test_member_alone_dumps_and_parses_the_wire_shape_with_its_tag(member: Any, wire: Any) -> None:
    assert member.model_dump(by_alias=True) == wire
    assert [parse(wire) for parse in parsers(type(member))] == [member, member]


def test_unknown_member_keeps_its_content_out_of_repr_and_dumps() -> None:
    wire = '{"x-new": {"key": "secret", "n": [1, {}]}}'
    member = ADAPTERS["logging"].validate_json(wire)
    assert member.value == {"key": "secret", "n": (1, {})}
    assert member == UnknownMember(name="x-new")
    assert hash(member) == hash(UnknownMember(name="x-new"))
    assert "secret" not in repr(member) + str(member) + str(member.model_dump())
    with pytest.raises(TypeError):
        member.value["key"] = "other"
    assert UnknownMember(name="x-new").value is None


def test_union_works_inside_a_users_own_model_more_than_once() -> None:
    class Mine(BaseModel):
        one: Logging
        more: list[Logging]
        alone: CloudWatchLogging

    wire = {"cloudWatch": {"logGroup": "g"}}
    mine = Mine.model_validate({"one": wire, "more": [wire, {"disabled": {}}], "alone": wire})
    group = CloudWatchLogging(log_group="g")
    assert (mine.one, mine.more, mine.alone) == (group, [group, LoggingDisabled()], group)
    assert Mine.model_validate_json(mine.model_dump_json()) == mine


@pytest.mark.parametrize(
    "order",
    [
        "CloudWatchLogging CreatedImage ImageVersion",
        "ImageVersion UnknownMember CreatedImage Page[ImageVersion]",
        "LoggingDisabled CodeArtifactUri UpdatedImage CloudWatchLogging ImageVersion",
    ],
)
def test_field_named_like_the_tag_is_not_the_tag_in_whichever_order_models_are_built(
    order: str,
) -> None:
    # pydantic reuses the schema of a class that is built already.
    program = (
        "import json, sys\n"
        "from microvm_sdk import *\n"
        "for name in sys.argv[1:]:\n"
        "    assert eval(name).model_rebuild(raise_errors=True) is not False\n"
        "alone = CloudWatchLogging.model_validate({'cloudWatch': {'logGroup': 'g'}})\n"
        "assert alone == CloudWatchLogging(log_group='g')\n"
        "for body, expected in json.load(sys.stdin):\n"
        "    for version in (ImageVersion.model_validate(body),\n"
        "                    ImageVersion.model_validate_json(json.dumps(body))):\n"
        "        assert version.logging == CloudWatchLogging(**expected), version.logging\n"
    )
    cases = [
        ({**DOCUMENTED, "logging": {"cloudWatch": content}}, expected)
        for content, expected in (
            ({"logGroup": "g"}, {"log_group": "g"}),
            ({"cloudWatch": {"logGroup": "x"}, "logGroup": "g"}, {"log_group": "g"}),
            ({"cloudWatch": {"logGroup": "x"}}, {}),
        )
    ]
    command = [sys.executable, "-c", program, *order.split()]
    subprocess.run(command, input=json.dumps(cases), text=True, check=True)  # noqa: S603  The command is a constant of this test.


class Syslog(StructureMember, frozen=True):
    """A member whose only field is named like its tag."""

    wire_tag: ClassVar[str] = "syslog"
    syslog: str


def test_field_named_like_the_tag_is_read_in_a_union_alone_and_by_hand() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[Syslog | UnknownMember, TaggedUnion()])
    by_hand = Syslog(syslog="host")
    wire = {"syslog": {"syslog": "host"}}
    assert by_hand.syslog == "host"
    for parse in (*parsers(adapter), *parsers(Syslog)):
        assert parse(wire) == by_hand
    assert adapter.dump_python(by_hand) == wire


@pytest.mark.parametrize("union", UNIONS.values(), ids=UNIONS)
def test_fast_form_parses_the_fields_of_structures_without_removing_a_tag(union: Any) -> None:
    # pydantic puts a validator with `mode="wrap"` around the schema of the model.
    for member in members(union):
        if issubclass(member, StructureMember):
            member.model_rebuild()
            schema: Any = member.__pydantic_core_schema__
            assert (schema["type"], schema["schema"]["type"]) == ("function-wrap", "model")
            assert schema["schema"]["cls"] is member


@pytest.mark.parametrize(
    ("variant", "wire"),
    [
        (LoggingDisabled, {"cloudWatch": {"logGroup": "g"}}),
        (LoggingDisabled, {"disabled": {}, "cloudWatch": {}}),
        (CloudWatchLogging, {"disabled": {}}),
        (CloudWatchLogging, {"x-new": {}}),
        (LoggingDisabled, {5: "five"}),
        (AllPorts, {"port": 80}),
        (AllPorts, {"range": {"startPort": 1, "endPort": 2}}),
        (PortRange, {"allPorts": {}}),
        (Port, {"allPorts": {}}),
        (CodeArtifactUri, {"x-new": {}}),
    ],
)
def test_variant_alone_refuses_the_dict_of_another(variant: Any, wire: dict[Any, Any]) -> None:
    for parse in (
        *parsers(variant),
        lambda wire: TypeAdapter(list[variant]).validate_python([wire]),
    ):
        with pytest.raises(ValidationError):
            parse(wire)


def test_member_alone_accepts_content_without_its_tag_and_removes_it_once() -> None:
    twice = {"cloudWatch": {"cloudWatch": {"logGroup": "x"}}}
    assert [parse(twice) for parse in parsers(CloudWatchLogging)] == [CloudWatchLogging()] * 2
    assert CloudWatchLogging.model_validate({"logGroup": "g", "new": 1}).log_group == "g"
    assert LoggingDisabled.model_validate({}) == LoggingDisabled()


@pytest.mark.parametrize("by_alias", [True, False])
@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_json_schema_names_the_members_like_the_dump(mode: Any, by_alias: bool) -> None:
    schema = TypeAdapter(Logging).json_schema(mode=mode, by_alias=by_alias)
    names = [member.__name__ for member in members(Logging)]
    assert schema["oneOf"] == [{"$ref": f"#/$defs/{name}"} for name in names]
    member = schema["$defs"]["CloudWatchLogging"]
    ((tag, content),) = CloudWatchLogging(log_group="g").model_dump(by_alias=by_alias).items()
    assert (member["type"], member["required"]) == ("object", [tag])
    assert set(member["properties"][tag]["properties"]) == set(content)
