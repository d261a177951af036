"""What the proofs share: exceptions at any point, and the MicroVMs that nobody is told about."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from local_image import LocalImage

import microvm_sdk

PACKAGE = str(Path(microvm_sdk.__file__).parent)
LIFECYCLE = str(Path(PACKAGE) / "lifecycle")
ENDED = {"TERMINATING", "TERMINATED"}


class Interruption(BaseException):
    """What a signal handler raises, or gevent in place of a switch."""


class TimeLimit(Exception):  # noqa: N818  As Celery's, which is an Exception as well.
    """What a signal handler raises that wants to be caught."""


class Tracer:
    """Raises an exception at one of the lines that are executed."""

    def __init__(self, at: int, error: BaseException, folder: str = PACKAGE) -> None:
        self.at = at
        self.error = error
        self.folder = folder
        self.count = 0
        self.place = ""

    def __call__(self, frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(self.folder) or _is_testing(frame):
            return None
        # An event of a call is the moment before the first line, in the frame that is called.
        if event in {"line", "call"} and not is_beyond_us(frame, event):
            self.count += 1
            if self.count == self.at:
                name = Path(frame.f_code.co_filename).name
                self.place = f"{event} of {frame.f_code.co_name}, {name}:{frame.f_lineno}"
                raise self.error
        return self


def _is_testing(frame: FrameType) -> bool:
    return f"{PACKAGE}/testing" in frame.f_code.co_filename


def is_beyond_us(frame: FrameType, event: str) -> bool:
    """Whether no handler of ours can be active yet: at the very first line of the block's end."""
    code = frame.f_code
    is_end = code.co_name in {"__exit__", "__aexit__"} and code.co_filename.startswith(LIFECYCLE)
    return is_end and (event == "call" or frame.f_lineno == first_line(code))


def first_line(code: Any) -> int:
    """Return the first line of a function's body."""
    lines = sorted({line for _, _, line in code.co_lines() if line})
    return next(line for line in lines if line > code.co_firstlineno)


@contextmanager
def traced(tracer: Tracer) -> Iterator[None]:
    """Trace what is called in a block."""
    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        yield
    finally:
        sys.settrace(before)


def caught(call: Callable[[], object]) -> BaseException | None:
    """Return what a call raises."""
    try:
        call()
    except BaseException as error:  # noqa: BLE001  Interruptions are what the tests are about.
        return error
    return None


def notes(error: BaseException | None) -> str:
    """Return the notes of an exception, and of those that it was raised after."""
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


def lost(image: LocalImage, error: BaseException | None) -> set[str]:
    """Return the MicroVMs that run and that an exception does not name, and end all."""
    running = alive(image)
    text = notes(error)
    named = {microvm for microvm in running if microvm in text}
    if running - named and "client_token='" in text:
        token = text.partition("client_token='")[2].partition("'")[0]
        named.add(image.boto3.run_microvm(imageIdentifier=image.arn, clientToken=token)["microvmId"])
    for microvm in alive(image):
        image.boto3.terminate_microvm(microvmIdentifier=microvm)
    return running - named
