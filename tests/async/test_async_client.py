"""The asynchronous client. Its threads are tested in `test_threads.py`."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import PaginationError, ParamValidationError
from fake_time import FakeTime
from loopback import Canned, Loopback, case

from microvm_sdk import (
    AsyncMicroVMClient,
    AsyncPaginator,
    ConflictException,
    Image,
    ImageVersion,
    Microvm,
    MicroVMClient,
    MicrovmState,
    WaiterError,
)
from microvm_sdk.testing import MicroVMServer, mock_microvms

IMAGE = "arn:aws:lambda:us-east-2:123456789012:microvm-image:example-image"
MICROVM = case("recorded/vms-lifecycle/get-until-running").body
VERSION = case("recorded/images-lifecycle/version-until-built").body
IMAGE_BODY = case("recorded/images-lifecycle/get-until-created").body
NOT_FOUND = case("recorded/errors-not-found/get-image-missing")
THROTTLED = Canned(429, {"message": "slow"}, {"x-amzn-errortype": "ThrottlingException"})


@pytest.fixture
def async_client(client: MicroVMClient) -> AsyncMicroVMClient:
    return AsyncMicroVMClient(client=client)


def state(name: str, body: Any = MICROVM) -> Canned:
    return Canned(body={**body, "state": name})


class FakeClient(MicroVMClient):
    """A client that passes its calls to a function."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._fake = call

    def call(self, model: Any, method: str, /, **parameters: Any) -> Any:
        return self._fake(model, method, **parameters)


def microvm(state: str) -> Microvm:
    return Microvm.model_validate({**MICROVM, "state": state})


