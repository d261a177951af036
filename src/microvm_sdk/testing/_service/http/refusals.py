"""The error responses of the service, with the real messages where they are known."""

from typing import Any

from microvm_sdk.testing._service.http.service_model import service_model, shape_members

_CONFLICT = 409
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


def unreadable(reason: str) -> ErrorResponse:
    """The request cannot be parsed, or a value has the wrong type."""
    return ErrorResponse("SerializationException", reason)


def too_large(most: int) -> ErrorResponse:
    """The body is longer than the service reads."""
    return ErrorResponse(
        "RequestEntityTooLargeException", f"The request body is longer than {most} bytes"
    )


def unknown_operation(method: str, path: str) -> ErrorResponse:
    """No operation has this method and path."""
    return ErrorResponse("UnknownOperationException", f"There is no operation at {method} {path}")


def lambda_core() -> ErrorResponse:
    """The request is for another service, which the local service does not imitate."""
    return ErrorResponse(
        "NotImplementedException",
        "The local service does not imitate lambda-core (network connectors and runtimes)",
    )


def rate_exceeded() -> ErrorResponse:
    """The calls of an operation come faster than its rate."""
    return ErrorResponse("ThrottlingException", "Rate exceeded", retryAfterSeconds=1)


def access_denied() -> ErrorResponse:
    """The request is for another region; the real message is null."""
    return ErrorResponse("AccessDeniedException", None)


def not_authorized(operation: str, account_id: str, arn: str) -> ErrorResponse:
    """IAM does not allow the operation on the resource."""
    action = f"lambda:{operation}"
    return ErrorResponse(
        "AccessDeniedException",
        f"User: arn:aws:iam::{account_id}:user/testing is not authorized to perform: {action} on "
        f"resource: {arn} because no resource-based policy allows the {action} action",
    )


def constraints_violated(violations: list[str]) -> ErrorResponse:
    """Members violate constraints of the service model."""
    errors = "error" if len(violations) == 1 else "errors"
    return _invalid(f"{len(violations)} validation {errors} detected: {'; '.join(violations)}")


def client_token_reused() -> ErrorResponse:
    """The client token was used with a different request."""
    return _invalid("The provided clientToken was used with different request parameters.")


def arn_invalid(operation: str, arn: str) -> ErrorResponse:
    """It is not the full ARN of an image."""
    if operation == "RunMicrovm" and not arn.startswith("arn:"):
        return _invalid("Malformed ARN - doesn't start with 'arn:'")
    return _invalid(f"Invalid ARN format: {arn}")


def next_token_invalid() -> ErrorResponse:
    """The token does not come from this list."""
    return _invalid("Invalid nextToken")


def image_not_found(arn: str) -> ErrorResponse:
    """There is no such image."""
    return _not_found(f"MicroVMImage not found for MicroVMImageID: {arn}")


def version_not_found(arn: str, version: str) -> ErrorResponse:
    """There is no such version, or no such image."""
    return _not_found(f"MicroVMImage not found for MicroVMImage: {arn}, Version: {version}")


def build_not_found(arn: str, version: str, build_id: str) -> ErrorResponse:
    """There is no such build."""
    return _not_found(
        f"MicroVMImageBuild not found for MicroVMImage: {arn}, Version: {version}, "
        f"BuildId: {build_id}"
    )


def code_uri_invalid(uri: str) -> ErrorResponse:
    """The code artifact is not an object in Amazon S3; the real message is not known."""
    return _invalid(f"Invalid code artifact URI: {uri}. Expected s3://bucket/key")


def memory_unsupported(size: int, base_image: str, sizes: tuple[int, ...]) -> ErrorResponse:
    """There are MicroVMs of a few memory sizes only."""
    return _invalid(
        f"The requested memory size of {size} MiB is not supported by base MicroVM image "
        f"{base_image}. Supported memory sizes in MiB are: {list(sizes)}."
    )


def variable_reserved(name: str) -> ErrorResponse:
    """The service sets the environment variable itself; the real message is not known."""
    return _invalid(f"The environment variable {name} is reserved")


def ready_hook_required() -> ErrorResponse:
    """A lifecycle hook is enabled, and the ready hook is not."""
    return _invalid(
        "The ready (/ready) MicroVM image hook must be enabled when any MicroVM lifecycle hook "
        "(run, resume, suspend, or terminate) is enabled."
    )


def hook_port_required() -> ErrorResponse:
    """A hook is enabled, and there is no port to call it on; the real message is not known."""
    return _invalid("A hooks port must be specified when any hook is enabled.")


def base_version_invalid(version: str) -> ErrorResponse:
    """The version of the base image has another form, such as `1.0`."""
    return _invalid(
        f"Invalid baseMicroVMImageVersion: {version}. Expected a single major version number "
        "(e.g., 1)."
    )


def base_image_not_found(arn: str, version: str | None) -> ErrorResponse:
    """There is no such managed image or version."""
    which = arn if version is None else f"{arn} and version {version}"
    return _invalid(f"No managed MicroVM Image with arn {which} is available")


