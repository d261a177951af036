"""The extra `testing`, which the package works without."""

import subprocess
import sys

import moto
import pytest

from microvm_sdk import testing
from microvm_sdk.testing.__main__ import main

MISSING = pytest.mark.parametrize("missing", ["moto", "flask", "flask_cors"])


@MISSING
def test_without_the_extra_the_error_names_what_to_install(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(
        ImportError, match=rf'needs {missing}, .*"microvm-sdk\[testing\]"'
    ) as caught:
        _ = testing.mock_microvms
    assert caught.value.name == missing


@MISSING
def test_without_the_extra_the_program_ends_with_an_error_in_one_line(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    assert main([]) == 1
    printed, error = capsys.readouterr()
    assert printed == ""
    assert error.startswith(f"error: microvm_sdk.testing needs {missing}")
    assert error.endswith('pip install "microvm-sdk[testing]"\n')
    assert error.count("\n") == 1


def test_a_moto_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moto, "__version__", "5.1.22")
    with pytest.raises(
        ImportError, match=r"moto 5\.2 or newer, not 5\.1\.22: .*--upgrade"
    ) as caught:
        _ = testing.mock_microvms
    assert caught.value.name == "moto"
    monkeypatch.setattr(moto, "__version__", "5.2.0.dev")
    assert testing.mock_microvms


def test_public_names_exist_and_no_others() -> None:
    assert dir(testing) == testing.__all__
    for name in testing.__all__:
        assert getattr(testing, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'mock'"):
        _ = testing.mock


def test_the_package_alone_does_not_import_the_local_service() -> None:
    program = """
import sys
from microvm_sdk import MicroVMClient
MicroVMClient(region_name="us-east-1")
print([name for name in sys.modules if name.startswith(("moto", "flask", "microvm_sdk.testing"))])
"""
    printed = subprocess.run(  # noqa: S603  It runs this Python with the test's arguments.
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == "[]"
