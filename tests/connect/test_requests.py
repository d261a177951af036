"""What only the synchronous client does: more kinds of bodies, and requests in many threads."""

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from microvm_sdk import Microvm, MicroVMClient, Port
from microvm_sdk.connect import http_client

httpx2 = pytest.importorskip("httpx2", reason="httpx2 needs Python 3.11")

from wire import REJECTED, Wire  # noqa: E402  It needs httpx2.

from microvm_sdk.connect._requests import rewinder  # noqa: E402  It needs httpx2.


class Unseekable(io.BytesIO):
    def seekable(self) -> bool:
        return False


class OnceOnly(io.BytesIO):
    """Claims that it can be rewound."""

    was_read = False

    def read(self, size: int | None = -1, /) -> bytes:
        self.was_read = True
        return super().read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        if self.was_read:
            raise OSError
        return super().seek(offset, whence)


def read_from(file: Any, position: int) -> Any:
    file.seek(position)
    return file


def connect(client: MicroVMClient, microvm: Microvm, wire: Wire) -> Any:
    return http_client(client, microvm, allowed_ports=[Port(port=80)], transport=wire.transport)


def post(client: MicroVMClient, microvm: Microvm, **body: Any) -> tuple[int, list[bytes]]:
    """Send a body with a token that is rejected, and return what was received."""
    wire = Wire()
    wire.reject("token-1")
    with connect(client, microvm, wire) as http:
        response = http.post("/", **body)
    return response.status_code, [request.content for request in wire.sent]


@pytest.mark.parametrize(
    "content",
    [
        lambda: [b"con", b"tent"],
        lambda: (b"con", b"tent"),
        lambda: io.BytesIO(b"content"),
        lambda: read_from(io.BytesIO(b"the content"), 4),
    ],
)
def test_content_that_can_be_sent_again_is(
    production: MicroVMClient, microvm: Microvm, content: Callable[[], Any]
) -> None:
    assert post(production, microvm, content=content()) == (200, [b"content"] * 2)


@pytest.mark.parametrize("argument", ["content", "files"])
def test_file_is_sent_again(
    production: MicroVMClient, microvm: Microvm, tmp_path: Path, argument: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    with path.open("rb") as file:
        body: Any = {"content": file, "files": {"file": file}}[argument]
        status, (first, second) = post(production, microvm, **{argument: body})
    assert (status, first) == (200, second)
    assert b"content" in first


@pytest.mark.parametrize(
    "body",
    [
        {"content": iter([b"content"])},
        {"content": Unseekable(b"content")},
        {"content": OnceOnly(b"content")},
        {"files": {"file": Unseekable(b"content")}},
    ],
)
def test_body_that_cannot_be_sent_again_is_sent_once(
    production: MicroVMClient, microvm: Microvm, body: Any
) -> None:
    status, sent = post(production, microvm, **body)
    assert (status, len(sent)) == (403, 1)
    assert b"content" in sent[0]


def test_closed_file_cannot_be_sent_again() -> None:
    file = io.BytesIO(b"content")
    request = httpx2.Request("POST", "https://a", content=file)
    file.close()
    assert rewinder(request.stream) is None
    assert rewinder(object()) is None


def test_rejection_of_a_body_that_cannot_be_sent_again_is_returned_whole(
    production: MicroVMClient, microvm: Microvm
) -> None:
    wire = Wire()
    wire.reject("token-1")
    with connect(production, microvm, wire) as http:
        assert http.post("/", content=OnceOnly(b"content")).content == REJECTED


def test_twenty_threads_with_a_rejected_token_cause_one_renewal(
    production: MicroVMClient, microvm: Microvm
) -> None:
    wire = Wire()
    together = threading.Barrier(20)

    def respond(request: Any) -> Any:
        if request.headers["x-aws-proxy-auth"] == "token-1":
            together.wait(10)
            return httpx2.Response(403, content=REJECTED)
        return httpx2.Response(200)

    wire.respond = respond
    with (
        connect(production, microvm, wire) as http,
        ThreadPoolExecutor(20) as threads,
    ):
        responses = list(threads.map(lambda _: http.get("/"), range(20)))
    assert {response.status_code for response in responses} == {200}
    assert sorted(map(str, wire.tokens())) == ["token-1"] * 20 + ["token-2"] * 20
