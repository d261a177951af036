"""`wait_until_responding`, on a fake clock. What single requests find out: `test_probe`."""

from collections.abc import Callable
from functools import partial
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import SSLError
from botocore.httpsession import URLLib3Session
from fake_time import FakeTime
from loopback import Canned, Loopback, case

from microvm_sdk import AccessDeniedException, AsyncMicroVMClient, Microvm, Port, WaiterError
from microvm_sdk.connect import async_wait_until_responding

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("clock")]

BODY = case("recorded/vms-lifecycle/get-until-running").body
TOKEN = Canned(body={"authToken": {"X-aws-proxy-auth": "token-1"}})
BOOTING = Canned(502, b"")
RUNNING = Canned(body=BODY)
READY = Canned(200, b"hello")
THROTTLED = Canned(429, {"message": "slow"}, {"x-amzn-errortype": "ThrottlingException"})
DENIED = Canned(403, {"message": "no"}, {"x-amzn-errortype": "AccessDeniedException"})
PORTS = [Port(port=3000)]


def in_state(state: str, **fields: Any) -> Canned:
    return Canned(body={**BODY, "state": state, **fields})


@pytest.fixture
def wait(async_client: AsyncMicroVMClient, microvm: Microvm) -> Any:
    """Return `async_wait_until_responding` without its first arguments."""
    return partial(async_wait_until_responding, async_client, microvm, allowed_ports=PORTS)


async def test_it_waits_while_the_proxy_responds_with_502(
    wait: Any, loopback: Loopback, microvm: Microvm, clock: FakeTime
) -> None:
    loopback.respond_with(TOKEN, BOOTING, RUNNING, BOOTING, RUNNING, READY)
    assert await wait(path="/health?full=1") == 200
    assert clock.pauses == [0.2, 0.3]
    create, first, *_, last = loopback.requests
    assert create.path.endswith("/auth-token")
    for request in (first, last):
        assert (request.method, request.path, request.query) == ("GET", "/health", {"full": ["1"]})
        assert request.headers["host"] == microvm.endpoint
        assert request.headers["x-aws-proxy-auth"] == "token-1"
        assert request.headers["x-aws-proxy-port"] == "3000"
        assert request.headers["connection"] == "close"


