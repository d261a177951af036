"""Timestamps: timezone-aware and in UTC. The service sends seconds since 1970."""

from datetime import datetime, timezone
from operator import methodcaller
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

# One day within the limits of `datetime`, so that the conversion to UTC cannot overflow.
_FIRST = datetime(1, 1, 2, tzinfo=timezone.utc)
_LAST = datetime(9999, 12, 30, tzinfo=timezone.utc)

Timestamp = Annotated[
    AwareDatetime,
    Field(ge=_FIRST, le=_LAST),
    AfterValidator(methodcaller("astimezone", timezone.utc)),
]
