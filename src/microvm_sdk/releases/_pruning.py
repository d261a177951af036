"""Deleting versions that are no longer needed: `prune`."""

from collections.abc import Callable

from microvm_sdk._arguments import refuse
from microvm_sdk._image_versions import can_start, current_of, numbered
from microvm_sdk._release_steps import ReleaseStep, StepAction
from microvm_sdk._version_numbers import Number, require_version_number
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import ErrorKind, ServiceError
from microvm_sdk.models import ImageVersion, ImageVersionState, ImageVersionStatus
from microvm_sdk.releases._job import Job
from microvm_sdk.releases._own_changes import is_later
from microvm_sdk.releases._planning import Criteria, versions_in_use
from microvm_sdk.releases._results import KeepReason, KeptVersion, Pruned, PrunePlan


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
    can start MicroVMs is first blocked. Directly before the deletion, the version and the listing
    are read once more: the version must be as this job left it, and another one must be current.
    Because reads may lag behind changes, each of these decisions needs two readings, a second
    apart.

    A version that was blocked and is then not deleted, because a MicroVM was started from it at
    that moment or because another process released an older one, is activated again if that moves
    no caller, or if nothing else can start MicroVMs. Otherwise it stays `INACTIVE`, and is
    skipped as `LEFT_INACTIVE`.

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
        TypeError: An argument has the wrong type, for instance an ARN in place of a plan.
        ValueError: The timeout or the interval is out of range.
    """
    _check_plan(plan)
    deleted: list[str] = []
    skipped: list[KeptVersion] = []
    criteria = Criteria(plan.keep, plan.protect)
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


def _check_plan(plan: object) -> None:
    if not isinstance(plan, PrunePlan):
        refuse("plan", "a PrunePlan", plan, "plan_prune makes one")


class _Deletion:
    """Deletes a version: read, decide on one change, make it, read again."""

    def __init__(self, job: Job, criteria: Criteria, version: str) -> None:
        self._job = job
        self._criteria = criteria
        self._name = version
        self._number = require_version_number("delete", version)
        # The version when the service accepted its deletion.
        self._accepted: ImageVersion | None = None
        self._may_be_accepted = False

    def run(self) -> KeepReason | None:
        """Decide and act until the version is gone, or has to be kept.

        Returns:
            Why it is kept; `None` once this job has deleted it.
        """
        while True:
            if self._accepted is not None:
                if self._is_gone(self._accepted):
                    return self._gone()
                continue
            reading = self._job.read_all()
            if reading.obstacle is not None:
                self._job.pause(reading.obstacle)
                continue
            versions = numbered(reading.versions)
            version = versions.get(self._number)
            if version is None or version.state == ImageVersionState.DELETING:
                # A listing may lag, and another process may have begun to delete it.
                if self._is_gone(version):
                    return self._gone()
                continue
            is_decided, reason = self._act(versions, version)
            if is_decided:
                return reason

    def _versions(self) -> dict[Number, ImageVersion]:
        return numbered(self._job.with_own_changes(self._job.list_versions()))

    def _gone(self) -> KeepReason | None:
        if self._accepted is None and not self._may_be_accepted:
            return KeepReason.GONE
        self._job.changes.add(ReleaseStep(StepAction.DELETED, self._name))
        return None

    def _is_gone(self, before: ImageVersion | None) -> bool:
        """Return whether the version is gone; `False` after a pause."""
        version = self._job.get_version(self._name)
        if version is None or version.state == ImageVersionState.DELETED:
            return True
        failed_before = before is not None and before.state == ImageVersionState.DELETE_FAILED
        if version.state == ImageVersionState.DELETE_FAILED and (
            before is None or not failed_before or is_later(version, before)
        ):
            because = f": {version.state_reason}" if version.state_reason else ""
            reason = f"version {self._name} could not be deleted{because}"
            raise self._job.error(reason)
        self._job.pause(f"version {self._name} is {version.state}")
        return False

    def _reason(self, versions: dict[Number, ImageVersion]) -> KeepReason | None:
        """Decide once more whether to keep the version."""
        in_use = self._job.read(
            lambda: versions_in_use(self._job.client, self._job.image_arn, self._name)
        )
        name = versions[self._number].image_version
        return self._criteria.reasons(list(versions.values()), in_use)[name]

    def _act(
        self, versions: dict[Number, ImageVersion], version: ImageVersion
    ) -> tuple[bool, KeepReason | None]:
        """Decide on the next change, and make it.

        Returns:
            Whether the job is done with this version, and why the version is kept.
        """
        reason = self._reason(versions)
        if self._job.own.was_undone(version, ImageVersionStatus.INACTIVE):
            return True, reason or KeepReason.REACTIVATED
        if reason is not None:
            return self._keep(reason, versions, version)
        current = current_of(versions.values())
        if (
            current is not None
            and self._job.is_confirmed(current)
            and self._job.is_confirmed(version)
            # Once before the version is blocked, so that callers lose nothing to a stale reading,
            # and once after it, because a deletion cannot be undone. What another process changed
            # in the meantime shows at the second reading.
            and self._job.is_read_twice(
                f"version {current.image_version} is current, and {self._name} is {version.status}"
            )
            and (can_start(version) or self._is_still_to_delete())
            and self._is_gone_after_change(version)
        ):
            return True, self._gone()
        return False, None

    def _is_gone_after_change(self, version: ImageVersion) -> bool:
        """Block the version, or delete it; return whether another process has deleted it."""
        try:
            if can_start(version):
                # Not if another process has blocked it: a job that keeps a version after all
                # activates it only if the job itself blocked it.
                self._job.set_status(version, ImageVersionStatus.INACTIVE)
            else:
                self._delete(version)
        except ServiceError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                self._activate_if_nothing_can_start(version)
                raise
            return self._is_gone(version)
        return False

    def _activate_if_nothing_can_start(self, version: ImageVersion) -> None:
        """Activate the version again if this job blocked the last one that could start MicroVMs."""
        while self._is_blocked_by_this_job() and self._can_nothing_start(self._versions()):
            self._job.set_status(version, ImageVersionStatus.ACTIVE)

    def _is_blocked_by_this_job(self) -> bool:
        own = self._job.own.of(self._number)
        return own is not None and own.status == ImageVersionStatus.INACTIVE

    def _is_still_to_delete(self) -> bool:
        """Return whether a listing, directly before the deletion, leads to the same decision."""
        versions = self._versions()
        version = versions.get(self._number)
        current = current_of(versions.values())
        return (
            version is not None
            and not can_start(version)
            and current is not None
            and max(numbered([current])) > self._number
        )

    def _delete(self, version: ImageVersion) -> None:
        if self._job.delete(version):
            self._accepted = version
        elif self._job.changes.ended_with_doubt(ReleaseStep(StepAction.DELETING, self._name)):
            self._may_be_accepted = True

    def _keep(
        self, reason: KeepReason, versions: dict[Number, ImageVersion], version: ImageVersion
    ) -> tuple[bool, KeepReason | None]:
        """Activate the version again if this job blocked it, and if that moves no caller."""
        if not self._is_blocked_by_this_job():
            return True, reason
        current = current_of(versions.values())
        if current is None:
            if not self._can_nothing_start(versions):
                self._job.pause("the listing shows no version that can start MicroVMs yet")
                return False, None
        elif max(numbered([current])) < self._number:
            return True, KeepReason.LEFT_INACTIVE
        elif not self._job.is_confirmed(current):
            return False, None
        return self._job.set_status(version, ImageVersionStatus.ACTIVE), reason

    def _can_nothing_start(self, versions: dict[Number, ImageVersion]) -> bool:
        """Get the other versions, because the listing may lag, to see whether any can start."""
        others = [
            self._job.get_version(listed.image_version)
            for number, listed in versions.items()
            if number != self._number and listed.state == ImageVersionState.SUCCESSFUL
        ]
        return not any(version is not None and can_start(version) for version in others)
