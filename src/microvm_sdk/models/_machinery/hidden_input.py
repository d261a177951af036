"""Validation errors that do not show the values that were refused, which may be secrets."""

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from microvm_sdk.models._machinery.locations import Location

DataT = TypeVar("DataT")
ResultT = TypeVar("ResultT")


def hide_input(data: DataT, validate: Callable[[DataT], ResultT]) -> ResultT:
    """Validate data, and raise errors that do not contain it.

    Args:
        data: What to validate.
        validate: Validates it.

    Returns:
        What `validate` returns.

    Raises:
        ValidationError: The data is invalid.
    """
    # pytest shows the arguments of a frame, which may be secrets, but not of this one.
    __tracebackhide__ = True
    try:
        return validate(data)
    except ValidationError as error:
        hidden = without_input(error)
    # Raised outside of the handler, because `__context__` would keep the values.
    raise hidden


def without_input(
    error: ValidationError, located: Callable[[Location], Location] = tuple
) -> ValidationError:
    """Copy a validation error without the values that were refused.

    Args:
        error: The error.
        located: Translates the locations.

    Returns:
        The copy. It can be serialized as JSON, which web frameworks do.
    """
    custom: Any = PydanticCustomError  # It requires literals, and these are pydantic's own.
    return ValidationError.from_exception_data(
        error.title,
        [
            InitErrorDetails(
                type=custom(details["type"], details["msg"]),
                loc=located(details["loc"]),
                input=None,
            )
            for details in error.errors(include_url=False, include_context=False)
        ],
        hide_input=True,
    )
