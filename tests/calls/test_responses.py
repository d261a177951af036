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
    ResourceNotFoundException,
    ResponseMetadata,
    ResponseValidationError,
    Result,
    ServiceError,
)
from microvm_sdk._calls.http_response import HttpResponse
from microvm_sdk._calls.responses import read_parsed_response, read_response
from microvm_sdk.exceptions import MicroVMError

DOCUMENTED: dict[str, Any] = case("update_microvm_image_version/documented").body
HEADERS = {"X-Amzn-RequestId": "r-1", "Content-Type": "application/json"}
NAME = "UpdateMicrovmImageVersion"


def response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpResponse(status, HEADERS if headers is None else headers, content)


def version_of(read: ImageVersion | MicroVMError) -> ImageVersion:
    assert isinstance(read, ImageVersion)
    return read


def test_success_is_the_model_with_its_response_metadata() -> None:
    version = version_of(read_response(ImageVersion, NAME, response(DOCUMENTED), retry_attempts=2))
    assert version == ImageVersion.model_validate(DOCUMENTED)
    metadata = version.response_metadata
    assert metadata.request_id == "r-1"
    assert metadata.http_status_code == 200
    assert metadata.retry_attempts == 2
    assert metadata.http_headers["content-type"] == "application/json"


def test_body_has_unknown_fields_and_is_in_no_repr_or_dump() -> None:
    newer = {**DOCUMENTED, "regionCount": 3}
    version = version_of(read_response(ImageVersion, NAME, response(newer)))
    older = version_of(read_response(ImageVersion, NAME, response(DOCUMENTED)))
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
    version = version_of(read_response(ImageVersion, NAME, response(newer)))
    for value in (version, version.response_metadata):
        pickled = pickle.dumps(value)
        assert b"regionCount" not in pickled
        assert pickle.loads(pickled) == value  # noqa: S301  The test made the pickle.
    again: ImageVersion = pickle.loads(pickle.dumps(version))  # noqa: S301  The test made the pickle.
    assert again.response_metadata == version.response_metadata
    assert again.response_metadata.body is None


def test_items_of_a_page_have_no_response_of_their_own() -> None:
    page = read_response(Page[ImageVersion], NAME, response({"items": [DOCUMENTED]}))
    assert isinstance(page, Page)
    assert page.response_metadata.body
    assert page.items[0].response_metadata == ResponseMetadata()
    assert page.items[0].response_metadata.body is None


@pytest.mark.parametrize("body", [b"", b"{}", b'{"new": 1}'])
def test_empty_body_is_a_result_without_fields(body: bytes) -> None:
    result = read_response(Result, NAME, response(body))
    assert isinstance(result, Result)
    assert result.response_metadata.body == body


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null"])
def test_body_that_is_not_an_object_is_an_error(body: bytes) -> None:
    error = read_response(Result, NAME, response(body))
    assert isinstance(error, ResponseValidationError)
    assert error.body == body


@pytest.mark.parametrize("status", [100, 103, 199, 300, 304, 400, 503])
def test_status_that_is_not_200_to_299_is_a_service_error(status: int) -> None:
    error = read_response(ImageVersion, NAME, response({}, status), retry_attempts=1)
    assert isinstance(error, ServiceError)
    assert (error.status_code, error.operation_name) == (status, NAME)
    assert error.response["ResponseMetadata"]["RetryAttempts"] == 1


def test_error_is_its_own_class() -> None:
    headers = {"x-amzn-errortype": "ResourceNotFoundException"}
    error = read_response(ImageVersion, NAME, response({"message": "no"}, 404, headers))
    assert isinstance(error, ResourceNotFoundException)
    assert error.message == "no"


def test_mismatch_keeps_the_response() -> None:
    error = read_response(ImageVersion, NAME, response({**DOCUMENTED, "imageArn": None}))
    assert isinstance(error, ResponseValidationError)
    assert error.problems == ("imageArn: Input should be a valid string",)
    assert error.response["imageVersion"] == DOCUMENTED["imageVersion"]
    assert error.request_id == "r-1"


def test_dict_of_boto3_is_read_as_the_bytes_are() -> None:
    content = {**DOCUMENTED, "ResponseMetadata": {"RequestId": "r-1", "HTTPStatusCode": 200}}
    version = version_of(read_parsed_response(ImageVersion, NAME, content))
    assert version == version_of(read_response(ImageVersion, NAME, response(DOCUMENTED)))
    assert version.response_metadata.request_id == "r-1"
    assert version.response_metadata.body is None
    error = read_parsed_response(ImageVersion, NAME, {**content, "imageArn": None})
    assert isinstance(error, ResponseValidationError)
    assert (error.body, error.request_id) == (None, "r-1")
    content["ResponseMetadata"] = {"HTTPStatusCode": 103}
    assert isinstance(read_parsed_response(ImageVersion, NAME, content), ServiceError)


def test_problems_are_counted_and_the_first_few_are_listed() -> None:
    items: list[Any] = [DOCUMENTED] * 3 + [5] * 2500
    error = read_response(Page[ImageVersion], NAME, response({"items": items}))
    assert isinstance(error, ResponseValidationError)
    assert len(error.problems) == 11
    assert error.problems[0].startswith("items.3: ")
    assert error.problems[-1] == "and 2,490 more problems"
    assert len(str(error)) < 5000


def test_problems_in_a_large_map_are_counted() -> None:
    variables: dict[str, Any] = dict.fromkeys(map(str, range(200)), "fine")
    variables |= dict.fromkeys(map(str, range(200, 3000)), 5)
    body = {**DOCUMENTED, "environmentVariables": variables}
    error = read_response(ImageVersion, NAME, response(body))
    assert isinstance(error, ResponseValidationError)
    assert error.problems[0].startswith("environmentVariables.200: ")
    assert error.problems[-1] == "and 2,790 more problems"


def test_problem_is_bounded_in_length() -> None:
    body = {**DOCUMENTED, "environmentVariables": {"A" * 5000: 5}}
    error = read_response(ImageVersion, NAME, response(body))
    assert isinstance(error, ResponseValidationError)
    assert len(error.problems[0]) == 300


def test_repr_of_a_response_shows_no_content() -> None:
    shown = repr(response({"token": "secret"}, 200, {"h": "secret"}))
    assert shown == "<HttpResponse 200, 19 bytes>"


class NewerImage(Image, frozen=True):
    """An image with a field of a newer service."""

    region_count: int


def test_model_may_be_the_users_own() -> None:
    body = case("recorded/images-lifecycle/get-until-created").body
    newer = read_response(NewerImage, "GetMicrovmImage", response({**body, "regionCount": 3}))
    assert isinstance(newer, NewerImage)
    assert newer.region_count == 3
