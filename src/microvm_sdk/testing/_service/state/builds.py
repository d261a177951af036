"""Builds: one for each chip generation of the architectures of a version."""

import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from microvm_sdk.testing._service.state.hook_calls import build_hook_error, build_hook_timeout

CHIPS = {
    "ARM_64": (("GRAVITON", "4"), ("GRAVITON", "3")),
    "X86_64": (("INTEL", "4"),),
}
_DEFAULT_ARCHITECTURE = "ARM_64"
_CODE_SIZE = 186_400_768
_SNAPSHOT_SIZES = {
    "codeInstallSizeInBytes": _CODE_SIZE,
    "diskSnapshotSizeInBytes": 25_600_000,
    "memorySnapshotSizeInBytes": 609_087_488,
}
# A hook fails after the code was installed.
_CODE_SIZE_ONLY = dict.fromkeys(_SNAPSHOT_SIZES) | {"codeInstallSizeInBytes": _CODE_SIZE}
_FAILURE_IN_URI = re.compile(r"/fail/([^/]+)(?:/|$)")
# The real service's reasons, by the names with which the URI of a code artifact requests them.
FAILURES = {
    "container-build": "The container image build failed.",
    "interrupted": "Build workflow was interrupted by an exception",
    "ready-hook-client-error": build_hook_error("ready", 400),
    "ready-hook-server-error": build_hook_error("ready", 500),
    "ready-hook-timeout": build_hook_timeout("ready", "PT5M"),
    "validate-hook-timeout": build_hook_timeout("validate", "PT10M"),
}


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
        return all(values.get(name, own) == own for name, own in filters.items())


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
        for architecture in dict.fromkeys(requested or [_DEFAULT_ARCHITECTURE])
        for chipset, generation in CHIPS.get(architecture, ())
    ]


def snapshot_sizes(state: str, reason: str | None) -> dict[str, int | None] | None:
    """Return the `snapshotBuild` of a build.

    Args:
        state: The build's state.
        reason: Why it fails, if it does.

    Returns:
        All sizes of a successful build, the code's size when a hook failed, else `None`.
    """
    if state == "SUCCESSFUL":
        return dict(_SNAPSHOT_SIZES)
    if state == "FAILED" and reason is not None and failed_in_hook(reason):
        return dict(_CODE_SIZE_ONLY)
    return None


def failed_in_hook(reason: str) -> bool:
    """Whether a build fails because of a hook, after its container image was built."""
    return " hook " in reason


def failure_in_uri(uri: str) -> str | None:
    """Return the build failure that a code artifact requests.

    Args:
        uri: The artifact's URI.

    Returns:
        The reason: `s3://bucket/fail/container-build/code.zip` requests the one of that name in
        `FAILURES`; any other text after `fail/` is the reason itself, percent-decoded.
    """
    match = _FAILURE_IN_URI.search(uri)
    return FAILURES.get(match[1], unquote(match[1])) if match else None
