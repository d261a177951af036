"""Whether a call that raised an exception may still have taken effect.

It may if a request was sent and got no response. It may also if a request was sent again: botocore
reports the last response only, and an earlier attempt may have succeeded. Nothing was done if the
first attempt got a 4xx, or if an error kept the request from being sent.
"""

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import (
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
)

from microvm_sdk._calls.boto3_client import SERVICE
from microvm_sdk.exceptions import ResponseValidationError, ServiceError

if TYPE_CHECKING:
    from types_boto3_lambda_microvms import LambdaMicroVMsClient

T = TypeVar("T")

_NOT_CONNECTED = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)
_CLIENT_ERRORS = range(400, 500)


@dataclass(eq=False)
class Sending:
    """A call that changes something, and whether it may have done so."""

    operation_name: str
    """The operation, by its name in the AWS API."""
    requests: int = 0
    """How many requests have been sent."""

    def observe(self, call: Callable[[], T]) -> T:
        """Make the call, and count its requests.

        Args:
            call: A function that makes it, with a client that `register_sending` has prepared.

        Returns:
            What the function returns.
        """
        # In a context of its own, so that nothing has to be reset, whatever interrupts the call.
        return copy_context().run(self._call, call)

    def _call(self, call: Callable[[], T]) -> T:
        _current.set(self)
        return call()

    def may_have_taken_effect(self, error: BaseException) -> bool:
        """Return whether the call may have taken effect, although it raised an exception."""
        if self.is_answer(error):
            return not (
                isinstance(error, ServiceError)
                and error.status_code in _CLIENT_ERRORS
                and not _retries(error)
            )
        if isinstance(error, _NOT_CONNECTED):
            return self.requests > 1
        return self.requests > 0

    def is_answer(self, error: BaseException) -> bool:
        """Return whether an exception is about the response to the call.

        A program's own event handlers may make other calls, whose errors propagate.
        """
        return (
            isinstance(error, (ServiceError, ResponseValidationError))
            and error.operation_name == self.operation_name
        )


_current: ContextVar[Sending | None] = ContextVar("microvm_sdk_sending", default=None)


def register_sending(client: "LambdaMicroVMsClient") -> None:
    """Register the event handler that `Sending` needs, once for each boto3 client.

    Args:
        client: The boto3 client.
    """
    # botocore emits the event for each attempt, after the request was signed: without credentials,
    # nothing is sent.
    client.meta.events.register_first(f"before-send.{SERVICE}", _count, unique_id=__name__)


def _count(event_name: str, **_: Any) -> None:
    sending = _current.get()
    if sending is not None and event_name.endswith(f".{sending.operation_name}"):
        sending.requests += 1


def _retries(error: ServiceError) -> int:
    metadata: Any = error.response.get("ResponseMetadata") or {}
    retries = metadata.get("RetryAttempts", 0)
    return retries if isinstance(retries, int) else 0
