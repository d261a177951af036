"""Versions of an image: what is rolled out, rolled back and pruned."""

from collections.abc import Mapping

from pydantic import AwareDatetime

from microvm_sdk.models._enums import OpenEnum, UnknownValue
from microvm_sdk.models._outcomes import Outcome
from microvm_sdk.models._results import Result
from microvm_sdk.models.version_settings import VersionSettings


class ImageVersionState(OpenEnum):
    """How far a version has been built, or deleted."""

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
    """It is gone."""
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
    """It is blocked for new MicroVMs and kept for rollback. Running ones are left alone."""


class ImageVersion(VersionSettings, frozen=True):
    """A version of an image: the settings it was built with, how far it is, and its status."""

    image_arn: str
    """ARN of the image, which is its identifier in every call."""
    image_version: str
    """The version's number, such as `3.0`."""
    state: ImageVersionState | UnknownValue
    """How far the version has been built, or deleted."""
    status: ImageVersionStatus | UnknownValue
    """Whether MicroVMs may be started from it."""
    created_at: AwareDatetime
    """When the version was created."""
    updated_at: AwareDatetime | None = None
    """When the version was last changed."""
    state_reason: str | None = None
    """Why the version is in its state. Often absent: a failure's reasons are on the builds."""
    tags: Mapping[str, str] | None = None
    """Tags of the version."""


class ImageVersionDeletion(Result, frozen=True):
    """A version whose deletion has begun."""

    image_identifier: str
    """ARN of the image."""
    image_version: str
    """The version's number."""
    state: ImageVersionState | UnknownValue
    """How far the deletion is: at first `DELETING`."""
