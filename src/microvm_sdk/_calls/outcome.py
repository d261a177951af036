"""What came of a call: the only value that passes from where it is made to where it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from microvm_sdk._calls.http_response import HttpResponse
from microvm_sdk._error_texts import RequestSummary


@dataclass(frozen=True, repr=False)
class CallOutcome:
    """What came of a call. Its `repr` shows nothing of it: pytest shows it in tracebacks."""

    operation_name: str
    """The operation by its name in the AWS API."""
    response: HttpResponse | None = None
    """The HTTP response to read; `None` if botocore has read it, or there was none."""
    content: Mapping[str, Any] | None = None
    """What botocore returned; `None` if it raised `error`."""
    error: Exception | None = None
    """What botocore raised because of the response."""
    attempts: int = 1
    """How many requests were sent."""
    request: RequestSummary | None = None
    """What the text of an error says about the request."""
    has_secrets: bool = False
    """Whether the operation's responses have secrets."""

    def __repr__(self) -> str:
        """Show the operation."""
        return f"<CallOutcome of {self.operation_name}>"

    @property
    def metadata(self) -> Mapping[str, Any]:
        """boto3's `ResponseMetadata`."""
        if self.content is not None:
            metadata: Mapping[str, Any] = self.content.get("ResponseMetadata", {})
            return metadata
        return self.response.metadata(self.attempts - 1) if self.response else {}
