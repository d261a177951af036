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
├── WaiterError
│   └── BuildError
├── NoCurrentVersionError
└── ReleaseError
```

The service's errors have AWS's own names. They are also botocore's `ClientError`, so code written
for boto3 still catches them. An error that the service model does not list is a plain
`ServiceError`. `ServiceError.kind` says what an error means, whatever its class.

botocore's own errors (no region, no credentials, a timeout, an invalid parameter, a page token that
repeats) pass through unchanged. So does a `ClientError` of another operation than the one that was
called: botocore raises the errors of the services that credentials come from, and event handlers
may raise their own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import ClientError

from microvm_sdk._error_kinds import ErrorKind, mapping_member
from microvm_sdk._error_texts import error_text
from microvm_sdk._printable import printable
from microvm_sdk._release_steps import ReleaseStep
from microvm_sdk.models import Image, ImageBuildSummary, ImageVersion, Microvm

__all__ = [
    "AccessDeniedException",
    "BuildError",
    "ConflictException",
    "ErrorKind",
    "InsufficientCapacityException",
    "InternalServerException",
    "InvalidParameterValueException",
    "MicroVMError",
    "NoCurrentVersionError",
    "ReleaseError",
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

_MOST_DIGITS = 9
_MOST_VERSIONS = 10


class MicroVMError(Exception):
    """Base class of all errors that the SDK itself raises."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy with the text, the attributes and the notes.

        The copy is made without `__init__`, whose parameters differ from class to class.
        """
        return _copied, (type(self), self.args), self.__dict__.copy()


def _copied(error_class: type[MicroVMError], args: tuple[Any, ...]) -> MicroVMError:
    return error_class.__new__(error_class, *args)


class ServiceError(MicroVMError, ClientError):
    """The service returned an error. The error that botocore raised is the `__cause__`.

    The text adds to the service's message which resource the call was about, what can be done, and
    the request ID. `message` and `response` are what the service sent.

    Attributes:
        response: The error as boto3 returns it: a dict with `Error` and `ResponseMetadata`.
    """

    operation_name: str
    """The operation's name in the AWS API, such as `GetMicrovm`."""

    def __init__(
        self,
        error_response: Mapping[str, Any],
        operation_name: str,
        *,
        text: "Callable[[ServiceError], str] | None" = None,
    ) -> None:
        """Create the error, as botocore creates its `ClientError`.

        Args:
            error_response: The error as boto3 returns it.
            operation_name: The operation's name in the AWS API.
            text: Makes the text of the error; by default, the text is made from the response.
        """
        # In botocore-stubs, the parameter is a typed dict.
        super().__init__(error_response, operation_name)  # type: ignore[arg-type]
        self._kind = ErrorKind.of(self)
        Exception.__init__(self, (text or error_text)(self))

    @property
    def code(self) -> str:
        """The error's name, such as `ConflictException`; the HTTP status if it has none."""
        return str(mapping_member(self.response, "Error").get("Code", ""))

    @property
    def message(self) -> str | None:
        """The service's message as sent; `None` if there is none."""
        message: object = mapping_member(self.response, "Error").get("Message")
        return str(message) if message else None

    @property
    def kind(self) -> ErrorKind:
        """What the error means, by its code, status and message."""
        return self._kind

    @property
    def retry_after_seconds(self) -> int | None:
        """Seconds to wait before the next call; `None` if the service does not specify it."""
        modeled = _integer(self.response, "retryAfterSeconds")
        if modeled is not None:
            return modeled if modeled >= 0 else None
        headers = mapping_member(mapping_member(self.response, "ResponseMetadata"), "HTTPHeaders")
        return _retry_after(_string(headers, "retry-after"), _string(headers, "date"))

    @property
    def request_id(self) -> str | None:
        """The service's id of the request, to quote to AWS support."""
        metadata = mapping_member(self.response, "ResponseMetadata")
        headers = mapping_member(metadata, "HTTPHeaders")
        # For a gateway's page, botocore leaves it in the headers.
        return _string(metadata, "RequestId") or _string(headers, "x-amzn-requestid")

    @property
    def status_code(self) -> int | None:
        """HTTP status of the response."""
        return _integer(mapping_member(self.response, "ResponseMetadata"), "HTTPStatusCode")


def _string(response: Mapping[str, object], member: str) -> str | None:
    value = response.get(member)
    return value if isinstance(value, str) else None


def _integer(response: Mapping[str, object], member: str) -> int | None:
    value = response.get(member)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _retry_after(value: str | None, sent_at: str | None) -> int | None:
    """Read `Retry-After`: a number of seconds, or a date to compare with the response's own."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return int(value[:_MOST_DIGITS])
    until, now = _http_date(value), _http_date(sent_at)
    if until is None or now is None:
        return None
    return max(0, round((until - now).total_seconds()))


def _http_date(value: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(value or "")
    except (TypeError, ValueError, OverflowError):
        return None
    # HTTP's dates are in GMT. A date without a zone cannot be compared with one that has it.
    return date if date.tzinfo is not None else None


# Members that several of the service's errors share.


class _ResourceMembers:
    response: Any

    @property
    def resource_id(self) -> str | None:
        """Id of the resource."""
        return _string(self.response, "resourceId")

    @property
    def resource_type(self) -> str | None:
        """Type of the resource."""
        return _string(self.response, "resourceType")


class _QuotaMembers:
    response: Any

    @property
    def service_code(self) -> str | None:
        """Code of the service in AWS Service Quotas."""
        return _string(self.response, "serviceCode")

    @property
    def quota_code(self) -> str | None:
        """Code of the quota in AWS Service Quotas."""
        return _string(self.response, "quotaCode")


class _FaultMember:
    response: Any

    @property
    def type(self) -> str | None:
        """Whose fault the error is, according to the service: `User` or `Service`."""
        return _string(self.response, "Type")


class AccessDeniedException(ServiceError):
    """The caller lacks permission, or is calling the wrong region (often without a message)."""


class ConflictException(ServiceError, _ResourceMembers):
    """The resource is being changed."""


class InsufficientCapacityException(ServiceError):
    """AWS has no capacity for another MicroVM at the moment."""


class InternalServerException(ServiceError):
    """The service failed."""


class InvalidParameterValueException(ServiceError, _FaultMember):
    """A parameter of a tagging operation has an invalid value."""


class ResourceConflictException(ServiceError, _FaultMember):
    """The resource to tag is being changed."""


class ResourceNotFoundException(ServiceError, _ResourceMembers):
    """The resource does not exist, or the image has no active version."""


class ServiceException(ServiceError, _FaultMember):
    """The service failed in a tagging operation."""


class ServiceQuotaExceededException(ServiceError, _ResourceMembers, _QuotaMembers):
    """A quota of the account is used up; for MicroVMs usually the one for memory.

    The message may contain the number of the account.
    """


class ThrottlingException(ServiceError, _QuotaMembers):
    """Too many calls in too short a time."""


class TooManyRequestsException(ServiceError, _FaultMember):
    """Too many tagging calls in too short a time."""


class ValidationException(ServiceError):
    """The service rejects the request, and its message names the cause.

    The service also uses it for an image that is being changed, a name that is taken, a reused
    `client_token` and a terminated MicroVM: see `kind`.
    """


class ResponseValidationError(MicroVMError):
    """The operation succeeded, but its response does not match the model.

    The operation took effect: inspect `response` before you call again.
    """

    operation_name: str
    """The operation's name in the AWS API, such as `CreateMicrovmImage`."""
    problems: tuple[str, ...]
    """The mismatches: a sentence each, without the values."""
    response: Mapping[str, Any]
    """The response as a dict, as far as it could be parsed, with boto3's `ResponseMetadata`.

    Secrets in the response are in it as plain text.
    """
    body: bytes | None
    """The raw bytes of the response; `None` if botocore parsed it."""

    def __init__(
        self,
        operation_name: str,
        problems: Sequence[str],
        response: Mapping[str, Any],
        body: bytes | None = None,
    ) -> None:
        """Describe the mismatch.

        Args:
            operation_name: The operation's name in the AWS API.
            problems: The mismatches: a sentence each, without the values.
            response: The response as a dict, with boto3's `ResponseMetadata`.
            body: The raw bytes of the response.
        """
        super().__init__(
            f"{operation_name} succeeded, but its response does not match the model: "
            f"{'; '.join(problems)}. The operation took effect; the raw response is in this "
            "error's .response and .body."
        )
        self.operation_name = operation_name
        self.problems = tuple(problems)
        self.response = response
        self.body = body

    @property
    def request_id(self) -> str | None:
        """The service's id of the request, to quote to AWS support."""
        return _string(mapping_member(self.response, "ResponseMetadata"), "RequestId")

    @property
    def status_code(self) -> int | None:
        """HTTP status of the response."""
        return _integer(mapping_member(self.response, "ResponseMetadata"), "HTTPStatusCode")


class WaiterError(MicroVMError):
    """A wait timed out, or reached a state from which it can never succeed."""

    waiter_name: str
    """The method that waited."""
    reason: str
    """Why the wait ended."""
    identifier: str
    """The resource that it waited for: the ARN of an image, or the id of a MicroVM."""
    image_version: str | None
    """The version that it waited for; `None` if it waited for something else."""
    last_result: Image | ImageVersion | Microvm | None
    """The result of the last successful poll; `None` if there was none."""
    timed_out: bool
    """Whether the wait timed out."""
    failed_builds: tuple[ImageBuildSummary, ...]
    """The failed builds of a version whose build failed, with their reasons."""

    def __init__(
        self,
        waiter_name: str,
        reason: str,
        *,
        identifier: str,
        image_version: str | None = None,
        last_result: Image | ImageVersion | Microvm | None = None,
        timed_out: bool = False,
        failed_builds: Sequence[ImageBuildSummary] = (),
    ) -> None:
        """Describe why the wait ended.

        Args:
            waiter_name: The method that waited.
            reason: Why the wait ended.
            identifier: The resource that it waited for.
            image_version: The version that it waited for.
            last_result: The result of the last successful poll.
            timed_out: Whether the wait timed out.
            failed_builds: The failed builds of a version.
        """
        version = "" if image_version is None else f", version {image_version}"
        super().__init__(printable(f"{waiter_name} ({identifier}{version}): {reason}"))
        self.waiter_name = waiter_name
        self.reason = reason
        self.identifier = identifier
        self.image_version = image_version
        self.last_result = last_result
        self.timed_out = timed_out
        self.failed_builds = tuple(failed_builds)

    @property
    def last_state(self) -> str | None:
        """The state that the last successful poll returned; `None` if there was none."""
        return None if self.last_result is None else self.last_result.state

    @property
    def state_reason(self) -> str | None:
        """The service's reason for the last state; `None` if there is none."""
        return getattr(self.last_result, "state_reason", None)


class BuildError(WaiterError):
    """A version failed to build. `failed_builds` has the builds that failed."""

    log_group: str | None
    """The log group in Amazon CloudWatch Logs that has the output of the builds.

    `None` if the version's logs are disabled.
    """

    def __init__(
        self,
        waiter_name: str,
        reason: str,
        *,
        identifier: str,
        image_version: str | None = None,
        last_result: Image | ImageVersion | Microvm | None = None,
        timed_out: bool = False,
        failed_builds: Sequence[ImageBuildSummary] = (),
        log_group: str | None = None,
    ) -> None:
        """Describe why the build failed.

        Args:
            waiter_name: The method that waited.
            reason: Why the wait ended.
            identifier: The resource that it waited for.
            image_version: The version that it waited for.
            last_result: The result of the last successful poll.
            timed_out: Whether the wait timed out.
            failed_builds: The failed builds of the version.
            log_group: The log group that has their output.
        """
        log = "" if log_group is None else f" (log group: {log_group})"
        super().__init__(
            waiter_name,
            reason + log,
            identifier=identifier,
            image_version=image_version,
            last_result=last_result,
            timed_out=timed_out,
            failed_builds=failed_builds,
        )
        self.log_group = log_group

    @property
    def reasons(self) -> tuple[str, ...]:
        """The service's reasons for the failed builds, each once."""
        reasons = (build.state_reason for build in self.failed_builds)
        return tuple(dict.fromkeys(filter(None, reasons)))


class NoCurrentVersionError(MicroVMError):
    """No version of an image can start MicroVMs: none is both `ACTIVE` and `SUCCESSFUL`."""

    image_arn: str
    """ARN of the image."""
    versions: tuple[ImageVersion, ...]
    """The image's versions, as `list_microvm_image_versions` lists them."""

    def __init__(self, image_arn: str, versions: Iterable[ImageVersion]) -> None:
        """Name the image's versions.

        Args:
            image_arn: ARN of the image.
            versions: Its versions.
        """
        self.image_arn = image_arn
        self.versions = tuple(versions)
        shown = [
            f"{version.image_version} ({version.state}, {version.status})"
            for version in self.versions[:_MOST_VERSIONS]
        ]
        more = len(self.versions) - len(shown)
        shown += [f"and {more} more"] if more else []
        super().__init__(
            f"no version of {image_arn} can start MicroVMs: none is ACTIVE and SUCCESSFUL. "
            f"Its versions: {', '.join(shown) or 'none'}. Name one of them, or make one ACTIVE."
        )


class ReleaseError(MicroVMError):
    """A release job could not finish. What it changed before that is not undone.

    The cause, if there is one, is the `__cause__`. To complete the job, call it again with the same
    arguments.
    """

    job_name: str
    """The function that failed, such as `promote`."""
    reason: str
    """Why it failed."""
    image_arn: str
    """ARN of the image."""
    target: str | None
    """The version to make current, to withdraw, or to delete; `None` if there is none."""
    steps: tuple[ReleaseStep, ...]
    """The changes that were made, in order. A change that is not `confirmed` may have been made."""
    current: str | None
    """The current version as last read, perhaps before the last change."""

    def __init__(
        self,
        job_name: str,
        reason: str,
        *,
        image_arn: str,
        target: str | None = None,
        steps: Sequence[ReleaseStep] = (),
        current: str | None = None,
    ) -> None:
        """Describe what failed, and what was done before.

        Args:
            job_name: The function that failed.
            reason: Why it failed.
            image_arn: ARN of the image.
            target: The version to make current, to withdraw, or to delete.
            steps: The changes that were made, or may have been.
            current: The current version as last read.
        """
        version = "" if target is None else f", version {target}"
        changes = ", ".join(map(str, steps)) or "none"
        text = (
            f"{job_name} ({image_arn}{version}): {reason}. Changes made: {changes}. "
            f"Current version as last read: {current or 'none'}."
        )
        super().__init__(printable(text))
        self.job_name = job_name
        self.reason = reason
        self.image_arn = image_arn
        self.target = target
        self.steps = tuple(steps)
        self.current = current
