import http.client
import re
import signal
import subprocess
import sys
from typing import Any

import pytest

from microvm_sdk.testing import MicroVMServer
from microvm_sdk.testing.__main__ import main

EVERYWHERE = "0.0.0.0"  # noqa: S104  For the warning.
COMMAND = [sys.executable, "-m", "microvm_sdk.testing"]


def start(*arguments: Any) -> Any:
    return subprocess.Popen(  # noqa: S603  It runs this Python with the test's arguments.
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_it_prints_commands_after_which_a_client_in_a_shell_calls_it() -> None:
    with start("--port", "0") as process:
        line = process.stdout.readline()
        url = re.fullmatch(r"AWS Lambda MicroVMs on (http://127\.0\.0\.1:\d+)\n", line)[1]
        exports = [process.stdout.readline() for _ in range(14)]
        assert exports[0] == f"export AWS_ENDPOINT_URL={url}\n"
        program = "import boto3; print(boto3.client('lambda-microvms').list_microvms()['items'])"
        script = "".join(exports) + f'{sys.executable} -c "{program}"'
        called = subprocess.run(  # noqa: S603  The command is a constant of this test.
            ["/bin/sh", "-c", script],
            env={"HOME": "/nonexistent"},
            capture_output=True,
            text=True,
            check=False,
        )
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=20)
    assert (called.returncode, called.stdout) == (0, "[]\n"), called.stderr
    assert (process.returncode, out, errors) == (0, "", "")


def test_it_has_options_for_certificates_hosts_and_other_machines() -> None:
    allowed = ("--allow-host", "microvms", "--allow-host", "ci")
    with start("--port", "0", "--tls", "--host", EVERYWHERE, *allowed) as process:
        prefix, _, port = process.stdout.readline().rpartition(":")
        assert prefix.endswith("http://127.0.0.1")
        names = [process.stdout.readline().partition("=")[0] for _ in range(18)]
        statuses = []
        for host in ("microvms", "ci", "other"):
            connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
            connection.request("GET", "/2025-09-09/microvms", headers={"Host": host})
            statuses.append(connection.getresponse().status)
            connection.close()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
    assert {"export SSL_CERT_FILE", "export NODE_EXTRA_CA_CERTS"} <= set(names)
    assert statuses == [200, 200, 403]
    assert process.returncode == 0
    assert "0.0.0.0 allows connections from other machines" in errors
    assert len(errors.splitlines()) == 1


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
