"""Build the sdist and the wheel, and check them as a stranger would before publishing.

    uv run --isolated --no-default-groups --group package python scripts/check_package.py

With `--output FOLDER` the files that passed are left there.

The right files, the same bytes from two builds, metadata that PyPI takes, and a wheel that passes
tests out of the sdist in an environment of its own.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
# Tests of the sdist that the wheel passes: no type checkers, no other SDKs.
TESTS = (
    "tests/models",
    "tests/test_client.py",
    "tests/test_pagination.py",
    "tests/test_waiters.py",
)
WHEEL_FOLDERS = {"microvm_sdk", "types_boto3_lambda_microvms-stubs"}
SDIST_FOLDERS = {"src", "tests", "docs", "examples", "benchmarks", "scripts", "stubs", ".ci"}
SDIST_FILES = {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "uv.lock", "PKG-INFO"}


def run(*command: str, cwd: Path = ROOT) -> None:
    """Run a program, and end where it fails."""
    print("$", *command, flush=True)
    subprocess.run(command, cwd=cwd, check=True)


def build(target: Path) -> tuple[Path, Path]:
    """Build the sdist, and the wheel from it."""
    os.environ.setdefault("SOURCE_DATE_EPOCH", "1767225600")
    run(sys.executable, "-m", "build", "--outdir", str(target), str(ROOT))
    return next(target.glob("*.tar.gz")), next(target.glob("*.whl"))


def digest(path: Path) -> str:
    """Hash a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check(condition: bool, problem: str) -> None:
    """End with a problem unless a condition holds."""
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


def check_in_an_environment(sdist: Path, wheel: Path, folder: Path) -> None:
    """Install the wheel where there is nothing else, and run tests of the sdist there."""
    venv.create(folder / "environment", with_pip=True)
    python = folder / "environment" / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        f"{wheel}[testing]",
        "pytest",
        "pytest-asyncio",
        "pytest-xdist",
    )
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    sources = next(path for path in folder.iterdir() if (path / "PKG-INFO").exists())
    run(str(python), "-m", "pytest", "--quiet", *TESTS, cwd=sources)


def main() -> None:
    """Run all the checks."""
    parser = argparse.ArgumentParser(description="Build the package and check it.")
    parser.add_argument("--output", type=Path, help="where to leave the files that passed")
    output: Path | None = parser.parse_args().output
    with TemporaryDirectory() as folder:
        first = build(Path(folder) / "first")
        second = build(Path(folder) / "second")
        for one, other in zip(first, second, strict=True):
            check(digest(one) == digest(other), f"two builds of {one.name} differ")
        run(sys.executable, "-m", "twine", "check", "--strict", *map(str, first))
        check_files(*first)
        run(sys.executable, "-m", "check_wheel_contents", "--ignore", "W009", str(first[1]))
        check_in_an_environment(*first, Path(folder))
        if output:
            output.mkdir(parents=True, exist_ok=True)
            for file in first:
                shutil.copy2(file, output)
    print("package: all is well")


if __name__ == "__main__":
    main()
