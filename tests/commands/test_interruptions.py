"""Signals, closed pipes and broken credentials, while a command runs."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from local_image import LocalService

ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"


@pytest.fixture(autouse=True)
def _hangups_are_not_ignored() -> Iterator[None]:
    """Undo what `nohup` does, if the tests run under it."""
    if not hasattr(signal, "SIGHUP"):  # Windows has none.
        yield
        return
    previous = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, previous)


# List images; get the image, list its versions, get the version, block; the same for the next, and
# the target.
STEPS_BEFORE_CALL: dict[int, list[str] | None] = {
    0: None,
    1: [],
    4: [],
    5: ["DEACTIVATED 2.0"],
    9: ["DEACTIVATED 2.0"],
    10: ["DEACTIVATED 2.0", "DEACTIVATED 3.0"],
}


@pytest.mark.parametrize("number", STEPS_BEFORE_CALL)
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_reports_what_was_done(
    name: str, number: int, service: LocalService, run: Any, at_call: Any
) -> None:
    steps = STEPS_BEFORE_CALL[number]
    number_of_signal = getattr(signal, name, signal.SIGINT)  # Windows has no SIGHUP.
    image = service.image(3)
    handler = signal.getsignal(number_of_signal)
    at_call(number, lambda: signal.raise_signal(number_of_signal))
    status, output, reported = run("promote", "web", "1.0")
    assert (status, output) == (1, "")
    assert signal.getsignal(number_of_signal) is handler
    changed = [name for name, status in image.versions().items() if status == INACTIVE]
    assert changed == [step.split()[1] for step in steps or ()]
    if steps is None:
        assert reported == "interrupted\n"
        return
    made = ", ".join(steps) or "none"
    *printed, interrupted, done, advice = reported.splitlines()
    assert printed == steps
    assert interrupted == "interrupted"
    assert done.startswith(f"promote ({image.arn}, version 1.0): interrupted. Changes made: {made}")
    assert advice == "to complete it, run the same command again"


def test_a_signal_while_a_request_is_under_way_says_that_it_may_have_been_made(
    service: LocalService, run: Any, on_every_client: Any
) -> None:
    image = service.image(3)

    def interrupt(**_: Any) -> None:
        signal.raise_signal(signal.SIGTERM)

    event = "before-parse.lambda-microvms.UpdateMicrovmImageVersion"
    on_every_client(event, interrupt)
    status, _, reported = run("promote", "web", "1.0")
    assert status == 1
    assert "Changes made: DEACTIVATED 2.0 (may have been made). " in reported
    assert image.versions()["2.0"] == INACTIVE


def test_a_signal_that_is_ignored_stays_ignored(
    service: LocalService, run: Any, at_call: Any
) -> None:
    service.image(3)
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        at_call(5, lambda: signal.raise_signal(signal.SIGHUP))
        assert run("promote", "web", "1.0")[0] == 0
    finally:
        signal.signal(signal.SIGHUP, previous)


def test_a_signal_ends_a_wait(
    service: LocalService, run: Any, fake_time: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = service.image(2)
    service.set_pace("build", {"progression": "time", "seconds": 600})
    image.build()
    monkeypatch.setattr(fake_time, "sleep", lambda _: signal.raise_signal(signal.SIGINT))
    status, output, reported = run("promote", "web", "1.0")
    assert (status, output) == (1, "")
    assert "Changes made: none. Current version as last read: 2.0." in reported


def command(service: LocalService, *arguments: str) -> list[str]:
    url = str(service.endpoint_url)
    return [sys.executable, "-m", "microvm_sdk", *arguments, "--endpoint-url", url]


def test_python_m_runs_the_command_without_boto3(service: LocalService) -> None:
    image = service.image(2)
    _, *arguments = command(service, "withdraw", image.arn, "2.0")
    process = subprocess.run(  # noqa: S603  The test made the command.
        [sys.executable, "-X", "importtime", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (process.returncode, process.stdout) == (0, "current 1.0, before 2.0\n")
    assert process.stderr.splitlines()[-1] == "DEACTIVATED 2.0"
    assert " botocore" in process.stderr
    assert " boto3" not in process.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's pipe")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_closed_pipe_is_quiet_and_does_not_end_the_job(
    stream: str, service: LocalService
) -> None:
    image = service.image(4)
    read, write = os.pipe()
    os.close(read)
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: write}
    process = subprocess.run(  # noqa: S603  The test made the command.
        command(service, "promote", image.arn, "1.0"), text=True, check=False, **streams
    )
    os.close(write)
    assert process.returncode == 0
    assert (process.stdout or process.stderr).strip() in {
        "current 1.0, before 4.0",
        "DEACTIVATED 2.0\nDEACTIVATED 3.0\nDEACTIVATED 4.0",
    }
    assert image.current() == "1.0"
