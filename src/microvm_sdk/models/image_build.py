"""Builds: a version is built once for each kind of CPU."""

from pydantic import AwareDatetime

from microvm_sdk.models._machinery.enums import OpenEnum, UnknownValue
from microvm_sdk.models._machinery.model import Model
from microvm_sdk.models._machinery.results import Result
from microvm_sdk.models.cpu import Architecture


class BuildState(OpenEnum):
    """The state of a build."""

    PENDING = "PENDING"
    """It has not begun."""
    IN_PROGRESS = "IN_PROGRESS"
    """It is running."""
    SUCCESSFUL = "SUCCESSFUL"
    """It made a snapshot, from which MicroVMs start."""
    FAILED = "FAILED"
    """It failed. `state_reason` has the reason."""


class Chipset(OpenEnum):
    """A family of CPUs."""

    GRAVITON = "GRAVITON"
    """AWS Graviton."""
    INTEL = "INTEL"
    """Intel."""


class SnapshotBuild(Model, frozen=True):
    """The sizes of what a build made.

    If a hook timed out, only the size of the code is set. If the container could not be built, no
    size is.
    """

    memory_snapshot_size_in_bytes: int | None = None
    """Size of the memory snapshot, in bytes."""
    code_install_size_in_bytes: int | None = None
    """Size of the installed code, in bytes."""
    disk_snapshot_size_in_bytes: int | None = None
    """Size of the disk snapshot, in bytes."""


class ImageBuildSummary(Result, frozen=True):
    """A build in a listing."""

    image_arn: str
    """ARN of the image."""
    image_version: str
    """The version that is built."""
    build_id: str
    """Id of the build."""
    build_state: BuildState | UnknownValue
    """The state of the build."""
    architecture: Architecture | UnknownValue
    """Architecture of the CPUs that the build is for."""
    chipset: Chipset | UnknownValue
    """Family of the CPUs that the build is for."""
    chipset_generation: str
    """Generation of that family, such as `4`."""
    state_reason: str | None = None
    """The reason for the state: a sentence for people. Do not match on its wording."""
    created_at: AwareDatetime
    """When the build was created."""


class ImageBuild(ImageBuildSummary, frozen=True):
    """A build of a version for one kind of CPU, as `get_microvm_image_build` returns it."""

    snapshot_build: SnapshotBuild | None = None
    """The sizes of what the build made; `None` until then."""
