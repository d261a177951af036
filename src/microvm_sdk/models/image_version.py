"""Versions of an image: what is released, rolled back and pruned."""

from collections.abc import Mapping

from pydantic import AwareDatetime

from microvm_sdk.models._machinery.enums import OpenEnum, UnknownValue
from microvm_sdk.models._machinery.outcomes import Outcome
from microvm_sdk.models._machinery.results import Result
from microvm_sdk.models.version_settings import VersionSettings


class ImageVersionState(OpenEnum):
    """The progress of a version's builds, or of its deletion."""

    PENDING = "PENDING"
    """Its builds have not begun."""
    IN_PROGRESS = "IN_PROGRESS"
    """Its builds are running."""
    SUCCESSFUL = "SUCCESSFUL"
    """All its builds succeeded."""
    FAILED = "FAILED"
    """At least one of its builds failed."""
    DELETING = "DELETING"
    """It is being deleted."""
    DELETED = "DELETED"
    """It no longer exists."""
    DELETE_FAILED = "DELETE_FAILED"
    """It could not be deleted."""


IMAGE_VERSION_READY = Outcome[ImageVersionState](
    success={ImageVersionState.SUCCESSFUL},
    failure={
        ImageVersionState.FAILED,
        ImageVersionState.DELETING,
        ImageVersionState.DELETED,
        ImageVersionState.DELETE_FAILED,
    },
)
IMAGE_VERSION_DELETED = Outcome[ImageVersionState](
    success={ImageVersionState.DELETED}, failure={ImageVersionState.DELETE_FAILED}, gone=True
)


class ImageVersionStatus(OpenEnum):
    """Whether MicroVMs may be started from a version."""

    ACTIVE = "ACTIVE"
    """MicroVMs may be started from it."""
    INACTIVE = "INACTIVE"
    """No new MicroVMs may be started from it. Running ones are unaffected."""


class ImageVersion(VersionSettings, frozen=True):
    """A version of an image: its settings, the state of its builds, and its status."""

    image_arn: str
    """ARN of the image, which is its identifier in every call."""
    image_version: str
    """The version's number, such as `3.0`."""
    state: ImageVersionState | UnknownValue
    """The progress of the version's builds, or of its deletion."""
    status: ImageVersionStatus | UnknownValue
    """Whether MicroVMs may be started from it."""
    created_at: AwareDatetime
    """When the version was created."""
    updated_at: AwareDatetime | None = None
    """When the version was last changed."""
    state_reason: str | None = None
    """The reason for the state. Often missing: the reason for a failure is on the builds."""
    tags: Mapping[str, str] | None = None
    """Tags of the version."""


class ImageVersionDeletion(Result, frozen=True):
    """A version whose deletion has begun."""

    image_identifier: str
    """ARN of the image."""
    image_version: str
    """The version's number."""
    state: ImageVersionState | UnknownValue
    """The progress of the deletion: at first `DELETING`."""
