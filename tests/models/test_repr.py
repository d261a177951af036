"""The `repr` of a model: short, and still unambiguous."""

from datetime import datetime, timezone

from pydantic import SecretStr

from microvm_sdk import (
    Architecture,
    Capability,
    CpuConfiguration,
    Hooks,
    HookState,
    Image,
    ImageState,
    MicrovmHooks,
    UnknownValue,
)
from microvm_sdk.models import AuthToken
from microvm_sdk.models.version_settings import VersionSettings


def test_fields_that_are_none_are_omitted() -> None:
    hooks = Hooks(port=9000, microvm_hooks=MicrovmHooks(run=HookState.ENABLED))
    assert repr(hooks) == "Hooks(port=9000, microvm_hooks=MicrovmHooks(run=ENABLED))"
    assert str(hooks) == "port=9000 microvm_hooks=MicrovmHooks(run=ENABLED)"
    assert repr(Hooks()) == "Hooks()"


def test_enum_values_strings_and_times_can_be_distinguished() -> None:
    image = Image(
        image_arn="arn",
        name="CREATED",
        state=ImageState.CREATED,
        created_at=datetime(2026, 9, 21, 14, 13, 20, tzinfo=timezone.utc),
        tags={},
    )
    assert repr(image) == (
        "Image(image_arn='arn', name='CREATED', state=CREATED, "
        "created_at=2026-09-21T14:13:20+00:00, tags={})"
    )
    unknown = CpuConfiguration(architecture=UnknownValue("X-PAUSED"))
    assert repr(unknown) == "CpuConfiguration(architecture=UnknownValue('X-PAUSED'))"


def test_empty_values_are_shown_and_secrets_are_not() -> None:
    settings = VersionSettings.model_validate(
        {
            "baseImageArn": "",
            "buildRoleArn": "arn",
            "codeArtifact": {"uri": "s3://a/b"},
            "cpuConfigurations": [],
            "additionalOsCapabilities": ["ALL", "NEW"],
            "environmentVariables": {"KEY": "secret"},
        }
    )
    assert repr(settings) == (
        "VersionSettings(base_image_arn='', build_role_arn='arn', "
        "code_artifact=CodeArtifactUri(uri='s3://a/b'), cpu_configurations=(), "
        "additional_os_capabilities=(ALL, UnknownValue('NEW')), "
        "environment_variables={'KEY': SecretStr('**********')})"
    )
    token = AuthToken(auth_token={"X-aws-proxy-auth": SecretStr("secret")})
    assert "secret" not in repr(token) + str(token)


def test_enum_members_alone_keep_the_repr_of_an_enum() -> None:
    assert repr(Architecture.ARM_64) == "<Architecture.ARM_64: 'ARM_64'>"
    assert repr((Capability.ALL,)) == "(<Capability.ALL: 'ALL'>,)"
