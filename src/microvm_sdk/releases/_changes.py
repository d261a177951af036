"""Making changes, and knowing of each whether it was made, was not made, or may have been made."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from botocore.exceptions import HTTPClientError
from typing_extensions import Self

from microvm_sdk._release_steps import ReleaseStep
from microvm_sdk._waits.busy import FOR_THE_MOMENT
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import ResponseValidationError, ServiceError

ResponseT = TypeVar("ResponseT")

_FIRST_CLIENT_ERROR, _FIRST_SERVER_ERROR = 400, 500


class _Pause(Protocol):
    def __call__(self, obstacle: str, *, at_least: float) -> None: ...


class Changes:
    """The changes of a job, each of which is a step."""

    def __init__(
        self,
        client: MicroVMClient,
        on_step: Callable[[ReleaseStep], object] | None,
        pause: _Pause,
    ) -> None:
        """Begin without a change.

        Args:
            client: The client that makes them.
            on_step: Called after each change.
            pause: Pauses before the next read, or raises an exception if it timed out.
        """
        self.steps: list[ReleaseStep] = []
        """What was changed, or may have been, in that order."""
        self._client = client
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
        with _Sending(self._client) as sending:
            try:
                response = call()
            except BaseException as error:
                if not _may_have_been_made(error, sending):
                    if is_new:
                        self.steps.pop()
                    self._pause_if_busy(error)
                    return None
                if not _is_lost_response(error):
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

    def _pause_if_busy(self, error: BaseException) -> None:
        if not (isinstance(error, ServiceError) and error.kind in FOR_THE_MOMENT):
            raise error
        self._pause(str(error), at_least=retry_after(error))

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


def _doubt(step: ReleaseStep) -> ReleaseStep:
    return replace(step, confirmed=False)


def _may_have_been_made(error: BaseException, sending: "_Sending") -> bool:
    """Return whether a change may have been made, although the call raised an exception."""
    if not _is_lost_response(error):
        return sending.was_sent
    if not isinstance(error, ServiceError):
        return True
    status = error.status_code or 0
    is_rejection = _FIRST_CLIENT_ERROR <= status < _FIRST_SERVER_ERROR
    # After a retry of botocore's, the response to the first request may have been lost.
    return not is_rejection or _retries(error) > 0


def _is_lost_response(error: BaseException) -> bool:
    """Return whether a call failed because its response was lost, unreadable or an error.

    Others come from a handler of signals or of botocore's events, or from a credential provider.
    """
    return isinstance(error, (ServiceError, ResponseValidationError, HTTPClientError))


def _retries(error: ServiceError) -> int:
    metadata: Any = error.response.get("ResponseMetadata", {})
    retries = metadata.get("RetryAttempts", 0)
    return retries if isinstance(retries, int) else 0


class _Sending:
    """Observes whether a request is sent while a `with` block makes a call.

    botocore signs a request before it sends it, and before each retry. Signing can fail because a
    credential provider does, and the exception does not show whether anything was sent before.
    """

    def __init__(self, client: MicroVMClient) -> None:
        self.was_sent = False
        client.boto3_client.meta.events.register_first(
            "before-send.lambda-microvms", _observe, unique_id=__name__
        )

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)


_current: ContextVar[_Sending | None] = ContextVar("microvm_sdk_sending", default=None)


def _observe(**_: Any) -> None:
    sending = _current.get()
    if sending is not None:
        sending.was_sent = True
