"""The script that mutates modules."""

import pytest
from known_mutations import KNOWN
from mutations import PACKAGE, Mutation, mutations, nearest_tests

pytestmark = pytest.mark.once

SOURCE = '''"""A module."""
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import os
LIMITS = {"low": 1}
def half(size: "int" = 2) -> "int":
    """Return half of a size."""
    size = size - 1
    if "é" and not size:
        raise ValueError
    return size if 0 <= size < 5 or size is True else None
'''


def test_mutations_of_a_module_are_these() -> None:
    found = [(change.old, change.new) for change in mutations("a.py", SOURCE)]
    assert found == [
        ('"low"', "'lowx'"),
        ("1", "2"),
        ("2", "3"),
        ("size = size - 1", "pass"),
        ("size - 1", "(size + 1)"),
        ("1", "2"),
        ('"é" and not size', "('é' or not size)"),
        ('"é"', "'éx'"),
        ("not size", "(size)"),
        ("raise ValueError", "pass"),
        ("return size if 0 <= size < 5 or size is True else None", "return None"),
        (
            "size if 0 <= size < 5 or size is True else None",
            "(None if 0 <= size < 5 or size is True else size)",
        ),
        ("0 <= size < 5 or size is True", "(0 <= size < 5 and size is True)"),
        ("0 <= size < 5", "(0 < size < 5)"),
        ("0 <= size < 5", "(0 <= size <= 5)"),
        ("0", "1"),
        ("5", "6"),
        ("size is True", "(size is not True)"),
        ("True", "False"),
    ]


def test_mutation_is_applied_where_it_was_found() -> None:
    not_size = next(change for change in mutations("a.py", SOURCE) if change.old == "not size")
    assert '"é" and (size):' in not_size.apply(SOURCE)
    with pytest.raises(SystemExit, match="does not have this text once: 'size'"):
        Mutation("a.py", "size", "length").apply(SOURCE)


@pytest.mark.parametrize("change", KNOWN, ids=str)
def test_known_mutation_can_be_applied(change: Mutation) -> None:
    source = (PACKAGE / change.file).read_text("utf-8")
    assert change.apply(source) != source


def test_nearest_tests_a_module_are_the_nearest_first() -> None:
    assert nearest_tests("_calls/capture.py") == ["tests/calls/test_capture.py", "tests/calls"]
    assert nearest_tests("pagination.py") == ["tests/test_pagination.py"]
    assert nearest_tests("models/_machinery/frozen.py")[:2] == [
        "tests/models/test_frozen.py",
        "tests/models",
    ]
