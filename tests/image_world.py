"""An image as the local service stores it, other people who change it, and its error codes."""

import random
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from local_image import REGION, LocalImage
from moto.core import DEFAULT_ACCOUNT_ID

from microvm_sdk.testing._service.models import lambdamicrovms_backends

ERROR_CODES = {
    "403": "AccessDeniedException",
    "404": "ResourceNotFoundException",
    "409": "ConflictException",
    "429": "ThrottlingException",
    "500": "InternalServerException",
    "502": "InternalServerException",
}


def number(version: str) -> int:
    return int(version.partition(".")[0])


@dataclass
class Truth:
    """The image as it is: reads of the service may lag."""

    startable: set[str]
    listed: set[str]
    status: dict[str, str]
    used: set[str]

    @property
    def current(self) -> str | None:
        return max(self.startable, key=number, default=None)


def truth() -> Truth:
    account = lambdamicrovms_backends[DEFAULT_ACCOUNT_ID][REGION].account
    account.settle_images()
    versions = account.images["web"].versions.values()
    return Truth(
        startable={version.name for version in versions if version.can_start_microvms},
        listed={version.name for version in versions},
        status={version.name: "ACTIVE" if version.active else "INACTIVE" for version in versions},
        used={
            microvm.image_version
            for microvm in account.microvms.values()
            if microvm.state != "TERMINATED"
        },
    )


@dataclass
class Call:
    """A call of the job under test."""

    operation: str
    parameters: dict[str, Any]
    before: Truth


def changed_by_somebody_else(image: LocalImage, chance: random.Random) -> bool:
    """Do what other people do to the image, through plain boto3; return whether it succeeded."""
    version = chance.choice(sorted(truth().listed))
    actions = (
        lambda: image.set_status(version, chance.choice(["ACTIVE", "INACTIVE"])),
        lambda: image.run(version),
        image.build,
        lambda: image.boto3.delete_microvm_image_version(
            imageIdentifier=image.arn, imageVersion=version
        ),
    )
    try:
        chance.choices(actions, [6, 2, 1, 2])[0]()
    except ClientError:
        return False
    return True
