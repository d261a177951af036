"""Managed images: the base images that AWS maintains."""

from pydantic import AwareDatetime

from microvm_sdk.models._machinery.enums import OpenEnum, UnknownValue
from microvm_sdk.models._machinery.results import Result
from microvm_sdk.models.cpu import CpuConfiguration


class ManagedImageVersionStatus(OpenEnum):
    """Whether a version of a managed image should be used as a base."""

    AVAILABLE = "AVAILABLE"
    """It is supported."""
    DEPRECATED = "DEPRECATED"
    """It still works. Use a newer one for new builds."""
    RECALLED = "RECALLED"
    """AWS has withdrawn it. Stop using it."""


class ManagedImage(Result, frozen=True):
    """A base image that AWS maintains."""

    image_arn: str
    """ARN of the image, with `aws` in place of an account."""
    created_at: AwareDatetime
    """When the image was created."""
    updated_at: AwareDatetime | None = None
    """When the image was last changed."""


class ManagedImageVersion(Result, frozen=True):
    """A version of a base image that AWS maintains."""

    image_arn: str
    """ARN of the image, with `aws` in place of an account."""
    image_version: str
    """The version's number: a bare integer such as `1`."""
    status: ManagedImageVersionStatus | UnknownValue | None = None
    """Whether the version should be used as a base."""
    supported_cpu_configurations: tuple[CpuConfiguration, ...] | None = None
    """The CPUs that it runs on."""
    created_at: AwareDatetime
    """When the version was created."""
    updated_at: AwareDatetime | None = None
    """When the version was last changed."""
