"""The outcome of a call: the only value that is passed from sending it to reading it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from microvm_sdk._calls.http_response import HttpResponse
from microvm_sdk._error_texts import RequestSummary


@dataclass(frozen=True, repr=False)
class CallOutcome:
    """The outcome of a call. Its `repr`, which pytest shows in tracebacks, hides the content."""

    operation_name: str
    """The operation by its name in the AWS API."""
    response: HttpResponse | None = None
    """The HTTP response; `None` if botocore has parsed it, or there was none."""
    content: Mapping[str, Any] | None = None
    """The dict that botocore returned; `None` if it raised `error`."""
    error: Exception | None = None
    """The exception that botocore raised because of the response."""
    attempts: int = 1
    """How many requests were sent."""
    request: RequestSummary | None = None
    """The facts about the request for the text of an error."""
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
