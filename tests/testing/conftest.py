import http.client
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from local_endpoints import LocalEndpoints

from microvm_sdk import MicroVMClient
from microvm_sdk.testing import Controls, MicroVMServer, mock_microvms

REGION = "us-east-2"
ACCOUNT = "123456789012"
SIGNED = "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-2/lambda/aws4_request"
ONE_ATTEMPT = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def image_request() -> Any:
    """Return a function that makes the parameters of CreateMicrovmImage, as in the recordings."""

    def make(name: str = "example-image", **changes: Any) -> Any:
        return {
            "name": name,
            "baseImageArn": f"arn:aws:lambda:{REGION}:aws:microvm-image:al2023-1",
            "buildRoleArn": f"arn:aws:iam::{ACCOUNT}:role/example-build",
            "codeArtifact": {"uri": f"s3://example-{ACCOUNT}-use2/code.zip"},
            **changes,
        }

    return make


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    """Return a session for all clients: it takes longer to make than a client."""
    return boto3.Session("testing", "testing", region_name=REGION)


@pytest.fixture
def controls() -> Iterator[Any]:
    with mock_microvms() as controls:
        yield controls


@pytest.fixture
def client(
    session: boto3.Session,
    controls: Controls,  # noqa: ARG001  For the mock that it keeps running.
) -> Any:
    return session.client("lambda-microvms", config=ONE_ATTEMPT)


@pytest.fixture
def unchecked(
    session: boto3.Session,
    controls: Controls,  # noqa: ARG001  For the mock that it keeps running.
) -> Any:
    """Return a client that sends arguments unchecked, as clients other than botocore may."""
    return session.client(
        "lambda-microvms",
        config=ONE_ATTEMPT.merge(Config(parameter_validation=False)),
    )


@pytest.fixture
def server() -> Iterator[Any]:
    with MicroVMServer() as server:
        yield server


@pytest.fixture
def connect(session: boto3.Session) -> Callable[..., Any]:
    """Return a function that makes a plain boto3 client of a server."""

    def connect(
        server: MicroVMServer,
        service: str = "lambda-microvms",
        region: str = REGION,
        access_key: str = "testing",
    ) -> Any:
        return session.client(
            service,
            region_name=region,
            endpoint_url=server.endpoint_url,
            aws_access_key_id=access_key,
            aws_secret_access_key="testing",
            config=ONE_ATTEMPT,
        )

    return connect


@pytest.fixture
def send(server: MicroVMServer) -> Callable[..., Any]:
    """Return a function that sends a request unchanged and returns status, headers and body."""

    def send(method: str, path: str, body: Any = None, **headers: Any) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        try:
            connection.request(method, path, body, {"Authorization": SIGNED} | headers)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    return send


@pytest.fixture
def create(client: Any, image_request: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that creates an image in process and returns its ARN."""

    def create(name: str = "example-image", **changes: Any) -> Any:
        return client.create_microvm_image(**image_request(name, **changes))["imageArn"]

    return create


@pytest.fixture
def update(client: Any, image_request: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that updates an image in process and returns the response."""

    def update(arn: str, **changes: Any) -> Any:
        request = image_request(**changes)
        del request["name"]
        return client.update_microvm_image(imageIdentifier=arn, **request)

    return update


@pytest.fixture
def run(client: Any, create: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that runs a MicroVM of an image of its own and returns its identifier."""

    def run(**parameters: Any) -> Any:
        arn = create("runs")
        return client.run_microvm(imageIdentifier=arn, **parameters)["microvmId"]

    return run


@pytest.fixture(params=["in process", "server"])
def controlled(request: pytest.FixtureRequest) -> Any:
    """Return controls, and a client of the service that they control."""
    if request.param == "server":
        server, connect = request.getfixturevalue("server"), request.getfixturevalue("connect")
        controls = Controls(server.endpoint_url)
        controls.set_transition("lambdamicrovms::build", {"progression": "immediate"})
        return controls, connect(server)
    return request.getfixturevalue("controls"), request.getfixturevalue("client")


@pytest.fixture(params=["in process", "server"])
def local(
    request: pytest.FixtureRequest, session: boto3.Session, image_request: Callable[..., Any]
) -> Iterator[LocalEndpoints]:
    """Return a local service in which states change immediately."""
    if request.param == "server":
        server = request.getfixturevalue("server")
        controls, endpoint_url = server.controls, server.endpoint_url
        for model in ("build", "microvm"):
            controls.set_transition(f"lambdamicrovms::{model}", {"progression": "immediate"})
    else:
        controls, endpoint_url = request.getfixturevalue("controls"), None
    with MicroVMClient(session=session, endpoint_url=endpoint_url) as client:
        image = client.boto3_client.create_microvm_image(**image_request())["imageArn"]
        client.wait_until_image_ready(image_identifier=image)
        yield LocalEndpoints(controls, client, image)


@pytest.fixture
def build(controlled: Any, image_request: Callable[..., Any]) -> Callable[..., str]:
    """Return a function that builds an image in the controlled service and returns its ARN."""
    _, client = controlled

    def build(name: str = "example-image", **changes: Any) -> str:
        arn: str = client.create_microvm_image(**image_request(name, **changes))["imageArn"]
        client.get_microvm_image(imageIdentifier=arn)
        return arn

    return build


@pytest.fixture
def beside(controlled: Any, session: boto3.Session) -> Callable[[str], Any]:
    """Return a function that makes a client of another service, beside the controlled one."""
    url = controlled[1].meta.endpoint_url
    settings = {"endpoint_url": url} if "127.0.0.1" in url else {}

    def beside(service: str) -> Any:
        return session.client(service, config=ONE_ATTEMPT, **settings)

    return beside
