"""Change the source in small ways, and check that tests notice.

    uv run python scripts/mutations.py pagination.py models/_machinery/unions.py
    uv run python scripts/mutations.py --sample 40 models
    uv run python scripts/mutations.py --fixed

Each mutation of a module is applied to a copy of the package, and the tests of the module run
against it. It is killed if they fail. Those that survive are listed: either a test is missing, or
the mutation changes nothing that anybody could notice. `--fixed` runs the list of mutations in
`tests/known_mutations.py`, all of which must be killed.
"""

import argparse
import ast
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "microvm_sdk"
COMPARISONS: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(),
    ast.Lt: ast.LtE(),
    ast.LtE: ast.Lt(),
    ast.Gt: ast.GtE(),
    ast.GtE: ast.Gt(),
    ast.In: ast.NotIn(),
    ast.NotIn: ast.In(),
    ast.Is: ast.IsNot(),
    ast.IsNot: ast.Is(),
}
# The names of a package, and f-strings, whose parts have no exact place before Python 3.12.
INERT = ("__all__", "f'", 'f"')
REMOVABLE = (ast.Assign, ast.AugAssign, ast.Delete, ast.Expr, ast.Raise)
CONDITIONS = (ast.Attribute, ast.Call, ast.Name, ast.NamedExpr)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Mutation(NamedTuple):
    """A change of a module that tests must notice."""

    file: str
    """The module, relative to the package."""
    old: str
    """Text that the module has once."""
    new: str
    """What replaces it."""
    tests: str = ""
    """What pytest runs, separated by spaces; by default the tests of the module."""
    line: int = 0
    """The line of the text, if it occurs more than once."""
    column: int = 0
    """Its column in that line."""

    def apply(self, source: str) -> str:
        """Return the source with the change."""
        if not self.line and source.count(self.old) != 1:
            sys.exit(f"{self.file} does not have this text once: {self.old!r}")
        lines = source.splitlines(keepends=True)
        start = sum(map(len, lines[: max(self.line - 1, 0)])) + self.column
        return source[:start] + source[start:].replace(self.old, self.new, 1)

    def __str__(self) -> str:
        """Show where it is and what it changes."""
        old, new = (" ".join(text.split()) for text in (self.old, self.new))
        return f"{self.file}:{self.line}: {old}  ->  {new}"


def alternatives(node: ast.AST) -> Iterator[ast.AST]:  # noqa: C901, PLR0912  One case for each kind of mutation.
    """Yield what may replace a node."""
    match node:
        case ast.Compare():
            for number, operator in enumerate(node.ops):
                other = [*node.ops[:number], COMPARISONS[type(operator)], *node.ops[number + 1 :]]
                yield ast.Compare(node.left, other, node.comparators)
        case ast.BoolOp(op=ast.And()):
            yield ast.BoolOp(ast.Or(), node.values)
        case ast.BoolOp():
            yield ast.BoolOp(ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp(op=ast.Add()):
            yield ast.BinOp(node.left, ast.Sub(), node.right)
        case ast.BinOp(op=ast.Sub()):
            yield ast.BinOp(node.left, ast.Add(), node.right)
        case ast.BinOp(op=ast.Mult()):
            yield ast.BinOp(node.left, ast.Add(), node.right)
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int(number) | float(number)):
            yield ast.Constant(number + 1)
        case ast.Constant(value=str(text)) if re.fullmatch(r"[\w-]+", text):
            yield ast.Constant(f"{text}x")
        case ast.IfExp():
            yield ast.IfExp(node.test, node.orelse, node.body)
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield ast.Return(ast.Constant(None))
        case ast.If(test=test) | ast.While(test=test) if isinstance(test, CONDITIONS):
            yield ast.UnaryOp(ast.Not(), test)  # Any other condition has mutations of its own.
        case _:
            pass


def mutations(file: str, source: str) -> Iterator[Mutation]:
    """Yield the mutations of a module."""
    for node in _code(ast.parse(source), in_function=False):
        place = node.test if isinstance(node, (ast.If, ast.While)) else node
        for other in alternatives(node):
            new = ast.unparse(ast.fix_missing_locations(other))
            is_nested = isinstance(place, ast.expr) and not isinstance(other, ast.Constant)
            yield _mutation(file, source, place, f"({new})" if is_nested else new)
        if isinstance(node, REMOVABLE):
            yield _mutation(file, source, node, "pass")


def _mutation(file: str, source: str, node: ast.AST, new: str) -> Mutation:
    assert isinstance(node, (ast.expr, ast.stmt))  # noqa: S101  For the type checker.
    line = source.splitlines()[node.lineno - 1].encode()
    column = len(line[: node.col_offset].decode())
    old = ast.get_source_segment(source, node) or ""
    return Mutation(file, old, new, line=node.lineno, column=column)


