"""The managed images of AWS, on which images are built."""

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any


@dataclass(frozen=True)
class ManagedVersion:
    """A version of a managed image."""

    name: str
    created_at: datetime
    architectures: tuple[str, ...]
    status: str = "AVAILABLE"


# Newest first, as they are listed. That version 1 supports X86_64 is not measured: only botocore's
# model has that architecture.
MANAGED_IMAGES = {
    "al2023-1": (
        ManagedVersion("1", datetime(2026, 7, 21, tzinfo=timezone.utc), ("ARM_64", "X86_64")),
        ManagedVersion("0", datetime(2026, 6, 17, tzinfo=timezone.utc), ("ARM_64",)),
    ),
}


def image_summary(arn: str, versions: tuple[ManagedVersion, ...]) -> dict[str, Any]:
    """Return a managed image as an item of a list."""
    return {
        "createdAt": versions[-1].created_at,
        "imageArn": arn,
        "updatedAt": versions[0].created_at,
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
