"""`deploy` beside other deployers, with a busy image, lost responses and interruptions."""

import json
import threading
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError
from deployments import ANY, ARN, A, B, numbers
from local_image import LocalImage, LocalService

from microvm_sdk import (
    BuildError,
    CodeArtifactUri,
    ImageVersion,
    ServiceError,
    WaiterError,
)


def test_version_of_another_deployer_is_awaited_first(
    service: LocalService, run: Any, image: LocalImage
) -> None:
    run()
    service.set_pace("build", {"progression": "time", "seconds": 60})
    image.build(environmentVariables={"FROM": "somebody"}, codeArtifact={"uri": B.uri})
    polled: list[str] = []
    deployment = run(A, on_poll=lambda version: polled.append(version.image_version))
    assert numbers(deployment) == ("3.0", True, "3.0")
    assert sorted(set(polled)) == ["2.0", "3.0"]
    assert image.version("3.0")["environmentVariables"] == {"FROM": "somebody"}


def test_interrupted_deployment_is_continued(service: LocalService, run: Any) -> None:
    run()
    service.set_pace("build", {"progression": "time", "seconds": 60})

    def interrupt(_: ImageVersion) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        run(B, on_poll=interrupt)
    (note,) = getattr(caught.value, "__notes__", [])
    assert note.startswith(f"version 2.0 of {ARN} was started; it becomes current")
    assert numbers(run(B)) == ("2.0", False, "2.0")


@pytest.mark.parametrize("status_code", [400, 409])
def test_busy_image_is_awaited(service: LocalService, run: Any, status_code: Any) -> None:
    run()
    service.controls.make_image_busy(
        operation="UpdateMicrovmImage", status_code=status_code, times=3
    )
    assert numbers(run(B)) == ("2.0", True, "2.0")
    service.controls.throttle(times=2)
    assert numbers(run(A)) == ("3.0", True, "3.0")


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("status_code", [None, 502])
@pytest.mark.parametrize("operation", ["CreateMicrovmImage", "UpdateMicrovmImage"])
def test_lost_response_builds_one_version(
    operation: str, status_code: Any, times: int, image: LocalImage, run: Any
) -> None:
    if operation == "UpdateMicrovmImage":
        run(B)
    image.service.controls.lose_responses(operation, status_code=status_code, times=times)
    assert run(ANY).is_new
    assert len(image.versions()) == (2 if operation == "UpdateMicrovmImage" else 1)


@pytest.mark.parametrize(
    "error",
    [(500, "InternalServerException", 0), (409, "ConflictException", 1)],
    ids=["a server error", "an error after a retry"],
)
def test_error_after_which_a_build_may_have_started_builds_one_version(
    error: tuple[int, str, int], run: Any, handle: Any, image: LocalImage
) -> None:
    run()
    status, code, retries = error
    tokens: list[str] = []

    def record(params: Any, **_: Any) -> None:
        tokens.append(json.loads(params["body"])["clientToken"])

    def fail(response_dict: Any, **_: Any) -> None:
        if len(tokens) == 1:
            response_dict["status_code"] = status
            response_dict["headers"]["x-amzn-errortype"] = code

    def count(parsed: Any, **_: Any) -> None:
        if len(tokens) == 1:
            parsed["ResponseMetadata"]["RetryAttempts"] = retries

    for event, handler in (("before-call", record), ("before-parse", fail), ("after-call", count)):
        update = f"{event}.lambda-microvms.UpdateMicrovmImage"
        handle(image.service.client.boto3_client, update, handler)
    assert numbers(run(B)) == ("2.0", True, "2.0")
    assert tokens == [tokens[0]] * 2
    assert len(image.versions()) == 2


def test_interruption_of_the_request_says_that_a_build_may_have_started(
    service: LocalService, run: Any, handle: Any
) -> None:
    run()

    def interrupt(**_: Any) -> None:
        raise KeyboardInterrupt

    update = "before-call.lambda-microvms.UpdateMicrovmImage"
    handle(service.client.boto3_client, update, interrupt)
    with pytest.raises(KeyboardInterrupt) as caught:
        run(B)
    assert getattr(caught.value, "__notes__", []) == [f"a build of {ARN} may have been started"]


