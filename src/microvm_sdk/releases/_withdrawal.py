"""Taking a version away from callers: `withdraw`."""

from collections.abc import Callable

from microvm_sdk._image_versions import can_start, current_of, numbered
from microvm_sdk._release_steps import ReleaseStep
from microvm_sdk._version_numbers import Number, require_version_number, version_name
from microvm_sdk.client import MicroVMClient
from microvm_sdk.models import ImageVersion, ImageVersionState, ImageVersionStatus
from microvm_sdk.models.image_version import IMAGE_VERSION_READY
from microvm_sdk.releases._job import Job
from microvm_sdk.releases._outcome import release_of
from microvm_sdk.releases._promotion import another_releaser
from microvm_sdk.releases._results import Release
from microvm_sdk.releases._target import Target

# MicroVMs can never start from a version in one of these states.
_FAILED = {
    ImageVersionState.FAILED,
    ImageVersionState.DELETED,
    ImageVersionState.DELETE_FAILED,
}


def withdraw(
    client: MicroVMClient,
    *,
    image_identifier: str,
    image_version: str,
    timeout: float = 900,
    poll_interval: float = 5,
    on_step: Callable[[ReleaseStep], object] | None = None,
) -> Release:
    """Take a version away from callers: no MicroVM can be started from it.

    The version is made `INACTIVE`. If it is current, callers who name no version get the highest
    other version that can start MicroVMs: usually the one before, or a newer one if somebody has
    repaired it meanwhile. If no other version can start MicroVMs, nothing is changed. It
    waits first if the version is being built.

    It is complete when the version can start no MicroVM *and* another version is current. So it can
    run twice, or beside another process that releases the same image, and changes nothing more. If
    another process takes away the last other version at the same moment, this version is activated
    again, and the error says so.

    Args:
        client: The client.
        image_identifier: ARN of the image, 1 to 256 characters.
        image_version: Number of the version, such as `8.0`; `8` means the same.
        timeout: How long to wait in total, in seconds: 0 or more.
        poll_interval: Longest pause between two polls, in seconds: more than 0.
        on_step: Called after each change. What it raises ends the job.

    Returns:
        The current version before and now, and the version that was blocked.

    Raises:
        ReleaseError: The version does not exist, no other version can start MicroVMs (the error
            names those that `promote` can make current), another process changes the same version
            at the same time, or anything else failed after the first change. Then the cause is the
            `__cause__`.
        WaiterError: Timed out before the first change.
        ServiceError: The service returned an error before the first change.
        ResponseValidationError: A response does not match the model, before the first change.
        TypeError: An argument has the wrong type, for instance a number in place of `"8.0"`.
        ValueError: An argument is not valid, for instance the name of the image in place of its
            ARN.
        botocore.exceptions.ParamValidationError: An argument cannot be sent.

    Warns:
        UserWarning: The image's `latest_active_image_version` names a version that cannot start
            MicroVMs.
    """
    number = require_version_number("image_version", image_version)
    with Job(
        "withdraw",
        client,
        image_identifier,
        target=version_name(number),
        timeout=timeout,
        poll_interval=poll_interval,
        on_step=on_step,
    ) as job:
        return _Withdrawal(job, number).run()


