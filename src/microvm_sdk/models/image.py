"""Images: what MicroVMs are started from. The service builds them from your code."""

from collections.abc import Mapping

from pydantic import AwareDatetime

from microvm_sdk.models._machinery.enums import OpenEnum, UnknownValue
from microvm_sdk.models._machinery.outcomes import Outcome
from microvm_sdk.models._machinery.results import Result
from microvm_sdk.models.version_settings import VersionSettings


class ImageState(OpenEnum):
    """The state of an image."""

    CREATING = "CREATING"
    """The first version is being built."""
    CREATED = "CREATED"
    """The first version was built."""
    CREATE_FAILED = "CREATE_FAILED"
    """The first version could not be built."""
    UPDATING = "UPDATING"
    """Another version is being built, or one is being deleted."""
    UPDATED = "UPDATED"
    """The last change succeeded."""
    UPDATE_FAILED = "UPDATE_FAILED"
    """The last change failed. Versions that were built before still work."""
    DELETING = "DELETING"
    """The image and all its versions are being deleted."""
    DELETE_FAILED = "DELETE_FAILED"
    """The image could not be deleted."""
    DELETED = "DELETED"
    """The image no longer exists."""


_DELETION = {ImageState.DELETING, ImageState.DELETE_FAILED, ImageState.DELETED}

IMAGE_READY = Outcome[ImageState](
    success={ImageState.CREATED, ImageState.UPDATED},
    failure={ImageState.CREATE_FAILED, ImageState.UPDATE_FAILED, *_DELETION},
)
IMAGE_SETTLED = Outcome[ImageState](
    success={
        ImageState.CREATED,
        ImageState.CREATE_FAILED,
        ImageState.UPDATED,
        ImageState.UPDATE_FAILED,
    },
    failure=_DELETION,
)
IMAGE_DELETED = Outcome[ImageState](
    success={ImageState.DELETED}, failure={ImageState.DELETE_FAILED}, gone=True
)


class ImageSummary(Result, frozen=True):
    """An image in a listing."""

    image_arn: str
    """ARN of the image, which is its identifier in every call."""
    name: str
    """Name of the image, unique in the account and region."""
    state: ImageState | UnknownValue
    """The state of the image."""
    latest_active_image_version: str | None = None
    """The version that a MicroVM is started from by default; `None` if no version is active."""
    latest_failed_image_version: str | None = None
    """The newest version with a failed build."""
    created_at: AwareDatetime
    """When the image was created."""


class Image(ImageSummary, frozen=True):
    """An image, as `get_microvm_image` returns it."""

    tags: Mapping[str, str] | None = None
    """The image's tags."""
    updated_at: AwareDatetime | None = None
    """When the image was last changed."""


class CreatedImage(VersionSettings, frozen=True):
    """A new image, with the settings of the version that is being built for it."""

    image_arn: str
    """ARN of the image, which is its identifier in every call."""
    name: str
    """Name of the image, unique in the account and region."""
    state: ImageState | UnknownValue
    """The state of the image: at first `CREATING`."""
    latest_active_image_version: str | None = None
    """The version that a MicroVM is started from by default; `None` if no version is active."""
    latest_failed_image_version: str | None = None
    """The newest version with a failed build."""
    created_at: AwareDatetime
    """When the image was created."""
    tags: Mapping[str, str] | None = None
    """The image's tags."""
    updated_at: AwareDatetime | None = None
    """When the image was last changed."""
    image_version: str
    """The version that is being built."""


class UpdatedImage(VersionSettings, frozen=True):
    """A changed image, with the settings of the version that is being built for it."""

    image_arn: str
    """ARN of the image, which is its identifier in every call."""
    name: str
    """Name of the image, unique in the account and region."""
    state: ImageState | UnknownValue
    """The state of the image: at first `UPDATING`."""
    latest_active_image_version: str | None = None
    """The version that a MicroVM is started from by default; `None` if no version is active."""
    latest_failed_image_version: str | None = None
    """The newest version with a failed build."""
    created_at: AwareDatetime
    """When the image was created."""
    updated_at: AwareDatetime
    """When the image was last changed."""
    image_version: str
    """The version that is being built."""


class ImageDeletion(Result, frozen=True):
    """An image whose deletion has begun."""

    image_identifier: str
    """ARN of the image."""
    state: ImageState | UnknownValue
    """The state of the image: at first `DELETING`."""
