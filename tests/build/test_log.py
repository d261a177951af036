"""`build_log`. The log of a failed build is in `test_deploy.py`."""

from collections.abc import Iterator
from typing import Any

import pytest
from fake_time import ServiceTime
from local_image import LocalImage, LocalService, service_in_process

from microvm_sdk import ImageVersion
from microvm_sdk.build import build_log
from microvm_sdk.models import CloudWatchLogging


@pytest.fixture(scope="module")
def _service() -> Iterator[LocalService]:
    with service_in_process() as service:
        yield service


def build(image: LocalImage, code: str, **settings: Any) -> ImageVersion:
    number = image.build(codeArtifact={"uri": f"s3://artifacts/{code}.zip"}, **settings)
    image.current()
    return image.service.client.get_microvm_image_version(
        image_identifier=image.arn, image_version=number
    )


def test_log_is_in_the_group_and_stream_of_the_version(service: LocalService, logs: Any) -> None:
    image = service.image()
    assert build_log(logs, build(image, "a", logging={"disabled": {}})) == ()
    logging = {"cloudWatch": {"logGroup": "mine", "logStream": "all"}}
    version = build(image, "b", logging=logging)
    assert "The snapshot was taken" in build_log(logs, version)
    other = version.model_copy(update={"logging": CloudWatchLogging(log_group="missing")})
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        build_log(logs, other)


def test_log_has_the_lines_of_its_version_only(
    service: LocalService, logs: Any, service_time: ServiceTime
) -> None:
    image = service.image()
    first = build(image, "a")
    service_time.sleep(3600)
    second = build(image, "b")
    assert ["a.zip" in line for line in build_log(logs, first)].count(True) == 1
    assert not any("b.zip" in line for line in build_log(logs, first))
    assert any("b.zip" in line for line in build_log(logs, second))
    assert len(build_log(logs, second, lines=3)) == 3


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"logs_client": "logs"}, TypeError, r"logs_client must be boto3's client of logs"),
        ({"version": "1.0"}, TypeError, "version must be an ImageVersion or a BuildError, got str"),
        ({"lines": 0}, ValueError, "lines must be 1 to 10,000, got 0"),
        ({"lines": True}, TypeError, "lines must be an integer"),
    ],
)
def test_arguments_are_checked(
    options: dict[str, Any], error: Any, text: str, service: LocalService, logs: Any
) -> None:
    version = build(service.image(), "a")
    arguments = {"logs_client": logs, "version": version, **options}
    with pytest.raises(error, match=text):
        build_log(arguments.pop("logs_client"), arguments.pop("version"), **arguments)
