"""The output of builds, in moto's CloudWatch Logs."""

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from typing_extensions import Self

from microvm_sdk.testing._service.state.builds import Build, failed_in_hook

# The `logging` of a version has this member, or `disabled` in its place.
_CLOUD_WATCH = "cloudWatch"


class BuildLog:
    """The log of one version's builds, which is written when the builds end."""

    def __init__(
        self,
        image_arn: str,
        version: str,
        settings: dict[str, Any],
        builds: list[Build],
        output: str | None,
    ) -> None:
        """Prepare the log.

        Args:
            image_arn: ARN of the image.
            version: The version, such as `1.0`.
            settings: The version's settings.
            builds: The builds.
            output: The last lines of the log if the builds fail; if `None`, the reason.
        """
        self._image_arn = image_arn
        self._version = version
        self._uri = settings["codeArtifact"]["uri"]
        self._logging = settings.get("logging", {_CLOUD_WATCH: {}})
        self._builds = builds
        self._output = output
        self._written = False

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        """Return the log itself: earlier states of an account share it, so it is written once."""
        return self

    def write(self, failure: str | None, ended_at: datetime) -> None:
        """Write the log, unless it has been written or logging is disabled.

        One user of the service found three streams for each build. Here they are of the MicroVM
        that builds the container image, and of one for each generation of chips, which takes the
        snapshot. All lines have the time at which the builds ended.

        Args:
            failure: Why the builds failed, if they did.
            ended_at: When they ended.
        """
        if self._written or _CLOUD_WATCH not in self._logging:
            return
        self._written = True
        names = self._logging[_CLOUD_WATCH]
        group = _log_group(self._image_arn, names.get("logGroup"))
        prefix = f"{self._builds[0].created_at:%Y/%m/%d}[{self._version}]"
        for lines in self._streams(failure):
            name = names.get("logStream", f"{prefix}microvm-{uuid.uuid4()}")
            if name not in group.streams:
                group.create_log_stream(name)
            # Not by a call of PutLogEvents: moto rejects times in the future, to which a test may
            # have advanced the clock.
            group.streams[name].put_log_events(
                [{"timestamp": int(ended_at.timestamp() * 1000), "message": line} for line in lines]
            )

    def _streams(self, failure: str | None) -> Iterator[list[str]]:
        """Yield the lines of each MicroVM that takes part."""
        last = (self._output or failure or "The snapshot was taken").splitlines()
        fetched = f"Building the container image from {self._uri}"
        if failure is not None and not failed_in_hook(failure):
            yield [fetched, *last]
            return
        yield [fetched, "The container image was built"]
        for build in self._builds:
            yield [f"Starting the container on {build.chipset} {build.generation}", *last]


def _log_group(image_arn: str, name: str | None) -> Any:
    """Return the log group of an image, which is created if it does not exist."""
    from moto.logs.models import logs_backends  # noqa: PLC0415  Only if an image is built.

    *_, region, account_id, _, image_name = image_arn.split(":")
    name = f"/aws/lambda-microvms/{image_name}" if name is None else name
    logs = logs_backends[account_id][region]
    if name not in logs.groups:
        logs.create_log_group(name, {})
    return logs.groups[name]
