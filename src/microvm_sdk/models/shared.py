"""What several resources share: code artifacts, logging, hooks, CPU and memory."""

import warnings
from typing import Annotated, ClassVar, TypeAlias

from pydantic import Tag

from microvm_sdk.models._machinery import (
    ANY_TAG,
    UNKNOWN,
    Model,
    Open,
    OpenEnum,
    StructureMember,
    UnknownMember,
    one_of,
)


class Architecture(OpenEnum):
    """A CPU architecture."""

    ARM_64 = "ARM_64"
    """64-bit Arm: AWS Graviton."""
    X86_64 = "X86_64"
    """64-bit x86."""


class Capability(OpenEnum):
    """An operating system capability for the software inside a MicroVM."""

    ALL = "ALL"
    """Every capability that the service can grant."""


class HookState(OpenEnum):
    """Whether the service calls a lifecycle hook."""

    DISABLED = "DISABLED"
    """The hook is not called."""
    ENABLED = "ENABLED"
    """The hook is called, and its answer awaited."""


class CodeArtifactUri(Model, frozen=True):
    """Code that is found under a URI."""

    uri: str
    """An S3 URI of a ZIP archive, or the URI of a container image in Amazon ECR.

    It has 1 to 2,048 characters.
    """


CodeArtifact: TypeAlias = Annotated[
    Annotated[CodeArtifactUri, Tag("uri")] | Annotated[UnknownMember, ANY_TAG, UNKNOWN],
    one_of(uri=CodeArtifactUri),
]
"""Where the code of an image comes from."""


class LoggingDisabled(StructureMember, frozen=True):
    """No logs are kept."""

    wire_tag: ClassVar[str] = "disabled"


class CloudWatchLogging(StructureMember, frozen=True):
    """Logs go to Amazon CloudWatch Logs."""

    wire_tag: ClassVar[str] = "cloudWatch"

    log_group: str | None = None
    """Name of the log group: 1 to 512 characters."""
    log_stream: str | None = None
    """Name of the log stream in that group: 1 to 512 characters."""


Logging: TypeAlias = Annotated[
    Annotated[CloudWatchLogging, Tag("cloudWatch")]
    | Annotated[LoggingDisabled, Tag("disabled")]
    | Annotated[UnknownMember, ANY_TAG, UNKNOWN],
    one_of(cloudWatch=CloudWatchLogging, disabled=LoggingDisabled),
]
"""Where logs go."""


class CpuConfiguration(Model, frozen=True):
    """A kind of CPU that an image is built for."""

    architecture: Open[Architecture]
    """The CPU's architecture."""


class Resources(Model, frozen=True):
    """What a MicroVM needs to run."""

    minimum_memory_in_mib: int
    """Least memory that a MicroVM gets, in MiB."""


class MicrovmHooks(Model, frozen=True):
    """Hooks that the service calls inside a MicroVM as its state changes."""

    run: Open[HookState] | None = None
    """Called once the MicroVM has started from its snapshot."""
    run_timeout_in_seconds: int | None = None
    """How long the run hook may take: 1 to 60 seconds."""
    resume: Open[HookState] | None = None
    """Called after the MicroVM was resumed."""
    resume_timeout_in_seconds: int | None = None
    """How long the resume hook may take: 1 to 60 seconds."""
    suspend: Open[HookState] | None = None
    """Called before the MicroVM is suspended."""
    suspend_timeout_in_seconds: int | None = None
    """How long the suspend hook may take: 1 to 60 seconds."""
    terminate: Open[HookState] | None = None
    """Called before the MicroVM is terminated."""
    terminate_timeout_in_seconds: int | None = None
    """How long the terminate hook may take: 1 to 60 seconds."""


with warnings.catch_warnings():
    # The service's name for the hook is also that of a deprecated method of pydantic's.
    warnings.filterwarnings("ignore", 'Field name "validate"', UserWarning)

    class ImageHooks(Model, frozen=True):
        """Hooks that the service calls while it builds an image."""

        ready: Open[HookState] | None = None
        """Called until it says that the software is ready for the snapshot."""
        ready_timeout_in_seconds: int | None = None
        """How long the ready hook may take: 1 to 3,600 seconds."""
        # A type checker sees pydantic's deprecated method under this name, and a field is none.
        validate: Open[HookState] | None = None  # type: ignore[assignment]
        """Called in a MicroVM started from the new snapshot, to check that it works."""
        validate_timeout_in_seconds: int | None = None
        """How long the validate hook may take: 1 to 3,600 seconds."""


class Hooks(Model, frozen=True):
    """Lifecycle hooks: HTTP calls from the service to the software in a MicroVM."""

    port: int | None = None
    """Port that the software listens on for hooks: 1 to 65,535."""
    microvm_hooks: MicrovmHooks | None = None
    """Hooks of running MicroVMs."""
    microvm_image_hooks: ImageHooks | None = None
    """Hooks of the image's build."""
