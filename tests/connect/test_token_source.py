"""Token sources: on clocks that the tests set."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from loopback import Canned, Loopback

from microvm_sdk import (
    AuthToken,
    MicroVMClient,
    MicroVMError,
    Port,
    PortRange,
    ResponseValidationError,
    ThrottlingException,
)
from microvm_sdk.connect import TokenSource, _tokens

MICROVM = "microvm-1"
SECRET = "do-not-print-me"
TOKEN = Canned(body={"authToken": {"X-aws-proxy-auth": "token-1"}})


def error(status: int, name: str, message: str = "no") -> Canned:
    return Canned(status, {"message": message}, {"x-amzn-errortype": name})


THROTTLED = error(429, "ThrottlingException")


class Clocks:
    def __init__(self) -> None:
        self.seconds = 1000.0
        self.wall = 1_800_000_000.0

    def monotonic(self) -> float:
        return self.seconds

    def time(self) -> float:
        return self.wall


@pytest.fixture(autouse=True)
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr(_tokens, "time", clocks)
    return clocks


def token(number: int) -> Canned:
    return Canned(body={"authToken": {"X-aws-proxy-auth": f"token-{number}"}})


@pytest.fixture
def source(client: MicroVMClient, loopback: Loopback) -> TokenSource:
    loopback.respond_with(*map(token, range(1, 10)))
    return TokenSource(client, microvm_identifier=MICROVM, allowed_ports=[Port(port=8080)])


def auth(source: TokenSource) -> str:
    return source.headers()["X-aws-proxy-auth"]


def test_token_is_created_on_first_use_and_kept(source: TokenSource, loopback: Loopback) -> None:
    assert loopback.requests == []
    assert source.headers(3000) == {"X-aws-proxy-auth": "token-1", "X-aws-proxy-port": "3000"}
    assert source.headers() == {"X-aws-proxy-auth": "token-1"}
    assert source.websocket_subprotocols(3000) == [
        "lambda-microvms",
        "lambda-microvms.authentication.token-1",
        "lambda-microvms.port.3000",
    ]
    assert source.token().headers() == source.headers()
    (request,) = loopback.requests
    assert request.path.endswith("/microvms/microvm-1/auth-token")
    assert request.body == b'{"expirationInMinutes": 15, "allowedPorts": [{"port": 8080}]}'


@pytest.mark.parametrize("clock", ["monotonic", "wall"])
def test_token_is_renewed_when_80_percent_of_its_lifetime_has_passed(
    source: TokenSource, clocks: Clocks, clock: str
) -> None:
    def pass_time(seconds: float) -> None:
        if clock == "monotonic":
            clocks.seconds += seconds
        else:
            clocks.wall += seconds

    assert auth(source) == "token-1"
    pass_time(719)
    assert auth(source) == "token-1"
    pass_time(1)
    assert auth(source) == "token-2"
    pass_time(719)
    assert auth(source) == "token-2"


def test_wall_clock_that_is_set_back_does_not_keep_a_token_alive(
    source: TokenSource, clocks: Clocks
) -> None:
    assert auth(source) == "token-1"
    clocks.wall -= 10_000
    clocks.seconds += 720
    assert auth(source) == "token-2"


def test_lifetime_of_a_token_begins_before_the_call_that_creates_it(
    source: TokenSource,
    client: MicroVMClient,
    clocks: Clocks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create = client.create_microvm_auth_token

    def create_slowly(**parameters: object) -> object:
        created = create(**parameters)  # type: ignore[arg-type]  # passed on as they are.
        clocks.seconds += 300
        return created

    monkeypatch.setattr(client, "create_microvm_auth_token", create_slowly)
    assert auth(source) == "token-1"
    clocks.seconds += 419
    assert auth(source) == "token-1"
    clocks.seconds += 1
    assert auth(source) == "token-2"


def test_expiration_decides_when_a_token_is_renewed(
    client: MicroVMClient, loopback: Loopback, clocks: Clocks
) -> None:
    loopback.respond_with(*map(token, range(1, 5)))
    source = TokenSource(
        client,
        microvm_identifier=MICROVM,
        allowed_ports=iter([PortRange(start_port=1, end_port=9)]),
        expiration_in_minutes=60,
    )
    assert auth(source) == "token-1"
    clocks.seconds += 0.8 * 3600
    assert auth(source) == "token-2"
    assert [request.body for request in loopback.requests] == [
        b'{"expirationInMinutes": 60, "allowedPorts": [{"range": {"startPort": 1, "endPort": 9}}]}'
    ] * 2


@pytest.mark.parametrize(
    "rejected",
    [
        lambda source: source.token(),
        lambda source: source.token().value,
        lambda source: source.headers()["X-aws-proxy-auth"],
    ],
)
def test_invalidated_token_is_renewed_once(
    source: TokenSource, rejected: Callable[[TokenSource], str]
) -> None:
    token = rejected(source)
    source.invalidate(token)
    source.invalidate(token)
    assert auth(source) == "token-2"
    source.invalidate(token)
    assert auth(source) == "token-2"


def test_invalidating_before_first_use_changes_nothing(source: TokenSource) -> None:
    source.invalidate("another")
    assert auth(source) == "token-1"
    source.invalidate("another")
    assert auth(source) == "token-1"


def test_twenty_threads_with_a_rejected_token_cause_one_renewal(
    source: TokenSource, loopback: Loopback
) -> None:
    together = threading.Barrier(20)

    def reject_and_renew(_: int) -> str:
        rejected = auth(source)
        together.wait()
        source.invalidate(rejected)
        return auth(source)

    with ThreadPoolExecutor(20) as threads:
        assert set(threads.map(reject_and_renew, range(20))) == {"token-2"}
    assert len(loopback.requests) == 2


@pytest.fixture
def held_renewal(
    source: TokenSource, client: MicroVMClient, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], None]]:
    """Start a renewal in a thread, and keep it from ending until the test is over."""
    create = client.create_microvm_auth_token
    begun, go_on = threading.Event(), threading.Event()

    def create_when_allowed(**parameters: object) -> object:
        begun.set()
        assert go_on.wait(10)
        return create(**parameters)  # type: ignore[arg-type]  # passed on as they are.

    thread = threading.Thread(target=source.token)

    def start() -> None:
        monkeypatch.setattr(client, "create_microvm_auth_token", create_when_allowed)
        thread.start()
        assert begun.wait(10)

    yield start
    go_on.set()
    thread.join()


def test_other_threads_use_the_old_token_while_one_renews_it(
    source: TokenSource, clocks: Clocks, held_renewal: Callable[[], None]
) -> None:
    assert auth(source) == "token-1"
    clocks.seconds += 720
    held_renewal()
    assert auth(source) == "token-1"


FAILURES: list[Any] = [
    error(429, "ThrottlingException"),
    error(429, "TooManyRequestsException"),
    error(500, "InternalServerException"),
    error(503, "ServiceException"),
    Canned(502, b"<html>bad gateway</html>"),
    Canned(body=TOKEN.body, cut_at=5),
]


@pytest.mark.parametrize("failure", FAILURES)
def test_renewal_that_fails_for_a_while_is_put_off_while_the_token_is_valid(
    source: TokenSource, loopback: Loopback, clocks: Clocks, failure: Canned
) -> None:
    assert auth(source) == "token-1"
    clocks.seconds += 720
    loopback.respond_with(failure)
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


@pytest.mark.parametrize("failure", FAILURES)
def test_renewal_that_fails_raises_once_the_token_has_expired(
    source: TokenSource, loopback: Loopback, clocks: Clocks, failure: Canned
) -> None:
    assert auth(source) == "token-1"
    clocks.seconds += 895
    loopback.respond_with(failure)
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
    "failure",
    [
        error(400, "ValidationException", "has been terminated and its state cannot be changed"),
        error(403, "AccessDeniedException"),
        error(404, "ResourceNotFoundException"),
        error(402, "ServiceQuotaExceededException"),
        Canned(body={"authToken": None}),
        Canned(body={"authToken": {"X-aws-proxy-auth": "to\r\nken"}}),
    ],
)
def test_other_failures_raise_at_once_and_keep_the_token(
    source: TokenSource, loopback: Loopback, clocks: Clocks, failure: Canned
) -> None:
    assert auth(source) == "token-1"
    clocks.seconds += 720
    loopback.respond_with(failure)
    for calls in (1, 2):
        with pytest.raises(MicroVMError):
            auth(source)
        assert len(loopback.requests) == calls
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


@pytest.mark.parametrize("seconds", [720, 899, 900, 5000])
def test_token_that_took_long_to_arrive_is_returned_once(
    source: TokenSource, loopback: Loopback, clocks: Clocks, seconds: int
) -> None:
    create = source._client.create_microvm_auth_token

    def create_slowly(**parameters: Any) -> AuthToken:
        created = create(**parameters)
        clocks.seconds += seconds
        return created

    with mock.patch.object(source._client, "create_microvm_auth_token", create_slowly):
        assert auth(source) == "token-1"
        assert len(loopback.requests) == 1
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


def test_token_is_in_no_repr(source: TokenSource) -> None:
    assert auth(source) == "token-1"
    assert repr(source) == (
        "TokenSource(microvm_identifier='microvm-1', allowed_ports=(Port(port=8080),), "
        "expiration_in_minutes=15)"
    )
    assert "token-1" not in repr(source._cached)


def test_token_that_no_header_carries_is_refused_where_it_arrives(
    source: TokenSource, loopback: Loopback
) -> None:
    loopback.respond_with(Canned(body={"authToken": {"X-aws-proxy-auth": f"{SECRET}\r\n"}}))
    with pytest.raises(ResponseValidationError, match="no HTTP header carries") as raised:
        source.token()
    assert SECRET not in str(raised.getrepr(style="long", funcargs=True))
    assert raised.value.status_code == 200
    assert raised.value.body is not None
    loopback.respond_with(token(2))
    assert auth(source) == "token-2"


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ({"X-aws-proxy-auth": "token-1"}, r'got dict; pass headers\["X-aws-proxy-auth"\]'),
        (None, "token must be an AuthToken or a string, got NoneType"),
    ],
)
def test_what_is_not_a_token_cannot_be_invalidated(
    source: TokenSource, token: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        source.invalidate(token)
