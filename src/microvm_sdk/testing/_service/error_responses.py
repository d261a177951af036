"""The error responses of the service, with the real messages where they are known."""

from typing import Any

from microvm_sdk.testing._service.service_model import service_model, shape_members

# Errors that the service model lacks: those of AWS's front ends, which respond before a request
# reaches an operation, and one that the first botocore releases with the service did not have.
CONFLICT = 409
UNMODELLED_STATUS = {
    "InsufficientCapacityException": 500,
    "RequestEntityTooLargeException": 413,
    "SerializationException": 400,
    "UnknownOperationException": 404,
}


class ErrorResponse(Exception):
    """An error response of the service.

    Attributes:
        code: Name of the error.
        message: The error's message, which is null for some errors of the real service.
        members: The values of the error's other members, by wire name.
    """

    def __init__(self, code: str, message: str | None, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.members = members

    @property
    def status(self) -> int:
        """The HTTP status."""
        if self.code in UNMODELLED_STATUS:
            return UNMODELLED_STATUS[self.code]
        return int(service_model().shape_for(self.code).metadata["error"]["httpStatusCode"])

    def body(self) -> dict[str, Any]:
        """Return the response's body.

        Returns:
            Every member that the error has in the body; members without a value are null.
        """
        body: dict[str, Any] = {"message": self.message}
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


# Requests that reach no operation


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


def access_denied() -> ErrorResponse:
    """The request is for another region or account; the real message is null."""
    return ErrorResponse("AccessDeniedException", None)


# Invalid values


def constraints_violated(violations: list[str]) -> ErrorResponse:
    """Members violate constraints of the service model."""
    errors = "error" if len(violations) == 1 else "errors"
    return _invalid(f"{len(violations)} validation {errors} detected: {'; '.join(violations)}")


def client_token_reused() -> ErrorResponse:
    """The client token was used with a different request."""
    return _conflict("The client token was already used with different parameters")


def next_token_invalid() -> ErrorResponse:
    """The token does not come from this list."""
    return _invalid("Invalid nextToken")


# Images, versions and builds


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


def no_active_version(arn: str) -> ErrorResponse:
    """No MicroVM can be run: there is no such image or version, or the version is inactive."""
    return _not_found(f"No active version found for MicroVM image {arn}")


def too_many_builds(account_id: str) -> ErrorResponse:
    """The account builds as many versions as its quota allows; the other members are null."""
    return ErrorResponse(
        "ServiceQuotaExceededException",
        f"Account {account_id} has reached the maximum number of concurrent builds allowed.",
    )


def name_taken(arn: str) -> ErrorResponse:
    """An image already has the name; one that is being deleted counts."""
    return _invalid(f"MicroVMImage already exists: {arn}")


def image_busy(state: str) -> ErrorResponse:
    """The image is changing, so it cannot be changed."""
    return _conflict(f"MicroVM Image is already in state: {state}")


def image_not_deletable(arn: str) -> ErrorResponse:
    """The image is changing, so it cannot be deleted."""
    return _invalid(f"Cannot delete MicroVM image in its current state: {arn}")


def scheduled_busy(operation: str, arn: str, status: int) -> ErrorResponse:
    """The image is changing, in the form that was scheduled."""
    if status == CONFLICT:
        return image_busy("UPDATING")
    if operation.startswith("Delete"):
        return image_not_deletable(arn)
    return _invalid(f"Cannot update MicroVM image in its current state: {arn}")


def image_in_use(arn: str) -> ErrorResponse:
    """MicroVMs of the image are running."""
    return _invalid(f"MicroVMImage {arn} cannot be deleted while MicroVMs run from it")


def version_not_updatable(arn: str, version: str, state: str) -> ErrorResponse:
    """The version was not built successfully, so it cannot be activated."""
    return _invalid(
        f"MicroVMImage {arn}, Version: {version} cannot be updated in its current state: {state}"
    )


def last_version(arn: str) -> ErrorResponse:
    """The only version of an image cannot be deleted."""
    return _invalid(f"The last version of MicroVMImage {arn} cannot be deleted")


def too_many_versions(arn: str, most: int) -> ErrorResponse:
    """The image has the highest number of versions; the real error's other members are null."""
    return ErrorResponse(
        "ServiceQuotaExceededException", f"MicroVMImage {arn} has {most} versions, the maximum"
    )


# MicroVMs


def microvm_not_found(microvm_id: str) -> ErrorResponse:
    """There is no such MicroVM, and never was."""
    return _not_found(f"MicroVM not found: {microvm_id}")


def microvm_terminated(microvm_id: str) -> ErrorResponse:
    """The MicroVM is terminated."""
    return _invalid(f"MicroVM {microvm_id} has been terminated and its state cannot be changed")


def microvm_not_ready(microvm_id: str, done: str, state: str) -> ErrorResponse:
    """The request is not possible in the MicroVM's current state."""
    return _conflict(f"MicroVM {microvm_id} cannot be {done} in its current state: {state}")


def connector_missing(microvm_id: str, connector: str) -> ErrorResponse:
    """The MicroVM does not accept such connections."""
    return _invalid(f"MicroVM {microvm_id} has no {connector} network connector attached")


def _conflict(message: str) -> ErrorResponse:
    return ErrorResponse("ConflictException", message)


def _invalid(message: str) -> ErrorResponse:
    return ErrorResponse("ValidationException", message)


def _not_found(message: str) -> ErrorResponse:
    return ErrorResponse("ResourceNotFoundException", message)
