"""Builds: one for each kind of processor that a version is for."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

PROCESSORS = {
    "ARM_64": (("GRAVITON", "4"), ("GRAVITON", "3")),
    "X86_64": (("INTEL", "4"),),
}
DEFAULT_ARCHITECTURE = "ARM_64"
SNAPSHOT_SIZES = {
    "codeInstallSizeInBytes": 186_400_768,
    "diskSnapshotSizeInBytes": 25_600_000,
    "memorySnapshotSizeInBytes": 609_087_488,
}
REASON_IN_URI = re.compile(r"/fail/([A-Za-z0-9_]+)(?:/|$)")


@dataclass
class Build:
    """A build, in the state that its version is in."""

    architecture: str
    chipset: str
    generation: str
    created_at: datetime
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def summary(
        self, image_arn: str, version: str, state: str, reason: str | None
    ) -> dict[str, Any]:
        """Give what a list shows of it."""
        return {
            "architecture": self.architecture,
            "buildId": self.id,
            "buildState": state,
            "chipset": self.chipset,
            "chipsetGeneration": self.generation,
            "createdAt": self.created_at,
            "imageArn": image_arn,
            "imageVersion": version,
            "stateReason": reason,
            "terminationReasonCode": None,
        }

    def matches(self, values: dict[str, Any]) -> bool:
        """Whether the filters of a list let it through."""
        filters = {
            "architecture": self.architecture,
            "chipset": self.chipset,
            "chipsetGeneration": self.generation,
        }
        return all(values.get(name, its_own) == its_own for name, its_own in filters.items())


def start_builds(cpu_configurations: list[dict[str, str]] | None, now: datetime) -> list[Build]:
    """Start the builds of a version.

    Args:
        cpu_configurations: The architectures that the version is for.
        now: The time.

    Returns:
        The builds.
    """
    wanted = [each["architecture"] for each in cpu_configurations or ()] or [DEFAULT_ARCHITECTURE]
    return [
        Build(architecture, chipset, generation, now)
        for architecture in dict.fromkeys(wanted)
        for chipset, generation in PROCESSORS.get(architecture, ())
    ]


def reason_in_uri(uri: str) -> str | None:
    """Find the failure that a code artifact asks for.

    Args:
        uri: The artifact's URI.

    Returns:
        The part after a `fail/` in its path: `s3://bucket/fail/S3_NO_SUCH_KEY/code.zip` asks for
        `S3_NO_SUCH_KEY`.
    """
    match = REASON_IN_URI.search(uri)
    return match[1] if match else None
