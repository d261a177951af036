"""The client of a command, and the image that the command is about."""

import argparse
import shlex
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from microvm_sdk._calls.botocore_data import use_fast_loader
from microvm_sdk.arns import parse_image_arn
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import MicroVMError
from microvm_sdk.images import find_image

if TYPE_CHECKING:
    from boto3.session import Session


class _Session:
    """The part of boto3's session that a client uses: importing boto3 would double the start."""

    def __init__(self, session: botocore.session.Session) -> None:
        self._session = session
        self.client = session.create_client


def add_connection_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that all commands share.

    Args:
        parser: The parser of a command.
    """
    parser.add_argument("image", metavar="IMAGE", help="name or ARN of the image")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--region", help="AWS region (default for an ARN: its own)")
    parser.add_argument("--profile", help="profile from the AWS configuration files")
    parser.add_argument("--endpoint-url", help="URL to call instead of the region's endpoint")


def client_of(options: argparse.Namespace) -> MicroVMClient:
    """Create the client of a command.

    Args:
        options: The command line.

    Returns:
        The client.

    Raises:
        MicroVMError: The credentials could not be loaded, for instance because the program that a
            profile names as its `credential_process` prints something else.
    """
    region = options.region
    if region is None and options.image.startswith("arn:"):
        region = parse_image_arn(options.image).region
    session = botocore.session.Session(profile=options.profile)
    use_fast_loader(session)
    try:
        credentials = session.get_credentials()
        if credentials is not None:
            credentials.get_frozen_credentials()
    except (BotoCoreError, ClientError):
        raise
    except Exception as error:
        msg = f"the credentials could not be loaded: {_description(session, error)}"
        raise MicroVMError(msg) from error
    return MicroVMClient(
        session=cast("Session", _Session(session)),
        region_name=region,
        endpoint_url=options.endpoint_url,
    )


def _description(session: botocore.session.Session, error: Exception) -> str:
    description = f"{type(error).__name__}: {error}"
    try:
        process = shlex.split(str(session.get_scoped_config().get("credential_process", "")))
    except (BotoCoreError, ValueError):  # No such profile, or a quotation that does not end.
        process = []
    if not process:
        return description
    # Its arguments may be secrets.
    return f"credential_process ({process[0]}) failed, or printed something else ({description})"


def image_arn_of(client: MicroVMClient, image: str) -> str:
    """Return the ARN of the image that a command is about.

    Args:
        client: The client.
        image: Its name or ARN.

    Raises:
        MicroVMError: No image has the name.
    """
    if image.startswith("arn:"):
        return image
    found = find_image(client, image)
    if found is None:
        msg = f"there is no image {image!r} in {client.boto3_client.meta.region_name}"
        raise MicroVMError(msg)
    return found.image_arn
