"""Mistakes that every public function refuses before any call, with the cure."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from loopback import Loopback

from microvm_sdk import (
    AsyncMicroVMClient,
    Microvm,
    MicroVMClient,
    MicrovmSummary,
    Port,
    connect,
)

PORTS = [Port(port=8080)]
SUMMARY = MicrovmSummary.model_validate(
    {
        "microvmId": "microvm-1",
        "state": "RUNNING",
        "imageArn": "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web",
        "imageVersion": "1.0",
        "startedAt": 0,
    }
)

WITH_A_PORT = [name for name in connect.__all__ if "TokenSource" not in name]


@pytest.fixture(params=connect.__all__)
def name(request: pytest.FixtureRequest) -> str:
    if "http_client" in request.param:
        pytest.importorskip("httpx2", reason="httpx2 needs Python 3.11")
    return str(request.param)


@pytest.fixture
def call(
    name: str, client: MicroVMClient, microvm: Microvm, loopback: Loopback
) -> Callable[..., None]:
    """Return a function that calls a public function with valid arguments but for those given."""
    is_async = name.lower().startswith("async")
    valid: dict[str, Any] = {
        "client": AsyncMicroVMClient(client=client) if is_async else client,
        "allowed_ports": PORTS,
    }
    source = "TokenSource" in name
    valid |= {"microvm_identifier": "microvm-1"} if source else {"microvm": microvm}

    def call(**arguments: Any) -> None:
        try:
            returned = getattr(connect, name)(**{**valid, **arguments})
            if inspect.iscoroutine(returned):
                asyncio.run(returned)
        finally:
            assert loopback.requests == []

    return call


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        (8080, r"allowed_ports must be a list of .*, got int; pass \[Port\(port=8080\)\]"),
        (Port(port=80), r"allowed_ports must be a list of .*; pass \[Port\(port=80\)\]"),
        ([8080], r"allowed_ports\[0\] must be .*, got int; pass Port\(port=8080\)"),
        ("8080", "allowed_ports must be a list of Port, PortRange or AllPorts, got str"),
        (None, "allowed_ports must be a list of .*, got NoneType"),
    ],
)
def test_ports_that_are_not_a_list_of_ports_are_refused(
    call: Callable[..., None], argument: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        call(allowed_ports=argument)


def test_no_ports_are_refused(call: Callable[..., None]) -> None:
    with pytest.raises(ValueError, match="allowed_ports must have at least one"):
        call(allowed_ports=[])


def test_client_of_the_other_kind_is_refused(
    name: str, call: Callable[..., None], client: MicroVMClient
) -> None:
    if name.lower().startswith("async"):
        with pytest.raises(TypeError, match=r"pass AsyncMicroVMClient\(client=client\)"):
            call(client=client)
        with pytest.raises(TypeError, match=r"pass AsyncMicroVMClient\(client=client\)"):
            call(client=client.boto3_client)
        return
    with pytest.raises(TypeError, match=r"got AsyncMicroVMClient; pass client\.sync_client"):
        call(client=AsyncMicroVMClient(client=client))
    with pytest.raises(TypeError, match=r"pass MicroVMClient\(client=client\)"):
        call(client=client.boto3_client)


def test_microvm_or_its_id_is_needed(
    name: str, call: Callable[..., None], microvm: Microvm
) -> None:
    if "TokenSource" in name:
        for wrong in (microvm, SUMMARY):
            with pytest.raises(TypeError, match=r"microvm_identifier .*; pass its microvm_id"):
                call(microvm_identifier=wrong)
        return
    for wrong in ("microvm-1", SUMMARY):
        with pytest.raises(TypeError, match=r"microvm must be a Microvm, .*client\.get_microvm"):
            call(microvm=wrong)


@pytest.mark.parametrize(
    ("port", "error", "message"),
    [
        ("8080", TypeError, "port must be an integer from 1 to 65535, got str"),
        (True, TypeError, "port must be an integer"),
        ([8080], TypeError, "port must be an integer"),
        (0, ValueError, "port must be from 1 to 65535, got 0"),
        (65536, ValueError, "port must be from 1 to 65535, got 65536"),
    ],
)
@pytest.mark.parametrize("name", WITH_A_PORT, indirect=True)
def test_port_is_checked(
    call: Callable[..., None], port: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call(port=port)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"timeout": -1}, ValueError, "timeout must be"),
        ({"timeout": "1"}, TypeError, "timeout must be"),
        ({"poll_interval": 0}, ValueError, "poll_interval must be"),
        ({"path": None}, TypeError, "path must be a string such as '/health', got NoneType"),
        ({"path": "https://a/b"}, ValueError, "path must be a path such as '/health'"),
        ({"path": "/a b"}, ValueError, "without spaces"),
        ({"path": "/a\r\nX: y"}, ValueError, "path must be a path"),
    ],
)
@pytest.mark.parametrize("name", ["wait_until_responding", "async_wait_until_responding"])
def test_arguments_of_the_wait_are_checked(
    call: Callable[..., None], arguments: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call(**arguments)


@pytest.mark.parametrize(
    ("minutes", "error"), [("15", TypeError), (True, TypeError), (1.5, TypeError), (0, ValueError)]
)
@pytest.mark.parametrize("name", ["TokenSource", "AsyncTokenSource"])
def test_expiration_is_checked(
    call: Callable[..., None], minutes: Any, error: type[Exception]
) -> None:
    with pytest.raises(error, match=r"expiration_in_minutes must be .*from 1 to 60, got"):
        call(expiration_in_minutes=minutes)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"http2": True}, TypeError, "http2 must be off"),
        ({"mounts": {}}, TypeError, "mounts cannot be given"),
        ({"base_url": "https://other"}, TypeError, "base_url cannot be given"),
        ({"follow_redirect": True}, TypeError, "follow_redirect"),
        *(
            ({"via": via}, ValueError, "via must be an http or https URL")
            for via in ("emulator:5000", "ftp://emulator", "http://", "http://a?b=c")
        ),
        ({"via": 5000}, TypeError, "via must be a URL, got int"),
    ],
)
@pytest.mark.parametrize("name", ["http_client", "async_http_client"], indirect=True)
def test_arguments_that_would_bypass_the_transport_are_refused(
    call: Callable[..., None], arguments: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call(**arguments)
