"""ARNs of images and of the network connectors that AWS manages.

Nothing here makes a call.
"""

import re
from dataclasses import dataclass
from enum import Enum

__all__ = [
    "ImageArn",
    "ManagedConnector",
    "connector_arn",
    "image_arn",
    "managed_image_arn",
    "parse_image_arn",
]

_AWS = "aws"
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_CONNECTOR = re.compile(r"[a-zA-Z0-9_-]+")
_REGION = re.compile(r"[a-z]+(-[a-z]+)+-\d+")
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_PARTITION = re.compile(r"aws(-[a-z-]+)?")
# The partitions of regions, by how the names of the regions begin.
_PARTITIONS = {
    "cn-": "aws-cn",
    "eu-isoe-": "aws-iso-e",
    "eusc-": "aws-eusc",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "us-isof-": "aws-iso-f",
}


class ManagedConnector(str, Enum):
    """A network connector that AWS manages, for `connector_arn`."""

    HTTP_INGRESS = "HTTP_INGRESS"
    """Allows HTTP and WebSocket connections through the MicroVM's endpoint."""
    SHELL_INGRESS = "SHELL_INGRESS"
    """Allows shells. `create_microvm_shell_auth_token` requires it."""
    ALL_INGRESS = "ALL_INGRESS"
    """Allows every kind of connection. With it, the service creates no shell tokens."""
    NO_INGRESS = "NO_INGRESS"
    """Allows no incoming connections."""
    INTERNET_EGRESS = "INTERNET_EGRESS"
    """Allows the MicroVM to connect to the internet."""

    def __str__(self) -> str:
        """Return the connector's name."""
        return self.value


_CONNECTORS = [connector.value for connector in ManagedConnector]


@dataclass(frozen=True)
class ImageArn:
    """The parts of an image's ARN. `str()` returns the ARN."""

    name: str
    """Name of the image."""
    region: str
    """AWS region."""
    account: str
    """Account id, 12 digits; `aws` for an image that AWS manages."""
    partition: str
    """AWS partition, such as `aws` or `aws-us-gov`."""

    @property
    def is_managed(self) -> bool:
        """Whether AWS manages the image."""
        return self.account == _AWS

    def __str__(self) -> str:
        """Return the ARN."""
        return f"arn:{self.partition}:lambda:{self.region}:{self.account}:microvm-image:{self.name}"


def image_arn(name: str, *, region: str, account: str, partition: str | None = None) -> str:
    """Return the ARN of an image in an account.

    Args:
        name: Name of the image, 1 to 64 letters, digits, `-` or `_`.
        region: AWS region, such as `eu-west-1`.
        account: Account id, 12 digits.
        partition: AWS partition; by default the one of the region.

    Returns:
        The ARN.

    Raises:
        TypeError: An argument is not a string.
        ValueError: An argument is invalid.
    """
    account = _valid("account", account, _ACCOUNT, "an account id of 12 digits")
    return _image_arn(name, region, account, partition)


def managed_image_arn(name: str, *, region: str, partition: str | None = None) -> str:
    """Return the ARN of an image that AWS manages, for `base_image_arn`.

    Args:
        name: Name of the image, such as `al2023-1`.
        region: AWS region, such as `eu-west-1`.
        partition: AWS partition; by default the one of the region.

    Returns:
        The ARN.

    Raises:
        TypeError: An argument is not a string.
        ValueError: An argument is invalid.
    """
    return _image_arn(name, region, _AWS, partition)


def connector_arn(
    connector: ManagedConnector | str, *, region: str, partition: str | None = None
) -> str:
    """Return the ARN of a network connector that AWS manages.

    Args:
        connector: The connector, or its name as a plain string. An `UnknownValue` names one that is
            newer than this SDK.
        region: AWS region, such as `eu-west-1`.
        partition: AWS partition; by default the one of the region.

    Returns:
        The ARN.

    Raises:
        TypeError: An argument is not a string.
        ValueError: An argument is invalid, or there is no such connector.
    """
    name = _valid("connector", connector, _CONNECTOR, "the name of a connector, not its ARN")
    if name not in _CONNECTORS and not _is_unknown_value(connector):
        msg = (
            f"connector must be one of {', '.join(_CONNECTORS)}, or an UnknownValue to name one "
            f"that this SDK does not know; got {name!r}"
        )
        raise ValueError(msg)
    partition, region = _place(region, partition)
    return f"arn:{partition}:lambda:{region}:aws:network-connector:aws-network-connector:{name}"


def parse_image_arn(arn: str) -> ImageArn:
    """Return the parts of an image's ARN.

    Args:
        arn: The full ARN of an image, of an account or managed by AWS.

    Returns:
        The parts.

    Raises:
        TypeError: The ARN is not a string.
        ValueError: It is not the ARN of an image.
    """
    parts = _string("arn", arn).split(":")
    match parts:
        case ["arn", partition, "lambda", region, account, "microvm-image", name] if (
            _PARTITION.fullmatch(partition)
            and _REGION.fullmatch(region)
            and (account == _AWS or _ACCOUNT.fullmatch(account))
            and _NAME.fullmatch(name)
        ):
            return ImageArn(name, region, account, partition)
        case _:
            msg = (
                "arn must be the full ARN of an image, "
                f"arn:aws:lambda:<region>:<account>:microvm-image:<name>; got {arn!r}"
            )
            raise ValueError(msg)


def valid_image_name(name: str) -> str:
    """Return the name of an image as a plain string, and refuse anything else."""
    return _valid("name", name, _NAME, "1 to 64 letters, digits, '-' or '_', not an ARN")


def _image_arn(name: str, region: str, account: str, partition: str | None) -> str:
    name = valid_image_name(name)
    partition, region = _place(region, partition)
    return str(ImageArn(name, region, account, partition))


def _place(region: str, partition: str | None) -> tuple[str, str]:
    region = _valid("region", region, _REGION, "an AWS region such as 'eu-west-1'")
    if partition is None:
        found = (value for start, value in _PARTITIONS.items() if region.startswith(start))
        return next(found, _AWS), region
    return _valid("partition", partition, _PARTITION, "an AWS partition such as 'aws'"), region


def _is_unknown_value(value: str) -> bool:
    # Importing the class would import all models, which takes a tenth of a second.
    return any(kind.__name__ == "UnknownValue" for kind in type(value).__mro__)


def _valid(parameter: str, value: str, pattern: "re.Pattern[str]", expected: str) -> str:
    # For a member of a program's own `(str, Enum)`, `str(value)` would return its name.
    text = str.__str__(_string(parameter, value))
    if not pattern.fullmatch(text):
        msg = f"{parameter} must be {expected}; got {text!r}"
        raise ValueError(msg)
    return text


def _string(parameter: str, value: object) -> str:
    if not isinstance(value, str):
        msg = f"{parameter} must be a string; got {value!r}"
        raise TypeError(msg)
    return value
