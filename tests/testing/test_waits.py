"""Waits against the local service: their states, and reads that lag behind."""

from typing import Any

import pytest
from fake_time import FakeTime

from microvm_sdk import AsyncMicroVMClient, CodeArtifactUri, MicroVMClient
from microvm_sdk.testing import Controls

SETTINGS: Any = {
    "base_image_arn": "arn:aws:lambda:us-east-1:aws:microvm-image:al2023-1",
    "build_role_arn": "arn:aws:iam::123456789012:role/build",
    "code_artifact": CodeArtifactUri(uri="s3://artifacts/web.zip"),
}


@pytest.fixture
def image(microvm_client: MicroVMClient) -> str:
    created = microvm_client.create_microvm_image(name="web", **SETTINGS)
    microvm_client.wait_until_image_version_ready(
        image_identifier=created.image_arn, image_version=created.image_version
    )
    return created.image_arn


@pytest.fixture
def microvm(microvm_client: MicroVMClient, image: str) -> str:
    started = microvm_client.run_microvm(image_identifier=image)
    microvm_client.wait_until_microvm_running(microvm_identifier=started.microvm_id)
    return started.microvm_id


def test_waits_tolerate_reads_that_lag(
    microvm_client: MicroVMClient, microvm_controls: Controls, microvm: str, fake_time: FakeTime
) -> None:
    seen: list[str] = []

    def poll(wait: Any) -> list[str]:
        seen.clear()
        wait(microvm_identifier=microvm, on_poll=lambda found: seen.append(found.state))
        return seen

    microvm_controls.set_lag("GetMicrovm", reads=2)
    microvm_client.suspend_microvm(microvm_identifier=microvm)
    states = poll(microvm_client.wait_until_microvm_suspended)
    assert states[:2] == ["RUNNING", "RUNNING"]
    microvm_client.resume_microvm(microvm_identifier=microvm)
    states = poll(microvm_client.wait_until_microvm_running)
    assert states[:2] == ["SUSPENDED", "SUSPENDED"]
    microvm_client.terminate_microvm(microvm_identifier=microvm)
    states = poll(microvm_client.wait_until_microvm_terminated)
    assert states[:2] == ["RUNNING", "RUNNING"]
    assert fake_time.pauses[:2] == [0.2, 0.3]


def test_wait_tolerates_a_deletion_that_lags(
    microvm_client: MicroVMClient, microvm_controls: Controls, image: str, fake_time: FakeTime
) -> None:
    microvm_controls.set_lag("GetMicrovmImage", reads=2)
    microvm_client.delete_microvm_image(image_identifier=image)
    assert microvm_client.wait_until_image_deleted(image_identifier=image) is None
    assert fake_time.pauses[:2] == [0.2, 0.3]


def test_resumed_microvm_passes_through_pending(
    microvm_client: MicroVMClient, microvm_controls: Controls, microvm: str, fake_time: FakeTime
) -> None:
    microvm_client.suspend_microvm(microvm_identifier=microvm)
    microvm_client.wait_until_microvm_suspended(microvm_identifier=microvm)
    microvm_controls.set_transition(
        "lambdamicrovms::microvm", {"progression": "manual", "times": 2}
    )
    seen: list[str] = []
    microvm_client.resume_microvm(microvm_identifier=microvm)
    microvm_client.wait_until_microvm_running(
        microvm_identifier=microvm, on_poll=lambda found: seen.append(found.state)
    )
    assert "PENDING" in seen
    assert seen[-1] == "RUNNING"
    assert fake_time.pauses


@pytest.mark.asyncio
@pytest.mark.usefixtures("microvm_client")
async def test_asynchronous_client_waits_for_a_build(
    async_microvm_client: AsyncMicroVMClient, image: str
) -> None:
    updated = await async_microvm_client.update_microvm_image(image_identifier=image, **SETTINGS)
    version = await async_microvm_client.wait_until_image_version_ready(
        image_identifier=image, image_version=updated.image_version
    )
    assert (version.image_version, str(version.state)) == ("2.0", "SUCCESSFUL")
