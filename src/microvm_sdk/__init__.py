"""microvm-sdk: the typed Python SDK for AWS Lambda MicroVMs, over boto3.

`MicroVMClient` has a method for each operation of the service. What it returns and takes are the
models; what it raises is in `microvm_sdk.exceptions`. `microvm_sdk.testing`, in the extra
`testing`, is a local service to test against.

PYTEST_DONT_REWRITE: with this word pytest does not warn where the package was imported first.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from microvm_sdk._version import __version__

if TYPE_CHECKING:
    from microvm_sdk._async.pagination import (
        AsyncPaginator,
    )
    from microvm_sdk.async_client import (
        AsyncMicroVMClient,
    )
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
        ReleaseError,
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
        Result,
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
    "AsyncMicroVMClient",
    "AsyncPaginator",
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
    "ReleaseError",
    "ResourceConflictException",
    "ResourceNotFoundException",
    "ResourceTags",
    "Resources",
    "ResponseMetadata",
    "ResponseValidationError",
    "Result",
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

# The module that each name is in.
_MODULES = {
    "AccessDeniedException": "exceptions",
    "AllPorts": "models",
    "Architecture": "models",
    "AsyncMicroVMClient": "async_client",
    "AsyncPaginator": "_async.pagination",
    "AuthToken": "models",
    "BuildState": "models",
    "Capability": "models",
    "Chipset": "models",
    "CloudWatchLogging": "models",
    "CodeArtifact": "models",
    "CodeArtifactUri": "models",
    "ConflictException": "exceptions",
    "CpuConfiguration": "models",
    "CreatedImage": "models",
    "ErrorKind": "exceptions",
    "HookState": "models",
    "Hooks": "models",
    "IdlePolicy": "models",
    "Image": "models",
    "ImageBuild": "models",
    "ImageBuildSummary": "models",
    "ImageDeletion": "models",
    "ImageHooks": "models",
    "ImageState": "models",
    "ImageSummary": "models",
    "ImageVersion": "models",
    "ImageVersionDeletion": "models",
    "ImageVersionState": "models",
    "ImageVersionStatus": "models",
    "InsufficientCapacityException": "exceptions",
    "InternalServerException": "exceptions",
    "InvalidParameterValueException": "exceptions",
    "Logging": "models",
    "LoggingDisabled": "models",
    "ManagedImage": "models",
    "ManagedImageVersion": "models",
    "ManagedImageVersionStatus": "models",
    "MicroVMClient": "client",
    "MicroVMError": "exceptions",
    "Microvm": "models",
    "MicrovmHooks": "models",
    "MicrovmState": "models",
    "MicrovmSummary": "models",
    "Page": "pagination",
    "Paginator": "pagination",
    "Port": "models",
    "PortRange": "models",
    "PortSpecification": "models",
    "ReleaseError": "exceptions",
    "ResourceConflictException": "exceptions",
    "ResourceNotFoundException": "exceptions",
    "ResourceTags": "models",
    "Resources": "models",
    "ResponseMetadata": "models",
    "ResponseValidationError": "exceptions",
    "Result": "models",
    "ServiceError": "exceptions",
    "ServiceException": "exceptions",
    "ServiceQuotaExceededException": "exceptions",
    "SnapshotBuild": "models",
    "ThrottlingException": "exceptions",
    "TooManyRequestsException": "exceptions",
    "UnknownMember": "models",
    "UnknownValue": "models",
    "UpdatedImage": "models",
    "ValidationException": "exceptions",
    "WaiterError": "exceptions",
}

_PUBLIC_MODULES = {"arns", "connect", "releases", "settings", "testing"}


def __getattr__(name: str) -> Any:
    # Names are resolved when they are used: a program that only needs the version, or rarely calls
    # AWS, does not import botocore and pydantic. Nothing is kept here, because a name that is used
    # for the first time while a test patches it would stay patched.
    if name in _MODULES.values() or name in _PUBLIC_MODULES:
        return import_module(f"{__name__}.{name}")
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return __all__
