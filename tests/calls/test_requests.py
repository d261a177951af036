"""What is sent: models, enums, secrets and a program's own classes in the service's form."""

import json
from enum import Enum
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

import pytest
from loopback import Canned, Loopback, case
from pydantic import SecretStr
from sample_calls import IMAGE, required_arguments

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
    LoggingDisabled,
    MicroVMClient,
    Port,
    PortRange,
    Resources,
    UnknownValue,
)

MINIMAL = case("update_microvm_image_version/minimal")


@pytest.mark.parametrize(
    "status",
    [ImageVersionStatus.INACTIVE, "INACTIVE", UnknownValue("INACTIVE"), UnknownValue("X-PAUSED")],
)
def test_enum_is_taken_as_member_literal_or_unknown_value(
    status: Any, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(MINIMAL)
    client.update_microvm_image_version(image_identifier=IMAGE, image_version="3.0", status=status)
    assert json.loads(loopback.requests[0].body) == {"status": str(status)}


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


def test_every_call_has_a_token_of_its_own_and_a_retry_the_same(
    retrying_client: MicroVMClient, loopback: Loopback
) -> None:
    run = case("recorded/vms-lifecycle/run")
    loopback.respond_with(Canned(500, {"message": "again"}), run)
    retrying_client.run_microvm(image_identifier=IMAGE)
    retrying_client.run_microvm(image_identifier=IMAGE)
    retrying_client.run_microvm(image_identifier=IMAGE, client_token="mine")
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
