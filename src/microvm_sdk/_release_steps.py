"""The changes that a release makes. `ReleaseError` lists them, and so do the jobs."""

from dataclasses import dataclass
from enum import Enum


class StepAction(str, Enum):
    """What a step of a release changed."""

    ACTIVATED = "ACTIVATED"
    """The version was allowed to start MicroVMs."""
    DEACTIVATED = "DEACTIVATED"
    """The version was blocked for new MicroVMs."""
    DELETED = "DELETED"
    """The deletion of the version began."""

    __str__ = str.__str__


@dataclass(frozen=True)
class ReleaseStep:
    """A change that a release made."""

    action: StepAction
    """What was changed."""
    image_version: str
    """The version that was changed."""

    def __str__(self) -> str:
        """Return, for example, `DEACTIVATED 9.0`."""
        return f"{self.action} {self.image_version}"
