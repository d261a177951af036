"""Fakes of boto3's client behind a real one, and example models."""

from typing import Any
from unittest.mock import MagicMock

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from microvm_sdk import (
    CodeArtifactUri,
    Image,
    ImageBuild,
    ImageVersion,
    Microvm,
    MicroVMClient,
    MicrovmState,
    MicrovmSummary,
    ResourceNotFoundException,
    ResponseValidationError,
)
from microvm_sdk.testing import boto3_client_of, example

ARN = "arn:aws:lambda:us-east-1:123456789012:microvm-image:web"


class Fake:
    """What a program's own tests have: responses with the members that they need."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def run_microvm(self, **parameters: Any) -> dict[str, Any]:
        self.calls.append(("run_microvm", parameters))
        return {"microvmId": "microvm-1", "endpoint": "one.on.aws"}

    def get_microvm(self, **_: Any) -> dict[str, Any]:
        raise ClientError(
            {"Error": {"Code": "ResourceNotFoundException", "Message": "gone"}}, "Anything"
        )

    def terminate_microvm(self, **parameters: Any) -> None:
        self.calls.append(("terminate_microvm", parameters))


def test_fake_receives_the_parameters_and_its_response_is_completed() -> None:
    fake = Fake()
    client = MicroVMClient(client=boto3_client_of(fake))
    microvm = client.run_microvm(image_identifier=ARN)
    assert (microvm.microvm_id, microvm.endpoint) == ("microvm-1", "one.on.aws")
    assert microvm.state == MicrovmState.RUNNING
    assert microvm.image_arn == ARN
    client.terminate_microvm(microvm_identifier="microvm-1")
    (_, run), (_, terminate) = fake.calls
    assert run["imageIdentifier"] == ARN
    assert terminate == {"microvmIdentifier": "microvm-1"}


def test_client_error_of_any_operation_becomes_the_typed_error() -> None:
    client = MicroVMClient(client=boto3_client_of(Fake()))
    with pytest.raises(ResourceNotFoundException, match="gone") as caught:
        client.get_microvm(microvm_identifier="microvm-1")
    assert (caught.value.operation_name, caught.value.status_code) == ("GetMicrovm", 400)


def test_other_errors_pass_unchanged() -> None:
    fake = MagicMock()
    fake.get_microvm.side_effect = EndpointConnectionError(endpoint_url="https://a")
    client = MicroVMClient(client=boto3_client_of(fake))
    with pytest.raises(EndpointConnectionError):
        client.get_microvm(microvm_identifier="microvm-1")


def test_incomplete_response_is_an_error_where_nothing_is_filled_in() -> None:
    client = MicroVMClient(client=boto3_client_of(Fake(), complete=False))
    with pytest.raises(ResponseValidationError):
        client.run_microvm(image_identifier=ARN)


def test_magic_mock_and_its_paginator() -> None:
    fake = MagicMock()
    fake.get_microvm.return_value = {"state": "SUSPENDED", "idlePolicy": None}
    fake.list_tags.return_value = {"Tags": {"team": "search"}}
    fake.get_paginator.return_value.paginate.return_value = [
        {"items": [{"microvmId": "microvm-1"}]},
        {"items": [{"microvmId": "microvm-2"}]},
    ]
    boto3_client = boto3_client_of(fake)
    response = boto3_client.get_microvm(microvmIdentifier="microvm-9")
    assert response["ResponseMetadata"] == {
        "HTTPStatusCode": 200,
        "HTTPHeaders": {},
        "RetryAttempts": 0,
    }
    client = MicroVMClient(client=boto3_client)
    assert client.get_microvm(microvm_identifier="microvm-9").state == MicrovmState.SUSPENDED
    assert boto3_client.list_tags(Resource=ARN)["Tags"] == {"team": "search"}
    assert [each.microvm_id for each in client.list_microvms()] == ["microvm-1", "microvm-2"]
    fake.get_paginator.assert_called_once_with("list_microvms")


def test_missing_method_and_another_type_are_named() -> None:
    client = MicroVMClient(client=boto3_client_of(object()))
    with pytest.raises(AttributeError, match="no method suspend_microvm"):
        client.suspend_microvm(microvm_identifier="microvm-1")
    with pytest.raises(AttributeError, match="no method list_microvms"):
        list(client.list_microvms())
    fake = MagicMock()
    fake.get_microvm.return_value = ["text"]
    client = MicroVMClient(client=boto3_client_of(fake))
    with pytest.raises(TypeError, match="get_microvm of the fake must return a dict"):
        client.get_microvm(microvm_identifier="microvm-1")


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (Microvm, {"state": "RUNNING", "endpoint": "example.lambda-microvm.us-east-1.on.aws"}),
        (MicrovmSummary, {"state": "RUNNING", "image_version": "1.0"}),
        (Image, {"state": "CREATED", "image_arn": ARN.replace("web", "example")}),
        (
            ImageVersion,
            {
                "state": "SUCCESSFUL",
                "status": "ACTIVE",
                "code_artifact": CodeArtifactUri(uri="s3://example/code.zip"),
                "build_role_arn": "arn:aws:iam::123456789012:role/example",
            },
        ),
        (ImageBuild, {"build_state": "SUCCESSFUL", "architecture": "ARM_64"}),
    ],
)
def test_example_is_a_valid_model_with_values_that_last(model: Any, fields: Any) -> None:
    made = example(model)
    assert model.model_validate(made.model_dump(by_alias=True)) == made
    assert {name: getattr(made, name) for name in fields} == fields


def test_example_has_the_fields_that_are_given() -> None:
    microvm = example(Microvm, state=MicrovmState.SUSPENDED, microvm_id="microvm-5")
    assert (microvm.state, microvm.microvm_id) == (MicrovmState.SUSPENDED, "microvm-5")


@pytest.mark.parametrize("model", [MicroVMClient, "Microvm"])
def test_example_of_something_else_is_refused(model: Any) -> None:
    with pytest.raises(TypeError, match="model must be one that an operation returns"):
        example(model)


def test_example_with_a_misspelled_field_is_refused() -> None:
    with pytest.raises(TypeError, match="Microvm has no field 'stat', only microvm_id, state, "):
        example(Microvm, stat=MicrovmState.SUSPENDED)
