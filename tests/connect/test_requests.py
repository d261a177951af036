"""Bodies that can be sent again, as only the synchronous client takes them."""

import io
from collections.abc import Callable
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


def post(client: MicroVMClient, microvm: Microvm, **body: Any) -> tuple[int, list[bytes]]:
    """Send a body with a token that is rejected, and return what was received."""
    wire = Wire()
    wire.reject("token-1")
    with http_client(
        client, microvm, allowed_ports=[Port(port=80)], transport=wire.transport
    ) as http:
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
    with http_client(
        production, microvm, allowed_ports=[Port(port=80)], transport=wire.transport
    ) as http:
        assert http.post("/", content=OnceOnly(b"content")).content == REJECTED
