"""The changes of a job, to distinguish them from stale reads and from other processes' changes."""

from dataclasses import dataclass

from microvm_sdk._version_numbers import Number, version_number
from microvm_sdk.models import ImageVersion, ImageVersionStatus


def is_later(version: ImageVersion, known: ImageVersion) -> bool:
    """Return whether a record of a version shows a change that another one does not have yet."""
    return (
        version.updated_at is not None
        and known.updated_at is not None
        and version.updated_at > known.updated_at
    )


@dataclass(frozen=True)
class _Unconfirmed:
    status: ImageVersionStatus
    before: ImageVersion


class OwnChanges:
    """The status changes of a job, by the version's number.

    A record that was read is replaced by a newer one that the job has: Get and List may lag behind
    changes, and may show them in any order.
    """

    def __init__(self) -> None:
        self.first: ImageVersion | None = None
        """The version that was changed first, after the change."""
        self._made: dict[Number, ImageVersion] = {}
        self._unconfirmed: dict[Number, _Unconfirmed] = {}
        self._newest: dict[Number, ImageVersion] = {}

    def __bool__(self) -> bool:
        """Return whether the job has changed anything, or may have."""
        return bool(self._made or self._unconfirmed)

    def versions(self, status: ImageVersionStatus) -> tuple[str, ...]:
        """Return the versions that the job gave this status, in the order of the changes."""
        return tuple(
            version.image_version for version in self._made.values() if version.status == status
        )

    def of(self, number: Number) -> ImageVersion | None:
        """Return a version after the job's own change; `None` if the job did not change it."""
        return self._made.get(number)

    def add(self, version: ImageVersion) -> None:
        """Add a change.

        Args:
            version: The version after it.
        """
        number = version_number(version.image_version)
        if number is not None:
            self._unconfirmed.pop(number, None)
            self._made.pop(number, None)
            self._made[number] = version
            self.first = self.first or version

    def add_unconfirmed(self, before: ImageVersion, status: ImageVersionStatus) -> None:
        """Add a change that may have been made.

        Args:
            before: The version before it.
            status: The status that it may have now.
        """
        number = version_number(before.image_version)
        if number is not None:
            self._unconfirmed[number] = _Unconfirmed(status, before)

    def newest(self, read: ImageVersion) -> ImageVersion:
        """Return the newest record of a version.

        Args:
            read: The record that was just read.

        Returns:
            That record, unless the job has a newer one.
        """
        number = version_number(read.image_version)
        if number is None:
            return read
        unconfirmed = self._unconfirmed.get(number)
        if (
            unconfirmed is not None
            and read.status == unconfirmed.status
            and not is_later(unconfirmed.before, read)
        ):
            self.add(read)
        own = self._made.get(number)
        if own is not None:
            return read if is_later(read, own) else own
        known = self._newest.get(number)
        if known is None or not is_later(known, read):
            self._newest[number] = read
        return self._newest[number]

    def was_undone(self, version: ImageVersion, status: ImageVersionStatus) -> bool:
        """Return whether another process changed a version after this job gave it its status.

        Args:
            version: The newest record of the version.
            status: The status that this job gave it, or may have.
        """
        number = version_number(version.image_version)
        if number is None or version.status == status:
            return False
        own = self._made.get(number)
        if own is None and number in self._unconfirmed:
            own = self._unconfirmed[number].before
        return own is not None and is_later(version, own)
