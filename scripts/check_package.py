"""Build the sdist and the wheel, and check them as a user gets them, before publishing.

    uv run --isolated --no-default-groups --group package python scripts/check_package.py

With `--output FOLDER` the files that passed are copied there.

The right files, the same bytes from two builds, metadata that PyPI accepts, a wheel that passes
tests of the sdist in an environment of its own, and types that are complete where nothing but the
wheel and the type checkers is installed.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
# Tests of the sdist that need pytest and the wheel only.
TESTS = (
    "tests/models/test_auth_token.py",
    "tests/models/test_enums.py",
    "tests/models/test_frozen.py",
    "tests/models/test_repr.py",
    "tests/models/test_results.py",
    "tests/models/test_timestamps.py",
    "tests/models/test_unions.py",
    "tests/test_client.py",
    "tests/test_pagination.py",
    "tests/waits/test_failed_waits.py",
    "tests/waits/test_waiters.py",
)
WHEEL_FOLDERS = {"microvm_sdk", "types_boto3_lambda_microvms-stubs"}
SDIST_FOLDERS = {"src", "tests", "docs", "examples", "benchmarks", "scripts", "stubs", ".ci"}
SDIST_FILES = {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "uv.lock", "PKG-INFO"}

# Two misspelled names, which type checkers must refuse where only the wheel is installed.
MISSPELLED = """\
from microvm_sdk import MicroVMClient
from microvm_sdk.exceptions import ServiceError


def program(client: MicroVMClient, error: ServiceError) -> None:
    print(error.message)
    print(error.mesage)
    client.boto3_client.close()
    client.boto3_client.update_microvm_image_versoin()
"""
MISSPELLED_LINES = {"7", "9"}


def run(*command: str, cwd: Path = ROOT) -> None:
    """Run a program, and exit if it fails."""
    print("$", *command, flush=True)
    subprocess.run(command, cwd=cwd, check=True)


def build(target: Path) -> tuple[Path, Path]:
    """Build the sdist, and the wheel from it."""
    os.environ.setdefault("SOURCE_DATE_EPOCH", "1767225600")
    run(sys.executable, "-m", "build", "--installer", "uv", "--outdir", str(target), str(ROOT))
    return next(target.glob("*.tar.gz")), next(target.glob("*.whl"))


def digest(path: Path) -> str:
    """Hash a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check(condition: bool, problem: str) -> None:
    """Exit with a problem unless a condition is true."""
    if not condition:
        sys.exit(f"package: {problem}")


def check_files(sdist: Path, wheel: Path) -> None:
    """Check which files are in the packages."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    folders = {name.split("/")[0] for name in names}
    metadata = {folder for folder in folders if folder.endswith(".dist-info")}
    check(folders - metadata == WHEEL_FOLDERS, f"the wheel has {sorted(folders)}")
    check("microvm_sdk/py.typed" in names, "the wheel lacks microvm_sdk/py.typed")
    check(not [name for name in names if "__pycache__" in name], "the wheel has caches")
    with tarfile.open(sdist) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    top = {name.split("/")[0] for name in names}
    missing = (SDIST_FOLDERS | SDIST_FILES) - top
    check(not missing, f"the sdist lacks {sorted(missing)}")
    unwanted = [name for name in names if "__pycache__" in name or name.startswith("docs/_build")]
    check(not unwanted, f"the sdist has {unwanted[:3]}")


def environment(folder: Path, *requirements: str) -> Path:
    """Install packages into an environment of their own, and return its folder of programs."""
    run("uv", "venv", "--quiet", "--python", sys.executable, str(folder))
    run("uv", "pip", "install", "--quiet", "--python", str(folder), *requirements)
    return folder / ("Scripts" if os.name == "nt" else "bin")


def check_tests(sdist: Path, wheel: Path, folder: Path) -> None:
    """Run tests of the sdist where only the wheel and pytest are installed."""
    requirements = (f"{wheel}[testing]", "pytest", "pytest-asyncio", "pytest-xdist")
    programs = environment(folder / "tests", *requirements)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    sources = next(path for path in folder.iterdir() if (path / "PKG-INFO").exists())
    run(str(programs / "python"), "-m", "pytest", "--quiet", *TESTS, cwd=sources)


def check_types(wheel: Path, folder: Path) -> None:
    """Check types where only the wheel and the type checkers are installed."""
    programs = environment(folder / "types", str(wheel), "mypy", "pyright[nodejs]")
    # pyright verifies the package that the first Python on the path has.
    os.environ["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
    pyright = str(programs / "pyright")
    run(pyright, "--verifytypes", "microvm_sdk", "--ignoreexternal", cwd=folder)
    program = folder / "misspelled.py"
    program.write_text(MISSPELLED, encoding="utf-8")
    for checker in ([str(programs / "mypy"), "--strict"], [pyright]):
        result = subprocess.run(
            [*checker, program.name], cwd=folder, capture_output=True, text=True, check=False
        )
        found = set(re.findall(r"misspelled\.py:(\d+)(?::\d+ -|:) error", result.stdout))
        name = Path(checker[0]).name
        check(found == MISSPELLED_LINES, f"{name} refuses other lines: {result.stdout}")


def main() -> None:
    """Run all the checks."""
    parser = argparse.ArgumentParser(description="Build the package and check it.")
    parser.add_argument("--output", type=Path, help="where to copy the files that passed")
    output: Path | None = parser.parse_args().output
    # `uv run` sets the variable. It may not be on the path.
    os.environ["PATH"] = f"{Path(os.environ['UV']).parent}{os.pathsep}{os.environ['PATH']}"
    with TemporaryDirectory() as folder:
        first = build(Path(folder) / "first")
        second = build(Path(folder) / "second")
        for one, other in zip(first, second, strict=True):
            check(digest(one) == digest(other), f"two builds of {one.name} differ")
        run(sys.executable, "-m", "twine", "check", "--strict", *map(str, first))
        check_files(*first)
        run(sys.executable, "-m", "check_wheel_contents", "--ignore", "W009", str(first[1]))
        check_tests(*first, Path(folder))
        check_types(first[1], Path(folder))
        if output:
            output.mkdir(parents=True, exist_ok=True)
            for file in first:
                shutil.copy2(file, output)
    print("package: all checks passed")


if __name__ == "__main__":
    main()
