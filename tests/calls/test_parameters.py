"""Converting arguments to parameters: what is refused, and what is sent."""

import inspect
import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

import pytest
from botocore.config import Config
from botocore.exceptions import ParamValidationError
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from loopback import Canned, Loopback, case
from pydantic import SecretStr
from sample_calls import IMAGE, required_arguments
from service_comparison import service_model
from unions import choice

from microvm_sdk import (
    AllPorts,
    Architecture,
    Capability,
    CloudWatchLogging,
    CodeArtifactUri,
    CpuConfiguration,
    Hooks,
    IdlePolicy,
    ImageVersionStatus,
    Logging,
    LoggingDisabled,
    MicroVMClient,
    Port,
    PortRange,
    Resources,
    Result,
    UnknownMember,
    UnknownValue,
)
from microvm_sdk._calls.parameters import Parameters
from microvm_sdk._error_texts import IDENTIFIERS as NAMED_IN_ERRORS

MINIMAL = case("update_microvm_image_version/minimal")


@contextmanager
def refused(name: str) -> Iterator[pytest.ExceptionInfo[ParamValidationError]]:
    with pytest.raises(ParamValidationError, match=name) as caught:
        yield caught


IDENTIFIED = {
    method: [name for name in inspect.signature(getattr(MicroVMClient, method)).parameters
             if name in {"image_identifier", "image_version", "build_id", "microvm_identifier",
                         "resource", "base_image_version"}]
    for method in dir(MicroVMClient)
    if method.startswith(
        ("create_", "get_", "list_", "update_", "delete_", "run_", "suspend_", "resume_",
         "terminate_", "tag_", "untag_")
    )
}  # fmt: skip


@pytest.mark.parametrize(
    ("method", "name"),
    [(method, name) for method, names in IDENTIFIED.items() for name in names],
)
@pytest.mark.parametrize("value", ["", ".", "..", " ", "a b", "a\n", "\u00a0"])
def test_identifier_that_could_mean_another_resource_is_refused(
    method: str, name: str, value: str, client: MicroVMClient, loopback: Loopback
) -> None:
    with refused(f"{name} must not be empty"):
        getattr(client, method)(**{**required_arguments(method), name: value})
    assert loopback.requests == []


@pytest.mark.parametrize(
    "value",
    [
        "../",
        "x/..",
        "../../web",
        "./x",
        "%2e%2e",
        "%2E.",
        "x%2f..%2fy",
        "a/../b",
        "a\\..\\b",
        "%2e",
    ],
)
def test_identifier_with_a_dot_segment_is_refused_once_decoded(
    value: str, client: MicroVMClient, loopback: Loopback
) -> None:
    with refused(r"image_version must not .* '\.' or '\.\.' path segment"):
        client.get_microvm_image_version(image_identifier=IMAGE, image_version=value)
    assert loopback.requests == []


