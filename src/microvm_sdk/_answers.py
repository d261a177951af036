"""The fast path: the bytes of an answer, taken before botocore parses them.

botocore turns an answer's JSON into a dict, at ten times the cost of validating it, and on the way
drops what its model does not know: the content of a new union member, new fields. So while one of
our calls is under way, a handler takes the body of its answer, botocore is left with an empty one,
and the model is made of the bytes.

Calls that are not ours, made through the boto3 client directly, are let alone. Where the handler
does not run, as with botocore's Stubber, the caller finds no body and falls back on the dict.
"""

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel
    from types_boto3_lambda_microvms import LambdaMicroVMsClient
    from typing_extensions import Self

_FIRST_ERROR_STATUS = 300


class Answer:
    """The HTTP answer to the call that a `with` block makes, once there is one."""

    __slots__ = ("_token", "body", "headers", "operation", "status_code")

    def __init__(self, operation: str) -> None:
        """Begin with no answer.

        Args:
            operation: The operation that is called, by its name in the AWS API.
        """
        self.operation = operation
        self.status_code = 0
        self.headers: Mapping[str, str] = {}
        self.body: bytes | None = None

    @property
    def is_error(self) -> bool:
        """Whether the service answered with an error."""
        return self.status_code >= _FIRST_ERROR_STATUS

    def __enter__(self) -> "Self":
        """Begin to take the answer."""
        self._token = _under_way.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Let the answers alone again."""
        _under_way.reset(self._token)


_under_way: ContextVar[Answer | None] = ContextVar("microvm_sdk_answer", default=None)


def watch(client: "LambdaMicroVMsClient") -> None:
    """Let `Answer` see the answers to a client's calls.

    Args:
        client: The boto3 client.
    """
    client.meta.events.register("before-parse.lambda-microvms", _take, unique_id=__name__)


def _take(operation_model: "OperationModel", response_dict: dict[str, Any], **_: Any) -> None:
    answer = _under_way.get()
    # While our call is under way, a program's own event handler may call boto3 for something else.
    if answer is None or operation_model.name != answer.operation:
        return
    answer.status_code = response_dict["status_code"]
    answer.headers = response_dict["headers"]
    answer.body = response_dict["body"]
    if not answer.is_error:
        response_dict["body"] = b""
