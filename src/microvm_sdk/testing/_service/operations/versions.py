"""Operations on the versions of images and on their builds."""

from typing import Any

from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._service.http import refusals
from microvm_sdk.testing._service.http.pages import page, page_by_index
from microvm_sdk.testing._service.state.account import Account
from microvm_sdk.testing._service.state.stored_versions import canonical_name

Values = dict[str, Any]


class VersionOperations:
    """Get, list, update and delete versions; get and list builds."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def get_microvm_image_version(self, values: Values) -> Values:
        """Get a version."""
        image, version = self._account.poll_version(values)
        return version.to_response(image.arn)

    def list_microvm_image_versions(self, values: Values) -> Values:
        """List an image's versions, without their environment variables."""
        image = self._account.poll_image(values["imageIdentifier"])
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
        image.require_idle()
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
            image.require_idle()
            image.start_version_deletion(version)
        return response | {"state": version.state}

    def get_microvm_image_build(self, values: Values) -> Values:
        """Get a build, with the sizes of its snapshot."""
        image, version = self._account.poll_version(values)
        response = version.build_response(image.arn, values["buildId"])
        if response is None:
            raise refusals.build_not_found(image.arn, version.name, values["buildId"])
        return response

    def list_microvm_image_builds(self, values: Values) -> Values:
        """List a version's builds."""
        image, version = self._account.poll_version(values)
        filters = (
            str(values.get(name)) for name in ("architecture", "chipset", "chipsetGeneration")
        )
        builds, token = page_by_index(
            version.build_summaries(image.arn, values),
            values,
            ("builds", image.arn, version.name, *filters),
        )
        return {"items": builds, "nextToken": token}
