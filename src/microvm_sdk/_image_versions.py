"""The versions of an image: which can start MicroVMs, and which is current."""

from collections.abc import Iterable

from microvm_sdk._version_numbers import Number, version_number
from microvm_sdk.client import MicroVMClient
from microvm_sdk.models import ImageVersion, ImageVersionState, ImageVersionStatus

LARGEST_PAGE = 50


def can_start(version: ImageVersion) -> bool:
    """Return whether MicroVMs can be started from a version."""
    return (
        version.state == ImageVersionState.SUCCESSFUL
        and version.status == ImageVersionStatus.ACTIVE
    )


def list_versions(client: MicroVMClient, image_identifier: str) -> list[ImageVersion]:
    """List the versions of an image, except deleted ones."""
    versions = client.list_microvm_image_versions(
        image_identifier=image_identifier, max_results=LARGEST_PAGE
    )
    return [version for version in versions if version.state != ImageVersionState.DELETED]


def numbered(versions: Iterable[ImageVersion]) -> dict[Number, ImageVersion]:
    """Return the versions by their numbers, except those whose number has another form."""
    return {
        number: version
        for version in versions
        if (number := version_number(version.image_version)) is not None
    }


def current_of(versions: Iterable[ImageVersion]) -> ImageVersion | None:
    """Return the current version of an image: the highest that can start MicroVMs.

    Args:
        versions: The versions of the image.

    Returns:
        The version; `None` if no version can start MicroVMs.
    """
    startable = numbered(version for version in versions if can_start(version))
    return startable[max(startable)] if startable else None
