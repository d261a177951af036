"""The request that starts a build, and sending it once, whatever happens to its response."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import HTTPClientError

from microvm_sdk.build._waiting import Waiting
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import ErrorKind, ResponseValidationError, ServiceError
from microvm_sdk.models import CreatedImage, UpdatedImage

# How often a request without a clear response is sent again.
_REPETITIONS = 3
_FIRST_SERVER_ERROR = 500
# `NAME_TAKEN`: somebody has just created the image, or is deleting it.
_TEMPORARY = {ErrorKind.BUSY, ErrorKind.THROTTLED, ErrorKind.NAME_TAKEN}


@dataclass(frozen=True)
class BuildRequest:
    """The creation of an image, or an update."""

    name: str
    """Name of the image."""
    image_arn: str | None
    """ARN of the image to update; `None` to create one."""
    settings: Mapping[str, Any] = field(repr=False)

    def send(self, client: MicroVMClient, token: str) -> CreatedImage | UpdatedImage:
        """Send it."""
        if self.image_arn is None:
            return client.create_microvm_image(name=self.name, client_token=token, **self.settings)
        return client.update_microvm_image(
            image_identifier=self.image_arn, client_token=token, **self.settings
        )


def start_build(
    client: MicroVMClient, request: BuildRequest, waiting: Waiting
) -> CreatedImage | UpdatedImage | None:
    """Start a build.

    Args:
        client: The client.
        request: What to build.
        waiting: The pauses.

    Returns:
        The response; `None`, after a pause, if the image was busy or the name is taken.

    Raises:
        ServiceError: The service returned another error, or no clear response after repetitions.
    """
    # Random, because the service returns the original response to a token that it has seen: with a
    # token made from the content, going back to an earlier content would build nothing.
    token = str(uuid.uuid4())
    for repetition in range(_REPETITIONS + 1):
        try:
            return request.send(client, token)
        except (  # noqa: PERF203  The time goes into calls and pauses.
            ServiceError,
            ResponseValidationError,
            HTTPClientError,
        ) as error:
            if not _may_have_started(error):
                if not isinstance(error, ServiceError) or error.kind not in _TEMPORARY:
                    raise
                waiting.pause_after(error)
                return None
            if repetition == _REPETITIONS:
                add_note(error, _note(request))
                raise
            # With the same token: if the build was started, the service returns that response.
            waiting.pause(f"{_note(request)}, but there was no clear response: {error}")
        except BaseException as error:
            if not isinstance(error, Exception):
                add_note(error, _note(request))
            raise
    return None


def add_note(error: BaseException, note: str) -> None:
    """Add a note to an exception, as `add_note` does from Python 3.11 on."""
    error.__notes__ = [*getattr(error, "__notes__", []), note]


def _note(request: BuildRequest) -> str:
    return f"a build of {request.image_arn or request.name} may have been started"


def _may_have_started(error: Exception) -> bool:
    """Return whether a build may have been started although the call failed."""
    if not isinstance(error, ServiceError):
        return True
    metadata: Any = error.response.get("ResponseMetadata", {})
    is_rejection = (error.status_code or _FIRST_SERVER_ERROR) < _FIRST_SERVER_ERROR
    # If botocore has retried, the response to its first request may have been lost.
    return not is_rejection or metadata.get("RetryAttempts", 0) > 0
