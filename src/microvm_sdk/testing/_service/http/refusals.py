"""The error responses of the service, with the real messages where they are known."""

from collections.abc import Callable
from typing import Any

from microvm_sdk.testing._service.http.service_model import service_model, shape_members

# Errors that the service model lacks: those of AWS's front ends, which respond before a request
# reaches an operation, and one that the first botocore releases with the service did not have.
_UNMODELED_STATUS = {
    "InsufficientCapacityException": 500,
    "NotImplementedException": 501,
    "RequestEntityTooLargeException": 413,
    "SerializationException": 400,
    "UnknownOperationException": 404,
}


class ErrorResponse(Exception):
    """An error response of the service."""

    def __init__(self, code: str, message: str | None, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        """Name of the error."""
        self.message = message
        """The error's message, which is null for some errors of the real service."""
        self.members = members
        """The values of the error's other members, by wire name."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        if self.code in _UNMODELED_STATUS:
            return _UNMODELED_STATUS[self.code]
        return int(service_model().shape_for(self.code).metadata["error"]["httpStatusCode"])

    def body(self) -> dict[str, Any]:
        """Return the response's body.

        Returns:
            Every member that the error has in the body; members without a value are null.
        """
        # IAM's denials have a capital letter, and the service's own errors do not.
        denied = self.code == "AccessDeniedException" and self.message is not None
        body: dict[str, Any] = {"Message" if denied else "message": self.message}
        if denied:
            return body
        for name, shape in shape_members(self.code).items():
            if "location" not in shape.serialization:
                body.setdefault(name, self.members.get(name))
        return body

    def headers(self) -> dict[str, str]:
        """Return the response's own headers.

        Returns:
            The error's name, and the members that are sent as headers, such as `Retry-After`.
        """
        headers = {"x-amzn-errortype": self.code}
        for name, shape in shape_members(self.code).items():
            value = self.members.get(name)
            if shape.serialization.get("location") == "header" and value is not None:
                headers[shape.serialization["name"]] = str(value)
        return headers


def _error(code: str, message: str | None, **members: Any) -> Callable[..., ErrorResponse]:
    """Return a function that makes an error from the values of the message's placeholders."""

    def make(*values: object) -> ErrorResponse:
        return ErrorResponse(code, message and message.format(*values), **members)

    return make


def _invalid(message: str) -> Callable[..., ErrorResponse]:
    return _error("ValidationException", message)


# Requests that reach no operation.
too_large = _error("RequestEntityTooLargeException", "The request body is longer than {} bytes")
unknown_operation = _error("UnknownOperationException", "There is no operation at {} {}")
lambda_core = _error(
    "NotImplementedException",
    "The local service does not imitate lambda-core (network connectors and runtimes)",
)
rate_exceeded = _error("ThrottlingException", "Rate exceeded", retryAfterSeconds=1)
# The message of a denial is null when the request is for another region.
access_denied = _error("AccessDeniedException", None)
not_authorized = _error(
    "AccessDeniedException",
    "User: arn:aws:iam::{1}:user/testing is not authorized to perform: lambda:{0} on resource: "
    "{2} because no resource-based policy allows the lambda:{0} action",
)

# Requests that cannot be parsed, or have a value of the wrong type.
not_json = _error("SerializationException", "The request body is not JSON")
not_a_json_object = _error("SerializationException", "The request body is not a JSON object")
not_an_integer = _error("SerializationException", "The value at '{}' is not an integer")
wrong_type = _error("SerializationException", "The value at '{}' is not of the type {}")
not_unicode = _error("SerializationException", "The value at '{}' is not Unicode text")
not_one_member = _error("SerializationException", "The union at '{}' must have exactly one of {}")

# Requests that violate a rule for all operations.
client_token_reused = _invalid(
    "The provided clientToken was used with different request parameters."
)
next_token_invalid = _invalid("Invalid nextToken")
arn_invalid = _invalid("Invalid ARN format: {}")
arn_of_run_invalid = _invalid("Malformed ARN - doesn't start with 'arn:'")

# Resources that do not exist.
image_not_found = _error(
    "ResourceNotFoundException", "MicroVMImage not found for MicroVMImageID: {}"
)
version_not_found = _error(
    "ResourceNotFoundException", "MicroVMImage not found for MicroVMImage: {}, Version: {}"
)
build_not_found = _error(
    "ResourceNotFoundException",
    "MicroVMImageBuild not found for MicroVMImage: {}, Version: {}, BuildId: {}",
)
no_active_version = _error(
    "ResourceNotFoundException", "No active version found for MicroVM image {}"
)
microvm_not_found = _error("ResourceNotFoundException", "MicroVM not found: {}")

# Settings of an image.
memory_unsupported = _invalid(
    "The requested memory size of {} MiB is not supported by base MicroVM image {}. Supported "
    "memory sizes in MiB are: {}."
)
ready_hook_required = _invalid(
    "The ready (/ready) MicroVM image hook must be enabled when any MicroVM lifecycle hook "
    "(run, resume, suspend, or terminate) is enabled."
)
base_version_invalid = _invalid(
    "Invalid baseMicroVMImageVersion: {}. Expected a single major version number (e.g., 1)."
)
base_image_not_found = _invalid("No managed MicroVM Image with arn {} is available")
connector_malformed = _invalid("Malformed network connector ARN: {}")
connector_unknown = _invalid("Unrecognized managed network connector ARN: {}")
# The real messages of these three are not known.
code_uri_invalid = _invalid("Invalid code artifact URI: {}. Expected s3://bucket/key")
variable_reserved = _invalid("The environment variable {} is reserved")
hook_port_required = _invalid("A hooks port must be specified when any hook is enabled.")

# Changes of an image or a version.
too_many_builds = _error(
    "ServiceQuotaExceededException",
    "Account {} has reached the maximum number of concurrent builds allowed.",
)
# The real message is not known.
too_many_versions = _error(
    "ServiceQuotaExceededException", "MicroVMImage {} has {} versions, the maximum"
)
name_taken = _invalid("A MicroVM image with the name '{}' already exists in this account")
image_busy = _error("ConflictException", "MicroVM Image is already in state: {}")
image_not_updatable = _invalid("Cannot update MicroVM image in its current state: {}")
image_not_deletable = _invalid("Cannot delete MicroVM image in its current state: {}")
image_in_use = _invalid("Cannot delete microvm image with running microvms.")
version_not_updatable = _invalid(
    "MicroVMImage {}, Version: {} cannot be updated in its current state: {}"
)
last_version = _invalid("This is the last version. Please delete the entire image")

# MicroVMs and their tokens.
run_hook_required = _invalid(
    "The run hook must be enabled in the MicroVM image to pass the run hook payload"
)
execution_role_required = _invalid("Logging cannot be enabled without providing executionRoleArn")
too_many_egress_connectors = _invalid("Only one egress network connector can be provided")
microvm_terminated = _invalid("The MicroVM {} has been terminated and its state cannot be changed.")
# The real message is not known.
microvm_not_ready = _error("ConflictException", "MicroVM {} cannot be {} in its current state: {}")
token_too_long = _invalid("ExpirationMinutes {} exceeded max allowed of {}.")
shell_ingress_required = _invalid(
    "Shell access requires SHELL_INGRESS network connector to be configured on the MicroVM."
)
all_ingress_combined = _invalid(
    "ALL_INGRESS cannot be combined with other ingress network connectors; "
    "use HTTP_INGRESS and/or SHELL_INGRESS instead"
)


def constraints_violated(violations: list[str]) -> ErrorResponse:
    """Return the error for members that violate constraints of the service model."""
    errors = "error" if len(violations) == 1 else "errors"
    message = f"{len(violations)} validation {errors} detected: {'; '.join(violations)}"
    return ErrorResponse("ValidationException", message)
