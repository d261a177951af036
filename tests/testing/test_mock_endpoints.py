"""Inside the mock no request leaves the process, whatever endpoint a client has."""

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.httpsession
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.loaders import create_loader
from moto import mock_aws
from moto.core.models import MockAWS

from microvm_sdk import MicroVMClient, ResourceNotFoundException
from microvm_sdk.testing import mock_microvms

REGION = "us-east-2"


def client(**settings: Any) -> Any:
    return boto3.client("lambda-microvms", region_name=REGION, **settings)


def names() -> Any:
    return [image["name"] for image in client().list_microvm_images()["items"]]


def hosts() -> Iterator[str]:
    for partition in create_loader().load_data("partitions")["partitions"]:
        for suffix in ("dnsSuffix", "dualStackDnsSuffix"):
            for service in ("lambda", "lambda-fips"):
                yield f"{service}.us-east-2.{partition['outputs'][suffix]}"
    yield "vpce-0a1b-2c3d.lambda.us-east-2.vpce.amazonaws.com"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def send(_self: Any, request: Any) -> None:
        pytest.fail(f"a request was sent to the network: {request.url}")

    monkeypatch.setattr(botocore.httpsession.URLLib3Session, "send", send)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("host", sorted(set(hosts())))
def test_no_request_reaches_the_network_at_any_host(
    host: str, image_request: Callable[..., Any]
) -> None:
    with mock_microvms():
        microvms = client(endpoint_url=f"https://{host}")
        arn = microvms.create_microvm_image(**image_request())["imageArn"]
        microvms.tag_resource(Resource=arn, Tags={"a": "b"})
        assert microvms.list_tags(Resource=arn)["Tags"] == {"a": "b"}
        assert names() == ["example-image"]


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("fips", [False, True])
@pytest.mark.parametrize("dual_stack", [False, True])
def test_no_request_reaches_the_network_with_botocores_own_variants(
    fips: Any, dual_stack: Any
) -> None:
    with mock_microvms():
        config = Config(use_fips_endpoint=fips, use_dualstack_endpoint=dual_stack)
        assert client(config=config).list_microvm_images()["items"] == []


@pytest.mark.usefixtures("no_network")
def test_an_operation_that_does_not_exist_is_an_error_of_the_service() -> None:
    with mock_microvms():
        microvms = client()
        microvms.meta.events.register(
            "before-sign.*", lambda request, **_: setattr(request, "url", f"{request.url}/new")
        )
        with pytest.raises(ClientError) as caught:
            microvms.list_microvm_images()
        # /microvm-images/new is an image; one level deeper is nothing.
        assert caught.value.response["Error"]["Code"] == "ValidationException"
        with pytest.raises(ClientError) as caught:
            microvms.create_microvm_auth_token(
                microvmIdentifier="microvm-1", expirationInMinutes=1, allowedPorts=[{"port": 1}]
            )
        assert caught.value.response["Error"]["Code"] == "UnknownOperationException"


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Configure an endpoint that no mock knows, in one of the three ways."""

    def configure(way: str) -> None:
        url = "http://configured.invalid"
        if way == "profile":
            path = tmp_path / "config"
            path.write_text(f"[profile emulator]\nendpoint_url = {url}\n")
            monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
            monkeypatch.setenv("AWS_PROFILE", "emulator")
        else:
            monkeypatch.setenv(way, url)

    return configure


IGNORE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
WAYS = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA_MICROVMS", "profile"]


@pytest.mark.parametrize("before", [None, "false", "true"])
@pytest.mark.parametrize("way", WAYS)
def test_configured_endpoints_are_ignored_inside_and_restored_after(
    way: str,
    before: str | None,
    configured: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configured(way)
    if before is not None:
        monkeypatch.setenv(IGNORE, before)
    real = client().meta.endpoint_url
    assert ("configured.invalid" in real) == (before != "true")

    with mock_microvms():
        assert names() == []
        with mock_microvms(), mock_aws():
            assert names() == []
        assert names() == []
    assert os.environ.get(IGNORE) == before
    assert client().meta.endpoint_url == real


def test_configured_endpoints_are_ignored_in_whatever_is_decorated(
    configured: Callable[[str], None],
) -> None:
    configured("AWS_ENDPOINT_URL")

    @mock_microvms
    def function() -> Any:
        return names()

    @mock_microvms()
    async def coroutine() -> Any:
        await asyncio.sleep(0)
        return names()

    @mock_microvms()
    def generator() -> Iterator[Any]:
        yield names()

    @mock_microvms()
    class Tests:
        def test_it(self) -> Any:
            return names()

    assert function() == []
    assert Tests().test_it() == []

    async def both() -> Any:
        return await asyncio.gather(coroutine(), coroutine())

    assert asyncio.run(both()) == [[], []]
    running = generator()
    assert next(running) == []
    with mock_microvms():
        assert list(running) == []
        assert names() == []
    assert IGNORE not in os.environ
    assert "configured.invalid" in client().meta.endpoint_url


def test_configured_endpoints_are_restored_if_the_mock_does_not_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(MockAWS, "_enable_patching", lambda *_arguments, **_settings: 1 / 0)
    monkeypatch.setattr(MockAWS, "_nested_count", 0)
    mock = mock_microvms()
    with pytest.raises(ZeroDivisionError):
        mock.start()
    assert IGNORE not in os.environ
    mock.stop()


@pytest.mark.parametrize("way", WAYS)
def test_client_that_was_created_for_a_configured_endpoint_stays_inside_too(
    way: str, configured: Callable[[str], None]
) -> None:
    configured(way)
    once = Config(retries={"total_max_attempts": 1})
    with MicroVMClient(region_name=REGION, config=once) as before:
        assert "configured.invalid" in repr(before)
        with mock_microvms():
            assert list(before.list_microvm_images()) == []
            with pytest.raises(ResourceNotFoundException):
                before.get_microvm(microvm_identifier="microvm-1")
        with pytest.raises(EndpointConnectionError, match=r"configured\.invalid"):
            list(before.list_microvm_images())
