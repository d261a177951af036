"""Release versions of an image: build, smoke-test, withdraw, promote, prune.

    uv run examples/release.py

It runs on a local service of its own, over HTTP. The functions are the same for AWS.
"""

import boto3

from microvm_sdk import CodeArtifactUri, MicroVMClient
from microvm_sdk.exceptions import WaiterError
from microvm_sdk.lifecycle import running
from microvm_sdk.releases import plan_prune, promote, prune, withdraw
from microvm_sdk.settings import image_settings
from microvm_sdk.testing import MicroVMServer

REGION = "eu-west-1"


def build(client: MicroVMClient, image: str, code: str) -> str:
    """Build a version with the settings of the current one, and return its number."""
    settings = image_settings(client, image_identifier=image)
    settings["code_artifact"] = CodeArtifactUri(uri=code)
    version = client.update_microvm_image(image_identifier=image, **settings).image_version
    client.wait_until_image_version_ready(
        image_identifier=image, image_version=version, poll_interval=0.5
    )
    return version


def smoke_test(client: MicroVMClient, image: str, version: str) -> None:
    """Start a MicroVM from exactly this version, and terminate it.

    Raises:
        WaiterError: It does not run.
    """
    with running(
        client, image_identifier=image, image_version=version, maximum_duration_in_seconds=600
    ) as microvm:
        print("smoke test:", microvm.image_version, "is", microvm.state)


def release(client: MicroVMClient, image: str, code: str) -> None:
    """Build a version and test it. If the test fails, take the version away from callers.

    A version is current from the moment that its build succeeds, so until the test has passed,
    callers who name no version get it. To test before that, build the code in an image of its own,
    or let callers name their version.
    """
    version = build(client, image, code)
    try:
        smoke_test(client, image, version)
    except WaiterError as error:
        print("smoke test:", version, "failed:", error.state_reason)
        done = withdraw(client, image_identifier=image, image_version=version, on_step=print)
        print("withdrawn:", done.before, "->", done.now)
    else:
        print("released:", version)


def clean_up(client: MicroVMClient, image: str) -> None:
    """Delete the versions that are no longer needed."""
    plan = plan_prune(client, image_identifier=image, keep=2)
    print(plan)
    pruned = prune(client, plan, poll_interval=0.5)
    print("pruned:", *pruned.deleted)


def main() -> None:
    """Release three versions, of which one is broken."""
    # The local service takes any credentials; these keep boto3 from looking for real ones.
    session = boto3.Session(
        aws_access_key_id="local", aws_secret_access_key="local", region_name=REGION
    )
    with (
        MicroVMServer() as server,
        MicroVMClient(session=session, endpoint_url=server.endpoint_url) as client,
    ):
        created = client.create_microvm_image(
            name="web",
            base_image_arn=f"arn:aws:lambda:{REGION}:aws:microvm-image:al2023-1",
            build_role_arn="arn:aws:iam::123456789012:role/build",
            code_artifact=CodeArtifactUri(uri="s3://artifacts/web-1.zip"),
            environment_variables={"API_KEY": "not to be printed"},
        )
        image = created.image_arn
        client.wait_until_image_version_ready(
            image_identifier=image, image_version=created.image_version, poll_interval=0.5
        )
        release(client, image, "s3://artifacts/web-2.zip")

        server.controls.fail_next_microvm("run", "Run lifecycle hook returned HTTP status 400.")
        release(client, image, "s3://artifacts/web-3.zip")

        # It was the test that was wrong.
        done = promote(client, image_identifier=image, image_version="3.0", on_step=print)
        print("promoted:", done.before, "->", done.now)
        clean_up(client, image)


if __name__ == "__main__":
    main()
