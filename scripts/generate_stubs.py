"""Generate `stubs/` from the installed botocore, or check that they are up to date.

    uv run --group stubs --python 3.13 python scripts/generate_stubs.py [--check]

mypy-boto3-builder needs Python 3.12 or newer, and reads the botocore that uv.lock pins. Nothing
under `stubs/` is edited by hand.
"""

import argparse
import filecmp
import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryDirectory

SERVICE = "lambda-microvms"
STUBS = Path(__file__).resolve().parent.parent / "stubs"
# The current year is the only thing in the stubs that does not come from botocore.
_YEAR = re.compile(r"(Copyright) \d{4}")


def generate(target: Path) -> None:
    """Generate the stubs into a folder.

    Args:
        target: The folder, which is emptied first.
    """
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    command = [sys.executable, "-m", "mypy_boto3_builder", str(target), "--services", SERVICE]
    command += ["--product", "types-boto3", "types-boto3-services", "--output-type", "installed"]
    # Smart versions query the package index. Without partial overloads, for which both products are
    # needed, the stubs list all services of AWS.
    command += ["--no-smart-version", "--partial-overload"]
    subprocess.run(command, check=True, capture_output=True)
    if not list(target.glob("types_boto3_*/client.pyi")):
        # The builder succeeds, with no output, when it does not know the service.
        sys.exit(f"mypy-boto3-builder generated nothing for {SERVICE}")
    # boto3 itself is typed by types-boto3, a development dependency.
    shutil.rmtree(target / "boto3")
    for path in sorted(target.rglob("*.py")):
        path.unlink()
    for path in target.rglob("*.pyi"):
        text = path.read_text(encoding="utf-8")
        path.write_text(_YEAR.sub(r"\1", text), encoding="utf-8")
    license_file = next(
        file for file in distribution("mypy-boto3-builder").files or [] if file.name == "LICENSE"
    )
    shutil.copyfile(str(license_file.locate()), target / "LICENSE")


def _differences(old: Path, new: Path) -> list[str]:
    files = {path.relative_to(root) for root in (old, new) for path in root.rglob("*")}
    return sorted(
        str(path)
        for path in files
        if not (old / path).is_dir()
        and not (
            (old / path).exists()
            and (new / path).exists()
            and filecmp.cmp(old / path, new / path, shallow=False)
        )
    )


def main() -> None:
    """Generate the stubs in place, or compare."""
    parser = argparse.ArgumentParser(description="Generate stubs/ from the installed botocore.")
    parser.add_argument(
        "--check", action="store_true", help="only compare; exit with 1 if not the same"
    )
    check = parser.parse_args().check
    if not check:
        generate(STUBS)
        return
    with TemporaryDirectory() as folder:
        generate(Path(folder) / "stubs")
        differences = _differences(STUBS, Path(folder) / "stubs")
    if differences:
        sys.exit("stubs/ is out of date: " + ", ".join(differences))
    print("stubs/ is up to date")


if __name__ == "__main__":
    main()
