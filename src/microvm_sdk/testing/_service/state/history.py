"""Earlier states of an account, for reads that lag behind changes."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._conditions import Lag, conditions
from microvm_sdk.testing._service.state.account import Account

# An operation that is never called would otherwise keep every earlier state.
_MOST_CHANGES = 100


@dataclass
class Change:
    """A change of the account, and which operations have been called since."""

    before: Account
    """The account before the change."""
    changed_at: datetime
    """When the change was made."""
    reads: Counter[str] = field(default_factory=Counter[str])
    """How often each operation has been called since."""

    def shown_by(self, operation: str, lag: Lag) -> bool:
        """Whether an operation with this lag shows the change."""
        enough_reads = self.reads[operation] >= lag.reads
        return enough_reads and clock.now() >= self.changed_at + lag.delay


class History:
    """The changes that some operation does not show yet, oldest first."""

    def __init__(self) -> None:
        self._changes: list[Change] = []

    def add(self, before: Account) -> None:
        """Record a change.

        Args:
            before: A copy of the account, made before the change.
        """
        self._changes = [*self._changes, Change(before, clock.now())][-_MOST_CHANGES:]

    def account_for(self, operation: str) -> Account | None:
        """Return the account as a call of this operation shows it, and count the call.

        Returns:
            The account before the oldest change that the operation does not show yet; `None` when
            it shows all changes.
        """
        lags = conditions.lags()
        self._changes = [
            change
            for change in self._changes
            if not all(change.shown_by(each, lag) for each, lag in lags.items())
        ]
        if operation not in lags:
            return None
        hidden = [
            change for change in self._changes if not change.shown_by(operation, lags[operation])
        ]
        for change in hidden:
            change.reads[operation] += 1
        return hidden[0].before if hidden else None
