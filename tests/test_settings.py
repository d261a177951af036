"""Settings of an image, on the local service over HTTP, compared through plain boto3."""

import json
import linecache
import warnings
from typing import Any

import botocore
import pytest
from local_image import SETTINGS, LocalImage, LocalService
from loopback import Canned, Loopback
from pydantic import SecretStr, TypeAdapter
from pydantic.alias_generators import to_camel, to_snake
from service_comparison import service_model

from microvm_sdk import (
    CloudWatchLogging,
    CodeArtifactUri,
    Hooks,
    ImageVersion,
    MicroVMClient,
    MicroVMError,
    NoCurrentVersionError,
    Resources,
)
from microvm_sdk.settings import ImageSettings, SettingChange, diff_settings, image_settings

ARN = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"
KMS_KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234"
KNOWS_KMS = (
    "kmsKeyIdentifier" in service_model().operation_model("UpdateMicrovmImage").input_shape.members
)
EVERYTHING: dict[str, Any] = {
    **SETTINGS,
    "baseImageVersion": "1",
    "description": "the first release",
    "logging": {"cloudWatch": {"logGroup": "/web", "logStream": "build"}},
    "egressNetworkConnectors": [
        "arn:aws:lambda:eu-west-1:aws:network-connector:aws-network-connector:INTERNET_EGRESS"
    ],
    "cpuConfigurations": [{"architecture": "ARM_64"}],
    "resources": [{"minimumMemoryInMiB": 4096}],
    "additionalOsCapabilities": ["ALL"],
    "hooks": {
        "port": 9000,
        "microvmHooks": {"run": "ENABLED", "runTimeoutInSeconds": 5},
        "microvmImageHooks": {"ready": "ENABLED"},
    },
    "environmentVariables": {"API_KEY": "a secret", "MODE": "production"},
    **({"kmsKeyIdentifier": KMS_KEY} if KNOWS_KMS else {}),
}


