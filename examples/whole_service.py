"""A release from end to end: build, roll out, run, connect, roll back, prune.

    python -m microvm_sdk.testing --port 5000
    python examples/whole_service.py --endpoint-url http://127.0.0.1:5000

With no `--endpoint-url` it does all of this in the AWS account that the environment names, where
the image and the MicroVM are billed.
"""

import argparse
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING
from wsgiref.simple_server import make_server

from microvm_sdk import (
    CloudWatchLogging,
    CodeArtifactUri,
    CreatedImage,
    Hooks,
    HookState,
    IdlePolicy,
    ImageHooks,
    ImageVersion,
    Microvm,
    MicroVMClient,
    MicrovmHooks,
    Port,
    Resources,
    UpdatedImage,
)
from microvm_sdk.connect import http_client, wait_until_responding
from microvm_sdk.exceptions import ResourceNotFoundException, WaiterError
from microvm_sdk.releases import plan_prune, prune, withdraw
from microvm_sdk.settings import image_settings
from microvm_sdk.testing import Controls

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

NAME = "example-web"
REGION = "eu-west-1"
BASE_IMAGE = f"arn:aws:lambda:{REGION}:aws:microvm-image:al2023-1"
BUILD_ROLE = "arn:aws:iam::123456789012:role/build"
KEPT_VERSIONS = 1
PORTS = [Port(port=8080)]


def create(client: MicroVMClient, code: str) -> CreatedImage:
    """Create the image; its first version begins to build."""
    return client.create_microvm_image(
        name=NAME,
        base_image_arn=BASE_IMAGE,
        build_role_arn=BUILD_ROLE,
        code_artifact=CodeArtifactUri(uri=code),
        description="the first release",
        logging=CloudWatchLogging(log_group="/example/web"),
        resources=[Resources(minimum_memory_in_mib=2048)],
        hooks=Hooks(
            port=9000,
            microvm_hooks=MicrovmHooks(run=HookState.ENABLED),
            microvm_image_hooks=ImageHooks(ready=HookState.ENABLED),
        ),
        environment_variables={"API_KEY": "kept out of logs"},
        tags={"team": "web"},
    )


def update(client: MicroVMClient, image: str, code: str) -> UpdatedImage:
    """Begin to build another version, with the settings of the current one."""
    settings = image_settings(client, image_identifier=image)
    settings["code_artifact"] = CodeArtifactUri(uri=code)
    settings["description"] = "the second release"
    return client.update_microvm_image(image_identifier=image, **settings)


def wait_for_build(client: MicroVMClient, begun: CreatedImage | UpdatedImage) -> ImageVersion:
    """Wait for the version that a create or update began, and print which builds failed."""
    try:
        return client.wait_until_image_version_ready(
            image_identifier=begun.image_arn, image_version=begun.image_version, poll_interval=0.5
        )
    except WaiterError as error:
        for build in error.failed_builds:
            print(f"build {build.build_id} failed: {build.state_reason}")
        raise


def run(client: MicroVMClient, image: str) -> Microvm:
    """Start a MicroVM from whatever version is newest and active, and wait for it."""
    started = client.run_microvm(
        image_identifier=image,
        idle_policy=IdlePolicy(
            max_idle_duration_seconds=900,
            suspended_duration_seconds=3600,
            auto_resume_enabled=True,
        ),
        maximum_duration_in_seconds=7200,
        run_hook_payload='{"tenant": "example"}',
    )
    return client.wait_until_microvm_running(
        microvm_identifier=started.microvm_id, poll_interval=0.5
    )


def talk(client: MicroVMClient, microvm: Microvm) -> str:
    """Wait until the software in a MicroVM responds, and return its response."""
    wait_until_responding(client, microvm, allowed_ports=PORTS)
    with http_client(client, microvm, allowed_ports=PORTS) as http:
        return http.get("/").raise_for_status().text


def pause(client: MicroVMClient, microvm: Microvm) -> None:
    """Suspend a MicroVM, and resume it."""
    identifier = microvm.microvm_id
    client.suspend_microvm(microvm_identifier=identifier)
    client.wait_until_microvm_suspended(microvm_identifier=identifier, poll_interval=0.5)
    client.resume_microvm(microvm_identifier=identifier)
    client.wait_until_microvm_running(microvm_identifier=identifier, poll_interval=0.5)


def clean_up(client: MicroVMClient, image: str) -> None:
    """Delete the versions that are no longer needed."""
    plan = plan_prune(client, image_identifier=image, keep=KEPT_VERSIONS)
    print("pruned", *prune(client, plan, poll_interval=0.5).deleted)


def release(client: MicroVMClient) -> None:
    """Do all of it."""
    created = create(client, "s3://example/web-1.zip")
    image = created.image_arn
    first = wait_for_build(client, created)
    print("built", first.image_version, first.status)

    microvm = run(client, image)
    print("runs", microvm.image_version, microvm.state)
    print("says", talk(client, microvm))
    pause(client, microvm)

    second = wait_for_build(client, update(client, image, "s3://example/web-2.zip"))
    print("built", second.image_version, second.status)
    withdrawn = withdraw(client, image_identifier=image, image_version=second.image_version)
    print("went back to", withdrawn.now)
    third = wait_for_build(client, update(client, image, "s3://example/web-3.zip"))
    print("built", third.image_version, third.status)

    client.terminate_microvm(microvm_identifier=microvm.microvm_id)
    client.wait_until_microvm_terminated(microvm_identifier=microvm.microvm_id, poll_interval=0.5)
    clean_up(client, image)

    client.tag_resource(resource=image, tags={"state": "retired"})
    print("tags", sorted((client.list_tags(resource=image).tags or {}).items()))
    client.untag_resource(resource=image, tag_keys=["state"])
    client.delete_microvm_image(image_identifier=image)
    client.wait_until_image_deleted(image_identifier=image, poll_interval=0.5)
    try:
        client.get_microvm_image(image_identifier=image)
    except ResourceNotFoundException:
        print("deleted")


def hello(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Respond as the software in the MicroVM would."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


@contextmanager
def software(endpoint_url: str) -> Generator[None, None, None]:
    """Serve an application in place of the software in MicroVMs, as the local service runs none."""
    with make_server("127.0.0.1", 0, hello) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        Controls(endpoint_url).serve(f"http://127.0.0.1:{server.server_port}")
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def main() -> None:
    """Read the command line, and release."""
    parser = argparse.ArgumentParser(description="A release from end to end.")
    parser.add_argument("--endpoint-url", help="where the local service is")
    endpoint_url = parser.parse_args().endpoint_url
    with (
        MicroVMClient(region_name=REGION, endpoint_url=endpoint_url) as client,
        software(endpoint_url) if endpoint_url else nullcontext(),
    ):
        release(client)


if __name__ == "__main__":
    main()
