"""Settings of an image: read them from a version, change some, and update the image with them.

An update replaces all settings of an image, and resets those that it omits:

    settings = image_settings(client, image_identifier=image)
    settings["code_artifact"] = CodeArtifactUri(uri="s3://artifacts/web-2.zip")
    client.update_microvm_image(image_identifier=image, **settings)
"""

import json
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import botocore
from botocore.model import ListShape, Shape, StructureShape
from pydantic import SecretStr
from pydantic.alias_generators import to_camel

# Python before 3.12: a pydantic model with a field of this type needs the `TypedDict` from here.
from typing_extensions import NotRequired, TypedDict

from microvm_sdk._arguments import check_client, check_image_arn, refuse
from microvm_sdk._image_versions import current_of, list_versions
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import MicroVMError, NoCurrentVersionError
from microvm_sdk.models import (
    Capability,
    CodeArtifact,
    CpuConfiguration,
    Hooks,
    ImageVersion,
    Logging,
    Resources,
    UnknownMember,
    UnknownValue,
)

__all__ = ["ImageSettings", "SettingChange", "diff_settings", "image_settings"]

_ENVIRONMENT = "environment_variables"
_RESOLVED_VERSION = re.compile(r"([0-9]+)\.[0-9]+")


class ImageSettings(TypedDict, closed=True):
    """The settings that `create_microvm_image` and `update_microvm_image` share.

    `client_token` is not one of them, because it belongs to a call. Keys that are missing or `None`
    are not sent.
    """

    base_image_arn: str
    """ARN of the managed image to build on."""
    build_role_arn: str
    """ARN of the IAM role that the build runs under."""
    code_artifact: CodeArtifact
    """Where the code comes from."""
    base_image_version: NotRequired[str | None]
    """Version of the base image, such as `1`; if missing, the newest."""
    description: NotRequired[str | None]
    """Description of the version."""
    logging: NotRequired[Logging | None]
    """Where the logs of the build go."""
    egress_network_connectors: NotRequired[Sequence[str] | None]
    """ARNs of network connectors for outgoing traffic: at most one."""
    cpu_configurations: NotRequired[Sequence[CpuConfiguration] | None]
    """The kinds of CPU to build for."""
    resources: NotRequired[Sequence[Resources] | None]
    """Memory of a MicroVM: at most one item."""
    additional_os_capabilities: NotRequired[
        Sequence[Capability | Literal["ALL"] | UnknownValue] | None
    ]
    """Operating system capabilities beyond the default ones."""
    hooks: NotRequired[Hooks | None]
    """Lifecycle hooks of the build and of the MicroVMs."""
    environment_variables: NotRequired[Mapping[str, str | SecretStr] | None]
    """Environment variables of the software in the MicroVM."""
    kms_key_identifier: NotRequired[str | None]
    """ARN of the KMS key or alias that encrypts the version. Requires botocore 1.44.8."""


@dataclass(frozen=True)
class SettingChange:
    """A setting that differs between two sets of settings."""

    member: str
    """The setting's key in `ImageSettings`."""
    before: object
    """The setting before; `None` if it was missing.

    Of environment variables, the names of those that were changed or removed.
    """
    after: object
    """The setting after; `None` if it is missing.

    Of environment variables, the names of those that were changed or added.
    """


def image_settings(
    client: MicroVMClient, *, image_identifier: str, image_version: str | None = None
) -> ImageSettings:
    """Read the settings of a version, in a form that an update or a new image accepts.

    The values of environment variables are included. `base_image_version` is the version that the
    service chose, so an update with these settings stays on it. To build on the newest one,
    `del settings["base_image_version"]`. `description` is copied, too.

    Args:
        client: The client.
        image_identifier: ARN of the image, 1 to 256 characters.
        image_version: Number of the version, such as `3.0`. If omitted, the current one, as
            `microvm_sdk.images.current_version` finds it.

    Returns:
        The settings. They are a new dictionary; change it as you like.

    Raises:
        NoCurrentVersionError: No version was named, and none can start MicroVMs.
        MicroVMError: The version has a setting that cannot be sent back.
        ServiceError: The service returned an error.
        ResponseValidationError: The service's response does not match the model.
        TypeError: The client is not a `MicroVMClient`, or the identifier is not a string.
        ValueError: The identifier is not an ARN.
        botocore.exceptions.ParamValidationError: An argument cannot be sent.

    Warns:
        UserWarning: The version has a setting that the service accepts and this SDK does not know,
            so that an update with the returned settings would reset it.
    """
    check_client(client)
    check_image_arn("image_identifier", image_identifier)
    if image_version is None:
        image_version = _current_version(client, image_identifier)
    version = client.get_microvm_image_version(
        image_identifier=image_identifier, image_version=image_version
    )
    service = client.boto3_client.meta.service_model
    shape = cast("StructureShape", service.operation_model("UpdateMicrovmImage").input_shape)
    settings = {name: value for name, value in _settings_of(version) if value is not None}
    _require_sendable(version, settings, shape)
    unknown = sorted(_unknown_members(version, shape))
    if unknown:
        warnings.warn(
            f"version {version.image_version} of {version.image_arn} has settings that this "
            f"version of microvm-sdk does not know: {', '.join(unknown)}. An update with the "
            "returned settings resets them. Upgrade microvm-sdk, or send them with client.call.",
            stacklevel=2,
        )
    return cast("ImageSettings", settings)


