"""What users read when they make the mistakes of the first day: each text has the cure.

No row makes a call. `test_provoked_errors.py` has what the service refuses, and how jobs fail.
"""

import re
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ParamValidationError

from microvm_sdk import (
    Architecture,
    AsyncMicroVMClient,
    AuthToken,
    CloudWatchLogging,
    CpuConfiguration,
    ErrorKind,
    Hooks,
    IdlePolicy,
    ImageHooks,
    LoggingDisabled,
    MicroVMClient,
    MicrovmHooks,
    Port,
    PortRange,
    Result,
    arns,
)
from microvm_sdk.images import find_image

REGION = "eu-west-1"
WEB = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"
CLIENT: Any = MicroVMClient(region_name=REGION)
any_: Callable[[Any], Any] = lambda value: value  # noqa: E731  Hides types from type checkers.

BASE = arns.managed_image_arn("al2023-1", region=REGION)
SHELL = arns.connector_arn(arns.ManagedConnector.SHELL_INGRESS, region=REGION)
TOKEN = AuthToken.model_validate({"authToken": {"X-aws-proxy-auth": "t"}})


def update(**changes: Any) -> Any:
    settings = {"base_image_arn": BASE, "build_role_arn": "r", "code_artifact": {"uri": "s3://a"}}
    return CLIENT.update_microvm_image(image_identifier=WEB, **{**settings, **changes})


def set_status(version: str, status: Any) -> Any:
    return CLIENT.update_microvm_image_version(
        image_identifier=WEB, image_version=version, status=status
    )


def token(allowed_ports: Any) -> Any:
    return CLIENT.create_microvm_auth_token(
        microvm_identifier="m", expiration_in_minutes=5, allowed_ports=allowed_ports
    )


