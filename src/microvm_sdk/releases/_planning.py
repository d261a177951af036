"""Choosing the versions that are no longer needed: `plan_prune`."""

from collections.abc import Collection, Iterable
from datetime import datetime, timezone
from typing import Any

from microvm_sdk._arguments import check_client, check_image_arn, refuse
from microvm_sdk._image_versions import (
    LARGEST_PAGE,
    can_start,
    current_of,
    list_versions,
    numbered,
)
from microvm_sdk._version_numbers import (
    Number,
    require_version_number,
    version_name,
    version_number,
)
from microvm_sdk.client import MicroVMClient
from microvm_sdk.models import ImageVersion, ImageVersionState, MicrovmState, UnknownValue
from microvm_sdk.models.image_version import IMAGE_VERSION_READY
from microvm_sdk.releases._results import KeepReason, KeptVersion, PrunePlan

_UNFINISHED = IMAGE_VERSION_READY.waiting | {ImageVersionState.DELETING}


def plan_prune(
    client: MicroVMClient, *, image_identifier: str, keep: int = 5, protect: Iterable[str] = ()
) -> PrunePlan:
    """Choose the versions that are no longer needed. It only reads.

    It keeps the current version and everything newer, the newest versions that can start MicroVMs,
    every version with a MicroVM that is not terminated, what the caller protects, and what is
    unfinished or unknown. The rest is listed for deletion: failed, blocked and older versions.
    Without a current version, nothing is deleted.

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
        TypeError: `keep` is not an integer, `protect` contains something other than strings, or
            the client is not a `MicroVMClient`.
        ValueError: `keep` is less than 1, `protect` contains something other than versions, or the
            identifier is not an ARN.
        botocore.exceptions.ParamValidationError: An argument cannot be sent.
    """
    criteria = Criteria(keep, protect)
    check_client(client)
    check_image_arn("image_identifier", image_identifier)
    image = client.get_microvm_image(image_identifier=image_identifier)
    versions = list_versions(client, image.image_arn)
    in_use = versions_in_use(client, image.image_arn)
    reasons = criteria.reasons(versions, in_use)
    current = current_of(versions)
    return PrunePlan(
        image_arn=image.image_arn,
        current=None if current is None else current.image_version,
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


class Criteria:
    """Decides which versions to keep."""

    def __init__(self, keep: Any, protect: Any) -> None:
        """Check what a caller passed.

        Args:
            keep: How many versions that can start MicroVMs to keep.
            protect: Numbers of versions to keep.

        Raises:
            TypeError: An argument has the wrong type.
            ValueError: `keep` is less than 1, or a version has another form.
        """
        if not isinstance(keep, int) or isinstance(keep, bool):
            msg = f"keep must be an integer, got {keep!r}"
            raise TypeError(msg)
        if keep < 1:
            msg = f"keep must be at least 1, got {keep}"
            raise ValueError(msg)
        if isinstance(protect, str) or not isinstance(protect, Iterable):
            refuse("protect", "a collection of versions", protect, f"pass [{protect!r}]")
        self._keep = keep
        self._protected = {require_version_number("protect", version) for version in protect}

    @property
    def protect(self) -> tuple[str, ...]:
        """The versions to keep, sorted."""
        return tuple(version_name(number) for number in sorted(self._protected))

    def reasons(
        self, versions: list[ImageVersion], in_use: Collection[str]
    ) -> dict[str, KeepReason | None]:
        """Decide about each version.

        Args:
            versions: The versions of the image.
            in_use: The versions of the MicroVMs that are not terminated.

        Returns:
            Why each version is kept, or `None` for one to delete; oldest first.
        """
        by_number = numbered(versions)
        startable = sorted(number for number, version in by_number.items() if can_start(version))
        current = startable[-1] if startable else None
        used = {version_number(version) for version in in_use}

        def reason(number: Number, version: ImageVersion) -> KeepReason | None:
            rules = (
                (number == current, KeepReason.CURRENT),
                (current is None, KeepReason.NO_CURRENT_VERSION),
                (number > (current or number), KeepReason.NEWER),
                (isinstance(version.state, UnknownValue), KeepReason.UNKNOWN),
                (isinstance(version.status, UnknownValue), KeepReason.UNKNOWN),
                (version.state in _UNFINISHED, KeepReason.UNFINISHED),
                (number in self._protected, KeepReason.PROTECTED),
                (number in startable[-self._keep :], KeepReason.NEWEST),
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


def versions_in_use(client: MicroVMClient, image_arn: str, version: str | None = None) -> set[str]:
    """Return the versions of the MicroVMs that are not terminated.

    Args:
        client: The client.
        image_arn: ARN of the image.
        version: Look for MicroVMs of this version only.
    """
    microvms = client.list_microvms(
        image_identifier=image_arn, image_version=version, max_results=LARGEST_PAGE
    )
    return {
        microvm.image_version for microvm in microvms if microvm.state != MicrovmState.TERMINATED
    }
