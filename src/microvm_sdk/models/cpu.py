"""CPUs: the architectures that an image is built for."""

from microvm_sdk.models._machinery.enums import OpenEnum, UnknownValue
from microvm_sdk.models._machinery.model import Model


class Architecture(OpenEnum):
    """A CPU architecture."""

    ARM_64 = "ARM_64"
    """64-bit Arm: AWS Graviton."""
    X86_64 = "X86_64"
    """64-bit x86."""


class CpuConfiguration(Model, frozen=True):
    """A kind of CPU that an image is built for."""

    architecture: Architecture | UnknownValue
    """The CPU's architecture."""
