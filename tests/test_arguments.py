"""The checks that public functions share: what they accept, and what their errors say."""

import re
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


def ports(value: object) -> object:
    return port_specifications("allowed_ports", value)


def image(value: object) -> None:
    check_image_arn("image_identifier", value)


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        (
            check_client,
            AsyncMicroVMClient,
            "client must be a MicroVMClient, got AsyncMicroVMClient; pass client.sync_client",
        ),
        (
            check_client,
            lambda: boto3.client("lambda-microvms"),
            (
                "client must be a MicroVMClient, got botocore.client.LambdaMicroVMs; "
                "pass MicroVMClient(client=client)"
            ),
        ),
        (
            check_client,
            boto3.Session,
            "client must be a MicroVMClient, got boto3.session.Session",
        ),
        (check_client, lambda: "web", "client must be a MicroVMClient, got str"),
        (
            check_async_client,
            MicroVMClient,
            (
                "client must be an AsyncMicroVMClient, got MicroVMClient; "
                "pass AsyncMicroVMClient(client=client)"
            ),
        ),
        (
            check_async_client,
            lambda: boto3.client("lambda-microvms"),
            (
                "client must be an AsyncMicroVMClient, got botocore.client.LambdaMicroVMs; "
                "pass AsyncMicroVMClient(client=client)"
            ),
        ),
        (check_async_client, lambda: None, "client must be an AsyncMicroVMClient, got NoneType"),
        (
            image,
            lambda: "web",
            (
                "image_identifier must be the ARN of an image, got 'web'; "
                "microvm_sdk.images.find_image finds an image by its name"
            ),
        ),
        (
            image,
            lambda: IMAGE,
            "image_identifier must be the ARN of an image, got Image; pass its image_arn",
        ),
        (image, lambda: None, "image_identifier must be the ARN of an image, got NoneType"),
        (
            lambda value: check_microvm_id("microvm_identifier", value),
            lambda: MICROVM,
            "microvm_identifier must be the id of a MicroVM, got Microvm; pass its microvm_id",
        ),
        (
            lambda value: check_microvm("microvm", value),
            lambda: "microvm-1",
            "microvm must be a Microvm, got str; client.get_microvm returns a Microvm",
        ),
        (
            lambda value: check_microvm("microvm", value),
            lambda: SUMMARY,
            "microvm must be a Microvm, got MicrovmSummary; client.get_microvm returns a Microvm",
        ),
        (
            lambda value: check_microvm("microvm", value),
            lambda: None,
            "microvm must be a Microvm, got NoneType",
        ),
        (
            ports,
            lambda: 8080,
            (
                "allowed_ports must be a list of Port, PortRange or AllPorts, got int; "
                "pass [Port(port=8080)]"
            ),
        ),
        (
            ports,
            lambda: Port(port=8080),
            (
                "allowed_ports must be a list of Port, PortRange or AllPorts, got Port; "
                "pass [Port(port=8080)]"
            ),
        ),
        (
            ports,
            AllPorts,
            (
                "allowed_ports must be a list of Port, PortRange or AllPorts, got AllPorts; "
                "pass [AllPorts()]"
            ),
        ),
        (
            ports,
            lambda: "8080",
            "allowed_ports must be a list of Port, PortRange or AllPorts, got str",
        ),
        (
            ports,
            lambda: [Port(port=1), 8080],
            "allowed_ports[1] must be Port, PortRange or AllPorts, got int; pass Port(port=8080)",
        ),
        (
            ports,
            lambda: [None],
            "allowed_ports[0] must be Port, PortRange or AllPorts, got NoneType",
        ),
        (ports, list, "allowed_ports must have at least one port specification, got none"),
    ],
)
def test_error_names_the_argument_what_was_expected_and_the_cure(
    check: Any, value: Any, message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(message)}$"):
        check(value())
