"""A server on loopback that returns the same responses to every client, plain and over TLS.

It prints its URLs, and the file of the certificate authorities to trust, as JSON. It runs until it
is killed.
"""

import asyncio
import json
import shutil
import ssl
import tempfile
from pathlib import Path
from typing import Any

import trustme
from botocore.httpsession import where

CASES = Path(__file__).parent.parent / "tests" / "cases" / "update_microvm_image_version"
PAGE = 50
# Listings of the image `long` have so many pages.
PAGES = 200
MICROVM = {
    "microvmId": "microvm-1",
    "state": "RUNNING",
    "endpoint": "example.lambda-microvm.eu-west-1.on.aws",
    "imageArn": "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web",
    "imageVersion": "1.0",
    "maximumDurationInSeconds": 28800,
    "startedAt": 1790000000,
}
IMAGE = {
    "imageArn": "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web",
    "name": "web",
    "state": "CREATED",
    "createdAt": 1790000000,
}


class Responses:
    """The body of the response to each request."""

    def __init__(self) -> None:
        """Make the bodies."""
        case = json.loads((CASES / "documented.json").read_text(encoding="utf-8"))
        self._version: dict[str, Any] = case["body"]
        self._largest = json.dumps(self._version).encode()
        self._small = json.dumps(MICROVM).encode()
        self._image = json.dumps(IMAGE).encode()
        self._page = self._versions(1, None)
        self._pages = [self._versions(number, str(number + 1)) for number in range(1, PAGES)]
        self._pages.append(self._versions(PAGES, None))

    def body(self, line: bytes) -> bytes:
        """Return the body of the response to a request, by its first line."""
        method, target, _ = line.split()
        if method != b"GET":
            return self._largest
        if b"/versions" not in target:
            return self._image if b"/microvm-images/" in target else self._small
        if b"long" not in target:
            return self._page
        token = target.partition(b"nextToken=")[2].partition(b"&")[0]
        return self._pages[int(token or b"1") - 1]

    def _versions(self, page: int, token: str | None) -> bytes:
        first = (page - 1) * PAGE + 1
        items = [{**self._version, "imageVersion": f"{first + i}.0"} for i in range(PAGE)]
        return json.dumps({"items": items, "nextToken": token}).encode()


async def main() -> None:
    """Serve."""
    responses = Responses()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length or 0))
                body = responses.body(head.partition(b"\r\n")[0])
                headers = f"content-type: application/json\r\ncontent-length: {len(body)}"
                writer.write(f"HTTP/1.1 200 OK\r\n{headers}\r\n\r\n".encode() + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    with tempfile.TemporaryDirectory() as folder:
        bundle = str(Path(folder) / "authorities.pem")
        # As many certificates as a client loads in production.
        shutil.copyfile(where(), bundle)
        authority.cert_pem.write_to_path(bundle, append=True)
        plain = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=200)
        secure = await asyncio.start_server(serve, "localhost", 0, backlog=200, ssl=context)
        ports = [each.sockets[0].getsockname()[1] for each in (plain, secure)]
        addresses = {
            "http": f"http://127.0.0.1:{ports[0]}",
            "tls": f"https://localhost:{ports[1]}",
            "authorities": bundle,
        }
        print(json.dumps(addresses), flush=True)
        await asyncio.gather(plain.serve_forever(), secure.serve_forever())


if __name__ == "__main__":
    asyncio.run(main())
