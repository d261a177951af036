from collections.abc import Callable
from typing import Any

import pytest
from service_comparison import service_model

from microvm_sdk import Architecture, Chipset
from microvm_sdk.testing import Controls
from microvm_sdk.testing._service.state.builds import CHIPS, FAILURES


@pytest.fixture
def set_status(client: Any) -> Callable[..., Any]:
    def set_status(arn: str, version: str, status: Any) -> Any:
        return client.update_microvm_image_version(
            imageIdentifier=arn, imageVersion=version, status=status
        )

    return set_status


def version_of(client: Any, arn: str, version: str = "1.0") -> Any:
    return client.get_microvm_image_version(imageIdentifier=arn, imageVersion=version)


def latest(client: Any, arn: str) -> Any:
    image = client.get_microvm_image(imageIdentifier=arn)
    return image.get("latestActiveImageVersion"), image.get("latestFailedImageVersion")


def test_a_build_that_succeeds_makes_its_version_active(client: Any, create: Any) -> None:
    version = version_of(client, create())
    assert (version["state"], version["status"]) == ("SUCCESSFUL", "ACTIVE")


@pytest.mark.parametrize(
    "pace", [{"progression": "time", "seconds": 50}, {"progression": "manual", "times": 1}]
)
def test_a_version_is_updated_when_its_build_ends(
    pace: Any, client: Any, controls: Controls, create: Any
) -> None:
    controls.set_transition("lambdamicrovms::build", pace)
    arn = create()
    controls.advance_clock(100)
    states = [version_of(client, arn)["state"] for _ in range(2)]
    assert states[-1] == "SUCCESSFUL"
    controls.advance_clock(100)
    version = version_of(client, arn)
    took = (version["updatedAt"] - version["createdAt"]).total_seconds()
    assert took == pytest.approx(100, abs=5)


def test_the_latest_active_version_falls_back_when_one_is_deactivated(
    client: Any, create: Any, update: Any, set_status: Any
) -> None:
    arn = create()
    update(arn)
    assert latest(client, arn) == ("2.0", None)

    assert set_status(arn, "2.0", "INACTIVE")["status"] == "INACTIVE"
    assert latest(client, arn) == ("1.0", None)
    assert client.run_microvm(imageIdentifier=arn)["imageVersion"] == "1.0"

    set_status(arn, "1.0", "INACTIVE")
    assert latest(client, arn) == (None, None)

    set_status(arn, "2.0", "ACTIVE")
    assert latest(client, arn) == ("2.0", None)


def test_deactivating_a_version_leaves_its_microvms_running(
    client: Any, create: Any, set_status: Any
) -> None:
    arn = create()
    microvm = client.run_microvm(imageIdentifier=arn)["microvmId"]
    set_status(arn, "1.0", "INACTIVE")
    assert client.get_microvm(microvmIdentifier=microvm)["state"] == "RUNNING"


def test_a_failed_build_leaves_its_reason_on_the_builds_only(
    client: Any, controls: Controls, create: Any, update: Any
) -> None:
    controls.fail_next_build()
    arn = create()
    version = version_of(client, arn)
    builds = client.list_microvm_image_builds(imageIdentifier=arn, imageVersion="1.0")["items"]

    assert client.get_microvm_image(imageIdentifier=arn)["state"] == "CREATE_FAILED"
    assert (version["state"], version["status"]) == ("FAILED", "INACTIVE")
    assert "stateReason" not in version
    assert {build["buildState"] for build in builds} == {"FAILED"}
    assert {build["stateReason"] for build in builds} == {"The container image build failed."}
    assert latest(client, arn) == (None, "1.0")

    update(arn)
    assert latest(client, arn) == ("2.0", "1.0")
    controls.fail_next_build()
    update(arn)
    assert client.get_microvm_image(imageIdentifier=arn)["state"] == "UPDATE_FAILED"
    assert latest(client, arn) == ("2.0", "3.0")


def test_a_failed_version_cannot_be_activated(
    client: Any, controls: Controls, create: Any, set_status: Any
) -> None:
    controls.fail_next_build()
    arn = create()
    with pytest.raises(client.exceptions.ValidationException, match="current state: FAILED"):
        set_status(arn, "1.0", "ACTIVE")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        *FAILURES.items(),
        ("Something%20else%3F", "Something else?"),
    ],
)
def test_an_artifact_that_names_a_failure_fails_with_its_reason(
    name: str, reason: str, client: Any, create: Any
) -> None:
    arn = create(codeArtifact={"uri": f"s3://bucket/fail/{name}/code.zip"})
    builds = client.list_microvm_image_builds(imageIdentifier=arn, imageVersion="1.0")["items"]
    assert {build["stateReason"] for build in builds} == {reason}


def test_the_failures_that_an_artifact_can_name_are_documented() -> None:
    documented = Controls.fail_next_build.__doc__ or ""
    assert [name for name in FAILURES if f"`{name}`" not in documented] == []


@pytest.mark.parametrize(
    ("reason", "sizes"),
    [
        (None, {"codeInstallSizeInBytes", "diskSnapshotSizeInBytes", "memorySnapshotSizeInBytes"}),
        ("Ready hook invocation timed out after PT5M", {"codeInstallSizeInBytes"}),
        ("The container image build failed.", None),
    ],
)
def test_the_sizes_of_a_build_show_how_far_it_got(
    reason: Any, sizes: Any, client: Any, controls: Controls, create: Any
) -> None:
    if reason is not None:
        controls.fail_next_build(reason)
    version = {"imageIdentifier": create(), "imageVersion": "1.0"}
    for build in client.list_microvm_image_builds(**version)["items"]:
        response = client.get_microvm_image_build(**version, buildId=build["buildId"])
        snapshot = response.get("snapshotBuild")
        assert (None if snapshot is None else set(snapshot)) == sizes


