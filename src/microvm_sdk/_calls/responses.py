"""Reading an HTTP response: from its status, headers and body to a model or a typed error.

Nothing here sends or waits for anything. `microvm_sdk._calls.operations` makes the calls.
"""

import json
from collections.abc import Mapping
from itertools import islice
from typing import Any

from pydantic import ValidationError

from microvm_sdk._calls.error_responses import RequestSummary, read_error
from microvm_sdk._calls.http_response import SUCCESS, HttpResponse, json_object
from microvm_sdk.exceptions import MicroVMError, ResponseValidationError
from microvm_sdk.models._machinery.hidden_input import without_input
from microvm_sdk.models._machinery.model import build_model
from microvm_sdk.models._machinery.results import Result, ResultT, attach_metadata

_MOST_PROBLEMS = 10
_MOST_ERRORS = 1000
_LONGEST_PROBLEM = 300


def read_response(
    model: type[ResultT],
    operation_name: str,
    response: HttpResponse,
    *,
    metadata: Mapping[str, Any] | None = None,
    retry_attempts: int = 0,
    request: RequestSummary | None = None,
) -> ResultT | MicroVMError:
    """Read a response that botocore has not parsed.

    Args:
        model: The model to parse a successful response into.
        operation_name: The operation by its name in the AWS API.
        response: The response.
        metadata: boto3's `ResponseMetadata`, if botocore has made it; it includes the retries.
        retry_attempts: How many times the request was sent again before this response.
        request: What the text of an error says about the request.

    Returns:
        The model or, to be raised, the error.
    """
    if not response.is_success:
        return read_error(operation_name, response, retry_attempts=retry_attempts, request=request)
    body = response.body
    if not body and not model.model_fields:
        body = b"{}"  # Operations with nothing to return may return an empty body.
    if metadata is None:
        metadata = response.metadata(retry_attempts)
    build_model(model)
    try:
        result: ResultT = model.__pydantic_validator__.validate_json(body)
    except ValidationError as error:
        content = json_object(body) or {}
        problems = _problems(model, error, content)
    else:
        attach_metadata(result, metadata, response.body)
        return result
    content["ResponseMetadata"] = metadata
    return ResponseValidationError(operation_name, problems, content, response.body)


def read_parsed_response(
    model: type[ResultT],
    operation_name: str,
    content: Mapping[str, Any],
) -> ResultT | MicroVMError:
    """Read a response that botocore has parsed.

    Args:
        model: The model to make of it.
        operation_name: The operation by its name in the AWS API.
        content: The dict that boto3 returned.

    Returns:
        The model or, to be raised, the error.
    """
    metadata: Mapping[str, Any] = content.get("ResponseMetadata", {})
    status_code = metadata.get("HTTPStatusCode", SUCCESS.start)
    retries = metadata.get("RetryAttempts", 0)
    if status_code not in SUCCESS:
        # botocore takes 1xx for a success.
        response = HttpResponse(status_code, metadata.get("HTTPHeaders", {}), b"")
        return read_error(operation_name, response, retry_attempts=retries)
    build_model(model)
    try:
        result: ResultT = model.__pydantic_validator__.validate_python(content)
    except ValidationError as error:
        problems = _problems(model, error, content)
    else:
        attach_metadata(result, metadata)
        return result
    return ResponseValidationError(operation_name, problems, content)


def _problems(model: type[Result], error: ValidationError, content: object) -> list[str]:
    """Describe what does not match, without the values: they may be secrets."""
    count = error.error_count()
    if count > _MOST_ERRORS:
        error = _first_errors(model, content) or error
    problems = [
        _shorten(": ".join(filter(None, (".".join(map(str, details["loc"])), details["msg"]))))
        for details in without_input(error).errors()
    ]
    more = max(count, len(problems)) - _MOST_PROBLEMS
    return problems if more <= 0 else [*problems[:_MOST_PROBLEMS], f"and {more:,} more problems"]


def _first_errors(model: type[Result], content: object) -> ValidationError | None:
    """Find the errors in the first items of all lists and maps.

    pydantic lists all errors or none, and a large response can have millions.
    """
    for doubled in range(20):
        first = json.dumps(_cut(content, _MOST_PROBLEMS << doubled))
        try:
            model.__pydantic_validator__.validate_json(first)
        except ValidationError as error:
            if error.error_count() > _MOST_PROBLEMS:
                return error
    return None


def _cut(content: object, length: int) -> object:
    if isinstance(content, list):
        return [_cut(item, length) for item in content[:length]]
    if isinstance(content, dict):
        # A structure has far fewer members than this; a map may have more entries.
        first = islice(content.items(), 10 * length)
        return {name: _cut(member, length) for name, member in first}
    return content


def _shorten(problem: str) -> str:
    return problem if len(problem) <= _LONGEST_PROBLEM else f"{problem[: _LONGEST_PROBLEM - 1]}…"
