"""Single requests that find out whether the software in a MicroVM responds."""

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ReadTimeoutError, SSLError
from botocore.httpsession import URLLib3Session
from botocore.response import StreamingBody
from botocore.utils import get_environ_proxies

from microvm_sdk._async.thread_cache import ThreadCache
from microvm_sdk._calls.tracebacks import without_tracebacks
from microvm_sdk.connect._in_process import Body
from microvm_sdk.connect._rejections import RejectionReader, can_be_rejection
from microvm_sdk.connect._route import Route
from microvm_sdk.models import AuthToken

# The endpoint of a terminated MicroVM may never respond.
_REQUEST_TIMEOUT = 10
# Near the start of S3's pages: the list of all buckets, or the error of a missing bucket.
_S3_PAGES = (b"<ListAllMyBucketsResult", b"<Code>NoSuchBucket</Code>")
_START_OF_A_PAGE = 1024
# The most digits of a plausible length.
_LONGEST_NUMBER = 18

_threads = ThreadCache()


@dataclass(frozen=True)
class Poll:
    """What a request found out."""

    status: int | None = None
    """The HTTP status; `None` if there is no complete response."""
    problem: str = ""
    """Why there is no complete response, or why it is not the software's."""
    rejection: str = ""
    """The proxy's text if it rejects the request."""


class Requests:
    """Sends requests with botocore's HTTP library, and so with its certificates and proxies."""

    def __init__(self, route: Route, port: int) -> None:
        """Choose where to send them.

        Args:
            route: Where requests for the MicroVM are sent.
            port: The MicroVM's port.
        """
        self._route = route
        self._port = port
        # `Any`, because botocore-stubs do not allow a path.
        verify: Any = (
            os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE") or True
        )
        proxies = get_environ_proxies(route.target) if route.trusts_environment_proxies else {}
        self._session = URLLib3Session(verify=verify, proxies=proxies, timeout=_REQUEST_TIMEOUT)

    def get(self, path: str, token: AuthToken) -> Poll:
        """Send a GET request.

        Args:
            path: The path, with or without its first slash, and the query.
            token: The token.

        Raises:
            botocore.exceptions.SSLError: The certificate is not valid.
        """
        # Each request has a connection of its own, because the response may have no end.
        headers = {
            **token.headers(self._port),
            "Host": self._route.endpoint,
            "Connection": "close",
        }
        path = path if path.startswith("/") else f"/{path}"
        if self._route.in_process is not None:
            url = f"{self._route.own_url}{path}"
            status, received, chunks = self._route.in_process(
                "GET", url, list(headers.items()), b""
            )
            body = Body(chunks)
            try:
                return self._poll(status, dict(received), iter(body.read, None))
            finally:
                body.close()
        request = AWSRequest(
            "GET", f"{self._route.target}{path}", headers=headers, stream_output=True
        )
        try:
            response = self._session.send(request.prepare())
        except SSLError as error:
            raise without_tracebacks(error)  # noqa: B904  It keeps its own cause.
        except BotoCoreError as error:
            return Poll(problem=str(error))
        try:
            return self._poll(response.status_code, dict(response.headers), _chunks(response))
        except BotoCoreError as error:
            return Poll(problem=f"{response.status_code}, broken off: {error}")
        finally:
            response.raw.close()

    def _poll(self, status: int, received: Mapping[str, str], body: Iterator[bytes]) -> Poll:
        headers = {name.lower(): value for name, value in received.items()}
        if can_be_rejection(status, headers):
            return Poll(status, rejection=_rejection(body))
        if self._route.via is not None and _is_of_emulator(headers, body):
            via = self._route.via
            return Poll(problem=f"{status} of {via} itself, which passes no requests to MicroVMs")
        return Poll(status)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


class Probe:
    """Sends the requests in another thread.

    So an exception in a signal handler ends the wait for the response. Inside the HTTP library, it
    would be taken for a failure of the connection.
    """

    def __init__(self, route: Route, port: int) -> None:
        """Choose where to send them, as `Requests` does."""
        self._requests = Requests(route, port)

    def get(self, path: str, token: AuthToken) -> Poll:
        """Send a GET request, as `Requests.get` does."""
        send = partial(self._requests.get, path, token)
        try:
            found = _threads.start(send)
        except RuntimeError:
            # The process cannot start another thread.
            return send()
        return found.result()

    def close(self) -> None:
        """Close the connections."""
        self._requests.close()


def _chunks(response: Any) -> Iterator[bytes]:
    """Yield a body byte by byte, because more than is needed may never come.

    Raises:
        botocore.exceptions.BotoCoreError: The body breaks off or is too slow.
    """
    length = response.headers.get("content-length", "")
    is_number = length.isascii() and length.isdigit() and len(length) <= _LONGEST_NUMBER
    expected: Any = int(length) if is_number else None  # botocore-stubs do not allow `None`.
    body = StreamingBody(response.raw, expected)
    given_up_at = time.monotonic() + _REQUEST_TIMEOUT
    while chunk := body.read(1):
        if time.monotonic() > given_up_at:
            raise ReadTimeoutError(endpoint_url=response.url)
        yield chunk


def _rejection(body: Iterable[bytes]) -> str:
    reader = RejectionReader()
    if all(reader.read(chunk) for chunk in body):
        reader.end()
    return (reader.sentence or b"").decode()


def _is_of_emulator(headers: Mapping[str, str], body: Iterator[bytes]) -> bool:
    """Return whether an emulator responds with an error of an AWS service or a page of S3.

    One that does not know the endpoints of MicroVMs mistakes a request to them for one to S3.
    """
    if "x-amzn-errortype" in headers:
        return True
    if "xml" not in headers.get("content-type", "").lower():
        return False
    start = b""
    for chunk in body:
        start += chunk
        if any(page in start for page in _S3_PAGES):
            return True
        if len(start) >= _START_OF_A_PAGE:
            break
    return False
