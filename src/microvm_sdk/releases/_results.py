"""What releases return and report."""

from datetime import datetime
from enum import Enum
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from microvm_sdk._printable import printable
from microvm_sdk._version_numbers import version_number, version_order
from microvm_sdk.models._machinery.model import Model


def _require_version(version: str) -> str:
    if version_number(version) is None:
        msg = "must have the form '8.0' or '8'"
        raise ValueError(msg)
    return version


def _require_date(date: object) -> object:
    if not isinstance(date, (str, datetime)):
        msg = "must be a date and a time"
        raise ValueError(msg)  # noqa: TRY004  pydantic expects it.
    return date


_Version: TypeAlias = Annotated[str, AfterValidator(_require_version)]


class Release(Model, frozen=True):
    """What `promote` or `withdraw` did."""

    image_arn: str
    """ARN of the image."""
    before: str | None
    """The current version when the job began; `None` if there was none."""
    now: str | None
    """The current version when the job ended."""
    activated: str | None
    """The version that was made `ACTIVE`; `None` if it was `ACTIVE` before."""
    blocked: tuple[str, ...]
    """The versions that were made `INACTIVE`, in the order of the changes."""
    latest_active: str | None
    """The image's `latest_active_image_version` as last read.

    It may differ from `now`. It is unknown whether the service moves it back when its version is
    made `INACTIVE`, and so no job decides by it.
    """


class KeepReason(str, Enum):
    """Why a version is kept."""

    CURRENT = "CURRENT"
    """It is the current version."""
    NEWER = "NEWER"
    """It is newer than the current version."""
    NEWEST = "NEWEST"
    """It is among the newest versions that can start MicroVMs: one to roll back to."""
    IN_USE = "IN_USE"
    """A MicroVM that was started from it has not been terminated."""
    PROTECTED = "PROTECTED"
    """The caller protects it."""
    UNFINISHED = "UNFINISHED"
    """It is being built or deleted."""
    UNKNOWN = "UNKNOWN"
    """Its number, state or status is unknown to this SDK."""
    NO_CURRENT_VERSION = "NO_CURRENT_VERSION"
    """No version is current, so nothing is deleted."""
    REACTIVATED = "REACTIVATED"
    """Another process activated it while it was being pruned."""
    LEFT_INACTIVE = "LEFT_INACTIVE"
    """It is newer than the current version by now, and stays `INACTIVE`, as `prune` made it.

    Callers would move to it if it were activated again.
    """
    GONE = "GONE"
    """It no longer exists: another process deleted it."""

    __str__ = str.__str__


class KeptVersion(Model, frozen=True):
    """A version that is kept, and why."""

    image_version: str
    """The version."""
    reason: KeepReason
    """Why it is kept."""


class PrunePlan(Model, frozen=True):
    """What `prune` would delete. `str(plan)` is a table; JSON keeps all of it."""

    image_arn: str
    """ARN of the image."""
    current: _Version | None
    """The current version when the plan was made."""
    keep: Annotated[int, Field(ge=1, strict=True)]
    """How many versions that can start MicroVMs to keep, the current one included."""
    protect: tuple[_Version, ...]
    """Versions that the caller protects."""
    kept: tuple[KeptVersion, ...]
    """The versions to keep, oldest first."""
    delete: tuple[_Version, ...]
    """The versions to delete, oldest first."""
    created_at: Annotated[AwareDatetime, BeforeValidator(_require_date)]
    """When the plan was made."""

    def __str__(self) -> str:
        """Return the plan as a table for a terminal."""
        rows = [("VERSION", "ACTION", "REASON")]
        rows += [(version, "delete", "") for version in self.delete]
        # The service may return any text as a version.
        rows += [(printable(each.image_version), "keep", each.reason) for each in self.kept]
        rows[1:] = sorted(rows[1:], key=lambda row: version_order(row[0]))
        width = max(len(version) for version, _, _ in rows)
        table = [
            f"{version:<{width}}  {action:<6}  {reason}".rstrip()
            for version, action, reason in rows
        ]
        return "\n".join(
            [
                f"image    {printable(self.image_arn)}",
                f"current  {self.current or 'none'}",
                f"keep     {self.keep}",
                f"created  {self.created_at:%Y-%m-%d %H:%M:%S %Z}",
                "",
                *table,
                "",
                f"{len(self.delete)} to delete, {len(self.kept)} to keep",
            ]
        )


class Pruned(Model, frozen=True):
    """What `prune` did."""

    deleted: tuple[str, ...]
    """The versions that were deleted, in the order of the deletions."""
    skipped: tuple[KeptVersion, ...]
    """The versions of the plan that were not deleted, and why."""
