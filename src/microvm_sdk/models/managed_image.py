"""Managed images: the base images that AWS maintains."""

from pydantic import AwareDatetime

from microvm_sdk.models._enums import OpenEnum, UnknownValue
from microvm_sdk.models._results import Result
from microvm_sdk.models.cpu import CpuConfiguration


class ManagedImageVersionStatus(OpenEnum):
    """Whether a version of a managed image should be built on."""

    AVAILABLE = "AVAILABLE"
    """Build on it."""
    DEPRECATED = "DEPRECATED"
    """It still works; build on a newer one."""
    RECALLED = "RECALLED"
    """AWS withdrew it; move off it."""


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
    """The version's number."""
    status: ManagedImageVersionStatus | UnknownValue | None = None
    """Whether the version should be built on."""
    supported_cpu_configurations: tuple[CpuConfiguration, ...] | None = None
    """The kinds of CPU that it runs on."""
    created_at: AwareDatetime
    """When the version was created."""
    updated_at: AwareDatetime | None = None
    """When the version was last changed."""
