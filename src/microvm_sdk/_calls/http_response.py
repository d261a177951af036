"""An HTTP response, before it is converted to a model or an error."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

SUCCESS = range(200, 300)


class HttpResponse(NamedTuple):
    """Status, headers and body."""

    status_code: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the operation took effect."""
        return self.status_code in SUCCESS

    @property
    def text(self) -> str:
        """The body as text, with a replacement character for what cannot be decoded."""
        return self.body.decode(errors="replace")

    def metadata(self, retry_attempts: int) -> dict[str, Any]:
        """Return boto3's `ResponseMetadata`.

        Args:
            retry_attempts: How many times the request was sent again before this response.
        """
        headers = {name.lower(): value for name, value in self.headers.items()}
        metadata: dict[str, Any] = {
            "HTTPStatusCode": self.status_code,
            "HTTPHeaders": headers,
            "RetryAttempts": retry_attempts,
        }
        if "x-amzn-requestid" in headers:
            metadata["RequestId"] = headers["x-amzn-requestid"]
        return metadata

    def __repr__(self) -> str:
        """Leave out the headers and the body, which may contain secrets."""
        return f"<HttpResponse {self.status_code}, {len(self.body)} bytes>"


def json_object(body: bytes) -> dict[str, Any] | None:
    """Parse a JSON object, as every operation and every error returns.

    Args:
        body: The body of a response.

    Returns:
        The object; `None` if it is anything else.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
