"""Code to deploy, and what a deployment led to."""

from local_image import BUCKET, REGION

from microvm_sdk import CodeArtifactUri
from microvm_sdk.build import Deployment

ARN = f"arn:aws:lambda:{REGION}:123456789012:microvm-image:web"
# By their keys, `deploy` knows that these are different.
A, B = (CodeArtifactUri(uri=f"s3://{BUCKET}/microvm-images/{each * 64}.zip") for each in "ab")
# Whether this has changed is not known from its key.
ANY = CodeArtifactUri(uri=f"s3://{BUCKET}/web.zip")


def numbers(deployment: Deployment) -> tuple[str, bool, str | None]:
    return deployment.image_version.image_version, deployment.is_new, deployment.current
