"""Resources: the memory and operating system capabilities of a MicroVM."""

from pydantic import Field

from microvm_sdk.models._machinery.enums import OpenEnum
from microvm_sdk.models._machinery.model import Model


class Capability(OpenEnum):
    """An operating system capability for the software inside a MicroVM."""

    ALL = "ALL"
    """Every capability that the service can grant."""


class Resources(Model, frozen=True):
    """The resources of a MicroVM."""

    minimum_memory_in_mib: int = Field(
        validation_alias="minimumMemoryInMiB", serialization_alias="minimumMemoryInMiB"
    )
    """The memory of a MicroVM, in MiB: 512, 1024, 2048, 4096 or 8192.

    It is what is billed while the MicroVM runs. The software in it sees four times as much, and one
    CPU for each 512 MiB.
    """
