"""Token sources: on clocks that the tests set."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from loopback import Canned, Loopback

from microvm_sdk import MicroVMClient, Port, PortRange, ThrottlingException
from microvm_sdk.connect import TokenSource, _tokens

MICROVM = "microvm-1"
THROTTLED = Canned(429, {"message": "slow"}, {"x-amzn-errortype": "ThrottlingException"})


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
    [lambda source: source.token(), lambda source: source.headers()["X-aws-proxy-auth"]],
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


def test_failed_renewal_raises_keeps_the_old_token_and_is_tried_again(
    source: TokenSource, loopback: Loopback, clocks: Clocks
) -> None:
    assert auth(source) == "token-1"
    clocks.seconds += 720
    loopback.respond_with(THROTTLED, token(2))
    with pytest.raises(ThrottlingException):
        source.headers()
    cached = source._cached
    assert cached is not None
    assert cached.token.headers() == {"X-aws-proxy-auth": "token-1"}
    assert cached.usable
    assert auth(source) == "token-2"


def test_token_is_in_no_repr(source: TokenSource) -> None:
    assert auth(source) == "token-1"
    assert repr(source) == (
        "TokenSource(microvm_identifier='microvm-1', allowed_ports=(Port(port=8080),), "
        "expiration_in_minutes=15)"
    )
    assert "token-1" not in repr(source._cached)