@pytest.mark.asyncio
class TestConstructor:
    async def test_connection_pool_matches_the_concurrency(self) -> None:
        def pool(**arguments: Any) -> Any:
            client: Any = AsyncMicroVMClient(**arguments).sync_client.boto3_client
            return client.meta.config.max_pool_connections

        assert pool() == 32
        assert pool(max_concurrency=50) == 50
        assert pool(config=Config(read_timeout=5)) == 32
        assert pool(config=Config(max_pool_connections=7)) == 7
        session: Any = boto3.Session("a", "b", region_name="eu-west-1")
        assert pool(session=session) == 32
        session._session.set_default_client_config(Config(max_pool_connections=64))
        assert pool(session=session) == 64

    async def test_existing_client_is_used_as_it_is(self, client: MicroVMClient) -> None:
        assert AsyncMicroVMClient(client=client).sync_client is client
        other = AsyncMicroVMClient(client=client.boto3_client)
        assert other.sync_client.boto3_client is client.boto3_client

    @pytest.mark.parametrize("argument", ["session", "region_name", "endpoint_url", "config"])
    async def test_existing_client_cannot_be_combined_with_other_arguments(
        self, argument: str, client: MicroVMClient
    ) -> None:
        arguments: Any = {argument: "eu-west-1"}
        with pytest.raises(TypeError, match="client"):
            AsyncMicroVMClient(client=client, **arguments)
        with pytest.raises(TypeError, match="client"):
            AsyncMicroVMClient(client=client.boto3_client, **arguments)

    async def test_argument_of_another_type_is_named(self) -> None:
        for argument, wrong in [("client", "x"), ("session", "prod"), ("config", {})]:
            arguments: Any = {argument: wrong}
            with pytest.raises(TypeError, match=f"^{argument} must be a"):
                AsyncMicroVMClient(**arguments)

    @pytest.mark.parametrize("wrong", ["8", 1.5, True, None])
    async def test_concurrency_is_an_integer(self, wrong: Any) -> None:
        with pytest.raises(TypeError, match="max_concurrency must be an integer, got"):
            AsyncMicroVMClient(max_concurrency=wrong)

    @pytest.mark.parametrize("wrong", [0, -1])
    async def test_concurrency_is_at_least_one(self, wrong: int) -> None:
        with pytest.raises(ValueError, match="max_concurrency must be 1 or more, got"):
            AsyncMicroVMClient(max_concurrency=wrong)

    async def test_repr_shows_region_and_endpoint(self, async_client: AsyncMicroVMClient) -> None:
        assert repr(async_client) == (
            "AsyncMicroVMClient(region_name='eu-west-1', endpoint_url="
            f"{async_client.sync_client.boto3_client.meta.endpoint_url!r}, max_concurrency=32)"
        )

    async def test_close_closes_the_clients_own_and_not_an_existing_client(
        self, client: MicroVMClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        closed: list[MicroVMClient] = []
        monkeypatch.setattr(MicroVMClient, "close", lambda made: closed.append(made))  # noqa: PLW0108  It has to be a method.
        async with AsyncMicroVMClient(client=client):
            pass
        assert closed == []
        async with AsyncMicroVMClient() as made:
            pass
        assert closed == [made.sync_client]

    async def test_close_waits_no_longer_than_the_read_timeout(self) -> None:
        gate = threading.Event()
        made = AsyncMicroVMClient(config=Config(read_timeout=0.01))
        hanging = asyncio.create_task(made._threads.run(gate.wait, 30))
        await asyncio.sleep(0)
        await made.close()
        gate.set()
        assert await hanging


@pytest.mark.asyncio
class TestCalls:
    async def test_call_returns_the_model(
        self, async_client: AsyncMicroVMClient, loopback: Loopback
    ) -> None:
        loopback.respond_with(state("RUNNING"))
        found = await async_client.get_microvm(microvm_identifier="microvm-1")
        assert found == microvm("RUNNING")
        assert found.response_metadata is not None
        assert loopback.requests[0].path.endswith("/microvm-1")
        found = await async_client.call(Microvm, "get_microvm", microvmIdentifier="microvm-2")
        assert loopback.requests[1].path.endswith("/microvm-2")

    async def test_errors_are_those_of_the_synchronous_client(
        self, async_client: AsyncMicroVMClient, loopback: Loopback
    ) -> None:
        loopback.respond_with(
            Canned(409, {"message": "x"}, {"x-amzn-errortype": "ConflictException"})
        )
        with pytest.raises(ConflictException):
            await async_client.terminate_microvm(microvm_identifier="microvm-1")
        with pytest.raises(ParamValidationError):
            await async_client.get_microvm(microvm_identifier="..")

    async def test_tagging_returns_nothing(
        self, async_client: AsyncMicroVMClient, loopback: Loopback
    ) -> None:
        loopback.respond_with(Canned(204, b""))
        await async_client.tag_resource(resource=IMAGE, tags={"team": "web"})
        await async_client.untag_resource(resource=IMAGE, tag_keys=["team"])
        assert len(loopback.requests) == 2

    async def test_calls_run_at_once(self) -> None:
        together = threading.Barrier(8)

        def call(*_: Any, **__: Any) -> Microvm:
            together.wait(5)
            return microvm("RUNNING")

        get = AsyncMicroVMClient(client=FakeClient(call)).get_microvm
        await asyncio.gather(*(get(microvm_identifier="m") for _ in range(8)))


@pytest.mark.asyncio
class TestListings:
    PAGES = (
        Canned(body={"items": [IMAGE_BODY, IMAGE_BODY], "nextToken": "1"}),
        Canned(body={"items": [], "nextToken": "2"}),
        Canned(body={"items": [IMAGE_BODY]}),
    )

    async def test_items_and_pages(
        self, async_client: AsyncMicroVMClient, loopback: Loopback
    ) -> None:
        loopback.respond_with(*self.PAGES)
        listing = async_client.list_microvm_images(name_filter="web", max_results=2)
        assert isinstance(listing, AsyncPaginator)
        assert loopback.requests == []
        assert [image.name async for image in listing] == [IMAGE_BODY["name"]] * 3
        assert [request.query.get("nextToken") for request in loopback.requests] == [
            None,
            ["1"],
            ["2"],
        ]
        assert loopback.requests[0].query["nameFilter"] == ["web"]
        loopback.respond_with(*self.PAGES)
        pages = [page async for page in listing.pages()]
        assert [len(page.items) for page in pages] == [2, 0, 1]
        assert [page.next_token for page in pages] == ["1", "2", None]

    async def test_pages_are_fetched_when_needed(
        self, async_client: AsyncMicroVMClient, loopback: Loopback
    ) -> None:
        loopback.respond_with(*self.PAGES)
        async for _ in async_client.list_microvm_images():
            break
        assert len(loopback.requests) == 1

    async def test_arguments_are_checked_before_the_first_page(
        self, async_client: AsyncMicroVMClient
    ) -> None:
        with pytest.raises(ParamValidationError):
            async_client.list_microvm_image_versions(image_identifier="..")

    async def test_repeated_token_is_an_error(
        self, async_client: AsyncMicroVMClient, loopback: Loopback
    ) -> None:
        loopback.respond_with(Canned(body={"items": [], "nextToken": "1"}))
        with pytest.raises(PaginationError):
            [image async for image in async_client.list_microvm_images()]

    async def test_repr_names_the_listing(self, async_client: AsyncMicroVMClient) -> None:
        assert "list_microvm_images" in repr(async_client.list_microvm_images())


@pytest.fixture
def fake_sleep(fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    yields = asyncio.sleep

    async def sleep(seconds: float) -> None:
        fake_time.sleep(seconds)
        await yields(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return fake_time


@pytest.mark.asyncio
class TestWaits:
    async def test_wait_polls_at_the_same_pace_and_returns_the_model(
        self, async_client: AsyncMicroVMClient, loopback: Loopback, fake_sleep: FakeTime
    ) -> None:
        loopback.respond_with(*[state("PENDING")] * 3, THROTTLED, state("RUNNING"))
        found = await async_client.wait_until_microvm_running(microvm_identifier="microvm-1")
        assert found.state is MicrovmState.RUNNING
        assert fake_sleep.pauses == [0.2, 0.3, 0.45, 0.675]

    async def test_version_waits_for_its_image(
        self, async_client: AsyncMicroVMClient, loopback: Loopback, fake_sleep: FakeTime
    ) -> None:
        loopback.respond_with(
            state("IN_PROGRESS", VERSION),
            state("SUCCESSFUL", VERSION),
            state("UPDATING", IMAGE_BODY),
            state("UPDATED", IMAGE_BODY),
            state("SUCCESSFUL", VERSION),
        )
        polled: list[str] = []
        version = await async_client.wait_until_image_version_ready(
            image_identifier=IMAGE,
            image_version="1.0",
            on_poll=lambda version: polled.append(version.state),
        )
        assert isinstance(version, ImageVersion)
        assert polled == ["IN_PROGRESS", *["SUCCESSFUL"] * 4]
        assert fake_sleep.pauses == [0.2, 0.3]

    async def test_failures_have_the_same_attributes(
        self, async_client: AsyncMicroVMClient, loopback: Loopback
    ) -> None:
        build = case("recorded/images-lifecycle/list-builds").body["items"][0]
        loopback.respond_with(
            state("FAILED", VERSION), Canned(body={"items": [{**build, "buildState": "FAILED"}]})
        )
        with pytest.raises(WaiterError) as caught:
            await async_client.wait_until_image_version_ready(
                image_identifier=IMAGE, image_version="1.0"
            )
        assert len(caught.value.failed_builds) == 1
        assert caught.value.image_version == "1.0"

    async def test_wait_times_out_and_deletions_end_when_gone(
        self, async_client: AsyncMicroVMClient, loopback: Loopback, fake_sleep: FakeTime
    ) -> None:
        loopback.respond_with(state("PENDING"))
        with pytest.raises(WaiterError, match="timed out after 30 seconds"):
            await async_client.wait_until_microvm_running(microvm_identifier="m", timeout=30)
        assert sum(fake_sleep.pauses) == pytest.approx(30)
        loopback.respond_with(state("DELETING", IMAGE_BODY), NOT_FOUND)
        assert await async_client.wait_until_image_deleted(image_identifier=IMAGE) is None
        loopback.respond_with(state("DELETED", IMAGE_BODY))
        assert isinstance(
            await async_client.wait_until_image_deleted(image_identifier=IMAGE), Image
        )

    @pytest.mark.usefixtures("fake_sleep")
    async def test_on_poll_may_be_a_coroutine_function(
        self, async_client: AsyncMicroVMClient, loopback: Loopback
    ) -> None:
        polled: list[str] = []

        async def remember(microvm: Microvm) -> None:
            await asyncio.sleep(0)
            polled.append(microvm.state)

        loopback.respond_with(state("PENDING"), state("RUNNING"))
        await async_client.wait_until_microvm_running(microvm_identifier="m", on_poll=remember)
        assert polled == ["PENDING", "RUNNING"]

        async def fail(_: Microvm) -> None:
            raise LookupError

        loopback.respond_with(state("PENDING"))
        with pytest.raises(LookupError):
            await async_client.wait_until_microvm_running(microvm_identifier="m", on_poll=fail)

    async def test_many_waits_hold_no_threads_between_polls(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asleep, all_asleep, wake = 0, asyncio.Event(), asyncio.Event()

        async def sleep(_: float) -> None:
            nonlocal asleep
            asleep += 1
            if asleep == len(waits):
                all_asleep.set()
            await wake.wait()

        def call(*_: Any, **__: Any) -> Microvm:
            return microvm("RUNNING" if wake.is_set() else "PENDING")

        monkeypatch.setattr("microvm_sdk._waits.waiters.sleep_async", sleep)
        client = AsyncMicroVMClient(client=FakeClient(call), max_concurrency=8)
        wait = client.wait_until_microvm_running
        waits = [asyncio.create_task(wait(microvm_identifier=f"m-{n}")) for n in range(200)]
        await asyncio.wait_for(all_asleep.wait(), 30)
        # It waits for calls that are under way: there is none.
        await asyncio.wait_for(client._threads.close(60), 5)
        found = await asyncio.wait_for(client.get_microvm(microvm_identifier="m"), 5)
        assert found.state is MicrovmState.PENDING
        wake.set()
        assert {found.state for found in await asyncio.gather(*waits)} == {MicrovmState.RUNNING}

    async def test_many_waits_share_half_of_the_rate_that_the_service_allows(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pauses: list[float] = []
        wanted = 3 * 500
        polled = asyncio.Event()

        async def sleep(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == wanted:
                polled.set()
            await asyncio.sleep(0)

        monkeypatch.setattr("microvm_sdk._waits.waiters.sleep_async", sleep)

        async def pending(*_: Any, **__: Any) -> Microvm:
            return microvm("PENDING")

        client = AsyncMicroVMClient(client=FakeClient(lambda *_, **__: None))
        monkeypatch.setattr(client, "call", pending)
        wait = client.wait_until_microvm_running
        waits = [
            asyncio.create_task(wait(microvm_identifier=f"m-{n}", timeout=1e6, poll_interval=1))
            for n in range(500)
        ]
        await asyncio.wait_for(polled.wait(), 30)
        for each in waits:
            each.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        # Each pauses for 10 s, so together they poll 50 times a second.
        assert min(pauses[500:]) == 500 / 50
        # A wait on its own polls as often as it says.
        alone = asyncio.create_task(wait(microvm_identifier="m", timeout=1e6, poll_interval=1))
        pauses.clear()
        polled.clear()
        wanted = 10
        await asyncio.wait_for(polled.wait(), 30)
        alone.cancel()
        assert (pauses[0], pauses[-1]) == (0.2, 1)

    async def test_cancelled_wait_ends_at_once(self) -> None:
        client = AsyncMicroVMClient(client=FakeClient(lambda *_, **__: microvm("PENDING")))
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(
                client.wait_until_microvm_running(microvm_identifier="m", poll_interval=60), 0.01
            )
        assert await client.get_microvm(microvm_identifier="m") == microvm("PENDING")


@pytest.mark.asyncio
class TestSurroundings:
    @mock_microvms()
    async def test_client_works_inside_the_mock(self) -> None:
        async with AsyncMicroVMClient() as client:
            assert [image async for image in client.list_microvm_images()] == []

    async def test_client_works_with_the_server(self) -> None:
        with MicroVMServer() as server:
            async with AsyncMicroVMClient(endpoint_url=server.endpoint_url) as client:
                assert [image async for image in client.list_microvm_images()] == []

    async def test_fixture_is_a_client(self, async_microvm_client: AsyncMicroVMClient) -> None:
        assert [image async for image in async_microvm_client.list_microvm_images()] == []


def test_one_client_serves_several_event_loops(client: MicroVMClient) -> None:
    async_client = AsyncMicroVMClient(client=client)
    for _ in range(3):
        with pytest.raises(ParamValidationError):
            asyncio.run(async_client.get_microvm(microvm_identifier=".."))
    asyncio.run(async_client.close())
    with pytest.raises(ParamValidationError):
        asyncio.run(async_client.get_microvm(microvm_identifier=".."))


def test_fixture_needs_no_plugin_for_asyncio(async_microvm_client: AsyncMicroVMClient) -> None:
    async def count() -> int:
        return len([image async for image in async_microvm_client.list_microvm_images()])

    assert asyncio.run(count()) == 0
