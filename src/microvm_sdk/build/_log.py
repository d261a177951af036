"""Reading what the build of a version printed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from botocore.client import BaseClient

from microvm_sdk._arguments import refuse
from microvm_sdk._waits.steps import log_group_of
from microvm_sdk.build._upload import check_boto3_client
from microvm_sdk.exceptions import BuildError
from microvm_sdk.models import CloudWatchLogging, ImageVersion, ImageVersionState

_MOST_LINES = 10_000
_MILLISECONDS = 1000
# Events have the time at which the build ended, by another clock than the version's.
_MARGIN = timedelta(minutes=5)
# The times of versions and of events are rounded.
_ROUNDING = timedelta(seconds=1)
_FINISHED = {ImageVersionState.SUCCESSFUL, ImageVersionState.FAILED}


def build_log(
    logs_client: BaseClient, version: ImageVersion | BuildError, *, lines: int = 50
) -> tuple[str, ...]:
    """Read the end of what the build of a version printed.

    The service writes the output of a build to Amazon CloudWatch Logs in one piece when the build
    ends, and it may take some seconds to appear. The caller needs the permissions
    `logs:DescribeLogStreams` and `logs:GetLogEvents`, and the build role those to write logs.

    Args:
        logs_client: boto3's client of CloudWatch Logs, such as `boto3.client("logs")`.
        version: The version, or the `BuildError` of one that failed.
        lines: How many lines to return at most: 1 to 10,000.

    Returns:
        The last lines; none if the version's logs are disabled, or if there are none yet.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: `lines` is out of range.
        botocore.exceptions.ClientError: CloudWatch Logs returned an error, for instance because the
            log group does not exist.
    """
    check_boto3_client("logs_client", logs_client, "logs")
    if isinstance(version, BuildError) and isinstance(version.last_result, ImageVersion):
        version = version.last_result
    if not isinstance(version, ImageVersion):
        cure = "client.get_microvm_image_version returns an ImageVersion"
        refuse("version", "an ImageVersion or a BuildError", version, cure)
    _check_lines(lines)
    group = log_group_of(version)
    if group is None:
        return ()
    events = [
        event
        for stream in _streams(logs_client, group, version)
        for event in _events(logs_client, group, stream, version, lines)
    ]
    # A stable sort: events of one stream that have the same time stay together.
    events.sort(key=lambda event: event["timestamp"])
    printed = [line for event in events for line in event["message"].splitlines()]
    return tuple(printed[-lines:])


def _check_lines(lines: object) -> None:
    if not isinstance(lines, int) or isinstance(lines, bool):
        refuse("lines", "an integer", lines)
    if not 1 <= lines <= _MOST_LINES:
        msg = f"lines must be 1 to 10,000, got {lines}"
        raise ValueError(msg)


def _period(version: ImageVersion) -> tuple[datetime, datetime | None]:
    """Return the period in which the output of a version may have been written."""
    start = version.created_at - _ROUNDING
    if version.state not in _FINISHED or version.updated_at is None:
        return start, None
    return start, version.updated_at + _MARGIN


def _streams(logs_client: Any, group: str, version: ImageVersion) -> Iterator[str]:
    if isinstance(version.logging, CloudWatchLogging) and version.logging.log_stream:
        yield version.logging.log_stream
        return
    start, end = _period(version)
    # Their names begin with the day in UTC: `2026/11/30[3.0]microvm-…`.
    days = {start.date(), (end or start).date()}
    pages = logs_client.get_paginator("describe_log_streams")
    for day in sorted(days):
        prefix = f"{day:%Y/%m/%d}[{version.image_version}]"
        for page in pages.paginate(logGroupName=group, logStreamNamePrefix=prefix):
            for stream in page["logStreams"]:
                yield stream["logStreamName"]


def _events(
    logs_client: Any, group: str, stream: str, version: ImageVersion, most: int
) -> list[dict[str, Any]]:
    """Return the last events of a stream, oldest first."""
    start, end = _period(version)
    request = {
        "logGroupName": group,
        "logStreamName": stream,
        "startTime": _timestamp(start),
        "limit": most,
        "startFromHead": False,
    }
    if end is not None:
        request["endTime"] = _timestamp(end)
    events: list[dict[str, Any]] = []
    token = None
    while len(events) < most:
        page = logs_client.get_log_events(**request)
        events = page["events"] + events
        # A page may be empty although there are older events. The last one repeats its token.
        if page.get("nextBackwardToken") in (None, token):
            break
        token = request["nextToken"] = page["nextBackwardToken"]
    return events[-most:]


def _timestamp(time: datetime) -> int:
    return int(time.timestamp() * _MILLISECONDS)