async def test_connections_are_closed(
    wait: Any, loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = Mock()
    monkeypatch.setattr(URLLib3Session, "close", close)
    loopback.respond_with(TOKEN, READY)
    assert await wait() == 200
    assert close.call_count == 1


@pytest.mark.parametrize("path", ["health", "/health"])
async def test_path_may_lack_its_slash(wait: Any, loopback: Loopback, path: str) -> None:
    loopback.respond_with(TOKEN, READY)
    assert await wait(path=path, port=8081) == 200
    assert loopback.requests[-1].path == "/health"
    assert loopback.requests[-1].headers["x-aws-proxy-port"] == "8081"


@pytest.mark.parametrize(
    "response",
    [
        Canned(404, b"not here"),
        Canned(500, b""),
        Canned(302, b"", {"location": "https://elsewhere.example"}),
        Canned(403, b"says the application"),
        Canned(403, b'{"message": "denied"}'),
        Canned(200, b"<html>", {"content-type": "application/xml"}),
        Canned(200, b"x" * 1000, cut_at=10),  # The body is not read.
    ],
)
async def test_any_response_of_the_application_ends_the_wait(
    wait: Any, loopback: Loopback, response: Canned
) -> None:
    loopback.respond_with(TOKEN, response)
    assert await wait() == response.status


@pytest.mark.parametrize(
    "response",
    [
        Canned(403, b"Token authentication failed", cut_at=10),
        Canned(403, b"says the application", cut_at=0),
        Canned(101),
        Canned(103),
        Canned(400, b"{}", {"x-amzn-errortype": "ValidationException"}),
        Canned(200, b"<?xml?><ListAllMyBucketsResult>", {"content-type": "application/xml"}),
        Canned(404, b"<Error><Code>NoSuchBucket</Code>", {"content-type": "text/xml"}),
    ],
)
async def test_what_is_not_a_response_of_the_application_is_polled_again(
    wait: Any, loopback: Loopback, response: Canned
) -> None:
    loopback.respond_with(TOKEN, response, RUNNING, READY)
    assert await wait() == 200
    loopback.respond_with(TOKEN, response, RUNNING)
    with pytest.raises(WaiterError, match=f"last response: {response.status}"):
        await wait(timeout=0)


@pytest.mark.parametrize(
    "sentence",
    ["Request missing authentication", "Token authentication failed", "Access to port denied"],
)
async def test_rejection_by_the_proxy_is_an_error(
    wait: Any, loopback: Loopback, microvm: Microvm, sentence: str
) -> None:
    loopback.respond_with(TOKEN, Canned(403, sentence.encode()))
    with pytest.raises(WaiterError, match=f"403 {sentence}") as raised:
        await wait()
    assert raised.value.identifier == microvm.microvm_id
    assert microvm.microvm_id in str(raised.value)
    assert not raised.value.timed_out


@pytest.mark.parametrize("state", ["TERMINATING", "TERMINATED"])
async def test_terminated_microvm_is_an_error(wait: Any, loopback: Loopback, state: str) -> None:
    ended = in_state(state, stateReason="Container Stopped with Exit Code: 1")
    loopback.respond_with(TOKEN, BOOTING, ended)
    with pytest.raises(WaiterError, match=rf"{state} \(Container Stopped") as raised:
        await wait()
    assert str(raised.value).startswith("async_wait_until_responding ")
    assert raised.value.last_result is not None
    assert raised.value.last_result.state == state


IDLE = {"maxIdleDurationSeconds": 60, "suspendedDurationSeconds": 60}


@pytest.mark.parametrize("policy", [None, {**IDLE, "autoResumeEnabled": False}])
async def test_suspended_microvm_that_no_request_resumes_is_an_error(
    wait: Any,
    loopback: Loopback,
    clock: FakeTime,
    policy: Any,
) -> None:
    suspended = in_state("SUSPENDED", idlePolicy=policy)
    loopback.respond_with(TOKEN, BOOTING, suspended, BOOTING, suspended)
    with pytest.raises(WaiterError, match=r"SUSPENDED.*call resume_microvm") as raised:
        await wait()
    assert not raised.value.timed_out
    assert clock.pauses == [0.2]


@pytest.mark.parametrize(
    "states",
    [
        # Its state lags behind a resumption.
        [in_state("SUSPENDED"), RUNNING, in_state("SUSPENDED"), RUNNING],
        [in_state("SUSPENDED", idlePolicy={**IDLE, "autoResumeEnabled": True})] * 3,
        [in_state("SUSPENDING")] * 3,
    ],
)
async def test_suspended_microvm_that_may_still_respond_is_polled_again(
    wait: Any, loopback: Loopback, states: list[Canned]
) -> None:
    polls = [response for state in states for response in (BOOTING, state)]
    loopback.respond_with(TOKEN, *polls, READY)
    assert await wait() == 200


async def test_microvm_without_tokens_is_an_error_with_its_state(
    wait: Any, loopback: Loopback
) -> None:
    refused = Canned(400, {"message": "terminated"}, {"x-amzn-errortype": "ValidationException"})
    loopback.respond_with(refused, in_state("TERMINATED"))
    with pytest.raises(WaiterError, match="TERMINATED") as raised:
        await wait()
    assert "terminated" in str(raised.value.__cause__)


@pytest.mark.parametrize(
    ("responses", "operation"),
    [
        ([DENIED, RUNNING], "CreateMicrovmAuthToken"),
        ([DENIED, DENIED], "CreateMicrovmAuthToken"),
        ([TOKEN, BOOTING, DENIED], "GetMicrovm"),
    ],
)
async def test_other_failure_of_a_call_is_raised(
    wait: Any, loopback: Loopback, responses: list[Canned], operation: str
) -> None:
    loopback.respond_with(*responses)
    with pytest.raises(AccessDeniedException) as raised:
        await wait()
    assert raised.value.operation_name == operation


async def test_throttled_calls_are_repeated(wait: Any, loopback: Loopback, clock: FakeTime) -> None:
    after = Canned(429, THROTTLED.body, {**THROTTLED.headers, "retry-after": "3"})
    loopback.respond_with(after, TOKEN, BOOTING, THROTTLED, READY)
    assert await wait() == 200
    assert clock.pauses[0] == 3
    loopback.respond_with(THROTTLED)
    with pytest.raises(
        WaiterError, match="timed out after 1 seconds; last response: none, because"
    ):
        await wait(timeout=1)
    assert clock.pauses[-4:] == [0.2, 0.3, 0.45, 0.05]


async def test_timeout_is_an_error_with_the_last_response_and_state(
    wait: Any, loopback: Loopback, clock: FakeTime
) -> None:
    loopback.respond_with(TOKEN, *[BOOTING, in_state("PENDING")] * 30)
    with pytest.raises(WaiterError, match="timed out after 3 seconds") as raised:
        await wait(timeout=3)
    assert raised.value.timed_out
    assert "last response: 502" in str(raised.value)
    assert "PENDING" in str(raised.value)
    assert sum(clock.pauses) == pytest.approx(3)


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
async def test_production_is_reached_over_tls_with_the_bundle_of_the_environment(
    async_production: AsyncMicroVMClient,
    at: Callable[[str], Microvm],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
    variable: str,
) -> None:
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    trustme = pytest.importorskip("trustme")
    pytest.importorskip("wsproto", reason="httpx2[ws] needs Python 3.11")
    from endpoint import serving_endpoint  # noqa: PLC0415  It needs the extra.

    authority = trustme.CA()
    with serving_endpoint(authority) as endpoint:
        microvm = at(endpoint.host)
        wait = partial(async_wait_until_responding, async_production, microvm, allowed_ports=PORTS)
        with pytest.raises(SSLError) as raised:
            await wait()
        assert "token-1" not in str(raised.getrepr(style="long", funcargs=True))
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        monkeypatch.setenv(variable, str(tmp_path / "ca.pem"))
        assert await wait() == 200
        (request,) = endpoint.requests
        assert request.headers["x-aws-proxy-auth"] == "token-2"
