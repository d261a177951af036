"""Modules import from earlier layers and their own only, for types too."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import microvm_sdk

pytestmark = pytest.mark.once

SOURCE = Path(microvm_sdk.__file__).parent
# A module may import from its own layer and from those before it.
LAYERS = (
    {"_forks", "_loopback", "_notes", "_printable", "_version", "_version_numbers", "arns"},
    {"_arguments", "_error_kinds", "_error_texts", "_release_steps", "exceptions", "models"},
    {"_calls"},
    {"_waits", "pagination"},
    {"_async", "async_client", "client"},
    {"_image_versions", "images"},
    {"connect", "lifecycle", "releases", "settings"},
    {"build"},
    {"__main__", "_commands", "testing"},
)


def _layer(module: str) -> int:
    """Return the number of a module's layer; the last for the package itself and its names."""
    unit = module.partition(".")[2].partition(".")[0]
    found = [number for number, units in enumerate(LAYERS) if unit in units]
    return found[0] if found else len(LAYERS) - 1


def _imports(path: Path) -> Iterator[str]:
    """Yield what a file imports, inside functions and `TYPE_CHECKING` blocks as well."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "microvm_sdk":
            yield from (f"microvm_sdk.{name.name}" for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _later_imports(path: Path) -> Iterator[str]:
    own = ".".join(["microvm_sdk", *path.relative_to(SOURCE).with_suffix("").parts])
    for module in _imports(path):
        if module.partition(".")[0] == "microvm_sdk" and _layer(module) > _layer(own):
            yield f"{own} imports {module}"


def test_no_module_imports_from_a_later_layer() -> None:
    files = [path for path in sorted(SOURCE.rglob("*.py")) if path != SOURCE / "__init__.py"]
    assert len(files) > 100
    tops = {path.relative_to(SOURCE).parts[0].removesuffix(".py") for path in files}
    assert tops <= set().union(*LAYERS), "name the layer of a new module in LAYERS"
    assert [line for path in files for line in _later_imports(path)] == []


@pytest.mark.parametrize(
    "program",
    [
        "from microvm_sdk.client import MicroVMClient",
        "from microvm_sdk import client",
        "from microvm_sdk import MicroVMClient",
        "import microvm_sdk",
        "def f():\n    import microvm_sdk.client",
        "if TYPE_CHECKING:\n    from microvm_sdk.client import MicroVMClient",
    ],
)
def test_import_from_a_later_layer_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "SOURCE", tmp_path)
    path = tmp_path / "pagination.py"
    path.write_text(f"from microvm_sdk.models import Image\n{program}\n", encoding="utf-8")
    (found,) = _later_imports(path)
    assert found.startswith("microvm_sdk.pagination imports microvm_sdk")