# The mistake, and what its text contains, in that order.
ROWS: dict[str, tuple[Callable[[], Any], str | list[str]]] = {
    # Making a client.
    "session of another type": (
        lambda: MicroVMClient(session="prod"),
        ["session must be a boto3.Session"],
    ),
    "config of another type": (lambda: MicroVMClient(config={}), ["config must be a botocore"]),
    "client of another service": (
        lambda: MicroVMClient(client=boto3.client("s3", region_name=REGION)),
        ["client must be", "lambda-microvms"],
    ),
    "client with a region": (
        lambda: MicroVMClient(client=CLIENT.boto3_client, region_name=REGION),
        ["client"],
    ),
    "endpoint without a scheme": (
        lambda: MicroVMClient(region_name=REGION, endpoint_url="localhost:5000"),
        ["Invalid endpoint: localhost:5000"],
    ),
    "invalid region": (
        lambda: MicroVMClient(region_name="eu west"),
        ["region_name 'eu west'", "doesn't match a supported format"],
    ),
    "MicroVMClient in place of boto3's": (
        lambda: MicroVMClient(client=CLIENT),
        (
            "client must be a boto3 client of lambda-microvms, got MicroVMClient; "
            "pass client.boto3_client"
        ),
    ),
    "AsyncMicroVMClient in place of boto3's": (
        lambda: MicroVMClient(client=any_(AsyncMicroVMClient(region_name=REGION))),
        (
            "client must be a boto3 client of lambda-microvms, got AsyncMicroVMClient; "
            "pass client.sync_client.boto3_client"
        ),
    ),
    "client in place of a session": (
        lambda: MicroVMClient(session=any_(boto3.client("lambda-microvms"))),
        "session must be a boto3.Session, got botocore.client.LambdaMicroVMs",
    ),
    "region by its short name": (
        lambda: any_(MicroVMClient)(region=REGION),
        "MicroVMClient.__init__() got an unexpected keyword argument 'region'",
    ),
    # Arguments of a call.
    "identifier that is not a string": (
        lambda: CLIENT.get_microvm(microvm_identifier=5),
        ["microvm_identifier must be a string; got int"],
    ),
    "missing argument": (
        lambda: CLIENT.get_microvm_image_version(image_identifier=WEB),
        ["get_microvm_image_version() missing 1 required", "'image_version'"],
    ),
    "argument that is None": (
        lambda: CLIENT.get_microvm_image(image_identifier=None),
        'Missing required parameter in input: "imageIdentifier"',
    ),
    "misspelled argument": (
        lambda: CLIENT.get_microvm_image(image_identifer=WEB),
        ["get_microvm_image() got an unexpected keyword argument 'image_identifer'"],
    ),
    "numbers in place of ports": (
        lambda: token(allowed_ports=[8080]),
        ["allowed_ports[0] must be Port, PortRange or AllPorts; got 8080"],
    ),
    "one port in place of a list": (
        lambda: token(allowed_ports=Port(port=8080)),
        ["allowed_ports must be a list of Port, PortRange or AllPorts; got Port"],
    ),
    "timeout that is negative": (
        lambda: CLIENT.wait_until_image_ready(image_identifier=WEB, timeout=-1),
        ["timeout must be 0 seconds or more, got -1"],
    ),
    "timeout that is a string": (
        lambda: CLIENT.wait_until_image_ready(image_identifier=WEB, timeout="1m"),
        ["timeout must be a number of seconds, got '1m'"],
    ),
    "poll interval of zero": (
        lambda: CLIENT.wait_until_image_ready(image_identifier=WEB, poll_interval=0),
        ["poll_interval must be more than 0 seconds, got 0"],
    ),
    "model in quotes": (
        lambda: CLIENT.call("Image", "get_microvm_image", imageIdentifier=WEB),
        "model must be a subclass of microvm_sdk.Result, got 'Image'",
    ),
    "operation by its AWS name": (
        lambda: CLIENT.call(Result, "GetMicrovm"),
        "has no operation 'GetMicrovm' for this service",
    ),
    "identifier by position": (
        lambda: CLIENT.get_microvm_image(WEB),
        "takes 1 positional argument but 2 were given",
    ),
    "port in place of a list": (
        lambda: CLIENT.create_microvm_auth_token(
            microvm_identifier="m", expiration_in_minutes=5, allowed_ports=8080
        ),
        "allowed_ports must be a list of Port, PortRange or AllPorts; got int",
    ),
    "name of a connector": (
        lambda: CLIENT.run_microvm(
            image_identifier=WEB, ingress_network_connectors=[arns.ManagedConnector.SHELL_INGRESS]
        ),
        [
            "ingress_network_connectors[0] must be the ARN of a network connector, got Managed",
            "pass microvm_sdk.arns.connector_arn(ManagedConnector.SHELL_INGRESS, region=...)",
        ],
    ),
    "minutes as text": (
        lambda: CLIENT.create_microvm_shell_auth_token(
            microvm_identifier="m", expiration_in_minutes="5"
        ),
        "expiration_in_minutes must be an integer; got str",
    ),
    "status in lower case": (
        lambda: CLIENT.update_microvm_image_version(
            image_identifier=WEB, image_version="1.0", status="active"
        ),
        "status must be one of ACTIVE, INACTIVE, or an UnknownValue",
    ),
    "version as a number": (
        lambda: CLIENT.get_microvm_image_version(image_identifier=WEB, image_version=1),
        "image_version must be a string; got int",
    ),
    # Models.
    "misspelled field": (
        lambda: IdlePolicy(max_idle_seconds=60, suspended_duration_seconds=60),
        ["max_idle_duration_seconds", "Field required", "max_idle_seconds", "not permitted"],
    ),
    "string for an enum": (
        lambda: CpuConfiguration(architecture="ARM64"),
        ["architecture", *(f"'{value}'" for value in Architecture), "UnknownValue"],
    ),
    "union with another member's dict": (
        lambda: LoggingDisabled.model_validate({"cloudWatch": {}}),
        ["union member 'disabled', not 'cloudWatch'"],
    ),
    "copy with an unknown field": (
        lambda: PortRange(start_port=1, end_port=2).model_copy(update={"stop": 3}),
        ["stop", "Extra inputs are not permitted"],
    ),
    "string for a number": (
        lambda: Port(port="http"),
        ["port", "Input should be a valid integer"],
    ),
    "change of a frozen model": (lambda: setattr(Port(port=80), "port", 81), ["port", "frozen"]),
    "length of a listing": (lambda: len(CLIENT.list_microvm_images()), ["list("]),
    "first item of a listing": (lambda: CLIENT.list_microvm_images()[0], ["list("]),
    "port of a token's headers": (
        lambda: TOKEN.headers(port=70000),
        ["port must be from 1 to 65535; got 70000"],
    ),
    "hook that is switched on": (
        lambda: ImageHooks(ready=any_(True)),
        "ready\n  Input should be 'DISABLED' or 'ENABLED', or an UnknownValue for another value",
    ),
    "hook of the MicroVM that is switched on": (
        lambda: MicrovmHooks(run=any_(True)),
        "run\n  Input should be 'DISABLED' or 'ENABLED'",
    ),
    "hook in the wrong place": (
        lambda: any_(Hooks)(ready="ENABLED"),
        "ready\n  Extra inputs are not permitted",
    ),
    "field by position": (
        lambda: any_(Port)(8080),
        "the fields of a Port are keyword arguments: Port(port=…)",
    ),
    "fields by position": (
        lambda: any_(PortRange)(8000, 8080),
        "the fields of a PortRange are keyword arguments: PortRange(start_port=…, end_port=…)",
    ),
    "log group that is a list": (
        lambda: CloudWatchLogging(log_group=any_(["a"])),
        "log_group\n  Input should be a valid string",
    ),
    # ARNs and errors.
    "account that is a number": (
        lambda: arns.image_arn("web", region=REGION, account=123456789012),
        ["account must be a string; got 123456789012"],
    ),
    "region that is a zone": (
        lambda: arns.managed_image_arn("al2023-1", region="eu-west-1a"),
        ["region must be an AWS region such as 'eu-west-1'; got 'eu-west-1a'"],
    ),
    "ARN in place of a name": (
        lambda: find_image(CLIENT, WEB),
        ["name must be 1 to 64 letters, digits, '-' or '_', not an ARN; got"],
    ),
    "name in place of an ARN": (
        lambda: arns.parse_image_arn("web"),
        [
            "arn must be the full ARN of an image",
            "arn:aws:lambda:<region>:<account>:microvm-image:<name>; got 'web'",
        ],
    ),
    "ARN in place of a connector": (
        lambda: arns.connector_arn(SHELL, region=REGION),
        ["connector must be the name of a connector, not its ARN; got"],
    ),
    "region in place of a name": (
        lambda: any_(arns.image_arn)(REGION),
        "missing 2 required keyword-only arguments: 'region' and 'account'",
    ),
    "misspelled connector": (
        lambda: arns.connector_arn("HTTP_INGRES", region=REGION),
        "connector must be one of HTTP_INGRESS, ",
    ),
    "kind of an error that is not boto3's": (
        lambda: ErrorKind.of(any_(TimeoutError())),
        "error must be a botocore.exceptions.ClientError, got TimeoutError",
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_text_has_the_cure(name: str) -> None:
    mistake, parts = ROWS[name]
    expected = (TypeError, ValueError, AttributeError, ParamValidationError)
    text = ".*".join(map(re.escape, [parts] if isinstance(parts, str) else parts))
    with pytest.raises(expected, match=f"(?s){text}"):
        mistake()
