"""Tags of an image."""

from collections.abc import Mapping

from pydantic import Field

from microvm_sdk.models._machinery.results import Result


class ResourceTags(Result, frozen=True):
    """The tags of an image."""

    # AWS Lambda's own operations, such as those for tags, capitalize names.
    tags: Mapping[str, str] | None = Field(
        default=None, validation_alias="Tags", serialization_alias="Tags"
    )
    """The tags."""
