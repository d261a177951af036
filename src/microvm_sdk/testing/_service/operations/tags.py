"""Operations on the tags of images."""

from typing import Any

from microvm_sdk.testing._service.state.account import Account

Values = dict[str, Any]


class TagOperations:
    """List, add and remove tags."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def list_tags(self, values: Values) -> Values:
        """List an image's tags."""
        return {"Tags": dict(self._account.get_image(values["Resource"]).tags)}

    def tag_resource(self, values: Values) -> None:
        """Add tags to an image, or change them."""
        self._account.get_image(values["Resource"]).tags.update(values["Tags"])

    def untag_resource(self, values: Values) -> None:
        """Remove tags from an image."""
        tags = self._account.get_image(values["Resource"]).tags
        for key in values["TagKeys"]:
            tags.pop(key, None)
