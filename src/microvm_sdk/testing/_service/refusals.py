"""Why the service refuses a request, in its words where they were recorded, else in its manner."""

from __future__ import annotations

from microvm_sdk.testing._service.errors import ServiceFault


def constraints_broken(failures: list[str]) -> ServiceFault:
    """Members break constraints of the model."""
    errors = "error" if len(failures) == 1 else "errors"
    return _invalid(f"{len(failures)} validation {errors} detected: {'; '.join(failures)}")


def access_denied() -> ServiceFault:
    """The region or account is another one; the real message is null."""
    return ServiceFault("AccessDeniedException", None)


def image_not_found(arn: str) -> ServiceFault:
    """There is no such image."""
    return _not_found(f"MicroVMImage not found for MicroVMImageID: {arn}")


def version_not_found(arn: str, version: str) -> ServiceFault:
    """There is no such version, or not even such an image."""
    return _not_found(f"MicroVMImage not found for MicroVMImage: {arn}, Version: {version}")


def build_not_found(arn: str, version: str, build_id: str) -> ServiceFault:
    """There is no such build."""
    return _not_found(
        f"MicroVMImageBuild not found for MicroVMImage: {arn}, Version: {version}, "
        f"BuildId: {build_id}"
    )


def microvm_not_found(microvm_id: str) -> ServiceFault:
    """There is no such MicroVM, and never was."""
    return _not_found(f"MicroVM not found: {microvm_id}")


def no_active_version(arn: str) -> ServiceFault:
    """There is nothing to run: no image, no such version, or an inactive one."""
    return _not_found(f"No active version found for MicroVM image {arn}")


def name_taken(arn: str) -> ServiceFault:
    """An image has the name, if only one that is being deleted."""
    return _invalid(f"MicroVMImage already exists: {arn}")


def image_busy(arn: str, state: str) -> ServiceFault:
    """The image is changing; the one of busy's two faces that changes meet."""
    return _conflict(f"MicroVMImage {arn} is already in state: {state}")


def image_not_deletable(arn: str, state: str) -> ServiceFault:
    """The image is changing; the one of busy's two faces that a deletion meets."""
    return _invalid(f"MicroVMImage {arn} cannot be deleted in its current state: {state}")


def image_in_use(arn: str) -> ServiceFault:
    """MicroVMs run from the image."""
    return _invalid(f"MicroVMImage {arn} cannot be deleted while MicroVMs run from it")


def version_not_updatable(arn: str, version: str, state: str) -> ServiceFault:
    """The version was not built, so there is nothing to activate."""
    return _invalid(
        f"MicroVMImage {arn}, Version: {version} cannot be updated in its current state: {state}"
    )


def last_version(arn: str) -> ServiceFault:
    """An image keeps one version."""
    return _invalid(f"The last version of MicroVMImage {arn} cannot be deleted")


def too_many_versions(arn: str, most: int) -> ServiceFault:
    """The image has as many versions as it may; the real error's other members are null."""
    return ServiceFault(
        "ServiceQuotaExceededException", f"MicroVMImage {arn} has {most} versions, the maximum"
    )


def microvm_terminated(microvm_id: str) -> ServiceFault:
    """The MicroVM has ended."""
    return _invalid(f"MicroVM {microvm_id} has been terminated and its state cannot be changed")


def microvm_not_ready(microvm_id: str, done: str, state: str) -> ServiceFault:
    """The MicroVM is in a state from which this cannot be done."""
    return _conflict(f"MicroVM {microvm_id} cannot be {done} in its current state: {state}")


def connector_missing(microvm_id: str, connector: str) -> ServiceFault:
    """The MicroVM does not let such connections in."""
    return _invalid(f"MicroVM {microvm_id} has no {connector} network connector attached")


def client_token_reused() -> ServiceFault:
    """The client token came with another request before."""
    return _conflict("The client token was already used with different parameters")


def next_token_invalid() -> ServiceFault:
    """The token is not one that this list gave."""
    return _invalid("Invalid nextToken")


def unreadable(reason: str) -> ServiceFault:
    """The request's form, not a value, is wrong."""
    return ServiceFault("SerializationException", reason)


def too_large(most: int) -> ServiceFault:
    """The body is longer than the service reads."""
    return ServiceFault("RequestEntityTooLargeException", f"The request has more than {most} bytes")


def unknown_operation(method: str, path: str) -> ServiceFault:
    """No operation has this method and path."""
    return ServiceFault("UnknownOperationException", f"There is no operation at {method} {path}")


def _conflict(message: str) -> ServiceFault:
    return ServiceFault("ConflictException", message)


def _invalid(message: str) -> ServiceFault:
    return ServiceFault("ValidationException", message)


def _not_found(message: str) -> ServiceFault:
    return ServiceFault("ResourceNotFoundException", message)
