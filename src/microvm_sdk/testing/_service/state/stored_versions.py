"""Versions of an image."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from microvm_sdk.testing._conditions import conditions
from microvm_sdk.testing._service.state.build_logs import BuildLog
from microvm_sdk.testing._service.state.builds import Build, snapshot_sizes
from microvm_sdk.testing._service.state.hook_calls import DEFAULT_SECONDS
from microvm_sdk.testing._service.state.transitions import BUILDS, Lifecycle

DEFAULT_RESOURCES = [{"minimumMemoryInMiB": 2048}]
# The settings of a version, by their names in requests and responses.
SETTINGS = (
    "additionalOsCapabilities",
    "baseImageArn",
    "baseImageVersion",
    "buildRoleArn",
    "codeArtifact",
    "cpuConfigurations",
    "description",
    "egressNetworkConnectors",
    "environmentVariables",
    "hooks",
    "kmsKeyIdentifier",
    "logging",
    "resources",
)


def canonical_name(name: str) -> str:
    """Return the name of a version in its full form: `1.0` for `1`."""
    return f"{int(name)}.0" if name.isascii() and name.isdigit() else name


@dataclass
class Version:
    """A version of an image, and its builds."""

    number: int
    settings: dict[str, Any]
    builds: list[Build]
    created_at: datetime
    updated_at: datetime
    lifecycle: Lifecycle
    log: BuildLog
    failure: str | None = None
    active: bool = False

    @property
    def name(self) -> str:
        """The version as in requests and responses, such as `3.0`."""
        return f"{self.number}.0"

    @property
    def state(self) -> str:
        """The version's state."""
        return self.lifecycle.state

    @property
    def build_state(self) -> str:
        """The state of its builds, which does not change when the version is deleted."""
        if self.lifecycle.model_name == BUILDS:
            return self.state
        return "FAILED" if self.failure else "SUCCESSFUL"

    @property
    def has_run_hook(self) -> bool:
        """Whether MicroVMs accept a payload for the run hook."""
        hooks = self.settings.get("hooks", {}).get("microvmHooks", {})
        return bool(hooks.get("run") == "ENABLED")

    @property
    def can_start_microvms(self) -> bool:
        """Whether MicroVMs can be run from it."""
        return self.active and self.state == "SUCCESSFUL"

    def shown_settings(self) -> dict[str, Any]:
        """Return the settings as members of a response."""
        shown = {name: self.settings.get(name) for name in SETTINGS}
        if shown["hooks"] is not None and conditions.settings.hook_timeouts_shown:
            shown["hooks"] = _with_timeouts(shown["hooks"])
        return shown

    def end_build(self, failure: str | None) -> None:
        """End the build, whose hooks have been called.

        Args:
            failure: Why it fails, if it does.
        """
        self.failure = failure
        self.lifecycle.end("FAILED" if failure else "SUCCESSFUL")

    def to_response(self, image_arn: str, *, with_environment: bool = True) -> dict[str, Any]:
        """Return the version as the service returns it.

        Args:
            image_arn: The image's ARN.
            with_environment: Whether to include the environment variables; lists omit them.

        Returns:
            The response.
        """
        response = self.shown_settings()
        if not with_environment:
            response["environmentVariables"] = None
        return response | {
            "createdAt": self.created_at,
            "imageArn": image_arn,
            "imageVersion": self.name,
            "state": self.state,
            "stateReason": None,
            "status": "ACTIVE" if self.active else "INACTIVE",
            "tags": None,
            "updatedAt": self.updated_at,
            "versionStateTimeBucket": f"{self.state}#{self.created_at:%y%m%d%H}",
        }

    def build_summaries(self, image_arn: str, filters: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the builds that match the filters, as items of a list."""
        reason = self.failure if self.build_state == "FAILED" else None
        return [
            build.to_summary(image_arn, self.name, self.build_state, reason)
            for build in self.builds
            if build.matches(filters)
        ]

    def build_response(self, image_arn: str, build_id: str) -> dict[str, Any] | None:
        """Return a build as the service returns it, `None` when there is no such build."""
        sizes = snapshot_sizes(self.build_state, self.failure)
        for summary in self.build_summaries(image_arn, {}):
            if summary["buildId"] == build_id:
                return summary | {"snapshotBuild": sizes}
        return None


def _with_timeouts(hooks: dict[str, Any]) -> dict[str, Any]:
    """Return hooks with a timeout for each that is enabled."""
    filled = dict(hooks)
    for group in DEFAULT_SECONDS.keys() & hooks.keys():
        enabled = [name for name, value in hooks[group].items() if value == "ENABLED"]
        timeouts = [f"{name}TimeoutInSeconds" for name in enabled]
        filled[group] = dict.fromkeys(timeouts, DEFAULT_SECONDS[group]) | hooks[group]
    return filled
