"""Fixtures for tests: a client of the local service in process, and a server.

pytest loads this module in every run in which the package is installed, so it imports nothing that
costs time. The fixtures do, when a test uses them.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from microvm_sdk import AsyncMicroVMClient, MicroVMClient
    from microvm_sdk.testing import Controls, MicroVMServer

REGION = "us-east-1"
# Made up, so that no real account is called, whatever is configured on the machine.
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
}
_PROFILES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")


@pytest.fixture
def microvm_controls(monkeypatch: pytest.MonkeyPatch) -> Iterator["Controls"]:
    """Run the test inside `mock_microvms()`, and control it: failures, time, the pace of states.

    Yields:
        The controls of the local service.
    """
    from microvm_sdk.testing import mock_microvms  # noqa: PLC0415  Only if it is used.

    _hide_real_accounts(monkeypatch)
    with mock_microvms() as controls:
        yield controls


@pytest.fixture
def microvm_client(
    microvm_controls: "Controls",  # noqa: ARG001  Keeps the mock active.
) -> Iterator["MicroVMClient"]:
    """Return a client of the local service in this process.

    Yields:
        A client for `us-east-1`, with made-up credentials.
    """
    from microvm_sdk import MicroVMClient  # noqa: PLC0415  Only if it is used.

    with MicroVMClient(region_name=REGION) as client:
        yield client


@pytest.fixture
def microvm_image(microvm_client: "MicroVMClient") -> str:
    """Build an image in the local service in this process.

    Returns:
        The ARN of the image, from whose version `1.0` MicroVMs can be run.
    """
    from microvm_sdk import CodeArtifactUri  # noqa: PLC0415  Only if it is used.
    from microvm_sdk.arns import managed_image_arn  # noqa: PLC0415  Only if it is used.

    created = microvm_client.create_microvm_image(
        name="test-image",
        base_image_arn=managed_image_arn("al2023-1", region=REGION),
        build_role_arn="arn:aws:iam::123456789012:role/test-build",
        code_artifact=CodeArtifactUri(uri="s3://test-artifacts/code.zip"),
    )
    microvm_client.wait_until_image_ready(image_identifier=created.image_arn)
    return created.image_arn


@pytest.fixture
def async_microvm_client(
    microvm_controls: "Controls",  # noqa: ARG001  Keeps the mock active.
) -> Iterator["AsyncMicroVMClient"]:
    """Return an asynchronous client of the local service in this process.

    It works in the event loop of any plugin, and with `asyncio.run` in a plain test.

    Yields:
        A client for `us-east-1`, with made-up credentials.
    """
    from microvm_sdk import AsyncMicroVMClient  # noqa: PLC0415  Only if it is used.

    client = AsyncMicroVMClient(region_name=REGION)
    try:
        yield client
    finally:
        client.sync_client.close()


@pytest.fixture
def microvm_server(monkeypatch: pytest.MonkeyPatch) -> Iterator["MicroVMServer"]:
    """Run a server of the local service, on a port of its own, while the test runs.

    Yields:
        The server; `microvm_server.endpoint_url` is what clients need.
    """
    from microvm_sdk.testing import MicroVMServer  # noqa: PLC0415  Only if it is used.

    _hide_real_accounts(monkeypatch)
    with MicroVMServer() as server:
        yield server


def _hide_real_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _PROFILES:
        monkeypatch.delenv(name, raising=False)
    for name, value in _ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
