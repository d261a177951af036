"""Unions: every form that a member comes in, and what it becomes."""

import json
import subprocess
import sys
import warnings
from itertools import product
from typing import Any

import pytest
from loopback import case
from pydantic import BaseModel, TypeAdapter, ValidationError

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
from microvm_sdk.models._machinery import Sent

# Each by itself, and as it is in answers.
UNIONS: dict[str, tuple[Any, ...]] = {
    "logging": (TypeAdapter(Logging), TypeAdapter(Sent[Logging])),
    "codeArtifact": (TypeAdapter(CodeArtifact), TypeAdapter(Sent[CodeArtifact])),
    "port": (TypeAdapter(PortSpecification), TypeAdapter(Sent[PortSpecification])),
}
FORMS: list[tuple[str, dict[str, Any], Any]] = [
    ("logging", {"disabled": {}}, LoggingDisabled()),
    ("logging", {"disabled": {"new": 1}}, LoggingDisabled()),
    ("logging", {"cloudWatch": {}}, CloudWatchLogging()),
    ("logging", {"cloudWatch": {"logGroup": "g"}}, CloudWatchLogging(log_group="g")),
    ("logging", {"cloud_watch": {"log_group": "g"}}, CloudWatchLogging(log_group="g")),
    ("logging", {"cloudWatch": None, "disabled": {}}, LoggingDisabled()),
    ("logging", {"__type": "x", "disabled": {}}, LoggingDisabled()),
    ("logging", {"firehose": {"streamArn": "a"}}, UnknownMember(name="firehose")),
    ("logging", {"firehose": {}}, UnknownMember(name="firehose")),
    ("logging", {"name": "x"}, UnknownMember(name="name")),
    ("logging", {"cloudWatch": None, "firehose": {}}, UnknownMember(name="firehose")),
    ("logging", {"SDK_UNKNOWN_MEMBER": {"name": "x"}}, UnknownMember(name="x")),
    ("codeArtifact", {"uri": "s3://a/b"}, CodeArtifactUri(uri="s3://a/b")),
    ("codeArtifact", {"uri": "s3://a/b", "oci": None}, CodeArtifactUri(uri="s3://a/b")),
    ("codeArtifact", {"uri": None, "oci": {}}, UnknownMember(name="oci")),
    ("codeArtifact", {"SDK_UNKNOWN_MEMBER": {"name": "x"}}, UnknownMember(name="x")),
    ("port", {"port": 80}, Port(port=80)),
    ("port", {"range": {"startPort": 1, "endPort": 2}}, PortRange(start_port=1, end_port=2)),
    ("port", {"allPorts": {}}, AllPorts()),
    ("port", {"all_ports": {}}, AllPorts()),
    ("port", {"udp": 53}, UnknownMember(name="udp")),
]
MISFITS: list[tuple[str, Any]] = [
    ("logging", {}),
    ("logging", {"cloudWatch": None}),
    ("logging", {"__type": "x"}),
    ("logging", {"cloudWatch": {}, "disabled": {}}),
    ("logging", {"cloudWatch": {}, "firehose": {}}),
    ("logging", {"firehose": {}, "s3": {}}),
    ("logging", {"cloudWatch": "on"}),
    ("logging", {"cloudWatch": []}),
    ("logging", {"cloudWatch": {"logGroup": 5}}),
    ("logging", {"SDK_UNKNOWN_MEMBER": {}}),
    ("logging", {"SDK_UNKNOWN_MEMBER": "x"}),
    ("logging", []),
    ("logging", "disabled"),
    ("codeArtifact", {"uri": 5}),
    ("codeArtifact", {"uri": "a", "oci": {}}),
    ("port", {"port": "http"}),
    ("port", {"range": {"startPort": 1}}),
    ("port", {"port": 1, "allPorts": {}}),
]


@pytest.mark.parametrize(("union", "wire", "member"), FORMS)
def test_each_form_is_its_member_from_a_dict_and_from_json(
    union: str, wire: dict[str, Any], member: Any
) -> None:
    for adapter in UNIONS[union]:
        from_dict = adapter.validate_python(wire)
        from_json = adapter.validate_json(json.dumps(wire))
        assert type(from_dict) is type(from_json) is type(member)
        assert from_dict == from_json == member
        assert hash(from_dict) == hash(member)


@pytest.mark.parametrize(("union", "wire"), MISFITS)
def test_misfit_is_refused_from_a_dict_and_from_json(union: str, wire: Any) -> None:
    for adapter in UNIONS[union]:
        with pytest.raises(ValidationError):
            adapter.validate_python(wire)
        with pytest.raises(ValidationError):
            adapter.validate_json(json.dumps(wire))


@pytest.mark.parametrize("extra", ["ignore", "allow", "forbid"])
@pytest.mark.parametrize(
    ("union", "wire"),
    [(union, wire) for union, wire in MISFITS if isinstance(wire, dict) and len(wire) > 1],
)
def test_two_members_are_refused_whatever_is_said_of_extra_fields(
    union: str, wire: dict[str, Any], extra: Any
) -> None:
    for adapter in UNIONS[union]:
        with pytest.raises(ValidationError, match="Exactly one member"):
            adapter.validate_python(wire, extra=extra)
        with pytest.raises(ValidationError, match="Exactly one member"):
            adapter.validate_json(json.dumps(wire), extra=extra)


