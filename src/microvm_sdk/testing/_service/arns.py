"""Names of resources: what the service accepts, and what it refuses."""

from __future__ import annotations

import re

from microvm_sdk.testing._service import refusals
from microvm_sdk.testing._service.constraints import require_pattern

AWS = "aws"
IMAGE_ARN = re.compile(
    r"arn:aws[a-z-]*:lambda:([a-z0-9-]+):([0-9]{12}|aws):microvm-image:([a-zA-Z0-9-_]+)"
)


def image_name(arn: str, region: str, account: str) -> str | None:
    """Take an image's name from its ARN.

    Args:
        arn: The `imageIdentifier` that the caller sent.
        region: The region that was called.
        account: Whose image is meant: the caller's account, or `aws`.

    Returns:
        The name; `None` where it is one of AWS's own images and the caller's is meant, or the
        other way round.

    Raises:
        ServiceFault: A `ValidationException` for what is no full ARN, such as a bare name; an
            `AccessDeniedException` for what is another region's or somebody else's.
    """
    match = require_pattern("imageIdentifier", arn, IMAGE_ARN)
    its_region, its_account, name = match.groups()
    if its_account == account and its_region == region:
        return name
    if AWS in {account, its_account} and its_region == region:
        return None
    raise refusals.access_denied()


def connector_arn(partition: str, region: str, name: str) -> str:
    """Give the ARN of one of AWS's own network connectors."""
    return f"arn:{partition}:lambda:{region}:aws:network-connector:aws-network-connector:{name}"
