import http.client
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from microvm_sdk.testing import MicroVMServer
from microvm_sdk.testing.__main__ import main

EVERYWHERE = "0.0.0.0"  # noqa: S104  For the warning.
COMMAND = [sys.executable, "-m", "microvm_sdk.testing"]


def start(*arguments: Any) -> Any:
    return subprocess.Popen(  # noqa: S603  It runs this Python with the test's arguments.
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_url_and_how_to_use_it_and_stops_cleanly(
    end: Any, image_request: Callable[..., Any]
) -> None:
    with start("--port", "0") as process:
        line = process.stdout.readline()
        url = re.fullmatch(r"AWS Lambda MicroVMs on (http://127\.0\.0\.1:\d+)\n", line)[1]
        exports = [process.stdout.readline() for _ in range(14)]
        assert exports[0] == f"export AWS_ENDPOINT_URL={url}\n"
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


def test_with_tls_it_prints_the_certificates_too() -> None:
    with start("--port", "0", "--tls") as process:
        lines = [process.stdout.readline() for _ in range(19)]
        process.terminate()
        process.communicate(timeout=20)
    assert any(line.startswith("export SSL_CERT_FILE=") for line in lines)
    assert any(line.startswith("export NODE_EXTRA_CA_CERTS=") for line in lines)


def test_it_warns_when_other_machines_are_allowed() -> None:
    with start("--port", "0", "--host", EVERYWHERE) as process:
        assert "http://127.0.0.1:" in process.stdout.readline()
        process.terminate()
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "0.0.0.0 allows connections from other machines" in errors
    assert len(errors.splitlines()) == 1


def test_after_the_printed_commands_a_client_in_a_shell_calls_the_server() -> None:
    with start("--port", "0") as process:
        process.stdout.readline()
        exports = [process.stdout.readline() for _ in range(14)]
        program = "import boto3; print(boto3.client('lambda-microvms').list_microvms()['items'])"
        script = "".join(exports) + f'{sys.executable} -c "{program}"'
        called = subprocess.run(  # noqa: S603  The command is a constant of this test.
            ["/bin/sh", "-c", script],
            env={"HOME": "/nonexistent"},
            capture_output=True,
            text=True,
            check=False,
        )
        process.terminate()
        process.communicate(timeout=20)
    assert (called.returncode, called.stdout) == (0, "[]\n"), called.stderr


def test_it_allows_hosts_by_name() -> None:
    with start("--port", "0", "--allow-host", "microvms", "--allow-host", "ci") as process:
        port = int(process.stdout.readline().rpartition(":")[2])
        statuses = []
        for host in ("microvms", "ci", "other"):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/2025-09-09/microvms", headers={"Host": host})
            statuses.append(connection.getresponse().status)
            connection.close()
        process.terminate()
        process.communicate(timeout=20)
    assert statuses == [200, 200, 403]


def test_a_port_that_is_taken_is_an_error_in_one_line(server: MicroVMServer) -> None:
    with start("--port", str(server.port)) as process:
        out, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert out == ""
    assert errors.startswith(f"error: 127.0.0.1:{server.port}: ")
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--port", "-1", "a port is 0 to 65535"),
        ("--port", "65536", "a port is 0 to 65535"),
        ("--port", "web", "a port is 0 to 65535"),
        ("--host", "", "a host is an address or a name"),
        ("--allow-host", " ", "a host is an address or a name"),
    ],
)
def test_an_invalid_option_is_refused(
    option: str, value: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main([option, value])
    assert caught.value.code == 2
    assert f"argument {option}: {reason}" in capsys.readouterr().err
