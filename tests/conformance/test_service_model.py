"""The SDK is compared with botocore's model of the service, member by member."""

import copy
import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
import service_comparison
from botocore import xform_name
from botocore.model import ServiceModel
from differences import python_name
from service_comparison import is_older

from microvm_sdk import (
    MicroVMClient,
)
from microvm_sdk._calls.parameters import Parameters

# What the service did not have yet in an older botocore, down to 1.43.35, the first that knows it.
NEWER_THAN_THE_OLDEST = {
    "Architecture: value X86_64",
    "Chipset: value INTEL",
    "CreateMicrovmImage(environment_variables)[]: SecretStr, and not sensitive",
    "CreateMicrovmImage: parameter kms_key_identifier",
    "CreatedImage (CreateMicrovmImageResponse): field kms_key_identifier",
    "CreatedImage.environmentVariables[]: SecretStr, and not sensitive",
    "ImageVersion: field kms_key_identifier",
    "ImageVersion.environmentVariables[]: SecretStr, and not sensitive",
    "ListMicrovmImageBuilds(architecture) as a literal: value X86_64",
    "ListMicrovmImageBuilds(chipset) as a literal: value INTEL",
    "ManagedImageVersion (ManagedMicrovmImageVersion): field status",
    "ManagedImageVersion (ManagedMicrovmImageVersion): field supported_cpu_configurations",
    "ManagedImageVersionStatus: is in no operation",
    "ManagedImageVersionStatus: value RECALLED",
    "Microvm: field kms_key_identifier",
    "RunMicrovm(run_hook_payload): SecretStr, and not sensitive",
    "RunMicrovm: parameter kms_key_identifier",
    "UpdateMicrovmImage(environment_variables)[]: SecretStr, and not sensitive",
    "UpdateMicrovmImage: parameter kms_key_identifier",
    "UpdatedImage (UpdateMicrovmImageResponse): field kms_key_identifier",
    "UpdatedImage.environmentVariables[]: SecretStr, and not sensitive",
    "error InsufficientCapacityException",
}
LOWER_AT_FIRST = {("environmentVariables", 50)}


@pytest.fixture(scope="module")
def service() -> ServiceModel:
    return service_comparison.service_model()


def test_sdk_lacks_nothing_of_the_service_model(service: ServiceModel) -> None:
    missing = [item for item in service_comparison.differences(service) if not item.sdk_knows_more]
    assert [f"{item.file}: {item.what}" for item in missing] == []


def test_sdk_has_nothing_that_the_service_model_lacks(service: ServiceModel) -> None:
    surplus = {item.what for item in service_comparison.differences(service) if item.sdk_knows_more}
    allowed = NEWER_THAN_THE_OLDEST if is_older() else set()
    assert surplus - allowed == set()


def longest(shape: Any) -> Iterator[int]:
    """Yield how long or how large a parameter may be, with what it holds."""
    if "max" in shape.metadata:
        yield shape.metadata["max"]
    if shape.type_name == "list":
        yield from longest(shape.member)
    if shape.type_name == "map":
        yield from (*longest(shape.key), *longest(shape.value))


def test_docstrings_state_how_long_or_large_a_parameter_may_be(service: ServiceModel) -> None:
    unstated: set[tuple[str, int]] = set()
    for name in service.operation_names:
        text = inspect.getdoc(getattr(MicroVMClient, xform_name(name))) or ""
        shape = service.operation_model(name).input_shape
        for member, parameter in shape.members.items() if shape else ():
            described = rf"^    {python_name(member)}: (.*(?:\n     .*)*)"
            stated = re.search(described, text, flags=re.MULTILINE)
            assert stated, f"{name}: the docstring does not describe {python_name(member)}"
            unstated |= {
                (member, limit)
                for limit in longest(parameter)
                if ("one" if limit == 1 else f"{limit:,}") not in stated[1]
            }
    assert unstated - (LOWER_AT_FIRST if is_older() else set()) == set()


def test_parameter_that_older_versions_of_botocore_lack_states_the_version_it_requires() -> None:
    newer = [re.fullmatch(r"(\w+): parameter (\w+)", item) for item in NEWER_THAN_THE_OLDEST]
    found = [(match[1], match[2]) for match in newer if match]
    assert found
    for operation, parameter in found:
        text = inspect.getdoc(getattr(MicroVMClient, xform_name(operation))) or ""
        described = rf"^    {parameter}: .*(?:\n     .*)*Requires\s+botocore [0-9.]+"
        assert re.search(described, text, flags=re.MULTILINE), f"{operation}({parameter})"


def test_values_that_older_versions_of_botocore_lack_are_accepted_with_them(
    service: ServiceModel,
) -> None:
    pattern = r"(\w+)\((\w+)\) as a literal: value (\w+)"
    newer = [match for item in NEWER_THAN_THE_OLDEST if (match := re.fullmatch(pattern, item))]
    assert newer
    for operation, parameter, value in (match.groups() for match in newer):
        shape = service.operation_model(operation).input_shape
        (member,) = [name for name in shape.members if python_name(name) == parameter]
        values = [each for each in shape.members[member].enum if each != value]
        description: dict[str, Any] = copy.deepcopy(service._service_description)
        description["shapes"][shape.members[member].name]["enum"] = values
        older = ServiceModel(description, service_comparison.SERVICE)
        parameters = Parameters(older.operation_model(operation).input_shape)
        assert parameters.convert({member: value}) == {member: value}, "add it to _ENUMS"
