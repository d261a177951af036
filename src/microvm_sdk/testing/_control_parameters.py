"""The types of the parameters that controls take, which validate them."""

from collections.abc import Collection
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from microvm_sdk.testing._ports import LARGEST_PORT
from microvm_sdk.testing._service.http.service_model import service_model

# The operations that change an image, which a busy image refuses.
IMAGE_CHANGES = (
    "DeleteMicrovmImage",
    "DeleteMicrovmImageVersion",
    "UpdateMicrovmImage",
    "UpdateMicrovmImageVersion",
)
# How the names of operations begin that change nothing.
READS = ("Get", "List")
# Longer than any test needs; what is added to the clock must still be a valid date.
MOST_SECONDS = 10 * 365 * 24 * 3_600


def require_one_of(what: str, value: str, known: Collection[str]) -> str:
    """Require that a value is known.

    Raises:
        ValueError: It is not; the message lists the known values.
    """
    if value not in known:
        msg = f"the service has no {what} {value!r}, only: {', '.join(sorted(known))}"
        raise ValueError(msg)
    return value


def read_operations() -> list[str]:
    """Return the operations that change nothing."""
    return [each for each in service_model().operation_names if each.startswith(READS)]


def _known_error(error: str) -> str:
    # The first botocore releases with the service lack the last one.
    names = {shape.name for shape in service_model().error_shapes}
    return require_one_of("error", error, names | {"InsufficientCapacityException"})


def _known_operation(operation: str) -> str:
    return require_one_of("operation", operation, service_model().operation_names)


def _known_change(operation: str) -> str:
    return require_one_of("operation that changes an image", operation, IMAGE_CHANGES)


def _known_read(operation: str) -> str:
    return require_one_of("Get or List operation", operation, read_operations())


STRICT = ConfigDict(strict=True, extra="forbid")

Text = Annotated[str, Field(min_length=1)]
# By its name or its ARN, which ends in the name.
ImageName = Annotated[Text, AfterValidator(lambda image: image.rpartition(":")[2])]
ErrorName = Annotated[str, AfterValidator(_known_error)]
Operation = Annotated[str, AfterValidator(_known_operation)]
ImageChange = Annotated[str, AfterValidator(_known_change)]
Read = Annotated[str, AfterValidator(_known_read)]
Times = Annotated[int, Field(ge=1)] | None
Count = Annotated[int, Field(ge=0)]
TcpPort = Annotated[int, Field(ge=1, le=LARGEST_PORT)]
Rate = Annotated[float, Field(gt=0, le=1_000_000)]
Seconds = Annotated[float, Field(ge=0, le=MOST_SECONDS, allow_inf_nan=False)]
