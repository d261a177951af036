"""States that change by themselves, on moto's state manager."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from moto.moto_api import state_manager
from moto.moto_api._internal.managed_state_model import ManagedState

from microvm_sdk.testing._clock import clock

BUILDS = "lambdamicrovms::build"
DELETIONS = "lambdamicrovms::deletion"
MICROVMS = "lambdamicrovms::microvm"
MODELS = (BUILDS, DELETIONS, MICROVMS)

_IMMEDIATE: dict[str, Any] = {"progression": "immediate"}


class Lifecycle(ManagedState):
    """A sequence of states, at the pace that is set in moto's state manager.

    With the `time` progression, moto advances one state a poll and measures from the object's
    creation. Here a poll catches up with all the time that has passed since the object entered
    its state, by the local service's clock, so a build ends without being polled.
    """

    def __init__(self, model_name: str, *states: str, endless: bool = False) -> None:
        """Enter the first of the states.

        Args:
            model_name: The name of the pace in moto's state manager.
            states: The states in their order.
            endless: Whether the last state is not an end but one that hangs.
        """
        super().__init__(model_name, [(states[0], states[0])])
        self._endless = endless
        self.enter(*states)

    def enter(self, *states: str) -> None:
        """Enter the first of the states; the others follow."""
        self._states = states
        self._transitions = list(itertools.pairwise(states))
        self._status = states[0]
        self._tick = 0
        self._entered = clock.now()

    @property
    def state(self) -> str:
        """The state when `progress` was last called."""
        return str(self._status)

    @property
    def entered_at(self) -> datetime:
        """When the state was entered, even if a poll noticed it later."""
        return self._entered

    @property
    def ended(self) -> bool:
        """Whether the last state has been reached."""
        return not self._endless and self._reached_last

    def leads_to(self, state: str) -> bool:
        """Whether it ends in a state."""
        return self._states[-1] == state

    def end(self, state: str) -> None:
        """Enter the last state, even if the one before it is endless."""
        self._endless = False
        self.enter(state)

    @property
    def _reached_last(self) -> bool:
        return self._status == self._states[-1]

    def progress(self) -> None:
        """Advance as far as the pace allows."""
        transition = state_manager.get_transition(self.model_name)
        if transition["progression"] != "time":
            before = self._status
            # Reading moto's status advances it.
            if self.status != before and transition["progression"] == "manual":
                self._entered = clock.now()
            return
        step = timedelta(seconds=transition["seconds"])
        while not self._reached_last and clock.now() >= self._entered + step:
            self._status = self._get_next_status(self._status)
            self._entered += step


class Pace:
    """How fast states change, unless it was set in moto's state manager itself."""

    def __init__(self) -> None:
        """Make states change immediately."""
        self._set_here: set[str] = set()
        self.set_default(None)

    def set_default(self, seconds: float | None) -> None:
        """Set how fast states change by default.

        Args:
            seconds: Seconds from one state to the next; `None` for immediately.
        """
        transition = _IMMEDIATE if seconds is None else {"progression": "time", "seconds": seconds}
        for model in MODELS:
            state_manager.register_default_transition(model, transition)

    def set(self, model: str, transition: dict[str, Any]) -> None:
        """Set how fast one kind of states changes, until it is unset or cleared."""
        self._set_here.add(model)
        state_manager.set_transition(model, transition)

    def unset(self, model: str) -> None:
        """Go back to the default."""
        self._set_here.discard(model)
        state_manager.unset_transition(model)

    def clear(self) -> None:
        """Unset what was set here. What was set in moto itself stays, as after moto's own reset."""
        for model in list(self._set_here):
            self.unset(model)


pace = Pace()
