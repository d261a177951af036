"""ARNs of images and network connectors."""

import re
from typing import Any

from microvm_sdk.arns import ManagedConnector
from microvm_sdk.testing._service.http import refusals
from microvm_sdk.testing._service.state.account import AWS

_IMAGE_ARN = re.compile(
    r"arn:aws[a-z-]*:lambda:([a-z0-9-]+):([0-9]{12}|aws):microvm-image([:/])([a-zA-Z0-9-_]+)"
)
_CONNECTOR_ARN = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:([0-9]{12}|aws):network-connector:(?:[\w-]+:)?([\w-]+)"
)
_MANAGED_CONNECTORS = {connector.value for connector in ManagedConnector}


def check_image_arn(operation: str, values: dict[str, Any], region: str, account_id: str) -> None:
    """Check that a request names an image of the account, or of AWS, by its full ARN.

    Args:
        operation: The operation.
        values: Its input.
        region: The region of the request.
        account_id: The account of the caller.

    Raises:
        ErrorResponse: A `ValidationException` when it is not a full ARN, such as a bare name; an
            `AccessDeniedException` when it belongs to another region or account, or has a slash
            before the name, which makes it an unknown resource for IAM.
    """
    arn = values.get("imageIdentifier", values.get("Resource"))
    if arn is None:
        return
    match = _IMAGE_ARN.fullmatch(arn)
    if match is None and operation == "RunMicrovm" and not arn.startswith("arn:"):
        raise refusals.arn_of_run_invalid()
    if match is None:
        raise refusals.arn_invalid(arn)
    its_region, its_account, separator, _ = match.groups()
    if separator == "/" or its_account not in {account_id, AWS}:
        raise refusals.not_authorized(operation, account_id, arn)
    if its_region != region:
        raise refusals.access_denied()


def check_connectors(arns: list[str]) -> None:
    """Check that network connectors are ARNs, and that those of AWS exist.

    Raises:
        ErrorResponse: A `ValidationException`: one is not an ARN, or AWS does not have it.
    """
    for arn in arns:
        match = _CONNECTOR_ARN.fullmatch(arn)
        if match is None:
            raise refusals.connector_malformed(arn)
        if match[1] == AWS and match[2] not in _MANAGED_CONNECTORS:
            raise refusals.connector_unknown(arn)
