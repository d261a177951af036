"""Write `tests/public_api.txt`: the signature of everything public, read from the source.

    uv run python scripts/list_api.py

A test compares the file with the source, so that every change of the public API is noticed.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

ROOT = Path(__file__).resolve().parent.parent
LISTING = ROOT / "tests" / "public_api.txt"
PACKAGE = ROOT / "src" / "microvm_sdk"


def listing() -> str:
    """List what is public.

    Returns:
        A line for each class, field, enum value, method and alias, under the package's name for it;
        at the end the classes that public ones inherit from.
    """
    lines: list[str] = []
    for package, face in _faces():
        sources = [face]
        if face == PACKAGE / "__init__.py":
            # A public name is in a module at the top, or in one of the packages that hold them.
            sources = sorted(PACKAGE.glob("*.py"))
            for package_of_names in ("models", "_async", "_calls", "_waits"):
                sources += sorted((PACKAGE / package_of_names).rglob("*.py"))
        elif face.name == "__init__.py":
            sources = sorted(face.parent.rglob("*.py"))
        found = {name: text for path in sources for name, text in _definitions(path)}
        public = found.keys() & set(_constant(face, "__all__"))
        inherited = {base for name in public for base in _bases(found, name)} - public
        for name in [*sorted(public), *sorted(inherited)]:
            first, *members = found[name]
            lines += [f"{package}.{first}" if name in public else f"inherited: {first}", *members]
    return "\n".join(lines) + "\n"


def _faces() -> Iterator[tuple[str, Path]]:
    """Yield the public modules, and the files that list their names."""
    yield "microvm_sdk", PACKAGE / "__init__.py"
    for name in sorted(_constant(PACKAGE / "__init__.py", "_PUBLIC_MODULES")):
        file = PACKAGE / f"{name}.py"
        yield f"microvm_sdk.{name}", file if file.exists() else PACKAGE / name / "__init__.py"


def _bases(found: dict[str, list[str]], name: str) -> Iterator[str]:
    """Find the classes of the package that a class inherits from."""
    a_class = re.fullmatch(r"\w+\((.*)\)", found[name][0])
    for base in re.findall(r"\w+", a_class[1]) if a_class else ():
        if base in found:
            yield base
            yield from _bases(found, base)


def _constant(path: Path, name: str) -> Iterable[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return cast("Iterable[str]", ast.literal_eval(node.value))
    return ()


def _definitions(path: Path) -> Iterator[tuple[str, list[str]]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            bases = ", ".join(map(ast.unparse, [*node.bases, *node.keywords]))
            lines = [f"{node.name}({bases})" if bases else node.name]
            yield node.name, lines + [f"    {line}" for line in _members(node)]
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias":
            name = ast.unparse(node.target)
            yield name, [f"{name} = {ast.unparse(node.value)}" if node.value else name]
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, [_signature(node)]


def _members(node: ast.ClassDef) -> Iterator[str]:
    for member in node.body:
        if isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if member.name == "__init__" or not member.name.startswith("_"):
                yield _signature(member)
        elif isinstance(member, (ast.Assign, ast.AnnAssign)):
            text = ast.unparse(member)
            if not text.startswith(("_", "wire_tag")):
                yield text


def _signature(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    decorators = [ast.unparse(decorator) for decorator in function.decorator_list]
    prefix = "".join(f"@{name} " for name in decorators if name in {"property", "classmethod"})
    returns = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    if isinstance(function, ast.AsyncFunctionDef):
        prefix += "async "
    return f"{prefix}{function.name}({ast.unparse(function.args)}){returns}"


if __name__ == "__main__":
    LISTING.write_text(listing(), encoding="utf-8")
    print(f"wrote {LISTING.relative_to(ROOT)}; list what changed in CHANGELOG.md")
