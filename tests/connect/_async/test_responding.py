"""`wait_until_responding`, on a fake clock."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError, SSLError
from botocore.httpsession import URLLib3Session
from loopback import Canned, Loopback, case

from microvm_sdk import (
    AccessDeniedException,
    Microvm,
    MicroVMClient,
    Port,
    WaiterError,
)
from microvm_sdk._waits import pace
from microvm_sdk.connect import _responding, wait_until_responding

BODY = case("recorded/vms-lifecycle/get-until-running").body
TOKEN = Canned(body={"authToken": {"X-aws-proxy-auth": "token-1"}})
BOOTING = Canned(502, b"")
RUNNING = Canned(body=BODY)
READY = Canned(200, b"hello")
PORTS = [Port(port=3000)]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    return clock


def wait(client: MicroVMClient, microvm: Microvm, **arguments: Any) -> int:
    return wait_until_responding(client, microvm, allowed_ports=PORTS, **arguments)


def forbidden(body: bytes, **headers: str) -> Canned:
    return Canned(403, body, headers)


def test_it_waits_while_the_proxy_responds_with_502(
    client: MicroVMClient, loopback: Loopback, microvm: Microvm, clock: Clock
) -> None:
    loopback.respond_with(TOKEN, BOOTING, RUNNING, BOOTING, RUNNING, READY)
    assert wait(client, microvm, path="/health?full=1") == 200
    assert clock.now == pytest.approx(0.2 + 0.3)
    create, first, *_, last = loopback.requests
    assert create.path.endswith("/auth-token")
    for request in (first, last):
        assert (request.method, request.path, request.query) == ("GET", "/health", {"full": ["1"]})
        assert request.headers["host"] == microvm.endpoint
        assert request.headers["x-aws-proxy-auth"] == "token-1"
        assert request.headers["x-aws-proxy-port"] == "3000"


@pytest.mark.parametrize("path", ["health", "/health"])
def test_path_may_lack_its_slash(
    client: MicroVMClient, loopback: Loopback, microvm: Microvm, path: str
) -> None:
    loopback.respond_with(TOKEN, READY)
    assert wait(client, microvm, path=path, port=8081) == 200
    assert loopback.requests[-1].path == "/health"
    assert loopback.requests[-1].headers["x-aws-proxy-port"] == "8081"


@pytest.mark.parametrize(
    "response",
    [
        Canned(404, b"not here"),
        Canned(500, b""),
        Canned(302, b"", {"location": "https://elsewhere.example"}),
        forbidden(b"says the application"),
        forbidden(b'{"message": "denied"}'),
    ],
)
def test_any_response_of_the_application_ends_the_wait(
    client: MicroVMClient, loopback: Loopback, microvm: Microvm, response: Canned
) -> None:
    loopback.respond_with(TOKEN, response)
    assert wait(client, microvm) == response.status


@pytest.mark.parametrize(
    "sentence",
    ["Request missing authentication", "Token authentication failed", "Access to port denied"],
)
def test_rejection_by_the_proxy_is_an_error(
    client: MicroVMClient, loopback: Loopback, microvm: Microvm, sentence: str
) -> None:
    loopback.respond_with(TOKEN, forbidden(sentence.encode()))
    with pytest.raises(WaiterError, match=f"403 {sentence}") as raised:
        wait(client, microvm)
    assert raised.value.identifier == microvm.microvm_id
    assert microvm.microvm_id in str(raised.value)
    assert not raised.value.timed_out


@pytest.mark.parametrize("state", ["TERMINATING", "TERMINATED"])
def test_terminated_microvm_is_an_error(
    client: MicroVMClient, loopback: Loopback, microvm: Microvm, state: str
) -> None:
    ended = {**BODY, "state": state, "stateReason": "Container Stopped with Exit Code: 1"}
    loopback.respond_with(TOKEN, BOOTING, Canned(body=ended))
    with pytest.raises(WaiterError, match=rf"{state} \(Container Stopped") as raised:
        wait(client, microvm)
    assert raised.value.last_result is not None
    assert raised.value.last_result.state == state


def test_terminated_microvm_without_tokens_is_an_error(
    client: MicroVMClient, loopback: Loopback, microvm: Microvm
) -> None:
    refused = Canned(400, {"message": "terminated"}, {"x-amzn-errortype": "ValidationException"})
    loopback.respond_with(refused, Canned(body={**BODY, "state": "TERMINATED"}))
    with pytest.raises(WaiterError, match="TERMINATED") as raised:
        wait(client, microvm)
    assert "terminated" in str(raised.value.__cause__)


def test_other_failures_to_create_a_token_are_raised(
    client: MicroVMClient, loopback: Loopback, microvm: Microvm
) -> None:
    denied = Canned(403, {"message": "no"}, {"x-amzn-errortype": "AccessDeniedException"})
    loopback.respond_with(denied, RUNNING)
    with pytest.raises(AccessDeniedException):
        wait(client, microvm)


def test_timeout_is_an_error_with_the_last_response_and_state(
    client: MicroVMClient, loopback: Loopback, microvm: Microvm, clock: Clock
) -> None:
    suspended = Canned(body={**BODY, "state": "SUSPENDED"})
    loopback.respond_with(TOKEN, *[BOOTING, suspended] * 30)
    with pytest.raises(WaiterError, match="timed out after 3 seconds") as raised:
        wait(client, microvm, timeout=3)
    assert raised.value.timed_out
    assert "last response: 502" in str(raised.value)
    assert "SUSPENDED" in str(raised.value)
    assert clock.now == pytest.approx(3)


def test_throttled_polls_are_tolerated(
    client: MicroVMClient, loopback: Loopback, microvm: Microvm
) -> None:
    throttled = Canned(429, {"message": "slow"}, {"x-amzn-errortype": "ThrottlingException"})
    loopback.respond_with(TOKEN, BOOTING, throttled, READY)
    assert wait(client, microvm) == 200


def test_endpoint_that_does_not_respond_is_polled_again(
    client: MicroVMClient,
    loopback: Loopback,
    microvm: Microvm,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    errors = [ReadTimeoutError(endpoint_url="https://endpoint")]

    class Session(URLLib3Session):
        def send(self, request: Any) -> Any:
            if errors:
                raise errors.pop()
            return super().send(request)

    monkeypatch.setattr(_responding, "URLLib3Session", Session)
    loopback.respond_with(TOKEN, RUNNING, READY)
    assert wait(client, microvm) == 200
    assert errors == []


def test_body_is_not_read(client: MicroVMClient, loopback: Loopback, microvm: Microvm) -> None:
    loopback.respond_with(TOKEN, Canned(200, b"x" * 1000, cut_at=10))
    assert wait(client, microvm) == 200


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"timeout": -1}, ValueError),
        ({"poll_interval": 0}, ValueError),
        ({"timeout": "1"}, TypeError),
    ],
)
def test_invalid_times_are_refused_before_any_call(
    client: MicroVMClient,
    loopback: Loopback,
    microvm: Microvm,
    arguments: Any,
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        wait(client, microvm, **arguments)
    assert loopback.requests == []


def test_production_is_reached_over_tls_with_the_bundle_of_the_environment(
    production: MicroVMClient,
    at: Callable[[str], Microvm],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
) -> None:
    trustme = pytest.importorskip("trustme")
    pytest.importorskip("wsproto", reason="httpx2[ws] needs Python 3.11")
    from endpoint import serving_endpoint  # noqa: PLC0415  It needs the extra.

    authority = trustme.CA()
    with serving_endpoint(authority) as endpoint:
        with pytest.raises(SSLError) as raised:
            wait(production, at(endpoint.host))
        assert "token-1" not in str(raised.getrepr(style="long", funcargs=True))
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.pem"))
        assert wait(production, at(endpoint.host)) == 200
        (request,) = endpoint.requests
        assert request.headers["x-aws-proxy-auth"] == "token-2"
