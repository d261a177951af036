"""A job on an image that takes several calls: its reads, its changes, its pauses, its failure."""

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

from typing_extensions import Self

from microvm_sdk._arguments import check_client, check_image_arn, refuse
from microvm_sdk._image_versions import current_of, list_versions
from microvm_sdk._notes import add_note
from microvm_sdk._release_steps import ReleaseStep, StepAction
from microvm_sdk._waits.busy import repeat_while_busy
from microvm_sdk._waits.pace import Pace
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import ErrorKind, ReleaseError, ServiceError, WaiterError
from microvm_sdk.models import Image, ImageState, ImageVersion, ImageVersionStatus
from microvm_sdk.models.image import IMAGE_SETTLED
from microvm_sdk.releases._changes import Changes, retry_after
from microvm_sdk.releases._own_changes import OwnChanges

ResponseT = TypeVar("ResponseT")

# An image accepts changes in these states, even if its deletion failed.
_SETTLED = IMAGE_SETTLED.success | {ImageState.DELETE_FAILED}
_DELETED = IMAGE_SETTLED.failure - _SETTLED
# Before a verdict is read a second time, in seconds: reads lag for a moment.
_SECOND_READING = 1.0


@dataclass(frozen=True)
class Reading:
    """What a job decides by."""

    listed: list[ImageVersion]
    """The versions as the service lists them, without those that are gone."""
    versions: list[ImageVersion]
    """The newest record of each."""
    obstacle: str | None
    """Why the image cannot be changed at the moment; `None` if it can be."""


