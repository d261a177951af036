"""A local service in which waits take no time, and an image."""

from collections.abc import Iterator

import pytest
from fake_time import ServiceTime
from local_image import LocalImage, LocalService

from microvm_sdk.testing import mock_microvms


@pytest.fixture
def service(service_time: ServiceTime) -> Iterator[LocalService]:  # noqa: ARG001  Waits end at once.
    with mock_microvms() as controls:
        yield LocalService(controls)


@pytest.fixture
def image(service: LocalService) -> LocalImage:
    return service.image()
