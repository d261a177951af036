"""The AWS CLI of PyPI against a server: another client, and another process."""

import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_cli import aws_cli, outside_variables

from microvm_sdk.testing import MicroVMServer

pytestmark = pytest.mark.once

ROLE = "arn:aws:iam::123456789012:role/example"
BASE = "arn:aws:lambda:us-east-2:aws:microvm-image:al2023-1"


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_PAGER": "",
    }


@pytest.fixture
def options(server: MicroVMServer) -> list[str]:
    return ["--endpoint-url", server.endpoint_url, "--region", "us-east-2", "--output", "json"]


@pytest.fixture
def aws(options: list[str], settings: dict[str, str]) -> Iterator[Callable[..., Any]]:
    """Return a function that runs `aws lambda-microvms …`: exit status, output and errors."""
    with aws_cli(settings) as cli:

        def aws(*arguments: str) -> Any:
            status, output, errors = cli.run("lambda-microvms", *options, *arguments)
            return status, json.loads(output or "null"), errors

        yield aws


def test_the_command_that_is_installed_lists_images(
    options: list[str], settings: dict[str, str]
) -> None:
    command = shutil.which("aws", path=sysconfig.get_path("scripts"))
    assert command, "the AWS CLI is a test dependency: pip install awscli"
    done = subprocess.run(  # noqa: S603  It runs this Python with the test's arguments.
        [sys.executable, command, "lambda-microvms", *options, "list-microvm-images"],
        capture_output=True,
        text=True,
        env=outside_variables(settings),
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"items": []}


def test_the_cli_creates_an_image_and_deactivates_a_version(
    aws: Callable[..., Any], server: MicroVMServer
) -> None:
    server.controls.set_transition("lambdamicrovms::build", {"progression": "immediate"})
    status, image, errors = aws(
        *("create-microvm-image", "--name", "web", "--base-image-arn", BASE),
        *("--build-role-arn", ROLE, "--code-artifact", "uri=s3://bucket/code.zip"),
        *("--logging", '{"disabled": {}}', "--tags", "team=a"),
    )
    assert (status, errors) == (0, "")
    arn = image["imageArn"]
    _, version, _ = aws(
        *("update-microvm-image-version", "--image-identifier", arn),
        *("--image-version", "1.0", "--status", "INACTIVE"),
    )
    _, tags, _ = aws("list-tags", "--resource", arn)
    _, images, _ = aws("list-microvm-images", "--page-size", "1")
    refused, _, message = aws("run-microvm", "--image-identifier", arn)

    assert (image["state"], image["imageVersion"]) == ("CREATING", "1.0")
    assert (version["state"], version["status"]) == ("SUCCESSFUL", "INACTIVE")
    assert version["logging"] == {"disabled": {}}
    assert tags == {"Tags": {"team": "a"}}
    assert [each["name"] for each in images["items"]] == ["web"]
    assert refused != 0
    assert "(ResourceNotFoundException)" in message
    assert f"No active version found for MicroVM image {arn}" in message


def test_the_cli_shows_errors_with_the_services_messages(
    aws: Callable[..., Any], server: MicroVMServer
) -> None:
    status, _, message = aws("get-microvm-image", "--image-identifier", "web")
    assert status != 0
    assert "(ValidationException)" in message
    assert "Invalid ARN format: web" in message
    server.controls.throttle(times=None)
    status, _, message = aws("list-microvms")
    assert status != 0
    assert "(ThrottlingException)" in message
