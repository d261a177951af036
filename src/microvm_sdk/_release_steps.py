"""The changes that a release makes. `ReleaseError` lists them, and so do the jobs."""

from dataclasses import dataclass
from enum import Enum


class StepAction(str, Enum):
    """What a step of a release changed."""

    ACTIVATED = "ACTIVATED"
    """The version was allowed to start MicroVMs."""
    DEACTIVATED = "DEACTIVATED"
    """The version was blocked for new MicroVMs."""
    DELETING = "DELETING"
    """The service accepted the request to delete the version."""
    DELETED = "DELETED"
    """The version is gone."""

    __str__ = str.__str__


@dataclass(frozen=True)
class ReleaseStep:
    """A change that a release made, or may have made."""

    action: StepAction
    """What was changed."""
    image_version: str
    """The version that was changed."""
    confirmed: bool = True
    """Whether the service confirmed the change.

    If not, its response was lost or unreadable, or an error came after a retry of botocore's, so
    the change may have been made. The job reads the version again and goes on from what it reads.
    """

    def __str__(self) -> str:
        """Return, for example, `DEACTIVATED 9.0`."""
        doubt = "" if self.confirmed else " (may have been made)"
        return f"{self.action} {self.image_version}{doubt}"
