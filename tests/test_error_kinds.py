"""`ErrorKind`: every message that was recorded or measured on the real service, and its kind."""

import json
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from microvm_sdk import ErrorKind, exceptions
from microvm_sdk._error_kinds import _BY_CODE, _BY_MESSAGE, error_kind
from microvm_sdk._error_texts import ADVICE
from microvm_sdk.exceptions import ServiceError

ARN = "arn:aws:lambda:us-east-2:123456789012:microvm-image:web"
MICROVM = "microvm-0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9"
INVALID, MISSING = "ValidationException", "ResourceNotFoundException"
KIND = ErrorKind

# The code, the status and the message of an error, and its kind.
MESSAGES = [
    # Busy is a 409, or a 400.
    ("ConflictException", 409, "MicroVM Image is already in state: UPDATING", KIND.BUSY),
    (INVALID, 400, f"Cannot delete MicroVM image in its current state: {ARN}", KIND.BUSY),
    ("ResourceConflictException", 409, "Please retry", KIND.BUSY),
    # Not found, for every operation but run.
    (MISSING, 404, f"MicroVMImage not found for MicroVMImageID: {ARN}", KIND.NOT_FOUND),
    (MISSING, 404, f"MicroVMImage not found for MicroVMImage: {ARN}, Version: 1.0", KIND.NOT_FOUND),
    (MISSING, 404, f"MicroVM not found: {MICROVM}", KIND.NOT_FOUND),
    (MISSING, 404, f"No active version found for MicroVM image {ARN}", KIND.NO_ACTIVE_VERSION),
    (
        MISSING,
        404,
        f"No active version found for MicroVM image {ARN} and version 1.0",
        KIND.NO_ACTIVE_VERSION,
    ),
    # One code for many situations.
    (
        INVALID,
        400,
        "A MicroVM image with the name 'web' already exists in this account",
        KIND.NAME_TAKEN,
    ),
    (
        INVALID,
        400,
        "The provided clientToken was used with different request parameters.",
        KIND.CLIENT_TOKEN_REUSED,
    ),
    (
        INVALID,
        400,
        f"MicroVM {MICROVM} has been terminated and its state cannot be changed",
        KIND.TERMINATED,
    ),
    (INVALID, 400, "Cannot delete microvm image with running microvms.", KIND.IN_USE),
    (INVALID, 400, "This is the last version. Please delete the entire image", KIND.LAST_VERSION),
    # The kind of these depends on the code only.
    (INVALID, 400, "ExpirationMinutes 61 exceeded max allowed of 60.", KIND.INVALID),
    (INVALID, 400, "Logging cannot be enabled without providing executionRoleArn", KIND.INVALID),
    (INVALID, 400, "Malformed ARN - doesn't start with 'arn:'", KIND.INVALID),
    (
        INVALID,
        400,
        "1 validation error: Value 'already exists' at 'name' failed to satisfy constraint",
        KIND.INVALID,
    ),
    (
        "ServiceQuotaExceededException",
        402,
        "Account 123456789012 has reached the maximum number of concurrent builds allowed.",
        KIND.QUOTA_EXCEEDED,
    ),
    ("ServiceQuotaExceededException", 402, None, KIND.QUOTA_EXCEEDED),
    ("AccessDeniedException", 403, None, KIND.ACCESS_DENIED),
    ("ThrottlingException", 429, "Rate exceeded", KIND.THROTTLED),
    ("TooManyRequestsException", 429, "Rate Exceeded.", KIND.THROTTLED),
    ("InsufficientCapacityException", 500, None, KIND.NO_CAPACITY),
    ("InternalServerException", 500, None, KIND.SERVER),
    ("ServiceException", 500, None, KIND.SERVER),
    ("InvalidParameterValueException", 400, "Bad tag", KIND.INVALID),
    # Codes of every AWS service, whose status varies.
    ("UnrecognizedClientException", 400, "The security token is invalid.", KIND.ACCESS_DENIED),
    ("UnrecognizedClientException", 403, "The security token is invalid.", KIND.ACCESS_DENIED),
    ("ExpiredTokenException", 400, "The security token has expired", KIND.ACCESS_DENIED),
    ("Throttling", 400, "Rate exceeded", KIND.THROTTLED),
    ("RequestLimitExceeded", 503, "Request limit exceeded.", KIND.THROTTLED),
    # The kind of an unknown code depends on the status, and not on the message.
    ("FreshException", 402, "already exists", KIND.QUOTA_EXCEEDED),
    ("FreshException", 403, "in its current state", KIND.ACCESS_DENIED),
    ("404", 404, "<html>", KIND.NOT_FOUND),
    ("FreshException", 409, None, KIND.BUSY),
    ("429", 429, None, KIND.THROTTLED),
    ("FreshException", 400, None, KIND.INVALID),
    ("FreshException", 499, None, KIND.INVALID),
    ("FreshException", 500, None, KIND.SERVER),
    ("502", 502, "Bad Gateway", KIND.SERVER),
    ("FreshException", 599, None, KIND.SERVER),
    ("302", 302, None, KIND.OTHER),
    ("FreshException", 399, None, KIND.OTHER),
    ("FreshException", 600, None, KIND.OTHER),
    ("", None, None, KIND.OTHER),
]


