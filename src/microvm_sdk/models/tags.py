"""Tags of a resource."""

from microvm_sdk.models._machinery import Map, Result


class ResourceTags(Result, frozen=True):
    """The tags of a resource."""

    tags: Map[str] | None = None
    """The tags."""