def test_misfit_in_a_users_own_model_is_refused_with_one_reason() -> None:
    class Mine(BaseModel):
        logging: Logging

    with pytest.raises(ValidationError) as caught:
        Mine.model_validate_json('{"logging": {"cloudWatch": {"logGroup": 5}}}')
    (problem,) = caught.value.errors()
    assert problem["loc"] == ("logging", "cloudWatch", "logGroup")


@pytest.mark.parametrize(
    ("field", "wire"), [(union, wire) for union, wire in MISFITS if union != "port"]
)
def test_misfit_in_an_answer_is_refused_with_one_reason_and_its_place(
    field: str, wire: Any
) -> None:
    body = {**case("update_microvm_image_version/documented").body, field: wire}
    with pytest.raises(ValidationError) as from_dict:
        ImageVersion.model_validate(body)
    with pytest.raises(ValidationError) as from_json:
        ImageVersion.model_validate_json(json.dumps(body))
    (problem,) = from_json.value.errors()
    assert problem["loc"] == from_dict.value.errors()[0]["loc"]


@pytest.mark.parametrize(("union", "member"), [(union, member) for union, _, member in FORMS])
def test_members_round_trip_under_both_names_and_without_warnings(union: str, member: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for adapter, by_alias in product(UNIONS[union], (True, False)):
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
def test_member_alone_dumps_as_the_wire_has_it_tag_and_all(member: Any, wire: Any) -> None:
    assert member.model_dump(by_alias=True) == wire
    assert type(member).model_validate(wire) == member
    assert type(member).model_validate_json(json.dumps(wire)) == member


def test_whole_version_round_trips() -> None:
    for name in ("documented", "tomorrow", "unknown-members", "minimal", "logging-disabled"):
        version = ImageVersion.model_validate(case(f"update_microvm_image_version/{name}").body)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert ImageVersion.model_validate(version.model_dump(by_alias=True)) == version
            assert ImageVersion.model_validate(version.model_dump()) == version
            from_json = ImageVersion.model_validate_json(version.model_dump_json(by_alias=True))
        assert from_json.logging == version.logging
        assert from_json.code_artifact == version.code_artifact


def test_unknown_member_keeps_what_the_service_sent_out_of_sight() -> None:
    wire = '{"firehose": {"key": "secret", "n": [1, {}]}}'
    seen: Any = TypeAdapter(Sent[Logging]).validate_json(wire)
    assert seen.value == {"key": "secret", "n": (1, {})}
    assert seen == UnknownMember(name="firehose")
    assert hash(seen) == hash(UnknownMember(name="firehose"))
    assert "secret" not in repr(seen) + str(seen) + str(seen.model_dump())
    with pytest.raises(TypeError):
        seen.value["key"] = "other"
    assert UnknownMember(name="firehose").value is None


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
def test_models_are_built_in_any_order(order: str) -> None:
    program = (
        "import sys\n"
        "from microvm_sdk import *\n"
        "for name in sys.argv[1:]:\n"
        "    assert eval(name).model_rebuild(raise_errors=True) is not False\n"
        "logging = CloudWatchLogging.model_validate({'cloudWatch': {'logGroup': 'g'}})\n"
        "assert logging == CloudWatchLogging(log_group='g')\n"
    )
    subprocess.run([sys.executable, "-c", program, *order.split()], check=True)  # noqa: S603  Ours.


@pytest.mark.parametrize("built_first", ["ImageVersion", "CloudWatchLogging"])
def test_field_that_is_called_as_the_tag_is_no_tag(built_first: str) -> None:
    # pydantic takes a class that is built already as it is, before and behind the tag.
    program = (
        "import json, sys\n"
        "from microvm_sdk import *\n"
        f"{built_first}.model_rebuild()\n"
        "body = json.load(sys.stdin)\n"
        "for version in (ImageVersion.model_validate(body),\n"
        "                ImageVersion.model_validate_json(json.dumps(body))):\n"
        "    assert version.logging == CloudWatchLogging(log_group='g'), version.logging\n"
    )
    wire = {"cloudWatch": {"cloudWatch": {"logGroup": "x"}, "logGroup": "g"}}
    body = {**case("update_microvm_image_version/documented").body, "logging": wire}
    subprocess.run([sys.executable, "-c", program], input=json.dumps(body), text=True, check=True)  # noqa: S603  Ours.


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_json_schema_is_of_the_wire(mode: Any) -> None:
    schema = TypeAdapter(Logging).json_schema(mode=mode)
    names = ["CloudWatchLogging", "LoggingDisabled", "UnknownMember"]
    assert schema["oneOf"] == [{"$ref": f"#/$defs/{name}"} for name in names]
    assert schema["$defs"]["CloudWatchLogging"] == {
        "type": "object",
        "properties": {"cloudWatch": {"$ref": "#/$defs/CloudWatchLoggingContent"}},
        "required": ["cloudWatch"],
    }
    content = schema["$defs"]["CloudWatchLoggingContent"]
    assert set(content["properties"]) == {"logGroup", "logStream"}
