"""Clients of the test's own, to register handlers on."""

import pytest
from botocore.config import Config
from loopback import Loopback

from microvm_sdk import MicroVMClient


@pytest.fixture
def own_client(loopback: Loopback) -> MicroVMClient:
    """Return a client that sends each request once."""
    once = Config(retries={"total_max_attempts": 1})
    return MicroVMClient(endpoint_url=loopback.endpoint_url, config=once)


@pytest.fixture
def retrying_client(loopback: Loopback) -> MicroVMClient:
    """Return a client that sends each request at most twice."""
    twice = Config(retries={"total_max_attempts": 2, "mode": "standard"})
    return MicroVMClient(endpoint_url=loopback.endpoint_url, config=twice)
