"""The fast path: our calls take the bytes of an answer, and nobody else's do."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from loopback import Canned, Loopback, case, case_names
from sample_calls import IMAGE, update

import microvm_sdk
from microvm_sdk import ImageVersion, MicroVMClient, UnknownMember

MINIMAL = case("update_microvm_image_version/minimal")
RETRIED = Config(retries={"total_max_attempts": 2, "mode": "standard"})


def test_direct_calls_get_full_dicts(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.answer(case("update_microvm_image_version/documented"))
    update(client)
    answer = client.boto3_client.get_microvm_image_version(
        imageIdentifier=IMAGE, imageVersion="3.0"
    )
    assert answer["resources"] == [{"minimumMemoryInMiB": 2048}]


def test_client_that_was_handed_in_keeps_full_dicts(loopback: Loopback) -> None:
    ready = boto3.client("lambda-microvms", endpoint_url=loopback.endpoint_url)
    loopback.answer(case("update_microvm_image_version/documented"))
    version = update(MicroVMClient(client=ready))
    answer = ready.get_microvm_image_version(imageIdentifier=IMAGE, imageVersion="3.0")
    assert ImageVersion.model_validate(answer) == version


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in case_names("update_microvm_image_version")
        if case(name).status == 200 and not name.endswith("required-missing")
    ],
)
def test_bytes_and_dict_give_the_same_model(
    name: str, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.answer(case(name))
    from_bytes = update(client)
    from_dict = ImageVersion.model_validate(
        client.boto3_client.get_microvm_image_version(imageIdentifier=IMAGE, imageVersion="3.0")
    )
    assert from_bytes == from_dict
    assert hash(from_bytes) == hash(from_dict)
    assert from_bytes.created_at.tzinfo is from_dict.created_at.tzinfo


def test_bytes_tell_more_of_an_unknown_member_than_the_dict(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.answer(
        Canned(body={**MINIMAL.body, "logging": {"cloudWatch": None, "firehose": {"a": [1]}}})
    )
    logging = update(client).logging
    assert logging == UnknownMember(name="firehose")
    assert isinstance(logging, UnknownMember)
    assert logging.value == {"a": (1,)}


def test_stubber_works() -> None:
    ready = boto3.client("lambda-microvms")
    with Stubber(ready) as stubber:
        stubber.add_response(
            "update_microvm_image_version",
            {**MINIMAL.body, "createdAt": "2026-11-23T12:00:00Z"},
            {"imageIdentifier": IMAGE, "imageVersion": "3.0", "status": "INACTIVE"},
        )
        stubber.add_client_error("update_microvm_image_version", "ConflictException")
        client = MicroVMClient(client=ready)
        assert update(client).image_version == "3.0"
        with pytest.raises(microvm_sdk.ConflictException):
            update(client)


def test_call_that_was_retried_gives_the_last_answer(loopback: Loopback) -> None:
    loopback.answer(Canned(500, {"message": "again"}), MINIMAL)
    version = update(MicroVMClient(endpoint_url=loopback.endpoint_url, config=RETRIED))
    assert version.image_version == "3.0"
    assert version.response_metadata.retry_attempts == 1


def test_failed_call_leaves_nothing_behind(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.answer(Canned(404, {"message": "no"}), MINIMAL)
    with pytest.raises(ClientError):
        update(client)
    answer = client.boto3_client.get_microvm_image_version(
        imageIdentifier=IMAGE, imageVersion="3.0"
    )
    assert answer["imageVersion"] == "3.0"
