"""The responses with which the proxy in front of a MicroVM rejects a request.

It responds with 403 and one of these sentences as plain text. Any other 403 comes from the software
in the MicroVM.
"""

from collections.abc import Mapping

REJECTED_TOKEN = frozenset({b"Request missing authentication", b"Token authentication failed"})
"""The token is missing, expired or another MicroVM's: a new one may help."""
DENIED_PORT = b"Access to port denied"
"""The token does not give access to the port, and neither will a new one."""

_SENTENCES = REJECTED_TOKEN | {DENIED_PORT}
_LENGTHS_OF_REJECTED_TOKEN = {str(len(sentence)) for sentence in REJECTED_TOKEN}
# With room for a line break. As strings, because the header may not be a number.
_LENGTHS = {str(length) for length in range(max(map(len, _SENTENCES)) + 3)}
_FORBIDDEN = 403


def can_be_rejection(status: int, headers: Mapping[str, str]) -> bool:
    """Return whether a response can be the proxy's own 403, before its body is read.

    Args:
        status: The HTTP status.
        headers: The headers, with names in lower case or in a case-insensitive mapping.
    """
    if status != _FORBIDDEN or "content-encoding" in headers:
        return False
    length = headers.get("content-length", "0")
    content_type = headers.get("content-type", "text/plain")
    return content_type.startswith("text/plain") and length in _LENGTHS


def rejects_token_of_head(status: int, headers: Mapping[str, str]) -> bool:
    """Return whether the proxy rejects the token of a `HEAD` request.

    The response has no text, but a `Content-Length` as if it had.

    Args:
        status: The HTTP status.
        headers: The headers, as for `can_be_rejection`.
    """
    length = headers.get("content-length")
    return can_be_rejection(status, headers) and length in _LENGTHS_OF_REJECTED_TOKEN


class RejectionReader:
    """Recognizes the proxy's own 403, reading as little of the body as possible."""

    def __init__(self) -> None:
        """Start with an empty body."""
        self.chunks: list[bytes] = []
        self.sentence: bytes | None = None
        """The proxy's sentence, if the body has ended and is one of them."""

    def read(self, chunk: bytes) -> bool:
        """Add the next part of the body, and return whether more of it is needed."""
        self.chunks.append(chunk)
        body = b"".join(self.chunks).rstrip()
        return any(sentence.startswith(body) for sentence in _SENTENCES)

    def end(self) -> None:
        """Record that the body has ended."""
        body = b"".join(self.chunks).rstrip()
        self.sentence = body if body in _SENTENCES else None
