"""Times are timezone-aware and in UTC, whatever form they arrive in."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from dateutil.tz import tzlocal
from loopback import case
from public_models import parsers
from pydantic import TypeAdapter, ValidationError

from microvm_sdk import Image, ImageVersion

MINIMAL = case("update_microvm_image_version/minimal").body


@pytest.fixture(params=["UTC", "America/St_Johns", "Pacific/Apia"])
def _zone(request: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_zone")
def test_times_are_aware_and_in_utc_in_every_zone() -> None:
    expected = datetime(2026, 9, 21, 14, 13, 20, 123000, tzinfo=timezone.utc)
    local = expected.astimezone(tzlocal())
    for given in (1790000000.123, expected, local, "2026-09-21T16:13:20.123+02:00"):
        created = ImageVersion.model_validate({**MINIMAL, "createdAt": given}).created_at
        assert created == expected
        assert created.tzinfo is timezone.utc
        assert created.isoformat() == "2026-09-21T14:13:20.123000+00:00"


def test_number_is_seconds_however_large() -> None:
    created = ImageVersion.model_validate({**MINIMAL, "createdAt": 30_000_000_000}).created_at
    assert created == datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=30_000_000_000)


@pytest.mark.parametrize(
    "given",
    [
        *(0, 1, 0.5, 0.000001, 1790000000, 1790000000.123, 1790000000.123456),
        # pydantic before 2.14 gets fractions before 1970 wrong, all but a half.
        *(-1, -0.5, -0.25, -1.678, -86400.001, -62_135_596_800),
        # The last second before the year 3000, and the last that there is.
        *(32_503_679_999, 32_503_680_000, 253_402_300_799),
        *("2026-09-21T16:13:20.123+02:00", "2026-09-21T14:13:20Z", "1790000000"),
    ],
)
def test_time_is_the_same_from_json_and_from_a_dict(given: Any) -> None:
    body = {**MINIMAL, "createdAt": given}
    from_dict, from_json = (parse(body).created_at for parse in parsers(ImageVersion))
    assert from_json == from_dict
    assert from_json.tzinfo is timezone.utc
    if not isinstance(given, str):
        assert from_json - datetime(1970, 1, 1, tzinfo=timezone.utc) == timedelta(seconds=given)


@pytest.mark.parametrize(
    "given",
    [
        *(None, True, [], {}, "soon", float("nan"), 1e30, -1e30, 253_402_300_800, -62_135_596_801),
        # In UTC they are before the first and after the last year.
        *("0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"),
    ],
)
def test_invalid_time_has_one_error(given: Any) -> None:
    body = {**MINIMAL, "createdAt": given}
    reasons = []
    for parse in parsers(ImageVersion):
        with pytest.raises(ValidationError, match="valid datetime") as caught:
            parse(body)
        reasons.append(caught.value.errors())
        assert [problem["loc"] for problem in caught.value.errors()] == [("createdAt",)]
    assert reasons[0] == reasons[1]


@pytest.mark.parametrize("given", ["2026-09-21T14:13:20", datetime(2026, 1, 1)])  # noqa: DTZ001  The missing zone is what is tested.
def test_time_without_a_zone_is_refused(given: Any) -> None:
    with pytest.raises(ValidationError, match="timezone"):
        ImageVersion.model_validate({**MINIMAL, "createdAt": given})


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_json_schema_is_a_date_and_time(mode: Any) -> None:
    schema = TypeAdapter(Image).json_schema(mode=mode)
    created_at = schema["properties"]["createdAt"]
    options = created_at.get("anyOf", [created_at])
    assert {"type": "string", "format": "date-time"} in [
        {key: option[key] for key in option.keys() & {"type", "format"}} for option in options
    ]
