"""The result of a release, and the warning about a stale `latest_active_image_version`."""

import warnings
from collections.abc import Iterable

from microvm_sdk._image_versions import can_start
from microvm_sdk.models import ImageVersion, ImageVersionStatus
from microvm_sdk.releases._job import Job
from microvm_sdk.releases._results import Release


def release_of(job: Job, versions: Iterable[ImageVersion]) -> Release:
    """Make the result of a release that is complete.

    Args:
        job: The job.
        versions: The versions as last read.

    Returns:
        The result.

    Warns:
        UserWarning: `latest_active_image_version` names a version that cannot start MicroVMs.
    """
    startable = {version.image_version for version in versions if can_start(version)}
    if job.own and _is_stale(job, startable):
        # It may lag behind the last change for a moment.
        job.read_latest_active_again()
    if _is_stale(job, startable):
        warnings.warn(
            f"latest_active_image_version of {job.image_arn} is {job.latest_active}, which cannot "
            f"start MicroVMs; by the states and statuses of its versions, {job.current} is "
            "current. Start a MicroVM without a version to see which one it gets.",
            # The caller of `promote` or `withdraw`.
            stacklevel=4,
        )
    activated = job.own.versions(ImageVersionStatus.ACTIVE)
    return Release(
        image_arn=job.image_arn,
        before=job.before,
        now=job.current,
        activated=activated[0] if activated else None,
        blocked=job.own.versions(ImageVersionStatus.INACTIVE),
        latest_active=job.latest_active,
    )


def _is_stale(job: Job, startable: set[str]) -> bool:
    return job.latest_active is not None and job.latest_active not in startable
