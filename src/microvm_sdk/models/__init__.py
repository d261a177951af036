"""The service's resources as frozen models: a module per resource."""

from microvm_sdk.models._machinery.enums import UnknownValue
from microvm_sdk.models._machinery.results import ResponseMetadata, Result
from microvm_sdk.models._machinery.union_members import UnknownMember
from microvm_sdk.models.auth_token import AllPorts, AuthToken, Port, PortRange, PortSpecification
from microvm_sdk.models.code_artifact import CodeArtifact, CodeArtifactUri
from microvm_sdk.models.cpu import Architecture, CpuConfiguration
from microvm_sdk.models.hooks import Hooks, HookState, ImageHooks, MicrovmHooks
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
from microvm_sdk.models.logging import CloudWatchLogging, Logging, LoggingDisabled
from microvm_sdk.models.managed_image import (
    ManagedImage,
    ManagedImageVersion,
    ManagedImageVersionStatus,
)
from microvm_sdk.models.microvm import IdlePolicy, Microvm, MicrovmState, MicrovmSummary
from microvm_sdk.models.resources import Capability, Resources
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
