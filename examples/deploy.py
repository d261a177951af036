"""Deploy an archive as a new version of an image, and report each step.

    uv run examples/deploy.py web s3://artifacts/web.zip arn:aws:iam::123456789012:role/build

Creates the image, or updates the one that has the name and keeps its other settings. New MicroVMs
run the version as soon as it is built. Exits with 75 if trying again later can help.
"""

import argparse
import logging
import sys
import uuid

from microvm_sdk import CodeArtifactUri, ErrorKind, ImageVersion, MicroVMClient
from microvm_sdk.arns import managed_image_arn
from microvm_sdk.exceptions import MicroVMError, ServiceError
from microvm_sdk.images import find_image
from microvm_sdk.lifecycle import running
from microvm_sdk.settings import image_settings

TRY_AGAIN_LATER = 75
TEMPORARY = {ErrorKind.BUSY, ErrorKind.NO_CAPACITY, ErrorKind.SERVER, ErrorKind.THROTTLED}


def deploy(client: MicroVMClient, name: str, archive: str, build_role: str) -> ImageVersion:
    """Build a version, wait until it is ready, and start a MicroVM from it."""
    code = CodeArtifactUri(uri=archive)
    token = str(uuid.uuid4())
    image = find_image(client, name)
    if image is None:
        print(f"creating the image {name}")
        region = client.boto3_client.meta.region_name
        created = client.create_microvm_image(
            name=name,
            base_image_arn=managed_image_arn("al2023-1", region=region),
            build_role_arn=build_role,
            code_artifact=code,
            client_token=token,
        )
        arn, number = created.image_arn, created.image_version
    else:
        settings = image_settings(client, image_identifier=image.image_arn)
        print(f"updating {image.image_arn}, now at {image.latest_active_image_version}")
        settings["code_artifact"] = code
        settings["build_role_arn"] = build_role
        updated = client.update_microvm_image(
            image_identifier=image.image_arn, client_token=token, **settings
        )
        arn, number = updated.image_arn, updated.image_version
    print(f"building version {number} of {arn}")
    version = client.wait_until_image_version_ready(image_identifier=arn, image_version=number)
    print(f"version {number} is {version.status}; starting a MicroVM from it")
    with running(
        client, image_identifier=arn, image_version=number, maximum_duration_in_seconds=600
    ) as microvm:
        print(f"{microvm.microvm_id} is {microvm.state}")
    return version


def main(client: MicroVMClient, arguments: list[str]) -> int:
    """Deploy, and explain what went wrong."""
    parser = argparse.ArgumentParser(description="Deploy an archive as a version of an image.")
    for name in ("name", "archive", "build_role"):
        parser.add_argument(name)
    # The SDK logs each change of state during a wait.
    logging.basicConfig(level=logging.INFO, format="  %(message)s", stream=sys.stdout)
    try:
        deploy(client, **vars(parser.parse_args(arguments)))
    except ServiceError as error:
        print(f"failed, {error.kind}: {error}")
        return TRY_AGAIN_LATER if error.kind in TEMPORARY else 1
    except MicroVMError as error:
        print(f"failed: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(MicroVMClient(), sys.argv[1:]))
