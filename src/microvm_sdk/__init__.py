"""microvm-sdk: the typed Python SDK for AWS Lambda MicroVMs, over boto3.

`MicroVMClient` has a method for each operation of the service. It accepts and returns the models of
`microvm_sdk.models`, and raises the errors of `microvm_sdk.exceptions`. `microvm_sdk.testing`, in
the extra `testing`, is a local service to test against.

PYTEST_DONT_REWRITE: this word prevents pytest's warning that the package was imported before its
assertions could be rewritten.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from microvm_sdk._version import __version__

if TYPE_CHECKING:
    from microvm_sdk._async.pagination import AsyncPaginator
    from microvm_sdk.async_client import AsyncMicroVMClient
    from microvm_sdk.client import MicroVMClient
    from microvm_sdk.exceptions import *
    from microvm_sdk.models import *
    from microvm_sdk.pagination import Page, Paginator

__all__ = [
    "AccessDeniedException",
    "AllPorts",
    "Architecture",
    "AsyncMicroVMClient",
    "AsyncPaginator",
    "AuthToken",
    "BuildError",
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
    "NoCurrentVersionError",
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

# Where the names are, in the order in which they are searched: each module imports those before it.
_MODULES = (
    "models",
    "exceptions",
    "pagination",
    "client",
    "_async.pagination",
    "async_client",
)
_PUBLIC_MODULES = {
    "arns",
    "build",
    "connect",
    "images",
    "lifecycle",
    "releases",
    "settings",
    "testing",
}


def __getattr__(name: str) -> Any:
    # Names are imported when they are used: a program that only needs the version, or rarely calls
    # AWS, does not import botocore and pydantic. They are not cached, because a name whose first
    # use is in a test that patches it would stay patched.
    if name in _MODULES or name in _PUBLIC_MODULES:
        return import_module(f"{__name__}.{name}")
    if name in __all__:
        modules = (import_module(f"{__name__}.{module}") for module in _MODULES)
        return next(getattr(module, name) for module in modules if hasattr(module, name))
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return __all__
