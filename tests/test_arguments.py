"""The checks that public functions share: what they accept, and what their errors say."""

import re
from enum import Enum
from typing import Any
from unittest.mock import Mock

import boto3
import pytest
from loopback import case

from microvm_sdk import (
    AllPorts,
    AsyncMicroVMClient,
    Image,
    Microvm,
    MicroVMClient,
    MicrovmSummary,
    Port,
    PortRange,
)
from microvm_sdk._arguments import (
    check_async_client,
    check_client,
    check_image_arn,
    check_microvm,
    check_microvm_id,
    port_specifications,
)

IMAGE = Image.model_validate(case("recorded/images-lifecycle/get-until-created").body)
MICROVM = Microvm.model_validate(case("recorded/vms-lifecycle/get-until-running").body)
SUMMARY = MicrovmSummary.model_validate(case("recorded/vms-lifecycle/get-until-running").body)


def boto3_client() -> Any:
    return boto3.client("lambda-microvms")


class Own(str, Enum):
    WEB = "web"


class Wrapped(MicroVMClient):
    """A program's own client."""


def test_clients_are_accepted_with_subclasses_and_doubles() -> None:
    client = Wrapped()
    for accepted in (client, MicroVMClient(), Mock(spec=MicroVMClient), Mock()):
        check_client(accepted)
    for also in (AsyncMicroVMClient(), Mock(spec=AsyncMicroVMClient), Mock()):
        check_async_client(also)
    check_image_arn("image_identifier", IMAGE.image_arn)
    check_microvm("microvm", MICROVM)
    check_microvm_id("microvm_identifier", MICROVM.microvm_id)


def test_port_specifications_become_a_tuple() -> None:
    ports = (Port(port=8080), PortRange(start_port=1, end_port=2), AllPorts())
    assert port_specifications("allowed_ports", iter(ports)) == ports


def image(value: object) -> None:
    check_image_arn("image_identifier", value)


def microvm_id(value: object) -> None:
    check_microvm_id("microvm_identifier", value)


def microvm(value: object) -> None:
    check_microvm("microvm", value)


def ports(value: object) -> None:
    port_specifications("allowed_ports", value)


EXPECTED: dict[Any, str] = {
    check_client: "client must be a MicroVMClient",
    check_async_client: "client must be an AsyncMicroVMClient",
    image: "image_identifier must be the ARN of an image",
    microvm_id: "microvm_identifier must be the id of a MicroVM",
    microvm: "microvm must be a Microvm",
    ports: "allowed_ports must be a list of Port, PortRange or AllPorts",
}
BOTO3 = "botocore.client.LambdaMicroVMs"
FIND = "microvm_sdk.images.find_image finds an image by its name"


@pytest.mark.parametrize(
    ("check", "value", "got"),
    [
        (check_client, AsyncMicroVMClient, "AsyncMicroVMClient; pass client.sync_client"),
        (check_client, boto3_client, f"{BOTO3}; pass MicroVMClient(client=client)"),
        (check_client, boto3.Session, "boto3.session.Session"),
        (check_client, lambda: "web", "str"),
        (
            check_async_client,
            MicroVMClient,
            "MicroVMClient; pass AsyncMicroVMClient(client=client)",
        ),
        (check_async_client, boto3_client, f"{BOTO3}; pass AsyncMicroVMClient(client=client)"),
        (check_async_client, lambda: None, "NoneType"),
        (image, lambda: "web", f"'web'; {FIND}"),
        (image, lambda: Own.WEB, f"'web'; {FIND}"),
        (image, lambda: IMAGE, "Image; pass its image_arn"),
        (image, lambda: None, "NoneType"),
        (microvm_id, lambda: MICROVM, "Microvm; pass its microvm_id"),
        (microvm_id, lambda: 5, "int"),
        (microvm, lambda: "microvm-1", "str; client.get_microvm returns a Microvm"),
        (microvm, lambda: SUMMARY, "MicrovmSummary; client.get_microvm returns a Microvm"),
        (microvm, lambda: None, "NoneType"),
        (ports, lambda: 8080, "int; pass [Port(port=8080)]"),
        (ports, lambda: Port(port=8080), "Port; pass [Port(port=8080)]"),
        (ports, AllPorts, "AllPorts; pass [AllPorts()]"),
        (ports, lambda: "8080", "str"),
        (ports, lambda: {"port": 8080}, "dict"),
        (ports, lambda: None, "NoneType"),
    ],
)
def test_error_names_the_argument_what_was_expected_and_the_cure(
    check: Any, value: Any, got: str
) -> None:
    with pytest.raises(
        (TypeError, ValueError), match=re.escape(f"{EXPECTED[check]}, got {got}") + "$"
    ):
        check(value())


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (
            [Port(port=1), 8080],
            "[1] must be Port, PortRange or AllPorts, got int; pass Port(port=8080)",
        ),
        ([None], "[0] must be Port, PortRange or AllPorts, got NoneType"),
        ([], " must have at least one port specification, got none"),
    ],
)
def test_error_names_the_item(value: object, problem: str) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^allowed_ports{re.escape(problem)}$"):
        ports(value)
