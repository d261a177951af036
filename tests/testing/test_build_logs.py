"""The output of builds in moto's CloudWatch Logs, in process and on a server."""

import re
from collections.abc import Callable
from typing import Any

import pytest

GROUP = "/aws/lambda-microvms/web"
CONTAINER_BUILD = "Building the container image from s3://example-123456789012-use2/code.zip"
BUILT = [CONTAINER_BUILD, "The container image was built"]
STARTED = ["Starting the container on GRAVITON 3", "Starting the container on GRAVITON 4"]


@pytest.fixture
def logs(beside: Callable[[str], Any]) -> Any:
    """Return a client of CloudWatch Logs."""
    return beside("logs")


@pytest.fixture
def build(controlled: Any, image_request: Any) -> Callable[..., Any]:
    """Return a function that builds an image and returns its first version."""

    def build(name: str = "web", **settings: Any) -> Any:
        client = controlled[1]
        arn = client.create_microvm_image(**image_request(name, **settings))["imageArn"]
        version = {"imageIdentifier": arn, "imageVersion": "1.0"}
        return client.get_microvm_image_version(**version)

    return build


def lines_by_stream(logs: Any, group: str = GROUP) -> Any:
    found: dict[str, list[str]] = {}
    for event in logs.filter_log_events(logGroupName=group)["events"]:
        found.setdefault(event["logStreamName"], []).append(event["message"])
    return found


def groups(logs: Any) -> Any:
    return [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]


def test_a_build_writes_three_streams_when_it_ends(controlled: Any, build: Any, logs: Any) -> None:
    controls, client = controlled
    controls.set_transition("lambdamicrovms::build", {"progression": "time", "seconds": 60})
    version = build()
    assert groups(logs) == []
    controls.advance_clock(120)
    for _ in range(2):  # The second does not write again.
        client.get_microvm_image(imageIdentifier=version["imageArn"])
    streams = lines_by_stream(logs)
    day = f"{version['createdAt']:%Y/%m/%d}"
    assert all(re.fullmatch(rf"{day}\[1\.0\]microvm-[0-9a-f-]{{36}}", name) for name in streams)
    snapshots = [[started, "The snapshot was taken"] for started in STARTED]
    assert sorted(streams.values()) == [BUILT, *snapshots]
    times = {event["timestamp"] for event in logs.filter_log_events(logGroupName=GROUP)["events"]}
    (time,) = times
    assert 119_000 <= time - version["createdAt"].timestamp() * 1000 <= 122_000


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        ({}, [[CONTAINER_BUILD, "The container image build failed."]]),
        (
            {"output": "RUN make\nmake: *** No rule to make target"},
            [[CONTAINER_BUILD, "RUN make", "make: *** No rule to make target"]],
        ),
        (
            {"reason": "Ready hook invocation timed out after PT5M", "output": "No route"},
            [BUILT, *([started, "No route"] for started in STARTED)],
        ),
    ],
)
def test_the_log_of_a_failed_build_ends_with_its_output_or_reason(
    failure: Any, expected: Any, controlled: Any, build: Any, logs: Any
) -> None:
    controlled[0].fail_next_build(**failure)
    assert build()["state"] == "FAILED"
    assert sorted(lines_by_stream(logs).values()) == expected


def test_the_failure_that_an_artifact_asks_for_is_in_the_log(build: Any, logs: Any) -> None:
    uri = "s3://bucket/fail/interrupted/code.zip"
    assert build(codeArtifact={"uri": uri})["state"] == "FAILED"
    ((_, last),) = lines_by_stream(logs).values()
    assert last == "Build workflow was interrupted by an exception"


def test_the_log_goes_where_the_image_says(build: Any, logs: Any) -> None:
    build("other", logging={"disabled": {}})
    assert groups(logs) == []
    named = {"logGroup": "/my/group", "logStream": "mine"}
    build("web", logging={"cloudWatch": named})
    build("again", logging={"cloudWatch": named})
    assert groups(logs) == ["/my/group"]
    ((stream, lines),) = lines_by_stream(logs, "/my/group").items()
    assert stream == "mine"
    assert len(lines) == 2 * 6


def test_a_log_is_written_once_although_reads_lag(controlled: Any, build: Any, logs: Any) -> None:
    controls, client = controlled
    controls.set_lag("GetMicrovmImage", reads=2)
    version = build()
    client.update_microvm_image_version(
        imageIdentifier=version["imageArn"], imageVersion="1.0", status="INACTIVE"
    )
    for _ in range(3):
        client.list_microvm_images()
    assert len(lines_by_stream(logs)) == 3
