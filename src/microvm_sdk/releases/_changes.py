"""Makes changes, and records whether each was made, was not made, or may have been made."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, TypeVar

from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.exceptions import HTTPClientError

from microvm_sdk._calls.sending import Sending
from microvm_sdk._release_steps import ReleaseStep, StepAction
from microvm_sdk._waits.busy import FOR_THE_MOMENT
from microvm_sdk.exceptions import ServiceError

ResponseT = TypeVar("ResponseT")

_OPERATIONS = {
    StepAction.ACTIVATED: "UpdateMicrovmImageVersion",
    StepAction.DEACTIVATED: "UpdateMicrovmImageVersion",
    StepAction.DELETING: "DeleteMicrovmImageVersion",
}
_LOST_RESPONSES = (HTTPClientError, NoConnectionError)


class _Pause(Protocol):
    def __call__(self, obstacle: str, *, at_least: float) -> None: ...


class Changes:
    """The changes of a job, each of which is a step."""

    def __init__(
        self,
        on_step: Callable[[ReleaseStep], object] | None,
        pause: _Pause,
    ) -> None:
        """Begin without a change.

        Args:
            on_step: Called after each change.
            pause: Pauses before the next read, or raises an exception if it timed out.
        """
        self.steps: list[ReleaseStep] = []
        """What was changed, or may have been, in that order."""
        self._on_step = on_step
        self._pause = pause

    def make(
        self,
        step: ReleaseStep,
        call: Callable[[], ResponseT],
        is_made: Callable[[ResponseT], bool] = lambda _: True,
    ) -> ResponseT | None:
        """Change something.

        Args:
            step: The change.
            call: Makes it.
            is_made: Whether the response shows the change.

        Returns:
            The response; `None`, after a pause, if the image was busy or the response was lost.
        """
        doubt = _doubt(step)
        is_new = not self.ended_with_doubt(step)
        if is_new:
            # Before the call: a signal handler may raise an exception at any moment.
            self.steps.append(doubt)
        obstacle, at_least = "the response does not show the change", 0
        sending = Sending(_OPERATIONS[step.action])
        try:
            response = sending.observe(call)
        except BaseException as error:
            if not sending.may_have_taken_effect(error):
                if is_new:
                    self.steps.pop()
                if not (sending.is_answer(error) and _is_for_the_moment(error)):
                    raise
                self._pause(str(error), at_least=retry_after(error))
                return None
            # Any other exception comes from a signal handler, from a handler of botocore's events,
            # or from a credential provider before a retry.
            if not (sending.is_answer(error) or isinstance(error, _LOST_RESPONSES)):
                raise
            obstacle, at_least = str(error), retry_after(error)
        else:
            if is_made(response):
                self._confirm(step, is_new=is_new)
                return response
        if is_new:
            self._report(doubt)
        self._pause(f"{doubt}: {obstacle}", at_least=at_least)
        return None

    def _confirm(self, step: ReleaseStep, *, is_new: bool) -> None:
        if is_new:
            self.steps[-1] = step
        else:
            self.steps.append(step)
        self._report(step)

    def ended_with_doubt(self, step: ReleaseStep) -> bool:
        """Return whether this change was the last, and may have been made."""
        return self.steps[-1:] == [_doubt(step)]

    def add(self, step: ReleaseStep) -> None:
        """Add a change that was observed."""
        self.steps.append(step)
        self._report(step)

    def _report(self, step: ReleaseStep) -> None:
        if self._on_step is not None:
            self._on_step(step)


def retry_after(error: BaseException) -> int:
    """Return how long an error of the service asks to wait, in seconds."""
    return error.retry_after_seconds or 0 if isinstance(error, ServiceError) else 0


def _is_for_the_moment(error: BaseException) -> bool:
    return isinstance(error, ServiceError) and error.kind in FOR_THE_MOMENT


def _doubt(step: ReleaseStep) -> ReleaseStep:
    return replace(step, confirmed=False)