@pytest.mark.parametrize(("code", "status", "message", "kind"), MESSAGES)
def test_kind_of_a_message(
    code: str, status: int | None, message: str | None, kind: ErrorKind
) -> None:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    assert ErrorKind.of(ClientError(response, "GetMicrovm")) is kind
    assert ServiceError(response, "GetMicrovm").kind is kind
    # The kind of a message that is not recognized is the code's.
    assert error_kind(code, status, "Reworded.") is error_kind(code, status, None)


def test_each_error_of_the_service_has_a_kind_and_each_code_a_message_above() -> None:
    errors = {
        name
        for name, value in vars(exceptions).items()
        if isinstance(value, type) and ServiceError in value.__bases__
    }
    assert errors
    assert errors <= _BY_CODE.keys(), "_error_kinds.py has no kind for an error"
    assert _BY_CODE.keys() | _BY_MESSAGE.keys() <= {code for code, *_ in MESSAGES}


@pytest.mark.parametrize("response", [{}, {"Error": {"Code": 5, "Message": 5}}, {"Error": {}}])
def test_kind_of_an_error_without_a_code_is_other(response: Any) -> None:
    response["ResponseMetadata"] = {"HTTPStatusCode": "400"}
    assert ErrorKind.of(ClientError(response, "GetMicrovm")) is ErrorKind.OTHER


def test_kind_of_anything_else_is_refused() -> None:
    error: Any = ValueError("no")
    expected = r"error must be a botocore\.exceptions\.ClientError, got ValueError"
    with pytest.raises(TypeError, match=f"^{expected}$"):
        ErrorKind.of(error)


def test_each_kind_has_its_advice() -> None:
    assert ADVICE.keys() == set(ErrorKind), "add the advice of a new kind to _error_texts.py"
    for kind, advice in ADVICE.items():
        assert advice.endswith("."), kind


def test_each_kind_is_in_the_guide() -> None:
    guide = Path(__file__).parent.parent / "docs" / "guides" / "errors.md"
    rows = re.findall(r"^\| `([A-Z_]+)` \|", guide.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [kind.name for kind in ErrorKind]


def test_a_kind_is_a_string_for_logs_and_json() -> None:
    for kind in ErrorKind:
        assert f"{kind}" == str(kind) == kind.name == kind.value
        assert json.loads(json.dumps({"kind": kind})) == {"kind": kind.name}
        assert pickle.loads(pickle.dumps(kind)) is kind  # noqa: S301  The test made the pickle.
