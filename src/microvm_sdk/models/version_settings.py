"""The settings of an image version, which an image's creation and update return as well."""

from collections.abc import Mapping

from pydantic import SecretStr

from microvm_sdk.models._machinery.enums import UnknownValue
from microvm_sdk.models._machinery.results import Result
from microvm_sdk.models.code_artifact import CodeArtifact
from microvm_sdk.models.cpu import CpuConfiguration
from microvm_sdk.models.hooks import Hooks
from microvm_sdk.models.logging import Logging
from microvm_sdk.models.resources import Capability, Resources


class VersionSettings(Result, frozen=True):
    """The settings that a version of an image is built with."""

    base_image_arn: str
    """ARN of the managed image that the version is built on."""
    base_image_version: str | None = None
    """Version of the base image, such as `1.0`.

    A request takes the major version alone, such as `1`. `image_settings` converts it.
    """
    build_role_arn: str
    """ARN of the IAM role that the build runs under."""
    description: str | None = None
    """A description of the version."""
    code_artifact: CodeArtifact
    """Where the code is."""
    logging: Logging | None = None
    """Where the logs of builds go; `None` for the service's default. MicroVMs have their own."""
    egress_network_connectors: tuple[str, ...] | None = None
    """ARNs of the network connectors for outgoing traffic.

    A MicroVM uses them unless it is started with another.
    """
    cpu_configurations: tuple[CpuConfiguration, ...] | None = None
    """The kinds of CPU that the version is built for."""
    resources: tuple[Resources, ...] | None = None
    """The memory of a MicroVM of this version."""
    additional_os_capabilities: tuple[Capability | UnknownValue, ...] | None = None
    """Operating system capabilities beyond the default ones."""
    hooks: Hooks | None = None
    """Lifecycle hooks of the build and of the MicroVMs."""
    environment_variables: Mapping[str, SecretStr] | None = None
    """Environment variables of the software in a MicroVM. Listings do not include them."""
    kms_key_identifier: str | None = None
    """ARN of the KMS key or alias that encrypts the version; `None` for a key owned by AWS."""
