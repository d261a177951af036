"""The fast path: the bytes of an answer, taken before botocore parses them.

botocore turns an answer's JSON into a dict, at ten times the cost of validating it, and on the way
drops what its model does not know: the content of a new union member, new fields. So while one of
our calls is under way, a handler takes the body of its answer, botocore is left with an empty one,
and the model is made of the bytes, which travel beside what botocore made of the rest.

Calls that are not ours, made through the boto3 client directly, are let alone; all but one that a
handler of the program's own makes to the very same operation before our answer is there. Where the
handler does not run, as with botocore's Stubber, the caller finds no body and falls back on the
dict.
"""

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel
    from types_boto3_lambda_microvms import LambdaMicroVMsClient
    from typing_extensions import Self

_FIRST_ERROR_STATUS = 300
_BODY = "microvm_sdk.body"


class Answer:
    """The HTTP answer to the call that a `with` block makes, once there is one."""

    __slots__ = ("_token", "operation", "taken", "unread")

    def __init__(self, operation: str) -> None:
        """Begin with no answer.

        Args:
            operation: The operation that is called, by its name in the AWS API.
        """
        self.operation = operation
        self.taken = False
        """Whether its body was taken from botocore."""
        self.unread: Mapping[str, Any] | None = None
        """The `status_code`, `headers` and `body` of what botocore is to read, until it has."""

    def __enter__(self) -> "Self":
        """Begin to take the answer."""
        self._token = _under_way.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Let the answers alone again."""
        _under_way.reset(self._token)


_under_way: ContextVar[Answer | None] = ContextVar("microvm_sdk_answer", default=None)


def take_body(response: dict[str, Any]) -> bytes | None:
    """Take the bytes of an answer out of what botocore returned.

    Args:
        response: What botocore returned.

    Returns:
        The bytes; `None` where botocore has made a dict of them.
    """
    body: bytes | None = response.pop(_BODY, None)
    return body


def watch(client: "LambdaMicroVMsClient") -> None:
    """Let `Answer` see the answers to a client's calls.

    Args:
        client: The boto3 client.
    """
    events = client.meta.events
    events.register("before-parse.lambda-microvms", _take, unique_id=f"{__name__}.take")
    events.register("response-received.lambda-microvms", _read, unique_id=f"{__name__}.read")


def _take(
    operation_model: "OperationModel",
    response_dict: dict[str, Any],
    customized_response_dict: dict[str, Any],
    **_: Any,
) -> None:
    answer = _under_way.get()
    # While our call is under way, a program's own event handler may call boto3 for something else.
    if answer is None or operation_model.name != answer.operation:
        return
    # Errors are botocore's to read. So is a second success: a handler calls for the very same, or
    # has botocore try again.
    if is_error(response_dict) or answer.taken:
        answer.unread = response_dict
        return
    # botocore merges this into what it returns.
    customized_response_dict[_BODY] = response_dict["body"]
    response_dict["body"] = b""
    answer.taken = True


def is_error(answer: "Mapping[str, Any]") -> bool:
    """Tell whether botocore takes an answer for an error."""
    status: int = answer["status_code"]
    return status >= _FIRST_ERROR_STATUS


def _read(**_: Any) -> None:
    answer = _under_way.get()
    if answer is not None:
        answer.unread = None
