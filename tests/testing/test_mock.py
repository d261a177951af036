import asyncio
import inspect
import unittest
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.exceptions import ServiceNotWhitelisted
from moto.moto_api import state_manager

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


def test_repr_shows_the_call() -> None:
    config: Any = {"core": {"mock_credentials": False}}
    mocks = (mock_microvms(), mock_microvms(config=config))
    assert [repr(mock) for mock in mocks] == ["mock_microvms()", f"mock_microvms({config=!r})"]


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


@pytest.mark.parametrize("hidden", [True, False])
def test_default_session_is_hidden_unless_motos_settings_keep_it(*, hidden: bool) -> None:
    with mock_microvms(config={"core": {"reset_boto3_session": hidden}}):
        # The mock's own, which shares botocore's data.
        assert (boto3.DEFAULT_SESSION is not None) == hidden
    assert boto3.DEFAULT_SESSION is None


def test_motos_settings_are_passed_on() -> None:
    with (
        mock_microvms(config={"core": {"service_whitelist": ["sqs"]}}),
        pytest.raises(ServiceNotWhitelisted, match="lambdamicrovms not whitelisted"),
    ):
        names()


def test_credentials_are_made_up_inside_and_restored_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    with mock_microvms():
        assert boto3.Session().get_credentials().access_key != "real"
    assert boto3.Session().get_credentials().access_key == "real"
