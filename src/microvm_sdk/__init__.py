"""microvm-sdk: the typed Python SDK for AWS Lambda MicroVMs, over boto3.

`MicroVMClient` has a method for each operation of the service. What it returns and takes are the
models; what it raises is in `microvm_sdk.exceptions`. `microvm_sdk.testing`, in the extra
`testing`, is a local service to test against.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from microvm_sdk._version import __version__

if TYPE_CHECKING:
    from microvm_sdk.client import (
        MicroVMClient,
    )
    from microvm_sdk.exceptions import (
        AccessDeniedException,
        ConflictException,
        ErrorKind,
        InsufficientCapacityException,
        InternalServerException,
        InvalidParameterValueException,
        MicroVMError,
        ResourceConflictException,
        ResourceNotFoundException,
        ResponseValidationError,
        ServiceError,
        ServiceException,
        ServiceQuotaExceededException,
        ThrottlingException,
        TooManyRequestsException,
        ValidationException,
        WaiterError,
    )
    from microvm_sdk.models import (
        AllPorts,
        Architecture,
        AuthToken,
        BuildState,
        Capability,
        Chipset,
        CloudWatchLogging,
        CodeArtifact,
        CodeArtifactUri,
        CpuConfiguration,
        CreatedImage,
        Hooks,
        HookState,
        IdlePolicy,
        Image,
        ImageBuild,
        ImageBuildSummary,
        ImageDeletion,
        ImageHooks,
        ImageState,
        ImageSummary,
        ImageVersion,
        ImageVersionDeletion,
        ImageVersionState,
        ImageVersionStatus,
        Logging,
        LoggingDisabled,
        ManagedImage,
        ManagedImageVersion,
        ManagedImageVersionStatus,
        Microvm,
        MicrovmHooks,
        MicrovmState,
        MicrovmSummary,
        Port,
        PortRange,
        PortSpecification,
        Resources,
        ResourceTags,
        ResponseMetadata,
        SnapshotBuild,
        UnknownMember,
        UnknownValue,
        UpdatedImage,
    )
    from microvm_sdk.pagination import (
        Page,
        Paginator,
    )

__all__ = [
    "AccessDeniedException",
    "AllPorts",
    "Architecture",
    "AuthToken",
    "BuildState",
    "Capability",
    "Chipset",
    "CloudWatchLogging",
    "CodeArtifact",
    "CodeArtifactUri",
    "ConflictException",
    "CpuConfiguration",
    "CreatedImage",
    "ErrorKind",
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
    "InsufficientCapacityException",
    "InternalServerException",
    "InvalidParameterValueException",
    "Logging",
    "LoggingDisabled",
    "ManagedImage",
    "ManagedImageVersion",
    "ManagedImageVersionStatus",
    "MicroVMClient",
    "MicroVMError",
    "Microvm",
    "MicrovmHooks",
    "MicrovmState",
    "MicrovmSummary",
    "Page",
    "Paginator",
    "Port",
    "PortRange",
    "PortSpecification",
    "ResourceConflictException",
    "ResourceNotFoundException",
    "ResourceTags",
    "Resources",
    "ResponseMetadata",
    "ResponseValidationError",
    "ServiceError",
    "ServiceException",
    "ServiceQuotaExceededException",
    "SnapshotBuild",
    "ThrottlingException",
    "TooManyRequestsException",
    "UnknownMember",
    "UnknownValue",
    "UpdatedImage",
    "ValidationException",
    "WaiterError",
    "__version__",
]

_MODULES = ("exceptions", "models", "pagination", "client")


def __getattr__(name: str) -> Any:
    # Names are resolved when they are first used: a program that only needs the version, or decides
    # late to call AWS, does not pay for botocore and pydantic before.
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name in __all__:
        for module in _MODULES:
            home = import_module(f"{__name__}.{module}")
            if hasattr(home, name):
                value = globals()[name] = getattr(home, name)
                return value
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
