"""The version that a release is about, in the listings of the image's versions."""

from microvm_sdk._image_versions import numbered
from microvm_sdk._version_numbers import Number
from microvm_sdk.models import ImageVersion
from microvm_sdk.releases._job import Job

_LISTINGS_WITHOUT_TARGET = 3


class Target:
    """The version that a release is about."""

    def __init__(self, job: Job, number: Number) -> None:
        """Begin without a listing.

        Args:
            job: The job.
            number: Number of the version.
        """
        self._job = job
        self._number = number
        self._listings_without_it = 0

    def find(self, versions: list[ImageVersion]) -> ImageVersion | None:
        """Find it in a listing.

        Args:
            versions: The versions of the image.

        Returns:
            The version; `None`, after a pause, if another listing is needed.

        Raises:
            ReleaseError: Three listings, one after the other, do not show it.
        """
        by_number = numbered(versions)
        target = by_number.get(self._number)
        if target is not None:
            self._listings_without_it = 0
            return target
        # A version that was just created may be missing for a moment.
        self._listings_without_it += 1
        if self._listings_without_it < _LISTINGS_WITHOUT_TARGET:
            self._job.pause(f"version {self._job.target} is not listed")
            return None
        names = ", ".join(by_number[number].image_version for number in sorted(by_number))
        reason = f"version {self._job.target} does not exist; there are {names or 'none'}"
        raise self._job.error(reason)
