"""Single requests of `wait_until_responding`: broken responses, and signals."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import pytest

from microvm_sdk import AuthToken, Microvm, MicroVMClient, Port, WaiterError
from microvm_sdk.connect import _probe, wait_until_responding
from microvm_sdk.connect._probe import Poll, Probe, Requests
from microvm_sdk.connect._route import Route

TOKEN = AuthToken.model_validate({"authToken": {"X-aws-proxy-auth": "token-1"}})
HEAD = b"HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\n"


@contextmanager
def responding(*parts: bytes, holds: bool = False) -> Iterator[str]:
    """Accept connections, respond to each in parts, and close or hold it."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(65536)
                        for part in parts:
                            connection.sendall(part)
                        if holds:
                            done.wait(10)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            done.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def get(url: str) -> Poll:
    with closing(Requests(Route("vm.example", via=url), 8080)) as requests:
        return requests.get("/", TOKEN)


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"nonsense\r\n\r\n",
        HEAD + b"content-length: 27\r\n\r\nToken auth",
        HEAD + b"content-length: 27\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nToken\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\nnonsense\r\n",
        HEAD + b"content-length: 1, 2\r\n\r\nToken",
        HEAD + b"x" * 70_000 + b": y\r\n\r\n",
    ],
)
def test_broken_response_is_not_a_response(response: bytes) -> None:
    with responding(response) as url:
        poll = get(url)
    assert poll.status is None
    assert poll.problem
    assert poll.rejection == ""


@pytest.mark.parametrize("length", [b"9" * 5000, b"-1", b"many", b"\xb2"])
def test_absurd_length_is_not_the_one_of_the_proxy(length: bytes) -> None:
    with responding(HEAD + b"content-length: " + length + b"\r\n\r\nToken") as url:
        assert get(url) == Poll(403)


@pytest.mark.parametrize("length", [b"", b"content-length: 27\r\n"])
def test_rejection_in_parts_is_recognized(length: bytes) -> None:
    with responding(HEAD + length + b"\r\n", b"Token auth", b"entication failed") as url:
        assert get(url) == Poll(403, rejection="Token authentication failed")


def test_body_that_does_not_end_is_not_read() -> None:
    with responding(HEAD + b"\r\nn", holds=True) as url:
        assert get(url) == Poll(403)


def test_slow_body_is_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_probe, "_REQUEST_TIMEOUT", 0.1)
    with responding(HEAD + b"\r\nToken", holds=True) as url:
        poll = get(url)
    assert poll.status is None
    assert "403, broken off" in poll.problem


def test_body_that_drips_is_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        now = 0.0

        def monotonic(self) -> float:
            self.now += 6
            return self.now

    monkeypatch.setattr(_probe, "time", Clock())
    with responding(HEAD + b"\r\nToken authentication", holds=True) as url:
        poll = get(url)
    assert poll.status is None
    assert "403, broken off: Read timeout" in poll.problem


@pytest.mark.parametrize(
    ("content_type", "poll"),
    [
        ("text/plain", Poll(403, rejection="Token authentication failed")),
        ("application/json", Poll(403)),
    ],
)
def test_response_in_process_is_interpreted_and_closed(content_type: str, poll: Poll) -> None:
    class Content(list[bytes]):
        is_closed = False

        def close(self) -> None:
            self.is_closed = True

    content = Content([b"Token auth", b"entication failed"])
    route = Route(
        "vm.example", in_process=lambda *_: (403, [("Content-Type", content_type)], content)
    )
    with closing(Requests(route, 80)) as requests:
        assert requests.get("/", TOKEN) == poll
    assert content.is_closed


def test_proxy_of_the_environment_is_used_except_on_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with responding() as proxy:
        pass
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, proxy)
    with responding(b"HTTP/1.1 204 No Content\r\n\r\n") as url:
        assert get(url) == Poll(204)
    with closing(Requests(Route("vm.example"), 8080)) as requests:
        assert "proxy" in requests.get("/", TOKEN).problem


def test_no_server_is_no_response() -> None:
    with responding() as url:
        pass
    assert "Could not connect" in get(url).problem


class Interrupted(Exception):
    """What a signal handler raises."""


@pytest.fixture
def alarm() -> Iterator[Callable[[type[Exception]], None]]:
    """Raise an exception in a signal handler, 0.1 seconds from now."""
    if not hasattr(signal, "setitimer"):
        pytest.skip("no signals on this system")
    previous = signal.getsignal(signal.SIGALRM)

    def start(exception: type[Exception]) -> None:
        def handle(*_: Any) -> None:
            raise exception

        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.1)

    yield start
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, previous)


@pytest.mark.parametrize("exception", [Interrupted, TimeoutError, ConnectionResetError])
def test_what_a_signal_handler_raises_during_a_poll_ends_the_wait(
    production: MicroVMClient,
    microvm: Microvm,
    alarm: Callable[[type[Exception]], None],
    monkeypatch: pytest.MonkeyPatch,
    exception: type[Exception],
) -> None:
    with responding(holds=True) as url:
        route = Route(microvm.endpoint, via=url)
        monkeypatch.setattr("microvm_sdk.connect._sync.responding.find_route", lambda *_: route)
        alarm(exception)
        with pytest.raises(exception):
            wait_until_responding(production, microvm, allowed_ports=[Port(port=80)])


def test_probe_raises_what_the_request_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise Interrupted

    monkeypatch.setattr(Requests, "get", fail)
    with closing(Probe(Route("vm.example"), 8080)) as probe, pytest.raises(Interrupted):
        probe.get("/", TOKEN)


def test_process_that_can_start_no_thread_sends_in_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: object) -> None:
        msg = "can't start new thread"
        raise RuntimeError(msg)

    monkeypatch.setattr(Requests, "get", lambda *_: Poll(204))
    with closing(Probe(Route("vm.example"), 8080)) as probe:
        monkeypatch.setattr(threading.Thread, "start", refuse)
        assert probe.get("/", TOKEN) == Poll(204)


def test_emulator_without_a_data_plane_is_named(
    production: MicroVMClient, microvm: Microvm, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = b"<?xml?><ListAllMyBucketsResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>"
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\n\r\n"
    with responding(head, page) as url:
        route = Route(microvm.endpoint, via=url)
        monkeypatch.setattr("microvm_sdk.connect._sync.responding.find_route", lambda *_: route)
        monkeypatch.setattr(production, "get_microvm", lambda **_: microvm)
        with pytest.raises(WaiterError, match=f"200 of {url} itself") as raised:
            wait_until_responding(production, microvm, allowed_ports=[Port(port=80)], timeout=0)
    assert raised.value.timed_out
