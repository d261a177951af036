import pytest
from local_image import LocalImage, LocalService


@pytest.fixture
def image(service: LocalService) -> LocalImage:
    return service.image()