def _code(node: ast.AST, *, in_function: bool) -> Iterator[ast.AST]:
    """Yield the nodes that run: no annotations, docstrings, or checks for type checkers."""
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "bases", "keywords"} and not (
            isinstance(node, ast.Call)
        ):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or _is_inert(child):
                continue
            if isinstance(child, ast.expr) or in_function:
                yield child
            yield from _code(child, in_function=in_function or isinstance(child, FUNCTIONS))


def _is_inert(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    text = ast.unparse(node) if isinstance(node, (ast.If, ast.Assign, ast.JoinedStr)) else ""
    return "TYPE_CHECKING" in text or " = TypeVar(" in text or text.startswith(INERT)


def nearest_tests(file: str) -> list[str]:
    """Return the tests of a module: those nearest to it first, then those of its folder."""
    parts = [part for part in Path(file).with_suffix("").parts if part != "_machinery"]
    folder = ROOT / "tests"
    for part in parts[:-1]:
        folder /= part if (folder / part).exists() else part.strip("_")
    found = [
        path.relative_to(ROOT).as_posix()
        for path in (folder / f"test_{parts[-1].strip('_')}.py", folder)
        if path.exists() and path != ROOT / "tests"
    ]
    also = {
        "_error_kinds": ["tests/test_exceptions.py"],
        "_error_texts": ["tests/calls/test_error_responses.py"],
        "exceptions": ["tests/test_error_kinds.py", "tests/test_error_texts.py"],
        "models": ["tests/conformance", "tests/calls/test_responses.py"],
    }
    return found + also.get(parts[0], [])


class Workers:
    """Copies of the package, in which mutations are applied and tested at the same time."""

    def __init__(self, folder: Path, number: int, timeout: float) -> None:
        """Copy the package for each worker."""
        self._timeout = timeout
        self._free: SimpleQueue[Path] = SimpleQueue()
        self._number = number
        for worker in range(number):
            copy = folder / str(worker)
            shutil.copytree(PACKAGE, copy / "microvm_sdk")
            self._free.put(copy)

    def survivors(self, changes: Iterable[Mutation]) -> list[Mutation]:
        """Return the mutations that no test notices."""
        with ThreadPoolExecutor(self._number) as pool:
            tried = [(change, pool.submit(self.is_killed, change)) for change in changes]
            return [change for change, killed in tried if not killed.result()]

    def is_killed(self, change: Mutation) -> bool:
        """Return whether the tests fail with a mutation."""
        copy = self._free.get()
        path = copy / "microvm_sdk" / change.file
        source = path.read_text(encoding="utf-8")
        try:
            path.write_text(change.apply(source), encoding="utf-8")
            return fails(change.tests.split() or nearest_tests(change.file), copy, self._timeout)
        finally:
            path.write_text(source, encoding="utf-8")
            self._free.put(copy)


def fails(tests: list[str], package: Path, timeout: float | None = None) -> bool:
    """Return whether tests fail with a copy of the package, or do not end in time."""
    options = ("-q", "-x", "-n0", "-p", "no:cacheprovider", "--hypothesis-seed=1")
    environment = {**os.environ, "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", *options, *tests]
    try:
        run = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True
    return run.returncode != 0


def chosen(files: list[str], sample: int) -> list[Mutation]:
    """Return the mutations of modules and folders, or some of them."""
    paths = [path for file in files for path in _modules(PACKAGE / file)]
    found = [
        mutation
        for path in paths
        for mutation in mutations(
            path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8")
        )
    ]
    if sample and sample < len(found):
        found = sorted(random.Random(1).sample(found, sample))  # noqa: S311  Any sample will do.
    return found


def _modules(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def main(arguments: list[str]) -> int:
    """Run it, and return the status to exit with."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="*", help="modules or folders, relative to the package")
    parser.add_argument("--sample", type=int, default=0, help="how many mutations to try")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--fixed", action="store_true", help="try those that must be killed")
    options = parser.parse_args(arguments)
    sys.path.insert(0, str(ROOT / "tests"))
    from known_mutations import KNOWN  # noqa: PLC0415  In a folder of the tests.

    changes = list(KNOWN) if options.fixed else chosen(options.files, options.sample)
    tests = {
        test for change in changes for test in change.tests.split() or nearest_tests(change.file)
    }
    began = time.monotonic()
    if fails(sorted(tests), PACKAGE.parent):
        sys.exit("the tests fail without a mutation")
    # A mutation may make a loop endless.
    timeout = 20 + 3 * (time.monotonic() - began)
    with TemporaryDirectory() as folder:
        survivors = Workers(Path(folder), options.workers, timeout).survivors(changes)
    for survivor in survivors:
        print(survivor)
    killed = len(changes) - len(survivors)
    print(f"{killed} of {len(changes)} killed ({100 * killed / max(len(changes), 1):.1f} %)")
    return bool(options.fixed and survivors)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
