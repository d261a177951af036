"""Deploy a directory, deploy a broken change, and take the broken version back.

Everything runs on this machine: the local service takes the place of AWS, over HTTP.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import boto3

from microvm_sdk import ImageVersion, MicroVMClient, Port
from microvm_sdk.build import deploy, upload
from microvm_sdk.connect import wait_until_responding
from microvm_sdk.lifecycle import running
from microvm_sdk.releases import withdraw
from microvm_sdk.testing import MicroVMServer

BUILD_ROLE = "arn:aws:iam::123456789012:role/build"
DOCKERFILE = "FROM public.ecr.aws/lambda/microvms:al2023-minimal\nCOPY app.py /app.py\n"


class Software:
    """What answers in the MicroVMs, in place of `app.py`: version 2.0 fails every request."""

    def __init__(self) -> None:
        """Know no MicroVM yet."""
        self.versions: dict[str, str] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Respond as the version of the MicroVM does."""
        broken = self.versions[environ["HTTP_HOST"]] == "2.0"
        start_response("500 Internal Server Error" if broken else "200 OK", [])
        return [b""]


def main() -> None:
    """Release twice, and go back."""
    software = Software()
    with MicroVMServer() as server, server.client() as client, tempfile.TemporaryDirectory() as web:
        server.controls.serve(software)
        s3 = boto3.client(
            "s3",
            endpoint_url=server.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        s3.create_bucket(Bucket="artifacts")
        print(f"The local service takes the place of AWS at {server.endpoint_url}")

        (Path(web) / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
        (Path(web) / "app.py").write_text("print('hello')\n", encoding="utf-8")
        version = build(client, s3, web)
        print(f"Deployed the directory as version {version.image_version} of the image web")
        print(f"  {try_it(client, software, version.image_arn)}")

        (Path(web) / "app.py").write_text("raise SystemExit\n", encoding="utf-8")
        version = build(client, s3, web)
        print(f"Deployed a change as version {version.image_version}")
        print(f"  {try_it(client, software, version.image_arn)}: it is broken")

        release = withdraw(
            client, image_identifier=version.image_arn, image_version=version.image_version
        )
        print(f"Withdrew version {release.before}: new MicroVMs run version {release.now}")
        print(f"  {try_it(client, software, version.image_arn)}")


def build(client: MicroVMClient, s3: Any, directory: str) -> ImageVersion:
    """Upload a directory and deploy it."""
    code = upload(s3, directory, bucket="artifacts")
    return deploy(client, name="web", code_artifact=code, build_role_arn=BUILD_ROLE).image_version


def try_it(client: MicroVMClient, software: Software, image: str) -> str:
    """Start a MicroVM as a caller does, send it a request, and terminate it."""
    with running(client, image_identifier=image) as microvm:
        software.versions[microvm.endpoint] = microvm.image_version
        status = wait_until_responding(client, microvm, allowed_ports=[Port(port=8080)])
        return f"a MicroVM runs version {microvm.image_version} and responds with {status}"


if __name__ == "__main__":
    main()
