import re
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from microvm_sdk.testing import MicroVMServer

EVERYWHERE = "0.0.0.0"  # noqa: S104 - for the warning.
COMMAND = [sys.executable, "-m", "microvm_sdk.testing"]


def start(*arguments: Any) -> Any:
    return subprocess.Popen(  # noqa: S603 - this Python, our arguments.
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_in_one_line_and_stops_cleanly(
    end: Any, image_request: Callable[..., Any]
) -> None:
    with start("--port", "0") as process:
        line = process.stdout.readline()
        url = re.fullmatch(r"AWS Lambda MicroVMs on (http://127\.0\.0\.1:\d+)\n", line)[1]
        client = boto3.client(
            "lambda-microvms",
            region_name="us-east-2",
            endpoint_url=url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        client.create_microvm_image(**image_request())
        process.send_signal(end)
        out, errors = process.communicate(timeout=20)
    assert (process.returncode, out, errors) == (0, "", "")


def test_it_warns_when_other_machines_are_let_in() -> None:
    with start("--port", "0", "--host", EVERYWHERE) as process:
        assert "http://0.0.0.0:" in process.stdout.readline()
        process.terminate()
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "0.0.0.0 lets other machines in" in errors
    assert len(errors.splitlines()) == 1


def test_a_port_that_is_taken_is_an_error_in_one_line(server: MicroVMServer) -> None:
    with start("--port", str(server.port)) as process:
        out, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert out == ""
    assert errors.startswith(f"error: 127.0.0.1:{server.port}: ")
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize("port", ["-1", "65536", "web"])
def test_a_port_that_is_none_is_refused(port: Any) -> None:
    with start("--port", port) as process:
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "--port" in errors
