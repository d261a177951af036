"""What users read when they make the mistakes of the first day: each text has the cure.

No row makes a call. `test_error_texts.py` has what goes wrong later.
"""

import re
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ParamValidationError

from microvm_sdk import (
    AsyncMicroVMClient,
    CloudWatchLogging,
    CodeArtifactUri,
    ErrorKind,
    Hooks,
    IdlePolicy,
    ImageHooks,
    MicroVMClient,
    MicrovmHooks,
    Port,
    PortRange,
    Resources,
    Result,
    arns,
)

REGION = "eu-west-1"
WEB = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"
CLIENT: Any = MicroVMClient(region_name=REGION)
any_: Callable[[Any], Any] = lambda value: value  # noqa: E731  Hides types from type checkers.

ROWS: dict[str, tuple[Callable[[], Any], str]] = {
    # Making a client.
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
    # Calling.
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
    "connector in place of a list": (
        lambda: CLIENT.run_microvm(image_identifier=WEB, ingress_network_connectors="arn:x"),
        "ingress_network_connectors must be a list of strings; got str",
    ),
    "minutes as text": (
        lambda: CLIENT.create_microvm_shell_auth_token(
            microvm_identifier="m", expiration_in_minutes="5"
        ),
        "expiration_in_minutes must be an integer; got str",
    ),
    "payload that is not text": (
        lambda: CLIENT.run_microvm(image_identifier=WEB, run_hook_payload={"a": 1}),
        "run_hook_payload must be a string or SecretStr; got dict",
    ),
    "path in place of a code artifact": (
        lambda: CLIENT.create_microvm_image(
            name="web", base_image_arn=WEB, build_role_arn="r", code_artifact="s3://a/b.zip"
        ),
        "code_artifact must be CodeArtifactUri; got str",
    ),
    "tags as boto3's older services take them": (
        lambda: CLIENT.tag_resource(resource=WEB, tags=[{"Key": "a", "Value": "b"}]),
        "tags must be a mapping of strings; got list",
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
    "listing as a list": (
        lambda: CLIENT.list_microvm_images()[0],
        "a listing has no indices: iterate over it, or use list(list_microvm_images(…))",
    ),
    # Waiting.
    "timeout as text": (
        lambda: CLIENT.wait_until_microvm_running(microvm_identifier="m", timeout="60"),
        "timeout must be a number of seconds, got '60'",
    ),
    "timeout of another kind": (
        lambda: CLIENT.wait_until_microvm_running(microvm_identifier="m", timeout=None),
        "timeout must be a number of seconds, got None",
    ),
    "interval of zero": (
        lambda: CLIENT.wait_until_image_ready(image_identifier=WEB, poll_interval=0),
        "poll_interval must be more than 0 seconds, got 0",
    ),
    # Models.
    "hook that is switched on": (
        lambda: ImageHooks(ready=any_(True)),
        "ready\n  Input should be 'DISABLED' or 'ENABLED', or an UnknownValue for another value",
    ),
    "hook of the MicroVM that is switched on": (
        lambda: MicrovmHooks(run=any_(True)),
        "run\n  Input should be 'DISABLED' or 'ENABLED'",
    ),
    "hook in lower case": (
        lambda: ImageHooks(ready=any_("enabled")),
        "ready\n  Input should be 'DISABLED' or 'ENABLED'",
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
    "artifact by position": (
        lambda: any_(CodeArtifactUri)("s3://a/b.zip"),
        "the fields of a CodeArtifactUri are keyword arguments: CodeArtifactUri(uri=…)",
    ),
    "memory without its unit": (
        lambda: any_(Resources)(memory=2048),
        "minimum_memory_in_mib\n  Field required",
    ),
    "duration as text": (
        lambda: any_(IdlePolicy)(max_idle_duration_seconds="5m", suspended_duration_seconds=60),
        "max_idle_duration_seconds\n  Input should be a valid integer",
    ),
    "log group that is a list": (
        lambda: CloudWatchLogging(log_group=any_(["a"])),
        "log_group\n  Input should be a valid string",
    ),
    # ARNs and errors.
    "account as a number": (
        lambda: arns.image_arn("web", region=REGION, account=any_(123456789012)),
        "account must be a string; got 123456789012",
    ),
    "region in place of a name": (
        lambda: any_(arns.image_arn)(REGION),
        "missing 2 required keyword-only arguments: 'region' and 'account'",
    ),
    "misspelled connector": (
        lambda: arns.connector_arn("HTTP_INGRES", region=REGION),
        "connector must be one of HTTP_INGRESS, ",
    ),
    "name to parse as an ARN": (
        lambda: arns.parse_image_arn("web"),
        "arn must be the full ARN of an image, arn:aws:lambda:<region>",
    ),
    "kind of an error that is not boto3's": (
        lambda: ErrorKind.of(any_(TimeoutError())),
        "error must be a botocore.exceptions.ClientError, got TimeoutError",
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_text_has_the_cure(name: str) -> None:
    mistake, text = ROWS[name]
    expected = (TypeError, ValueError, AttributeError, ParamValidationError)
    with pytest.raises(expected, match=re.escape(text)):
        mistake()
