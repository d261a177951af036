"""Renewals that fail: which are put off, which are raised, and in which threads."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from loopback import Canned, Loopback
from tokens import THROTTLED, Clocks, auth, failure, token

from microvm_sdk import AuthToken, MicroVMClient, MicroVMError, ThrottlingException
from microvm_sdk.connect import TokenSource

pytestmark = pytest.mark.usefixtures("clocks")

FAILURES: list[Any] = [
    failure(429, "ThrottlingException"),
    failure(429, "TooManyRequestsException"),
    failure(500, "InternalServerException"),
    failure(503, "ServiceException"),
    Canned(502, b"<html>bad gateway</html>"),
    Canned(body=token(2).body, cut_at=5),
]


@pytest.mark.parametrize("response", FAILURES)
def test_renewal_that_fails_for_a_while_is_put_off_while_the_token_is_valid(
    source: TokenSource, loopback: Loopback, clocks: Clocks, response: Canned
) -> None:
    assert auth(source) == "token-1"
    clocks.seconds += 720
    loopback.respond_with(response)
    assert [auth(source) for _ in range(3)] == ["token-1"] * 3
    clocks.seconds += 9
    assert auth(source) == "token-1"
    assert len(loopback.requests) == 1
    clocks.wall += 10
    assert auth(source) == "token-1"
    assert len(loopback.requests) == 2
    loopback.respond_with(token(2))
    clocks.seconds += 10
    assert auth(source) == "token-2"


@pytest.mark.parametrize("response", FAILURES)
def test_renewal_that_fails_raises_once_the_token_has_expired(
    source: TokenSource, loopback: Loopback, clocks: Clocks, response: Canned
) -> None:
    assert auth(source) == "token-1"
    clocks.seconds += 895
    loopback.respond_with(response)
    assert auth(source) == "token-1"
    clocks.seconds += 5
    for _ in range(2):
        with pytest.raises((MicroVMError, BotoCoreError)):
            auth(source)
    loopback.respond_with(token(2))
    assert auth(source) == "token-2"


def test_connection_that_fails_is_put_off(source: TokenSource, clocks: Clocks) -> None:
    assert auth(source) == "token-1"
    clocks.seconds += 720
    error = EndpointConnectionError(endpoint_url="https://lambda")
    with mock.patch.object(source._client, "create_microvm_auth_token", side_effect=error):
        assert auth(source) == "token-1"
        source.invalidate("token-1")
        with pytest.raises(EndpointConnectionError):
            auth(source)
    assert auth(source) == "token-2"


@pytest.mark.parametrize(
    "response",
    [
        failure(400, "ValidationException", "has been terminated and its state cannot be changed"),
        failure(403, "AccessDeniedException"),
        failure(404, "ResourceNotFoundException"),
        failure(402, "ServiceQuotaExceededException"),
        Canned(body={"authToken": None}),
        Canned(body={"authToken": {"X-aws-proxy-auth": "to\r\nken"}}),
    ],
)
def test_other_failures_raise_at_once_and_keep_the_token(
    source: TokenSource, loopback: Loopback, clocks: Clocks, response: Canned
) -> None:
    assert auth(source) == "token-1"
    clocks.seconds += 720
    loopback.respond_with(response)
    for calls in (1, 2):
        with pytest.raises(MicroVMError):
            auth(source)
        assert len(loopback.requests) == calls
        assert source._renewal is None
    assert source._cached is not None
    assert source._cached.is_valid
    loopback.respond_with(token(2))
    assert auth(source) == "token-2"


def test_error_of_a_credential_provider_is_raised_at_once(
    source: TokenSource, clocks: Clocks
) -> None:
    assert auth(source) == "token-1"
    clocks.seconds += 720
    response: Any = {"Error": {"Code": "ThrottlingException", "Message": "of another service"}}
    error = ClientError(response, "GetRoleCredentials")
    with (
        mock.patch.object(source._client, "create_microvm_auth_token", side_effect=error),
        pytest.raises(ClientError) as raised,
    ):
        auth(source)
    assert raised.value is error


def test_rejected_token_is_not_used_while_its_renewal_is_put_off(
    source: TokenSource, loopback: Loopback, clocks: Clocks
) -> None:
    assert auth(source) == "token-1"
    clocks.seconds += 720
    loopback.respond_with(THROTTLED)
    assert auth(source) == "token-1"
    source.invalidate("token-1")
    with pytest.raises(ThrottlingException):
        auth(source)
    loopback.respond_with(token(2))
    assert auth(source) == "token-2"


def together(threads: int, function: Callable[[], str]) -> list[str | BaseException]:
    """Call a function in threads at once, and return what it returned or raised."""
    barrier = threading.Barrier(threads)

    def call(_: int) -> str | BaseException:
        barrier.wait(10)
        try:
            return function()
        except Exception as error:  # noqa: BLE001  It is compared by the test.
            return error

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(call, range(threads)))


def test_threads_that_wait_for_a_renewal_share_its_failure(
    source: TokenSource, client: MicroVMClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def create(**_: object) -> None:
        calls.append(1)
        time.sleep(0.2)
        raise ThrottlingException({"Error": {"Code": "ThrottlingException"}}, "Create")

    monkeypatch.setattr(client, "create_microvm_auth_token", create)
    raised = together(16, lambda: auth(source))
    assert {type(error) for error in raised} == {ThrottlingException}
    assert len(calls) == 1
    # It does not keep the error, and so the frames of its callers, alive.
    assert source._renewal is None


class Interrupted(Exception):
    """What a signal handler raises."""


@pytest.mark.parametrize("interruption", [Interrupted, KeyboardInterrupt])
def test_thread_that_waits_for_an_interrupted_renewal_makes_its_own(
    source: TokenSource,
    client: MicroVMClient,
    monkeypatch: pytest.MonkeyPatch,
    interruption: type[BaseException],
) -> None:
    create = client.create_microvm_auth_token
    begun, go_on = threading.Event(), threading.Event()

    def create_or_be_interrupted(**parameters: Any) -> AuthToken:
        if begun.is_set():
            return create(**parameters)
        begun.set()
        assert go_on.wait(10)
        raise interruption

    monkeypatch.setattr(client, "create_microvm_auth_token", create_or_be_interrupted)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(source.token)
        assert begun.wait(10)
        second = threads.submit(auth, source)
        while not second.running():
            time.sleep(0.001)
        go_on.set()
        assert second.result(10) == "token-1"
        assert isinstance(first.exception(10), interruption)


def test_token_that_is_rejected_during_its_renewal_is_not_used_after_a_failure(
    source: TokenSource, client: MicroVMClient, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert auth(source) == "token-1"
    clocks.seconds += 720

    def create(**_: object) -> None:
        source.invalidate("token-1")
        raise ThrottlingException({"Error": {"Code": "ThrottlingException"}}, "Create")

    monkeypatch.setattr(client, "create_microvm_auth_token", create)
    with pytest.raises(ThrottlingException):
        auth(source)
