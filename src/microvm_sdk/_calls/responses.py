"""Reading the outcome of a call: a model, or a typed error. Nothing here sends or waits."""

from botocore.exceptions import ParamValidationError
from pydantic import ValidationError

from microvm_sdk._calls.error_responses import service_error, with_cause
from microvm_sdk._calls.http_response import SUCCESS, json_object
from microvm_sdk._calls.outcome import CallOutcome
from microvm_sdk._printable import printable
from microvm_sdk.exceptions import ResponseValidationError
from microvm_sdk.models._machinery.results import ResultT, attach_metadata

_MOST_PROBLEMS = 10
# pydantic lists all problems or none, and a large response can have millions.
_MOST_LISTED = 1000
_LONGEST_PROBLEM = 300


def read(model: type[ResultT], outcome: CallOutcome) -> ResultT:
    """Read the outcome of a call.

    Args:
        model: The model to parse a successful response into, which has been built.
        outcome: The outcome.

    Returns:
        The model.

    Raises:
        ServiceError: The service returned an error.
        ResponseValidationError: The response does not match the model.
        botocore.exceptions.ParamValidationError: botocore refused a parameter.
    """
    if isinstance(outcome.error, ParamValidationError):
        raise outcome.error.with_traceback(None)
    if not _is_success(outcome):
        raise service_error(outcome)
    try:
        return _validated(model, outcome)
    except ValidationError as error:
        problems = _problems(error)
    # Raised outside of the handler, because `__context__` would keep the values.
    raise _mismatch(outcome, problems)


def _is_success(outcome: CallOutcome) -> bool:
    # botocore mistakes a status below 200, and 300, for a success.
    if outcome.response is not None:
        return outcome.response.is_success
    return outcome.error is None and outcome.metadata.get("HTTPStatusCode", 200) in SUCCESS


def _validated(model: type[ResultT], outcome: CallOutcome) -> ResultT:
    validator = model.__pydantic_validator__
    if outcome.response is None:
        result: ResultT = validator.validate_python(outcome.content)
        attach_metadata(result, outcome.metadata)
        return result
    body = outcome.response.body
    # Operations with nothing to return may return an empty body.
    result = validator.validate_json(body if body or model.model_fields else b"{}")
    attach_metadata(result, outcome.metadata, body)
    return result


def _problems(error: ValidationError) -> list[str]:
    """Describe what does not match, without the values: they may be secrets."""
    count = error.error_count()
    if count > _MOST_LISTED:
        return [f"{count:,} problems"]
    details = error.errors(include_url=False, include_context=False, include_input=False)
    problems = [_problem(each["loc"], each["msg"]) for each in details[:_MOST_PROBLEMS]]
    more = count - len(problems)
    return [*problems, f"and {more:,} more problems"] if more else problems


def _problem(location: tuple[int | str, ...], message: str) -> str:
    place = ".".join(map(str, location))
    text = printable(f"{place}: {message}" if place else message)
    return text if len(text) <= _LONGEST_PROBLEM else f"{text[: _LONGEST_PROBLEM - 1]}…"


def _mismatch(outcome: CallOutcome, problems: list[str]) -> ResponseValidationError:
    content, body = outcome.content or {}, None
    if outcome.response is not None:
        body = outcome.response.body
        content = {**(json_object(body) or {}), "ResponseMetadata": outcome.metadata}
    error = ResponseValidationError(outcome.operation_name, problems, content, body)
    return with_cause(error, outcome.error)
