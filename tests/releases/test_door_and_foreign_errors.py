"""What jobs refuse before any call, and errors of other services, which they pass on."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from foreign_errors import FOREIGN_ERRORS, assert_is_foreign, failing_credentials
from local_image import LocalService

from microvm_sdk import AsyncMicroVMClient, ImageVersion, MicroVMClient
from microvm_sdk.exceptions import ReleaseError, ResourceNotFoundException
from microvm_sdk.images import current_version, find_image, retry_while_busy
from microvm_sdk.releases import plan_prune, promote, prune, withdraw
from microvm_sdk.settings import diff_settings, image_settings
from microvm_sdk.testing import example

# They do not depend on the field.
pytestmark = pytest.mark.parametrize("service", ["field moves"], indirect=True)
ARN = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"
MISSING = "microvm-00000000-0000-0000-0000-000000000000"

MISTAKES: dict[str, tuple[Callable[[MicroVMClient], object], str]] = {
    "name for ARN": (
        lambda client: promote(client, image_identifier="web", image_version="1.0"),
        "image_identifier must be the ARN of an image, got 'web'; .*find_image",
    ),
    "name for ARN, withdraw": (
        lambda client: withdraw(client, image_identifier="web", image_version="1.0"),
        "image_identifier must be the ARN of an image, got 'web'; .*find_image",
    ),
    "name for ARN, plan": (
        lambda client: plan_prune(client, image_identifier="web"),
        "find_image finds an image by its name",
    ),
    "name for ARN, settings": (
        lambda client: image_settings(client, image_identifier="web"),
        "find_image finds an image by its name",
    ),
    "name for ARN, current": (
        lambda client: current_version(client, image_identifier="web"),
        "find_image finds an image by its name",
    ),
    "ARN for plan": (lambda client: prune(client, ARN), "plan must be a PrunePlan, got str; plan_"),  # type: ignore[arg-type]
    "number for version": (
        lambda client: withdraw(client, image_identifier=ARN, image_version=8),  # type: ignore[arg-type]
        "image_version must be a string such as '8.0', got 8",
    ),
    "model for version": (
        lambda client: withdraw(
            client,
            image_identifier=ARN,
            image_version=example(ImageVersion),  # type: ignore[arg-type]
        ),
        "image_version must be a string such as '8.0', got ImageVersion; pass its image_version$",
    ),
    "other form of version": (
        lambda client: withdraw(client, image_identifier=ARN, image_version="latest"),
        "image_version must have the form '8.0' or '8', got 'latest'",
    ),
    "on_step": (
        lambda client: promote(client, image_identifier=ARN, image_version="1.0", on_step=[]),  # type: ignore[arg-type]
        "on_step must be a function with one parameter, got list",
    ),
    "call made already": (lambda _: retry_while_busy("done"), "call must be a function .* lambda"),  # type: ignore[arg-type]
    "version for settings": (
        lambda _: diff_settings("1.0", {}),  # type: ignore[arg-type, typeddict-item]
        "before must be an ImageSettings, got str; image_settings reads",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_before_any_call(
    mistake: str, service: LocalService, calls: Any
) -> None:
    call, message = MISTAKES[mistake]
    with pytest.raises((TypeError, ValueError), match=message):
        call(service.client)
    assert calls.operations == []


JOBS: dict[str, Callable[[Any, Any], object]] = {
    "promote": lambda client, _: promote(client, image_identifier=ARN, image_version="1.0"),
    "withdraw": lambda client, _: withdraw(client, image_identifier=ARN, image_version="2.0"),
    "plan_prune": lambda client, _: plan_prune(client, image_identifier=ARN),
    "prune": prune,
    "image_settings": lambda client, _: image_settings(client, image_identifier=ARN),
    "current_version": lambda client, _: current_version(client, image_identifier=ARN),
    "find_image": lambda client, _: find_image(client, "web"),
}


@pytest.mark.parametrize("job", JOBS)
def test_the_asynchronous_client_is_refused(job: str, service: LocalService) -> None:
    image = service.image(2)
    plan = plan_prune(service.client, image_identifier=image.arn, keep=1)
    client = AsyncMicroVMClient(client=service.boto3)
    with pytest.raises(TypeError, match=r"got AsyncMicroVMClient; pass client\.sync_client"):
        JOBS[job](client, plan)


@pytest.mark.parametrize("foreign", FOREIGN_ERRORS.values(), ids=FOREIGN_ERRORS)
@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("number", [0, 1])
def test_an_error_of_another_service_passes_unchanged(
    number: int, job: str, foreign: Any, service: LocalService, calls: Any
) -> None:
    image = service.image(2)
    plan = plan_prune(service.client, image_identifier=image.arn, keep=1)
    calls.operations.clear()

    def fail(**_: Any) -> None:
        if len(calls.operations) > number:
            raise foreign.error()

    calls.on("before-sign", fail)
    try:
        JOBS[job](service.client, plan)
    except ClientError as error:
        assert_is_foreign(error, foreign)
        assert len(calls.operations) == number + 1
    else:
        assert len(calls.operations) == number
    assert set(image.versions().values()) == {"ACTIVE"}


@pytest.mark.parametrize("foreign", FOREIGN_ERRORS.values(), ids=FOREIGN_ERRORS)
@pytest.mark.parametrize("operation", ["UpdateMicrovmImageVersion", "DeleteMicrovmImageVersion"])
def test_an_error_of_another_service_at_a_change_means_that_nothing_was_sent(
    operation: str, foreign: Any, service: LocalService, calls: Any
) -> None:
    image = service.image(2)
    plan = plan_prune(service.client, image_identifier=image.arn, keep=1)

    def fail(**_: Any) -> None:
        raise foreign.error()

    calls.on("before-sign", fail, operation)
    with pytest.raises((ClientError, ReleaseError)) as caught:
        prune(service.client, plan)
    error = caught.value
    if operation.startswith("Delete"):
        assert isinstance(error, ReleaseError)
        assert [str(step) for step in error.steps] == ["DEACTIVATED 1.0"]
        assert error.__cause__ is not None
        error = error.__cause__
    assert_is_foreign(error, foreign)
    assert set(image.versions()) == {"1.0", "2.0"}


def test_a_credential_that_fails_before_a_retry_does_not_hide_the_change(
    service: LocalService, calls: Any
) -> None:
    image = service.image(2)
    foreign = FOREIGN_ERRORS["gone"]

    def fail(**_: Any) -> None:
        # As when botocore signs its second request: the first was sent, and did it.
        raise foreign.error()

    calls.on("after-call", fail, "UpdateMicrovmImageVersion")
    with pytest.raises(ReleaseError) as caught:
        withdraw(service.client, image_identifier=image.arn, image_version="2.0")
    assert [str(step) for step in caught.value.steps] == ["DEACTIVATED 2.0 (may have been made)"]
    assert_is_foreign(caught.value.__cause__ or caught.value, foreign)
    assert image.versions()["2.0"] == "INACTIVE"


def test_an_error_of_another_operation_is_not_the_answer_to_a_change(
    service: LocalService, calls: Any
) -> None:
    image = service.image(2)

    def call_another(**_: Any) -> None:
        service.client.get_microvm(microvm_identifier=MISSING)

    calls.on("after-call", call_another, "UpdateMicrovmImageVersion")
    with pytest.raises(ReleaseError) as caught:
        withdraw(service.client, image_identifier=image.arn, image_version="2.0")
    assert [str(step) for step in caught.value.steps] == ["DEACTIVATED 2.0 (may have been made)"]
    assert isinstance(caught.value.__cause__, ResourceNotFoundException)
    assert image.versions()["2.0"] == "INACTIVE"


def test_a_change_without_a_connection_was_not_made(service: LocalService, calls: Any) -> None:
    image = service.image(2)

    def refuse_connection(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://lambda.example")

    calls.on("before-send", refuse_connection, "UpdateMicrovmImageVersion")
    with pytest.raises(EndpointConnectionError):
        withdraw(service.client, image_identifier=image.arn, image_version="2.0")


def test_credentials_that_fail_from_the_start(service: LocalService) -> None:
    image = service.image(2)
    foreign = FOREIGN_ERRORS["throttled"]
    with (
        failing_credentials(service.client, foreign.error()),
        pytest.raises(ClientError) as caught,
    ):
        withdraw(service.client, image_identifier=image.arn, image_version="2.0")
    assert_is_foreign(caught.value, foreign)