def test_a_version_may_be_named_without_its_minor_number(
    client: Any, create: Any, update: Any
) -> None:
    arn = create()
    update(arn)
    image = {"imageIdentifier": arn}
    short, full = image | {"imageVersion": "1"}, image | {"imageVersion": "1.0"}
    assert version_of(client, arn, "2")["imageVersion"] == "2.0"
    assert (
        client.list_microvm_image_builds(**short)["items"]
        == client.list_microvm_image_builds(**full)["items"]
    )
    microvm = client.run_microvm(**short)
    assert microvm["imageVersion"] == "1.0"
    assert len(client.list_microvms(**short)["items"]) == 1
    assert client.update_microvm_image_version(**short, status="INACTIVE")["imageVersion"] == "1.0"
    with pytest.raises(client.exceptions.ResourceNotFoundException, match=r"and version 1\.0$"):
        client.run_microvm(**short)
    assert client.delete_microvm_image_version(**short)["imageVersion"] == "1.0"


def test_every_architecture_has_its_chips() -> None:
    assert CHIPS.keys() == {architecture.value for architecture in Architecture}
    assert {chipset for chips in CHIPS.values() for chipset, _ in chips} == set(Chipset)


@pytest.mark.skipif(
    "X86_64" not in service_model().shape_for("Architecture").enum,
    reason="the local service follows the installed botocore, and this one does not know X86_64",
)
def test_a_version_is_built_for_each_kind_of_processor(client: Any, create: Any) -> None:
    arn = create(cpuConfigurations=[{"architecture": "ARM_64"}, {"architecture": "X86_64"}])
    version = {"imageIdentifier": arn, "imageVersion": "1.0"}
    builds = client.list_microvm_image_builds(**version)["items"]
    assert [(build["chipset"], build["chipsetGeneration"]) for build in builds] == [
        ("GRAVITON", "4"),
        ("GRAVITON", "3"),
        ("INTEL", "4"),
    ]
    for filters, count in (
        ({"architecture": "ARM_64"}, 2),
        ({"chipset": "INTEL"}, 1),
        ({"chipset": "GRAVITON", "chipsetGeneration": "3"}, 1),
        ({"chipsetGeneration": "9"}, 0),
    ):
        assert len(client.list_microvm_image_builds(**version, **filters)["items"]) == count

    build = client.get_microvm_image_build(**version, buildId=builds[0]["buildId"])
    assert build["snapshotBuild"]["memorySnapshotSizeInBytes"] > 0
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_microvm_image_build(**version, buildId="none")


def test_a_list_of_versions_omits_environment_variables(
    client: Any, create: Any, set_status: Any
) -> None:
    arn = create(environmentVariables={"KEY": "value"})
    listed = client.list_microvm_image_versions(imageIdentifier=arn)["items"]
    assert "environmentVariables" not in listed[0]
    assert version_of(client, arn)["environmentVariables"] == {"KEY": "value"}
    assert set_status(arn, "1.0", "ACTIVE")["environmentVariables"] == {"KEY": "value"}


def test_versions_are_deleted_one_at_a_time(
    client: Any, controls: Controls, create: Any, update: Any
) -> None:
    arn = create()
    update(arn)
    update(arn)
    client.get_microvm_image(imageIdentifier=arn)
    controls.set_transition("lambdamicrovms::deletion", {"progression": "manual", "times": 3})

    def delete(version: str) -> Any:
        deleted = client.delete_microvm_image_version(imageIdentifier=arn, imageVersion=version)
        return deleted["state"]

    assert delete("3.0") == "DELETING"
    assert delete("3.0") == "DELETING"
    with pytest.raises(client.exceptions.ConflictException, match="in state: UPDATING"):
        delete("2.0")
    with pytest.raises(client.exceptions.ConflictException, match="in state: UPDATING"):
        update(arn)
    assert client.get_microvm_image(imageIdentifier=arn)["state"] == "UPDATING"
    assert latest(client, arn) == ("2.0", None)
    assert client.get_microvm_image(imageIdentifier=arn)["state"] == "UPDATED"
    assert delete("3.0") == "DELETED"
    assert update(arn)["imageVersion"] == "4.0"


@pytest.mark.parametrize("version", ["2.0", "..", "2", "0.0", "1.00"])
def test_an_unknown_version_is_not_found(version: str, client: Any, create: Any) -> None:
    arn = create()
    for call in (client.get_microvm_image_version, client.delete_microvm_image_version):
        with pytest.raises(client.exceptions.ResourceNotFoundException, match="Version"):
            call(imageIdentifier=arn, imageVersion=version)
    assert client.get_microvm_image(imageIdentifier=arn)["state"] == "CREATED"


def test_an_image_has_fifty_versions_at_most(client: Any, create: Any, update: Any) -> None:
    arn = create()
    for _ in range(49):
        update(arn)
    with pytest.raises(client.exceptions.ServiceQuotaExceededException) as caught:
        update(arn)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 402
    assert caught.value.response.get("quotaCode") is None

    client.delete_microvm_image_version(imageIdentifier=arn, imageVersion="1.0")
    assert update(arn)["imageVersion"] == "51.0"
