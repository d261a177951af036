"""What the service requires of an image's settings beyond its model."""

import re
from typing import Any

from microvm_sdk.testing._service.http import refusals
from microvm_sdk.testing._service.operations.arn_rules import check_connectors
from microvm_sdk.testing._service.state.managed_catalog import MANAGED_IMAGES, ManagedVersion

_MEMORY_SIZES = [512, 1024, 2048, 4096, 8192]
_LIFECYCLE_HOOKS = ("run", "resume", "suspend", "terminate")
_IMAGE_HOOKS = ("ready", "validate")
_RESERVED_VARIABLES = {"AWS_REGION"}
_CODE_URI = re.compile(r"s3://[^/]+/.+")
_MAJOR_VERSION = re.compile("[0-9]+")


def check_settings(values: dict[str, Any]) -> None:
    """Check the settings of a new version.

    Args:
        values: The input of `CreateMicrovmImage` or `UpdateMicrovmImage`.

    Raises:
        ErrorResponse: A `ValidationException`, with the real message where it is known.
    """
    uri = values["codeArtifact"]["uri"]
    if not _CODE_URI.fullmatch(uri):
        raise refusals.code_uri_invalid(uri)
    for resources in values.get("resources", ()):
        size = resources.get("minimumMemoryInMiB")
        if size is not None and size not in _MEMORY_SIZES:
            raise refusals.memory_unsupported(size, values["baseImageArn"], _MEMORY_SIZES)
    for variable in sorted(_RESERVED_VARIABLES & values.get("environmentVariables", {}).keys()):
        raise refusals.variable_reserved(variable)
    _check_hooks(values.get("hooks", {}))
    check_connectors(values.get("egressNetworkConnectors", []))


def base_version(values: dict[str, Any], managed_arn: str) -> str:
    """Return the version of the base image, as responses show it.

    Args:
        values: The input of `CreateMicrovmImage` or `UpdateMicrovmImage`.
        managed_arn: The beginning of the ARNs of managed images in the region.

    Returns:
        The version, such as `1.0`; requests name it as `1`, and the newest one is the default.

    Raises:
        ErrorResponse: A `ValidationException`: there is no such base image or version.
    """
    arn, requested = values["baseImageArn"], values.get("baseImageVersion")
    if requested is not None and not _MAJOR_VERSION.fullmatch(requested):
        raise refusals.base_version_invalid(requested)
    versions: tuple[ManagedVersion, ...] = ()
    if arn.startswith(managed_arn):
        versions = MANAGED_IMAGES.get(arn.removeprefix(managed_arn), ())
    for version in versions:
        if requested in {None, version.name}:
            return f"{version.name}.0"
    raise refusals.base_image_not_found(
        arn if requested is None else f"{arn} and version {requested}"
    )


def _check_hooks(hooks: dict[str, Any]) -> None:
    lifecycle, image = hooks.get("microvmHooks", {}), hooks.get("microvmImageHooks", {})
    runtime = [hook for hook in _LIFECYCLE_HOOKS if lifecycle.get(hook) == "ENABLED"]
    enabled = runtime + [hook for hook in _IMAGE_HOOKS if image.get(hook) == "ENABLED"]
    if runtime and "ready" not in enabled:
        raise refusals.ready_hook_required()
    if enabled and "port" not in hooks:
        raise refusals.hook_port_required()
