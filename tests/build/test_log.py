"""`build_log`. The log of a failed build is in `test_deploy.py`."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fake_time import ServiceTime
from local_image import LocalImage, LocalService, service_in_process

from microvm_sdk import ImageVersion
from microvm_sdk.build import build_log
from microvm_sdk.models import CloudWatchLogging, ImageVersionState


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


SECOND = timedelta(seconds=1)


@pytest.fixture
def interleaved(service: LocalService, logs: Any) -> ImageVersion:
    """Return a version that has two streams, with events of other times in them."""
    version = build(service.image(), "a")
    assert version.updated_at is not None
    start, late = version.created_at, version.updated_at + timedelta(minutes=10)
    streams = {
        "x": {"early": start - 3 * SECOND, "1": start, "3": start + 2 * SECOND, "late": late},
        "y": {"2": start + SECOND, "4": start + 2 * SECOND},
    }
    group = f"own-{uuid4()}"
    logs.create_log_group(logGroupName=group)
    for name, events in streams.items():
        stream = {
            "logGroupName": group,
            "logStreamName": f"{start:%Y/%m/%d}[{version.image_version}]microvm-{name}",
        }
        logs.create_log_stream(**stream)
        logs.put_log_events(
            **stream,
            logEvents=[
                {"message": message, "timestamp": int(time.timestamp() * 1000)}
                for message, time in events.items()
            ],
        )
    return version.model_copy(update={"logging": CloudWatchLogging(log_group=group)})


def test_lines_of_several_builds_are_in_the_order_of_time(
    interleaved: ImageVersion, logs: Any
) -> None:
    assert build_log(logs, interleaved) == ("1", "2", "3", "4")
    assert build_log(logs, interleaved, lines=3) == ("2", "3", "4")


def test_log_of_a_build_that_is_under_way_has_no_end(interleaved: ImageVersion, logs: Any) -> None:
    version = interleaved.model_copy(update={"state": ImageVersionState.IN_PROGRESS})
    assert build_log(logs, version) == ("1", "2", "3", "4", "late")


def test_log_is_read_page_by_page(interleaved: ImageVersion, logs: Any, handle: Any) -> None:
    def one_event(params: dict[str, Any], **_: Any) -> None:
        params["limit"] = 1

    handle(logs, "before-parameter-build.cloudwatch-logs.GetLogEvents", one_event)
    assert build_log(logs, interleaved) == ("1", "2", "3", "4")


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"logs_client": "logs"}, TypeError, r"logs_client must be boto3's client of logs"),
        ({"version": "1.0"}, TypeError, "version must be an ImageVersion or a BuildError, got str"),
        ({"lines": 0}, ValueError, "lines must be 1 to 10,000, got 0"),
        ({"lines": 10_001}, ValueError, "lines must be 1 to 10,000, got 10001"),
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
