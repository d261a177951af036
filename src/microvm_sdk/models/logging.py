"""Logging: where the logs of builds and MicroVMs go."""

from typing import Annotated, ClassVar, TypeAlias

from microvm_sdk.models._machinery.union_members import StructureMember, UnknownMember
from microvm_sdk.models._machinery.unions import TaggedUnion


class LoggingDisabled(StructureMember, frozen=True):
    """No logs are kept."""

    wire_tag: ClassVar[str] = "disabled"


class CloudWatchLogging(StructureMember, frozen=True):
    """Logs go to Amazon CloudWatch Logs."""

    wire_tag: ClassVar[str] = "cloudWatch"

    log_group: str | None = None
    """Name of the log group: 1 to 512 characters."""
    log_stream: str | None = None
    """Exact name of the log stream in that group: 1 to 512 characters.

    All builds, or all MicroVMs, write to that one stream. If omitted, each has a stream of its own.
    """


Logging: TypeAlias = Annotated[CloudWatchLogging | LoggingDisabled | UnknownMember, TaggedUnion()]
"""Where logs go."""
