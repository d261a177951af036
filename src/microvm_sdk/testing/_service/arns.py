"""ARNs of images and network connectors."""

import re

from microvm_sdk.testing._service import error_responses
from microvm_sdk.testing._service.constraints import require_pattern

AWS = "aws"
IMAGE_ARN = re.compile(
    r"arn:aws[a-z-]*:lambda:([a-z0-9-]+):([0-9]{12}|aws):microvm-image:([a-zA-Z0-9-_]+)"
)


def image_name(arn: str, region: str, account: str) -> str | None:
    """Return the name in an image's ARN.

    Args:
        arn: The `imageIdentifier` of the request.
        region: The region of the request.
        account: The account whose image is expected: the caller's, or `aws`.

    Returns:
        The name; `None` for an image of AWS when the caller's is expected, or the other way round.

    Raises:
        ErrorResponse: A `ValidationException` when it is not a full ARN, such as a bare name; an
            `AccessDeniedException` when it belongs to another region or account.
    """
    match = require_pattern("imageIdentifier", arn, IMAGE_ARN)
    its_region, its_account, name = match.groups()
    if its_account == account and its_region == region:
        return name
    if AWS in {account, its_account} and its_region == region:
        return None
    raise error_responses.access_denied()


def connector_arn(partition: str, region: str, name: str) -> str:
    """Return the ARN of one of AWS's managed network connectors."""
    return f"arn:{partition}:lambda:{region}:aws:network-connector:aws-network-connector:{name}"
