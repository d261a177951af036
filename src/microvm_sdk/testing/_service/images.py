"""Images and their versions: what they are made of, and the changes they go through."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from microvm_sdk.testing._service.builds import SNAPSHOT_SIZES
from microvm_sdk.testing._service.lifecycle import BUILDS, DELETIONS, Lifecycle

if TYPE_CHECKING:
    from datetime import datetime

    from microvm_sdk.testing._service.builds import Build

DEFAULT_RESOURCES = [{"minimumMemoryInMiB": 2048}]
# What a version is made of, in the request's and the answers' names.
INGREDIENTS = (
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


@dataclass
class Version:
    """A version of an image, and its builds."""

    number: int
    ingredients: dict[str, Any]
    builds: list[Build]
    created_at: datetime
    updated_at: datetime
    life: Lifecycle
    failure: str | None = None
    active: bool = False

    @property
    def name(self) -> str:
        """The version as callers write it, such as `3.0`."""
        return f"{self.number}.0"

    @property
    def state(self) -> str:
        """The version's state."""
        return self.life.state

    @property
    def build_state(self) -> str:
        """The state of its builds, which stays when the version is deleted."""
        if self.life.model_name == BUILDS:
            return self.state
        return "FAILED" if self.failure else "SUCCESSFUL"

    @property
    def launchable(self) -> bool:
        """Whether a MicroVM can be run from it."""
        return self.active and self.state == "SUCCESSFUL"

    def answer(self, image_arn: str, *, with_environment: bool = True) -> dict[str, Any]:
        """Give what the service tells of a version.

        Args:
            image_arn: The image's ARN.
            with_environment: Whether the environment variables are told; lists leave them out.

        Returns:
            The answer.
        """
        answer = {name: self.ingredients.get(name) for name in INGREDIENTS}
        if not with_environment:
            answer["environmentVariables"] = None
        return answer | {
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

    def build_answers(self, image_arn: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        """Give what a list shows of its builds, those that the filters let through."""
        return [
            build.summary(image_arn, self.name, self.build_state, self._reason())
            for build in self.builds
            if build.matches(values)
        ]

    def build_answer(self, image_arn: str, build_id: str) -> dict[str, Any] | None:
        """Give what the service tells of one of its builds, `None` where it has no such build."""
        sizes = dict(SNAPSHOT_SIZES) if self.build_state == "SUCCESSFUL" else None
        for answer in self.build_answers(image_arn, {}):
            if answer["buildId"] == build_id:
                return answer | {"snapshotBuild": sizes}
        return None

    def _reason(self) -> str | None:
        return self.failure if self.build_state == "FAILED" else None


@dataclass
class Image:
    """An image, its versions, and the one change that it is going through, if any."""

    arn: str
    name: str
    position: int
    created_at: datetime
    updated_at: datetime
    tags: dict[str, str]
    settled_state: str = "CREATING"
    versions: dict[str, Version] = field(default_factory=dict[str, Version])
    versions_made: int = 0
    changing: Version | None = None
    deletion: Lifecycle | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def state(self) -> str:
        """The image's state."""
        if self.deletion is not None:
            return self.deletion.state
        if self.changing is None:
            return self.settled_state
        return "CREATING" if self.settled_state == "CREATING" else "UPDATING"

    @property
    def busy(self) -> bool:
        """Whether a change is under way."""
        return self.changing is not None or self.deletion is not None

    @property
    def latest_active(self) -> Version | None:
        """The version that MicroVMs are run from where none is named."""
        return max(
            (version for version in self.versions.values() if version.launchable),
            key=lambda version: version.number,
            default=None,
        )

    def look(self, now: datetime) -> None:
        """Count a look from outside, for those who let states change after so many looks."""
        life = self.deletion or (self.changing.life if self.changing else None)
        if life is not None:
            life.advance()
            self.settle(now)

    def settle(self, now: datetime) -> None:
        """Let the change under way progress, and take over what it has come to at its end."""
        if self.deletion is not None:
            self.deletion.progress()
        version = self.changing
        if version is None:
            return
        version.life.progress()
        if not version.life.ended:
            return
        self.changing = None
        self.updated_at = now
        if version.life.model_name == DELETIONS:
            del self.versions[version.name]
            self.settled_state = "UPDATED"
            return
        version.updated_at = now
        version.active = version.failure is None
        verb = "CREATE" if self.settled_state == "CREATING" else "UPDATE"
        self.settled_state = f"{verb}_FAILED" if version.failure else f"{verb}D"

    def start_version(self, version: Version) -> None:
        """Take a new version in, whose build begins."""
        self.versions[version.name] = version
        self.versions_made = version.number
        self.changing = version
        self.updated_at = version.created_at

    def start_version_deletion(self, version: Version) -> None:
        """Begin to delete a version."""
        version.life = Lifecycle(DELETIONS, "DELETING", "DELETED")
        self.changing = version

    def start_deletion(self) -> None:
        """Begin to delete the image."""
        self.deletion = Lifecycle(DELETIONS, "DELETING", "DELETED")

    def summary(self) -> dict[str, Any]:
        """Give what a list shows of it."""
        failed = [version.number for version in self.versions.values() if version.state == "FAILED"]
        active = self.latest_active
        return {
            "createdAt": self.created_at,
            "id": self.id,
            "imageArn": self.arn,
            "latestActiveImageVersion": active.name if active else None,
            "latestFailedImageVersion": f"{max(failed)}.0" if failed else None,
            "name": self.name,
            "state": self.state,
        }

    def answer(self) -> dict[str, Any]:
        """Give what the service tells of an image."""
        return self.summary() | {"tags": dict(self.tags), "updatedAt": self.updated_at}

    def answer_with(self, version: Version) -> dict[str, Any]:
        """Give the answer to a change that makes a version."""
        return self.summary() | {
            **{name: version.ingredients.get(name) for name in INGREDIENTS},
            "buildPhaseOverrides": None,
            "imageVersion": version.name,
            "roleConfiguration": None,
            "updatedAt": self.updated_at,
        }
