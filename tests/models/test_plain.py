"""`model_dump_boto3`: boto3's dict again."""

from datetime import datetime
from typing import Any

import pytest
from loopback import Canned, Loopback, case
from pydantic import SecretStr

from microvm_sdk import AuthToken, ImageVersion, Microvm, MicroVMClient, UnknownValue

VERSIONS = [
    f"update_microvm_image_version/{name}"
    for name in ("documented", "logging-disabled", "minimal", "newer-service", "unknown-members")
]


def types(value: Any) -> Any:
    """Return the types in a value, at every depth."""
    if isinstance(value, dict):
        return dict, {types(key): types(item) for key, item in value.items()}
    if isinstance(value, list):
        return list, [types(item) for item in value]
    return type(value)


@pytest.mark.parametrize("name", VERSIONS)
def test_it_is_what_boto3_returns(client: MicroVMClient, loopback: Loopback, name: str) -> None:
    loopback.respond_with(case(name))
    response: Any = client.boto3_client.get_microvm_image_version(
        imageIdentifier="image", imageVersion="1.0"
    )
    del response["ResponseMetadata"]
    version = ImageVersion.model_validate(response)
    known = {field.alias for field in ImageVersion.model_fields.values()}
    expected = {member: response[member] for member in response if member in known}
    assert version.model_dump_boto3() == expected
    assert types(version.model_dump_boto3()) == types(expected)


def test_values_are_plain() -> None:
    body = {**case("recorded/vms-lifecycle/get-until-running").body, "state": "NEW"}
    microvm = Microvm.model_validate(body)
    assert isinstance(microvm.state, UnknownValue)
    dumped = microvm.model_dump_boto3()
    assert type(dumped["state"]) is str
    assert f"{dumped}".count("'NEW'") == 1
    assert isinstance(dumped["startedAt"], datetime)
    assert isinstance(dumped["ingressNetworkConnectors"], list)
    assert "terminatedAt" not in dumped
    dumped["state"] = "mine"


def test_secrets_are_in_plain_text() -> None:
    token = AuthToken(auth_token={"X-aws-proxy-auth": SecretStr("secret")})
    assert token.model_dump_boto3() == {"authToken": {"X-aws-proxy-auth": "secret"}}


def test_unknown_member_of_a_union_stays_what_boto3_makes_of_it(
    client: MicroVMClient, loopback: Loopback
) -> None:
    body = {**case(VERSIONS[0]).body, "codeArtifact": {"floppy": {}}}
    loopback.respond_with(Canned(body=body))
    response: Any = client.boto3_client.get_microvm_image_version(
        imageIdentifier="image", imageVersion="1.0"
    )
    version = ImageVersion.model_validate(response)
    assert version.model_dump_boto3()["codeArtifact"] == response["codeArtifact"]
