"""Every operation of the service, through plain boto3 over HTTP."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from service_comparison import is_older

from microvm_sdk.testing import MicroVMServer

CONNECTOR = "arn:aws:lambda:us-east-2:aws:network-connector:aws-network-connector:"


# The real service sends these, although its model does not have them.
NOT_IN_THE_MODEL = {
    *("buildPhaseOverrides", "id", "roleConfiguration"),
    *("terminationReasonCode", "versionStateTimeBucket"),
}


def differences(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Compare the members of a response with those of its shape. A null member counts as present.

    Yields:
        `GetMicrovm.state is missing`, `RunMicrovm.x is surplus`.
    """
    if shape is None or value is None:
        return
    if shape.type_name == "list":
        for item in value:
            yield from differences(shape.member, item, path)
    elif shape.type_name == "structure" and not shape.is_tagged_union:
        members = {
            member.serialization.get("name", name): member for name, member in shape.members.items()
        }
        for name in members.keys() - value.keys():
            yield f"{path}.{name} is missing"
        for name in value.keys() - members.keys() - NOT_IN_THE_MODEL:
            yield f"{path}.{name} is surplus"
        for name in members.keys() & value.keys():
            yield from differences(members[name], value[name], f"{path}.{name}")


@pytest.fixture
def wait_for(server: MicroVMServer) -> Callable[..., None]:
    """Return a function that moves the service's clock until something is in a state."""

    def wait_for(state: str, poll: Any) -> None:
        for _ in range(100):
            if (seen := poll()["state"]) == state:
                return
            server.controls.advance_clock(0.1)
        pytest.fail(f"still {seen}, not {state}")

    return wait_for


def test_every_operation_in_a_release_from_end_to_end(
    server: MicroVMServer, connect: Any, image_request: Any, wait_for: Any
) -> None:
    called: set[str] = set()
    different: set[str] = set()

    def record(model: Any, http_response: Any, **_: Any) -> None:
        called.add(model.name)
        if http_response.status_code < 300 and http_response.content:
            body = json.loads(http_response.content)
            different.update(differences(model.output_shape, body, model.name))

    client = connect(server)
    client.meta.events.register("after-call.lambda-microvms", record)
    request = image_request("web", tags={"team": "a"}, environmentVariables={"KEY": "value"})
    base = client.list_managed_microvm_images()["items"][0]["imageArn"]
    client.list_managed_microvm_image_versions(imageIdentifier=base)

    arn = client.create_microvm_image(**request)["imageArn"]
    image = {"imageIdentifier": arn}
    wait_for("CREATED", lambda: client.get_microvm_image(**image))
    del request["name"], request["tags"]
    client.update_microvm_image(**image, **request)
    wait_for("UPDATED", lambda: client.get_microvm_image(**image))
    assert client.list_microvm_images()["items"][0]["latestActiveImageVersion"] == "2.0"

    second = image | {"imageVersion": "2.0"}
    builds = client.list_microvm_image_builds(**second)["items"]
    client.get_microvm_image_build(**second, buildId=builds[0]["buildId"])
    client.update_microvm_image_version(**second, status="INACTIVE")
    assert client.get_microvm_image_version(**second)["status"] == "INACTIVE"
    assert len(client.list_microvm_image_versions(**image)["items"]) == 2

    ran = client.run_microvm(
        **image,
        ingressNetworkConnectors=[f"{CONNECTOR}HTTP_INGRESS", f"{CONNECTOR}SHELL_INGRESS"],
    )
    assert ran["imageVersion"] == "1.0"
    microvm = {"microvmIdentifier": ran["microvmId"]}
    wait_for("RUNNING", lambda: client.get_microvm(**microvm))
    client.create_microvm_auth_token(
        **microvm, expirationInMinutes=5, allowedPorts=[{"port": 8080}]
    )
    client.create_microvm_shell_auth_token(**microvm, expirationInMinutes=5)
    client.suspend_microvm(**microvm)
    wait_for("SUSPENDED", lambda: client.get_microvm(**microvm))
    client.resume_microvm(**microvm)
    wait_for("RUNNING", lambda: client.list_microvms()["items"][0])
    client.terminate_microvm(**microvm)
    wait_for("TERMINATED", lambda: client.get_microvm(**microvm))

    client.tag_resource(Resource=arn, Tags={"more": "tags"})
    client.untag_resource(Resource=arn, TagKeys=["team"])
    assert client.list_tags(Resource=arn)["Tags"] == {"more": "tags"}

    assert client.delete_microvm_image_version(**second)["state"] == "DELETING"
    wait_for("UPDATED", lambda: client.get_microvm_image(**image))
    client.delete_microvm_image(**image)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        wait_for("DELETED", lambda: client.get_microvm_image(**image))

    assert called == set(client.meta.service_model.operation_names)
    # The recorded responses are older than this member, and nobody has shown one that has it.
    different.discard("ListManagedMicrovmImageVersions.items.supportedCpuConfigurations is missing")
    if is_older():
        different = {each for each in different if each.endswith("is missing")}
    assert different == set(), "the local service's responses differ from the service model"
