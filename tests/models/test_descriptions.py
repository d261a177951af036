"""JSON schemas describe the fields of models."""

import gc
import inspect
from typing import Any, ClassVar
from weakref import ref

import pytest
from fastapi import FastAPI
from public_models import MODELS
from pydantic import TypeAdapter

from microvm_sdk import Logging, Microvm, Port, Result
from microvm_sdk.models._machinery import descriptions
from microvm_sdk.models._machinery.union_members import StructureMember


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@pytest.mark.parametrize("by_alias", [True, False])
def test_every_field_has_its_sentence(model: Any, by_alias: bool) -> None:
    properties = model.model_json_schema(by_alias=by_alias).get("properties", {})
    assert [name for name, schema in properties.items() if not schema.get("description")] == []


def test_text_is_the_one_under_the_field() -> None:
    assert Port.model_json_schema()["properties"]["port"]["description"] == "The port: 1 to 65,535."
    schema = TypeAdapter(Logging).json_schema()["$defs"]["CloudWatchLogging"]
    inside = schema["properties"]["cloudWatch"]["properties"]["logGroup"]
    assert inside["description"].startswith("Name of the log group")


def test_models_of_programs_and_openapi_have_them() -> None:
    class Later(Result, frozen=True):
        thing: str
        """A member that the service will have."""

    described = Later.model_json_schema()["properties"]["thing"]["description"]
    assert described == "A member that the service will have."
    app = FastAPI()
    app.get("/")(lambda: None)
    app.post("/", response_model=Microvm)(lambda: None)
    openapi = app.openapi()["components"]["schemas"]["Microvm"]
    assert (
        openapi["properties"]["imageArn"]["description"]
        == "ARN of the image that it was started from."
    )


def test_without_source_a_schema_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_source(_: object) -> str:
        raise OSError

    monkeypatch.setattr(inspect, "getsource", no_source)
    monkeypatch.setattr(descriptions, "_OWN", {})
    assert "description" not in Port.model_json_schema()["properties"]["port"]


def test_class_that_a_program_defines_in_a_function_is_not_kept_alive() -> None:
    def use() -> Any:
        class Short(StructureMember, frozen=True):
            wire_tag: ClassVar[str] = "short"
            text: str

        schema = Short.model_validate({"text": "a"}).model_json_schema()
        assert schema["required"] == ["short"]
        return ref(Short)

    used = use()
    gc.collect()
    assert used() is None
