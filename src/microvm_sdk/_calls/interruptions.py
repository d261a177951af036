"""Passing on the exception that a signal handler raises while botocore sends a request.

botocore mistakes any `Exception` in its HTTP library for a failure of the connection: it raises an
`HTTPClientError` in its place, and in its `standard` mode it sends the request again. The exception
of a time limit, such as Celery's, would be lost.
"""

from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from botocore.exceptions import HTTPClientError

from microvm_sdk._calls.boto3_client import SERVICE
from microvm_sdk._calls.tracebacks import without_tracebacks

if TYPE_CHECKING:
    from types_boto3_lambda_microvms import LambdaMicroVMsClient

# The failures that the standard library reports. A `ValueError` is about a URL, header or length.
_FAILURES = (HTTPException, OSError, ValueError)


def register_interruptions(client: "LambdaMicroVMsClient") -> None:
    """Register the event handler, once for each boto3 client.

    Args:
        client: The boto3 client.
    """
    # Before botocore's own handler, which decides whether to retry.
    client.meta.events.register_first(
        f"needs-retry.{SERVICE}", _raise_interruption, unique_id=__name__
    )


def _raise_interruption(caught_exception: Exception | None, **_: Any) -> None:
    # botocore raises a subclass for a failure that it recognizes.
    if type(caught_exception) is HTTPClientError:
        raised = caught_exception.__context__
        if raised is not None and not _is_failure(raised):
            raise without_tracebacks(raised)


def _is_failure(raised: BaseException) -> bool:
    # botocore chooses its HTTP library, so urllib3 is not imported here.
    library = type(raised).__module__.partition(".")[0]
    return library == "urllib3" or isinstance(raised, _FAILURES)
