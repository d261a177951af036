"""The committed stubs are what mypy-boto3-builder makes of botocore's model of the service."""

import ast
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import botocore
import pytest
from botocore import xform_name
from service_comparison import service_model

ROOT = Path(__file__).parent.parent
STUBS = ROOT / "stubs" / "types_boto3_lambda_microvms"
# What the stubs were made from.
MADE_FROM = next(
    line.split('"')[1]
    for block in (ROOT / "uv.lock").read_text("utf-8").split("[[package]]")
    if '\nname = "botocore"\n' in block
    for line in block.splitlines()
    if line.startswith("version = ")
)


def test_stubs_have_every_operation() -> None:
    client = ast.parse((STUBS / "client.pyi").read_text("utf-8"))
    methods = {node.name for node in ast.walk(client) if isinstance(node, ast.FunctionDef)}
    assert {xform_name(name) for name in service_model().operation_names} <= methods


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
