"""Looking up an image and its current version, and changing an image that is busy."""

from collections.abc import Callable
from typing import TypeVar

from microvm_sdk._arguments import check_client, check_image_arn, refuse
from microvm_sdk._image_versions import LARGEST_PAGE, current_of, list_versions
from microvm_sdk._waits.busy import repeat_while_busy
from microvm_sdk._waits.pace import Pace
from microvm_sdk.arns import valid_image_name
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import ServiceError
from microvm_sdk.models import ImageSummary, ImageVersion

__all__ = ["current_version", "find_image", "retry_while_busy"]

ResultT = TypeVar("ResultT")


def find_image(client: MicroVMClient, name: str) -> ImageSummary | None:
    """Find the image that has exactly this name, in the client's region and account.

    Lists all pages of the images whose name contains the name, because the service can only search
    for substrings and may return empty pages before the page with the match.

    Args:
        client: The client to list the images with.
        name: Name of the image.

    Returns:
        The image; `None` if there is none.

    Raises:
        TypeError: The client is not a `MicroVMClient`, or the name is not a string.
        ValueError: The name is invalid.
        ServiceError: The service returned an error.
    """
    check_client(client)
    name = valid_image_name(name)
    images = client.list_microvm_images(name_filter=name, max_results=LARGEST_PAGE)
    return next((image for image in images if image.name == name), None)


def current_version(client: MicroVMClient, *, image_identifier: str) -> ImageVersion | None:
    """Find the current version of an image, which MicroVMs start from if no version is named.

    That is the version with the highest number among those that are `ACTIVE` and `SUCCESSFUL`, as
    the listing of all versions shows them. `Image.latest_active_image_version` is not used: it is
    unknown whether the service moves it back when its version is made `INACTIVE`.

    Args:
        client: The client to list the versions with.
        image_identifier: ARN of the image.

    Returns:
        The version as listed, so without its environment variables; `None` if no version can start
        MicroVMs.

    Raises:
        TypeError: The client is not a `MicroVMClient`, or the identifier is not a string.
        ValueError: The identifier is not an ARN.
        ServiceError: The service returned an error.
        ResponseValidationError: A response does not match the model.
        botocore.exceptions.ParamValidationError: The identifier cannot be sent.
    """
    check_client(client)
    check_image_arn("image_identifier", image_identifier)
    return current_of(list_versions(client, image_identifier))


def retry_while_busy(
    call: Callable[[], ResultT], *, timeout: float = 900, poll_interval: float = 5
) -> ResultT:
    """Make a call, again and again while the image is busy or the service throttles the call.

    An image that is being built or changed rejects other changes with an error of the kind `BUSY`.

    Args:
        call: Makes the call, such as
            `lambda: client.delete_microvm_image(image_identifier=image)`. Give a call that
            creates something a `client_token`, so that a repetition cannot create it twice.
        timeout: How long to retry, in seconds: 0 or more.
        poll_interval: Longest pause between two calls, in seconds: more than 0.

    Returns:
        What the call returns.

    Raises:
        ServiceError: The service returned another error, or the image is still busy at the timeout.
        TypeError: The call is not callable, or the timeout or the interval is not a number.
        ValueError: The timeout or the interval is out of range.
    """
    if not callable(call):
        refuse("call", "a function without parameters", call, "write lambda: before the call")
    pace = Pace(timeout=timeout, poll_interval=poll_interval)

    def pause(error: ServiceError) -> None:
        if not pace.pause(at_least=error.retry_after_seconds or 0):
            raise error

    return repeat_while_busy(call, pause)
