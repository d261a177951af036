"""The committed stubs and botocore's model of the service.

mypy-boto3-builder, which makes the stubs, needs Python 3.12; this comparison runs everywhere.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import botocore
import pytest
from botocore import xform_name
from service import SERVICE

ROOT = Path(__file__).parent.parent
STUBS = ROOT / "stubs" / "types_boto3_lambda_microvms"
# What the stubs were made from. An older botocore knows less.
MADE_FROM = next(
    line.split('"')[1]
    for block in (ROOT / "uv.lock").read_text("utf-8").split("[[package]]")
    if '\nname = "botocore"\n' in block
    for line in block.splitlines()
    if line.startswith("version = ")
)


def version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def from_stubs() -> Iterator[str]:
    """Name the operations, members and values that the stubs have."""
    client, literals, types = (
        ast.parse((STUBS / f"{name}.pyi").read_text("utf-8"))
        for name in ("client", "literals", "type_defs")
    )
    for node in ast.walk(client):
        if isinstance(node, ast.FunctionDef):
            yield f"{node.name}()"
    for node in literals.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id.removesuffix("Type")
            values = [part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant)]
            yield from (f"{name} = {value}" for value in values)
    for node in types.body:
        if isinstance(node, ast.ClassDef):
            name = node.name.removesuffix("TypeDef").removesuffix("Output")
            members = [part for part in node.body if isinstance(part, ast.AnnAssign)]
            yield from (f"{name}.{part.target.id}" for part in members)  # type: ignore[union-attr]
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            name = str(node.targets[0].id).removesuffix("TypeDef")  # type: ignore[attr-defined]
            keys = [part.keys for part in node.value.args if isinstance(part, ast.Dict)]
            yield from (f"{name}.{key.value}" for group in keys for key in group)  # type: ignore[union-attr]


def from_model() -> Iterator[str]:
    """Name the operations, members and values that the installed botocore has."""
    for name in SERVICE.operation_names:
        yield f"{xform_name(name)}()"
    for name in SERVICE.shape_names:
        shape = SERVICE.shape_for(name)
        short = name.removesuffix("Output")
        if shape.type_name == "string" and getattr(shape, "enum", None):
            yield from (f"{name} = {value}" for value in shape.enum)
        elif shape.type_name == "structure" and not shape.metadata.get("exception"):
            yield from (f"{short}.{member}" for member in shape.members)


def test_stubs_have_what_the_service_has() -> None:
    assert set(from_model()) - set(from_stubs()) == set()


def test_service_has_what_the_stubs_have() -> None:
    models = {name.partition(".")[0] for name in from_model()}
    own = {"ResponseMetadata", "PaginatorConfig", "EmptyResponseMetadata"}
    surplus = {
        name
        for name in set(from_stubs()) - set(from_model())
        if "." in name
        and name.partition(".")[0] in models - own
        and not name.endswith((".ResponseMetadata", ".PaginationConfig"))
    }
    assert version(botocore.__version__) < version(MADE_FROM) or surplus == set()


def test_stubs_keep_their_licence_and_nothing_that_runs() -> None:
    assert "MIT License" in (ROOT / "stubs" / "LICENSE").read_text("utf-8")
    assert list((ROOT / "stubs").rglob("*.py")) == []


@pytest.mark.skipif(
    find_spec("mypy_boto3_builder") is None or botocore.__version__ != MADE_FROM,
    reason="the builder needs Python 3.12 and is in the dependency group `stubs`; the stubs are "
    "made from the botocore that uv.lock pins",
)
def test_stubs_are_what_would_be_generated() -> None:
    script = ROOT / "scripts" / "generate_stubs.py"
    subprocess.run([sys.executable, str(script), "--check"], check=True)  # noqa: S603  Ours.
