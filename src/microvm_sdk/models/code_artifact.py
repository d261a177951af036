"""Code artifacts: where the code of an image comes from."""

from typing import Annotated, TypeAlias

from microvm_sdk.models._model import Model
from microvm_sdk.models._union_members import UnknownMember
from microvm_sdk.models._unions import TaggedUnion


class CodeArtifactUri(Model, frozen=True):
    """Code that is stored under a URI."""

    uri: str
    """An S3 URI of a ZIP archive, or the URI of a container image in Amazon ECR.

    It has 1 to 2,048 characters.
    """


CodeArtifact: TypeAlias = Annotated[CodeArtifactUri | UnknownMember, TaggedUnion()]
"""Where the code of an image comes from."""
