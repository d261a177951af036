"""Enums: the values known today, and newer ones."""

import pickle
from typing import Any

import pytest
from loopback import case
from public_models import DOCUMENTED, ENUMS
from pydantic import TypeAdapter, ValidationError

from microvm_sdk import (
    Architecture,
    CpuConfiguration,
    HookState,
    ImageVersion,
    ImageVersionState,
    ImageVersionStatus,
    UnknownValue,
)


def test_known_values_become_members_at_the_top_and_nested() -> None:
    version = ImageVersion.model_validate(DOCUMENTED)
    assert version.state is ImageVersionState.SUCCESSFUL
    assert version.cpu_configurations == (CpuConfiguration(architecture=Architecture.ARM_64),)
    assert version.hooks is not None
    assert version.hooks.microvm_hooks is not None
    assert version.hooks.microvm_hooks.run is HookState.ENABLED


def test_new_values_become_unknown_values_at_the_top_and_nested() -> None:
    version = ImageVersion.model_validate(case("update_microvm_image_version/newer-service").body)
    assert version.state == UnknownValue("X-ARCHIVED")
    assert type(version.status) is UnknownValue
    assert version.cpu_configurations is not None
    assert type(version.cpu_configurations[0].architecture) is UnknownValue
    assert version.hooks is not None
    assert version.hooks.microvm_hooks is not None
    assert version.hooks.microvm_hooks.run == "X-SAMPLED"


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__name__)
def test_member_has_the_name_of_its_value_and_prints_like_it(enum: Any) -> None:
    adapter: Any = TypeAdapter(enum | UnknownValue)
    for member in enum:
        assert member.name == member.value == str(member) == f"{member}"
        for given in (member, member.value, UnknownValue(member.value)):
            assert adapter.validate_python(given) is member
        assert adapter.validate_json(f'"{member}"') is member
        assert adapter.dump_python(member) is member
        assert adapter.dump_json(member) == f'"{member}"'.encode()
    assert adapter.validate_python("X-TOMORROW") == UnknownValue("X-TOMORROW")
    assert type(adapter.validate_json('"X-TOMORROW"')) is UnknownValue
    assert adapter.dump_json(UnknownValue("X-TOMORROW")) == b'"X-TOMORROW"'


def test_json_schema_lists_the_known_values_and_allows_others() -> None:
    schema = CpuConfiguration.model_json_schema()["properties"]["architecture"]
    known = {"type": "string", "enum": ["ARM_64", "X86_64"]}
    assert schema["anyOf"] == [known, {"type": "string"}]


@pytest.mark.parametrize("value", [5, None, True, ["ACTIVE"]])
def test_value_that_is_not_a_string_has_one_error(value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        ImageVersion.model_validate({**DOCUMENTED, "status": value})
    (problem,) = caught.value.errors()
    assert problem["loc"] == ("status",)
    assert problem["msg"] == "Input should be a valid string"


def test_unknown_value_is_a_string_with_a_repr_of_its_own() -> None:
    value = UnknownValue("X-PAUSED")
    assert repr(value) == "UnknownValue('X-PAUSED')"
    assert str(value) == f"{value}" == "X-PAUSED"
    assert {value: 1}["X-PAUSED"] == 1
    copied = pickle.loads(pickle.dumps(value))  # noqa: S301  The test made the pickle.
    assert type(copied) is UnknownValue
    assert copied == value


def test_members_compare_with_strings_and_pickle() -> None:
    assert ImageVersionStatus.ACTIVE == "ACTIVE"
    copied = pickle.loads(pickle.dumps(ImageVersionStatus.ACTIVE))  # noqa: S301  The test made the pickle.
    assert copied is ImageVersionStatus.ACTIVE
