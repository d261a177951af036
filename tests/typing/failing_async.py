"""A program for the asynchronous client that type checkers must refuse, in the marked lines."""

from microvm_sdk import AsyncMicroVMClient, Image, ImageVersion


async def calls(client: AsyncMicroVMClient) -> None:
    await client.get_microvm_image(image_identifer="a")  # error
    await client.get_microvm_image("a")  # error
    str((await client.get_microvm_image(image_identifier="a")).image_verison)  # error
    str(client.get_microvm_image(image_identifier="a").name)  # error


async def listings(client: AsyncMicroVMClient) -> None:
    await client.list_microvm_images()  # error
    for image in client.list_microvm_images():  # error
        str(image)
    async for image in client.list_microvm_images():
        str(image.image_verison)  # error


async def show(version: ImageVersion) -> None:
    str(version.image_version)


async def waits(client: AsyncMicroVMClient) -> Image:
    await client.wait_until_microvm_running(microvm_identifier="m", on_poll=show)  # error
    return await client.wait_until_image_deleted(image_identifier="a")  # error


def life() -> None:
    AsyncMicroVMClient(max_concurrency="8")  # error
    with AsyncMicroVMClient() as client:  # error
        str(client)
