"""A directory, a bucket, and the local service in process and over HTTP."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from deployments import ARN, A
from fake_time import ServiceTime
from local_image import (
    BUCKET,
    REGION,
    SETTINGS,
    LocalImage,
    LocalService,
    service_in_process,
    service_over_http,
)

from microvm_sdk import CodeArtifactUri
from microvm_sdk.build import Deployment, deploy


@pytest.fixture(scope="module", params=[service_in_process, service_over_http])
def _service(request: pytest.FixtureRequest) -> Iterator[LocalService]:
    with request.param() as service:
        yield service


def aws(service: LocalService, name: str) -> Any:
    session = boto3.Session("testing", "testing", region_name=REGION)
    create: Any = session.client
    return create(name, endpoint_url=service.endpoint_url)


@pytest.fixture(scope="module")
def s3(_service: LocalService) -> Iterator[Any]:
    client = aws(_service, "s3")
    yield client
    client.close()


@pytest.fixture(scope="module")
def logs(_service: LocalService) -> Iterator[Any]:
    client = aws(_service, "logs")
    yield client
    client.close()


@pytest.fixture(autouse=True)
def fake_time(service_time: ServiceTime) -> ServiceTime:
    return service_time


@pytest.fixture
def handle() -> Iterator[Callable[[Any, str, Any], None]]:
    """Return a function that registers a handler of a boto3 client's events for this test."""
    registered: list[tuple[Any, str, Any]] = []

    def handle(client: Any, event: str, handler: Any) -> None:
        client.meta.events.register_first(event, handler)
        registered.append((client.meta.events, event, handler))

    yield handle
    for events, event, handler in registered:
        events.unregister(event, handler)


@pytest.fixture
def service(_service: LocalService, s3: Any) -> LocalService:
    _service.reset()
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    if BUCKET not in buckets:
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        s3.delete_object(Bucket=BUCKET, Key=item["Key"])
    return _service


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (folder / "app.py").write_text("print(1)\n")
    return folder


@pytest.fixture
def run(service: LocalService) -> Callable[..., Deployment]:
    """Return `deploy` with default arguments."""

    def run(code: CodeArtifactUri = A, **options: Any) -> Deployment:
        options = {"build_role_arn": SETTINGS["buildRoleArn"], "name": "web", **options}
        return deploy(service.client, code_artifact=code, **options)

    return run


@pytest.fixture
def image(service: LocalService) -> LocalImage:
    return LocalImage(service, ARN)
