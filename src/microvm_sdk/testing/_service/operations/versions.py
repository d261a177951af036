"""Operations on the versions of images and on their builds."""

from typing import Any

from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._service.http import refusals
from microvm_sdk.testing._service.http.pages import page
from microvm_sdk.testing._service.state.account import Account
from microvm_sdk.testing._service.state.stored_images import Image
from microvm_sdk.testing._service.state.stored_versions import canonical_name

Values = dict[str, Any]


class VersionOperations:
    """Get, list, update and delete versions; get and list builds."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def get_microvm_image_version(self, values: Values) -> Values:
        """Get a version."""
        self._account.get_image_of_version(values).poll(clock.now())
        image, version = self._account.get_version(values)
        return version.to_response(image.arn)

    def list_microvm_image_versions(self, values: Values) -> Values:
        """List an image's versions, without their environment variables."""
        self._account.get_image(values["imageIdentifier"]).poll(clock.now())
        image = self._account.get_image(values["imageIdentifier"])
        versions, token = page(
            image.versions.values(),
            lambda version: version.number,
            values,
            ("versions", image.arn),
        )
        return {
            "items": [each.to_response(image.arn, with_environment=False) for each in versions],
            "nextToken": token,
        }

    def update_microvm_image_version(self, values: Values) -> Values:
        """Allow MicroVMs to be run from a version, or block them."""
        image, version = self._account.get_version(values)
        _require_idle(image)
        if version.state != "SUCCESSFUL":
            raise refusals.version_not_updatable(image.arn, version.name, version.state)
        version.active = values["status"] == "ACTIVE"
        version.updated_at = clock.now()
        return version.to_response(image.arn)

    def delete_microvm_image_version(self, values: Values) -> Values:
        """Delete a version, one at a time and never the last; deleting it again succeeds."""
        image = self._account.get_image_of_version(values)
        name = canonical_name(values["imageVersion"])
        response = {"imageIdentifier": image.arn, "imageVersion": name}
        made = {f"{number}.0" for number in range(1, image.versions_made + 1)}
        if name not in image.versions and name in made:
            return response | {"state": "DELETED"}
        image, version = self._account.get_version(values)
        if version.state != "DELETING":
            if len(image.versions) == 1:
                raise refusals.last_version()
            _require_idle(image)
            image.start_version_deletion(version)
        return response | {"state": version.state}

    def get_microvm_image_build(self, values: Values) -> Values:
        """Get a build, with the sizes of its snapshot."""
        self._account.get_image_of_version(values).poll(clock.now())
        image, version = self._account.get_version(values)
        response = version.build_response(image.arn, values["buildId"])
        if response is None:
            raise refusals.build_not_found(image.arn, version.name, values["buildId"])
        return response

    def list_microvm_image_builds(self, values: Values) -> Values:
        """List a version's builds."""
        self._account.get_image_of_version(values).poll(clock.now())
        image, version = self._account.get_version(values)
        filters = (
            str(values.get(name)) for name in ("architecture", "chipset", "chipsetGeneration")
        )
        numbered, token = page(
            enumerate(version.build_summaries(image.arn, values)),
            lambda numbered: numbered[0],
            values,
            ("builds", image.arn, version.name, *filters),
        )
        return {"items": [build for _, build in numbered], "nextToken": token}


def _require_idle(image: Image) -> None:
    if image.busy:
        raise refusals.image_busy(image.state)
