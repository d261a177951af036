"""capo, an SDK that is not built on botocore and interprets the service model itself."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from capo_lambda_microvms import LambdaMicrovmsClient, errors

from microvm_sdk.testing import MicroVMServer

REGION = "us-east-2"


@pytest.fixture
def client(server: MicroVMServer) -> Iterator[Any]:
    with LambdaMicrovmsClient(
        endpoint=server.endpoint_url,
        region=REGION,
        credentials={"access_key": "testing", "secret_key": "testing"},
        retry_max_attempts=1,
    ) as client:
        yield client


@pytest.fixture
def image(client: Any, server: MicroVMServer) -> Iterator[Any]:
    server.controls.set_transition("lambdamicrovms::build", {"progression": "immediate"})
    created = client.create_microvm_image(
        base_image_arn=f"arn:aws:lambda:{REGION}:aws:microvm-image:al2023-1",
        build_role_arn="arn:aws:iam::123456789012:role/example-build",
        code_artifact={"uri": "s3://bucket/code.zip"},
        name="web",
        environment_variables={"KEY": "value"},
        tags={"team": "a"},
    )
    assert created["state"] == "CREATING"
    return created["image_arn"]


def test_it_rolls_a_version_out_and_back(client: Any, image: Any) -> None:
    first = client.get_microvm_image_version(image_identifier=image, image_version="1.0")
    assert (first["state"], first["status"]) == ("SUCCESSFUL", "ACTIVE")
    assert abs(first["created_at"].timestamp() - time.time()) < 60
    assert first["environment_variables"] == {"KEY": "value"}

    back = client.update_microvm_image_version(
        image_identifier=image, image_version="1.0", status="INACTIVE"
    )
    assert back["status"] == "INACTIVE"
    with pytest.raises(errors.ResourceNotFoundException, match="No active version found"):
        client.run_microvm(image_identifier=image)


def test_it_runs_and_ends_a_microvm(client: Any, image: Any, server: MicroVMServer) -> None:
    microvm = client.run_microvm(image_identifier=image)["microvm_id"]
    server.controls.advance_clock(0.3)
    token = client.create_microvm_auth_token(
        microvm_identifier=microvm,
        expiration_in_minutes=5,
        allowed_ports=[{"allPorts": None}],
    )
    assert list(token["auth_token"]) == ["X-aws-proxy-auth"]
    client.terminate_microvm(microvm_identifier=microvm)
    listed = list(client.iter_list_microvms(max_results=1))
    assert listed[0]["microvm_id"] == microvm


def test_it_reads_tags_pages_and_errors(client: Any, image: Any, server: MicroVMServer) -> None:
    assert client.list_tags(resource=image)["tags"] == {"team": "a"}
    client.tag_resource(resource=image, tags={"more": "tags"})
    client.untag_resource(resource=image, tag_keys=["team"])
    assert client.list_tags(resource=image)["tags"] == {"more": "tags"}
    assert [each["name"] for each in client.iter_list_microvm_images(max_results=1)] == ["web"]
    server.controls.throttle()
    with pytest.raises(errors.ThrottlingException, match="Rate exceeded"):
        client.list_microvms()
