"""What an error of the service means: the only place that knows the service's wording."""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

from botocore.exceptions import ClientError
from typing_extensions import Self


class ErrorKind(str, Enum):
    """What a `ServiceError` means, and so what a program can do about it.

    Minor releases may add members: treat an unknown one like `OTHER`.
    """

    BUSY = "BUSY"
    """The resource is being changed. Wait until it has settled, then call again."""
    THROTTLED = "THROTTLED"
    """Too many calls in too short a time. Wait `retry_after_seconds`, then call again."""
    NO_CAPACITY = "NO_CAPACITY"
    """AWS has no capacity for another MicroVM. Try later, or in another region."""
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    """A quota of the account is used up. Free something, or request a higher quota."""
    NOT_FOUND = "NOT_FOUND"
    """The resource does not exist. Check its ARN or id."""
    NO_ACTIVE_VERSION = "NO_ACTIVE_VERSION"
    """No version of the image can start MicroVMs, or the image does not exist."""
    NAME_TAKEN = "NAME_TAKEN"
    """Another image has the name. Update that image, or choose another name."""
    IN_USE = "IN_USE"
    """The image has MicroVMs. Terminate them before you delete it."""
    LAST_VERSION = "LAST_VERSION"
    """The last version of an image cannot be deleted. Delete the image."""
    TERMINATED = "TERMINATED"
    """The MicroVM has been terminated. Run a new one."""
    CLIENT_TOKEN_REUSED = "CLIENT_TOKEN_REUSED"  # noqa: S105  A kind of error, not a credential.
    """The `client_token` was sent before with other parameters. Use a new one."""
    ACCESS_DENIED = "ACCESS_DENIED"
    """The caller lacks permission, or is calling the wrong region or account."""
    INVALID = "INVALID"
    """The service rejects the request. Its message names the cause."""
    SERVER = "SERVER"
    """The service failed. Call again."""
    OTHER = "OTHER"
    """Anything else."""

    def __str__(self) -> str:
        """Return the kind's name."""
        return self.value

    @classmethod
    def of(cls, error: ClientError) -> Self:
        """Classify an error of this service, such as one that `client.boto3_client` raised.

        Args:
            error: The error. An error of another AWS service is classified by the same rules, which
                may be wrong for it.

        Returns:
            The kind by the error's code, refined by its message; by the HTTP status for an unknown
            code.

        Raises:
            TypeError: It is not a `botocore.exceptions.ClientError`.
        """
        given: Any = error
        if not isinstance(given, ClientError):
            msg = f"error must be a botocore.exceptions.ClientError, got {type(error).__name__}"
            raise TypeError(msg)
        response: Any = error.response
        details = mapping_member(response, "Error")
        status_code = mapping_member(response, "ResponseMetadata").get("HTTPStatusCode")
        code, message = details.get("Code", ""), details.get("Message")
        return cls(
            error_kind(
                code if isinstance(code, str) else "",
                status_code if isinstance(status_code, int) else None,
                message if isinstance(message, str) else None,
            )
        )


def mapping_member(response: Mapping[str, Any], member: str) -> Mapping[str, Any]:
    """Return a member that is a mapping; an empty one if it is anything else."""
    value = response.get(member)
    return value if isinstance(value, Mapping) else {}


# By the error's code. The codes that all AWS services share (throttling, credentials) are listed
# too, because their HTTP status varies.
_BY_CODE = {
    "AccessDeniedException": ErrorKind.ACCESS_DENIED,
    "ConflictException": ErrorKind.BUSY,
    "ExpiredTokenException": ErrorKind.ACCESS_DENIED,
    "InsufficientCapacityException": ErrorKind.NO_CAPACITY,
    "InternalServerException": ErrorKind.SERVER,
    "InvalidParameterValueException": ErrorKind.INVALID,
    "RequestLimitExceeded": ErrorKind.THROTTLED,
    "ResourceConflictException": ErrorKind.BUSY,
    "ResourceNotFoundException": ErrorKind.NOT_FOUND,
    "ServiceException": ErrorKind.SERVER,
    "ServiceQuotaExceededException": ErrorKind.QUOTA_EXCEEDED,
    "Throttling": ErrorKind.THROTTLED,
    "ThrottlingException": ErrorKind.THROTTLED,
    "TooManyRequestsException": ErrorKind.THROTTLED,
    "UnrecognizedClientException": ErrorKind.ACCESS_DENIED,
    "ValidationException": ErrorKind.INVALID,
}

# By the HTTP status, or else by its first digit, for a code that is not above.
_BY_STATUS = {
    402: ErrorKind.QUOTA_EXCEEDED,
    403: ErrorKind.ACCESS_DENIED,
    404: ErrorKind.NOT_FOUND,
    409: ErrorKind.BUSY,
    429: ErrorKind.THROTTLED,
}
_BY_FIRST_DIGIT = {4: ErrorKind.INVALID, 5: ErrorKind.SERVER}

# By the message, where the service uses one code for several situations. The kind of the code
# applies if no pattern matches. tests/test_error_kinds.py has the recorded messages.
_TOKEN_REUSED = (
    re.compile(r"client ?token .*\bdifferent\b", re.IGNORECASE),
    ErrorKind.CLIENT_TOKEN_REUSED,
)
_TERMINATED = (re.compile(r"has been terminated and its state cannot"), ErrorKind.TERMINATED)
_BY_MESSAGE = {
    "ConflictException": (_TOKEN_REUSED, _TERMINATED),
    "ResourceNotFoundException": (
        (re.compile(r"^No active version found"), ErrorKind.NO_ACTIVE_VERSION),
    ),
    "ValidationException": (
        # Such a message quotes the caller's values, which may contain any of the texts below.
        (re.compile(r"failed to satisfy constraint"), ErrorKind.INVALID),
        _TOKEN_REUSED,
        _TERMINATED,
        (re.compile(r"\bin its current state\b"), ErrorKind.BUSY),
        (re.compile(r"\balready exists\b"), ErrorKind.NAME_TAKEN),
        (re.compile(r"^Cannot delete microvm image with running microvms"), ErrorKind.IN_USE),
        (re.compile(r"^This is the last version\b"), ErrorKind.LAST_VERSION),
    ),
}


def error_kind(code: str, status_code: int | None, message: str | None) -> ErrorKind:
    """Classify an error of the service.

    Args:
        code: The error's name, such as `ConflictException`.
        status_code: The HTTP status of the response.
        message: The service's message.

    Returns:
        The kind by the code, refined by the message; by the status for an unknown code.
    """
    for pattern, kind in _BY_MESSAGE.get(code, ()):
        if message and pattern.search(message):
            return kind
    status = status_code or 0
    kind_of_status = _BY_STATUS.get(status) or _BY_FIRST_DIGIT.get(status // 100, ErrorKind.OTHER)
    return _BY_CODE.get(code, kind_of_status)