class _Withdrawal:
    """Takes a version away: read, decide on one change, make it, read again."""

    def __init__(self, job: Job, number: Number) -> None:
        self._job = job
        self._number = number
        self._target = Target(job, number)
        # The target as last seen.
        self._seen: ImageVersion | None = None
        # The version that callers get instead, as confirmed before the change.
        self._successor: ImageVersion | None = None

    def run(self) -> Release:
        """Decide and act until the target can start no MicroVM, and another version is current."""
        while True:
            reading = self._job.read_all()
            others = [each for each in reading.versions if self._number not in numbered([each])]
            target = self._find(reading.versions)
            if target is None:
                continue
            if can_start(target):
                if not self._is_to_block(target, others):
                    continue
                if reading.obstacle is None:
                    self._block(target, others)
                else:
                    self._job.pause(reading.obstacle)
            elif not _is_down(target):
                self._job.pause(self._obstacle(target, others))
            elif current_of(others) is None:
                self._refuse_or_undo(target, others)
            elif self._is_verified(target, others, reading.listed):
                return release_of(self._job, reading.versions)

    def _find(self, versions: list[ImageVersion]) -> ImageVersion | None:
        """Find the target; return `None`, after a pause, if another reading is needed."""
        if self._number not in numbered(versions):
            # A listing does not show what is deleted, and it may lag behind.
            version = self._job.get_version(version_name(self._number))
            if version is not None:
                versions = [*versions, self._job.own.newest(version)]
            elif self._seen is not None:
                return self._seen.model_copy(update={"state": ImageVersionState.DELETED})
        target = self._target.find(versions)
        self._seen = target or self._seen
        return target

    def _is_to_block(self, target: ImageVersion, others: list[ImageVersion]) -> bool:
        """Return whether to block the target, which is active; `False` after a pause."""
        own = self._job.own.of(self._number)
        if own is not None and own.status == ImageVersionStatus.ACTIVE:
            raise self._job.error(self._undone(target))
        if self._job.own.was_undone(target, ImageVersionStatus.INACTIVE):
            raise self._job.error(another_releaser(target, ImageVersionStatus.INACTIVE))
        if current_of(others) is None:
            self._refuse(
                f"no other version can start MicroVMs, so {target.image_version} was not changed",
                others,
            )
            return False
        return True

    def _block(self, target: ImageVersion, others: list[ImageVersion]) -> None:
        self._successor = current_of(others)
        if (
            self._successor is not None
            and self._job.is_confirmed(self._successor)
            and self._job.is_confirmed(target)
        ):
            self._job.set_status(target, ImageVersionStatus.INACTIVE)

    def _refuse_or_undo(self, target: ImageVersion, others: list[ImageVersion]) -> None:
        """Handle a target that is blocked while no version can start MicroVMs."""
        own = self._job.own.of(self._number)
        is_own_change = own is not None and own.status == ImageVersionStatus.INACTIVE
        if not is_own_change or _has_failed(target):
            self._refuse(
                f"version {target.image_version} is {target.state} and {target.status}, but no "
                "version can start MicroVMs",
                others,
            )
        elif self._is_successor_lost() and self._job.set_status(target, ImageVersionStatus.ACTIVE):
            raise self._job.error(self._undone(target))

    def _is_successor_lost(self) -> bool:
        """Get the expected successor; return `False`, after a pause, if it can start MicroVMs."""
        if self._successor is None:
            return True
        version = self._job.get_version(self._successor.image_version)
        if version is None or not can_start(self._job.own.newest(version)):
            return True
        self._job.pause(f"version {version.image_version} is {version.status}, but not listed so")
        return False

    def _undone(self, target: ImageVersion) -> str:
        successor = "another" if self._successor is None else self._successor.image_version
        return (
            f"another process took version {successor} away, which was the last other one that "
            f"could start MicroVMs: {target.image_version} was activated again"
        )

    def _refuse(self, reason: str, others: list[ImageVersion]) -> None:
        """Raise an error at the second reading; return, after a pause, at the first."""
        candidates = [
            each.image_version
            for _, each in sorted(numbered(others).items())
            if each.state == ImageVersionState.SUCCESSFUL
            and each.status == ImageVersionStatus.INACTIVE
        ]
        if candidates:
            reason += f". INACTIVE versions that promote can make current: {', '.join(candidates)}"
        if self._job.is_read_twice(reason):
            raise self._job.error(reason)

    def _is_verified(
        self, target: ImageVersion, others: list[ImageVersion], listed: list[ImageVersion]
    ) -> bool:
        """Return whether the service shows the target as blocked and another version as current.

        Returns:
            `False` after a pause.
        """
        successor = current_of(others)
        if successor is None or not self._job.is_confirmed(successor):
            return False
        if not self._job.own:
            is_gone = target.state == ImageVersionState.DELETED
            return (is_gone or self._job.is_confirmed(target)) and self._job.is_read_twice(
                f"version {successor.image_version} is current"
            )
        shown = numbered(listed).get(self._number)
        if shown is not None and can_start(shown):
            self._job.pause(f"the listing still shows version {shown.image_version} as ACTIVE")
            return False
        return True

    def _obstacle(self, target: ImageVersion, others: list[ImageVersion]) -> str:
        obstacle = f"version {target.image_version} is {target.state}"
        if target.state not in IMAGE_VERSION_READY.waiting:
            return f"{obstacle} and {target.status}"
        current = current_of(others)
        if current is not None and max(numbered([current])) > self._number:
            return f"{obstacle}, and MicroVMs can be started from it when it is built"
        return f"{obstacle}, and it will become current when it is built"


def _is_down(version: ImageVersion) -> bool:
    """Return whether a version can start no MicroVM until somebody activates it."""
    return _has_failed(version) or (
        version.state == ImageVersionState.SUCCESSFUL
        and version.status == ImageVersionStatus.INACTIVE
    )


def _has_failed(version: ImageVersion) -> bool:
    return version.state in _FAILED
