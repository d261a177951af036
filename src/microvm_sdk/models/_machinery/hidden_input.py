"""Validation errors that do not show the values that were refused, which may be secrets."""

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from microvm_sdk.models._machinery.locations import Location

InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")


def hide_input(data: InputT, validate: Callable[[InputT], OutputT]) -> OutputT:
    """Validate data, and raise errors that do not contain it.

    Args:
        data: What to validate.
        validate: Validates it.

    Returns:
        What `validate` returns.

    Raises:
        ValidationError: The data is invalid.
    """
    # Hides the frame from pytest, which shows the arguments. They may be secrets.
    __tracebackhide__ = True
    try:
        return validate(data)
    except ValidationError as error:
        hidden = without_input(error)
    # Raised outside of the handler, because `__context__` would keep the values.
    raise hidden


def without_input(
    error: ValidationError, translate: Callable[[Location], Location] = tuple
) -> ValidationError:
    """Copy a validation error without the values that were refused.

    Args:
        error: The error.
        translate: Translates a location in the data.

    Returns:
        The copy. It can be serialized as JSON, as web frameworks do.
    """
    custom: Any = PydanticCustomError  # It requires literals, and these are pydantic's own.
    return ValidationError.from_exception_data(
        error.title,
        [
            InitErrorDetails(
                type=custom(details["type"], details["msg"]),
                loc=translate(details["loc"]),
                input=None,
            )
            for details in error.errors(include_url=False, include_context=False)
        ],
        hide_input=True,
    )
