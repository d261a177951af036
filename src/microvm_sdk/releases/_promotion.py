"""Making a version current: `promote`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from microvm_sdk._image_versions import can_start, current_of, numbered
from microvm_sdk._release_steps import ReleaseStep
from microvm_sdk._version_numbers import Number, require_version_number, version_name
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import ErrorKind, ServiceError
from microvm_sdk.models import ImageVersion, ImageVersionState, ImageVersionStatus
from microvm_sdk.models.image_version import IMAGE_VERSION_READY
from microvm_sdk.releases._job import Job, Reading
from microvm_sdk.releases._outcome import release_of
from microvm_sdk.releases._own_changes import is_later
from microvm_sdk.releases._results import Release
from microvm_sdk.releases._target import Target


def promote(
    client: MicroVMClient,
    *,
    image_identifier: str,
    image_version: str,
    timeout: float = 900,
    poll_interval: float = 5,
    on_step: Callable[[ReleaseStep], object] | None = None,
) -> Release:
    """Make a version the current one. It may be older or newer than the present one.

    It activates the version if it is `INACTIVE`, and then blocks the newer versions, the oldest of
    them first. So callers who name no version move once, at the last step, and never to a version
    in between. It waits while the version is being built, and during any other change of the image.
    A newer version that is built in the meantime is blocked, too.

    Nothing is undone after a failure. Calling it again with the same version completes it; if
    there is nothing to do, it changes nothing. To take a version away without choosing another one,
    use `withdraw`.

    Args:
        client: The client.
        image_identifier: ARN of the image, 1 to 256 characters.
        image_version: Number of the version, such as `8.0`; `8` means the same.
        timeout: How long to wait in total, in seconds: 0 or more.
        poll_interval: Longest pause between two polls, in seconds: more than 0.
        on_step: Called after each change. What it raises ends the job.

    Returns:
        The current version before and now, and the versions that were changed.

    Raises:
        ReleaseError: The version does not exist or can never become current, another process
            changes the same versions at the same time, or anything else failed after the first
            change. Then the cause is the `__cause__`.
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
        "promote",
        client,
        image_identifier,
        target=version_name(number),
        timeout=timeout,
        poll_interval=poll_interval,
        on_step=on_step,
    ) as job:
        return _Promotion(job, number).run()


@dataclass(frozen=True)
class _Wait:
    obstacle: str


@dataclass(frozen=True)
class _Activate:
    target: ImageVersion


@dataclass(frozen=True)
class _Block:
    version: ImageVersion
    target: ImageVersion
    moves_callers: bool
    """Whether this makes the target current."""


@dataclass(frozen=True)
class _Finish:
    target: ImageVersion


_Decision: TypeAlias = _Wait | _Activate | _Block | _Finish


class _Promotion:
    """Makes a version current: read, decide on one change, make it, read again."""

    def __init__(self, job: Job, number: Number) -> None:
        self._job = job
        self._number = number
        self._target = Target(job, number)
        self._gone: set[Number] = set()

    def run(self) -> Release:
        """Decide and act until the target is current."""
        while True:
            reading = self._job.read_all()
            match self._decide(reading):
                case None:
                    pass
                case _Wait(obstacle):
                    self._job.pause(obstacle)
                case _Activate(target):
                    if self._job.is_confirmed(target):
                        self._job.set_status(target, ImageVersionStatus.ACTIVE)
                case _Block(version, target, moves_callers):
                    # If the target were blocked, callers would move below it, or to no version.
                    if self._job.is_confirmed(version) and (
                        not moves_callers or self._job.is_confirmed(target)
                    ):
                        self._block(version)
                case _Finish(target):
                    if self._is_verified(target, reading.listed):
                        return release_of(self._job, reading.versions)

    def _decide(self, reading: Reading) -> _Decision | None:
        """Decide what to do next; return `None`, after a pause, if the target is not listed."""
        if reading.obstacle is not None:
            return _Wait(reading.obstacle)
        target = self._target.find(reading.versions)
        return None if target is None else self._decide_about(target, numbered(reading.versions))

    def _decide_about(
        self, target: ImageVersion, versions: dict[Number, ImageVersion]
    ) -> _Decision:
        if target.state in IMAGE_VERSION_READY.failure:
            because = f": {target.state_reason}" if target.state_reason else ""
            reason = f"version {target.image_version} is {target.state}{because}"
            raise self._job.error(reason)
        if target.state != ImageVersionState.SUCCESSFUL:
            return _Wait(f"version {target.image_version} is {target.state}")
        self._require_no_other_releaser(versions)
        if target.status == ImageVersionStatus.INACTIVE:
            return _Activate(target)
        if target.status != ImageVersionStatus.ACTIVE:
            return _Wait(f"version {target.image_version} is {target.status}")
        newer = [
            versions[number]
            for number in sorted(versions)
            if number > self._number and number not in self._gone
        ]
        startable = [version for version in newer if can_start(version)]
        if startable:
            # The oldest first: the newest of them stays current until the target takes its place.
            return _Block(startable[0], target, moves_callers=len(startable) == 1)
        for version in newer:
            if version.state in IMAGE_VERSION_READY.waiting:
                # It becomes current when it is built.
                return _Wait(f"version {version.image_version} is {version.state}")
        return _Finish(target)

    def _require_no_other_releaser(self, versions: dict[Number, ImageVersion]) -> None:
        """Refuse to undo what another process changed after this job's own change."""
        own = self._job.own
        for number, version in versions.items():
            is_target = number == self._number
            wanted = ImageVersionStatus.ACTIVE if is_target else ImageVersionStatus.INACTIVE
            # The job relies on the target from its first change on, even if that was another's.
            was_blocked = (
                is_target
                and version.status != wanted
                and own.of(number) is None
                and own.first is not None
                and is_later(version, own.first)
            )
            if was_blocked or own.was_undone(version, wanted):
                raise self._job.error(another_releaser(version, wanted))

    def _block(self, version: ImageVersion) -> None:
        try:
            self._job.set_status(version, ImageVersionStatus.INACTIVE)
        except ServiceError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
            # The listing lagged behind its deletion.
            self._gone |= numbered([version]).keys()

    def _is_verified(self, target: ImageVersion, listed: list[ImageVersion]) -> bool:
        """Return whether the service shows the target as current; `False` after a pause."""
        if not self._job.own:
            return self._job.is_confirmed(target) and self._job.is_read_twice(
                f"version {target.image_version} is current"
            )
        current = current_of(each for each in listed if not numbered([each]).keys() & self._gone)
        if current is not None and current.image_version == target.image_version:
            return True
        shown = "none" if current is None else current.image_version
        self._job.pause(
            f"no version newer than {target.image_version} can start MicroVMs, but the listing "
            f"still shows {shown} as current"
        )
        return False


def another_releaser(version: ImageVersion, wanted: ImageVersionStatus) -> str:
    """Return why a job stops when another process has changed a version back."""
    return (
        f"another process changed version {version.image_version} to {version.status} at "
        f"{version.updated_at}, but this job needs it {wanted}: find out what else releases this "
        "image, and which version it releases"
    )
