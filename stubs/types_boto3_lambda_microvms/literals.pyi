"""
Type annotations for lambda-microvms service literal definitions.

[Documentation](https://youtype.github.io/types_boto3_docs/types_boto3_lambda_microvms/literals/)

Copyright Vlad Emelianov

Usage::

    ```python
    from types_boto3_lambda_microvms.literals import ArchitectureType

    data: ArchitectureType = "ARM_64"
    ```
"""

import sys

if sys.version_info >= (3, 12):
    from typing import Literal
else:
    from typing_extensions import Literal

__all__ = (
    "ArchitectureType",
    "BuildStateType",
    "CapabilityType",
    "ChipsetType",
    "HookStateType",
    "LambdaMicroVMsServiceName",
    "ListManagedMicrovmImageVersionsPaginatorName",
    "ListManagedMicrovmImagesPaginatorName",
    "ListMicrovmImageBuildsPaginatorName",
    "ListMicrovmImageVersionsPaginatorName",
    "ListMicrovmImagesPaginatorName",
    "ListMicrovmsPaginatorName",
    "ManagedMicrovmImageVersionStatusType",
    "MicrovmImageStateType",
    "MicrovmImageVersionStateType",
    "MicrovmImageVersionStatusType",
    "MicrovmStateType",
    "PaginatorName",
    "RegionName",
    "ServiceName",
)

ArchitectureType = Literal["ARM_64", "X86_64"]
BuildStateType = Literal["FAILED", "IN_PROGRESS", "PENDING", "SUCCESSFUL"]
CapabilityType = Literal["ALL"]
ChipsetType = Literal["GRAVITON", "INTEL"]
HookStateType = Literal["DISABLED", "ENABLED"]
ListManagedMicrovmImageVersionsPaginatorName = Literal["list_managed_microvm_image_versions"]
ListManagedMicrovmImagesPaginatorName = Literal["list_managed_microvm_images"]
ListMicrovmImageBuildsPaginatorName = Literal["list_microvm_image_builds"]
ListMicrovmImageVersionsPaginatorName = Literal["list_microvm_image_versions"]
ListMicrovmImagesPaginatorName = Literal["list_microvm_images"]
ListMicrovmsPaginatorName = Literal["list_microvms"]
ManagedMicrovmImageVersionStatusType = Literal["AVAILABLE", "DEPRECATED", "RECALLED"]
MicrovmImageStateType = Literal[
    "CREATED",
    "CREATE_FAILED",
    "CREATING",
    "DELETED",
    "DELETE_FAILED",
    "DELETING",
    "UPDATED",
    "UPDATE_FAILED",
    "UPDATING",
]
MicrovmImageVersionStateType = Literal[
    "DELETED", "DELETE_FAILED", "DELETING", "FAILED", "IN_PROGRESS", "PENDING", "SUCCESSFUL"
]
MicrovmImageVersionStatusType = Literal["ACTIVE", "INACTIVE"]
MicrovmStateType = Literal[
    "PENDING", "RUNNING", "SUSPENDED", "SUSPENDING", "TERMINATED", "TERMINATING"
]
LambdaMicroVMsServiceName = Literal["lambda-microvms"]
ServiceName = Literal["lambda-microvms"]
PaginatorName = Literal[
    "list_managed_microvm_image_versions",
    "list_managed_microvm_images",
    "list_microvm_image_builds",
    "list_microvm_image_versions",
    "list_microvm_images",
    "list_microvms",
]
RegionName = Literal[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
]
