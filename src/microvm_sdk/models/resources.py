"""Resources: the memory and operating system capabilities of a MicroVM."""

from pydantic import Field

from microvm_sdk.models._enums import OpenEnum
from microvm_sdk.models._model import Model


class Capability(OpenEnum):
    """An operating system capability for the software inside a MicroVM."""

    ALL = "ALL"
    """Every capability that the service can grant."""


class Resources(Model, frozen=True):
    """The resources that a MicroVM needs to run."""

    minimum_memory_in_mib: int = Field(
        validation_alias="minimumMemoryInMiB", serialization_alias="minimumMemoryInMiB"
    )
    """The least memory that a MicroVM gets, in MiB."""
