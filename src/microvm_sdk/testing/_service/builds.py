"""Builds: one for each chip generation of the architectures of a version."""

import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

CHIPS = {
    "ARM_64": (("GRAVITON", "4"), ("GRAVITON", "3")),
    "X86_64": (("INTEL", "4"),),
}
DEFAULT_ARCHITECTURE = "ARM_64"
CODE_SIZE = {
    "codeInstallSizeInBytes": 186_400_768,
    "diskSnapshotSizeInBytes": None,
    "memorySnapshotSizeInBytes": None,
}
SNAPSHOT_SIZES = {
    "codeInstallSizeInBytes": 186_400_768,
    "diskSnapshotSizeInBytes": 25_600_000,
    "memorySnapshotSizeInBytes": 609_087_488,
}
REASON_IN_URI = re.compile(r"/fail/([A-Za-z0-9_]+)(?:/|$)")


@dataclass
class Build:
    """A build; its state is that of its version."""

    architecture: str
    chipset: str
    generation: str
    created_at: datetime
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def to_summary(
        self, image_arn: str, version: str, state: str, reason: str | None
    ) -> dict[str, Any]:
        """Return the build as an item of a list."""
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
        """Whether the build matches the filters of a list request."""
        filters = {
            "architecture": self.architecture,
            "chipset": self.chipset,
            "chipsetGeneration": self.generation,
        }
        return all(values.get(name, its_own) == its_own for name, its_own in filters.items())


def start_builds(cpu_configurations: list[dict[str, str]] | None, now: datetime) -> list[Build]:
    """Start the builds of a version.

    Args:
        cpu_configurations: The version's `cpuConfigurations`.
        now: The current time.

    Returns:
        The builds.
    """
    requested = [each["architecture"] for each in cpu_configurations or ()]
    return [
        Build(architecture, chipset, generation, now)
        for architecture in dict.fromkeys(requested or [DEFAULT_ARCHITECTURE])
        for chipset, generation in CHIPS.get(architecture, ())
    ]


def failure_in_uri(uri: str) -> str | None:
    """Return the build failure that a code artifact requests.

    Args:
        uri: The artifact's URI.

    Returns:
        The part after `fail/` in its path: `s3://bucket/fail/S3_NO_SUCH_KEY/code.zip` requests
        `S3_NO_SUCH_KEY`.
    """
    match = REASON_IN_URI.search(uri)
    return match[1] if match else None
