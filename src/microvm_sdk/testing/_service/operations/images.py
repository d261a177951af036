"""Operations on images."""

from typing import Any

from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._conditions import conditions
from microvm_sdk.testing._scheduled_failures import (
    BuildFailure,
    HangingBuild,
    scheduled_failures,
)
from microvm_sdk.testing._service.http import refusals
from microvm_sdk.testing._service.http.pages import page
from microvm_sdk.testing._service.operations.setting_rules import base_version, check_settings
from microvm_sdk.testing._service.state.account import Account
from microvm_sdk.testing._service.state.build_logs import BuildLog
from microvm_sdk.testing._service.state.builds import failure_in_uri, start_builds
from microvm_sdk.testing._service.state.hook_calls import build_hooks, call_build_hooks
from microvm_sdk.testing._service.state.stored_images import Image
from microvm_sdk.testing._service.state.stored_microvms import Microvm
from microvm_sdk.testing._service.state.stored_versions import DEFAULT_RESOURCES, SETTINGS, Version
from microvm_sdk.testing._service.state.transitions import BUILDS, Lifecycle

Values = dict[str, Any]

_MOST_VERSIONS = 50


class ImageOperations:
    """Create, update, get, list and delete images."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def create_microvm_image(self, values: Values) -> Values:
        """Create an image and build its first version."""
        tokens = self._account.client_tokens
        return tokens.run_once("CreateMicrovmImage", values, self._create)

    def update_microvm_image(self, values: Values) -> Values:
        """Build a new version; omitted settings are reset."""
        tokens = self._account.client_tokens
        return tokens.run_once("UpdateMicrovmImage", values, self._update)

    def get_microvm_image(self, values: Values) -> Values:
        """Get an image."""
        return self._account.poll_image(values["imageIdentifier"]).to_response()

    def list_microvm_images(self, values: Values) -> Values:
        """List images; the page size is applied before the filter."""
        for image in self._account.images.values():
            image.poll(clock.now())
        self._account.settle_images()
        name_filter = values.get("nameFilter", "")
        images, token = page(
            self._account.images.values(),
            lambda image: image.position,
            values,
            ("images", name_filter),
        )
        return {
            "items": [image.to_summary() for image in images if name_filter in image.name],
            "nextToken": token,
        }

    def delete_microvm_image(self, values: Values) -> Values:
        """Delete an image without MicroVMs; deleting it again succeeds."""
        arn = values["imageIdentifier"]
        image = self._account.find_image(arn)
        if image is None and arn in self._account.deleted_images:
            return {"imageIdentifier": arn, "state": "DELETED"}
        image = self._account.get_image(arn)
        if image.deletion is None:
            if image.busy:
                raise refusals.image_not_deletable(arn)
            microvms = (each for each in self._account.microvms.values() if each.image_arn == arn)
            if any(map(_is_alive, microvms)):
                raise refusals.image_in_use()
            image.start_deletion()
        return {"imageIdentifier": arn, "state": image.state}

    def _create(self, values: Values) -> Values:
        account = self._account
        account.settle_images()
        arn = account.image_arn(values["name"])
        if values["name"] in account.images:
            raise refusals.name_taken(values["name"])
        self._require_build_quota()
        now = clock.now()
        tags = values.get("tags")
        image = Image(arn, values["name"], account.images_made, now, now, dict(tags or {}))
        version = self._start_version(image, values)
        account.images[image.name] = image
        account.images_made += 1
        account.deleted_images.discard(arn)
        return image.to_response_with(version) | {"tags": tags}

    def _update(self, values: Values) -> Values:
        image = self._account.get_image(values["imageIdentifier"])
        image.require_idle()
        if len(image.versions) >= _MOST_VERSIONS:
            raise refusals.too_many_versions(image.arn, _MOST_VERSIONS)
        self._require_build_quota()
        return image.to_response_with(self._start_version(image, values))

    def _require_build_quota(self) -> None:
        building = sum(image.building for image in self._account.images.values())
        most = conditions.settings.concurrent_builds
        if most is not None and building >= most:
            raise refusals.too_many_builds(self._account.account_id)

    def _start_version(self, image: Image, values: Values) -> Version:
        check_settings(values)
        base = base_version(values, self._account.managed_image_arn(""))
        now = clock.now()
        internet = self._account.connector_arn("INTERNET_EGRESS")
        settings = {name: values[name] for name in SETTINGS if name in values}
        settings["baseImageVersion"] = base
        settings.setdefault("egressNetworkConnectors", [internet])
        settings.setdefault("resources", DEFAULT_RESOURCES)
        builds = start_builds(values.get("cpuConfigurations"), now)
        scheduled = scheduled_failures.next_for_build(image.name)
        uri = values["codeArtifact"]["uri"]
        failure, output = failure_in_uri(uri), None
        if conditions.settings.artifacts_required and not self._account.has_artifact(uri):
            failure = f"The code artifact {uri} was not found."
        if isinstance(scheduled, BuildFailure):
            failure, output = scheduled.reason, scheduled.output
        hooks = [] if failure or scheduled else build_hooks(settings.get("hooks", {}))
        if isinstance(scheduled, HangingBuild) or hooks:
            lifecycle = Lifecycle(BUILDS, "PENDING", "IN_PROGRESS", endless=True)
        else:
            end = "FAILED" if failure else "SUCCESSFUL"
            lifecycle = Lifecycle(BUILDS, "PENDING", "IN_PROGRESS", end)
        number = image.versions_made + 1
        log = BuildLog(image.arn, f"{number}.0", settings, builds, output)
        version = Version(number, settings, builds, now, now, lifecycle, log, failure=failure)
        image.start_version(version)
        if hooks:
            call_build_hooks(hooks, version.end_build)
        return version


def _is_alive(microvm: Microvm) -> bool:
    microvm.settle(clock.now())
    return microvm.state != "TERMINATED"
