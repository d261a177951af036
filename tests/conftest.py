"""Fixtures of all tests: no real credentials, a loopback server, and a client of it."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.loaders import create_loader
from fake_time import FakeTime, ServiceTime
from loopback import Canned, Loopback, serving

from microvm_sdk import MicroVMClient
from microvm_sdk._waits import pace as _pace

if TYPE_CHECKING:
    from local_image import LocalService

REGION = "eu-west-1"


@pytest.fixture(scope="session", autouse=True)
def _data_read_once() -> Iterator[None]:
    # Each of hundreds of sessions would read botocore's data again, which takes 0.1 s.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", cache(create_loader))
        yield


@pytest.fixture(autouse=True)
def _no_real_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)


@pytest.fixture(scope="session")
def _server() -> Iterator[Loopback]:
    with serving() as loopback:
        yield loopback


@pytest.fixture
def loopback(_server: Loopback) -> Loopback:
    _server.responses.clear()
    _server.requests.clear()
    return _server


@pytest.fixture(scope="session")
def _client(_server: Loopback) -> MicroVMClient:
    session = boto3.Session("testing", "testing", region_name=REGION)
    once = Config(retries={"total_max_attempts": 1})
    return MicroVMClient(session=session, endpoint_url=_server.endpoint_url, config=once)


@pytest.fixture
def client(_client: MicroVMClient, loopback: Loopback) -> MicroVMClient:
    """Return a client that sends each request once. Creating one takes 0.1 s."""
    loopback.respond_with(Canned())
    return _client


# Not for the whole session: a mock would reach the tests of other modules.
@pytest.fixture(scope="module")
def _service() -> "Iterator[LocalService]":
    # The wheel's own tests run without the extra `testing`.
    from local_image import service_in_process  # noqa: PLC0415

    with service_in_process() as service:
        yield service


@pytest.fixture
def service(_service: "LocalService") -> "LocalService":
    """Return the local service, empty, with a client and plain boto3 for it."""
    _service.reset()
    return _service


@pytest.fixture
def fake_time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    """Replace the clock of everything that polls."""
    fake = FakeTime()
    monkeypatch.setattr(_pace, "time", fake)
    return fake


@pytest.fixture
def service_time(monkeypatch: pytest.MonkeyPatch) -> ServiceTime:
    """Move the clock of the local service wherever the SDK would sleep."""
    time = ServiceTime()
    monkeypatch.setattr(_pace, "time", time)
    return time
