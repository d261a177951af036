"""Looking up an image by its name."""

from microvm_sdk.arns import valid_image_name
from microvm_sdk.client import MicroVMClient
from microvm_sdk.models import ImageSummary

__all__ = ["find_image"]


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
        TypeError: The name is not a string.
        ValueError: The name is invalid.
        ServiceError: The service returned an error.
    """
    name = valid_image_name(name)
    images = client.list_microvm_images(name_filter=name)
    return next((image for image in images if image.name == name), None)
