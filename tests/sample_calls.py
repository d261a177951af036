"""Sample calls: valid arguments for every operation."""

import inspect
from collections.abc import Mapping
from typing import Any

from microvm_sdk import CodeArtifactUri, ImageVersion, MicroVMClient, Port

IMAGE = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"
_REQUIRED: Mapping[str, Any] = {
    "image_identifier": IMAGE,
    "image_version": "3.0",
    "build_id": "b",
    "microvm_identifier": "microvm-1",
    "resource": IMAGE,
    "status": "ACTIVE",
    "name": "web",
    "base_image_arn": IMAGE,
    "build_role_arn": "arn:aws:iam::123456789012:role/build",
    "code_artifact": CodeArtifactUri(uri="s3://a/b"),
    "expiration_in_minutes": 5,
    "allowed_ports": [Port(port=80)],
    "tags": {"a": "b"},
    "tag_keys": ["a"],
}


def required_arguments(method: str) -> dict[str, Any]:
    """Return the arguments that a method requires."""
    parameters = inspect.signature(getattr(MicroVMClient, method)).parameters
    return {
        name: _REQUIRED[name]
        for name, parameter in parameters.items()
        if name != "self" and parameter.default is inspect.Parameter.empty
    }


def update(client: MicroVMClient) -> ImageVersion:
    """Call the operation that most tests call."""
    return client.update_microvm_image_version(
        image_identifier=IMAGE, image_version="3.0", status="INACTIVE"
    )


def update_directly(boto3_client: Any) -> dict[str, Any]:
    """Call the same operation without the SDK."""
    response: dict[str, Any] = boto3_client.update_microvm_image_version(
        imageIdentifier=IMAGE, imageVersion="3.0", status="INACTIVE"
    )
    return response
