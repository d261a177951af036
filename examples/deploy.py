"""Deploy a directory as a version of an image, and take the version back if it does not start.

    uv run examples/deploy.py web web/ artifacts arn:aws:iam::123456789012:role/build

Creates the image, or updates the one that has the name and keeps its other settings. Exits with 75
if trying again later can help.
"""

import sys
from typing import Any

import boto3

from microvm_sdk import BuildError, ErrorKind, MicroVMClient
from microvm_sdk.build import build_log, deploy, upload
from microvm_sdk.exceptions import MicroVMError, ServiceError, WaiterError
from microvm_sdk.lifecycle import running
from microvm_sdk.releases import withdraw

TRY_AGAIN_LATER = 75
TEMPORARY = {ErrorKind.BUSY, ErrorKind.NO_CAPACITY, ErrorKind.SERVER, ErrorKind.THROTTLED}


def release(session: Any, name: str, directory: str, bucket: str, build_role: str) -> None:
    """Build a version, and start a MicroVM from it."""
    client = MicroVMClient(session=session)
    code = upload(session.client("s3"), directory, bucket=bucket)
    try:
        deployment = deploy(client, name=name, code_artifact=code, build_role_arn=build_role)
    except BuildError as error:
        print(*build_log(session.client("logs"), error), sep="\n")
        raise
    image, version = deployment.image_arn, deployment.image_version.image_version
    print("built" if deployment.is_new else "unchanged:", version)
    try:
        with running(
            client, image_identifier=image, image_version=version, maximum_duration_in_seconds=600
        ) as microvm:
            print(f"{microvm.microvm_id} is {microvm.state}")
    except WaiterError:
        print("withdrawing", version)
        withdraw(client, image_identifier=image, image_version=version)
        raise


def main(arguments: list[str]) -> int:
    """Deploy, and explain what went wrong."""
    try:
        release(boto3.Session(), *arguments)
    except ServiceError as error:
        print(f"failed, {error.kind}: {error}")
        return TRY_AGAIN_LATER if error.kind in TEMPORARY else 1
    except MicroVMError as error:
        print(f"failed: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
