"""Deploying: create an image or build a new version of it, beside other deployers."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import Unpack

from microvm_sdk._arguments import check_client, refuse
from microvm_sdk._image_versions import current_of, list_versions, numbered
from microvm_sdk._version_numbers import require_version_number, version_name
from microvm_sdk.arns import managed_image_arn, valid_image_name
from microvm_sdk.build._request import BuildRequest, add_note, start_build
from microvm_sdk.build._settings import SettingsToChange, check_changes, has_settings
from microvm_sdk.build._waiting import Waiting
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import (
    ErrorKind,
    NoCurrentVersionError,
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
from microvm_sdk.settings import ImageSettings, image_settings

_BASE_IMAGE = "al2023-1"
# The end of a key that `upload` makes, which depends on the content alone.
_KEY_OF_CONTENT = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}\.zip\Z")
_UNFINISHED = {ImageVersionState.PENDING, ImageVersionState.IN_PROGRESS}
_GONE = {ImageState.DELETING, ImageState.DELETED}


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

    It differs from `image_version` if another process has changed the image in the meantime.
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

    If a version is being built or the image is busy, the function first waits for that, until the
    timeout. It can be called again with the same arguments, also after an interruption.

    Args:
        client: The client.
        name: Name of the image, 1 to 64 letters, digits, `-` and `_`.
        code_artifact: The code to build, such as what `upload` returned.
        settings_of: Number of the version to take the other settings from, such as `3.0`. If
            omitted, the current one.
        timeout: How long to wait in all, in seconds: 0 or more. A call that hangs is bounded by the
            client's own timeouts and retries, not by this.
        poll_interval: Longest pause between two polls, in seconds: more than 0.
        on_poll: Called after every successful poll with the version that is being built. It may be
            one that another process started, as the listing shows it.
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
    check_client(client)
    _check_code(code_artifact)
    if on_poll is not None and not callable(on_poll):
        refuse("on_poll", "a function with one parameter", on_poll)
    name, settings_of = check_deployment(name, settings_of, changes)
    waiting = Waiting(name, timeout=timeout, poll_interval=poll_interval)
    job = _Job(client, name, {**changes, "code_artifact": code_artifact}, waiting)
    started = None
    while started is None:
        found = job.find_work(settings_of, on_poll)
        if isinstance(found, Deployment):
            return found
        if found is not None:
            started = start_build(client, found, waiting)
    return job.finish(started, on_poll)


def _check_code(code_artifact: object) -> None:
    if not isinstance(code_artifact, CodeArtifactUri):
        cure = "pass what upload returns, or CodeArtifactUri(uri=...)"
        refuse("code_artifact", "a CodeArtifactUri", code_artifact, cure)


def check_deployment(
    name: str, settings_of: str | None, changes: Mapping[str, Any]
) -> tuple[str, str | None]:
    """Check the arguments of `deploy` that are known before the code is uploaded.

    Args:
        name: Name of the image.
        settings_of: Number of a version, or `None`.
        changes: The settings to change.

    Returns:
        The name and the number, in the forms that the service uses.

    Raises:
        TypeError: An argument has the wrong type, or is not a setting.
        ValueError: An argument is invalid.
    """
    if settings_of is not None:
        settings_of = version_name(require_version_number("settings_of", settings_of))
    check_changes(changes)
    return valid_image_name(name), settings_of


class _Job:
    """A deployment."""

    def __init__(
        self, client: MicroVMClient, name: str, changes: dict[str, Any], waiting: Waiting
    ) -> None:
        self._client = client
        self._name = name
        self._changes = changes  # the code artifact is one of them
        self._waiting = waiting

    def find_work(
        self, settings_of: str | None, on_poll: Callable[[ImageVersion], object] | None
    ) -> Deployment | BuildRequest | None:
        """Read the image, and decide what to do.

        Args:
            settings_of: The version to take settings from.
            on_poll: Called with a version that another process builds.

        Returns:
            The result if there is nothing to build, or the request that starts a build; `None`,
            after a pause, if the image has to be read again.
        """
        image = self._waiting.read(lambda: find_image(self._client, self._name))
        if image is None:
            return self._creation()
        obstacle = f"the image is {image.state}"
        if image.state not in _GONE:
            try:
                versions = self._versions(image.image_arn)
                current = current_of(versions)
                unfinished = _unfinished(versions, current)
                if unfinished is None:
                    return self._update(image.image_arn, versions, current, settings_of)
            except ServiceError as error:
                # The image or its current version has been deleted since it was listed.
                if error.kind is not ErrorKind.NOT_FOUND or settings_of is not None:
                    raise
                obstacle = str(error)
            else:
                if on_poll is not None:
                    on_poll(unfinished)
                obstacle = (
                    f"version {unfinished.image_version} is {unfinished.state}, "
                    "started by another process or by an earlier call"
                )
        self._waiting.pause(obstacle)
        return None

    def _creation(self) -> BuildRequest:
        if "build_role_arn" not in self._changes:
            msg = f"build_role_arn is needed, because there is no image {self._name!r} yet"
            raise ValueError(msg)
        region = self._client.boto3_client.meta.region_name
        base = managed_image_arn(_BASE_IMAGE, region=region)
        return BuildRequest(self._name, None, {"base_image_arn": base, **self._changes})

    def _update(
        self,
        arn: str,
        versions: list[ImageVersion],
        current: ImageVersion | None,
        settings_of: str | None,
    ) -> Deployment | BuildRequest:
        kept = current.image_version if settings_of is None and current else settings_of
        if kept is None:
            raise NoCurrentVersionError(arn, versions)
        settings = self._settings(arn, kept)
        wanted: dict[str, Any] = {**settings, **self._changes}
        if current is not None and _KEY_OF_CONTENT.search(self._changes["code_artifact"].uri):
            number = current.image_version
            if kept == number:
                is_built = has_settings(settings, self._changes)
            else:
                found = self._settings(arn, number)
                is_built = has_settings(found, {**dict.fromkeys(found), **wanted})
            if is_built:
                version = self._waiting.read(
                    lambda: self._client.get_microvm_image_version(
                        image_identifier=arn, image_version=number
                    )
                )
                return Deployment(arn, version, is_new=False, current=number)
        return BuildRequest(self._name, arn, wanted)

    def _settings(self, arn: str, number: str) -> ImageSettings:
        return self._waiting.read(
            lambda: image_settings(self._client, image_identifier=arn, image_version=number)
        )

    def _versions(self, arn: str) -> list[ImageVersion]:
        return self._waiting.read(lambda: list_versions(self._client, arn))

    def finish(
        self,
        started: CreatedImage | UpdatedImage,
        on_poll: Callable[[ImageVersion], object] | None,
    ) -> Deployment:
        """Wait for a build that was started.

        Args:
            started: The response that started it.
            on_poll: Called with the version after every poll.

        Returns:
            The result.
        """
        arn, number = started.image_arn, started.image_version
        try:
            version = self._built(arn, number, on_poll)
            current = self._current(arn, number)
        except BaseException as error:
            if not isinstance(error, WaiterError):
                add_note(
                    error,
                    f"version {number} of {arn} was started; "
                    "it becomes current when it is built successfully",
                )
            raise
        return Deployment(arn, version, is_new=True, current=current)

    def _built(
        self, arn: str, number: str, on_poll: Callable[[ImageVersion], object] | None
    ) -> ImageVersion:
        try:
            return self._client.wait_until_image_version_ready(
                image_identifier=arn,
                image_version=number,
                timeout=self._waiting.left,
                poll_interval=self._waiting.poll_interval,
                on_poll=on_poll,
            )
        except WaiterError as error:
            if not error.timed_out:
                raise
            # The wait had what was left of the timeout; the error names the whole timeout.
            obstacle = (
                f"{error.reason.partition('; ')[2]}; "
                f"version {number} becomes current when it is built successfully"
            )
            raise self._waiting.timeout(obstacle, arn, number, error.last_result) from error

    def _current(self, arn: str, number: str) -> str | None:
        current = current_of(self._versions(arn))
        if current is None or current.image_version != number:
            self._waiting.pause_before_second_reading()
            current = current_of(self._versions(arn))
        return None if current is None else current.image_version


def _unfinished(versions: list[ImageVersion], current: ImageVersion | None) -> ImageVersion | None:
    """Return the newest version that is being built, if it is newer than the current one."""
    building = numbered(version for version in versions if version.state in _UNFINISHED)
    newest = max(building, default=None)
    if newest is None or (current is not None and newest < max(numbered([current]))):
        return None
    return building[newest]
