"""What was measured on the real service: its messages, and cases over HTTP through boto3."""

import json
from typing import Any
from urllib.parse import unquote

import boto3
import pytest
from botocore.config import Config
from loopback import CASES
from service_errors import error_of

from microvm_sdk.testing import MicroVMServer

MEASURED = {case["id"]: case for case in json.loads((CASES / "local-service.json").read_text())}
CONNECTOR = "arn:aws:lambda:us-east-2:aws:network-connector:aws-network-connector:"
BASE = "arn:aws:lambda:us-east-2:aws:microvm-image:al2023-1"
ROLE = "arn:aws:iam::123456789012:role/b"
READY = {"microvmImageHooks": {"ready": "ENABLED"}}
HOOKS = {"port": 9000, "microvmHooks": {"run": "ENABLED"}, **READY}
MEMORY = (
    f"The requested memory size of {{}} MiB is not supported by base MicroVM image {BASE}. "
    "Supported memory sizes in MiB are: [512, 1024, 2048, 4096, 8192]."
)
READY_REQUIRED = (
    "The ready (/ready) MicroVM image hook must be enabled when any MicroVM lifecycle hook "
    "(run, resume, suspend, or terminate) is enabled."
)


@pytest.fixture
def client(server: MicroVMServer, session: boto3.Session) -> Any:
    """Return a client that sends arguments unchecked, as clients other than botocore may."""
    server.controls.set_transition("lambdamicrovms::build", {"progression": "immediate"})
    return session.client(
        "lambda-microvms",
        endpoint_url=server.endpoint_url,
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def image(client: Any, image_request: Any) -> str:
    """Create an image with a version that can be run, return its ARN."""
    arn: str = client.create_microvm_image(**image_request("image"))["imageArn"]
    return arn


def expected_error(name: str, **replaced: str) -> Any:
    """Return status, code and message that a case expects."""
    expected = MEASURED[name]["expected"]
    message = expected["message"]
    for mark, text in replaced.items():
        message = message.replace(f"<{mark}>", text)
    return expected["status"], expected.get("errorType"), message


def test_l1_managed_versions_are_bare_integers_newest_first(client: Any) -> None:
    method, path = MEASURED["L1"]["request"]
    arn = unquote(path.split("/")[3])
    response = client.list_managed_microvm_image_versions(imageIdentifier=arn)
    assert method == "GET"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == MEASURED["L1"]["expected"]["status"]
    listed = [item["imageVersion"] for item in response["items"]]
    assert listed == MEASURED["L1"]["expected"]["items[].imageVersion"]
    created = [item["createdAt"] for item in response["items"]]
    assert created == sorted(created, reverse=True)


def test_l1b_a_listed_managed_version_can_be_built_on(client: Any) -> None:
    request = MEASURED["L1b"]["request"][2]
    listed = client.list_managed_microvm_image_versions(imageIdentifier=request["baseImageArn"])
    for number, version in enumerate(listed["items"]):
        name = f"{request['name']}{number}"
        changes = {"name": name, "baseImageVersion": version["imageVersion"]}
        response = client.create_microvm_image(**request | changes)
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 201
        assert response["baseImageVersion"] == f"{version['imageVersion']}.0"


def test_l2_a_payload_needs_the_run_hook(client: Any, image: str) -> None:
    request = MEASURED["L2"]["request"][2] | {"imageIdentifier": image}
    assert error_of(client.run_microvm, **request) == expected_error("L2")


@pytest.mark.parametrize("name", ["L3", "L3b", "L4", "L6"])
def test_l3_to_l6_settings_are_refused_and_nothing_is_made(
    name: str, client: Any, image_request: Any
) -> None:
    request = MEASURED[name]["request"][2]
    changes = {
        member: value
        for member, value in request.items()
        if member in {"hooks", "resources", "baseImageVersion"}
    }
    status, code, message = error_of(client.create_microvm_image, **image_request("n", **changes))
    expected = MEASURED[name]["expected"]
    assert status == expected["status"]
    if "message" in expected:
        assert (status, code, message) == expected_error(name, arn=BASE)
    assert client.list_microvm_images()["items"] == []


def test_l5_an_image_with_a_terminating_microvm_is_not_deleted(
    server: MicroVMServer, client: Any, image: str
) -> None:
    server.controls.set_transition("lambdamicrovms::microvm", {"progression": "immediate"})
    microvm = client.run_microvm(imageIdentifier=image)["microvmId"]
    assert client.get_microvm(microvmIdentifier=microvm)["state"] == "RUNNING"
    server.controls.set_transition(
        "lambdamicrovms::microvm", {"progression": "time", "seconds": 60}
    )
    client.terminate_microvm(microvmIdentifier=microvm)
    assert error_of(client.delete_microvm_image, imageIdentifier=image) == expected_error("L5")
    server.controls.advance_clock(61)
    assert client.delete_microvm_image(imageIdentifier=image)["state"] == "DELETING"


def test_l7_a_pinned_inactive_version_is_named(client: Any, image: str) -> None:
    version = {"imageIdentifier": image, "imageVersion": "1.0"}
    client.update_microvm_image_version(**version, status="INACTIVE")
    status, code, message = error_of(client.run_microvm, **version)
    expected = MEASURED["L7"]["expected"]
    assert (status, code) == (expected["status"], "ResourceNotFoundException")
    assert message == expected["message"].replace("<arn>", image)
    unpinned = f"No active version found for MicroVM image {image}"
    assert error_of(client.run_microvm, imageIdentifier=image)[2] == unpinned
    missing = error_of(client.run_microvm, imageIdentifier=image, imageVersion="7")
    assert missing == (status, code, f"{unpinned} and version 7.0")


def test_every_measured_case_of_the_local_service_is_tested() -> None:
    # C1 is about the client: a response of a gateway that the local service does not send.
    assert set(MEASURED) == {"L1", "L1b", "L2", "L3", "L3b", "L4", "L5", "L6", "L7", "C1"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        *(
            ({"resources": [{"minimumMemoryInMiB": size}]}, MEMORY.format(size))
            for size in (256, 3072, 10_240, 16_384, 32_768)
        ),
        *(
            ({"hooks": {"port": 9000, "microvmHooks": {hook: "ENABLED"}}}, READY_REQUIRED)
            for hook in ("run", "resume", "suspend", "terminate")
        ),
        ({"hooks": READY}, None),
        ({"hooks": {"microvmImageHooks": {"validate": "ENABLED"}}}, None),
        *(
            ({"codeArtifact": {"uri": uri}}, None)
            for uri in (
                "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:latest",
                "https://123456789012.dkr.ecr.us-east-1.amazonaws.com/web",
                "docker://public.ecr.aws/web",
                "ecr://web",
                "s3://bucket",
                "s3:///key",
            )
        ),
        ({"environmentVariables": {"AWS_REGION": "us-east-2"}}, None),
        (
            {"baseImageVersion": "1.0"},
            (
                "Invalid baseMicroVMImageVersion: 1.0. Expected a single major version number "
                "(e.g., 1)."
            ),
        ),
        (
            {"baseImageVersion": "999"},
            f"No managed MicroVM Image with arn {BASE} and version 999 is available",
        ),
        ({"baseImageArn": f"{BASE}-not"}, None),
        (
            {"egressNetworkConnectors": ["INTERNET_EGRESS"]},
            "Malformed network connector ARN: INTERNET_EGRESS",
        ),
        (
            {"egressNetworkConnectors": [f"{CONNECTOR}NO_EGRESS"]},
            f"Unrecognized managed network connector ARN: {CONNECTOR}NO_EGRESS",
        ),
    ],
)
def test_create_and_update_refuse_settings_that_the_service_refuses(
    changes: Any, message: Any, client: Any, image_request: Any
) -> None:
    image = client.create_microvm_image(**image_request("image"))["imageArn"]
    client.get_microvm_image(imageIdentifier=image)
    request = image_request("other") | changes
    update = {member: value for member, value in request.items() if member != "name"}
    for call, parameters in (
        (client.create_microvm_image, request),
        (client.update_microvm_image, update | {"imageIdentifier": image}),
    ):
        status, code, its_message = error_of(call, **parameters)
        assert (status, code) == (400, "ValidationException")
        assert message in {None, its_message}
    assert len(client.list_microvm_images()["items"]) == 1
    assert len(client.list_microvm_image_versions(imageIdentifier=image)["items"]) == 1


