"""The three clients, each with canned responses in place of its HTTP."""

import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("AWS_ACCESS_KEY_ID", "benchmark")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "benchmark")

REGION = "eu-west-1"
IMAGE = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"
CASES = Path(__file__).parent.parent / "tests" / "cases" / "update_microvm_image_version"

Call = Callable[[], Any]


def full_response() -> bytes:
    """Return a response with every member that the service documents."""
    case = json.loads((CASES / "documented.json").read_text(encoding="utf-8"))
    return json.dumps(case["body"]).encode()


def full_page(size: int) -> bytes:
    """Return a page of such versions, each with a number of its own."""
    version = json.loads(full_response())
    items = [{**version, "imageVersion": f"{number}.0"} for number in range(1, size + 1)]
    return json.dumps({"items": items, "nextToken": None}).encode()


def respond_below_botocore(client: Any, body: bytes) -> None:
    """Respond to a botocore client's requests where its HTTP would begin."""
    from botocore.awsrequest import AWSResponse  # noqa: PLC0415  Cold starts import it themselves.

    class Raw:
        def stream(self, **_: object) -> Iterator[bytes]:
            yield body

    def respond(request: Any, **_: object) -> AWSResponse:
        raw: Any = Raw()
        headers: Any = {"content-type": "application/json"}
        return AWSResponse(request.url, 200, headers, raw)

    client.meta.events.register("before-send.lambda-microvms", respond)


def boto3_parse(body: bytes) -> Call:
    """Return what boto3 does to make a listing's dict of a response's bytes."""
    import botocore.session  # noqa: PLC0415  Cold starts measure it.
    from botocore.model import ServiceModel  # noqa: PLC0415  Cold starts measure it.
    from botocore.parsers import create_parser  # noqa: PLC0415  Cold starts measure it.

    name = "lambda-microvms"
    service = ServiceModel(botocore.session.Session().get_service_data(name), name)
    shape: Any = service.operation_model("ListMicrovmImageVersions").output_shape
    parser = create_parser("rest-json")
    response: Any = {"headers": {}, "status_code": 200, "body": body, "context": {}}
    return lambda: parser.parse(response, shape)


def sdk_parse(body: bytes) -> Call:
    """Return what microvm-sdk does to make a listing's models of a response's bytes."""
    from microvm_sdk import ImageVersion, Page  # noqa: PLC0415  Cold starts measure it.

    page = Page[ImageVersion]
    return lambda: page.model_validate_json(body)


def capo_parse(body: bytes) -> Call:
    """Return what capo does to make a listing's dicts of a response's bytes."""
    from capo_lambda_microvms.types import (  # noqa: PLC0415  Cold starts measure it.
        list_microvm_image_versions_output as output,
    )

    deserialize: Any = output.deserialize_json
    return lambda: deserialize(json.loads(body))


def boto3_calls(body: bytes, endpoint_url: str | None = None) -> tuple[Call, Call]:
    """Return a call and a listing through raw boto3."""
    import boto3  # noqa: PLC0415  Cold starts measure it.

    client: Any = boto3.client("lambda-microvms", region_name=REGION, endpoint_url=endpoint_url)
    if endpoint_url is None:
        respond_below_botocore(client, body)

    @cache
    def pages() -> Any:
        return client.get_paginator("list_microvm_image_versions")

    def update() -> Any:
        return client.update_microvm_image_version(
            imageIdentifier=IMAGE, imageVersion="3.0", status="INACTIVE"
        )

    def versions() -> Any:
        return [item for page in pages().paginate(imageIdentifier=IMAGE) for item in page["items"]]

    return update, versions


def sdk_calls(body: bytes, endpoint_url: str | None = None) -> tuple[Call, Call]:
    """Return a call and a listing through microvm-sdk."""
    from microvm_sdk import MicroVMClient  # noqa: PLC0415  Cold starts measure it.

    client = MicroVMClient(region_name=REGION, endpoint_url=endpoint_url)
    if endpoint_url is None:
        respond_below_botocore(client.boto3_client, body)

    def update() -> Any:
        return client.update_microvm_image_version(
            image_identifier=IMAGE, image_version="3.0", status="INACTIVE"
        )

    def versions() -> Any:
        return list(client.list_microvm_image_versions(image_identifier=IMAGE))

    return update, versions


def capo_calls(body: bytes) -> tuple[Call, Call]:
    """Return a call and a listing through capo-lambda-microvms, which has its own HTTP stack."""
    from capo_lambda_microvms import LambdaMicrovmsClient  # noqa: PLC0415  Cold starts measure it.
    from zapros import BaseHandler, Response  # noqa: PLC0415  Its HTTP stack.

    class Canned(BaseHandler):
        def handle(self, request: Any) -> Response:
            headers = {"content-type": "application/json"}
            return Response(200, headers, content=body, request=request)

    client: Any = LambdaMicrovmsClient(
        http_handler=Canned(),
        region=REGION,
        credentials={"access_key": "benchmark", "secret_key": "benchmark"},
        retry_max_attempts=1,
    )

    def update() -> Any:
        return client.update_microvm_image_version(
            image_identifier=IMAGE, image_version="3.0", status="INACTIVE"
        )

    def versions() -> Any:
        return list(client.list_microvm_image_versions(image_identifier=IMAGE)["items"])

    return update, versions
