"""The asynchronous client. Its threads and waits have tests of their own."""

import asyncio
import threading
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import PaginationError, ParamValidationError
from loopback import Canned, Loopback, case

from microvm_sdk import (
    AsyncMicroVMClient,
    AsyncPaginator,
    ConflictException,
    Microvm,
    MicroVMClient,
)
from microvm_sdk.testing import MicroVMServer, mock_microvms

IMAGE = "arn:aws:lambda:us-east-2:123456789012:microvm-image:example-image"
MICROVM = case("recorded/vms-lifecycle/get-until-running").body
VERSION = case("recorded/images-lifecycle/version-until-built").body
IMAGE_BODY = case("recorded/images-lifecycle/get-until-created").body
NOT_FOUND = case("recorded/errors-not-found/get-image-missing")
THROTTLED = Canned(429, {"message": "slow"}, {"x-amzn-errortype": "ThrottlingException"})


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
        loopback.respond_with(Canned(body=MICROVM))
        found = await async_client.get_microvm(microvm_identifier="microvm-1")
        assert found == Microvm.model_validate(MICROVM)
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

    async def test_calls_run_at_once(
        self, async_client: AsyncMicroVMClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        together = threading.Barrier(8)
        monkeypatch.setattr(async_client.sync_client, "call", lambda *_, **__: together.wait(5))
        get = async_client.get_microvm
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
