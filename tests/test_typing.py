"""What type checkers say to programs written against the SDK."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "typing"
ROOT = Path(__file__).parent.parent
PASSING = PROGRAMS / "passing.py"
FAILING = PROGRAMS / "failing.py"
WITH_PLUGIN = "[mypy]\nplugins = pydantic.mypy\n"


def run(*command: str, cwd: Path) -> str:
    """Run a checker that is installed beside this Python, away from the project's settings."""
    executable = shutil.which(command[0], path=str(Path(sys.executable).parent))
    assert executable is not None, f"{command[0]} is not installed"
    # pyright looks for the package that it is to verify with the first Python on the path.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(  # noqa: S603  Ours.
        [executable, *command[1:]],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path},
    )
    return result.stdout + result.stderr


def mypy(program: Path, folder: Path, settings: str = "[mypy]\n") -> set[int]:
    """Return the lines that mypy refuses."""
    (folder / "mypy.ini").write_text(
        f"{settings}mypy_path = {ROOT / 'stubs'}\n"
        "[mypy-boto3.*,types_boto3_lambda_microvms.*]\nignore_errors = true\n",
        encoding="utf-8",
    )
    output = run("mypy", "--strict", "--config-file=mypy.ini", str(program), cwd=folder)
    assert "Success" in output or "Found" in output, output
    return {int(line) for line in re.findall(rf"{program.name}:(\d+): error", output)}


def pyright(program: Path, folder: Path) -> set[int]:
    """Return the lines that pyright refuses."""
    settings = {"typeCheckingMode": "strict", "stubPath": str(ROOT / "stubs")}
    if program == FAILING:
        settings = {**settings, "typeCheckingMode": "standard"}
    shutil.copy(program, folder)
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    output = run(
        "pyright", "--outputjson", "--pythonpath", sys.executable, program.name, cwd=folder
    )
    found = json.loads(output[output.index("{") :])["generalDiagnostics"]
    return {problem["range"]["start"]["line"] + 1 for problem in found}


def marked(*markers: str) -> set[int]:
    lines = FAILING.read_text("utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if line.rsplit("  # ", 1)[-1] in markers}


def test_mypy_accepts_the_program_that_is_right(tmp_path: Path) -> None:
    assert mypy(PASSING, tmp_path) == set()


def test_mypy_with_pydantics_plugin_accepts_it_too(tmp_path: Path) -> None:
    assert mypy(PASSING, tmp_path, WITH_PLUGIN) == set()


def test_mypy_refuses_each_line_that_is_wrong_and_no_other(tmp_path: Path) -> None:
    assert mypy(FAILING, tmp_path) == marked("error")


def test_pyright_accepts_the_program_that_is_right(tmp_path: Path) -> None:
    assert pyright(PASSING, tmp_path) == set()


def test_pyright_refuses_each_line_that_is_wrong_and_no_other(tmp_path: Path) -> None:
    assert pyright(FAILING, tmp_path) == marked("error", "error-pyright")


@pytest.mark.parametrize("checker", ["ty", "pyrefly"])
def test_other_checkers_accept_the_program_that_is_right(checker: str, tmp_path: Path) -> None:
    shutil.copy(PASSING, tmp_path)
    command = {
        "ty": ["ty", "check", "--python", sys.prefix, "passing.py"],
        "pyrefly": ["pyrefly", "check", "--python-interpreter-path", sys.executable, "passing.py"],
    }[checker]
    output = run(*command, cwd=tmp_path)
    assert "All checks passed" in output or "0 errors" in output, output


def test_every_public_type_is_known_to_pyright(tmp_path: Path) -> None:
    report = json.loads(
        run(
            "pyright",
            "--verifytypes",
            "microvm_sdk",
            "--ignoreexternal",
            "--outputjson",
            cwd=tmp_path,
        )
    )
    completeness = report["typeCompleteness"]
    unknown = [
        symbol["name"]
        for symbol in completeness["symbols"]
        if symbol["isExported"] and not symbol["isTypeKnown"]
    ]
    assert unknown == []
    assert completeness["completenessScore"] == 1
