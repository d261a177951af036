"""Capturing the HTTP response to a call, before botocore parses it.

botocore converts a response's JSON to a dict, which takes ten times as long as validating it, and
drops what its model does not know: the content of a new union member, new fields. So while one of
our calls is in progress, an event handler takes the status, headers and body of its response, and
leaves botocore an empty body. botocore passes the captured response on with what it returns.

A program's own event handlers expect what boto3 would pass to them. If there is one that receives
the content of a response, nothing is captured, and the model is made from the dict that botocore
parsed. That is also the case if the response did not come over HTTP, as with botocore's Stubber.
For a tracer, which receives what botocore returns, botocore parses the content as well.

Calls made directly through the boto3 client are unaffected, with one exception: a handler that
runs before our response arrives and calls the very same operation gets a response without content.
"""

from collections.abc import Callable
from contextvars import ContextVar
from traceback import walk_tb
from types import FunctionType
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from typing_extensions import Self

from microvm_sdk._calls.boto3_client import SERVICE
from microvm_sdk._calls.events import handlers, registrations
from microvm_sdk._calls.http_response import HttpResponse, json_object
from microvm_sdk.exceptions import MicroVMError

if TYPE_CHECKING:
    from botocore.hooks import BaseEventHooks
    from botocore.model import OperationModel
    from types_boto3_lambda_microvms import LambdaMicroVMsClient

# The events whose handlers receive what botocore has parsed.
_EVENTS_WITH_CONTENT = ("response-received", "needs-retry", "after-call")
# The modules whose handlers do not need the content.
_NOT_OBSERVERS = ("botocore.", "microvm_sdk._calls.")
_RESPONSE_KEY = "microvm_sdk.response"


class Capture:
    """Captures the response to the call that a `with` block makes."""

    __slots__ = ("_token", "attempts", "has_success", "operation_name", "response")

    def __init__(self, operation_name: str) -> None:
        """Start without a response.

        Args:
            operation_name: The operation that is called, by its name in the AWS API.
        """
        self.operation_name = operation_name
        self.attempts = 0
        """How many requests were prepared."""
        self.has_success = False
        """Whether a successful response has arrived."""
        self.response: HttpResponse | None = None
        """The response to the last request, if its content was left for botocore to parse."""

    def is_about_the_call(self, error: Exception) -> bool:
        """Return whether botocore raised an exception because of the response to this call.

        Credential providers raise `ClientError` too, about operations of their own, and so may a
        program's event handlers. Theirs say nothing about the resource of this call.

        Args:
            error: The exception, which may be of any class.
        """
        if isinstance(error, ClientError):
            is_ours = error.operation_name == self.operation_name
            return is_ours and not isinstance(error, MicroVMError)
        return self.response is not None and _is_parsing_failure(error)

    def response_behind(self, error: Exception) -> HttpResponse | None:
        """Return the response that an exception is about.

        Args:
            error: An exception that is about the call.

        Returns:
            The response; `None` if it did not come over HTTP, as with botocore's Stubber.
        """
        if self.response is None or not isinstance(error, ClientError):
            return self.response
        # An event handler may have made the same call since, with another response.
        metadata = error.response.get("ResponseMetadata", {})
        is_same = metadata.get("HTTPStatusCode") == self.response.status_code
        return self.response if is_same else None

    def __enter__(self) -> Self:
        """Start capturing."""
        self._token = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop capturing."""
        _current.reset(self._token)


_current: ContextVar[Capture | None] = ContextVar("microvm_sdk_capture", default=None)


def take_captured_response(content: dict[str, Any]) -> HttpResponse | None:
    """Remove the captured response from what botocore returned.

    Args:
        content: The dict that botocore returned.

    Returns:
        The response; `None` if it was not captured, and the dict has the content.
    """
    response: HttpResponse | None = content.pop(_RESPONSE_KEY, None)
    return response


def register_capture(client: "LambdaMicroVMsClient") -> None:
    """Register the event handlers that `Capture` needs, once for each boto3 client.

    Args:
        client: The boto3 client.
    """
    from botocore.client import BaseClient  # noqa: PLC0415  The client has imported it.

    events = client.meta.events
    has_observer = _observers_of(events)

    def collect(
        operation_model: "OperationModel",
        response_dict: dict[str, Any],
        customized_response_dict: dict[str, Any],
        **_: Any,
    ) -> None:
        capture = _current.get()
        # While our call is in progress, a program's own event handler may call boto3 as well.
        if capture is None or operation_model.name != capture.operation_name:
            return
        response = HttpResponse(
            response_dict["status_code"], response_dict["headers"], response_dict["body"]
        )
        # A second success is the response to a handler's own call, or to a request that a handler
        # made botocore retry.
        is_first_success = response.is_success and not capture.has_success
        capture.has_success = capture.has_success or is_first_success
        # botocore needs the content of an error, to decide whether to retry, and handlers expect
        # that of a success. But if a success is not JSON, botocore makes an empty dict of it, which
        # would be taken for one without members.
        if is_first_success and not (
            has_observer(operation_model.name) and json_object(response.body) is not None
        ):
            # botocore adds this to what it returns.
            customized_response_dict[_RESPONSE_KEY] = response
            if not _is_traced(BaseClient):
                response_dict["body"] = b""
                return
        capture.response = response

    for event, handler in (("request-created", _begin_attempt), ("before-parse", collect)):
        events.register_first(f"{event}.{SERVICE}", handler, unique_id=f"{__name__}.{event}")


def _begin_attempt(operation_name: str, **_: Any) -> None:
    # Before the request is signed: an error of the credentials is not about an earlier response.
    capture = _current.get()
    if capture is not None and operation_name == capture.operation_name:
        capture.attempts += 1
        capture.response = None


def _is_parsing_failure(error: Exception) -> bool:
    # The error can be of any class.
    frames = (frame for frame, _ in walk_tb(error.__traceback__))
    return any(frame.f_globals.get("__name__") == "botocore.parsers" for frame in frames)


def _is_traced(base_client: type) -> bool:
    """Return whether a tool has wrapped botocore's function that makes calls, as tracers do.

    Such a tool receives what the function returns, and its users may expect the content there.
    """
    function: Any = vars(base_client)["_make_api_call"]
    module = getattr(function, "__globals__", {}).get("__name__", "")
    # Not `isinstance`: the proxies of `wrapt` pass for what they wrap.
    return type(function) is not FunctionType or not module.startswith("botocore.")


def _observers_of(events: "BaseEventHooks") -> Callable[[str], bool]:
    """Return a function that determines whether an operation has an observer, with a cache."""
    known: tuple[object, dict[str, bool]] = (None, {})

    def has_observer(operation_name: str) -> bool:
        nonlocal known
        if known[0] is not registrations(events):
            known = (registrations(events), {})
        _, observed = known
        if operation_name not in observed:
            observed[operation_name] = _has_observer(events, operation_name)
        return observed[operation_name]

    return has_observer


def _has_observer(events: "BaseEventHooks", operation_name: str) -> bool:
    """Return whether a handler of the program's own receives what botocore has parsed."""
    return any(
        not (getattr(handler, "__module__", None) or "").startswith(_NOT_OBSERVERS)
        for event in _EVENTS_WITH_CONTENT
        for handler in handlers(events, f"{event}.{SERVICE}.{operation_name}")
    )
