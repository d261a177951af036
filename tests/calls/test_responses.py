"""Reading responses: pure functions, without botocore."""

import json
import pickle
from typing import Any

import pytest
from loopback import case

from microvm_sdk import (
    Image,
    ImageVersion,
    Page,
    ResponseMetadata,
    ResponseValidationError,
    Result,
    ServiceError,
)
from microvm_sdk._calls.http_response import HttpResponse
from microvm_sdk._calls.outcome import CallOutcome
from microvm_sdk._calls.responses import read
from microvm_sdk.models._machinery.model import build_model
from microvm_sdk.models._machinery.results import ResultT

DOCUMENTED: dict[str, Any] = case("update_microvm_image_version/documented").body
HEADERS = {"X-Amzn-RequestId": "r-1", "Content-Type": "application/json"}
NAME = "UpdateMicrovmImageVersion"


def response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpResponse(status, HEADERS if headers is None else headers, content)


def read_response(model: type[ResultT], response: HttpResponse, *, attempts: int = 1) -> ResultT:
    build_model(model)
    return read(model, CallOutcome(NAME, response, attempts=attempts))


def mismatch(model: type[Result], response: HttpResponse) -> ResponseValidationError:
    with pytest.raises(ResponseValidationError) as caught:
        read_response(model, response)
    return caught.value


def test_success_is_the_model_with_its_response_metadata() -> None:
    version = read_response(ImageVersion, response(DOCUMENTED), attempts=3)
    assert version == ImageVersion.model_validate(DOCUMENTED)
    metadata = version.response_metadata
    assert metadata.request_id == "r-1"
    assert metadata.http_status_code == 200
    assert metadata.retry_attempts == 2
    assert metadata.http_headers["content-type"] == "application/json"


def test_body_has_unknown_fields_and_is_in_no_repr_or_dump() -> None:
    newer = {**DOCUMENTED, "regionCount": 3}
    version = read_response(ImageVersion, response(newer))
    older = read_response(ImageVersion, response(DOCUMENTED))
    metadata = version.response_metadata
    assert json.loads(metadata.body or b"")["regionCount"] == 3
    assert version == older
    assert hash(version) == hash(older)
    assert metadata == older.response_metadata
    for shown in (repr(version), str(version.model_dump()), repr(metadata), str(metadata)):
        assert "regionCount" not in shown
    assert "body" not in metadata.model_dump()


def test_body_is_not_pickled() -> None:
    newer = {**DOCUMENTED, "regionCount": 3}
    version = read_response(ImageVersion, response(newer))
    for value in (version, version.response_metadata):
        pickled = pickle.dumps(value)
        assert b"regionCount" not in pickled
        assert pickle.loads(pickled) == value  # noqa: S301  The test made the pickle.
    again: ImageVersion = pickle.loads(pickle.dumps(version))  # noqa: S301  The test made the pickle.
    assert again.response_metadata == version.response_metadata
    assert again.response_metadata.body is None


def test_items_of_a_page_have_no_response_of_their_own() -> None:
    page = read_response(Page[ImageVersion], response({"items": [DOCUMENTED]}))
    assert isinstance(page, Page)
    assert page.response_metadata.body
    assert page.items[0].response_metadata == ResponseMetadata()
    assert page.items[0].response_metadata.body is None


@pytest.mark.parametrize("body", [b"", b"{}", b'{"new": 1}'])
def test_empty_body_is_a_result_without_fields(body: bytes) -> None:
    result = read_response(Result, response(body))
    assert isinstance(result, Result)
    assert result.response_metadata.body == body


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null"])
def test_body_that_is_not_an_object_is_an_error(body: bytes) -> None:
    assert mismatch(Result, response(body)).body == body


@pytest.mark.parametrize("status", [100, 103, 199, 300, 304, 400, 503])
def test_status_that_is_not_200_to_299_is_a_service_error(status: int) -> None:
    with pytest.raises(ServiceError) as caught:
        read_response(ImageVersion, response({}, status), attempts=2)
    error = caught.value
    assert (error.status_code, error.operation_name) == (status, NAME)
    assert error.response["ResponseMetadata"]["RetryAttempts"] == 1


def test_mismatch_keeps_the_response() -> None:
    error = mismatch(ImageVersion, response({**DOCUMENTED, "imageArn": None}))
    assert error.problems == ("imageArn: Input should be a valid string",)
    assert error.response["imageVersion"] == DOCUMENTED["imageVersion"]
    assert error.request_id == "r-1"


def test_dict_of_boto3_is_read_as_the_bytes_are() -> None:
    content = {**DOCUMENTED, "ResponseMetadata": {"RequestId": "r-1", "HTTPStatusCode": 200}}
    version = read(ImageVersion, CallOutcome(NAME, content=content))
    assert version == read_response(ImageVersion, response(DOCUMENTED))
    assert version.response_metadata.request_id == "r-1"
    assert version.response_metadata.body is None
    with pytest.raises(ResponseValidationError) as caught:
        read(ImageVersion, CallOutcome(NAME, content={**content, "imageArn": None}))
    assert (caught.value.body, caught.value.request_id) == (None, "r-1")
    assert caught.value.response["imageVersion"] == DOCUMENTED["imageVersion"]
    content["ResponseMetadata"] = {"HTTPStatusCode": 103}
    with pytest.raises(ServiceError) as early:
        read(ImageVersion, CallOutcome(NAME, content=content))
    assert early.value.status_code == 103


def test_response_and_outcome_show_no_content() -> None:
    received = response({"token": "secret"}, headers={"h": "secret"})
    assert repr(received) == "<HttpResponse 200, 19 bytes>"
    outcome = CallOutcome(NAME, received, {"token": "secret"})
    assert repr(outcome) == f"<CallOutcome of {NAME}>"


@pytest.mark.parametrize(
    ("count", "problems"),
    [
        (10, None),
        (11, "and 1 more problems"),
        (990, "and 980 more problems"),
        (1000, "and 990 more problems"),
    ],
)
def test_first_ten_problems_are_listed_and_all_are_counted(
    count: int, problems: str | None
) -> None:
    items: list[Any] = [DOCUMENTED] * 3 + [5] * count
    error = mismatch(Page[ImageVersion], response({"items": items}))
    assert error.problems[0].startswith("items.3: ")
    assert error.problems[9].startswith("items.12: ")
    assert error.problems[10:] == ((problems,) if problems else ())


def test_more_than_a_thousand_problems_are_only_counted() -> None:
    error = mismatch(Page[ImageVersion], response({"items": [5] * 1001}))
    assert error.problems == ("1,001 problems",)


def test_problem_shows_no_control_character() -> None:
    error = mismatch(
        ImageVersion, response({**DOCUMENTED, "environmentVariables": {"\x1b[2J\n": 5}})
    )
    assert error.problems[0].startswith("environmentVariables.\\x1b[2J\\n: ")
    assert str(error).isprintable()


def test_problem_is_bounded_in_length() -> None:
    body = {**DOCUMENTED, "environmentVariables": {"A" * 5000: 5}}
    error = mismatch(ImageVersion, response(body))
    assert len(error.problems[0]) == 300


class NewerImage(Image, frozen=True):
    """An image with a field of a newer service."""

    region_count: int


def test_model_may_be_the_users_own() -> None:
    body = case("recorded/images-lifecycle/get-until-created").body
    newer = read_response(NewerImage, response({**body, "regionCount": 3}))
    assert isinstance(newer, NewerImage)
    assert newer.region_count == 3
