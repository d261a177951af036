"""What type checkers report for programs written against the SDK."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

PROGRAMS = Path(__file__).parent / "typing"
# httpx2 needs Python 3.11.
NAMES = sorted(
    path.name
    for path in PROGRAMS.glob("*.py")
    if "httpx2" not in path.name or find_spec("httpx2") is not None
)
STUBS = Path(__file__).parent.parent / "stubs"

# A program's line, such as `failing.py:12`.
Lines = set[str]


def run(*command: str, cwd: Path) -> str:
    """Run a checker of this Python's environment, outside the project and its settings."""
    executable = shutil.which(command[0], path=str(Path(sys.executable).parent))
    assert executable is not None, f"{command[0]} is not installed"
    # pyright verifies the package that the first Python on the path has.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(  # noqa: S603  The commands are constants of this module.
        [executable, *command[1:]],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path},
    )
    return result.stdout + result.stderr


def refused(output: str, pattern: str) -> Lines:
    lines = {f"{name}:{line}" for name, line in re.findall(pattern, output, re.MULTILINE)}
    assert lines, f"the checker did not work: {output}"
    return lines


def mypy(folder: Path, settings: str = "") -> Lines:
    (folder / "mypy.ini").write_text(
        f"[mypy]\nstrict = true\nmypy_path = {STUBS}\n{settings}\n"
        "[mypy-types_boto3_lambda_microvms.*]\nignore_errors = true\n",
        encoding="utf-8",
    )
    output = run("mypy", "--config-file=mypy.ini", *NAMES, cwd=folder)
    return refused(output, r"^(\w+\.py):(\d+): error")


def mypy_with_pydantics_plugin(folder: Path) -> Lines:
    return mypy(folder, "plugins = pydantic.mypy")


def pyright(folder: Path) -> Lines:
    # `passing.py` sets strict mode itself. In `failing.py` that mode would report further errors,
    # which follow from the marked ones.
    settings = {"typeCheckingMode": "standard", "stubPath": str(STUBS)}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    output = run("pyright", "--pythonpath", sys.executable, cwd=folder)
    return refused(output, r"(\w+\.py):(\d+):\d+ - (?:error|warning)")


def ty(folder: Path) -> Lines:
    command = ["ty", "check", "--python", sys.prefix, "--output-format", "concise"]
    return refused(run(*command, cwd=folder), r"^(\w+\.py):(\d+):\d+: (?:error|warning)")


def pyrefly(folder: Path) -> Lines:
    # Without a preset, and without a project's settings, pyrefly checks next to nothing.
    command = ["pyrefly", "check", "--preset", "strict", "--output-format", "min-text"]
    output = run(
        *command,
        "--python-interpreter-path",
        sys.executable,
        *NAMES,
        cwd=folder,
    )
    return refused(output, r"^\s*(?:ERROR|WARN) (\w+\.py):(\d+):")


def marked(checker: str) -> Lines:
    """Return the lines that a checker must refuse: those marked with a comment."""
    return {
        f"{path.name}:{number}"
        for path in PROGRAMS.glob("failing*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if (mark := re.search(r"  # error(?:: (.*))?$", line))
        and checker in (mark[1] or checker).split()
    }


@pytest.mark.parametrize(
    ("check", "name"),
    [
        (mypy, "mypy"),
        (mypy_with_pydantics_plugin, "mypy-with-plugin"),
        (pyright, "pyright"),
        (ty, "ty"),
        (pyrefly, "pyrefly"),
    ],
)
def test_checker_accepts_correct_programs_and_refuses_each_wrong_line(
    check: Callable[[Path], Lines],
    name: str,
    tmp_path: Path,
    pytestconfig: pytest.Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for program in NAMES:
        shutil.copy(PROGRAMS / program, tmp_path)
    # The next run checks only what has changed since. `-p no:cacheprovider` removes the cache.
    if pytestconfig.pluginmanager.hasplugin("cacheprovider"):
        monkeypatch.setenv("MYPY_CACHE_DIR", str(pytestconfig.cache.mkdir(name)))
    assert check(tmp_path) == marked(name)
