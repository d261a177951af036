"""The files of the package, and the packages that they import."""

import ast
import re
import sys
from fnmatch import fnmatch
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

import microvm_sdk

FOLDER = Path(microvm_sdk.__file__).parent
FILES = [path for path in FOLDER.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
# pydantic is made of these, and pins them.
PARTS_OF_PYDANTIC = {"annotated-types", "pydantic-core"}
# The wheel contains the stubs. The plugin of pytest is loaded by pytest.
NOT_DECLARED = {"types_boto3_lambda_microvms", "pytest"}
# A method for each operation, a class for each error, a method for each control: one list each.
LONG = {
    "async_client.py",
    "client.py",
    "exceptions.py",
    "testing/_controls.py",
    "testing/_server.py",
}


def test_package_reads_no_data_files() -> None:
    """Frozen applications such as PyInstaller's contain code only."""
    others = {path.relative_to(FOLDER).as_posix() for path in FILES if path.suffix != ".py"}
    assert others == {"py.typed"}


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {"microvm_sdk"} - NOT_DECLARED


def declared(*extras: str) -> set[str]:
    """Return the names of the packages that the SDK requires, with some extras."""
    lines = requires("microvm-sdk") or []
    wanted = [
        line
        for line in lines
        if (extra := re.search(r"extra == '(\w+)'", line)) is None or extra[1] in extras
    ]
    return {re.split(r"[^\w-]", line)[0].lower() for line in wanted} | PARTS_OF_PYDANTIC


def test_packages_that_are_imported_are_declared() -> None:
    distributions = packages_distributions()
    for path in FILES:
        if path.suffix == ".py":
            extras = {"connect", "testing"} & set(path.relative_to(FOLDER).parts)
            for name in imported(path) & distributions.keys():
                names = {found.lower().replace("_", "-") for found in distributions[name]}
                assert names & declared(*extras), f"{path.name} imports {name}"


def test_files_are_short_enough_to_read() -> None:
    lengths = {
        path.relative_to(FOLDER).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in FILES
    }
    assert {name for name, length in lengths.items() if length > 360} - LONG == set()


def test_no_folder_of_tests_is_skipped(pytestconfig: pytest.Config) -> None:
    """By default, pytest skips a folder named `build`."""
    skipped = pytestconfig.getini("norecursedirs")
    names = {path.parent.name for path in Path(__file__).parent.rglob("test_*.py")}
    assert "build" in names
    assert [name for name in names if any(fnmatch(name, pattern) for pattern in skipped)] == []
