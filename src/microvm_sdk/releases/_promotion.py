"""Making a version current: `promote` and `roll_back`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from microvm_sdk._image_versions import can_start, numbered
from microvm_sdk._release_steps import ReleaseStep
from microvm_sdk._version_numbers import (
    Number,
    require_version_number,
    version_name,
    version_number,
)
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import ErrorKind, ServiceError
from microvm_sdk.models import Image, ImageVersion, ImageVersionState, ImageVersionStatus
from microvm_sdk.models.image_version import IMAGE_VERSION_READY
from microvm_sdk.releases._job import Job, is_later, number_of_current
from microvm_sdk.releases._results import Release

_LISTINGS_WITHOUT_TARGET = 3
# The status of the target, and of the versions that this job blocked.
_WANTED = {True: ImageVersionStatus.ACTIVE, False: ImageVersionStatus.INACTIVE}


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
    in between. A version that is being built is awaited, and so is any other change of the image;
    a newer version that is built in the meantime is blocked, too.

    Nothing is undone after a failure. Calling it again with the same version completes it; if
    there is nothing to do, it changes nothing.

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
        TypeError: The version is not a string, or the timeout or the interval is not a number.
        ValueError: The version, the timeout or the interval is not valid.
        botocore.exceptions.ParamValidationError: An argument cannot be sent.
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
        before = job.read_image()
        return _Promotion(job, number, before).run()


def roll_back(
    client: MicroVMClient,
    *,
    image_identifier: str,
    to: str | None = None,
    timeout: float = 900,
    poll_interval: float = 5,
    on_step: Callable[[ReleaseStep], object] | None = None,
) -> Release:
    """Go back to an older version.

    Without `to`, that is the newest version below the current one that can start MicroVMs. It is
    chosen once, at the first read and before any wait; then it is promoted. A blocked version is
    never chosen.

    Without `to`, a second call goes back one version further. After a failure, pass
    `ReleaseError.target` as `to` to complete the first one.

    Args:
        client: The client.
        image_identifier: ARN of the image, 1 to 256 characters.
        to: Number of the version to go back to, such as `8.0`: not newer than the current one.
        timeout: How long to wait in total, in seconds: 0 or more.
        poll_interval: Longest pause between two polls, in seconds: more than 0.
        on_step: Called after each change. What it raises ends the job.

    Returns:
        The current version before and now, and the versions that were changed.

    Raises:
        ReleaseError: There is no version to go back to (the error names those that are blocked),
            `to` is newer than the current version, or for the reasons of `promote`.
        WaiterError: Timed out before the first change.
        ServiceError: The service returned an error before the first change.
        ResponseValidationError: A response does not match the model, before the first change.
        TypeError: `to` is not a string, or the timeout or the interval is not a number.
        ValueError: `to`, the timeout or the interval is not valid.
        botocore.exceptions.ParamValidationError: An argument cannot be sent.
    """
    number = None if to is None else require_version_number("to", to)
    with Job(
        "roll_back",
        client,
        image_identifier,
        target=None if number is None else version_name(number),
        timeout=timeout,
        poll_interval=poll_interval,
        on_step=on_step,
    ) as job:
        before = job.read_image()
        current = number_of_current(before)
        if number is None:
            number = _version_below(job, current)
            job.target = version_name(number)
        elif current is not None and number > current:
            msg = f"{job.target} is newer than the current version: to go forward, promote it"
            raise job.error(msg)
        return _Promotion(job, number, before).run()


def _version_below(job: Job, current: Number | None) -> Number:
    """Choose the version to go back to."""
    below = {
        number: version
        for number, version in numbered(job.versions()).items()
        if current is None or number < current
    }
    startable = [number for number, version in below.items() if can_start(version)]
    if current is not None and startable:
        return max(startable)
    blocked = [
        version.image_version
        for _, version in sorted(below.items())
        if version.state == ImageVersionState.SUCCESSFUL
        and version.status == ImageVersionStatus.INACTIVE
    ]
    reason = (
        f"no version below {job.current} can start MicroVMs"
        if current is not None
        else "no version is current"
    )
    if blocked:
        reason += f". Blocked are {', '.join(blocked)}: name one of them to go back to it"
    raise job.error(reason)


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
    """Whether the target becomes current by it."""


@dataclass(frozen=True)
class _Finish:
    target: ImageVersion


_Decision: TypeAlias = _Wait | _Activate | _Block | _Finish


class _Promotion:
    """Makes a version current: read, decide on one change, make it, read again."""

    def __init__(self, job: Job, number: Number, before: Image) -> None:
        self._job = job
        self._number = number
        self._before = before
        self._activated: str | None = None
        self._blocked: list[str] = []
        self._gone: set[Number] = set()
        self._listings_without_target = 0
        # The responses to this job's own changes. Listings may lag behind them.
        self._own: dict[Number, ImageVersion] = {}
        self._first_change: ImageVersion | None = None
        self._target: ImageVersion | None = None

    def run(self) -> Release:
        """Decide and act until the target is current."""
        image = self._job.settled_image(self._before)
        while True:
            match self._decide(image, self._read_versions()):
                case _Wait(obstacle):
                    self._job.pause(obstacle)
                case _Activate(target):
                    if self._is_confirmed(target):
                        self._activate(target)
                case _Block(version, target, moves_callers):
                    # If the target were blocked, callers would move below it, or to no version.
                    if self._is_confirmed(version) and (
                        not moves_callers or self._is_confirmed(target)
                    ):
                        self._block(version)
                case _Finish(target):
                    return Release(
                        image_arn=image.image_arn,
                        before=self._before.latest_active_image_version,
                        now=target.image_version,
                        activated=self._activated,
                        blocked=tuple(self._blocked),
                    )
            image = self._job.settled_image()

    def _read_versions(self) -> dict[Number, ImageVersion]:
        return {
            number: self._newest_record(version)
            for number, version in numbered(self._job.versions()).items()
            if number not in self._gone
        }

    def _newest_record(self, version: ImageVersion) -> ImageVersion:
        """Return the record that was read, unless it lags behind what this job knows."""
        number = version_number(version.image_version)
        own = self._own.get(number) if number is not None else None
        if own is not None:
            return version if is_later(version, own) else own
        if number != self._number:
            return version
        if self._target is None or not is_later(self._target, version):
            self._target = version
        return self._target

    def _decide(self, image: Image, versions: dict[Number, ImageVersion]) -> _Decision:
        target = versions.get(self._number)
        if target is None:
            return self._decide_without_target(versions)
        self._listings_without_target = 0
        if target.state in IMAGE_VERSION_READY.failure:
            because = f": {target.state_reason}" if target.state_reason else ""
            reason = f"version {target.image_version} is {target.state}{because}"
            raise self._job.error(reason)
        if target.state != ImageVersionState.SUCCESSFUL:
            return _Wait(f"version {target.image_version} is {target.state}")
        self._require_no_other_releaser(versions)
        if target.status == ImageVersionStatus.INACTIVE:
            if number_of_current(image) == self._number:
                return _Wait(f"version {target.image_version} is current, but listed as INACTIVE")
            return _Activate(target)
        if target.status != ImageVersionStatus.ACTIVE:
            return _Wait(f"version {target.image_version} is {target.status}")
        return self._decide_about_newer(image, target, versions)

    def _decide_without_target(self, versions: dict[Number, ImageVersion]) -> _Wait:
        # A version that was just created may be missing for a moment.
        self._listings_without_target += 1
        if self._listings_without_target < _LISTINGS_WITHOUT_TARGET:
            return _Wait(f"version {self._job.target} is not listed")
        names = ", ".join(versions[number].image_version for number in sorted(versions))
        reason = f"version {self._job.target} does not exist; there are {names}"
        raise self._job.error(reason)

    def _require_no_other_releaser(self, versions: dict[Number, ImageVersion]) -> None:
        """Refuse to undo what another process changed after this job's own change."""
        relied_on = {**self._own}
        if self._first_change is not None:
            relied_on.setdefault(self._number, self._first_change)
        for number in relied_on.keys() & versions.keys():
            version = versions[number]
            wanted = _WANTED[number == self._number]
            if version.status != wanted and is_later(version, relied_on[number]):
                reason = (
                    f"another process changed version {version.image_version} to "
                    f"{version.status} at {version.updated_at}, but this job needs it {wanted}: "
                    "find out what else releases this image, and which version it releases"
                )
                raise self._job.error(reason)

    def _decide_about_newer(
        self, image: Image, target: ImageVersion, versions: dict[Number, ImageVersion]
    ) -> _Decision:
        newer = [versions[number] for number in sorted(versions) if number > self._number]
        startable = [version for version in newer if can_start(version)]
        if startable:
            # The oldest first: the newest of them stays current until the target takes its place.
            return _Block(startable[0], target, moves_callers=len(startable) == 1)
        for version in newer:
            if version.state in IMAGE_VERSION_READY.waiting:
                # It becomes current when it is built.
                return _Wait(f"version {version.image_version} is {version.state}")
        if number_of_current(image) == self._number:
            return _Finish(target)
        return _Wait(
            f"version {target.image_version} can start MicroVMs and no newer one can, but "
            f"{image.latest_active_image_version} is still current"
        )

    def _activate(self, target: ImageVersion) -> None:
        response = self._job.set_status(target, ImageVersionStatus.ACTIVE)
        if response is not None:
            self._activated = target.image_version
            self._remember(self._number, response)

    def _is_confirmed(self, listed: ImageVersion) -> bool:
        return self._job.is_confirmed(listed, self._newest_record)

    def _block(self, version: ImageVersion) -> None:
        number = numbered([version]).popitem()[0]
        try:
            response = self._job.set_status(version, ImageVersionStatus.INACTIVE)
        except ServiceError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
            # The listing lagged behind its deletion.
            self._gone.add(number)
            return
        if response is not None:
            self._blocked.append(version.image_version)
            self._remember(number, response)

    def _remember(self, number: Number, response: ImageVersion) -> None:
        self._own[number] = response
        self._first_change = self._first_change or response
