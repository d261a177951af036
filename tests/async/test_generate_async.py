"""The script that generates the asynchronous client."""

import ast
import inspect
from typing import Any

import generate_async
import pytest

from microvm_sdk import AsyncMicroVMClient, MicroVMClient


def test_file_is_the_one_that_the_script_generates() -> None:
    pytest.importorskip("ruff", reason="ruff formats the file, and is in the group `lint`")
    generated = generate_async.generate()
    assert generate_async.TARGET.read_text("utf-8") == generated, (
        "run: uv run python scripts/generate_async.py"
    )


@pytest.mark.parametrize("name", [name for name in vars(MicroVMClient) if not name.startswith("_")])
def test_each_method_has_a_counterpart_with_the_same_parameters(name: str) -> None:
    if name == "boto3_client":
        assert not hasattr(AsyncMicroVMClient, name)
        return
    method, other = getattr(MicroVMClient, name), getattr(AsyncMicroVMClient, name)
    assert inspect.signature(other).parameters == inspect.signature(method).parameters
    assert inspect.iscoroutinefunction(other) == ("Paginator" not in str(inspect.signature(method)))
    assert name == "close" or (method.__doc__ or "").split("Args:")[0] in (other.__doc__ or "")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return print()", "get: there is no asynchronous form of print"),
        ("pass", "get: its body must be one call"),
        ("x = 1", "get: its body must be one call"),
    ],
)
def test_method_of_another_form_is_refused(body: str, message: str) -> None:
    source = f"def get(self) -> None:\n    '''Get.'''\n    {body}\n"
    method: Any = ast.parse(source).body[0]
    with pytest.raises(SystemExit, match=message):
        generate_async.asynchronous(source, method)
