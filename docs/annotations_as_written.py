"""A Sphinx extension: annotations and names in docstrings as the source has them.

Sphinx shows what an annotation evaluates to, which for a union is a page of pydantic's machinery.
The source says `Logging | None`, and that is what a reader wants to see and to follow.
"""

# ruff: noqa: INP001 - Sphinx loads it by its name.

import ast
import inspect
import re
from dataclasses import is_dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any

from public_names import MODULES
from typing_extensions import is_typeddict

import microvm_sdk
from microvm_sdk import AsyncPaginator, MicroVMError, Paginator, exceptions
from microvm_sdk.arns import ManagedConnector
from microvm_sdk.exceptions import ErrorKind
from microvm_sdk.models._machinery.enums import OpenEnum, UnknownValue
from microvm_sdk.models._machinery.model import Model

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# Names that the pages show in a shorter form.
MEANINGS = (
    (re.compile(r"\bAwareDatetime\b"), "datetime"),
    (re.compile(r"\bmicrovm_sdk\.(\w+\.)*(?=[A-Z])"), ""),
)
# Users do not construct these, or by their fields, which are listed below them.
WITHOUT_SIGNATURE = (
    AsyncPaginator,
    ErrorKind,
    ManagedConnector,
    Model,
    OpenEnum,
    Paginator,
    UnknownValue,
)
KEPT: dict[str, list[str]] = {}
SINGLE_BACKTICKS = re.compile(r"(?<!`)`([^`]+)`(?!`)")
SOURCE = re.compile(r"^Source: `(\w+)` in the AWS API reference\.$")
AWS_DOCUMENTATION = "https://docs.aws.amazon.com/lambda/latest"


def written(annotation: ast.expr) -> str:
    """Return an annotation as it is written, without quotes around it."""
    text = ast.unparse(annotation)
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        text = annotation.value
    for short, meaning in MEANINGS:
        text = short.sub(meaning, text)
    return text


def definition(thing: Any) -> Any:
    """Parse the definition of a class or function."""
    return ast.parse(inspect.cleandoc("\n" + inspect.getsource(thing))).body[0]


def annotate_fields(thing: type[Any]) -> None:
    """Annotate the fields of a model or typed dictionary as they are written."""
    written_in = [thing]
    if issubclass(thing, Model):
        # pydantic reads the annotations when it builds the model: before they are replaced.
        thing.model_rebuild()
        written_in = [ancestor for ancestor in thing.__mro__ if issubclass(ancestor, Model)]
    for definer in written_in:
        for statement in definition(definer).body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                thing.__annotations__[statement.target.id] = written(statement.annotation)


def signature_as_written(
    _app: "Sphinx",
    what: str,
    _name: str,
    thing: Any,
    _options: Any,
    signature: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:
    """Show a signature as it is written, and none where users do not need it."""
    if what == "exception" or (
        what == "class" and (issubclass(thing, WITHOUT_SIGNATURE) or is_dataclass(thing))
    ):
        return "", None
    function = thing.__init__ if what == "class" else thing
    if not isinstance(function, FunctionType) or "functools" in function.__module__:
        return signature, returns
    written_function = definition(function)
    arguments = written_function.args
    for kind in (arguments.posonlyargs, arguments.args):
        kind[:] = [argument for argument in kind if argument.arg not in {"self", "cls"}]
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if argument.annotation is not None:
            argument.annotation = ast.Name(written(argument.annotation))
    if what != "class" and written_function.returns is not None:
        returns = written(written_function.returns)
    return f"({ast.unparse(arguments)})", returns


def keep_fields(
    _app: "Sphinx", what: str, name: str, _thing: Any, _options: Any, lines: list[str]
) -> None:
    """Keep a field's description from Napoleon, which takes all text before a colon for a type."""
    if what in {"attribute", "property"}:
        KEPT[name] = list(lines)


def link_names(
    _app: "Sphinx", _what: str, name: str, _thing: Any, _options: Any, lines: list[str]
) -> None:
    """Convert `names` in docstrings to links if they are the SDK's, and to literals otherwise."""
    lines[:] = KEPT.pop(name, lines)

    def link(match: re.Match[str]) -> str:
        name = match[1]
        if name == "ResponseMetadata":  # boto3's key of that name is meant, not our model.
            return f"``{name}``"
        if name in exceptions.__all__:
            return f":py:exc:`~microvm_sdk.exceptions.{name}`"
        for module in MODULES:
            if name in module.__all__:
                return f":py:obj:`~{module.__name__}.{name}`"
        if hasattr(microvm_sdk.MicroVMClient, name):
            return f":py:meth:`~microvm_sdk.MicroVMClient.{name}`"
        return f"``{name}``"

    lines[:] = [
        SOURCE.sub(link_source, line) if SOURCE.match(line) else SINGLE_BACKTICKS.sub(link, line)
        for line in lines
    ]


def link_source(match: re.Match[str]) -> str:
    """Link the page of an operation in the AWS API reference."""
    operation = match[1]
    # The operations on tags belong to AWS Lambda as a whole.
    book = "api" if "Tag" in operation else "microvm-api"
    page = f"{AWS_DOCUMENTATION}/{book}/API_{operation}.html"
    return f"Source: `{operation} <{page}>`__ in the AWS API reference."


def setup(app: "Sphinx") -> dict[str, bool]:
    """Register with Sphinx."""
    for thing in [getattr(module, name) for module in MODULES for name in module.__all__]:
        if is_typeddict(thing) or (inspect.isclass(thing) and issubclass(thing, Model)):
            annotate_fields(thing)
    for thing in (MicroVMError, UnknownValue):
        # Sphinx fails on what they inherit from Python's own classes.
        thing.__signature__ = inspect.Signature()  # type: ignore[attr-defined]
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-signature", signature_as_written)
    app.connect("autodoc-process-docstring", keep_fields, priority=400)
    app.connect("autodoc-process-docstring", link_names, priority=600)
    return {"parallel_read_safe": True}
