"""The settings that a deployment changes, and whether a version has them already."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NoReturn

from pydantic import BaseModel, SecretStr

# Before Python 3.12, pydantic accepts no other `TypedDict` in a model.
from typing_extensions import NotRequired, TypedDict

from microvm_sdk._arguments import refuse
from microvm_sdk.models import (
    Capability,
    CpuConfiguration,
    Hooks,
    Logging,
    Resources,
    UnknownValue,
)
from microvm_sdk.settings import ImageSettings


class SettingsToChange(TypedDict, closed=True):
    """The settings of an image that `deploy` changes: those of `ImageSettings`, all optional.

    The code artifact is an argument of its own. Settings that are missing stay as they are, a
    setting that is present replaces the whole value, and `None` resets it.
    """

    base_image_arn: NotRequired[str]
    """ARN of the managed image to build on; of a new image, by default `al2023-1`."""
    build_role_arn: NotRequired[str]
    """ARN of the IAM role that the build runs under. A new image needs it."""
    base_image_version: NotRequired[str | None]
    """Version of the base image, such as `1`; `None` for the newest."""
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


# Settings that every update needs, so they cannot be reset, each with an example.
_REQUIRED = {
    "base_image_arn": "arn:aws:lambda:eu-west-1:aws:microvm-image:al2023-1",
    "build_role_arn": "arn:aws:iam::123456789012:role/build",
}


def check_changes(changes: Mapping[str, Any]) -> None:
    """Refuse what is not in `SettingsToChange`.

    Args:
        changes: The keyword arguments of `deploy`.

    Raises:
        TypeError: A name is unknown, or a setting that cannot be reset is `None`.
        ValueError: The base image or the build role is given by its name.
    """
    known = SettingsToChange.__required_keys__ | SettingsToChange.__optional_keys__
    for name, value in changes.items():
        if name not in known:
            _refuse_name(name, known)
        if name in _REQUIRED and value is None:
            refuse(name, "a string", value, "leave it out to keep the one that the image has")
        if name in _REQUIRED and isinstance(value, str) and not value.startswith("arn:"):
            msg = f"{name} must be an ARN, such as {_REQUIRED[name]}, got {value!r}"
            raise ValueError(msg)


# A function of its own: pytest shows the arguments of the last frame, and values may be secret.
def _refuse_name(name: str, known: Iterable[str]) -> NoReturn:
    msg = f"{name} is not a setting of an image; they are {', '.join(sorted(known))}"
    raise TypeError(msg)


def has_settings(version: ImageSettings, wanted: Mapping[str, Any]) -> bool:
    """Return whether a version has certain settings.

    Args:
        version: The settings of the version.
        wanted: The settings to look for; `None` stands for a missing one. Members that are missing
            in a nested model are not compared, because the service fills them in.
    """
    return all(_has(version.get(name), value) for name, value in wanted.items())


def _has(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, BaseModel):
        return isinstance(found, type(wanted)) and all(
            _has(getattr(found, name), value) for name, value in wanted if value is not None
        )
    if isinstance(wanted, SecretStr) or isinstance(found, SecretStr):
        return bool(_plain(found) == _plain(wanted))
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and (
            found.keys() == wanted.keys() and all(_has(found[key], wanted[key]) for key in wanted)
        )
    if isinstance(wanted, Iterable) and not isinstance(wanted, str):
        items = list(wanted)
        return (
            isinstance(found, Sequence)
            and len(found) == len(items)
            and all(map(_has, found, items))
        )
    return bool(found == wanted)


def _plain(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
