"""Creating the boto3 client that the SDK calls."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config

import microvm_sdk
from microvm_sdk import MicroVMClient

OURS = f"microvm-sdk/{microvm_sdk.__version__}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"session": "prod"}, r"session must be a boto3\.Session, got str"),
        ({"session": {}}, r"session must be a boto3\.Session, got dict"),
        (
            {"session": botocore.session.Session()},
            r"session must be a boto3\.Session, got botocore\.session\.Session",
        ),
        ({"config": {}}, r"config must be a botocore\.config\.Config, got dict"),
        ({"region_name": 5}, "region_name must be a string, got int"),
        ({"endpoint_url": b"http://x"}, "endpoint_url must be a string, got bytes"),
        ({"client": "prod"}, "client must be a boto3 client of lambda-microvms, got str"),
        (
            {"client": boto3.Session()},
            r"client must be a boto3 client of lambda-microvms, got boto3\.session\.Session",
        ),
    ],
)
def test_argument_of_the_wrong_type_is_named_with_what_was_expected(
    arguments: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=f"^{message}$"):
        MicroVMClient(**arguments)


@pytest.mark.parametrize(
    ("config", "agent"),
    [
        (None, f"partner/1 {OURS}"),
        (Config(read_timeout=5), f"partner/1 {OURS}"),
        (Config(user_agent_extra="mine/2"), f"mine/2 {OURS}"),
    ],
)
@pytest.mark.parametrize("is_default", [False, True])
def test_default_config_of_a_session_still_applies(
    config: Config | None, agent: str, is_default: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = boto3.Session()
    defaults = Config(user_agent_extra="partner/1", connect_timeout=3)
    session._session.set_default_client_config(defaults)
    if is_default:
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    client = MicroVMClient(session=None if is_default else session, config=config)
    used = client.boto3_client.meta.config
    assert used.user_agent_extra == agent
    assert used.connect_timeout == 3
    assert defaults.user_agent_extra == "partner/1"


class OtherSession:
    """A session like those of libraries for local clouds: not a subclass of boto3's."""

    def client(self, service: str, **arguments: Any) -> Any:
        arguments["endpoint_url"] = "http://127.0.0.1:9"
        return boto3.session.Session().client(service, **arguments)


@pytest.mark.parametrize(
    ("name", "patch"), [("Session", OtherSession), ("client", OtherSession().client)]
)
def test_patches_that_a_test_suite_makes_in_boto3_are_used(
    name: str, patch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boto3, name, patch)
    assert MicroVMClient().boto3_client.meta.endpoint_url == "http://127.0.0.1:9"


def test_session_that_is_not_a_subclass_of_boto3s_is_used() -> None:
    other: Any = OtherSession()
    client = MicroVMClient(session=other)
    assert client.boto3_client.meta.endpoint_url == "http://127.0.0.1:9"


def test_clients_of_a_program_share_its_credentials(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A `credential_process` runs once, as with boto3."""
    runs = tmp_path / "runs"
    script = tmp_path / "credentials.py"
    script.write_text(
        "import json\n"
        f"open({str(runs)!r}, 'a').write('x')\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': 'a', 'SecretAccessKey': 'b'}))\n"
    )
    (tmp_path / "config").write_text(
        f"[default]\nregion = eu-west-1\ncredential_process = {sys.executable} {script}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    boto3.client("sts")
    MicroVMClient()
    MicroVMClient()
    assert runs.read_text() == "x"


SERVER_MODE = """
import os, sys
import boto3
from moto import mock_aws
from microvm_sdk import MicroVMClient
from microvm_sdk.testing import MicroVMServer

with MicroVMServer(port=int(sys.argv[1])) as server:
    with mock_aws():
        client = MicroVMClient(region_name="us-east-1")
        print(client.boto3_client.meta.endpoint_url == server.endpoint_url)
        print([image.name for image in client.list_microvm_images()])
"""


def test_client_calls_the_server_of_motos_server_mode() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mode = {
        "TEST_SERVER_MODE": "true",
        "TEST_SERVER_MODE_ENDPOINT": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    done = subprocess.run(  # noqa: S603  The program above.
        [sys.executable, "-c", SERVER_MODE, str(port)],
        env={**os.environ, **mode},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.stdout == "True\n[]\n", done.stderr
