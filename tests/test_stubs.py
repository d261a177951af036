"""The committed stubs and botocore's model of the service.

mypy-boto3-builder, which makes the stubs, needs Python 3.12; this comparison runs everywhere.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import botocore
import pytest
from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StructureShape
from service_comparison import service_model

SERVICE = service_model()
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


# Names of the stubs that the service does not have.
CLIENT_METHODS = {"exceptions", "meta", "can_paginate", "generate_presigned_url", "get_paginator"}
CLIENT_METHODS |= {"__init__", "close"}
BOTO3_STRUCTURES = {"ResponseMetadata", "PaginatorConfig", "EmptyResponseMetadata"}

SCALARS = {
    "boolean": "bool",
    "integer": "int",
    "long": "int",
    "string": "str",
    "timestamp": "datetime",
}


def parsed(module: str) -> ast.Module:
    return ast.parse((STUBS / f"{module}.pyi").read_text("utf-8"))


def values_by_name() -> dict[str, str]:
    """Return the name of each enum by how the stubs write its values."""
    enums = [node for node in parsed("literals").body if isinstance(node, ast.Assign)]
    return {ast.unparse(node.value): ast.unparse(node.targets[0]) for node in enums}


def member_in_stubs(structure: str, name: str, annotation: ast.expr) -> str:
    text = ast.unparse(annotation)
    text = re.sub(r"^NotRequired\[(.*)\]$", r"\1 or nothing", text)
    # The builder writes out an enum of one value.
    text = re.sub(r"Literal\['\w+'\]", lambda found: values_by_name()[found[0]], text)
    text = re.sub(r"(Output|Union)?(TypeDef|Type)\b", "", text)
    return f"{structure}.{name}: {text.replace('Sequence[', 'list[').replace('Mapping[', 'dict[')}"


def typed_dicts() -> Iterator[tuple[str, list[tuple[str, ast.expr]]]]:
    for node in parsed("type_defs").body:
        if isinstance(node, ast.ClassDef):
            parts = [part for part in node.body if isinstance(part, ast.AnnAssign)]
            yield node.name, [(ast.unparse(part.target), part.annotation) for part in parts]
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            members = node.value.args[1]
            assert isinstance(members, ast.Dict)
            keys = [ast.literal_eval(key) for key in members.keys if key]
            yield ast.unparse(node.targets[0]), list(zip(keys, members.values, strict=True))


def from_stubs() -> Iterator[str]:
    """Name the operations, members and values that the stubs have."""
    for node in ast.walk(parsed("client")):
        if isinstance(node, ast.FunctionDef) and node.name not in CLIENT_METHODS:
            yield f"{node.name}()"
    for node in parsed("literals").body:
        name = ast.unparse(node.targets[0]) if isinstance(node, ast.Assign) else ""
        if name.endswith("Type"):
            values = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
            yield from (f"{name.removesuffix('Type')} = {value!s}" for value in values)
    for name, members in typed_dicts():
        structure = name.removesuffix("TypeDef").removesuffix("Output")
        if structure not in BOTO3_STRUCTURES and not structure.endswith("Paginate"):
            for member, annotation in members:
                if member != "ResponseMetadata":
                    yield member_in_stubs(structure, member, annotation)


def type_in_stubs(shape: Shape) -> str:
    if isinstance(shape, ListShape):
        return f"list[{type_in_stubs(shape.member)}]"
    if isinstance(shape, MapShape):
        return f"dict[{type_in_stubs(shape.key)}, {type_in_stubs(shape.value)}]"
    if isinstance(shape, StructureShape):
        return str(shape.name) if shape.members else "dict[str, Any]"
    return str(shape.name) if getattr(shape, "enum", None) else SCALARS[shape.type_name]


def from_model() -> Iterator[str]:
    """Name the operations, members and values that the installed botocore has."""
    outputs = set()
    for name in SERVICE.operation_names:
        output = SERVICE.operation_model(name).output_shape
        outputs |= {output.name} if output else set()
        yield f"{xform_name(name)}()"
    for name in SERVICE.shape_names:
        shape = SERVICE.shape_for(name)
        short = name.removesuffix("Output")
        if shape.type_name == "string":
            yield from (f"{name} = {value}" for value in getattr(shape, "enum", []))
        elif isinstance(shape, StructureShape) and not shape.metadata.get("exception"):
            for member, member_shape in shape.members.items():
                # The builder treats every member of a response as present, except tokens.
                there = name in outputs and member != "nextToken"
                optional = "" if there or member in shape.required_members else " or nothing"
                yield f"{short}.{member}: {type_in_stubs(member_shape)}{optional}"


def test_stubs_have_what_the_service_has() -> None:
    assert set(from_model()) - set(from_stubs()) == set()


def test_service_has_what_the_stubs_have() -> None:
    surplus = set(from_stubs()) - set(from_model())
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
    subprocess.run([sys.executable, str(script), "--check"], check=True)  # noqa: S603  It runs this repository's script.
