"""Token sources: on clocks that the tests set. Renewals that fail: `test_failed_renewals`."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from loopback import Canned, Loopback
from tokens import Clocks, auth, token

from microvm_sdk import AuthToken, MicroVMClient, PortRange, ResponseValidationError
from microvm_sdk.connect import TokenSource

MICROVM = "microvm-1"
SECRET = "do-not-print-me"

pytestmark = pytest.mark.usefixtures("clocks")


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


@pytest.mark.parametrize("clock", ["seconds", "wall"])
def test_token_is_renewed_when_80_percent_of_its_lifetime_has_passed(
    source: TokenSource, clocks: Clocks, clock: str
) -> None:
    for seconds, number in ((0, 1), (719, 1), (1, 2), (719, 2)):
        setattr(clocks, clock, getattr(clocks, clock) + seconds)
        assert auth(source) == f"token-{number}"


def test_wall_clock_that_is_set_back_does_not_keep_a_token_alive(
    source: TokenSource, clocks: Clocks
) -> None:
    assert auth(source) == "token-1"
    clocks.wall -= 10_000
    clocks.seconds += 720
    assert auth(source) == "token-2"


@pytest.fixture
def slow_creation(
    client: MicroVMClient, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> list[int]:
    """Return a list of the seconds that the next calls take."""
    create = client.create_microvm_auth_token
    durations: list[int] = []

    def create_slowly(**parameters: Any) -> AuthToken:
        created = create(**parameters)
        clocks.seconds += durations.pop(0) if durations else 0
        return created

    monkeypatch.setattr(client, "create_microvm_auth_token", create_slowly)
    return durations


def test_lifetime_of_a_token_begins_before_the_call_that_creates_it(
    source: TokenSource, clocks: Clocks, slow_creation: list[int]
) -> None:
    slow_creation.append(300)
    assert auth(source) == "token-1"
    clocks.seconds += 419
    assert auth(source) == "token-1"
    clocks.seconds += 1
    assert auth(source) == "token-2"


@pytest.mark.parametrize("seconds", [720, 899, 900, 5000])
def test_token_that_took_long_to_arrive_is_returned_once(
    source: TokenSource, loopback: Loopback, slow_creation: list[int], seconds: int
) -> None:
    slow_creation.append(seconds)
    assert auth(source) == "token-1"
    assert len(loopback.requests) == 1
    assert auth(source) == "token-2"


@pytest.mark.parametrize("minutes", [1, 60])
def test_expiration_decides_when_a_token_is_renewed(
    client: MicroVMClient, loopback: Loopback, clocks: Clocks, minutes: int
) -> None:
    loopback.respond_with(*map(token, range(1, 5)))
    source = TokenSource(
        client,
        microvm_identifier=MICROVM,
        allowed_ports=iter([PortRange(start_port=1, end_port=9)]),
        expiration_in_minutes=minutes,
    )
    assert auth(source) == "token-1"
    clocks.seconds += minutes * 48 - 1
    assert auth(source) == "token-1"
    clocks.seconds += 1
    assert auth(source) == "token-2"
    assert [request.body for request in loopback.requests] == [
        b'{"expirationInMinutes": %d, "allowedPorts": [{"range": {"startPort": 1, "endPort": 9}}]}'
        % minutes
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
    assert raised.value.operation_name == "CreateMicrovmAuthToken"
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


@pytest.mark.skipif(sys.platform == "win32", reason="has no signals that interrupt a call")
def test_signal_handler_gets_a_token_while_its_thread_renews_it(
    source: TokenSource, client: MicroVMClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = client.create_microvm_auth_token
    seen: list[str] = []

    def create_and_interrupt(**parameters: Any) -> AuthToken:
        created = create(**parameters)
        if not seen:
            seen.append("")
            signal.raise_signal(signal.SIGUSR1)
        return created

    def handle(*_: object) -> None:
        seen.append(auth(source))

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        monkeypatch.setattr(client, "create_microvm_auth_token", create_and_interrupt)
        assert auth(source) == "token-1"
        assert seen == ["", "token-2"]
    finally:
        signal.signal(signal.SIGUSR1, before)
