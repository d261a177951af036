"""Numbers of image versions."""

import re
from types import SimpleNamespace

import pytest

from microvm_sdk._version_numbers import (
    require_version_number,
    version_name,
    version_number,
    version_order,
)

LONGEST = "9" * 18


@pytest.mark.parametrize(
    ("version", "number"),
    [
        ("8", (8, 0)),
        ("8.0", (8, 0)),
        ("0.0", (0, 0)),
        ("1.10", (1, 10)),
        (f"{LONGEST}.{LONGEST}", (int(LONGEST), int(LONGEST))),
        *((version, None) for version in ("", "08", "1.01", "1.", ".1", "1.0.0", "v1", "1.0\n")),
        *((version, None) for version in ("-1", "\u0661", f"{LONGEST}9", f"1.{LONGEST}9")),
    ],
)
def test_version_has_a_number_or_none(version: str, number: tuple[int, int] | None) -> None:
    assert version_number(version) == number
    if number is not None:
        assert require_version_number("version", version) == number
        assert version_number(version_name(number)) == number
    else:
        problem = re.escape(f"version must have the form '8.0' or '8', got {version!r}")
        with pytest.raises(ValueError, match=f"^{problem}$"):
            require_version_number("version", version)


def test_versions_are_sorted_by_number_and_those_without_one_are_last() -> None:
    ordered = sorted(["x", "10.0", "1.9", "0.0", "1.10"], key=version_order)
    assert ordered == ["0.0", "1.9", "1.10", "10.0", "x"]


@pytest.mark.parametrize(
    ("version", "got"),
    [
        (8.0, "8.0"),
        (None, "None"),
        (SimpleNamespace(image_version="8.0"), "SimpleNamespace; pass its image_version"),
    ],
)
def test_version_that_is_not_a_string_is_refused(version: object, got: str) -> None:
    with pytest.raises(TypeError, match=f"^version must be a string such as '8.0', got {got}$"):
        require_version_number("version", version)
