"""ARNs of images and managed network connectors."""

import pickle
import re
from enum import Enum
from typing import Any

import pytest
from botocore.loaders import create_loader
from loopback import case

from microvm_sdk import UnknownValue
from microvm_sdk.arns import (
    ImageArn,
    ManagedConnector,
    connector_arn,
    image_arn,
    managed_image_arn,
    parse_image_arn,
)

ACCOUNT = "123456789012"
REGION = "eu-west-1"
WEB = f"arn:aws:lambda:{REGION}:{ACCOUNT}:microvm-image:web"


def test_arn_of_an_image() -> None:
    assert image_arn("web", region=REGION, account=ACCOUNT) == WEB
    managed = managed_image_arn("al2023-1", region="us-gov-west-1")
    assert managed == "arn:aws-us-gov:lambda:us-gov-west-1:aws:microvm-image:al2023-1"


@pytest.mark.parametrize("connector", list(ManagedConnector))
def test_arn_of_a_connector(connector: ManagedConnector) -> None:
    expected = (
        f"arn:aws:lambda:us-east-2:aws:network-connector:aws-network-connector:{connector.name}"
    )
    assert connector_arn(connector, region="us-east-2") == expected
    assert connector_arn(connector.value, region="us-east-2") == expected
    assert f"{connector}" == connector.name


def test_recorded_arns_are_the_ones_that_are_made() -> None:
    run = case("recorded/vms-lifecycle/run").body
    arn = parse_image_arn(run["imageArn"])
    assert image_arn(arn.name, region=arn.region, account=arn.account) == run["imageArn"]
    assert run["ingressNetworkConnectors"] == [
        connector_arn(ManagedConnector.HTTP_INGRESS, region=arn.region)
    ]
    assert run["egressNetworkConnectors"] == [
        connector_arn(ManagedConnector.INTERNET_EGRESS, region=arn.region)
    ]


def test_unknown_value_names_a_connector_that_is_newer_than_the_sdk() -> None:
    class Ours(UnknownValue):
        """A program's own subclass."""

    for connector in (UnknownValue("NEW_INGRESS"), Ours("NEW_INGRESS")):
        assert connector_arn(connector, region=REGION).endswith("connector:NEW_INGRESS")


def test_connector_of_a_programs_own_enum_is_taken_by_its_value() -> None:
    class Ours(str, Enum):
        WEB = "HTTP_INGRESS"

    assert connector_arn(Ours.WEB, region=REGION).endswith("connector:HTTP_INGRESS")


@pytest.mark.parametrize("connector", ["HTTP_INGRES", "NO_EGRESS", "http_ingress"])
def test_misspelled_connector_is_refused(connector: str) -> None:
    expected = (
        "connector must be one of HTTP_INGRESS, SHELL_INGRESS, ALL_INGRESS, NO_INGRESS, "
        "INTERNET_EGRESS, or an UnknownValue to name one that this SDK does not know; "
        f"got {connector!r}"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        connector_arn(connector, region=REGION)


def regions() -> list[tuple[str, str]]:
    partitions = create_loader().load_data("partitions")["partitions"]
    return [
        (p["id"], region) for p in partitions for region in p["regions"] if "global" not in region
    ]


@pytest.mark.parametrize(("partition", "region"), regions())
def test_partition_follows_from_the_region(partition: str, region: str) -> None:
    arn = image_arn("web", region=region, account=ACCOUNT)
    assert arn.startswith(f"arn:{partition}:lambda:{region}:")
    assert parse_image_arn(arn).partition == partition
    assert image_arn("web", region=region, account=ACCOUNT, partition=partition) == arn


def test_a_partition_that_is_given_is_used() -> None:
    arn = image_arn("web", region="moon-east-1", account=ACCOUNT, partition="aws-moon")
    assert arn.startswith("arn:aws-moon:lambda:moon-east-1:")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": ""}, r"name must be 1 to 64 letters, digits, '-' or '_', not an ARN; got ''"),
        ({"name": "a b"}, "name must be"),
        ({"name": "web\n"}, "name must be"),
        ({"name": "é"}, "name must be"),
        ({"name": "x" * 65}, "name must be"),
        ({"name": WEB}, "not an ARN"),
        (
            {"region": "eu-west-1a"},
            "region must be an AWS region such as 'eu-west-1'; got 'eu-west-1a'",
        ),
        ({"region": "Ireland"}, "region must be"),
        ({"region": ""}, "region must be"),
        ({"account": "1234"}, "account must be an account id of 12 digits; got '1234'"),
        ({"account": "aws"}, "account must be"),
        ({"account": "1234-5678-9012"}, "account must be"),
        ({"account": "\u0661" * 12}, "account must be"),
        ({"partition": "google"}, "partition must be an AWS partition such as 'aws'; got 'google'"),
    ],
)
def test_invalid_argument_is_named(changed: dict[str, str], message: str) -> None:
    arguments: dict[str, Any] = {"name": "web", "region": REGION, "account": ACCOUNT, **changed}
    with pytest.raises(ValueError, match=message):
        image_arn(**arguments)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: image_arn("web", region=REGION, account=123456789012), "account"),
        (lambda: image_arn(None, region=REGION, account=ACCOUNT), "name"),
        (lambda: managed_image_arn("al2023-1", region=None), "region"),
        (lambda: connector_arn(5, region=REGION), "connector"),
        (lambda: parse_image_arn(None), "arn"),
        (lambda: image_arn("web", region=REGION, account=ACCOUNT, partition=5), "partition"),
    ],
)
def test_argument_of_another_type_is_named(call: Any, name: str) -> None:
    with pytest.raises(TypeError, match=f"^{name} must be a string; got "):
        call()


def test_connector_must_be_a_name() -> None:
    arn = connector_arn("HTTP_INGRESS", region=REGION)
    with pytest.raises(ValueError, match="connector must be the name of a connector, not its ARN"):
        connector_arn(arn, region=REGION)


def test_parts_of_an_arn() -> None:
    parsed = parse_image_arn(WEB)
    assert parsed == ImageArn(name="web", region=REGION, account=ACCOUNT, partition="aws")
    assert str(parsed) == WEB
    assert not parsed.is_managed
    assert parse_image_arn(managed_image_arn("al2023-1", region=REGION)).is_managed
    assert {parsed: 1}[pickle.loads(pickle.dumps(parsed))] == 1  # noqa: S301  The test made the pickle.


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "web",
        "arn",
        f"{WEB}:1.0",
        f"{WEB} ",
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:microvm-image/web",
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:microvm-image:",
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:web",
        f"arn:aws:lambda::{ACCOUNT}:microvm-image:web",
        f"arn:aws:lambda:{REGION}::microvm-image:web",
        f"arn:aws:lambda:{REGION}:1234:microvm-image:web",
        f"arn:aws:s3:{REGION}:{ACCOUNT}:microvm-image:web",
        f"urn:aws:lambda:{REGION}:{ACCOUNT}:microvm-image:web",
        f"arn::lambda:{REGION}:{ACCOUNT}:microvm-image:web",
        "microvm-0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9",
    ],
)
def test_string_that_is_not_the_arn_of_an_image_is_refused(arn: str) -> None:
    with pytest.raises(
        ValueError, match=r"^arn must be the full ARN of an image, arn:aws:"
    ) as caught:
        parse_image_arn(arn)
    assert str(caught.value).endswith(f"; got {arn!r}")
