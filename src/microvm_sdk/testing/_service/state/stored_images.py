"""Images, and the changes that they go through."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from microvm_sdk.testing._conditions import conditions
from microvm_sdk.testing._service.http import refusals
from microvm_sdk.testing._service.state.stored_versions import Version, canonical_name
from microvm_sdk.testing._service.state.transitions import BUILDS, DELETIONS, Lifecycle


@dataclass
class Image:
    """An image, its versions, and the one change that is in progress, if any."""

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
        """Whether a change is in progress."""
        return self.changing is not None or self.deletion is not None

    @property
    def building(self) -> bool:
        """Whether a version is being built."""
        return self.changing is not None and self.changing.lifecycle.model_name == BUILDS

    @property
    def latest_active_name(self) -> str | None:
        """The `latestActiveImageVersion`."""
        if conditions.settings.latest_active_version_held:
            built = [each.number for each in self.versions.values() if each.state == "SUCCESSFUL"]
            return f"{max(built)}.0" if built else None
        return self.latest_active.name if self.latest_active else None

    @property
    def latest_active(self) -> Version | None:
        """The version from which MicroVMs are run if the request names none."""
        return max(
            (version for version in self.versions.values() if version.can_start_microvms),
            key=lambda version: version.number,
            default=None,
        )

    def find_version(self, name: str) -> Version | None:
        """Return a version by its name, `None` when there is none; `1` means `1.0`."""
        return self.versions.get(canonical_name(name))

    def poll(self, now: datetime) -> None:
        """Count a poll, for states that change after a number of polls, and settle."""
        lifecycle = self.deletion or (self.changing.lifecycle if self.changing else None)
        if lifecycle is not None:
            lifecycle.advance()
            self.settle(now)

    def settle(self, now: datetime) -> None:
        """Advance the change in progress, and apply its result when it ends."""
        if self.deletion is not None:
            self.deletion.progress()
        version = self.changing
        if version is None:
            return
        version.lifecycle.progress()
        if not version.lifecycle.ended:
            return
        self.changing = None
        self.updated_at = now
        if version.lifecycle.model_name == DELETIONS:
            del self.versions[version.name]
            self.settled_state = "UPDATED"
            return
        # Not `now`: a read that lags notices the end later, and must return the same time.
        version.updated_at = version.lifecycle.entered_at
        version.active = version.failure is None
        version.log.write(version.failure, version.updated_at)
        verb = "CREATE" if self.settled_state == "CREATING" else "UPDATE"
        self.settled_state = f"{verb}_FAILED" if version.failure else f"{verb}D"

    def require_idle(self) -> None:
        """Require that no change is in progress.

        Raises:
            ErrorResponse: One is.
        """
        if self.busy:
            raise refusals.image_busy(self.state)

    def start_version(self, version: Version) -> None:
        """Add a new version, whose build starts."""
        self.versions[version.name] = version
        self.versions_made = version.number
        self.changing = version
        self.updated_at = version.created_at

    def start_version_deletion(self, version: Version) -> None:
        """Start to delete a version."""
        version.lifecycle = Lifecycle(DELETIONS, "DELETING", "DELETED")
        self.changing = version

    def start_deletion(self) -> None:
        """Start to delete the image."""
        self.deletion = Lifecycle(DELETIONS, "DELETING", "DELETED")

    def to_summary(self) -> dict[str, Any]:
        """Return the image as an item of a list."""
        failed = [version.number for version in self.versions.values() if version.state == "FAILED"]
        return {
            "createdAt": self.created_at,
            "id": self.id,
            "imageArn": self.arn,
            "latestActiveImageVersion": self.latest_active_name,
            "latestFailedImageVersion": f"{max(failed)}.0" if failed else None,
            "name": self.name,
            "state": self.state,
        }

    def to_response(self) -> dict[str, Any]:
        """Return the image as the service returns it."""
        return self.to_summary() | {"tags": dict(self.tags), "updatedAt": self.updated_at}

    def to_response_with(self, version: Version) -> dict[str, Any]:
        """Return the response to a request that creates a version."""
        return self.to_summary() | {
            **version.shown_settings(),
            "buildPhaseOverrides": None,
            "imageVersion": version.name,
            "roleConfiguration": None,
            "updatedAt": self.updated_at,
        }
