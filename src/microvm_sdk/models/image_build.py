"""Builds: a version is built once for each kind of CPU."""

from pydantic import AwareDatetime

from microvm_sdk.models._enums import OpenEnum, UnknownValue
from microvm_sdk.models._model import Model
from microvm_sdk.models._results import Result
from microvm_sdk.models.cpu import Architecture


class BuildState(OpenEnum):
    """How far a build is."""

    PENDING = "PENDING"
    """It has not begun."""
    IN_PROGRESS = "IN_PROGRESS"
    """It is running."""
    SUCCESSFUL = "SUCCESSFUL"
    """It made a snapshot that MicroVMs start from."""
    FAILED = "FAILED"
    """It failed; `state_reason` says why."""


class Chipset(OpenEnum):
    """A family of CPUs."""

    GRAVITON = "GRAVITON"
    """AWS Graviton."""
    INTEL = "INTEL"
    """Intel."""


class SnapshotBuild(Model, frozen=True):
    """The sizes of what a build made."""

    memory_snapshot_size_in_bytes: int | None = None
    """Size of the memory snapshot, in bytes."""
    code_install_size_in_bytes: int | None = None
    """Size of the installed code, in bytes."""
    disk_snapshot_size_in_bytes: int | None = None
    """Size of the disk snapshot, in bytes."""


class ImageBuild(Result, frozen=True):
    """A build of a version for one kind of CPU, as `get_microvm_image_build` returns it."""

    image_arn: str
    """ARN of the image."""
    image_version: str
    """The version that is built."""
    build_id: str
    """The build's id."""
    build_state: BuildState | UnknownValue
    """How far the build is."""
    architecture: Architecture | UnknownValue
    """Architecture of the CPU that it is for."""
    chipset: Chipset | UnknownValue
    """Family of the CPU that it is for."""
    chipset_generation: str
    """Generation of that family, such as `4`."""
    state_reason: str | None = None
    """Why the build is in its state, such as `S3_NO_SUCH_KEY`."""
    created_at: AwareDatetime
    """When the build was created."""
    snapshot_build: SnapshotBuild | None = None
    """The sizes of what the build made."""


class ImageBuildSummary(Result, frozen=True):
    """A build in a listing."""

    image_arn: str
    """ARN of the image."""
    image_version: str
    """The version that is built."""
    build_id: str
    """The build's id."""
    build_state: BuildState | UnknownValue
    """How far the build is."""
    architecture: Architecture | UnknownValue
    """Architecture of the CPU that it is for."""
    chipset: Chipset | UnknownValue
    """Family of the CPU that it is for."""
    chipset_generation: str
    """Generation of that family, such as `4`."""
    state_reason: str | None = None
    """Why the build is in its state, such as `S3_NO_SUCH_KEY`."""
    created_at: AwareDatetime
    """When the build was created."""
