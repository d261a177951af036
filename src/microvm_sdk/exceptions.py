"""The errors of the SDK.

```
MicroVMError
├── ServiceError (also botocore.exceptions.ClientError)
│   ├── AccessDeniedException
│   ├── ConflictException
│   ├── InsufficientCapacityException
│   ├── InternalServerException
│   ├── InvalidParameterValueException
│   ├── ResourceConflictException
│   ├── ResourceNotFoundException
│   ├── ServiceException
│   ├── ServiceQuotaExceededException
│   ├── ThrottlingException
│   ├── TooManyRequestsException
│   └── ValidationException
├── ResponseValidationError
└── WaiterError
```

The service's errors have AWS's own names and are botocore's `ClientError` too, so that code written
for boto3 goes on catching them. An error that the service model does not list is a plain
`ServiceError`. What botocore raises by itself (no region, no credentials, a timeout, bad
parameters, a page token that repeats) passes through as it is.
"""

import copyreg
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from microvm_sdk.models import Image, ImageBuildSummary, ImageVersion, Microvm

__all__ = [
    "AccessDeniedException",
    "ConflictException",
    "InsufficientCapacityException",
    "InternalServerException",
    "InvalidParameterValueException",
    "MicroVMError",
    "ResourceConflictException",
    "ResourceNotFoundException",
    "ResponseValidationError",
    "ServiceError",
    "ServiceException",
    "ServiceQuotaExceededException",
    "ThrottlingException",
    "TooManyRequestsException",
    "ValidationException",
    "WaiterError",
]


class MicroVMError(Exception):
    """Any error that the SDK raises itself."""


class ServiceError(MicroVMError, ClientError):
    """The service answered with an error.

    The error that botocore raised is its `__cause__`.

    Attributes:
        response: The error as boto3 gives it: a dict with `Error` and `ResponseMetadata`.
    """

    operation_name: str
    """The operation by its name in the AWS API, such as `GetMicrovm`."""

    def __init__(self, error_response: Mapping[str, Any], operation_name: str) -> None:
        """Take what botocore's `ClientError` takes.

        Args:
            error_response: The error as boto3 gives it.
            operation_name: The operation by its name in the AWS API.
        """
        # botocore-stubs want a typed dict of theirs.
        super().__init__(error_response, operation_name)  # type: ignore[arg-type]

    def __reduce__(self) -> tuple[type["ServiceError"], tuple[Any, str]]:
        """Pickle as this class; botocore's own way would come back as a `ClientError`."""
        return type(self), (self.response, self.operation_name)

    @property
    def code(self) -> str:
        """The service's name of the error, such as `ConflictException`."""
        return str(self.response.get("Error", {}).get("Code", ""))

    @property
    def message(self) -> str | None:
        """What the service says, in its own words; `None` where it says nothing."""
        message: object = self.response.get("Error", {}).get("Message")
        return str(message) if message else None

    @property
    def request_id(self) -> str | None:
        """The service's id of the request, to quote to AWS support."""
        return self.response.get("ResponseMetadata", {}).get("RequestId")

    @property
    def status_code(self) -> int | None:
        """HTTP status of the answer."""
        return self.response.get("ResponseMetadata", {}).get("HTTPStatusCode")

    def _text(self, member: str) -> str | None:
        value = self.response.get(member)
        return value if isinstance(value, str) else None

    def _number(self, member: str) -> int | None:
        value = self.response.get(member)
        return value if isinstance(value, int) else None


class AccessDeniedException(ServiceError):
    """The caller may not do this. Calling the wrong region answers this too, with no message."""


class ConflictException(ServiceError):
    """The resource is busy, or a `client_token` was used before with another request."""

    @property
    def resource_id(self) -> str | None:
        """Id of the resource."""
        return self._text("resourceId")

    @property
    def resource_type(self) -> str | None:
        """Type of the resource."""
        return self._text("resourceType")


class InsufficientCapacityException(ServiceError):
    """AWS has no room for another MicroVM just now."""


class InternalServerException(ServiceError):
    """Something went wrong inside the service."""

    @property
    def retry_after_seconds(self) -> int | None:
        """How long the service asks callers to wait, in seconds."""
        return self._number("retryAfterSeconds")


class InvalidParameterValueException(ServiceError):
    """A parameter of a tagging operation has a value that it may not have."""

    @property
    def type(self) -> str | None:
        """Whose fault it was, as the service puts it."""
        return self._text("Type")


class ResourceConflictException(ServiceError):
    """The resource to tag is being changed by someone else."""

    @property
    def type(self) -> str | None:
        """Whose fault it was, as the service puts it."""
        return self._text("Type")


class ResourceNotFoundException(ServiceError):
    """There is no such resource, or no active version of the image."""

    @property
    def resource_type(self) -> str | None:
        """Type of the resource."""
        return self._text("resourceType")

    @property
    def resource_id(self) -> str | None:
        """Id of the resource."""
        return self._text("resourceId")


class ServiceException(ServiceError):
    """Something went wrong inside the service, in a tagging operation."""

    @property
    def type(self) -> str | None:
        """Whose fault it was, as the service puts it."""
        return self._text("Type")


class ServiceQuotaExceededException(ServiceError):
    """A quota of the account is used up; for MicroVMs that is mostly the one for memory."""

    @property
    def resource_id(self) -> str | None:
        """Id of the resource."""
        return self._text("resourceId")

    @property
    def resource_type(self) -> str | None:
        """Type of the resource."""
        return self._text("resourceType")

    @property
    def service_code(self) -> str | None:
        """Code of the service in AWS Service Quotas."""
        return self._text("serviceCode")

    @property
    def quota_code(self) -> str | None:
        """Code of the quota in AWS Service Quotas."""
        return self._text("quotaCode")