def diff_settings(
    before: ImageSettings, after: ImageSettings, *, ignore_missing: bool = False
) -> tuple[SettingChange, ...]:
    """Compare two sets of settings.

    Args:
        before: The settings before.
        after: The settings after.
        ignore_missing: Whether to compare only the keys that `after` has. The service fills in
            defaults, such as the version of the base image, so what a program declares always
            differs from what the service returns.

    Returns:
        The settings that differ, in the order of `ImageSettings`. Environment variables are one
        change, which contains their names and never their values.

    Raises:
        TypeError: An argument is not a dictionary.
    """
    _check_settings("before", before)
    _check_settings("after", after)
    changes: list[SettingChange] = []
    old, new = dict(before), dict(after)
    for name in _keys():
        if ignore_missing and name not in new:
            continue
        value_before, value_after = old.get(name), new.get(name)
        if name == _ENVIRONMENT:
            names_before = _changed_names(value_before, value_after)
            names_after = _changed_names(value_after, value_before)
            if names_before or names_after:
                changes.append(SettingChange(name, names_before, names_after))
        elif _comparable(value_before) != _comparable(value_after):
            changes.append(SettingChange(name, value_before, value_after))
    return tuple(changes)


def _check_settings(argument: str, value: object) -> None:
    if not isinstance(value, Mapping):
        refuse(argument, "an ImageSettings", value, "image_settings reads those of a version")


def _keys() -> list[str]:
    keys = ImageSettings.__required_keys__ | ImageSettings.__optional_keys__
    return [name for name in ImageVersion.model_fields if name in keys]


def _current_version(client: MicroVMClient, image_identifier: str) -> str:
    versions = list_versions(client, image_identifier)
    current = current_of(versions)
    if current is None:
        raise NoCurrentVersionError(image_identifier, versions)
    return current.image_version


def _settings_of(version: ImageVersion) -> Iterator[tuple[str, Any]]:
    for name in _keys():
        value = getattr(version, name)
        resolved = name == "base_image_version" and _RESOLVED_VERSION.fullmatch(value or "")
        # The service returns `1.0`, and accepts only `1`.
        yield name, resolved[1] if resolved else value


def _require_sendable(
    version: ImageVersion, settings: Mapping[str, Any], shape: StructureShape
) -> None:
    for name, value in settings.items():
        of_version = f"{name} of version {version.image_version} of {version.image_arn}"
        if isinstance(value, UnknownMember):
            msg = (
                f"{of_version} is the union member {value.name!r}, which this version of "
                "microvm-sdk does not know and so cannot send back"
            )
            raise MicroVMError(msg)
        if to_camel(name) not in shape.members:
            msg = (
                f"{of_version} cannot be sent back: botocore {botocore.__version__} is too old to "
                "know it. Upgrade botocore"
            )
            raise MicroVMError(msg)


def _unknown_members(version: ImageVersion, shape: StructureShape) -> Iterator[str]:
    """Yield the settings that the version has and an update accepts, but the SDK does not know."""
    try:
        response = json.loads(version.response_metadata.body or b"{}")
    except (ValueError, RecursionError):
        return
    known = version.model_dump(by_alias=True, include=set(_keys()))
    yield from _missing(shape, response, known)


def _missing(shape: Shape, sent: Any, known: Any) -> Iterator[str]:
    """Yield the paths of members that the service sent and the model has dropped."""
    if isinstance(shape, StructureShape) and isinstance(sent, dict) and isinstance(known, Mapping):
        for member, member_shape in shape.members.items():
            if sent.get(member) in (None, [], {}):
                continue
            if known.get(member) is None:
                yield member
            for path in _missing(member_shape, sent[member], known.get(member)):
                yield f"{member}.{path}"
    elif isinstance(shape, ListShape) and isinstance(sent, list) and isinstance(known, Sequence):
        for item, known_item in zip(sent, known, strict=False):
            yield from _missing(shape.member, item, known_item)


def _changed_names(variables: Any, others: Any) -> tuple[str, ...]:
    variables, others = _comparable(variables or {}), _comparable(others or {})
    return tuple(
        name for name in variables if name not in others or variables[name] != others[name]
    )


def _comparable(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Mapping):
        return {key: _comparable(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_comparable(item) for item in value)
    return value
