"""What users see of the package: its names, its docstrings, what importing it costs."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import list_api
import pytest
from botocore import xform_name
from public_names import MODULES
from pydantic import BaseModel
from service_comparison import RESULTS, service_model

import microvm_sdk
from microvm_sdk import MicroVMClient, async_client, client, exceptions, models, pagination

SERVICE = service_model()
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SOURCE = Path(inspect.getfile(microvm_sdk)).parent


def test_public_names_are_exact_and_sorted() -> None:
    assert microvm_sdk.__all__ == sorted(microvm_sdk.__all__), "sort __all__ of __init__.py"
    public = {
        *exceptions.__all__,
        *models.__all__,
        "AsyncMicroVMClient",
        "AsyncPaginator",
        "MicroVMClient",
        "Page",
        "Paginator",
        "__version__",
    }
    assert set(microvm_sdk.__all__) == public, "__all__ of __init__.py differs"
    assert dir(microvm_sdk) == microvm_sdk.__all__
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        getattr(microvm_sdk, "nonsense")  # noqa: B009  A type checker would refuse the other way.
    for module in (*MODULES, models):
        # Constants first, as ruff sorts them.
        expected = sorted(module.__all__, key=lambda name: (not name.isupper(), name))
        assert module.__all__ == expected, module.__name__


def test_each_name_is_the_one_of_its_module() -> None:
    for module in (client, async_client, pagination, exceptions, models):
        for name in microvm_sdk.__all__:
            if hasattr(module, name):
                assert getattr(microvm_sdk, name) is getattr(module, name)


def undocumented(path: Path, public: set[str]) -> Iterator[str]:
    """Yield the public classes, methods, fields and enum values with no docstring."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, FUNCTIONS) and node.name in public:
            if ast.get_docstring(node) is None and not has_overloads(node):
                yield f"{path.name}: {node.name}"
        elif isinstance(node, ast.ClassDef) and node.name in public:
            if ast.get_docstring(node) is None:
                yield f"{path.name}: {node.name}"
            yield from (f"{path.name}: {node.name}.{name}" for name in undocumented_members(node))


def has_overloads(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return "overload" in map(ast.unparse, function.decorator_list)


def undocumented_members(node: ast.ClassDef) -> Iterator[str]:
    for member, following in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(member, FUNCTIONS) and not member.name.startswith("_"):
            if ast.get_docstring(member) is None:
                yield member.name
        elif isinstance(member, (ast.Assign, ast.AnnAssign)):
            target = member.target if isinstance(member, ast.AnnAssign) else member.targets[0]
            name = target.id if isinstance(target, ast.Name) else "_"
            documented = isinstance(following, ast.Expr) and isinstance(
                following.value, ast.Constant
            )
            if not documented and not name.startswith("_") and name != "wire_tag":
                yield name


def test_every_public_name_has_a_docstring() -> None:
    public = {name for module in MODULES for name in module.__all__}
    private = {"_calls", "_service", "_waits"}
    sources = [path for path in SOURCE.rglob("*.py") if not private & set(path.parts)]
    found = [name for path in sources for name in undocumented(path, public)]
    assert found == []


@pytest.mark.parametrize(
    "method",
    [name for name in vars(MicroVMClient) if not name.startswith("_") and name != "boto3_client"],
)
def test_docstring_describes_parameters_result_errors_and_source(method: str) -> None:
    function = getattr(MicroVMClient, method)
    text = inspect.getdoc(function)
    assert text is not None
    if method in {"call", "close"}:
        return
    parameters = [name for name in inspect.signature(function).parameters if name != "self"]
    for name in parameters:
        assert f"    {name}: " in text
    returns_nothing = inspect.signature(function).return_annotation is None
    assert ("Returns:" in text) != returns_nothing
    assert "Raises:" in text
    assert "Source: `" in text
    if not method.startswith("wait_until_"):
        operation = next(name for name in RESULTS if xform_name(name) == method)
        assert f"Source: `{operation}` in the AWS API reference." in text


def test_docstrings_name_the_errors_that_the_service_model_lists() -> None:
    common = inspect.getdoc(MicroVMClient) or ""
    for name in SERVICE.operation_names:
        text = inspect.getdoc(getattr(MicroVMClient, xform_name(name))) or ""
        for shape in SERVICE.operation_model(name).error_shapes:
            named = f"`{shape.name}`: " in common or f"    {shape.name}: " in text
            assert named, f"add {shape.name} to `Raises` of {xform_name(name)} in client.py"


def test_signatures_are_readable() -> None:
    """`help(client.run_microvm)` shows the names of types, not what pydantic makes of them."""
    for name, function in inspect.getmembers(MicroVMClient, inspect.isfunction):
        signature = str(inspect.signature(function))
        for insides in ("Annotated[", "<function", " object at 0x", "Validator("):
            assert insides not in signature, name


def test_signatures_of_models_show_no_addresses() -> None:
    for name in models.__all__:
        thing = getattr(models, name)
        if inspect.isclass(thing) and issubclass(thing, BaseModel):
            assert " at 0x" not in str(inspect.signature(thing)), name


def public_functions(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield the functions, methods and properties that a module makes public."""
    for name in set(module.__all__) - {"__version__"}:
        value = getattr(module, name)
        if inspect.isfunction(value):
            yield name, value
        members = inspect.getmembers(value) if inspect.isclass(value) else []
        for member, thing in members:
            function = thing.fget if isinstance(thing, property) else thing
            function = function.__func__ if inspect.ismethod(function) else function
            is_ours = inspect.isfunction(function) and function.__module__.startswith("microvm_sdk")
            if is_ours and (member.startswith("__") or not member.startswith("_")):
                yield f"{name}.{member}", function


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_type_hints_resolve_at_run_time(module: ModuleType) -> None:
    functions = dict(public_functions(module))
    assert functions
    for name, function in functions.items():
        assert get_type_hints(function) is not None, name


def test_public_api_is_the_one_that_is_listed() -> None:
    assert list_api.LISTING.read_text("utf-8") == list_api.listing(), (
        "the public API has changed: if that is intended, run `uv run python scripts/list_api.py` "
        "and describe it in CHANGELOG.md"
    )
