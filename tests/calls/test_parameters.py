"""Converting arguments to parameters: what is refused, and what follows from botocore's model."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from loopback import Loopback
from pydantic import SecretStr
from sample_calls import IMAGE, required_arguments
from service_comparison import service_model
from unions import choice

from microvm_sdk import (
    AllPorts,
    Architecture,
    CpuConfiguration,
    Hooks,
    Logging,
    LoggingDisabled,
    MicroVMClient,
    Resources,
    Result,
    UnknownMember,
)
from microvm_sdk._calls.parameters import Parameters
from microvm_sdk._error_texts import IDENTIFIERS as NAMED_IN_ERRORS


@contextmanager
def refused(name: str) -> Iterator[pytest.ExceptionInfo[ParamValidationError]]:
    with pytest.raises(ParamValidationError, match=name) as caught:
        yield caught


def operation(name: str, **changes: dict[str, Any]) -> Any:
    """Return the input shape of an operation, with shapes of its model changed."""
    model = create_loader().load_service_model("lambda-microvms", "service-2")
    model["shapes"] = {
        key: {**shape, **changes.get(key, {})} for key, shape in model["shapes"].items()
    }
    return ServiceModel(model, "lambda-microvms").operation_model(name).input_shape


def converted(shape: Any, **arguments: Any) -> dict[str, Any]:
    return Parameters(shape).convert(arguments)


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


def test_misspelled_value_is_refused_with_what_was_expected(
    client: MicroVMClient, loopback: Loopback
) -> None:
    misspelled: Any = "INACTVE"
    with refused("status must be one of ACTIVE, INACTIVE, or an UnknownValue .* got 'INACTVE'"):
        client.update_microvm_image_version(
            image_identifier=IMAGE, image_version="3.0", status=misspelled
        )
    arguments = required_arguments("create_microvm_image")
    capabilities: Any = ["ALL", "SOME"]
    with refused(r"additional_os_capabilities\[1\] must be one of ALL, .* got 'SOME'"):
        client.create_microvm_image(**arguments, additional_os_capabilities=capabilities)
    assert loopback.requests == []


def test_unknown_member_is_refused_by_name(client: MicroVMClient, loopback: Loopback) -> None:
    with refused(
        "logging is the union member 'x-new', which this SDK does not know and so cannot send"
    ):
        client.run_microvm(image_identifier=IMAGE, logging=UnknownMember(name="x-new"))
    with refused(r"allowed_ports\[1\] is the union member 'udp'"):
        client.create_microvm_auth_token(
            microvm_identifier="m",
            expiration_in_minutes=5,
            allowed_ports=[AllPorts(), UnknownMember(name="udp")],
        )
    assert loopback.requests == []


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"PIN": 12345678}, r"\['PIN'\] must be a string or SecretStr; got int"),
        ({"PIN": {"is": "12345678"}}, r"\['PIN'\] must be a string or SecretStr; got dict"),
        (["PIN", 12345678], " must be a mapping of strings; got list"),
        (12345678, " must be a mapping of strings; got int"),
        ("12345678", " must be a mapping of strings; got str"),
        (SecretStr("12345678"), " must be a mapping of strings; got SecretStr"),
    ],
)
def test_variables_of_another_type_are_refused_without_showing_them(
    variables: Any, problem: str, client: MicroVMClient, loopback: Loopback
) -> None:
    arguments = required_arguments("create_microvm_image")
    with refused(f"environment_variables{problem}$") as caught:
        client.create_microvm_image(**arguments, environment_variables=variables)
    assert "12345678" not in str(caught.value)
    assert loopback.requests == []


@pytest.mark.parametrize("payload", [{"pin": "12345678"}, ["12345678"], b"12345678", 12345678])
def test_payload_of_another_type_is_refused_without_showing_it(
    payload: Any, client: MicroVMClient, loopback: Loopback
) -> None:
    kind = type(payload).__name__
    with refused(f"run_hook_payload must be a string or SecretStr; got {kind}$") as caught:
        client.run_microvm(image_identifier=IMAGE, run_hook_payload=payload)
    assert "12345678" not in str(caught.value)
    assert loopback.requests == []


@pytest.mark.parametrize(
    ("parameter", "argument", "expected"),
    [
        ("egress_network_connectors", "arn:x", "a list of strings; got str"),
        ("egress_network_connectors", b"arn:x", "a list of strings; got bytes"),
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
        ("hooks", 5, "Hooks; got 5"),
        ("description", 5, "a string; got int"),
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


class OwnHooks(Hooks, frozen=True):
    """Hooks with a member of a newer service."""

    protocol: str | None = None


def test_subclass_and_dict_of_a_model_are_sent_as_they_are() -> None:
    shape = operation("CreateMicrovmImage")
    own = OwnHooks(port=1, protocol="http")
    assert Parameters(shape).convert({"hooks": own}) == {"hooks": {"port": 1, "protocol": "http"}}
    raw = {"port": 1, "since": SecretStr("x")}
    assert Parameters(shape).convert({"hooks": raw}) == {"hooks": {"port": 1, "since": "x"}}


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