def connector_malformed(arn: str) -> ErrorResponse:
    """The network connector is not an ARN."""
    return _invalid(f"Malformed network connector ARN: {arn}")


def connector_unknown(arn: str) -> ErrorResponse:
    """AWS has no such managed network connector."""
    return _invalid(f"Unrecognized managed network connector ARN: {arn}")


def too_many_builds(account_id: str) -> ErrorResponse:
    """The account builds as many versions as its quota allows; the other members are null."""
    return ErrorResponse(
        "ServiceQuotaExceededException",
        f"Account {account_id} has reached the maximum number of concurrent builds allowed.",
    )


def name_taken(name: str) -> ErrorResponse:
    """An image already has the name; one that is being deleted counts."""
    return _invalid(f"A MicroVM image with the name '{name}' already exists in this account")


def image_busy(state: str) -> ErrorResponse:
    """The image is changing, so it cannot be changed."""
    return _conflict(f"MicroVM Image is already in state: {state}")


def image_not_deletable(arn: str) -> ErrorResponse:
    """The image is changing, so it cannot be deleted."""
    return _invalid(f"Cannot delete MicroVM image in its current state: {arn}")


def scheduled_busy(operation: str, arn: str, status: int) -> ErrorResponse:
    """The image is changing, in the form that was scheduled."""
    if status == _CONFLICT:
        return image_busy("UPDATING")
    if operation.startswith("Delete"):
        return image_not_deletable(arn)
    return _invalid(f"Cannot update MicroVM image in its current state: {arn}")


def image_in_use() -> ErrorResponse:
    """MicroVMs of the image are not terminated yet."""
    return _invalid("Cannot delete microvm image with running microvms.")


def version_not_updatable(arn: str, version: str, state: str) -> ErrorResponse:
    """The version was not built successfully, so it cannot be activated."""
    return _invalid(
        f"MicroVMImage {arn}, Version: {version} cannot be updated in its current state: {state}"
    )


def last_version() -> ErrorResponse:
    """The only version of an image cannot be deleted."""
    return _invalid("This is the last version. Please delete the entire image")


def too_many_versions(arn: str, most: int) -> ErrorResponse:
    """The image has as many versions as it may have; the real message is not known."""
    return ErrorResponse(
        "ServiceQuotaExceededException", f"MicroVMImage {arn} has {most} versions, the maximum"
    )


def no_active_version(arn: str, version: str | None) -> ErrorResponse:
    """No MicroVM can be run: there is no such image or version, or the version is inactive."""
    which = arn if version is None else f"{arn} and version {version}"
    return _not_found(f"No active version found for MicroVM image {which}")


def run_hook_required() -> ErrorResponse:
    """The request has a payload for the run hook, and the version has no run hook."""
    return _invalid(
        "The run hook must be enabled in the MicroVM image to pass the run hook payload"
    )


def execution_role_required() -> ErrorResponse:
    """The MicroVM has no role to write logs with."""
    return _invalid("Logging cannot be enabled without providing executionRoleArn")


def too_many_egress_connectors() -> ErrorResponse:
    """The service accepts fewer egress connectors than its model says."""
    return _invalid("Only one egress network connector can be provided")


def microvm_not_found(microvm_id: str) -> ErrorResponse:
    """There is no such MicroVM, and never was."""
    return _not_found(f"MicroVM not found: {microvm_id}")


def microvm_terminated(microvm_id: str) -> ErrorResponse:
    """The MicroVM is terminated."""
    return _invalid(
        f"The MicroVM {microvm_id} has been terminated and its state cannot be changed."
    )


def microvm_not_ready(microvm_id: str, done: str, state: str) -> ErrorResponse:
    """The MicroVM's state does not allow the request; the real message is not known."""
    return _conflict(f"MicroVM {microvm_id} cannot be {done} in its current state: {state}")


def token_too_long(minutes: int, most: int) -> ErrorResponse:
    """The token would be valid for too long."""
    return _invalid(f"ExpirationMinutes {minutes} exceeded max allowed of {most}.")


def shell_ingress_required() -> ErrorResponse:
    """The MicroVM does not accept shells."""
    return _invalid(
        "Shell access requires SHELL_INGRESS network connector to be configured on the MicroVM."
    )


def all_ingress_combined() -> ErrorResponse:
    """The MicroVM has `ALL_INGRESS` beside another connector."""
    return _invalid(
        "ALL_INGRESS cannot be combined with other ingress network connectors; "
        "use HTTP_INGRESS and/or SHELL_INGRESS instead"
    )


def _conflict(message: str) -> ErrorResponse:
    return ErrorResponse("ConflictException", message)


def _invalid(message: str) -> ErrorResponse:
    return ErrorResponse("ValidationException", message)


def _not_found(message: str) -> ErrorResponse:
    return ErrorResponse("ResourceNotFoundException", message)
