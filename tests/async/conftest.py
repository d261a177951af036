"""The asynchronous client of the loopback server."""

import pytest

from microvm_sdk import AsyncMicroVMClient, MicroVMClient


@pytest.fixture
def async_client(client: MicroVMClient) -> AsyncMicroVMClient:
    return AsyncMicroVMClient(client=client)
