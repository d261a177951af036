"""What users read when something goes wrong: provoked errors, one a row.

Each names the argument or resource, the problem, and what to do. If all that can be done is to
pass another value, the text describes the valid values.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.config import Config

from microvm_sdk import (
    AllPorts,
    AuthToken,
    CloudWatchLogging,
    CodeArtifactUri,
    ErrorKind,
    MicroVMClient,
    Resources,
    UnknownValue,
)
from microvm_sdk.arns import connector_arn, image_arn, managed_image_arn
from microvm_sdk.exceptions import ServiceError
from microvm_sdk.settings import image_settings
from microvm_sdk.testing import Controls, mock_microvms

REGION = "eu-west-1"
ONCE = Config(retries={"total_max_attempts": 1})
WEB = image_arn("web", region=REGION, account="123456789012")
MISSING = image_arn("missing", region=REGION, account="123456789012")
REQUIRED: dict[str, Any] = {
    "base_image_arn": managed_image_arn("al2023-1", region=REGION),
    "build_role_arn": "arn:aws:iam::123456789012:role/build",
    "code_artifact": CodeArtifactUri(uri="s3://artifacts/web.zip"),
}


@dataclass
class World:
    """The local service with an image `web`, versions 1.0 and 2.0, and a MicroVM of it."""

    controls: Controls
    client: MicroVMClient = field(
        default_factory=lambda: MicroVMClient(region_name=REGION, config=ONCE)
    )
    microvm: str = ""

    def __post_init__(self) -> None:
        self.create()
        self.client.wait_until_image_ready(image_identifier=WEB)
        self.update()
        self.client.wait_until_image_ready(image_identifier=WEB)
        self.microvm = self.client.run_microvm(image_identifier=WEB).microvm_id
        self.client.wait_until_microvm_running(microvm_identifier=self.microvm)

    def create(self, name: str = "web", **settings: Any) -> Any:
        return self.client.create_microvm_image(name=name, **{**REQUIRED, **settings})

    def update(self, **settings: Any) -> Any:
        return self.client.update_microvm_image(image_identifier=WEB, **{**REQUIRED, **settings})

    def set_status(self, version: str, status: Any) -> Any:
        return self.client.update_microvm_image_version(
            image_identifier=WEB, image_version=version, status=status
        )

    def terminated(self) -> str:
        self.client.terminate_microvm(microvm_identifier=self.microvm)
        self.client.wait_until_microvm_terminated(microvm_identifier=self.microvm)
        return self.microvm

    def token(self, **arguments: Any) -> AuthToken:
        defaults: Any = {
            "microvm_identifier": self.microvm,
            "expiration_in_minutes": 5,
            "allowed_ports": [AllPorts()],
        }
        return self.client.create_microvm_auth_token(**{**defaults, **arguments})

    def then(self, *_: Any) -> MicroVMClient:
        """Return the client. The arguments are calls that are made before."""
        return self.client


Provoke = Callable[[World], Any]

# The call, and what the text must contain: the argument or resource, the problem, what to do.
ROWS: dict[str, tuple[Provoke, list[str]]] = {
    # What the service refuses.
    "bare name of an image": (
        lambda w: w.client.get_microvm_image(image_identifier="web"),
        ["Invalid ARN format: web", "find_image finds an image by its name"],
    ),
    "bare name of an image to run": (
        lambda w: w.client.run_microvm(image_identifier="web"),
        [
            "Malformed ARN - doesn't start with 'arn:'",
            "image_identifier='web'. image_identifier must be an ARN; microvm_sdk.images.find_",
        ],
    ),
    "image that does not exist": (
        lambda w: w.client.get_microvm_image(image_identifier=MISSING),
        ["not found", "microvm-image:missing", "Check the identifier"],
    ),
    "version that does not exist": (
        lambda w: w.client.get_microvm_image_version(image_identifier=WEB, image_version="9.0"),
        ["not found", "microvm-image:web, Version: 9.0", "Check the identifier"],
    ),
    "MicroVM that does not exist": (
        lambda w: w.client.get_microvm(microvm_identifier=w.microvm[:-4] + "0000"),
        ["MicroVM not found: microvm-", "Check the identifier"],
    ),
    "image to run that does not exist": (
        lambda w: w.client.run_microvm(image_identifier=MISSING),
        ["No active version found", "microvm-image:missing", "see list_microvm_image_versions"],
    ),
    "version to run that is inactive": (
        lambda w: w.then(w.set_status("1.0", "INACTIVE")).run_microvm(
            image_identifier=WEB, image_version="1.0"
        ),
        [
            "No active version found",
            "microvm-image:web and version 1.0",
            "see list_microvm_image_versions",
        ],
    ),
    "other region": (
        lambda _: MicroVMClient(region_name="us-east-1").get_microvm_image(image_identifier=WEB),
        [
            "is in region eu-west-1, but the client uses region us-east-1",
            "region or account may be the wrong one",
        ],
    ),
    "other account": (
        lambda w: w.client.get_microvm_image(
            image_identifier=image_arn("web", region=REGION, account="210987654321")
        ),
        ["not authorized to perform: lambda:GetMicrovmImage", "210987654321"],
    ),
    "missing permission": (
        lambda w: w.then(w.controls.deny_access("GetMicrovmImage")).get_microvm_image(
            image_identifier=WEB
        ),
        ["not authorized to perform: lambda:GetMicrovmImage", "microvm-image:web"],
    ),
    "name that is taken": (
        lambda w: w.create(),
        ["'web' already exists", "Update the existing image, or choose another name"],
    ),
    "client token with another request": (
        lambda w: (w.update(client_token="t"), w.update(client_token="t", description="other")),
        [
            "clientToken was used with different request parameters",
            "microvm-image:web",
            "needs another client_token",
        ],
    ),
    "image that is busy": (
        lambda w: w.then(w.controls.make_image_busy("web")).update_microvm_image_version(
            image_identifier=WEB, image_version="1.0", status="INACTIVE"
        ),
        ["already in state: UPDATING", "microvm-image:web'", "wait until it has settled"],
    ),
    "image that is too busy to delete": (
        lambda w: w.then(w.controls.make_image_busy("web", status_code=400)).delete_microvm_image(
            image_identifier=WEB
        ),
        ["in its current state", "microvm-image:web", "wait until it has settled"],
    ),
    "image that is in use": (
        lambda w: w.client.delete_microvm_image(image_identifier=WEB),
        [
            "Cannot delete microvm image with running microvms",
            "microvm-image:web",
            "see list_microvms",
        ],
    ),
    "last version of an image": (
        lambda w: (
            w.client.delete_microvm_image_version(image_identifier=WEB, image_version="1.0"),
            w.client.wait_until_image_version_deleted(image_identifier=WEB, image_version="1.0"),
            w.client.wait_until_image_ready(image_identifier=WEB),
            w.client.delete_microvm_image_version(image_identifier=WEB, image_version="2.0"),
        ),
        ["This is the last version", "microvm-image:web", "use delete_microvm_image"],
    ),
    "throttling": (
        lambda w: w.then(w.controls.throttle(retry_after=3)).get_microvm_image(
            image_identifier=WEB
        ),
        ["Rate exceeded", "microvm-image:web", "Wait 3 seconds, then call again"],
    ),
    "no capacity": (
        lambda w: w.then(w.controls.run_out_of_capacity()).run_microvm(image_identifier=WEB),
        ["capacity", "microvm-image:web", "try later, or in another region"],
    ),
    "quota": (
        lambda w: w.then(w.controls.exceed_quota("RunMicrovm")).run_microvm(image_identifier=WEB),
        [
            "returned no message",
            "microvm-image:web",
            "A quota of the account is used up: delete or terminate something",
        ],
    ),
    "server error": (
        lambda w: w.then(w.controls.fail_calls("InternalServerException")).get_microvm_image(
            image_identifier=WEB
        ),
        ["returned no message", "microvm-image:web", "call again, and quote the request ID"],
    ),
    "page of a gateway": (
        lambda w: w.then(w.controls.fail_at_gateway()).get_microvm_image(image_identifier=WEB),
        ["(502)", "Bad Gateway", "microvm-image:web", "call again"],
    ),
    "terminated MicroVM": (
        lambda w: w.client.resume_microvm(microvm_identifier=w.terminated()),
        ["microvm-", "has been terminated", "run a new one"],
    ),
    "token that lives too long": (
        lambda w: w.token(expiration_in_minutes=61),
        ["ExpirationMinutes 61 exceeded max allowed of 60", "microvm-"],
    ),
    "shell without its connector": (
        lambda w: w.client.create_microvm_shell_auth_token(
            microvm_identifier=w.microvm, expiration_in_minutes=5
        ),
        ["Shell access requires SHELL_INGRESS network connector", "microvm-"],
    ),
    "memory that is not offered": (
        lambda w: w.update(resources=[Resources(minimum_memory_in_mib=3072)]),
        [
            "memory size of 3072 MiB is not supported",
            "[512, 1024, 2048, 4096, 8192]",
            "microvm-image:web",
        ],
    ),
    "base image version that does not exist": (
        lambda w: w.update(base_image_version="999"),
        ["No managed MicroVM Image with arn", "al2023-1 and version 999"],
    ),
    "connector that does not exist": (
        lambda w: w.client.run_microvm(
            image_identifier=WEB,
            ingress_network_connectors=[
                connector_arn(UnknownValue("NO_SUCH_INGRESS"), region=REGION)
            ],
        ),
        ["Unrecognized managed network connector ARN", "NO_SUCH_INGRESS"],
    ),
    "logging without a role": (
        lambda w: w.client.run_microvm(
            image_identifier=WEB, logging=CloudWatchLogging(log_group="a")
        ),
        ["Logging cannot be enabled without providing executionRoleArn", "microvm-image:web"],
    ),
    # Waits.
    "build that fails": (
        lambda w: w.then(w.controls.fail_next_build(), w.update()).wait_until_image_version_ready(
            image_identifier=WEB, image_version="3.0"
        ),
        ["microvm-image:web, version 3.0", "FAILED", "The container image build failed."],
    ),
    "wait that times out": (
        lambda w: w.then(w.controls.hang_next_build(), w.update()).wait_until_image_version_ready(
            image_identifier=WEB, image_version="3.0", timeout=0
        ),
        ["microvm-image:web, version 3.0", "timed out after 0 seconds", "IN_PROGRESS"],
    ),
    "MicroVM that ends while it is waited for": (
        lambda w: w.client.wait_until_microvm_running(microvm_identifier=w.terminated()),
        ["microvm-", "TERMINATED"],
    ),
    # Settings.
    "settings without a current version": (
        lambda w: (
            w.set_status("1.0", "INACTIVE"),
            w.set_status("2.0", "INACTIVE"),
            image_settings(w.client, image_identifier=WEB),
        ),
        [
            "no version of",
            "microvm-image:web can start MicroVMs",
            "1.0 (SUCCESSFUL, INACTIVE)",
            "Name one of them, or make one ACTIVE.",
        ],
    ),
}


# The kinds that do not follow from the error's code.
KINDS = {
    "bare name of an image": ErrorKind.INVALID,
    "client token with another request": ErrorKind.CLIENT_TOKEN_REUSED,
    "image that is busy": ErrorKind.BUSY,
    "image that is in use": ErrorKind.IN_USE,
    "image that is too busy to delete": ErrorKind.BUSY,
    "image that does not exist": ErrorKind.NOT_FOUND,
    "image to run that does not exist": ErrorKind.NO_ACTIVE_VERSION,
    "last version of an image": ErrorKind.LAST_VERSION,
    "name that is taken": ErrorKind.NAME_TAKEN,
    "page of a gateway": ErrorKind.SERVER,
    "terminated MicroVM": ErrorKind.TERMINATED,
    "version to run that is inactive": ErrorKind.NO_ACTIVE_VERSION,
}


@pytest.fixture
def world() -> Iterator[World]:
    with mock_microvms() as controls:
        yield World(controls)


@pytest.mark.parametrize("name", ROWS)
def test_text(name: str, world: World) -> None:
    provoke, parts = ROWS[name]
    with pytest.raises(Exception) as caught:  # noqa: PT011  The table has the text.
        provoke(world)
    text = str(caught.value)
    if name in KINDS:
        assert isinstance(caught.value, ServiceError)
        assert caught.value.kind is KINDS[name]
    at = 0
    for part in parts:
        assert part in text[at:], text
        at = text.index(part, at) + len(part)
