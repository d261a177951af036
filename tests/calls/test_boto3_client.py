"""Checking the boto3 client, and what is registered on it."""

import json
import os
import select
import subprocess
import sys
import threading
from typing import Any

import boto3
import pytest
from botocore.config import Config
from loopback import Loopback, case
from sample_calls import update

import microvm_sdk
from microvm_sdk import MicroVMClient
from microvm_sdk._calls.events import handlers, registrations
from microvm_sdk.testing import mock_microvms

MINIMAL = case("update_microvm_image_version/minimal")


def test_client_of_another_service_is_refused_by_name() -> None:
    lambda_: Any = boto3.client("lambda")
    expected = "client must be a boto3 client of lambda-microvms, got one of lambda"
    with pytest.raises(TypeError, match=f"^{expected}$"):
        MicroVMClient(client=lambda_)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:password@127.0.0.1:9", "http://127.0.0.1:9"),
        ("http://user:pass%40word@127.0.0.1:9/a@b", "http://127.0.0.1:9/a@b"),
        ("https://token@proxy.example/x", "https://proxy.example/x"),
        ("http://127.0.0.1:9/a@b", "http://127.0.0.1:9/a@b"),
    ],
)
def test_repr_hides_the_user_name_and_password_of_the_endpoint(url: str, shown: str) -> None:
    client = MicroVMClient(endpoint_url=url)
    assert repr(client) == f"MicroVMClient(region_name='eu-west-1', endpoint_url='{shown}')"


def open_pools(client: MicroVMClient) -> int:
    return len(client.boto3_client._endpoint.http_session._manager.pools)  # type: ignore[attr-defined]


def test_client_works_again_after_it_was_closed(loopback: Loopback) -> None:
    loopback.respond_with(MINIMAL)
    with MicroVMClient(endpoint_url=loopback.endpoint_url) as client:
        update(client)
    assert open_pools(client) == 0
    assert update(client).image_version == "3.0"
    assert open_pools(client) == 1
    client.close()
    client.close()
    assert open_pools(client) == 0


def test_client_that_was_passed_stays_open(loopback: Loopback) -> None:
    loopback.respond_with(MINIMAL)
    existing = boto3.client("lambda-microvms", endpoint_url=loopback.endpoint_url)
    with MicroVMClient(client=existing) as client:
        update(client)
    client.close()
    assert open_pools(client) == 1
    existing.close()


def ports(loopback: Loopback) -> list[int]:
    return [request.port for request in loopback.requests]


def call_twice_in_a_child(client: MicroVMClient) -> Any:
    """Return how many pools the forked child had open, and what its second call returned."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            update(client)
            report: Any = [open_pools(client), update(client).image_version]
        except BaseException as error:  # noqa: BLE001  It is reported.
            report = repr(error)
        os.write(writer, json.dumps(report).encode())
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as pipe:  # noqa: PTH123  It opens a file descriptor.
        report = json.loads(pipe.read())
    os.waitpid(pid, 0)
    return report


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
def test_child_drops_inherited_connections(loopback: Loopback) -> None:
    loopback.respond_with(MINIMAL)
    client = MicroVMClient(endpoint_url=loopback.endpoint_url)
    update(client)
    assert call_twice_in_a_child(client) == [1, "3.0"]
    update(client)
    before, first, second, after = ports(loopback)
    assert first == second != before
    assert after == before


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
@pytest.mark.parametrize("proxies", [None, {"http": "http://proxy.example"}])
def test_child_does_not_wait_for_locks_of_the_parents_threads(
    loopback: Loopback, proxies: dict[str, str] | None
) -> None:
    loopback.respond_with(MINIMAL)
    if proxies:
        proxies["http"] = loopback.endpoint_url
    client = MicroVMClient(endpoint_url=loopback.endpoint_url, config=Config(proxies=proxies))
    update(client)
    session: Any = client.boto3_client._endpoint.http_session  # type: ignore[attr-defined]
    (manager,) = session._proxy_managers.values() if proxies else [session._manager]
    (pool,) = (manager.pools.get(key) for key in manager.pools.keys())  # noqa: SIM118  It cannot be iterated over.
    held, forked = threading.Event(), threading.Event()

    def hold() -> None:
        with manager.pools.lock, pool.pool.mutex:
            held.set()
            forked.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.write(writer, update(client).image_version.encode())
        os._exit(0)
    os.close(writer)
    # The child inherits this, too: a child that waits for a lock must not make the test wait.
    readable, _, _ = select.select([reader], [], [], 10)
    forked.set()
    thread.join()
    assert readable, "the child waits for a lock"
    assert os.read(reader, 10) == b"3.0"
    os.close(reader)


OLDER_CLIENT = """
import sys
from microvm_sdk import MicroVMClient
from microvm_sdk._calls.events import handlers, registrations

client = MicroVMClient(region_name="eu-west-1")
assert "moto" not in sys.modules

from microvm_sdk.testing import mock_microvms

with mock_microvms():
    image = client.create_microvm_image(
        name="web", base_image_arn=sys.argv[1], build_role_arn=sys.argv[2],
        code_artifact={"uri": "s3://a/b"},
    )
    print(image.name, len(list(client.list_microvm_images())))
    print(len(client.boto3_client.list_microvm_images()["items"]))
try:
    client.boto3_client.list_microvm_images()
except Exception as error:
    print(type(error).__name__)
"""


def test_client_that_is_older_than_moto_reaches_the_mock() -> None:
    base = "arn:aws:lambda:eu-west-1:aws:microvm-image:al2023-1"
    role = "arn:aws:iam::123456789012:role/build"
    # A request that the mock does not intercept fails at a proxy that does not exist.
    settings = {"HTTPS_PROXY": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    done = subprocess.run(  # noqa: S603  The program above.
        [sys.executable, "-c", OLDER_CLIENT, base, role],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["web", "1", "1", "ProxyConnectionError"]


def test_request_of_a_mocked_client_gets_one_response() -> None:
    with mock_microvms() as mock:
        client = MicroVMClient(region_name="eu-west-1")
        mock.fail_calls("ConflictException", times=1)
        config = Config(retries={"total_max_attempts": 1})
        once = MicroVMClient(region_name="eu-west-1", config=config)
        with pytest.raises(microvm_sdk.ConflictException):
            list(once.list_microvm_images())
        assert list(client.list_microvm_images()) == []


def test_handlers_are_registered_once_for_each_boto3_client() -> None:
    existing = boto3.client("lambda-microvms")
    MicroVMClient(client=existing)
    emitter: Any = existing.meta.events
    event = "before-send.lambda-microvms.GetMicrovm"
    first = list(handlers(emitter, event))
    MicroVMClient(client=existing)
    assert list(handlers(emitter, event)) == first


def test_handlers_of_an_event_are_those_that_botocore_calls() -> None:
    """botocore keeps them private: if this fails, adapt `events.handlers`."""
    events = boto3.client("lambda-microvms").meta.events
    called: list[str] = []

    def first(**_: object) -> None:
        called.append("first")

    def second(**_: object) -> None:
        called.append("second")

    name = "after-call.lambda-microvms.GetMicrovm"
    before = list(handlers(events, name))
    unchanged = registrations(events)
    events.register("after-call", second)
    events.register_first("after-call.lambda-microvms", first)
    assert registrations(events) is registrations(events)
    found = [handler for handler in handlers(events, name) if handler not in before]
    assert found == [first, second]
    assert registrations(events) is not unchanged
    assert called == []
    events.emit(name, http_response=None, parsed={}, model=None, context={})
    assert called == ["first", "second"]
    assert [handler for handler in handlers(events, name) if handler not in before] == found