class ThrottlingException(ServiceError):
    """Too many calls in too short a time."""

    @property
    def service_code(self) -> str | None:
        """Code of the service in AWS Service Quotas."""
        return self._text("serviceCode")

    @property
    def quota_code(self) -> str | None:
        """Code of the quota in AWS Service Quotas."""
        return self._text("quotaCode")

    @property
    def retry_after_seconds(self) -> int | None:
        """How long the service asks callers to wait, in seconds."""
        return self._number("retryAfterSeconds")


class TooManyRequestsException(ServiceError):
    """Too many tagging calls in too short a time."""

    @property
    def type(self) -> str | None:
        """Whose fault it was, as the service puts it."""
        return self._text("Type")


class ValidationException(ServiceError):
    """The service refuses the request as it is; the message names what is wrong with it."""


def service_error(error: ClientError) -> ServiceError:
    """Make the typed error of botocore's.

    Args:
        error: The error that botocore raised.

    Returns:
        The error's own class where the service model lists it, else a `ServiceError`.
    """
    code = error.response.get("Error", {}).get("Code", "")
    error_class = _SERVICE_ERRORS.get(code, ServiceError)
    return error_class(error.response, error.operation_name)


_SERVICE_ERRORS = {
    error_class.__name__: error_class for error_class in ServiceError.__subclasses__()
}


class ResponseValidationError(MicroVMError):
    """The operation succeeded, and its answer does not fit the model.

    What the operation did is done: look into `response` before calling again.
    """

    operation_name: str
    """The operation by its name in the AWS API, such as `CreateMicrovmImage`."""
    problems: tuple[str, ...]
    """What does not fit: a sentence each, without the values."""
    response: Mapping[str, Any]
    """The answer as a dict, as far as it could be read, with boto3's `ResponseMetadata`.

    It holds secrets in plain text where the answer has them.
    """
    body: bytes | None
    """The answer's raw bytes; `None` where only boto3 has seen them."""

    def __init__(
        self,
        operation_name: str,
        problems: Sequence[str],
        response: Mapping[str, Any],
        body: bytes | None = None,
    ) -> None:
        """Say what does not fit.

        Args:
            operation_name: The operation by its name in the AWS API.
            problems: What does not fit: a sentence each, without the values.
            response: The answer as a dict, with boto3's `ResponseMetadata`.
            body: The answer's raw bytes.
        """
        super().__init__(
            f"{operation_name} succeeded, but its answer does not fit: {'; '.join(problems)}. "
            "The raw answer is in this error's .response and .body."
        )
        self.operation_name = operation_name
        self.problems = tuple(problems)
        self.response = response
        self.body = body

    def __reduce__(self) -> tuple[type["ResponseValidationError"], tuple[Any, ...]]:
        """Pickle with the raw answer."""
        return type(self), (self.operation_name, self.problems, self.response, self.body)

    @property
    def request_id(self) -> str | None:
        """The service's id of the request, to quote to AWS support."""
        found: str | None = self.response.get("ResponseMetadata", {}).get("RequestId")
        return found

    @property
    def status_code(self) -> int | None:
        """HTTP status of the answer."""
        found: int | None = self.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return found


class WaiterError(MicroVMError):
    """A wait timed out, or reached a state from which it can never succeed."""

    waiter_name: str
    """The method that waited."""
    reason: str
    """Why the wait ended."""
    identifier: str
    """What it waited for: the ARN of an image, or the id of a MicroVM."""
    image_version: str | None
    """The version that it waited for; `None` if it waited for something else."""
    last_result: "Image | ImageVersion | Microvm | None"
    """What the last successful poll returned; `None` if there was none."""
    timed_out: bool
    """Whether the wait timed out."""
    failed_builds: "tuple[ImageBuildSummary, ...]"
    """The failed builds of a version whose build failed, with their reasons."""

    def __init__(
        self,
        waiter_name: str,
        reason: str,
        *,
        identifier: str,
        image_version: str | None = None,
        last_result: "Image | ImageVersion | Microvm | None" = None,
        timed_out: bool = False,
        failed_builds: "Sequence[ImageBuildSummary]" = (),
    ) -> None:
        """Describe why the wait ended.

        Args:
            waiter_name: The method that waited.
            reason: Why the wait ended.
            identifier: What it waited for.
            image_version: The version that it waited for.
            last_result: What the last successful poll returned.
            timed_out: Whether the wait timed out.
            failed_builds: The failed builds of a version.
        """
        version = "" if image_version is None else f", version {image_version}"
        super().__init__(f"{waiter_name} ({identifier}{version}): {reason}")
        self.waiter_name = waiter_name
        self.reason = reason
        self.identifier = identifier
        self.image_version = image_version
        self.last_result = last_result
        self.timed_out = timed_out
        self.failed_builds = tuple(failed_builds)

    def __reduce__(self) -> "tuple[Any, tuple[Any, ...], dict[str, Any]]":
        """Pickle and copy with all attributes and notes."""
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]  # typeshed omits it.

    @property
    def last_state(self) -> str | None:
        """The state that the last successful poll returned."""
        return None if self.last_result is None else self.last_result.state

    @property
    def state_reason(self) -> str | None:
        """The service's reason for the last state, if it gave one."""
        return getattr(self.last_result, "state_reason", None)
