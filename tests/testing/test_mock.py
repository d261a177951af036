import asyncio
import inspect
import os
import subprocess
import sys
import unittest
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.httpsession
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.loaders import create_loader
from moto import mock_aws
from moto.core.exceptions import ServiceNotWhitelisted
from moto.core.models import MockAWS
from moto.moto_api import state_manager

from microvm_sdk import MicroVMClient, ResourceNotFoundException, testing
from microvm_sdk.testing import mock_microvms

REGION = "us-east-2"


def client(**settings: Any) -> Any:
    return boto3.client("lambda-microvms", region_name=REGION, **settings)


def names() -> Any:
    return [image["name"] for image in client().list_microvm_images()["items"]]


@pytest.fixture
def create_image(image_request: Callable[..., Any]) -> Callable[..., Any]:
    def create_image(name: str) -> None:
        client().create_microvm_image(**image_request(name))

    return create_image


def test_coroutine_function_runs_inside(create_image: Callable[..., Any]) -> None:
    @mock_microvms()
    async def mocked(name: str, *, create: Callable[[str], None]) -> Any:
        await asyncio.sleep(0)
        create(name)
        return names()

    assert inspect.iscoroutinefunction(mocked)
    for _ in range(2):
        assert asyncio.run(mocked("web", create=create_image)) == ["web"]


def test_generator_function_is_inside_until_it_ends() -> None:
    @mock_microvms
    def mocked() -> Iterator[Any]:
        yield names()
        yield names()

    assert inspect.isgeneratorfunction(mocked)
    generator = mocked()
    assert next(generator) == []
    assert names() == []
    assert list(generator) == [[]]


def test_asynchronous_generator_function_is_inside_until_it_ends() -> None:
    @mock_microvms()
    async def mocked() -> AsyncIterator[Any]:
        yield names()
        await asyncio.sleep(0)
        yield names()

    async def collected() -> list[Any]:
        return [item async for item in mocked()]

    assert inspect.isasyncgenfunction(mocked)
    assert asyncio.run(collected()) == [[], []]


def test_class_with_a_test_that_would_run_outside_is_refused() -> None:
    class Tests:
        async def test_it(self) -> None: ...

    with pytest.raises(
        TypeError, match=r"Tests\.test_it is a coroutine .* decorate the test itself"
    ):
        mock_microvms()(Tests)
    with pytest.raises(TypeError, match=r"Tests\.test_it"):
        mock_microvms(Tests)


def test_it_is_a_context_manager_and_clears_its_state_at_the_end(
    create_image: Callable[..., Any],
) -> None:
    for _ in range(2):
        with mock_microvms():
            create_image("web")
            assert names() == ["web"]


@mock_microvms
def test_it_is_a_decorator() -> None:
    assert names() == []


@mock_microvms()
def test_it_is_a_decorator_with_brackets(image_request: Callable[..., Any]) -> None:
    client().create_microvm_image(**image_request("web"))
    assert names() == ["web"]


@mock_microvms
class TestDecoratedClass:
    def test_each_method_is_mocked(self) -> None:
        assert names() == []

    def test_each_method_starts_empty(self, create_image: Callable[..., Any]) -> None:
        assert names() == []
        create_image("web")


@mock_microvms
class DecoratedCase(unittest.TestCase):
    def test_a_case_is_mocked(self) -> None:
        assert names() == []


def test_it_starts_and_stops_by_hand(create_image: Callable[..., Any]) -> None:
    mock = mock_microvms()
    controls = mock.start()
    create_image("web")
    controls.throttle(times=None)
    mock.stop()
    with mock_microvms() as controls:
        assert controls.scheduled_failures() == []
        assert names() == []


def test_settings_of_the_controls_are_cleared_and_motos_own_are_not(
    create_image: Callable[..., Any],
) -> None:
    def states() -> list[str]:
        create_image("web")
        return [image["state"] for image in client().list_microvm_images()["items"]]

    slow = {"progression": "manual", "times": 99}
    with mock_microvms() as controls:
        controls.set_transition("lambdamicrovms::build", slow)
        assert states() == ["CREATING"]
    with mock_microvms():
        assert states() == ["CREATED"]
    state_manager.set_transition("lambdamicrovms::build", slow)
    try:
        for _ in range(2):
            with mock_microvms():
                assert states() == ["CREATING"]
    finally:
        state_manager.unset_transition("lambdamicrovms::build")