def test_the_five_memory_sizes_are_accepted(client: Any, image_request: Any) -> None:
    for size in (512, 1024, 2048, 4096, 8192):
        resources = [{"minimumMemoryInMiB": size}]
        request = image_request(f"image-{size}", resources=resources, hooks=HOOKS)
        assert client.create_microvm_image(**request)["resources"] == resources


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"logging": {"cloudWatch": {"logGroup": "/aws/lambda-microvms/web"}}},
            "Logging cannot be enabled without providing executionRoleArn",
        ),
        (
            {"ingressNetworkConnectors": ["ALL_INGRESS"]},
            "Malformed network connector ARN: ALL_INGRESS",
        ),
        (
            {"egressNetworkConnectors": [f"{CONNECTOR}NO_EGRESS"]},
            f"Unrecognized managed network connector ARN: {CONNECTOR}NO_EGRESS",
        ),
        (
            {"egressNetworkConnectors": [f"{CONNECTOR}INTERNET_EGRESS"] * 2},
            "Only one egress network connector can be provided",
        ),
        (
            {"runHookPayload": "{}"},
            "The run hook must be enabled in the MicroVM image to pass the run hook payload",
        ),
    ],
)
def test_run_refuses_what_the_service_refuses(
    parameters: Any, message: str, client: Any, image: str
) -> None:
    expected = (400, "ValidationException", message)
    assert error_of(client.run_microvm, imageIdentifier=image, **parameters) == expected
    assert client.list_microvms()["items"] == []


