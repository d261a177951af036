from typing import Any

import pytest
from botocore.exceptions import ClientError

from microvm_sdk.testing import Controls


def test_the_same_create_gets_its_first_response(client: Any, image_request: Any) -> None:
    first = client.create_microvm_image(**image_request(clientToken="token"))
    client.get_microvm_image(imageIdentifier=first["imageArn"])
    second = client.create_microvm_image(**image_request(clientToken="token"))

    del first["ResponseMetadata"], second["ResponseMetadata"]
    assert first == second


def test_the_same_update_builds_one_version(create: Any, update: Any) -> None:
    arn = create()
    assert update(arn, clientToken="token")["imageVersion"] == "2.0"
    assert update(arn, clientToken="token")["imageVersion"] == "2.0"
    assert update(arn, clientToken="other")["imageVersion"] == "3.0"


def test_the_same_run_gets_its_first_response_even_after_termination(
    client: Any, create: Any
) -> None:
    arn = create()
    first = client.run_microvm(imageIdentifier=arn, clientToken="token")
    client.terminate_microvm(microvmIdentifier=first["microvmId"])
    ended = client.get_microvm(microvmIdentifier=first["microvmId"])
    second = client.run_microvm(imageIdentifier=arn, clientToken="token")

    del first["ResponseMetadata"], second["ResponseMetadata"]
    assert (first["state"], ended["state"]) == ("PENDING", "TERMINATED")
    assert first == second
    assert len(client.list_microvms()["items"]) == 1


def test_another_request_with_the_same_token_is_refused(
    client: Any, create: Any, update: Any, image_request: Any
) -> None:
    arn = create("web", clientToken="token")
    refused = pytest.raises(
        client.exceptions.ValidationException,
        match=r"The provided clientToken was used with different request parameters\.$",
    )
    with refused:
        client.create_microvm_image(**image_request("other", clientToken="token"))
    client.run_microvm(imageIdentifier=arn, clientToken="token")
    with refused:
        client.run_microvm(imageIdentifier=arn, imageVersion="1.0", clientToken="token")
    update(arn, clientToken="token")
    with refused:
        update(arn, clientToken="token", description="other")


def test_a_call_that_failed_leaves_its_token_free(
    client: Any, controls: Controls, create: Any
) -> None:
    arn = create()
    controls.run_out_of_capacity()
    with pytest.raises(ClientError, match="InsufficientCapacityException"):
        client.run_microvm(imageIdentifier=arn, clientToken="token")
    client.update_microvm_image_version(imageIdentifier=arn, imageVersion="1.0", status="INACTIVE")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.run_microvm(imageIdentifier=arn, clientToken="token")
    client.update_microvm_image_version(imageIdentifier=arn, imageVersion="1.0", status="ACTIVE")
    client.run_microvm(imageIdentifier=arn, clientToken="token")