def test_request_that_is_not_sent_has_no_note(run: Any) -> None:
    with pytest.raises(ParamValidationError) as caught:
        run(description=3)
    assert not hasattr(caught.value, "__notes__")


def test_response_that_stays_lost_is_an_error_with_a_note(service: LocalService, run: Any) -> None:
    run()
    service.controls.lose_responses("UpdateMicrovmImage", status_code=502, times=None)
    with pytest.raises(ServiceError) as caught:
        run(B)
    assert caught.value.__notes__ == [f"a build of {ARN} may have been started"]


def test_image_that_is_being_deleted_is_created_again(
    service: LocalService, run: Any, image: LocalImage
) -> None:
    run()
    service.set_pace("deletion", {"progression": "time", "seconds": 30})
    service.boto3.delete_microvm_image(imageIdentifier=ARN)
    assert numbers(run(B)) == ("1.0", True, "1.0")
    assert image.version("1.0")["codeArtifact"] == {"uri": B.uri}


def test_image_that_is_deleted_while_it_is_read_is_created_again(
    service: LocalService, run: Any, handle: Any
) -> None:
    run()
    deletions: list[Any] = []

    def delete(**_: Any) -> None:
        if not deletions:
            deletions.append(service.boto3.delete_microvm_image(imageIdentifier=ARN))

    versions = "before-call.lambda-microvms.ListMicrovmImageVersions"
    handle(service.client.boto3_client, versions, delete)
    assert numbers(run(B)) == ("1.0", True, "1.0")


def test_four_deployers_at_once_end_without_an_error(
    service: LocalService, run: Any, image: LocalImage
) -> None:
    service.set_pace("build", {"progression": "manual", "times": 2})
    results: list[Any] = []

    def work(code: CodeArtifactUri) -> None:
        try:
            results.append(numbers(run(code)))
        except BaseException as error:  # noqa: BLE001  Shown by the assertion.
            results.append(error)

    threads = [threading.Thread(target=work, args=[code]) for code in (A, B, A, B)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(isinstance(each, tuple) for each in results), results
    assert len(image.versions()) == sum(is_new for _, is_new, _ in results)


def test_somebody_elses_version_is_current_at_the_end(run: Any, image: LocalImage) -> None:
    run()

    def deploy_too(version: ImageVersion) -> None:
        if version.state == "SUCCESSFUL" and len(image.versions()) == 2:
            image.build()
            image.current()

    assert numbers(run(B, on_poll=deploy_too)) == ("2.0", True, "3.0")


def test_listing_that_lags_is_read_again(service: LocalService, run: Any) -> None:
    service.controls.fail_next_build()
    with pytest.raises(BuildError):
        run()
    service.controls.set_lag("ListMicrovmImageVersions", seconds=1)
    assert numbers(run(A, settings_of="1.0")) == ("2.0", True, "2.0")
    assert numbers(run(B)) == ("3.0", True, "3.0")


@pytest.mark.parametrize(
    ("prepare", "expected"),
    [
        (
            lambda service, _: service.controls.hang_next_build(),
            "last version state: IN_PROGRESS; version 2.0 becomes current",
        ),
        (
            lambda service, image: (service.controls.hang_next_build(), image.build()),
            "version 2.0 is IN_PROGRESS, started by another process or by an earlier call",
        ),
        (
            lambda service, _: service.controls.make_image_busy(times=None),
            "MicroVM Image is already in state: UPDATING",
        ),
    ],
)
def test_timeout_says_what_is_going_on(
    prepare: Any, expected: str, service: LocalService, run: Any, image: LocalImage
) -> None:
    run()
    prepare(service, image)
    with pytest.raises(WaiterError, match=r"^deploy .*: timed out after 90 seconds: ") as caught:
        run(B, timeout=90)
    assert caught.value.timed_out
    assert expected in str(caught.value)
