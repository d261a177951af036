"""The managed images of AWS, on which images are built."""

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any


@dataclass(frozen=True)
class ManagedVersion:
    """A version of a managed image."""

    name: str
    created_at: datetime


# Newest first, as they are listed.
MANAGED_IMAGES = {
    "al2023-1": (
        ManagedVersion("1", datetime(2026, 7, 21, tzinfo=timezone.utc)),
        ManagedVersion("0", datetime(2026, 6, 17, tzinfo=timezone.utc)),
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
        "status": "AVAILABLE",
        "updatedAt": version.created_at,
    }