def chosen(version: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a version as boto3 shows them."""
    return {name: version[name] for name in EVERYTHING if name in version}


def update_input() -> Any:
    return service_model().operation_model("UpdateMicrovmImage").input_shape.members


def test_image_settings_has_every_member_that_update_takes() -> None:
    keys = ImageSettings.__required_keys__ | ImageSettings.__optional_keys__
    members = {to_snake(name) for name in update_input()} - {"image_identifier", "client_token"}
    assert members - keys == set(), "update resets these: add them to ImageSettings"
    assert keys - members <= (set() if KNOWS_KMS else {"kms_key_identifier"})
    # They are read from a version, and have the names of its fields.
    assert keys <= set(ImageVersion.model_fields)


def test_image_settings_has_only_what_create_takes_too() -> None:
    create = service_model().operation_model("CreateMicrovmImage").input_shape.members
    keys = ImageSettings.__required_keys__ | ImageSettings.__optional_keys__
    assert {to_camel(key) for key in keys} - {"kmsKeyIdentifier"} <= set(create)


def test_the_test_covers_every_member_that_update_takes() -> None:
    assert set(EVERYTHING) == set(update_input()) - {"imageIdentifier", "clientToken"}


def test_updates_and_a_new_image_keep_every_setting_but_the_changed_one(
    service: LocalService,
) -> None:
    image = service.image(**EVERYTHING)
    settings = image_settings(service.client, image_identifier=image.arn)
    same = {**EVERYTHING, "baseImageVersion": "1.0"}
    updated = service.client.update_microvm_image(image_identifier=image.arn, **settings)
    assert updated.image_version == "2.0"
    assert chosen(image.version("2.0")) == same
    image.current()
    settings["code_artifact"] = CodeArtifactUri(uri="s3://artifacts/web-2.zip")
    service.client.update_microvm_image(image_identifier=image.arn, **settings)
    changed = {**same, "codeArtifact": {"uri": "s3://artifacts/web-2.zip"}}
    assert chosen(image.version("3.0")) == changed
    created = service.client.create_microvm_image(name="web-copy", **settings)
    assert chosen(LocalImage(service, created.image_arn).version("1.0")) == changed


def test_the_base_version_is_pinned_until_it_is_removed(service: LocalService) -> None:
    image = service.image()
    settings = image_settings(service.client, image_identifier=image.arn)
    assert settings.get("base_image_version") == "1"
    del settings["base_image_version"]
    service.client.update_microvm_image(image_identifier=image.arn, **settings)
    newest = image.version("2.0")["baseImageVersion"]
    assert newest == image.version("1.0")["baseImageVersion"]


def test_settings_that_a_version_does_not_have_are_missing(service: LocalService) -> None:
    image = service.image()
    settings = image_settings(service.client, image_identifier=image.arn)
    assert set(settings) >= {"base_image_arn", "build_role_arn", "code_artifact"}
    assert not set(settings) & {"description", "logging", "hooks", "environment_variables"}


def test_the_default_is_the_current_version_and_not_the_newest(service: LocalService) -> None:
    image = service.image(description="current")
    image.build(description="blocked")
    image.current()
    image.set_status("2.0", "INACTIVE")
    service.controls.fail_next_build("The container image build failed.")
    image.build(description="failed")
    assert image.current() == "1.0"
    current = image_settings(service.client, image_identifier=image.arn)
    assert current.get("description") == "current"
    blocked = image_settings(service.client, image_identifier=image.arn, image_version="2.0")
    assert blocked.get("description") == "blocked"


def test_no_current_version_is_an_error_that_names_the_versions(service: LocalService) -> None:
    image = service.image()
    service.controls.fail_next_build("The container image build failed.")
    image.build()
    image.current()
    image.set_status("1.0", "INACTIVE")
    with pytest.raises(NoCurrentVersionError) as caught:
        image_settings(service.client, image_identifier=image.arn)
    assert caught.value.image_arn == image.arn
    assert "1.0 (SUCCESSFUL, INACTIVE), 2.0 (FAILED, INACTIVE)" in str(caught.value)
    named = image_settings(service.client, image_identifier=image.arn, image_version="1.0")
    assert named["build_role_arn"] == SETTINGS["buildRoleArn"]


def test_settings_are_a_new_dictionary_that_a_pydantic_model_takes(service: LocalService) -> None:
    image = service.image(**EVERYTHING)
    settings = image_settings(service.client, image_identifier=image.arn)
    assert TypeAdapter(ImageSettings).validate_python(settings) == settings
    assert "a secret" not in repr(settings)


def version(**changes: Any) -> dict[str, Any]:
    return {
        **SETTINGS,
        "imageArn": ARN,
        "imageVersion": "3.0",
        "state": "SUCCESSFUL",
        "status": "ACTIVE",
        "createdAt": 1785400000.123,
        "updatedAt": 1785400000.123,
        **changes,
    }


def read(client: MicroVMClient, loopback: Loopback, **changes: Any) -> ImageSettings:
    loopback.respond_with(Canned(body=json.dumps(version(**changes)).encode()))
    return image_settings(client, image_identifier=ARN, image_version="3.0")


@pytest.mark.parametrize(
    ("shown", "accepted"), [("1.0", "1"), ("12.0", "12"), ("3", "3"), ("latest", "latest")]
)
def test_the_base_version_is_read_in_the_form_that_an_update_accepts(
    shown: str, accepted: str, client: MicroVMClient, loopback: Loopback
) -> None:
    settings = read(client, loopback, baseImageVersion=shown)
    assert settings.get("base_image_version") == accepted


@pytest.mark.parametrize("member", ["logging", "codeArtifact"])
def test_a_union_member_that_cannot_be_sent_back_is_refused(
    member: str, client: MicroVMClient, loopback: Loopback
) -> None:
    with pytest.raises(MicroVMError, match=f"{to_snake(member)} of version 3.0 .* 'x-new'"):
        read(client, loopback, **{member: {"x-new": {"stream": "a"}}})


def test_a_setting_that_botocore_is_too_old_to_send_is_refused(
    client: MicroVMClient, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = client.boto3_client.meta.service_model.operation_model("UpdateMicrovmImage").input_shape
    members = {name: each for name, each in shape.members.items() if name != "kmsKeyIdentifier"}
    monkeypatch.setitem(vars(shape), "members", members)
    assert "kms_key_identifier" not in read(client, loopback)
    with pytest.raises(MicroVMError, match=f"kms_key_identifier .* {botocore.__version__} is too"):
        read(client, loopback, kmsKeyIdentifier=KMS_KEY)


@pytest.fixture
def newer_botocore(client: MicroVMClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the update operation accept members that the SDK does not know."""
    model = client.boto3_client.meta.service_model
    update = model.operation_model("UpdateMicrovmImage").input_shape
    monkeypatch.setitem(
        vars(update), "members", {**update.members, "snapshotMode": update.members["description"]}
    )
    hooks = update.members["hooks"]
    monkeypatch.setitem(
        vars(hooks), "members", {**hooks.members, "protocol": update.members["description"]}
    )
    resources = update.members["resources"].member
    monkeypatch.setitem(
        vars(resources), "members", {**resources.members, "swap": update.members["description"]}
    )


@pytest.mark.usefixtures("newer_botocore")
def test_a_setting_that_the_sdk_does_not_know_is_named_in_a_warning(
    client: MicroVMClient, loopback: Loopback
) -> None:
    unknown = {
        "snapshotMode": "FAST",
        "hooks": {"port": 9000, "protocol": "HTTP2"},
        # In an item of a list, too.
        "resources": [{"minimumMemoryInMiB": 2048, "swap": "1 GB"}],
    }
    names = r"not know: hooks\.protocol, resources\.swap, snapshotMode\."
    with pytest.warns(UserWarning, match=names) as caught:
        read(client, loopback, **unknown)
    assert "image_settings(client" in linecache.getline(__file__, caught[0].lineno)
    assert "FAST" not in str(caught[0].message)


@pytest.mark.usefixtures("newer_botocore")
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"snapshotMode": None},
        # An update does not reset members that no update takes.
        {"versionStateTimeBucket": "SUCCESSFUL#26073006", "tags": {"team": "web"}},
        EVERYTHING,
    ],
)
def test_there_is_no_warning_if_an_update_resets_nothing(
    changes: dict[str, Any], client: MicroVMClient, loopback: Loopback
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(client, loopback, **changes)


BEFORE: ImageSettings = {
    "base_image_arn": "a",
    "build_role_arn": "r",
    "code_artifact": CodeArtifactUri(uri="s3://a/1.zip"),
    "resources": (Resources(minimum_memory_in_mib=2048),),
    "environment_variables": {"A": SecretStr("old"), "B": SecretStr("same"), "C": "gone"},
}


def test_an_argument_of_another_type_is_named(client: MicroVMClient) -> None:
    other: Any = 1
    with pytest.raises(TypeError, match=r"^before must be an ImageSettings, got int; "):
        diff_settings(other, BEFORE)
    with pytest.raises(TypeError, match=r"^after must be an ImageSettings, got int; "):
        diff_settings(BEFORE, other)
    with pytest.raises(TypeError, match=r"^image_identifier must be the ARN of an image, got int"):
        image_settings(client, image_identifier=other)


def test_equal_settings_have_no_differences() -> None:
    same: ImageSettings = {
        **BEFORE,
        "description": None,
        "resources": [Resources(minimum_memory_in_mib=2048)],
        "environment_variables": {"B": "same", "A": "old", "C": SecretStr("gone")},
    }
    assert diff_settings(BEFORE, same) == ()


@pytest.mark.parametrize(
    ("declared", "changed"),
    [
        ({}, []),
        ({"build_role_arn": "r", "resources": [Resources(minimum_memory_in_mib=2048)]}, []),
        ({"build_role_arn": "s", "description": None}, ["build_role_arn"]),
        # A key that is there is compared as a whole: `None` and a missing variable are changes.
        (
            {"resources": None, "environment_variables": {"A": "old"}},
            ["resources", "environment_variables"],
        ),
    ],
)
def test_only_what_is_declared_is_compared(declared: Any, changed: list[str]) -> None:
    found = [change.member for change in diff_settings(BEFORE, declared, ignore_missing=True)]
    assert found == changed
    assert set(found) < {change.member for change in diff_settings(BEFORE, declared)}


def test_differences_are_in_the_order_of_the_settings() -> None:
    after: ImageSettings = {
        **BEFORE,
        "code_artifact": CodeArtifactUri(uri="s3://a/2.zip"),
        "logging": CloudWatchLogging(log_group="/web"),
        "hooks": Hooks(port=1),
        "resources": None,
    }
    assert diff_settings(BEFORE, after) == (
        SettingChange(
            "code_artifact",
            CodeArtifactUri(uri="s3://a/1.zip"),
            CodeArtifactUri(uri="s3://a/2.zip"),
        ),
        SettingChange("logging", None, CloudWatchLogging(log_group="/web")),
        SettingChange("resources", (Resources(minimum_memory_in_mib=2048),), None),
        SettingChange("hooks", None, Hooks(port=1)),
    )


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ({"A": "secret-1"}, {"A": "secret-2"}, (("A",), ("A",))),
        ({"A": "secret-1"}, None, (("A",), ())),
        (None, {"A": "secret-1"}, ((), ("A",))),
        (
            {"A": "secret-1", "B": SecretStr("same"), "C": "secret-2"},
            {"A": SecretStr("secret-3"), "B": "same", "D": "secret-4"},
            (("A", "C"), ("A", "D")),
        ),
    ],
)
def test_environment_variables_are_compared_by_value_and_shown_by_name(
    before: Any, after: Any, names: Any
) -> None:
    (change,) = diff_settings(
        {**BEFORE, "environment_variables": before}, {**BEFORE, "environment_variables": after}
    )
    assert change == SettingChange("environment_variables", *names)
    assert "secret" not in repr(change)
