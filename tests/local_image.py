"""An image on the local service, changed and observed through plain boto3."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import boto3
from botocore.config import Config

from microvm_sdk import MicroVMClient
from microvm_sdk.testing import Controls, MicroVMServer, mock_microvms

REGION = "eu-west-1"
BUCKET = "artifacts"
ONE_ATTEMPT = Config(retries={"total_max_attempts": 1})
SETTINGS = {
    "baseImageArn": f"arn:aws:lambda:{REGION}:aws:microvm-image:al2023-1",
    "buildRoleArn": "arn:aws:iam::123456789012:role/build",
    "codeArtifact": {"uri": "s3://artifacts/web.zip"},
}


# How the response to a change is lost: the change is made, and this is what the client sees.
LOST = ("timed out", "cut", "500", "502")
# The same, but botocore has sent a second request, and this is the response to that.
RETRIED = ("409 to a retry", "429 to a retry", "404 to a retry", "403 to a retry")


# A mode of the tests of releases: `latest_active_image_version` does not move back.
HELD = "field is held"


class LocalService:
    """Its controls, plain boto3 for the test, and the SDK's client for the code under test."""

    def __init__(self, controls: Controls, endpoint_url: str | None = None) -> None:
        session = boto3.Session("testing", "testing", region_name=REGION)
        self.controls = controls
        self.endpoint_url = endpoint_url
        self.boto3: Any = session.client(
            "lambda-microvms", endpoint_url=endpoint_url, config=ONE_ATTEMPT
        )
        self.client = MicroVMClient(session=session, endpoint_url=endpoint_url, config=ONE_ATTEMPT)

    def close(self) -> None:
        self.client.close()
        self.boto3.close()

    def reset(self) -> None:
        """Reset it: no images, no scheduled failures, and builds and deletions take no time."""
        self.controls.reset()
        for model in ("build", "deletion", "microvm"):
            self.set_pace(model, {"progression": "immediate"})

    def set_pace(self, model: str, transition: dict[str, Any]) -> None:
        self.controls.set_transition(f"lambdamicrovms::{model}", transition)

    def image(self, versions: int = 1, **settings: Any) -> "LocalImage":
        """Create an image with this many versions, each successful and active."""
        image = self.boto3.create_microvm_image(name="web", **{**SETTINGS, **settings})
        local = LocalImage(self, image["imageArn"])
        for _ in range(versions - 1):
            local.build()
        local.current()
        return local


class LocalImage:
    """An image."""

    def __init__(self, service: LocalService, arn: str) -> None:
        self.service = service
        self.boto3 = service.boto3
        self.arn = arn

    def build(self, **settings: Any) -> str:
        """Start to build a version."""
        updated = self.boto3.update_microvm_image(
            imageIdentifier=self.arn, **{**SETTINGS, **settings}
        )
        return str(updated["imageVersion"])

    def set_status(self, version: str, status: str) -> None:
        self.boto3.update_microvm_image_version(
            imageIdentifier=self.arn, imageVersion=version, status=status
        )

    def current(self) -> str | None:
        """Return the highest version that can start MicroVMs."""
        startable = [
            version["imageVersion"]
            for version in self._list()
            if (version["state"], version["status"]) == ("SUCCESSFUL", "ACTIVE")
        ]
        return max(startable, key=float, default=None)

    def version(self, version: str) -> Any:
        return self.boto3.get_microvm_image_version(imageIdentifier=self.arn, imageVersion=version)

    def versions(self) -> dict[str, str]:
        """Return the status of each version."""
        return {version["imageVersion"]: version["status"] for version in self._list()}

    def _list(self) -> list[Any]:
        pages = self.boto3.get_paginator("list_microvm_image_versions").paginate(
            imageIdentifier=self.arn, maxResults=50
        )
        return [version for page in pages for version in page["items"]]

    def run(self, version: str) -> str:
        """Start a MicroVM."""
        microvm = self.boto3.run_microvm(imageIdentifier=self.arn, imageVersion=version)
        return str(microvm["microvmId"])


@contextmanager
def service_in_process() -> Iterator[LocalService]:
    with mock_microvms() as controls, closing(LocalService(controls)) as service:
        yield service


@contextmanager
def service_over_http() -> Iterator[LocalService]:
    with (
        MicroVMServer() as server,
        closing(LocalService(server.controls, server.endpoint_url)) as service,
    ):
        yield service
