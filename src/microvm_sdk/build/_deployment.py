"""Deploying: create an image or build a new version of it, beside other deployers."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from botocore.exceptions import HTTPClientError
from typing_extensions import Unpack

from microvm_sdk._arguments import check_client, refuse
from microvm_sdk._image_versions import current_of, list_versions, numbered
from microvm_sdk._version_numbers import require_version_number, version_name
from microvm_sdk._waits.busy import repeat_while_busy
from microvm_sdk._waits.pace import Pace
from microvm_sdk.arns import managed_image_arn, valid_image_name
from microvm_sdk.build._log import log_group_of
from microvm_sdk.build._settings import SettingsToChange, check_changes, has_settings
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import (
    BuildError,
    ErrorKind,
    NoCurrentVersionError,
    ResponseValidationError,
    ServiceError,
    WaiterError,
)
from microvm_sdk.images import find_image
from microvm_sdk.models import (
    CodeArtifactUri,
    CreatedImage,
    ImageState,
    ImageVersion,
    ImageVersionState,
    UpdatedImage,
)
from microvm_sdk.settings import image_settings

ResponseT = TypeVar("ResponseT")

_BASE_IMAGE = "al2023-1"
# A key that `upload` makes: what has the same key has the same content.
_KEY_OF_CONTENT = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}\.zip")
_UNFINISHED = {ImageVersionState.PENDING, ImageVersionState.IN_PROGRESS}
_GONE = {ImageState.DELETING, ImageState.DELETED}
# How often a request without a clear response is sent again.
_REPETITIONS = 3
# Before a listing is read a second time, in seconds: reads lag for a moment.
_SECOND_READING = 1.0
_FIRST_SERVER_ERROR = 500


@dataclass(frozen=True)
class Deployment:
    """What a deployment led to."""

    image_arn: str
    """ARN of the image."""
    image_version: ImageVersion
    """The version that has the code."""
    is_new: bool
    """Whether this deployment built the version."""
    current: str | None
    """The version that MicroVMs start from, as last read; `None` if there is none.

    It differs from `image_version` if another process has changed the image meanwhile.
    """


def deploy(
    client: MicroVMClient,
    *,
    name: str,
    code_artifact: CodeArtifactUri,
    settings_of: str | None = None,
    timeout: float = 1800,
    poll_interval: float = 10,
    on_poll: Callable[[ImageVersion], object] | None = None,
    **changes: Unpack[SettingsToChange],
) -> Deployment:
    """Create an image, or build a new version of the one that has the name, and wait for it.

    A version that is built becomes current by itself: MicroVMs start from it from then on, unless
    they name another one.

    Settings that are not named stay as they are in the current version. Nothing is built if the
    current version has this code and these settings. Code is only known to be the same if its key
    ends in a digest, as those of `upload` do. Members of nested settings that you leave out are not
    compared, as the service fills them in. For the same reason `None` for `resources`,
    `egress_network_connectors` or `base_image_version` builds a version each time.

    A version that is being built is awaited first, and so is an image that is busy, until the
    timeout. The function can be called again with the same arguments, also after an interruption.

    Args:
        client: The client.
        name: Name of the image, 1 to 64 letters, digits, `-` and `_`.
        code_artifact: The code to build, such as what `upload` returned.
        settings_of: Number of the version to take the other settings from, such as `3.0`. If
            omitted, the current one.
        timeout: How long to wait in all, in seconds: 0 or more. A call that hangs is bounded by the
            client's own timeouts and retries, not by this.
        poll_interval: Longest pause between two polls, in seconds: more than 0.
        on_poll: Called after every successful poll with the version that is awaited. That may be
            one that another process builds, as it is listed.
        **changes: Settings to change, by the names of `ImageSettings`. A new image needs
            `build_role_arn`; its `base_image_arn` is `al2023-1` of the region by default.

    Returns:
        The version, whether it was built, and which version is current.

    Raises:
        BuildError: The version could not be built.
        NoCurrentVersionError: The image has no version that can start MicroVMs, and so no settings
            to keep. Name a version in `settings_of`.
        WaiterError: Timed out.
        ServiceError: The service returned another error.
        ResponseValidationError: A response does not match the model.
        TypeError: An argument has the wrong type, or is not a setting.
        ValueError: An argument is out of range, or a new image has no `build_role_arn`.
    """
    job = _Job(client, name, code_artifact, settings_of, changes, on_poll)
    job.pace = Pace(timeout=timeout, poll_interval=poll_interval)
    job.poll_interval = poll_interval
    started = None
    while started is None:
        ready = job.prepare()
        if isinstance(ready, Deployment):
            return ready
        if ready is not None:
            started = job.start(ready)
    return job.finish(started)


@dataclass(frozen=True)
class _Request:
    """The creation of an image, or an update."""

    image_arn: str | None
    """ARN of the image to update; `None` to create one."""
    settings: Mapping[str, Any]


class _Job:
    """A deployment."""

    pace: Pace
    poll_interval: float

    def __init__(
        self,
        client: MicroVMClient,
        name: str,
        code_artifact: CodeArtifactUri,
        settings_of: str | None,
        changes: SettingsToChange,
        on_poll: Callable[[ImageVersion], object] | None,
    ) -> None:
        check_client(client)
        if not isinstance(code_artifact, CodeArtifactUri):
            cure = "pass what upload returns, or CodeArtifactUri(uri=...)"
            refuse("code_artifact", "a CodeArtifactUri", code_artifact, cure)
        if on_poll is not None and not callable(on_poll):
            refuse("on_poll", "a function with one parameter", on_poll)
        check_changes(changes)
        self.client = client
        self.name = valid_image_name(name)
        self.code = code_artifact
        self.settings_of = settings_of
        if settings_of is not None:
            self.settings_of = version_name(require_version_number("settings_of", settings_of))
        self.changes: dict[str, Any] = {**changes}
        self.on_poll = on_poll

    def prepare(self) -> "Deployment | _Request | None":
        """Read the image, and decide what to do.

        Returns:
            The result if there is nothing to build, or the request that starts a build; `None`,
            after a pause, if the image has to be read again.
        """
        image = self._read(lambda: find_image(self.client, self.name))
        if image is None:
            return self._creation()
        if image.state in _GONE:
            return self._pause(f"the image {self.name} is {image.state}")
        arn = image.image_arn
        try:
            versions = self._read(lambda: list_versions(self.client, arn))
            current = current_of(versions)
            unfinished = _unfinished(versions, current)
            if unfinished is not None:
                self._report(unfinished)
                return self._pause(
                    f"version {unfinished.image_version}, which another deployment builds, is "
                    f"{unfinished.state}"
                )
            if self.settings_of is None and current is None:
                raise NoCurrentVersionError(arn, versions)
            return self._update(arn, current)
        except ServiceError as error:
            # The image or its current version has been deleted since it was listed.
            if error.kind is not ErrorKind.NOT_FOUND or self.settings_of is not None:
                raise
            return self._pause(str(error))

    def _creation(self) -> _Request:
        if "build_role_arn" not in self.changes:
            msg = f"build_role_arn is needed: there is no image {self.name!r} yet"
            raise ValueError(msg)
        region = self.client.boto3_client.meta.region_name
        base = {"base_image_arn": managed_image_arn(_BASE_IMAGE, region=region)}
        return _Request(None, {**base, **self.changes, "code_artifact": self.code})

    def _update(self, arn: str, current: ImageVersion | None) -> "Deployment | _Request":
        kept = self.settings_of or cast("ImageVersion", current).image_version
        settings: dict[str, Any] = {
            **self._read(
                lambda: image_settings(self.client, image_identifier=arn, image_version=kept)
            )
        }
        wanted = {**settings, **self.changes, "code_artifact": self.code}
        if current is not None and _KEY_OF_CONTENT.search(self.code.uri):
            has = settings
            compared = {**self.changes, "code_artifact": self.code}
            if current.image_version != kept:
                number = current.image_version
                has = {
                    **self._read(
                        lambda: image_settings(
                            self.client, image_identifier=arn, image_version=number
                        )
                    )
                }
                compared = {**dict.fromkeys(has), **wanted}
            if has_settings(cast("Any", has), compared):
                version = self._read(
                    lambda: self.client.get_microvm_image_version(
                        image_identifier=arn, image_version=current.image_version
                    )
                )
                return Deployment(arn, version, is_new=False, current=current.image_version)
        return _Request(arn, wanted)

    def start(self, request: _Request) -> CreatedImage | UpdatedImage | None:
        """Start a build.

        Returns:
            The response; `None`, after a pause, if the image was busy or the name is taken.
        """
        # Random, and kept for repetitions only. The service would respond to one that is made from
        # the content as it did the first time, and build nothing.
        token = str(uuid.uuid4())
        repetitions = 0
        while True:
            try:
                return self._send(request, token)
            except (ServiceError, ResponseValidationError, HTTPClientError) as error:
                if not _may_have_started(error):
                    return self._pause_if_temporary(error)
                repetitions += 1
                if repetitions > _REPETITIONS:
                    raise
                # With the same token, so that the service returns its first response, if any.
                self._pause(f"the request to build has no clear response: {error}")

    def _send(self, request: _Request, token: str) -> CreatedImage | UpdatedImage:
        if request.image_arn is None:
            return self.client.create_microvm_image(
                name=self.name, client_token=token, **request.settings
            )
        return self.client.update_microvm_image(
            image_identifier=request.image_arn, client_token=token, **request.settings
        )

    def _pause_if_temporary(self, error: Exception) -> None:
        if isinstance(error, ServiceError):
            # The name is taken by an image that somebody has just created, or is deleting.
            if error.kind in {ErrorKind.BUSY, ErrorKind.THROTTLED, ErrorKind.NAME_TAKEN}:
                return self._pause(str(error), at_least=error.retry_after_seconds or 0)
        raise error

    def finish(self, started: CreatedImage | UpdatedImage) -> Deployment:
        """Wait for a build that has been started."""
        arn, number = started.image_arn, started.image_version
        try:
            version = self._built(arn, number)
            current = self._current(arn, number)
        except (BuildError, WaiterError):
            raise
        except BaseException as error:
            _add_note(
                error,
                f"version {number} of {arn} is being built, and becomes current when it is built",
            )
            raise
        return Deployment(arn, version, is_new=True, current=current)

    def _built(self, arn: str, number: str) -> ImageVersion:
        try:
            return self.client.wait_until_image_version_ready(
                image_identifier=arn,
                image_version=number,
                timeout=max(0, self.pace.timeout - self.pace.elapsed),
                poll_interval=self.poll_interval,
                on_poll=self.on_poll,
            )
        except WaiterError as error:
            last = error.last_result
            if isinstance(last, ImageVersion) and last.state == ImageVersionState.FAILED:
                raise BuildError(
                    "deploy",
                    error.reason,
                    identifier=arn,
                    image_version=number,
                    last_result=last,
                    failed_builds=error.failed_builds,
                    log_group=log_group_of(last),
                ) from error
            if not error.timed_out:
                raise
            state = error.last_state or "not known yet"
            reason = (
                f"{self.pace.timeout_reason}: version {number} is {state}; it is still being "
                "built, and becomes current when it is built"
            )
            raise self._timeout(reason, arn, number, last) from error

    def _current(self, arn: str, number: str) -> str | None:
        current = self._read(lambda: current_of(list_versions(self.client, arn)))
        if current is None or current.image_version != number:
            # The listing may lag behind the build.
            self.pace.pause(at_least=_SECOND_READING)
            current = self._read(lambda: current_of(list_versions(self.client, arn)))
        return None if current is None else current.image_version

    def _read(self, call: Callable[[], ResponseT]) -> ResponseT:
        def pause(error: ServiceError) -> None:
            self._pause(str(error), at_least=error.retry_after_seconds or 0)

        return repeat_while_busy(call, pause)

    def _report(self, version: ImageVersion) -> None:
        if self.on_poll is not None:
            self.on_poll(version)

    def _pause(self, obstacle: str, *, at_least: float = 0) -> None:
        if not self.pace.pause(at_least=at_least):
            raise self._timeout(f"{self.pace.timeout_reason}: {obstacle}", self.name)

    def _timeout(
        self,
        reason: str,
        identifier: str,
        image_version: str | None = None,
        last_result: Any = None,
    ) -> WaiterError:
        return WaiterError(
            "deploy",
            reason,
            identifier=identifier,
            image_version=image_version,
            last_result=last_result,
            timed_out=True,
        )


def _unfinished(
    versions: "list[ImageVersion]", current: ImageVersion | None
) -> ImageVersion | None:
    """Return the newest version that is being built, if it is newer than the current one."""
    building = numbered(version for version in versions if version.state in _UNFINISHED)
    if not building:
        return None
    newest = max(building)
    if current is not None and newest < max(numbered([current])):
        return None
    return building[newest]


def _may_have_started(error: Exception) -> bool:
    """Return whether a build may have been started although the call failed."""
    if not isinstance(error, ServiceError):
        return True
    metadata: Any = error.response.get("ResponseMetadata", {})
    is_rejection = (error.status_code or _FIRST_SERVER_ERROR) < _FIRST_SERVER_ERROR
    # After a retry of botocore's, the response to the first request may have been lost.
    return not is_rejection or metadata.get("RetryAttempts", 0) > 0


def _add_note(error: BaseException, note: str) -> None:
    # Python 3.11 has `add_note`, which does the same.
    error.__notes__ = [*getattr(error, "__notes__", []), note]
