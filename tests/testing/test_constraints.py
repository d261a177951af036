import re
from typing import Any

import pytest

ROLE = "arn:aws:iam::123456789012:role/example"
IMAGE = "arn:aws:lambda:us-east-2:123456789012:microvm-image:web"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"name": "x" * 65},
            (
                f"Value '{'x' * 65}' at 'name' failed to satisfy constraint: "
                "Member must have length less than or equal to 64"
            ),
        ),
        (
            {"buildRoleArn": "arn:aws:iam::1:role/too-few-digits"},
            (
                "Value 'arn:aws:iam::1:role/too-few-digits' at 'buildRoleArn' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: "
                "arn:aws[a-z\\-]*:iam::[0-9]{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+"
            ),
        ),
        (
            {"hooks": {"microvmHooks": {"runTimeoutInSeconds": 61}}},
            (
                "Value '61' at 'hooks.microvmHooks.runTimeoutInSeconds' failed to satisfy "
                "constraint: Member must have value less than or equal to 60"
            ),
        ),
        (
            {"cpuConfigurations": [{"architecture": "ARM_64"}, {"architecture": "RISC_V"}]},
            (
                "Value 'RISC_V' at 'cpuConfigurations.2.member.architecture' failed to satisfy "
                "constraint: Member must satisfy enum value set: [ARM_64"
            ),
        ),
        (
            {"cpuConfigurations": [{}]},
            (
                "Value null at 'cpuConfigurations.1.member.architecture' failed to satisfy "
                "constraint: Member must not be null"
            ),
        ),
        (
            {"resources": [{"minimumMemoryInMiB": 512}] * 2},
            "Member must have length less than or equal to 1",
        ),
        (
            {"logging": {"cloudWatch": {"logGroup": "no spaces"}}},
            (
                "Value 'no spaces' at 'logging.cloudWatch.logGroup' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z0-9_\\-/.#]+"
            ),
        ),
        ({"tags": {"": "x"}}, "Member must have length greater than or equal to 1"),
    ],
)
def test_a_violated_constraint_is_named_with_its_member(
    changes: Any, message: str, unchecked: Any, image_request: Any
) -> None:
    with pytest.raises(unchecked.exceptions.ValidationException, match=re.escape(message)):
        unchecked.create_microvm_image(**image_request() | changes)
    assert unchecked.list_microvm_images()["items"] == []


def test_all_violated_constraints_are_counted(unchecked: Any, image_request: Any) -> None:
    request = image_request("bad name!", codeArtifact={"uri": "s3://b/with space"})
    with pytest.raises(unchecked.exceptions.ValidationException) as caught:
        unchecked.create_microvm_image(**request)
    message = caught.value.response["Error"]["Message"]
    assert message.startswith("2 validation errors detected: ")
    assert "at 'name'" in message
    assert "at 'codeArtifact.uri'" in message


def test_secret_values_are_not_repeated(unchecked: Any, image_request: Any) -> None:
    secret = "s3cr3t" * 1000
    with pytest.raises(unchecked.exceptions.ValidationException) as caught:
        unchecked.create_microvm_image(**image_request(environmentVariables={"KEY": secret}))
    assert "s3cr3t" not in str(caught.value)
    assert "Value at 'environmentVariables.KEY.value' failed" in str(caught.value)

    too_many = {f"KEY{number}": "s3cr3t" for number in range(101)}
    with pytest.raises(
        unchecked.exceptions.ValidationException, match="less than or equal to"
    ) as caught:
        unchecked.create_microvm_image(**image_request(environmentVariables=too_many))
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    ("payload", "fits"), [("x" * 4096, True), ("x" * 4097, False), ("é" * 2049, False)]
)
def test_a_run_hooks_payload_is_counted_in_bytes_and_not_repeated(
    payload: Any, fits: Any, client: Any, create: Any
) -> None:
    arn = create(
        hooks={
            "port": 9000,
            "microvmHooks": {"run": "ENABLED"},
            "microvmImageHooks": {"ready": "ENABLED"},
        }
    )
    if fits:
        client.run_microvm(imageIdentifier=arn, runHookPayload=payload)
        return
    with pytest.raises(client.exceptions.ValidationException, match="4096") as caught:
        client.run_microvm(imageIdentifier=arn, runHookPayload=payload)
    assert payload not in str(caught.value)


@pytest.mark.parametrize(
    ("operation", "parameters", "member"),
    [
        ("update_microvm_image_version", {"imageVersion": "1.0", "status": "RETIRED"}, "status"),
        ("update_microvm_image_version", {"imageVersion": "1.0"}, "status"),
        ("run_microvm", {"maximumDurationInSeconds": 28_801}, "maximumDurationInSeconds"),
        (
            "run_microvm",
            {"idlePolicy": {"maxIdleDurationSeconds": 59, "autoResumeEnabled": True}},
            "idlePolicy.suspendedDurationSeconds",
        ),
        ("run_microvm", {"executionRoleArn": f"{ROLE} "}, "executionRoleArn"),
        ("run_microvm", {"clientToken": "x" * 129}, "clientToken"),
        ("list_microvm_image_builds", {"imageVersion": "1.0", "chipset": "Z80"}, "chipset"),
    ],
)
def test_every_operation_is_checked(
    operation: str, parameters: Any, member: str, unchecked: Any
) -> None:
    with pytest.raises(unchecked.exceptions.ValidationException, match=f"at '{member}'"):
        getattr(unchecked, operation)(imageIdentifier=IMAGE, **parameters)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"maximumDurationInSeconds": "60"}, "'maximumDurationInSeconds' is not of the type int"),
        ({"maximumDurationInSeconds": True}, "'maximumDurationInSeconds' is not of the type int"),
        ({"logging": {}}, "union at 'logging' must have exactly one"),
        ({"logging": {"disabled": {}, "cloudWatch": {}}}, "union at 'logging'"),
    ],
)
def test_a_wrong_type_is_a_serialization_error(
    parameters: Any, message: str, unchecked: Any
) -> None:
    with pytest.raises(unchecked.exceptions.ClientError, match=message) as caught:
        unchecked._make_api_call("RunMicrovm", {"imageIdentifier": IMAGE} | parameters)
    assert caught.value.response["Error"]["Code"] == "SerializationException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
