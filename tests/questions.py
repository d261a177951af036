"""`scripts/ask_aws.py` run against the local service, whose responses a test can replace."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ask_aws
import boto3
import pytest

from microvm_sdk.testing._service.http.dispatch import MicroVMResponse, Response
from microvm_sdk.testing._service.http.wire import Request

REGION = "eu-west-1"
BUCKET = "jane-private-bucket"
ROLE = "arn:aws:iam::123456789012:role/jane-build-role"
PLACE = ("--region", REGION, "--bucket", BUCKET)
RUN = ("--run", *PLACE, "--build-role", ROLE)
NAMES = [ask.__name__ for ask, _ in ask_aws.QUESTIONS]
# How the program's requests look to `Program.interfere`.
RUN_MICROVM = r"^POST \S+/microvms "
GET_VERSION = r"^GET \S+/versions/1.0 "
DELETE_VERSION = r"^DELETE \S+/versions/1.0 "
BASE = "arn:aws:lambda:eu-west-1:aws:microvm-image:al2023-1"
# What error texts may hold that identifies the account, and what must be left of it: nothing.
SECRETS = {
    "principal": "arn:aws:sts::123456789012:assumed-role/Admin/jane,doe@example.com",
    "policy": "arn:aws:organizations::123456789012:policy/o-jane/service_control_policy/p-jane",
    "key": "arn:aws:kms:eu-west-1:123456789012:alias/jane",
    "account": "Account 123456789012 has",
    "microvm": "microvm-0B1C2d3e-4f50-4617-8293-a4b5c6d7e8f9",
    "endpoint": "jane0b1c.lambda-microvm.eu-west-1.on.aws",
    "request id": "RequestId: 4442587FB7D0A2F9",
    "access key": "AKIAIOSFODNN7EXAMPLE",
    "etag": "d41d8cd98f00b204e9800998ecf8427e",
    "page token": "eyJ" + "a-_Zz09=" * 90,
    "part of a token": "a/Zz09+" * 6,
    "auth token": ".".join(["eyJhbGciOiJkaXIi" * 8, "", "iViViViV", "c" * 600, "tag"]),
    "names": f"{BUCKET} {ROLE} jane-build-role jane@example.com",
    "times": "2026-12-01T02:15:00.123Z 20261201T021500Z Tue, 01 Dec 2026 02:15:00 GMT 1785400000",
    "log stream": "2026/12/01[1.0]microvm-0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9",
}
FOUND = (
    r"jane|example\.com|\d{10}|0b1c2d3e|4442587FB7|AKIA|d41d8cd9|eyJ|a-_Zz|Zz09|ccc|02.?15|"
    r"Dec|2026|eu-west-1|microvm-0"
)
Change = Callable[[int, Any, int], Any]


def create_bucket() -> None:
    region = {"LocationConstraint": REGION}
    boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)


def create_image(name: str) -> str:
    created = boto3.client("lambda-microvms").create_microvm_image(
        name=name,
        baseImageArn=BASE,
        buildRoleArn=ROLE,
        codeArtifact={"uri": f"s3://{BUCKET}/code.zip"},
    )
    arn: str = created["imageArn"]
    return arn


def left() -> list[str]:
    """List what is in the account: images, MicroVMs that are not terminated, objects."""
    client = boto3.client("lambda-microvms")
    images = client.list_microvm_images(maxResults=50)["items"]
    microvms = client.list_microvms(maxResults=50)["items"]
    objects = boto3.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return [
        *(image["name"] for image in images),
        *(each["microvmId"] for each in microvms if each["state"] != "TERMINATED"),
        *(each["Key"] for each in objects),
    ]


class Program:
    """The program, and the file of its result."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
        self.path = path
        self._monkeypatch = monkeypatch
        self._change: Change = lambda *_: None
        self._pattern = "(?!)"

    def interfere(self, pattern: str, change: Change) -> None:
        """Let `change(status, body, count)` replace the responses to the requests that match."""
        self._pattern, self._change = pattern, change

    def ask(self, *names: str) -> tuple[int, dict[str, Any]]:
        """Ask these questions only, or all; return the exit status and the result."""
        chosen = [each for each in ask_aws.QUESTIONS if not names or each[0].__name__ in names]
        self._monkeypatch.setattr(ask_aws, "QUESTIONS", chosen)
        respond, count = MicroVMResponse.respond, 0

        def interfering(response: MicroVMResponse, request: Request) -> Response:
            nonlocal count
            status, headers, body = respond(response, request)
            seen = f"{request.method} {request.path} {request.body.decode()}"
            if not re.search(self._pattern, seen):
                return status, headers, body
            count += 1
            changed = self._change(status, json.loads(body), count)
            if changed is None:
                return status, headers, body
            status, replaced = changed
            if status >= 400:
                headers["x-amzn-errortype"] = "ValidationException"
            return status, headers, json.dumps(replaced).encode()

        with self._monkeypatch.context() as interference:
            interference.setattr(MicroVMResponse, "respond", interfering)
            status = ask_aws.main([*RUN, "--output", str(self.path)])
        return status, json.loads(self.path.read_text(encoding="utf-8"))

    def compare(self) -> int:
        return ask_aws.main(["--compare", str(self.path)])


def refuse(*_: Any) -> Any:
    return 400, {"message": "No."}
