"""Code artifacts: where the code of an image comes from."""

from typing import Annotated, TypeAlias

from microvm_sdk.models._machinery.model import Model
from microvm_sdk.models._machinery.union_members import UnknownMember
from microvm_sdk.models._machinery.unions import TaggedUnion


class CodeArtifactUri(Model, frozen=True):
    """Code in Amazon S3."""

    uri: str
    """An S3 URI of a ZIP archive, `s3://bucket/key`: 1 to 2,048 characters."""


CodeArtifact: TypeAlias = Annotated[CodeArtifactUri | UnknownMember, TaggedUnion()]
"""Where the code of an image comes from."""
