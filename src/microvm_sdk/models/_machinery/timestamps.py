"""Timestamps: timezone-aware and in UTC. The service sends seconds since 1970."""

from datetime import timedelta, timezone
from functools import partial
from operator import methodcaller
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, SchemaValidator, core_schema

# Parsed by pydantic, which returns real times even if freezegun has replaced `datetime` when this
# module is imported. Times that are computed from a fake one would be fake, too.
_FIRST, _EPOCH, _LAST = (
    SchemaValidator(core_schema.datetime_schema()).validate_python(iso).astimezone(timezone.utc)
    for iso in ("0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z")
)


class InUtc:
    """Annotates a time, which is converted to UTC."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.union_schema(
            [_seconds(), _time()],
            mode="left_to_right",
            custom_error_type="aware_datetime",
            custom_error_message=(
                "Input should be a valid datetime with timezone info, or seconds since 1970"
            ),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda time: time, return_schema=core_schema.datetime_schema()
            ),
        )


def _seconds() -> CoreSchema:
    # pydantic before 2.14 gets fractions of seconds before 1970 wrong.
    seconds = core_schema.float_schema(
        strict=True,
        allow_inf_nan=False,
        ge=(_FIRST - _EPOCH).total_seconds(),
        lt=(_LAST - _EPOCH).total_seconds(),
    )
    since = core_schema.no_info_after_validator_function(partial(timedelta, 0), seconds)
    return core_schema.no_info_after_validator_function(_EPOCH.__add__, since)


def _time() -> CoreSchema:
    return core_schema.no_info_after_validator_function(
        methodcaller("astimezone", timezone.utc),
        core_schema.datetime_schema(tz_constraint="aware", ge=_FIRST, le=_LAST),
    )