def test_slashes_dots_and_percent_signs_in_an_identifier_are_sent(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(MINIMAL)
    client.get_microvm_image_version(image_identifier="a/b..c", image_version="%252e...")
    assert loopback.requests[0].path.endswith("/a%2Fb..c/versions/%25252e...")


LONE = "a\ud800b"


@pytest.mark.parametrize(
    ("method", "arguments", "name"),
    [
        ("get_microvm", {"microvm_identifier": LONE}, "microvm_identifier"),
        ("run_microvm", {"image_identifier": IMAGE, "run_hook_payload": LONE}, "run_hook_payload"),
        ("tag_resource", {"resource": IMAGE, "tags": {"k": LONE}}, r"tags\['k'\]"),
        ("tag_resource", {"resource": IMAGE, "tags": {LONE: "v"}}, r"tags: the key 'a\\ud800b'"),
        ("untag_resource", {"resource": IMAGE, "tag_keys": ["a", LONE]}, r"tag_keys\[1\]"),
    ],
)
def test_text_that_cannot_be_encoded_is_refused_by_name(
    method: str, arguments: Any, name: str, client: MicroVMClient, loopback: Loopback
) -> None:
    with refused(f"{name} has a lone surrogate") as caught:
        getattr(client, method)(**arguments)
    assert loopback.requests == []
    assert caught.value.__context__ is None  # An encoder's error would hold the text.


@pytest.mark.parametrize("secret", ["**********", SecretStr("**********")])
def test_mask_of_a_secret_is_refused(
    secret: Any, client: MicroVMClient, loopback: Loopback
) -> None:
    arguments = required_arguments("create_microvm_image")
    with refused(r"environment_variables\['A'\] is '\*{10}': not the secret but pydantic's mask"):
        client.create_microvm_image(**arguments, environment_variables={"A": secret})
    with refused("run_hook_payload is "):
        client.run_microvm(image_identifier=IMAGE, run_hook_payload=secret)
    assert loopback.requests == []


@pytest.mark.parametrize(
    "status", [ImageVersionStatus.INACTIVE, "INACTIVE", UnknownValue("INACTIVE")]
)
def test_enum_is_taken_as_member_literal_or_unknown_value(
    status: Any, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(MINIMAL)
    client.update_microvm_image_version(image_identifier=IMAGE, image_version="3.0", status=status)
    assert loopback.requests[0].body == b'{"status": "INACTIVE"}'


def test_value_that_only_the_caller_knows_is_sent(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(MINIMAL)
    client.update_microvm_image_version(
        image_identifier=IMAGE, image_version="3.0", status=UnknownValue("X-PAUSED")
    )
    assert loopback.requests[0].body == b'{"status": "X-PAUSED"}'


def test_misspelt_value_is_refused_with_what_was_expected(
    client: MicroVMClient, loopback: Loopback
) -> None:
    misspelled: Any = "INACTVE"
    with refused("status must be one of ACTIVE, INACTIVE, or an UnknownValue"):
        client.update_microvm_image_version(
            image_identifier=IMAGE, image_version="3.0", status=misspelled
        )
    capabilities: Any = ["ALL", "SOME"]
    with refused(r"additional_os_capabilities\[1\] must be one of ALL"):
        client.create_microvm_image(
            name="web",
            base_image_arn=IMAGE,
            build_role_arn="r",
            code_artifact=CodeArtifactUri(uri="s3://a/b"),
            additional_os_capabilities=capabilities,
        )
    assert loopback.requests == []


def test_unknown_member_is_refused_by_name(client: MicroVMClient, loopback: Loopback) -> None:
    with refused("logging is the union member 'x-new'"):
        client.run_microvm(image_identifier=IMAGE, logging=UnknownMember(name="x-new"))
    with refused(r"allowed_ports\[1\] is the union member 'udp'"):
        client.create_microvm_auth_token(
            microvm_identifier="m",
            expiration_in_minutes=5,
            allowed_ports=[AllPorts(), UnknownMember(name="udp")],
        )
    assert loopback.requests == []


@pytest.mark.parametrize(
    "variables",
    [
        {"PIN": 12345678},
        {"PIN": {"is": "12345678"}},
        ["PIN", 12345678],
        12345678,
        "12345678",
        SecretStr("12345678"),
    ],
)
def test_secret_of_another_type_is_refused_without_showing_it(
    variables: Any, client: MicroVMClient
) -> None:
    with pytest.raises(ParamValidationError, match="environment_variables") as caught:
        client.update_microvm_image(
            image_identifier=IMAGE,
            base_image_arn=IMAGE,
            build_role_arn="r",
            code_artifact=CodeArtifactUri(uri="s3://a/b"),
            environment_variables=variables,
        )
    assert "12345678" not in str(caught.value)


def test_required_argument_that_is_none_is_named(client: MicroVMClient) -> None:
    nothing: Any = None
    with refused("imageIdentifier"):
        client.get_microvm_image(image_identifier=nothing)


def test_complete_request_arrives_in_the_services_form(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(case("recorded/images-lifecycle/create"))
    client.create_microvm_image(
        name="web",
        base_image_arn=IMAGE,
        build_role_arn="arn:aws:iam::123456789012:role/build",
        code_artifact=CodeArtifactUri(uri="s3://a/b.zip"),
        logging=CloudWatchLogging(log_group="/web"),
        egress_network_connectors=(arn for arn in ["arn:x"]),
        cpu_configurations=[CpuConfiguration(architecture=Architecture.ARM_64)],
        resources={Resources(minimum_memory_in_mib=2048)},
        additional_os_capabilities=[Capability.ALL],
        hooks=Hooks(port=9000),
        environment_variables={"A": "1", "B": SecretStr("2")},
        tags={"team": "web"},
        client_token="token",
    )
    assert json.loads(loopback.requests[0].body) == {
        "name": "web",
        "baseImageArn": IMAGE,
        "buildRoleArn": "arn:aws:iam::123456789012:role/build",
        "codeArtifact": {"uri": "s3://a/b.zip"},
        "logging": {"cloudWatch": {"logGroup": "/web"}},
        "egressNetworkConnectors": ["arn:x"],
        "cpuConfigurations": [{"architecture": "ARM_64"}],
        "resources": [{"minimumMemoryInMiB": 2048}],
        "additionalOsCapabilities": ["ALL"],
        "hooks": {"port": 9000},
        "environmentVariables": {"A": "1", "B": "2"},
        "tags": {"team": "web"},
        "clientToken": "token",
    }


def test_run_and_token_requests_arrive(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(case("recorded/vms-lifecycle/run"))
    client.run_microvm(
        image_identifier=IMAGE,
        logging=LoggingDisabled(),
        idle_policy=IdlePolicy(
            max_idle_duration_seconds=60,
            suspended_duration_seconds=0,
            auto_resume_enabled=True,
        ),
        run_hook_payload=SecretStr("payload"),
    )
    sent = json.loads(loopback.requests[0].body)
    assert len(sent.pop("clientToken")) >= 32  # botocore's own
    assert sent == {
        "imageIdentifier": IMAGE,
        "logging": {"disabled": {}},
        "idlePolicy": {
            "maxIdleDurationSeconds": 60,
            "suspendedDurationSeconds": 0,
            "autoResumeEnabled": True,
        },
        "runHookPayload": "payload",
    }
    loopback.respond_with(Canned(body={"authToken": {"X-aws-proxy-auth": "t"}}))
    client.create_microvm_auth_token(
        microvm_identifier="m",
        expiration_in_minutes=5,
        allowed_ports=[Port(port=80), PortRange(start_port=1, end_port=2), AllPorts()],
    )
    assert json.loads(loopback.requests[0].body)["allowedPorts"] == [
        {"port": 80},
        {"range": {"startPort": 1, "endPort": 2}},
        {"allPorts": {}},
    ]


@pytest.mark.parametrize("payload", [{"pin": "12345678"}, ["12345678"], b"12345678", 12345678])
def test_payload_of_another_type_is_refused_without_showing_it(
    payload: Any, client: MicroVMClient, loopback: Loopback
) -> None:
    with pytest.raises(ParamValidationError, match="run_hook_payload must be a string") as caught:
        client.run_microvm(image_identifier=IMAGE, run_hook_payload=payload)
    assert "12345678" not in str(caught.value)
    assert loopback.requests == []


@pytest.mark.parametrize(
    ("parameter", "argument", "expected"),
    [
        ("egress_network_connectors", "arn:x", "a list of strings; got str"),
        ("additional_os_capabilities", "ALL", "a list of strings; got str"),
        (
            "cpu_configurations",
            CpuConfiguration(architecture=Architecture.ARM_64),
            "a list of CpuConfiguration; got CpuConfiguration",
        ),
        (
            "resources",
            Resources(minimum_memory_in_mib=2048),
            "a list of Resources; got Resources",
        ),
        ("resources", {"minimumMemoryInMiB": 2048}, "a list of Resources; got dict"),
        ("resources", 5, "a list of Resources; got int"),
        ("egress_network_connectors", 5, "a list of strings; got int"),
        ("tags", 5, "a mapping of strings; got int"),
        ("tags", [("a", "b")], "a mapping of strings; got list"),
        ("tags", "a", "a mapping of strings; got str"),
        ("logging", "disabled", f"{choice(Logging)}; got str"),
        ("logging", Hooks(port=1), f"{choice(Logging)}; got Hooks"),
        ("hooks", LoggingDisabled(), "Hooks; got LoggingDisabled"),
        ("code_artifact", "s3://a/b", "CodeArtifactUri; got str"),
    ],
)
def test_argument_of_another_type_is_refused_with_the_model_that_was_expected(
    parameter: str, argument: Any, expected: str, client: MicroVMClient, loopback: Loopback
) -> None:
    with refused(f"^Parameter validation failed:\n{parameter} must be {expected}$"):
        client.create_microvm_image(
            **{**required_arguments("create_microvm_image"), parameter: argument}
        )
    assert loopback.requests == []


class Own(str, Enum):
    """A program's own names of what it sends; `str()` shows the member's name."""

    ARN = IMAGE
    STATUS = "INACTIVE"
    TEXT = "prod"


class Masked(str):
    """A program's own secret string."""

    __slots__ = ()

    def __str__(self) -> str:
        return "***"


def test_strings_of_a_programs_own_classes_are_sent_by_their_content(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(case("update_microvm_image_version/documented"))
    status: Any = Own.STATUS
    client.update_microvm_image_version(
        image_identifier=Own.ARN, image_version=Masked("3.0"), status=status
    )
    (request,) = loopback.requests
    assert unquote(request.path).endswith(f"/{IMAGE}/versions/3.0")
    assert json.loads(request.body) == {"status": "INACTIVE"}

    loopback.respond_with(case("recorded/images-lifecycle/create"))
    arguments = required_arguments("create_microvm_image")
    client.create_microvm_image(
        **arguments,
        description=Own.TEXT,
        tags={Own.TEXT: Own.TEXT},
        environment_variables={"A": Own.TEXT, "B": Masked("hidden"), "C": SecretStr(Own.TEXT)},
    )
    body = json.loads(loopback.requests[0].body)
    assert body["description"] == "prod"
    assert body["tags"] == {"prod": "prod"}
    assert body["environmentVariables"] == {"A": "prod", "B": "hidden", "C": "prod"}


@pytest.mark.parametrize("keys", [["a", "b"], ("a", "b"), {"a": 1, "b": 2}.keys(), iter("ab")])
def test_any_iterable_is_a_list(keys: Any, client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(Canned(204, b""))
    client.untag_resource(resource=IMAGE, tag_keys=keys)
    assert loopback.requests[0].query == {"tagKeys": ["a", "b"]}


@pytest.mark.parametrize("keys", ["ab", b"ab"])
def test_keys_in_one_string_are_not_split(
    keys: Any, client: MicroVMClient, loopback: Loopback
) -> None:
    with refused("tag_keys must be a list of strings; got"):
        client.untag_resource(resource=IMAGE, tag_keys=keys)
    assert loopback.requests == []


def test_any_mapping_is_a_map(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(Canned(204, b""))
    client.tag_resource(resource=IMAGE, tags=MappingProxyType({"a": "b"}))
    assert json.loads(loopback.requests[0].body) == {"Tags": {"a": "b"}}


def test_argument_that_is_omitted_or_none_is_not_sent_and_an_empty_one_is(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(case("recorded/images-lifecycle/create"))
    client.create_microvm_image(
        **required_arguments("create_microvm_image"),
        description=None,
        egress_network_connectors=[],
        environment_variables={},
        hooks=Hooks(port=None),
    )
    assert set(json.loads(loopback.requests[0].body)) == {
        "name",
        "baseImageArn",
        "buildRoleArn",
        "codeArtifact",
        "clientToken",
        "egressNetworkConnectors",
        "environmentVariables",
        "hooks",
    }


def test_every_call_has_a_token_of_its_own_and_a_retry_the_same(loopback: Loopback) -> None:
    twice = Config(retries={"total_max_attempts": 2, "mode": "standard"})
    client = MicroVMClient(endpoint_url=loopback.endpoint_url, config=twice)
    run = case("recorded/vms-lifecycle/run")
    loopback.respond_with(Canned(500, {"message": "again"}), run)
    client.run_microvm(image_identifier=IMAGE)
    client.run_microvm(image_identifier=IMAGE)
    client.run_microvm(image_identifier=IMAGE, client_token="mine")
    first, again, second, given = (
        json.loads(request.body)["clientToken"] for request in loopback.requests
    )
    assert first == again != second
    assert given == "mine"


def test_settings_of_a_response_can_be_sent_as_they_are(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(
        case("update_microvm_image_version/documented"),
        case("recorded/images-lifecycle/update-image"),
    )
    version = client.get_microvm_image_version(image_identifier=IMAGE, image_version="3.0")
    client.update_microvm_image(
        image_identifier=IMAGE,
        base_image_arn=version.base_image_arn,
        build_role_arn=version.build_role_arn,
        code_artifact=version.code_artifact,
        logging=version.logging,
        hooks=version.hooks,
        resources=version.resources,
        cpu_configurations=version.cpu_configurations,
        additional_os_capabilities=version.additional_os_capabilities,
        environment_variables=version.environment_variables,
    )
    sent = json.loads(loopback.requests[1].body)
    returned = case("update_microvm_image_version/documented").body
    for name in set(sent) - {"clientToken"}:
        assert sent[name] == returned[name]
    assert sent["environmentVariables"] == {"LOG_LEVEL": "info", "API_KEY": "do-not-print-me"}


def test_ports_as_numbers_are_refused_with_the_models_that_were_expected(
    client: MicroVMClient, loopback: Loopback
) -> None:
    ports: Any = [Port(port=80), 8080]
    with refused(r"allowed_ports\[1\] must be .*Port, .*PortRange.* got 8080"):
        client.create_microvm_auth_token(
            microvm_identifier="m", expiration_in_minutes=5, allowed_ports=ports
        )
    assert loopback.requests == []


class OwnHooks(Hooks, frozen=True):
    """Hooks with a member of a newer service."""

    protocol: str | None = None


def test_subclass_and_dict_of_a_model_are_sent_as_they_are() -> None:
    shape = operation("CreateMicrovmImage")
    own = OwnHooks(port=1, protocol="http")
    assert Parameters(shape).convert({"hooks": own}) == {"hooks": {"port": 1, "protocol": "http"}}
    raw = {"port": 1, "since": SecretStr("x")}
    assert Parameters(shape).convert({"hooks": raw}) == {"hooks": {"port": 1, "since": "x"}}


def operation(name: str, **changes: dict[str, Any]) -> Any:
    """Return the input shape of an operation, with shapes of its model changed."""
    model = create_loader().load_service_model("lambda-microvms", "service-2")
    model["shapes"] = {
        key: {**shape, **changes.get(key, {})} for key, shape in model["shapes"].items()
    }
    return ServiceModel(model, "lambda-microvms").operation_model(name).input_shape


def converted(shape: Any, **arguments: Any) -> dict[str, Any]:
    return Parameters(shape).convert(arguments)


def test_enums_are_those_of_the_operations_own_shape() -> None:
    grown = operation("UpdateMicrovmImageVersion", MicrovmImageVersionStatus={"enum": ["X-PAUSED"]})
    assert converted(grown, status="X-PAUSED") == {"status": "X-PAUSED"}
    with refused("status must be one of X-PAUSED, or an UnknownValue"):
        converted(grown, status="ACTIVE")
    listed = operation("RunMicrovm", NetworkConnector={"enum": ["web"]})
    with refused(r"egress_network_connectors\[0\] must be one of web"):
        converted(listed, egressNetworkConnectors=["arn"])


def test_enum_value_that_only_the_sdk_knows_is_accepted_with_an_older_botocore() -> None:
    older = operation("ListMicrovmImageBuilds", Architecture={"enum": ["ARM_64"]})
    for value in (Architecture.X86_64, "X86_64"):
        assert converted(older, architecture=value) == {"architecture": "X86_64"}
    with refused(f"architecture must be one of {', '.join(Architecture)}, or"):
        converted(older, architecture="MIPS")


def test_parameters_are_secret_if_this_or_a_newer_botocore_marks_them() -> None:
    marked = operation("CreateMicrovmImage", TagValue={"sensitive": True})
    assert converted(marked, tags={"a": SecretStr("b")}) == {"tags": {"a": "b"}}
    with refused(r"tags\['a'\] must be a string or SecretStr; got int"):
        converted(marked, tags={"a": 12345678})
    unmarked = {"sensitive": False}
    older = operation("CreateMicrovmImage", EnvironmentVariableValue=unmarked)
    with refused(r"environment_variables\['A'\] must be a string or SecretStr; got int"):
        converted(older, environmentVariables={"A": 12345678})
    older = operation("RunMicrovm", RunHookPayload=unmarked)
    with refused("run_hook_payload must be a string or SecretStr; got bytes"):
        converted(older, runHookPayload=b"12345678")


def test_every_path_parameter_is_an_identifier() -> None:
    members = {"note": {"shape": "String", "location": "uri", "locationName": "note"}}
    shape = operation("GetMicrovm", GetMicrovmRequest={"members": members})
    with refused("note must not be empty"):
        converted(shape, note="..")


def test_whatever_is_part_of_some_path_is_an_identifier_in_every_operation() -> None:
    service = service_model()
    inputs = [service.operation_model(name).input_shape for name in service.operation_names]
    in_paths = {
        name
        for shape in inputs
        for name, member in shape.members.items()
        if member.serialization.get("location") == "uri"
    }
    for shape in inputs:
        for name in in_paths & shape.members.keys():
            with refused("must not be empty"):
                converted(shape, **{name: ".."})
    assert in_paths <= set(NAMED_IN_ERRORS)


@pytest.mark.parametrize("name", service_model().operation_names)
def test_no_parameter_in_a_path_takes_a_dot_segment(name: str) -> None:
    shape: Any = operation(name)
    for member, kind in shape.members.items():
        if kind.serialization.get("location") == "uri":
            with refused("must not be empty"):
                converted(shape, **{member: ".."})


def test_parameter_that_botocore_does_not_know_is_converted_and_passed_on() -> None:
    shape = operation("GetMicrovm")
    unknown = {"withHistory": [Hooks(port=1), SecretStr("x")], "omitted": None}
    assert converted(shape, **unknown) == {"withHistory": [{"port": 1}, "x"]}
    with refused("with_history is the union member 'x-new'"):
        converted(shape, withHistory=UnknownMember(name="x-new"))
    with refused("logging is the union member 'x-new'"):
        converted(operation("RunMicrovm"), logging={"SDK_UNKNOWN_MEMBER": {"name": "x-new"}})


def test_parameter_that_botocore_does_not_know_is_botocores_own_error(
    client: MicroVMClient, loopback: Loopback
) -> None:
    with refused('Unknown parameter in input: "withHistory"'):
        client.call(Result, "get_microvm", microvmIdentifier="m", withHistory=True)
    assert loopback.requests == []