class Job:
    """A job on an image.

    A context manager: once the job has changed something, or may have, an exception that ends the
    block becomes a `ReleaseError`. One that is not an `Exception` passes with a note.
    """

    def __init__(
        self,
        name: str,
        client: MicroVMClient,
        image_identifier: str,
        *,
        target: str | None,
        timeout: float,
        poll_interval: float,
        on_step: Callable[[ReleaseStep], object] | None,
    ) -> None:
        """Check the arguments, and start the clock.

        Args:
            name: The function that the caller called.
            client: The client.
            image_identifier: ARN of the image.
            target: The version that the job is about.
            timeout: How long the job may wait, in seconds.
            poll_interval: Longest pause between two polls, in seconds.
            on_step: Called after each change.

        Raises:
            TypeError: An argument has the wrong type.
            ValueError: The identifier is not an ARN, or the timeout or the interval is out of
                range.
        """
        check_client(client)
        check_image_arn("image_identifier", image_identifier)
        if on_step is not None and not callable(on_step):
            refuse("on_step", "a function with one parameter", on_step)
        self.client = client
        self.image_arn = image_identifier
        self.target = target
        self.before: str | None = None
        """The current version as first read."""
        self.current: str | None = None
        """The current version as last read."""
        self.latest_active: str | None = None
        """The image's `latest_active_image_version` as last read."""
        self.own = OwnChanges()
        self.changes = Changes(on_step, self.pause)
        self._name = name
        self._timeout = timeout
        self._poll_interval = poll_interval
        self._image: Image | None = None
        self._is_read = False
        self._verdict: str | None = None
        self.restart_clock()
        self._second_reading = min(_SECOND_READING, poll_interval)

    def __enter__(self) -> Self:
        """Return the job."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Raise a failure after the first change as a `ReleaseError`."""
        if exc_value is None or isinstance(exc_value, ReleaseError):
            return
        if not isinstance(exc_value, Exception):
            add_note(exc_value, str(self.error("interrupted")))
        elif self.changes.steps:
            reason = f"{type(exc_value).__name__}: {exc_value}"
            if isinstance(exc_value, WaiterError):
                reason = exc_value.reason  # It names the job.
            raise self.error(reason) from exc_value

    def restart_clock(self) -> None:
        """Restart the timeout."""
        self._pace = Pace(timeout=self._timeout, poll_interval=self._poll_interval)

    def pause(self, obstacle: str, *, at_least: float = 0) -> None:
        """Pause before the next poll.

        Args:
            obstacle: What the job is waiting for, for the error.
            at_least: Shortest pause, in seconds.

        Raises:
            WaiterError: Timed out.
        """
        self._verdict = None
        if not self._pace.pause(at_least=at_least):
            raise WaiterError(
                self._name,
                f"{self._pace.timeout_reason}: {obstacle}",
                identifier=self.image_arn,
                image_version=self.target,
                last_result=self._image,
                timed_out=True,
            )

    def is_read_twice(self, verdict: str) -> bool:
        """Return whether two readings, one directly after the other, led to the same verdict.

        Args:
            verdict: What the last reading led to.

        Returns:
            `False`, after a pause, if another reading is needed.
        """
        if verdict == self._verdict:
            return True
        self.pause(f"a second reading has to confirm that {verdict}", at_least=self._second_reading)
        self._verdict = verdict
        return False

    def read_latest_active_again(self) -> None:
        """Read the image once more, after a pause, unless the job timed out."""
        if self._pace.pause(at_least=self._second_reading):
            self.read_image()

    def error(self, reason: str) -> ReleaseError:
        """Make the error of this job. No call is made.

        Args:
            reason: Why the job cannot continue.

        Returns:
            The error.
        """
        return ReleaseError(
            self._name,
            reason,
            image_arn=self.image_arn,
            target=self.target,
            steps=self.changes.steps,
            current=self.current,
        )

    def read(self, call: Callable[[], ResponseT]) -> ResponseT:
        """Make a call that changes nothing, again if the service throttles it.

        Args:
            call: Makes the call.

        Returns:
            What it returns.
        """
        return repeat_while_busy(
            call, lambda error: self.pause(str(error), at_least=retry_after(error))
        )

    def read_image(self) -> Image:
        """Read the image."""
        image = self.read(lambda: self.client.get_microvm_image(image_identifier=self.image_arn))
        self._image = image
        self.image_arn = image.image_arn
        self.latest_active = image.latest_active_image_version
        return image

    def read_all(self) -> Reading:
        """Read the image and its versions.

        Raises:
            ReleaseError: The image is being deleted.
            WaiterError: Timed out.
        """
        image = self.read_image()
        obstacle = None if image.state in _SETTLED else f"the image is {image.state}"
        if obstacle is not None and image.state in _DELETED:
            raise self.error(obstacle)
        listed = self.list_versions()
        return Reading(listed, self.with_own_changes(listed), obstacle)

    def list_versions(self) -> list[ImageVersion]:
        """List the versions, as the service shows them and without those that are gone."""
        return self.read(lambda: list_versions(self.client, self.image_arn))

    def with_own_changes(self, listed: list[ImageVersion]) -> list[ImageVersion]:
        """Replace the records of a listing that lag behind what the job knows.

        Args:
            listed: The versions as listed.

        Returns:
            The newest record of each. The current version among them is remembered.
        """
        versions = [self.own.newest(version) for version in listed]
        current = current_of(versions)
        self.current = None if current is None else current.image_version
        if not self._is_read:
            self.before = self.current
            self._is_read = True
        return versions

    def get_version(self, version: str) -> ImageVersion | None:
        """Get a version; `None` if the service does not know it."""
        try:
            return self.read(
                lambda: self.client.get_microvm_image_version(
                    image_identifier=self.image_arn, image_version=version
                )
            )
        except ServiceError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
            return None

    def is_confirmed(self, listed: ImageVersion) -> bool:
        """Get a version before its status decides about a change: listings may lag behind.

        Args:
            listed: The version as listed, or a newer record of it.

        Returns:
            `False`, after a pause, if Get shows something else.
        """
        version = self.get_version(listed.image_version)
        if version is not None:
            version = self.own.newest(version)
            if (version.state, version.status) == (listed.state, listed.status):
                return True
        found = "not found" if version is None else f"{version.state} and {version.status}"
        self.pause(
            f"version {listed.image_version} is listed as {listed.state} and {listed.status}, "
            f"but it is {found}"
        )
        return False

    def set_status(self, version: ImageVersion, status: ImageVersionStatus) -> bool:
        """Change the status of a version.

        Args:
            version: The newest record of the version.
            status: Its new status.

        Returns:
            Whether the service confirmed the change. If not, the job has paused, and has to read
            again to see whether the change was made.
        """
        active = status == ImageVersionStatus.ACTIVE
        action = StepAction.ACTIVATED if active else StepAction.DEACTIVATED
        step = ReleaseStep(action, version.image_version)
        response = self.changes.make(
            step,
            lambda: self.client.update_microvm_image_version(
                image_identifier=self.image_arn, image_version=version.image_version, status=status
            ),
            lambda response: response.status == status,
        )
        if response is not None:
            self.own.add(response)
        elif self.changes.ended_with_doubt(step):
            self.own.add_unconfirmed(version, status)
        return response is not None

    def delete(self, version: ImageVersion) -> bool:
        """Begin to delete a version.

        Args:
            version: The version.

        Returns:
            As `set_status`.
        """
        response = self.changes.make(
            ReleaseStep(StepAction.DELETING, version.image_version),
            lambda: self.client.delete_microvm_image_version(
                image_identifier=self.image_arn, image_version=version.image_version
            ),
        )
        return response is not None
