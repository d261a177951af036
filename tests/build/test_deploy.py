"""`deploy`: what is built, with which settings; verified through plain boto3."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from deployments import ANY, ARN, A, B, numbers
from local_image import BUCKET, REGION, SETTINGS, LocalImage, LocalService, service_in_process

from microvm_sdk import (
    BuildError,
    CodeArtifactUri,
    ErrorKind,
    Hooks,
    HookState,
    ImageHooks,
    LoggingDisabled,
    NoCurrentVersionError,
    Resources,
    ServiceError,
)
from microvm_sdk.build import SettingsToChange, build_log, deploy, upload
from microvm_sdk.settings import ImageSettings


@pytest.fixture(scope="module")
def _service() -> Iterator[LocalService]:
    with service_in_process() as service:
        yield service


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
