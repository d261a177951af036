"""What libraries and tools read from a model: its signature, its annotations and its schema."""

import inspect
import json
import re
import typing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polyfactory.factories.pydantic_factory import ModelFactory
from public_models import MODELS
from pydantic import TypeAdapter

from microvm_sdk import Hooks, ImageVersion, Page, ResponseMetadata, Result, models


def test_signature_has_pythons_names_before_and_after_the_first_use() -> None:
    class Fresh(Result, frozen=True):
        image_arn: str
        port: int | None = None

    assert not Fresh.__pydantic_complete__
    expected = "(*, image_arn: str, port: int | None = None)"
    assert str(inspect.signature(Fresh)) == expected
    Fresh.model_validate({"imageArn": "a"})
    assert Fresh.__pydantic_complete__
    assert str(inspect.signature(Fresh)) == expected


def test_optional_fields_have_their_defaults() -> None:
    parameters = inspect.signature(Hooks).parameters
    assert [parameter.default for parameter in parameters.values()] == [None, None, None]
    assert parameters["port"].annotation == int | None
    assert inspect.signature(ResponseMetadata).parameters["http_headers"].default == {}
    assert not hasattr(Hooks(), "__signature__")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_annotations_are_plain_and_resolve(model: Any) -> None:
    hints = typing.get_type_hints(model)
    for name in model.model_fields:
        assert "models._" not in str(hints[name]).replace(
            "_machinery.enums.UnknownValue", ""
        ).replace("_machinery.union_members.UnknownMember", "")
    for name, method in inspect.getmembers(model, callable):
        if not name.startswith("_") and getattr(method, "__module__", "").startswith("microvm_sdk"):
            typing.get_type_hints(method)


@pytest.mark.parametrize("model", [*MODELS, Page[ImageVersion]], ids=lambda model: model.__name__)
def test_polyfactory_builds_every_model(model: Any) -> None:
    factory = ModelFactory.create_factory(model)
    for _ in range(3):
        assert isinstance(factory.build(), model)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_hypothesis_builds_every_model(model: Any) -> None:
    @settings(max_examples=5, deadline=None, derandomize=True, database=None)
    @given(st.from_type(model))
    def is_built(instance: Any) -> None:
        assert isinstance(instance, model)

    is_built()


@pytest.mark.parametrize("mode", ["validation", "serialization"])
@pytest.mark.parametrize("name", models.__all__)
def test_json_schema_is_the_same_in_every_process(name: str, mode: Any) -> None:
    schema = TypeAdapter(getattr(models, name)).json_schema(mode=mode)
    # pydantic puts the address of a class into names that it cannot resolve.
    assert not re.search(r"_\d{6}", json.dumps(schema))
