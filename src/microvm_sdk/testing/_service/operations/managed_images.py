"""Operations on the managed images of AWS."""

from typing import Any

from microvm_sdk.testing._service.http import refusals
from microvm_sdk.testing._service.http.pages import page_by_index
from microvm_sdk.testing._service.state.account import Account
from microvm_sdk.testing._service.state.managed_catalog import (
    MANAGED_IMAGES,
    image_summary,
    version_summary,
)

Values = dict[str, Any]


class ManagedImageOperations:
    """List managed images and their versions."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def list_managed_microvm_images(self, values: Values) -> Values:
        """List the managed images."""
        images, token = page_by_index(MANAGED_IMAGES.items(), values, ("managed-images",))
        items = [
            image_summary(self._account.managed_image_arn(name), versions)
            for name, versions in images
        ]
        return {"items": items, "nextToken": token}

    def list_managed_microvm_image_versions(self, values: Values) -> Values:
        """List the versions of a managed image."""
        arn = values["imageIdentifier"]
        name = arn.removeprefix(self._account.managed_image_arn(""))
        if name not in MANAGED_IMAGES:
            raise refusals.image_not_found(arn)
        versions, token = page_by_index(MANAGED_IMAGES[name], values, ("managed-versions", arn))
        items = [version_summary(arn, version) for version in versions]
        return {"items": items, "nextToken": token}