def test_inside_the_users_own_mock_it_keeps_the_data_of_both(
    create_image: Callable[..., Any],
) -> None:
    with mock_aws():
        queues = boto3.client("sqs", region_name=REGION)
        queues.create_queue(QueueName="mine")
        with mock_microvms():
            create_image("web")
            assert len(queues.list_queues()["QueueUrls"]) == 1
        assert names() == ["web"]


def test_around_the_users_own_mock_it_keeps_the_data_of_both(
    create_image: Callable[..., Any],
) -> None:
    with mock_microvms(), mock_aws():
        create_image("web")
        boto3.client("sqs", region_name=REGION).create_queue(QueueName="mine")
        assert names() == ["web"]


def test_motos_settings_are_passed_on() -> None:
    with (
        mock_microvms(config={"core": {"service_whitelist": ["sqs"]}}),
        pytest.raises(ServiceNotWhitelisted, match="lambdamicrovms not whitelisted"),
    ):
        names()


def hosts() -> Iterator[Any]:
    outputs = [each["outputs"] for each in create_loader().load_data("partitions")["partitions"]]
    for suffix in sorted({output["dnsSuffix"] for output in outputs}):
        yield f"lambda.us-east-2.{suffix}"
        yield f"lambda-fips.us-east-2.{suffix}"
    for suffix in sorted({output["dualStackDnsSuffix"] for output in outputs}):
        yield f"lambda.us-east-2.{suffix}"
        yield f"lambda-fips.us-east-2.{suffix}"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def send(_self: Any, request: Any) -> None:
        pytest.fail(f"a request was sent to the network: {request.url}")

    monkeypatch.setattr(botocore.httpsession.URLLib3Session, "send", send)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("host", list(hosts()))
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


def test_credentials_are_made_up_inside_and_restored_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    with mock_microvms():
        assert boto3.Session().get_credentials().access_key != "real"
    assert boto3.Session().get_credentials().access_key == "real"


@pytest.mark.parametrize("missing", ["moto", "flask", "flask_cors"])
def test_without_the_extra_the_error_names_what_to_install(missing: str) -> None:
    program = f"""
import sys
sys.modules[{missing!r}] = None
try:
    from microvm_sdk.testing import mock_microvms
except ImportError as error:
    print(error)
"""
    printed = subprocess.run(  # noqa: S603  It runs this Python with the test's arguments.
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert missing in printed
    assert 'pip install "microvm-sdk[testing]"' in printed


@pytest.mark.parametrize("name", ["Controls", "MicroVMServer", "mock_microvms"])
def test_public_names_exist_and_no_others(name: str) -> None:
    assert name in testing.__all__
    assert name in dir(testing)
    assert getattr(testing, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'mock'"):
        _ = testing.mock


def test_a_moto_that_is_too_old_is_named() -> None:
    program = """
import moto
moto.__version__ = "5.1.22"
try:
    from microvm_sdk.testing import mock_microvms
except ImportError as error:
    print(error)
"""
    printed = subprocess.run(  # noqa: S603  It runs this Python with the test's arguments.
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert "5.1.22" in printed
    assert 'pip install --upgrade "microvm-sdk[testing]"' in printed


def test_the_package_alone_does_not_import_the_local_service() -> None:
    program = """
import sys
from microvm_sdk import MicroVMClient
MicroVMClient(region_name="us-east-1")
print([name for name in sys.modules if name.startswith(("moto", "flask", "microvm_sdk.testing"))])
"""
    printed = subprocess.run(  # noqa: S603  It runs this Python with the test's arguments.
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == "[]"


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


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "host", ["vpce-0a1b-2c3d.lambda.us-east-2.vpce.amazonaws.com", "lambda.us-east-2.api.aws"]
)
def test_private_and_dual_stack_endpoints_stay_in_the_process(host: str) -> None:
    with mock_microvms():
        assert client(endpoint_url=f"https://{host}").list_microvm_images()["items"] == []


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
