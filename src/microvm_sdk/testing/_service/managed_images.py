"""The managed images of AWS, on which images are built."""

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any


@dataclass(frozen=True)
class ManagedVersion:
    """A version of a managed image."""

    name: str
    status: str
    architectures: tuple[str, ...]
    created_at: datetime


MANAGED_IMAGES = {
    "al2023-1": (
        ManagedVersion(
            "1.0", "AVAILABLE", ("ARM_64", "X86_64"), datetime(2026, 6, 22, tzinfo=timezone.utc)
        ),
    ),
    "al2023-0": (
        ManagedVersion("1.0", "DEPRECATED", ("ARM_64",), datetime(2026, 3, 2, tzinfo=timezone.utc)),
        ManagedVersion("2.0", "AVAILABLE", ("ARM_64",), datetime(2026, 4, 13, tzinfo=timezone.utc)),
    ),
}
DEFAULT_VERSION = "1.0"


def image_summary(arn: str, versions: tuple[ManagedVersion, ...]) -> dict[str, Any]:
    """Return a managed image as an item of a list."""
    return {
        "createdAt": versions[0].created_at,
        "imageArn": arn,
        "updatedAt": versions[-1].created_at,
    }


def version_summary(arn: str, version: ManagedVersion) -> dict[str, Any]:
    """Return a version of a managed image as an item of a list."""
    return {
        "createdAt": version.created_at,
        "imageArn": arn,
        "imageVersion": version.name,
        "status": version.status,
        "supportedCpuConfigurations": [{"architecture": each} for each in version.architectures],
        "updatedAt": version.created_at,
    }


def newest_available(name: str) -> str:
    """Return the base version of images that name none.

    Args:
        name: The managed image's name; an unknown one is taken to have `1.0`.

    Returns:
        The version.
    """
    available = [each.name for each in MANAGED_IMAGES.get(name, ()) if each.status == "AVAILABLE"]
    return available[-1] if available else DEFAULT_VERSION
