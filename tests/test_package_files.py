"""The files of the package: code only, so that frozen applications such as PyInstaller's work."""

from pathlib import Path

import microvm_sdk


def test_package_reads_no_data_files() -> None:
    folder = Path(microvm_sdk.__file__).parent
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {name for name in files if not name.endswith(".py") and "__pycache__" not in name} == {
        "py.typed"
    }
