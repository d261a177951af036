"""A program for the asynchronous client that every type checker must accept."""

# pyright: strict

import asyncio

from typing_extensions import assert_type

from microvm_sdk import (
    AsyncMicroVMClient,
    AsyncPaginator,
    Image,
    ImageSummary,
    ImageVersion,
    Microvm,
    MicroVMClient,
    Page,
)
from microvm_sdk.settings import ImageSettings, image_settings


async def calls(client: AsyncMicroVMClient) -> None:
    image = await client.get_microvm_image(image_identifier="a")
    assert_type(image, Image)
    assert_type(await client.terminate_microvm(microvm_identifier="m"), None)
    assert_type(await client.call(Image, "get_microvm_image", imageIdentifier="a"), Image)
    first, second = await asyncio.gather(
        client.get_microvm(microvm_identifier="m"), client.run_microvm(image_identifier="a")
    )
    assert_type(first, Microvm)
    assert_type(second, Microvm)


async def listings(client: AsyncMicroVMClient) -> None:
    listing = client.list_microvm_images(name_filter="web")
    assert_type(listing, AsyncPaginator[ImageSummary])
    async for image in listing:
        assert_type(image, ImageSummary)
    async for page in listing.pages():
        assert_type(page, Page[ImageSummary])
        assert_type(page.items, tuple[ImageSummary, ...])


async def show(microvm: Microvm) -> None:
    await asyncio.sleep(0)
    str(microvm.state)


async def waits(client: AsyncMicroVMClient) -> None:
    wait = client.wait_until_microvm_running
    assert_type(await wait(microvm_identifier="m", on_poll=show), Microvm)
    await wait(microvm_identifier="m", on_poll=lambda microvm: str(microvm.state))
    assert_type(await client.wait_until_image_deleted(image_identifier="a"), Image | None)
    version = client.wait_until_image_version_ready(image_identifier="a", image_version="1.0")
    assert_type(await version, ImageVersion)


async def life(existing: MicroVMClient) -> None:
    async with AsyncMicroVMClient(client=existing, max_concurrency=8) as client:
        assert_type(client, AsyncMicroVMClient)
        assert_type(client.sync_client, MicroVMClient)
        settings = await asyncio.to_thread(image_settings, client.sync_client, image_identifier="a")
        assert_type(settings, ImageSettings)
    await AsyncMicroVMClient(client=existing.boto3_client).close()
