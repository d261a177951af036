"""What the proofs share: exceptions at any point, lost responses, and who was told about what."""

import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from inspect import CO_COROUTINE, CO_GENERATOR
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from botocore.exceptions import ReadTimeoutError
from local_image import LocalImage, LocalService

import microvm_sdk

PACKAGE = str(Path(microvm_sdk.__file__).parent)
LIFECYCLE = str(Path(PACKAGE) / "lifecycle")
TESTING = str(Path(PACKAGE) / "testing")
ENDED = {"TERMINATING", "TERMINATED"}


class Interruption(BaseException):
    """What a signal handler raises, or gevent at a switch."""


class TimeLimit(Exception):
    """What a signal handler raises if programs are to catch it as an `Exception`."""


class Tracer:
    """Raises an exception at one of the lines that this thread executes.

    A signal handler's exception can arrive between any two instructions; these are its effects.
    """

    def __init__(self, at: int, error: BaseException, folder: str) -> None:
        self.at = at
        self.error = error
        self.folder = folder
        self.count = 0
        self.place = ""
        """Where it raised it, if there were so many lines."""

    def __call__(self, frame: FrameType, event: str, _: Any) -> Any:
        path = frame.f_code.co_filename
        if not path.startswith(self.folder) or path.startswith(TESTING):
            return None
        # The event `call` is the moment before a function's first line. A coroutine has one at each
        # step, when the interpreter handles no signal.
        is_step = event == "call" and frame.f_code.co_flags & (CO_COROUTINE | CO_GENERATOR)
        if event in {"call", "line"} and not is_step and not is_too_early(frame, event):
            self.count += 1
            if self.count == self.at:
                self.place = f"{event} in {frame.f_code.co_name}, {path}:{frame.f_lineno}"
                raise self.error
        return self


def is_too_early(frame: FrameType, event: str) -> bool:
    """Whether the end of a block is called, and not even its `try` has been reached."""
    code = frame.f_code
    is_end = code.co_name in {"__exit__", "__aexit__"} and code.co_filename.startswith(LIFECYCLE)
    return is_end and (event == "call" or frame.f_lineno == _first_line(code))


def _first_line(code: CodeType) -> int:
    lines = {line for _, _, line in code.co_lines() if line}
    return min(line for line in lines if line > code.co_firstlineno)


@contextmanager
def traced(tracer: Tracer) -> Iterator[None]:
    """Trace what is called in a block."""
    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        yield
    finally:
        sys.settrace(before)


class InterruptedSteps(Coroutine[Any, Any, Any]):
    """A coroutine that gets exceptions at its awaits: at the step `first`, and the next ones."""

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, Any],
        first: int,
        times: int,
        error: type[BaseException],
    ) -> None:
        self._coroutine = coroutine
        self._steps = range(first, first + times)
        self._error = error
        self.step = 0

    def send(self, value: Any) -> Any:
        self.step += 1
        if self.step in self._steps:
            return self._coroutine.throw(self._error())
        return self._coroutine.send(value)

    def throw(self, *arguments: Any) -> Any:
        return self._coroutine.throw(*arguments)

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Any:
        raise NotImplementedError


def caught(call: Callable[[], object]) -> BaseException | None:
    """Return what a call raises."""
    try:
        call()
    except BaseException as error:  # noqa: BLE001  Interruptions are what the tests are about.
        return error
    return None


def notes(error: BaseException | None) -> str:
    """Return the notes of an exception, and of those that it replaced."""
    found: list[str] = []
    while error is not None:
        found += getattr(error, "__notes__", [])
        error = error.__context__
    return "\n".join(found)


def alive(image: LocalImage) -> set[str]:
    """Return the MicroVMs that run, as plain boto3 lists them."""
    pages = image.boto3.get_paginator("list_microvms").paginate(imageIdentifier=image.arn)
    return {
        microvm["microvmId"]
        for page in pages
        for microvm in page["items"]
        if microvm["state"] not in ENDED
    }


def unnamed(image: LocalImage, error: BaseException | None) -> set[str]:
    """Return the MicroVMs that run and that an exception does not name; then terminate all."""
    running, text = alive(image), notes(error)
    named = {microvm_id for microvm_id in running if microvm_id in text}
    if "client_token='" in text:
        token = text.partition("client_token='")[2].partition("'")[0]
        again = image.boto3.run_microvm(imageIdentifier=image.arn, clientToken=token)
        named.add(again["microvmId"])
    for microvm_id in alive(image):
        image.boto3.terminate_microvm(microvmIdentifier=microvm_id)
    return running - named


@contextmanager
def lost_responses(service: LocalService, operation: str, times: int) -> Iterator[None]:
    """Let calls take effect, and lose their responses."""
    left = [None] * times

    def lose(**_: Any) -> None:
        if left:
            left.pop()
            raise ReadTimeoutError(endpoint_url="https://lambda.example")

    events = service.client.boto3_client.meta.events
    name = f"after-call.lambda-microvms.{operation}"
    events.register(name, lose)
    try:
        yield
    finally:
        events.unregister(name, lose)


@contextmanager
def circumstances(service: LocalService, *, lost: int = 0, denied: bool = False) -> Iterator[None]:
    """Lose responses to `RunMicrovm`, and refuse `TerminateMicrovm`."""
    with ExitStack() as stack:
        stack.enter_context(lost_responses(service, "RunMicrovm", lost))
        if denied:
            service.controls.deny_access("TerminateMicrovm", times=None)
            stack.callback(service.controls.clear_scheduled_failures)
        yield
