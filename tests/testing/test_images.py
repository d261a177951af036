from typing import Any

import boto3
import pytest
from service_comparison import service_model

from microvm_sdk.testing import Controls, MicroVMServer

HOOKS = {
    "port": 80,
    "microvmHooks": {"run": "ENABLED"},
    "microvmImageHooks": {"ready": "ENABLED"},
}


def state(client: Any, arn: str) -> Any:
    return client.get_microvm_image(imageIdentifier=arn)["state"]


def test_a_create_returns_creating_and_the_next_poll_created(
    client: Any, image_request: Any
) -> None:
    created = client.create_microvm_image(**image_request())
    image = client.get_microvm_image(imageIdentifier=created["imageArn"])

    assert (created["state"], created["imageVersion"]) == ("CREATING", "1.0")
    assert "latestActiveImageVersion" not in created
    assert (image["state"], image["latestActiveImageVersion"]) == ("CREATED", "1.0")


def test_a_name_is_taken_until_its_image_is_gone(
    client: Any, controls: Controls, create: Any
) -> None:
    controls.set_transition("lambdamicrovms::deletion", {"progression": "manual", "times": 1})
    arn = create("web")
    with pytest.raises(client.exceptions.ValidationException, match="already exists"):
        create("web")
    client.delete_microvm_image(imageIdentifier=arn)
    with pytest.raises(client.exceptions.ValidationException, match="already exists"):
        create("web")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        state(client, arn)
    create("web")


def test_an_update_replaces_everything_but_name_and_tags(
    client: Any, create: Any, update: Any
) -> None:
    arn = create(
        tags={"team": "a"},
        description="first",
        hooks=HOOKS,
        logging={"disabled": {}},
        environmentVariables={"KEY": "value"},
        resources=[{"minimumMemoryInMiB": 4096}],
    )
    updated = update(arn)
    second = client.get_microvm_image_version(imageIdentifier=arn, imageVersion="2.0")

    assert (updated["state"], updated["imageVersion"]) == ("UPDATING", "2.0")
    assert updated["latestActiveImageVersion"] == "1.0"
    assert {"description", "hooks", "logging", "environmentVariables"}.isdisjoint(second)
    assert second["resources"] == [{"minimumMemoryInMiB": 2048}]
    assert client.get_microvm_image(imageIdentifier=arn)["tags"] == {"team": "a"}
    first = client.get_microvm_image_version(imageIdentifier=arn, imageVersion="1.0")
    assert first["hooks"] == HOOKS


def test_a_busy_image_has_two_error_responses(
    client: Any, controls: Controls, create: Any, update: Any
) -> None:
    controls.set_transition("lambdamicrovms::build", {"progression": "manual", "times": 99})
    arn = create()
    version = {"imageIdentifier": arn, "imageVersion": "1.0"}
    conflict = pytest.raises(
        client.exceptions.ConflictException, match="already in state: CREATING"
    )
    with conflict:
        update(arn)
    with conflict:
        client.update_microvm_image_version(**version, status="INACTIVE")
    invalid = client.exceptions.ValidationException
    with pytest.raises(invalid, match="This is the last version"):
        client.delete_microvm_image_version(**version)
    with pytest.raises(invalid, match="in its current state: arn:aws:lambda"):
        client.delete_microvm_image(imageIdentifier=arn)


def test_an_image_with_running_microvms_is_not_deleted(client: Any, create: Any) -> None:
    arn = create()
    microvm = client.run_microvm(imageIdentifier=arn)["microvmId"]
    with pytest.raises(client.exceptions.ValidationException, match="with running microvms"):
        client.delete_microvm_image(imageIdentifier=arn)

    client.terminate_microvm(microvmIdentifier=microvm)

    assert client.delete_microvm_image(imageIdentifier=arn)["state"] == "DELETING"
    assert client.get_microvm(microvmIdentifier=microvm)["state"] == "TERMINATED"


