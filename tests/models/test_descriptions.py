"""The sentences under the fields, as descriptions in JSON schemas."""

import inspect
import subprocess
import sys
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, TypeAdapter

from microvm_sdk import Microvm, Port, models
from microvm_sdk.models._machinery import descriptions

MODELS = [
    model
    for model in (getattr(models, name) for name in models.__all__)
    if isinstance(model, type) and issubclass(model, BaseModel)
]


@pytest.mark.parametrize("by_alias", [True, False])
@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_every_field_has_a_description(mode: Any, by_alias: bool) -> None:
    fields = 0
    for model in MODELS:
        properties = model.model_json_schema(mode=mode, by_alias=by_alias).get("properties", {})
        assert [name for name, schema in properties.items() if not schema.get("description")] == []
        fields += len(properties)
    assert fields > 100


def test_description_is_the_docstring_of_the_field() -> None:
    schema = TypeAdapter(list[Microvm]).json_schema()["$defs"]
    ended = schema["IdlePolicy"]["properties"]["suspendedDurationSeconds"]["description"]
    assert ended == (
        "Seconds before which a suspended MicroVM is not terminated: at least 0.\n\n"
        "The service terminates it some time later: one with 60 s was still suspended after 240 s."
    )


class _Own(Port, frozen=True):
    protocol: str = "tcp"
    """Not read: the class does not ask for it."""
    port: Annotated[int, Field(description="A port of ours.")]


def test_subclass_describes_its_own_fields() -> None:
    properties = _Own.model_json_schema()["properties"]
    assert properties["port"]["description"] == "A port of ours."
    assert "description" not in properties["protocol"]


def test_schema_has_no_descriptions_without_source_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> str:
        raise OSError

    monkeypatch.setattr(inspect, "getsource", fail)
    descriptions._of_module.cache_clear()
    try:
        assert "description" not in Port.model_json_schema()["properties"]["port"]
    finally:
        descriptions._of_module.cache_clear()


def test_import_reads_no_source() -> None:
    program = (
        "import sys, microvm_sdk; microvm_sdk.Port(port=1); "
        "print('microvm_sdk.models._machinery.descriptions' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    output = subprocess.run(command, capture_output=True, check=True)  # noqa: S603  Written above.
    assert output.stdout.strip() == b"False"
