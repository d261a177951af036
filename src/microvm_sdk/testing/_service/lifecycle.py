"""States that change by themselves, on moto's state manager."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from moto.moto_api import state_manager
from moto.moto_api._internal.managed_state_model import ManagedState

from microvm_sdk.testing._clock import clock

BUILDS = "lambdamicrovms::build"
DELETIONS = "lambdamicrovms::deletion"
MICROVMS = "lambdamicrovms::microvm"
MODELS = (BUILDS, DELETIONS, MICROVMS)

IMMEDIATE: dict[str, Any] = {"progression": "immediate"}


class Lifecycle(ManagedState):
    """A way through some states, at the pace that moto's state manager says.

    moto steps once a look when time passes, and measures from the object's creation. Here a
    look catches up with all the time that passed, measured from the entry into the state, by the
    local service's clock; so nobody has to poll for a build to end.
    """

    def __init__(self, model_name: str, *states: str) -> None:
        """Enter the first of the states.

        Args:
            model_name: The name under which moto's state manager knows the pace.
            states: The states in their order.
        """
        super().__init__(model_name, [(states[0], states[0])])
        self.enter(*states)

    def enter(self, *states: str) -> None:
        """Enter the first of the states, with the others to come."""
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
    def ended(self) -> bool:
        """Whether the last state is reached."""
        return self._status == self._states[-1]

    def progress(self) -> None:
        """Move on as far as the pace allows by now."""
        transition = state_manager.get_transition(self.model_name)
        if transition["progression"] != "time":
            # Reading moto's status is what moves it.
            _ = self.status
            return
        step = timedelta(seconds=transition["seconds"])
        while not self.ended and clock.now() >= self._entered + step:
            self._status = self._get_next_status(self._status)
            self._entered += step


class Pace:
    """How fast states change, where it was not said to moto's state manager itself."""

    def __init__(self) -> None:
        """Let states change at once."""
        self._set_here: set[str] = set()
        self.set_default(None)

    def set_default(self, seconds: float | None) -> None:
        """Say how fast states change where nobody says it.

        Args:
            seconds: Seconds from one state to the next; `None` for at once.
        """
        transition = IMMEDIATE if seconds is None else {"progression": "time", "seconds": seconds}
        for model in MODELS:
            state_manager.register_default_transition(model, transition)

    def set(self, model: str, transition: dict[str, Any]) -> None:
        """Say how fast one kind of states changes, until it is unset or forgotten."""
        self._set_here.add(model)
        state_manager.set_transition(model, transition)

    def unset(self, model: str) -> None:
        """Go back to the default."""
        self._set_here.discard(model)
        state_manager.unset_transition(model)

    def forget(self) -> None:
        """Unset what was set here; what the user told moto itself outlives moto's reset."""
        for model in list(self._set_here):
            self.unset(model)


pace = Pace()