def test_deleting_an_image_twice_succeeds_and_deleting_an_unknown_one_fails(
    client: Any, create: Any
) -> None:
    arn = create()
    client.delete_microvm_image(imageIdentifier=arn)
    assert client.delete_microvm_image(imageIdentifier=arn)["state"] == "DELETED"
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.delete_microvm_image(imageIdentifier=f"{arn}-other")


def test_a_deletion_in_progress_shows_and_may_be_repeated(
    client: Any, controls: Controls, create: Any
) -> None:
    controls.set_transition("lambdamicrovms::deletion", {"progression": "manual", "times": 2})
    arn = create()
    client.delete_microvm_image(imageIdentifier=arn)
    assert client.delete_microvm_image(imageIdentifier=arn)["state"] == "DELETING"
    assert state(client, arn) == "DELETING"
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.run_microvm(imageIdentifier=arn)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        state(client, arn)


def test_a_base_image_version_is_sent_as_1_and_returned_as_1_0(
    client: Any, create: Any, image_request: Any
) -> None:
    arn = create(baseImageVersion="1")
    version = client.get_microvm_image_version(imageIdentifier=arn, imageVersion="1.0")
    assert version["baseImageVersion"] == "1.0"
    with pytest.raises(
        client.exceptions.ValidationException, match=r"baseMicroVMImageVersion: 1\.0"
    ):
        client.create_microvm_image(**image_request("other", baseImageVersion="1.0"))


def test_each_account_and_region_has_its_own_images(
    server: MicroVMServer, connect: Any, image_request: Any
) -> None:
    here = connect(server)
    here.create_microvm_image(**image_request("web"))

    other_region = connect(server, region="eu-west-1")
    other_account = connect(server)
    other_account.meta.events.register(
        "before-sign.*",
        lambda request, **_: request.headers.add_header("x-moto-account-id", "111111111111"),
    )

    assert [image["name"] for image in here.list_microvm_images()["items"]] == ["web"]
    assert other_region.list_microvm_images()["items"] == []
    assert other_account.list_microvm_images()["items"] == []


@pytest.mark.usefixtures("controls")
def test_an_assumed_role_has_the_images_of_its_account(
    session: boto3.Session, image_request: Any
) -> None:
    role = "arn:aws:iam::111111111111:role/build"
    assumed = session.client("sts").assume_role(RoleArn=role, RoleSessionName="test")
    client = session.client(
        "lambda-microvms",
        aws_access_key_id=assumed["Credentials"]["AccessKeyId"],
        aws_secret_access_key=assumed["Credentials"]["SecretAccessKey"],
        aws_session_token=assumed["Credentials"]["SessionToken"],
    )
    assert ":111111111111:" in client.create_microvm_image(**image_request())["imageArn"]


def test_a_region_without_the_service_is_access_denied_without_a_message(
    server: MicroVMServer, connect: Any
) -> None:
    client = connect(server, region="mars-north-1")
    with pytest.raises(client.exceptions.AccessDeniedException) as caught:
        client.list_microvm_images()
    assert caught.value.response["Error"].get("Message") is None


@pytest.mark.skipif(
    "ManagedMicrovmImageVersionStatus" not in service_model().shape_names,
    reason="boto3 drops what its botocore does not know yet: here the versions' status",
)
def test_managed_images_and_their_versions_are_listed(client: Any) -> None:
    images = client.list_managed_microvm_images()["items"]
    arns = [image["imageArn"] for image in images]
    assert arns == ["arn:aws:lambda:us-east-2:aws:microvm-image:al2023-1"]
    assert f"{images[0]['createdAt']:%Y-%m-%d}" == "2026-06-17"
    assert f"{images[0]['updatedAt']:%Y-%m-%d}" == "2026-07-21"

    versions = client.list_managed_microvm_image_versions(imageIdentifier=arns[0])["items"]
    assert [version["imageVersion"] for version in versions] == ["1", "0"]
    assert {version["status"] for version in versions} == {"AVAILABLE"}
    assert "supportedCpuConfigurations" not in versions[0]
    for unknown in (f"{arns[0]}-not", arns[0].replace(":aws:m", ":123456789012:m")):
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.list_managed_microvm_image_versions(imageIdentifier=unknown)
