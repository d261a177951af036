"""Tags of a resource."""

from collections.abc import Mapping

from pydantic import Field

from microvm_sdk.models._results import Result


class ResourceTags(Result, frozen=True):
    """The tags of a resource."""

    # AWS Lambda's own routes, which tags are on, begin names with a capital.
    tags: Mapping[str, str] | None = Field(
        default=None, validation_alias="Tags", serialization_alias="Tags"
    )
    """The tags."""
