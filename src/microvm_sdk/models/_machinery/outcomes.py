"""The states that end a wait. Each enum of states has its outcomes beside it."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Generic, TypeVar

from microvm_sdk.models._machinery.enums import OpenEnum, UnknownValue

StateT = TypeVar("StateT", bound=OpenEnum)


class Verdict(Enum):
    """What a state means for a wait."""

    SUCCESS = auto()
    FAILURE = auto()
    NOT_YET = auto()


@dataclass(frozen=True)
class Outcome(Generic[StateT]):
    """The states that end a wait. Any other state, an unknown one included, keeps it going."""

    success: AbstractSet[StateT]
    """The states that are waited for."""
    failure: AbstractSet[StateT] = field(default_factory=frozenset)
    """The states from which none of those in `success` can ever be reached."""
    gone: bool = False
    """Whether a resource that the service does not know counts as success."""

    @property
    def waiting(self) -> AbstractSet[StateT]:
        """The known states that keep a wait going."""
        states = frozenset(type(next(iter(self.success))))
        return states - self.success - self.failure

    def verdict(self, state: StateT | UnknownValue) -> Verdict:
        """Return what a state means.

        Args:
            state: The state that a poll returned.

        Returns:
            Whether the wait succeeded, failed, or has to go on.
        """
        if state in self.success:
            return Verdict.SUCCESS
        return Verdict.FAILURE if state in self.failure else Verdict.NOT_YET
