"""The service's resources as frozen models: a module per resource."""

from microvm_sdk.models._machinery import ResponseMetadata, Result, UnknownMember, UnknownValue
from microvm_sdk.models.auth_token import AllPorts, AuthToken, Port, PortRange, PortSpecification
from microvm_sdk.models.image import (
    CreatedImage,
    Image,
    ImageDeletion,
    ImageState,
    ImageSummary,
    UpdatedImage,
)
from microvm_sdk.models.image_build import (
    BuildState,
    Chipset,
    ImageBuild,
    ImageBuildSummary,
    SnapshotBuild,
)
from microvm_sdk.models.image_version import (
    ImageVersion,
    ImageVersionDeletion,
    ImageVersionState,
    ImageVersionStatus,
)
from microvm_sdk.models.managed_image import (
    ManagedImage,
    ManagedImageVersion,
    ManagedImageVersionStatus,
)
from microvm_sdk.models.microvm import IdlePolicy, Microvm, MicrovmState, MicrovmSummary
from microvm_sdk.models.shared import (
    Architecture,
    Capability,
    CloudWatchLogging,
    CodeArtifact,
    CodeArtifactUri,
    CpuConfiguration,
    Hooks,
    HookState,
    ImageHooks,
    Logging,
    LoggingDisabled,
    MicrovmHooks,
    Resources,
)
from microvm_sdk.models.tags import ResourceTags

__all__ = [
    "AllPorts",
    "Architecture",
    "AuthToken",
    "BuildState",
    "Capability",
    "Chipset",
    "CloudWatchLogging",
    "CodeArtifact",
    "CodeArtifactUri",
    "CpuConfiguration",
    "CreatedImage",
    "HookState",
    "Hooks",
    "IdlePolicy",
    "Image",
    "ImageBuild",
    "ImageBuildSummary",
    "ImageDeletion",
    "ImageHooks",
    "ImageState",
    "ImageSummary",
    "ImageVersion",
    "ImageVersionDeletion",
    "ImageVersionState",
    "ImageVersionStatus",
    "Logging",
    "LoggingDisabled",
    "ManagedImage",
    "ManagedImageVersion",
    "ManagedImageVersionStatus",
    "Microvm",
    "MicrovmHooks",
    "MicrovmState",
    "MicrovmSummary",
    "Port",
    "PortRange",
    "PortSpecification",
    "ResourceTags",
    "Resources",
    "ResponseMetadata",
    "Result",
    "SnapshotBuild",
    "UnknownMember",
    "UnknownValue",
    "UpdatedImage",
]
