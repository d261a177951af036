"""`deploy`, verified through plain boto3."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError
from local_image import BUCKET, REGION, SETTINGS, LocalImage, LocalService

from microvm_sdk import (
    BuildError,
    CodeArtifactUri,
    ErrorKind,
    Hooks,
    HookState,
    ImageHooks,
    ImageVersion,
    LoggingDisabled,
    NoCurrentVersionError,
    Resources,
    ServiceError,
    WaiterError,
)
from microvm_sdk.build import Deployment, SettingsToChange, build_log, deploy, upload
from microvm_sdk.settings import ImageSettings

ROLE = SETTINGS["buildRoleArn"]
ARN = f"arn:aws:lambda:{REGION}:123456789012:microvm-image:web"
A, B = (CodeArtifactUri(uri=f"s3://{BUCKET}/microvm-images/{each * 64}.zip") for each in "ab")
ANY = CodeArtifactUri(uri=f"s3://{BUCKET}/web.zip")


@pytest.fixture
def run(service: LocalService) -> Callable[..., Deployment]:
    def run(code: CodeArtifactUri = A, **options: Any) -> Deployment:
        options = {"build_role_arn": ROLE, "name": "web", **options}
        return deploy(service.client, code_artifact=code, **options)

    return run


@pytest.fixture
def image(service: LocalService) -> LocalImage:
    return LocalImage(service, ARN)


def numbers(deployment: Deployment) -> tuple[str, bool, str | None]:
    return deployment.image_version.image_version, deployment.is_new, deployment.current


def test_directory_becomes_an_image_and_then_versions(
    service: LocalService, s3: Any, run: Any, image: LocalImage, source: Path
) -> None:
    service.controls.require_artifacts()
    first = run(upload(s3, source, bucket=BUCKET))
    assert first.image_arn == ARN
    assert numbers(first) == ("1.0", True, "1.0")
    assert image.version("1.0")["baseImageArn"] == SETTINGS["baseImageArn"]
    assert numbers(run(upload(s3, source, bucket=BUCKET))) == ("1.0", False, "1.0")
    (source / "app.py").write_text("print(2)\n")
    assert numbers(run(upload(s3, source, bucket=BUCKET))) == ("2.0", True, "2.0")
    assert list(image.versions()) == ["2.0", "1.0"] or len(image.versions()) == 2


def test_going_back_to_the_first_content_builds_again(run: Any, image: LocalImage) -> None:
    assert [numbers(run(code)) for code in (A, B, A)] == [
        ("1.0", True, "1.0"),
        ("2.0", True, "2.0"),
        ("3.0", True, "3.0"),
    ]
    assert image.current() == "3.0"
    assert image.version("3.0")["codeArtifact"] == {"uri": A.uri}


@pytest.mark.parametrize("end", ["", ".bak", "/code.zip"])
def test_uri_without_a_digest_is_always_built(end: str, run: Any) -> None:
    code = CodeArtifactUri(uri=A.uri + end) if end else ANY
    assert [numbers(run(code))[0] for _ in range(2)] == ["1.0", "2.0"]


KEPT: dict[str, Any] = {
    "environment_variables": {"MODE": "test"},
    "hooks": Hooks(port=9000, microvm_image_hooks=ImageHooks(ready=HookState.ENABLED)),
    "egress_network_connectors": [
        f"arn:aws:lambda:{REGION}:aws:network-connector:aws-network-connector:INTERNET_EGRESS"
    ],
    "kms_key_identifier": f"arn:aws:kms:{REGION}:123456789012:key/web",
    "description": "first",
}


@pytest.fixture
def kept(service: LocalService) -> dict[str, Any]:
    update = service.client.boto3_client.meta.service_model.operation_model("UpdateMicrovmImage")
    assert update.input_shape is not None
    if "kmsKeyIdentifier" in update.input_shape.members:
        return KEPT
    return {name: value for name, value in KEPT.items() if name != "kms_key_identifier"}


def test_changed_code_keeps_the_settings(run: Any, image: LocalImage, kept: dict[str, Any]) -> None:
    run(**kept)
    before = image.version("1.0")
    run(B)
    after = image.version("2.0")
    names = {
        *("baseImageArn", "baseImageVersion", "description", "egressNetworkConnectors", "hooks"),
        *("environmentVariables", "kmsKeyIdentifier", "resources", "buildRoleArn"),
    } & before.keys()
    assert {name: after.get(name) for name in names} == {name: before[name] for name in names}
    assert after["environmentVariables"] == {"MODE": "test"}
    assert after["hooks"]["port"] == 9000


def test_the_same_settings_build_nothing_although_the_service_fills_in_defaults(
    service: LocalService, run: Any, kept: dict[str, Any]
) -> None:
    service.controls.show_hook_timeouts()
    run(**kept)
    assert numbers(run(**kept)) == ("1.0", False, "1.0")
    assert numbers(run()) == ("1.0", False, "1.0")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("environment_variables", {"MODE": "live"}), ("environmentVariables", {"MODE": "live"})),
        (("environment_variables", {}), ("environmentVariables", None)),
        (("environment_variables", None), ("environmentVariables", None)),
        (("hooks", None), ("hooks", None)),
        (("description", "second"), ("description", "second")),
        (
            ("resources", [Resources(minimum_memory_in_mib=512)]),
            ("resources", [{"minimumMemoryInMiB": 512}]),
        ),
        (("logging", LoggingDisabled()), ("logging", {"disabled": {}})),
    ],
)
def test_named_setting_is_changed(
    change: Any, expected: Any, run: Any, image: LocalImage, kept: Any
) -> None:
    run(**kept)
    name, value = expected
    assert numbers(run(**dict([change]))) == ("2.0", True, "2.0")
    assert (image.version("2.0").get(name) or None) == value
    assert numbers(run(**dict([change]))) == ("2.0", False, "2.0")


def test_none_builds_each_time_for_what_the_service_fills_in(run: Any) -> None:
    run()
    assert numbers(run(resources=None)) == ("2.0", True, "2.0")
    assert numbers(run(resources=None)) == ("3.0", True, "3.0")


def test_settings_of_another_version(run: Any, image: LocalImage) -> None:
    run(environment_variables={"MODE": "one"})
    run(B, environment_variables={"MODE": "two"})
    assert numbers(run(B, settings_of="1")) == ("3.0", True, "3.0")
    assert image.version("3.0")["environmentVariables"] == {"MODE": "one"}
    assert numbers(run(B, settings_of="1.0")) == ("3.0", False, "3.0")
    assert numbers(run(B, settings_of="2.0")) == ("4.0", True, "4.0")


def test_settings_of_a_version_that_does_not_exist(run: Any) -> None:
    run()
    with pytest.raises(ServiceError) as caught:
        run(B, settings_of="7.0")
    assert caught.value.kind is ErrorKind.NOT_FOUND


OUTPUT = "Step 2/3 : RUN pip install nope\nERROR: no matching distribution"


def test_failed_build_has_reasons_and_log(
    service: LocalService, run: Any, logs: Any, image: LocalImage
) -> None:
    run()
    service.controls.fail_next_build(output=OUTPUT)
    with pytest.raises(BuildError) as caught:
        run(B)
    error = caught.value
    assert error.reasons == ("The container image build failed.",)
    assert error.log_group == "/aws/lambda-microvms/web"
    assert build_log(logs, error)[-2:] == tuple(OUTPUT.splitlines())
    assert build_log(logs, error, lines=1) == ("ERROR: no matching distribution",)
    assert image.current() == "1.0"
    assert numbers(run(B)) == ("3.0", True, "3.0")


def test_image_whose_builds_all_failed_needs_settings_of(service: LocalService, run: Any) -> None:
    service.controls.fail_next_build()
    with pytest.raises(BuildError):
        run(description="first")
    with pytest.raises(NoCurrentVersionError) as caught:
        run()
    assert [version.image_version for version in caught.value.versions] == ["1.0"]
    repaired = run(settings_of="1.0")
    assert numbers(repaired) == ("2.0", True, "2.0")
    assert repaired.image_version.description == "first"


def test_new_image_needs_a_build_role(service: LocalService) -> None:
    with pytest.raises(ValueError, match="build_role_arn is needed"):
        deploy(service.client, name="web", code_artifact=A)
    assert service.boto3.list_microvm_images()["items"] == []


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
    run()
    service.controls.set_lag("ListMicrovmImageVersions", seconds=1)
    assert numbers(run(B)) == ("2.0", True, "2.0")


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


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"client": "client"}, TypeError, "client must be a MicroVMClient"),
        ({"name": ARN}, ValueError, "name must be 1 to 64 letters"),
        ({"code_artifact": A.uri}, TypeError, "code_artifact must be a CodeArtifactUri, got str"),
        ({"settings_of": 1.1}, TypeError, "settings_of must be a string"),
        ({"settings_of": "newest"}, ValueError, "settings_of must have the form"),
        ({"timeout": -1}, ValueError, "timeout must be 0 seconds or more"),
        ({"poll_interval": 0}, ValueError, "poll_interval must be more than 0"),
        ({"on_poll": 3}, TypeError, "on_poll must be a function"),
        ({"enviroment_variables": {}}, TypeError, "enviroment_variables is not a setting"),
        ({"tags": {}}, TypeError, "tags is not a setting"),
        ({"build_role_arn": None}, TypeError, "leave it out to keep the one"),
        ({"build_role_arn": "build"}, ValueError, "build_role_arn must be an ARN, .*got 'build'"),
        ({"base_image_arn": "al2023-1"}, ValueError, "base_image_arn must be an ARN, .*al2023-1"),
    ],
)
def test_arguments_are_checked(
    options: dict[str, Any], error: Any, text: str, service: LocalService
) -> None:
    arguments = {"client": service.client, "name": "web", "code_artifact": A, **options}
    with pytest.raises(error, match=text):
        deploy(arguments.pop("client"), **arguments)


@pytest.mark.parametrize("misspelled", ["enviroment_variables", "environment_variables"])
def test_traceback_of_pytest_shows_no_secret(misspelled: str, service: LocalService) -> None:
    secrets: Any = {misspelled: {"KEY": "not to be shown"}}
    with pytest.raises((TypeError, ValueError)) as caught:
        deploy(service.client, name="web", code_artifact=A, **secrets)
    # By default, pytest shows the arguments of the last frame.
    assert "not to be shown" not in str(caught.traceback[-1].frame.f_locals)


def test_settings_to_change_are_the_settings_of_an_image() -> None:
    of_image = dict(ImageSettings.__annotations__)
    del of_image["code_artifact"]
    names = ImageSettings.__required_keys__ | ImageSettings.__optional_keys__
    assert SettingsToChange.__required_keys__ == frozenset()
    assert SettingsToChange.__optional_keys__ == names - {"code_artifact"}
    optional = {name: str(of_image[name]) for name in ImageSettings.__optional_keys__}
    changes = SettingsToChange.__annotations__
    assert {name: str(changes[name]) for name in optional} == optional
