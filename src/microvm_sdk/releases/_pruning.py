"""Deleting versions that are no longer needed: `plan_prune` and `prune`."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timezone
from typing import Any

from microvm_sdk._image_versions import LARGEST_PAGE, can_start, list_versions, numbered
from microvm_sdk._release_steps import ReleaseStep
from microvm_sdk._version_numbers import (
    Number,
    require_version_number,
    version_name,
    version_number,
)
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import ErrorKind, ServiceError
from microvm_sdk.models import (
    Image,
    ImageVersion,
    ImageVersionState,
    ImageVersionStatus,
    MicrovmState,
    UnknownValue,
)
from microvm_sdk.models.image_version import IMAGE_VERSION_READY
from microvm_sdk.releases._job import Job, is_later, number_of_current
from microvm_sdk.releases._results import KeepReason, KeptVersion, Pruned, PrunePlan

_UNFINISHED = IMAGE_VERSION_READY.waiting | {ImageVersionState.DELETING}
_CHANGES = {"UpdateMicrovmImageVersion", "DeleteMicrovmImageVersion"}


def plan_prune(
    client: MicroVMClient, *, image_identifier: str, keep: int = 5, protect: Iterable[str] = ()
) -> PrunePlan:
    """Choose the versions that are no longer needed. It only reads.

    It keeps the current version and everything newer, the newest versions that can start MicroVMs,
    every version that a MicroVM runs or is suspended from, what the caller protects, and what is
    unfinished or unknown. The rest is listed for deletion: failed, blocked and older versions.
    Without a current version nothing is.

    Args:
        client: The client.
        image_identifier: ARN of the image, 1 to 256 characters.
        keep: How many versions that can start MicroVMs to keep, the current one included: at least
            1. Versions to roll back to are among them.
        protect: Numbers of versions to keep in any case.

    Returns:
        The plan, for `prune`.

    Raises:
        ServiceError: The service returned an error.
        ResponseValidationError: A response does not match the model.
        TypeError: `keep` is not an integer, or `protect` contains something other than strings.
        ValueError: `keep` is less than 1, or `protect` contains something other than versions.
        botocore.exceptions.ParamValidationError: An argument cannot be sent.
    """
    criteria = _Criteria(keep, protect)
    image = client.get_microvm_image(image_identifier=image_identifier)
    versions = list_versions(client, image.image_arn)
    in_use = _versions_in_use(client, image.image_arn)
    reasons = criteria.reasons(image, versions, in_use)
    return PrunePlan(
        image_arn=image.image_arn,
        current=image.latest_active_image_version,
        keep=keep,
        protect=criteria.protect,
        kept=tuple(
            KeptVersion(image_version=version, reason=reason)
            for version, reason in reasons.items()
            if reason is not None
        ),
        delete=tuple(version for version, reason in reasons.items() if reason is None),
        created_at=datetime.now(timezone.utc),
    )


def prune(
    client: MicroVMClient,
    plan: PrunePlan,
    *,
    timeout: float = 300,
    poll_interval: float = 5,
    on_step: Callable[[ReleaseStep], object] | None = None,
) -> Pruned:
    """Delete the versions that a plan lists, one at a time and the oldest first.

    Before each deletion the plan is made again, with its own `keep` and `protect`; what is not in
    both is skipped. So an outdated plan deletes fewer versions, and never others. A version that
    can start MicroVMs is first blocked. If a MicroVM was started from it just before that, it is
    activated again and skipped.

    Args:
        client: The client.
        plan: The plan, of `plan_prune`.
        timeout: How long to wait for each version, in seconds: 0 or more.
        poll_interval: Longest pause between two polls, in seconds: more than 0.
        on_step: Called after each change. What it raises ends the job.

    Returns:
        The versions that were deleted, and those that were skipped.

    Raises:
        ReleaseError: A version could not be deleted, or anything else failed after the first
            change. Then the cause is the `__cause__`. The plan can be applied again.
        WaiterError: Timed out before the first change.
        ServiceError: The service returned an error before the first change.
        ResponseValidationError: A response does not match the model, before the first change.
        TypeError: The timeout or the interval is not a number.
        ValueError: The timeout or the interval is out of range.
    """
    deleted: list[str] = []
    skipped: list[KeptVersion] = []
    criteria = _Criteria(plan.keep, plan.protect)
    with Job(
        "prune",
        client,
        plan.image_arn,
        target=None,
        timeout=timeout,
        poll_interval=poll_interval,
        on_step=on_step,
    ) as job:
        for version in plan.delete:
            job.target = version
            job.restart_clock()
            reason = _Deletion(job, criteria, version).run()
            if reason is None:
                deleted.append(version)
            else:
                skipped.append(KeptVersion(image_version=version, reason=reason))
    return Pruned(deleted=tuple(deleted), skipped=tuple(skipped))


class _Criteria:
    """Decides which versions to keep."""

    def __init__(self, keep: Any, protect: Iterable[str]) -> None:
        if not isinstance(keep, int) or isinstance(keep, bool):
            msg = f"keep must be an integer, got {keep!r}"
            raise TypeError(msg)
        if keep < 1:
            msg = f"keep must be at least 1, got {keep}"
            raise ValueError(msg)
        if isinstance(protect, str):
            msg = f"protect must be a collection of versions, got the string {protect!r}"
            raise TypeError(msg)
        self._keep = keep
        self._protected = {require_version_number("protect", version) for version in protect}

    @property
    def protect(self) -> tuple[str, ...]:
        return tuple(version_name(number) for number in sorted(self._protected))

    def reasons(
        self, image: Image, versions: list[ImageVersion], in_use: Collection[str]
    ) -> dict[str, KeepReason | None]:
        """Decide about each version.

        Args:
            image: The image.
            versions: Its versions.
            in_use: The versions that MicroVMs were started from which are not terminated.

        Returns:
            Why each version is kept, or `None` for one to delete; oldest first.
        """
        by_number = numbered(versions)
        startable = sorted(number for number, version in by_number.items() if can_start(version))
        current = number_of_current(image)
        # Get and List may lag. What is old must be older than the current version of both.
        oldest_current = min(current, startable[-1]) if current and startable else None
        newest = [number for number in startable if oldest_current and number <= oldest_current]
        used = {version_number(version) for version in in_use}

        def reason(number: Number, version: ImageVersion) -> KeepReason | None:
            rules = (
                (number == current, KeepReason.CURRENT),
                (oldest_current is None, KeepReason.NO_CURRENT_VERSION),
                (number > (oldest_current or number), KeepReason.NEWER),
                (isinstance(version.state, UnknownValue), KeepReason.UNKNOWN),
                (isinstance(version.status, UnknownValue), KeepReason.UNKNOWN),
                (version.state in _UNFINISHED, KeepReason.UNFINISHED),
                (number in self._protected, KeepReason.PROTECTED),
                (number in newest[-self._keep :], KeepReason.NEWEST),
                (number in used, KeepReason.IN_USE),
            )
            return next((reason for applies, reason in rules if applies), None)

        others = [each for each in versions if version_number(each.image_version) is None]
        return {
            **{
                version.image_version: reason(number, version)
                for number, version in sorted(by_number.items())
            },
            **{version.image_version: KeepReason.UNKNOWN for version in others},
        }


class _Deletion:
    """Deletes a version: read, decide on one change, make it, read again."""

    def __init__(self, job: Job, criteria: _Criteria, version: str) -> None:
        self._job = job
        self._criteria = criteria
        self._name = version
        # The response when this job blocked the version.
        self._blocked: ImageVersion | None = None

    def run(self) -> KeepReason | None:
        """Decide and act until the version is gone, or has to be kept.

        Returns:
            Why it is kept; `None` once it is gone.
        """
        while True:
            image = self._job.settled_image()
            versions = self._job.versions()
            version = self._find(versions)
            if version is None:
                return KeepReason.GONE
            if version.state == ImageVersionState.DELETING:
                # Another process is deleting it, and Get lagged behind.
                self._job.pause(f"version {self._name} is {version.state}")
                continue
            try:
                finished, reason = self._act(image, versions, version)
            except ServiceError as error:
                if error.kind is ErrorKind.NOT_FOUND and error.operation_name in _CHANGES:
                    return KeepReason.GONE
                raise
            if finished:
                return reason

    def _find(self, versions: list[ImageVersion]) -> ImageVersion | None:
        number = version_number(self._name)
        if number is not None:
            return numbered(versions).get(number)
        return next((each for each in versions if each.image_version == self._name), None)

    def _act(
        self, image: Image, versions: list[ImageVersion], version: ImageVersion
    ) -> tuple[bool, KeepReason | None]:
        """Make the next change.

        Returns:
            Whether the job is done with this version, and why the version is kept.
        """
        in_use = self._job.read(
            lambda: _versions_in_use(self._job.client, image.image_arn, self._name)
        )
        reason = self._criteria.reasons(image, versions, in_use)[version.image_version]
        if self._blocked is not None and can_start(version) and is_later(version, self._blocked):
            return True, reason or KeepReason.REACTIVATED
        if reason is not None:
            return self._restore(image, versions, version), reason
        if self._blocked is None and can_start(version):
            # Not what another process blocked: it would be activated again if it is in use.
            if self._job.is_confirmed(version):
                self._blocked = self._job.set_status(version, ImageVersionStatus.INACTIVE)
            return False, None
        return self._delete(version), None

    def _restore(self, image: Image, versions: list[ImageVersion], version: ImageVersion) -> bool:
        """Activate the version again if this job blocked it, and callers do not move by that."""
        if self._blocked is None:
            return True
        number = version_number(self._name)
        current = number_of_current(image)
        others = numbered([each for each in versions if can_start(each)]).keys() - {number}
        if number is None or current is None or not others or number > min(current, max(others)):
            return True
        return self._job.set_status(version, ImageVersionStatus.ACTIVE) is not None

    def _delete(self, version: ImageVersion) -> bool:
        if not self._job.delete(version):
            return False
        while not self._is_gone(version):
            pass
        return True

    def _is_gone(self, before: ImageVersion) -> bool:
        try:
            version = self._job.read_version(self._name)
        except ServiceError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return True
            raise
        if version.state == ImageVersionState.DELETED:
            return True
        failed_before = before.state == ImageVersionState.DELETE_FAILED
        if version.state == ImageVersionState.DELETE_FAILED and (
            not failed_before or is_later(version, before)
        ):
            because = f": {version.state_reason}" if version.state_reason else ""
            reason = f"version {self._name} could not be deleted{because}"
            raise self._job.error(reason)
        self._job.pause(f"version {self._name} is {version.state}")
        return False


def _versions_in_use(client: MicroVMClient, image_arn: str, version: str | None = None) -> set[str]:
    """Return the versions that MicroVMs were started from which are not terminated."""
    microvms = client.list_microvms(
        image_identifier=image_arn, image_version=version, max_results=LARGEST_PAGE
    )
    return {
        microvm.image_version for microvm in microvms if microvm.state != MicrovmState.TERMINATED
    }
