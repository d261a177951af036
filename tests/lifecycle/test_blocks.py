"""`running` and `async_running` as objects, which users may take for the MicroVM."""

from typing import Any

import pytest
from local_image import LocalService

from microvm_sdk import AsyncMicroVMClient
from microvm_sdk.lifecycle import async_running, running


def test_block_without_with_is_not_the_microvm(service: LocalService) -> None:
    image = service.image().arn
    block: Any = running(service.client, image_identifier=image)
    asynchronous: Any = async_running(
        AsyncMicroVMClient(client=service.client), image_identifier=image
    )
    assert (repr(block), repr(asynchronous)) == (
        "<running microvm_id=None>",
        "<async_running microvm_id=None>",
    )
    for each in (block, asynchronous):
        with pytest.raises(AttributeError, match="no attribute 'microvm_id': its block gets the"):
            _ = each.microvm_id
    with block as microvm:
        assert repr(block) == f"<running microvm_id={microvm.microvm_id!r}>"
