"""Make a version of an image inactive and active again, on the local service over HTTP."""

import boto3

from microvm_sdk import CodeArtifactUri, MicroVMClient
from microvm_sdk.testing import MicroVMServer

REGION = "eu-west-1"


def main() -> None:
    """Create an image, block its version, and allow it again."""
    # The local service takes any credentials; these keep boto3 from looking for real ones.
    session = boto3.Session(
        aws_access_key_id="local", aws_secret_access_key="local", region_name=REGION
    )
    with (
        MicroVMServer() as server,
        MicroVMClient(session=session, endpoint_url=server.endpoint_url) as client,
    ):
        print("local service at", server.endpoint_url)
        created = client.create_microvm_image(
            name="web",
            base_image_arn=f"arn:aws:lambda:{REGION}:aws:microvm-image:al2023-1",
            build_role_arn="arn:aws:iam::123456789012:role/build",
            code_artifact=CodeArtifactUri(uri="s3://artifacts/web.zip"),
            environment_variables={"API_KEY": "not to be printed"},
        )
        print("created", created.image_arn, "version", created.image_version, created.state)
        version = client.wait_until_image_version_ready(
            image_identifier=created.image_arn,
            image_version=created.image_version,
            timeout=30,
            poll_interval=0.1,
        )
        print("built", version.image_version, version.state, version.status)
        for status in ("INACTIVE", "ACTIVE"):
            version = client.update_microvm_image_version(
                image_identifier=version.image_arn,
                image_version=version.image_version,
                status=status,
            )
            print("now", version.status)
        print(repr(version))


if __name__ == "__main__":
    main()