def test_run_accepts_what_the_service_accepts(client: Any, image: str, image_request: Any) -> None:
    role = {"executionRoleArn": ROLE}
    for parameters in (
        role,
        role | {"logging": {"cloudWatch": {"logGroup": "/web"}}},
        {"logging": {"disabled": {}}},
        {"ingressNetworkConnectors": [f"{CONNECTOR}NO_INGRESS"]},
        {"ingressNetworkConnectors": [f"{CONNECTOR}SHELL_INGRESS", f"{CONNECTOR}ALL_INGRESS"]},
    ):
        assert client.run_microvm(imageIdentifier=image, **parameters)["endpoint"]
    hooked = client.create_microvm_image(**image_request("hooked", hooks=HOOKS))["imageArn"]
    client.get_microvm_image(imageIdentifier=hooked)
    client.run_microvm(imageIdentifier=hooked, runHookPayload="{}")


def test_a_payload_that_is_too_long_is_refused_before_anything_else(client: Any) -> None:
    status, code, message = error_of(
        client.run_microvm, imageIdentifier="web", runHookPayload="x" * 4097
    )
    assert (status, code) == (400, "ValidationException")
    assert message == (
        "1 validation error detected: Value at 'runHookPayload' failed to satisfy constraint: "
        "Member must have length less than or equal to 4096"
    )


def test_images_are_refused_with_the_services_messages(
    server: MicroVMServer, client: Any, image: str, image_request: Any
) -> None:
    def invalid(message: str) -> Any:
        return (400, "ValidationException", message)

    version = {"imageIdentifier": image, "imageVersion": "1.0"}
    assert error_of(client.create_microvm_image, **image_request("image")) == invalid(
        "A MicroVM image with the name 'image' already exists in this account"
    )
    assert error_of(client.delete_microvm_image_version, **version) == invalid(
        "This is the last version. Please delete the entire image"
    )
    update = image_request()
    del update["name"]
    server.controls.set_transition("lambdamicrovms::build", {"progression": "time", "seconds": 60})
    client.update_microvm_image(imageIdentifier=image, **update)
    busy = (409, "ConflictException", "MicroVM Image is already in state: UPDATING")
    assert error_of(client.update_microvm_image, imageIdentifier=image, **update) == busy
    assert error_of(client.update_microvm_image_version, **version, status="INACTIVE") == busy
    assert error_of(client.delete_microvm_image_version, **version) == busy
    assert error_of(client.delete_microvm_image, imageIdentifier=image) == invalid(
        f"Cannot delete MicroVM image in its current state: {image}"
    )


def test_reasons_of_microvms_that_end_are_the_services_messages(
    server: MicroVMServer, client: Any, image: str
) -> None:
    server.controls.set_transition("lambdamicrovms::microvm", {"progression": "immediate"})
    advice = "Please check your hook endpoint and application logs for more details."
    reasons: dict[Any, str] = {
        "run": f"Run lifecycle hook returned HTTP status 400. {advice}",
        "suspend": f"Suspend lifecycle hook returned HTTP status 500. {advice}",
        "resume": f"Resume lifecycle hook connection was refused. {advice}",
    }
    for transition, reason in reasons.items():
        server.controls.fail_next_microvm(transition)
        microvm = {"microvmIdentifier": client.run_microvm(imageIdentifier=image)["microvmId"]}
        if transition != "run":
            client.suspend_microvm(**microvm)
        if transition == "resume":
            client.resume_microvm(**microvm)
        assert client.get_microvm(**microvm)["stateReason"] == reason
