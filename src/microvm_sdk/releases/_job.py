"""A job on an image that takes several calls: its reads, its changes, its pauses, its failure."""

from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from typing_extensions import Self

from microvm_sdk._image_versions import list_versions
from microvm_sdk._release_steps import ReleaseStep, StepAction
from microvm_sdk._version_numbers import Number, version_number
from microvm_sdk._waits.pace import Pace
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import (
    ErrorKind,
    ReleaseError,
    ResponseValidationError,
    ServiceError,
    WaiterError,
)
from microvm_sdk.models import (
    Image,
    ImageState,
    ImageVersion,
    ImageVersionStatus,
)
from microvm_sdk.models.image import IMAGE_SETTLED

ResponseT = TypeVar("ResponseT")

# An image accepts changes in these states, even if its deletion failed.
_SETTLED = IMAGE_SETTLED.success | {ImageState.DELETE_FAILED}
_DELETED = IMAGE_SETTLED.failure - _SETTLED
# The call had no effect and can be retried.
_LATER = {ErrorKind.BUSY, ErrorKind.THROTTLED}


def number_of_current(image: Image) -> Number | None:
    """Return the number of the current version; `None` if there is none, or its form is unknown."""
    current = image.latest_active_image_version
    return None if current is None else version_number(current)


def is_later(version: ImageVersion, known: ImageVersion) -> bool:
    """Return whether a record of a version shows a change that another one does not have yet."""
    return (
        version.updated_at is not None
        and known.updated_at is not None
        and version.updated_at > known.updated_at
    )


class Job:
    """A job on an image.

    A context manager: once the job has changed something, an exception that ends the block becomes
    a `ReleaseError`.
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
        """Start the clock.

        Args:
            name: The function that the caller called.
            client: The client.
            image_identifier: ARN of the image.
            target: The version that the job is about.
            timeout: How long the job may wait, in seconds.
            poll_interval: Longest pause between two polls, in seconds.
            on_step: Called after each change.

        Raises:
            TypeError: The timeout or the interval is not a number.
            ValueError: The timeout or the interval is out of range.
        """
        self.client = client
        self.image_arn = image_identifier
        self.target = target
        self.current: str | None = None
        """The current version as last read."""
        self.steps: list[ReleaseStep] = []
        self._name = name
        self._timeout = timeout
        self._poll_interval = poll_interval
        self._on_step = on_step
        self._image: Image | None = None
        self.restart_clock()

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
        if not self.steps or isinstance(exc_value, ReleaseError):
            return
        if isinstance(exc_value, WaiterError):
            raise self.error(exc_value.reason) from exc_value
        if isinstance(exc_value, Exception):
            reason = f"{type(exc_value).__name__}: {exc_value}"
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
        if not self._pace.pause(at_least=at_least):
            raise WaiterError(
                self._name,
                f"{self._pace.timeout_reason}: {obstacle}",
                identifier=self.image_arn,
                image_version=self.target,
                last_result=self._image,
                timed_out=True,
            )

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
            steps=self.steps,
            current=self.current,
        )

    def read(self, call: Callable[[], ResponseT]) -> ResponseT:
        """Make a call that changes nothing, again if the service throttles it.

        Args:
            call: Makes the call.

        Returns:
            What it returns.
        """
        while True:
            try:
                return call()
            except ServiceError as error:  # noqa: PERF203  The time goes into calls and pauses.
                if error.kind is not ErrorKind.THROTTLED:
                    raise
                self.pause(str(error), at_least=error.retry_after_seconds or 0)

    def read_image(self) -> Image:
        """Read the image, and from it the current version."""
        image = self.read(lambda: self.client.get_microvm_image(image_identifier=self.image_arn))
        self._image = image
        self.image_arn = image.image_arn
        self.current = image.latest_active_image_version
        return image

    def read_version(self, version: str) -> ImageVersion:
        """Get a version."""
        return self.read(
            lambda: self.client.get_microvm_image_version(
                image_identifier=self.image_arn, image_version=version
            )
        )

    def is_confirmed(
        self,
        listed: ImageVersion,
        newest_record: Callable[[ImageVersion], ImageVersion] = lambda version: version,
    ) -> bool:
        """Get a version before its status decides about a change: listings may lag behind.

        Args:
            listed: The version as listed.
            newest_record: Replaces what Get returns if the job knows more.

        Returns:
            `False`, after a pause, if Get shows something else.
        """
        try:
            version = newest_record(self.read_version(listed.image_version))
        except ServiceError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
            found = "not found"
        else:
            if (version.state, version.status) == (listed.state, listed.status):
                return True
            found = f"{version.state} and {version.status}"
        self.pause(
            f"version {listed.image_version} is listed as {listed.state} and {listed.status}, "
            f"but it is {found}"
        )
        return False

    def settled_image(self, image: Image | None = None) -> Image:
        """Wait until the image can be changed.

        Args:
            image: The image, if it was just read.

        Returns:
            The image.

        Raises:
            ReleaseError: The image is being deleted.
            WaiterError: Timed out.
        """
        image = image or self.read_image()
        while image.state not in _SETTLED:
            obstacle = f"the image is {image.state}"
            if image.state in _DELETED:
                raise self.error(obstacle)
            self.pause(obstacle)
            image = self.read_image()
        return image

    def versions(self) -> list[ImageVersion]:
        """List the versions, without those that are gone."""
        return self.read(lambda: list_versions(self.client, self.image_arn))

    def set_status(self, version: ImageVersion, status: ImageVersionStatus) -> ImageVersion | None:
        """Change the status of a version.

        Args:
            version: The version.
            status: Its new status.

        Returns:
            The version as it is now; `None`, after a pause, if the change has to be tried again.
        """
        active = status == ImageVersionStatus.ACTIVE
        action = StepAction.ACTIVATED if active else StepAction.DEACTIVATED
        response = self._change(
            ReleaseStep(action, version.image_version),
            lambda: self.client.update_microvm_image_version(
                image_identifier=self.image_arn, image_version=version.image_version, status=status
            ),
        )
        if response is not None and response.status != status:
            self.pause(f"version {version.image_version} stays {response.status}")
            return None
        return response

    def delete(self, version: ImageVersion) -> bool:
        """Begin to delete a version.

        Args:
            version: The version.

        Returns:
            `False`, after a pause, if the deletion has to be tried again.
        """
        response = self._change(
            ReleaseStep(StepAction.DELETED, version.image_version),
            lambda: self.client.delete_microvm_image_version(
                image_identifier=self.image_arn, image_version=version.image_version
            ),
        )
        return response is not None

    def _change(self, step: ReleaseStep, call: Callable[[], ResponseT]) -> ResponseT | None:
        """Change something; return `None`, after a pause, if the image was busy."""
        try:
            response = call()
        except ResponseValidationError:
            # The change took effect.
            self._record(step)
            raise
        except ServiceError as error:
            if error.kind not in _LATER:
                raise
            self.pause(str(error), at_least=error.retry_after_seconds or 0)
            return None
        self._record(step)
        return response

    def _record(self, step: ReleaseStep) -> None:
        self.steps.append(step)
        if self._on_step is not None:
            self._on_step(step)
