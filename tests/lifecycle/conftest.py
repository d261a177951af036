import pytest
from local_image import LocalImage, LocalService
from starts import Caller

from microvm_sdk import MicroVMClient


@pytest.fixture
def image(service: LocalService) -> LocalImage:
    return service.image()


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def caller(client: MicroVMClient, request: pytest.FixtureRequest) -> Caller:
    return Caller(client, is_async=request.param)
