"""The texts of the service's errors: the message, the request, and what can be done about it."""

from datetime import datetime, timezone
from functools import partial
from typing import Any

import botocore.session
import pytest
from botocore.credentials import RefreshableCredentials
from loopback import Canned, Loopback
from sample_calls import IMAGE, update

from microvm_sdk import ErrorKind, MicroVMClient
from microvm_sdk import exceptions as errors
from microvm_sdk._error_texts import ADVICE, IDENTIFIERS, RequestSummary, error_text
from microvm_sdk.exceptions import ServiceError

REGION, ACCOUNT = "eu-west-1", "123456789012"
OTHER_REGION = f"arn:aws:lambda:us-west-2:{ACCOUNT}:microvm-image:web"
OTHER_ACCOUNT = f"arn:aws:lambda:{REGION}:210987654321:microvm-image:web"
MANAGED = f"arn:aws:lambda:{REGION}:aws:microvm-image:al2023-1"
DENIED, CONFLICT, INVALID = "AccessDeniedException", "ConflictException", "ValidationException"
IN_OTHER_REGION = f"is in region us-west-2, but the client uses region {REGION}."
IN_OTHER_ACCOUNT = f"is in account 210987654321, but the client uses account {ACCOUNT}."
NO_MESSAGE = "the service returned no message."
MAY_BE_WRONG = "The caller may lack the permission, or the region or account may be the wrong one."
ODD, SHOWN = "a\x1b[2J\nb", r"a\x1b[2J\nb"


def text_of(code: str, message: str | None, request: RequestSummary | None, **members: Any) -> str:
    """Return the text of an error after the operation's name, without the request ID."""
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"RequestId": "r-1"},
        **members,
    }
    text = partial(error_text, request=request)
    shown = str(ServiceError(response, "GetMicrovmImage", text=text))
    before = f"An error occurred ({code}) when calling the GetMicrovmImage operation: "
    assert shown.startswith(before)
    assert shown.endswith(" (request ID: r-1)")
    return shown.removeprefix(before).removesuffix(" (request ID: r-1)")


VERSION = {"image_identifier": IMAGE, "image_version": "3.0"}


@pytest.mark.parametrize(
    ("message", "identifiers", "shown"),
    [
        ("No", VERSION, f"No. The request had image_identifier='{IMAGE}', image_version='3.0'."),
        (f"No {IMAGE}!", VERSION, f"No {IMAGE}! The request had image_version='3.0'."),
        ("Is 3.0 busy?", {"image_version": "3.0"}, "Is 3.0 busy?"),
        ("No", {"name": "web", "base_image_arn": MANAGED}, "No. The request had name='web'."),
        (None, {}, NO_MESSAGE),
        ("x" * 2000, {}, f"{'x' * 2000}."),
        ("x" * 2001, {}, f"{'x' * 2000}…."),
        ("No", {"name": "x" * 2000}, f"No. The request had name='{'x' * 1978}…"),
    ],
)
def test_text_names_the_resource_that_the_message_does_not(
    message: str | None, identifiers: dict[str, str], shown: str
) -> None:
    request = RequestSummary(REGION, ACCOUNT, identifiers)
    assert text_of(CONFLICT, message, request) == f"{shown} {ADVICE[ErrorKind.BUSY]}"


@pytest.mark.parametrize(
    ("code", "name", "value", "problem"),
    [
        (DENIED, "image_identifier", OTHER_REGION, f" image_identifier {IN_OTHER_REGION}"),
        (DENIED, "base_image_arn", OTHER_ACCOUNT, f" base_image_arn {IN_OTHER_ACCOUNT}"),
        (DENIED, "image_identifier", IMAGE, ""),
        (DENIED, "base_image_arn", MANAGED, ""),
        (DENIED, "image_identifier", "web", ""),
        (DENIED, "image_identifier", "arn:aws:lambda", ""),
        (DENIED, "image_identifier", "arn:aws:lambda:::microvm-image:web", ""),
        (DENIED, "image_identifier", "urn:aws:lambda:us-west-2:1:x:y", ""),
        (
            INVALID,
            "image_identifier",
            "web",
            (
                " image_identifier must be an ARN; microvm_sdk.images.find_image finds an image by "
                "its name."
            ),
        ),
        (
            INVALID,
            "base_image_arn",
            "al2023-1",
            (
                " base_image_arn must be an ARN; microvm_sdk.arns.managed_image_arn makes one of "
                "the name."
            ),
        ),
        (INVALID, "image_identifier", IMAGE, ""),
    ],
)
def test_text_says_what_is_wrong_with_an_identifier(
    code: str, name: str, value: str, problem: str
) -> None:
    advice = ADVICE[ErrorKind.INVALID if code == INVALID else ErrorKind.ACCESS_DENIED]
    request = RequestSummary(REGION, ACCOUNT, {name: value})
    assert text_of(code, f"No: {value}.", request) == f"No: {value}.{problem} {advice}"


def test_account_that_is_not_known_is_not_compared() -> None:
    request = RequestSummary(REGION, None, {"image_identifier": OTHER_ACCOUNT})
    assert "but the client uses" not in text_of(DENIED, None, request)


@pytest.mark.parametrize("seconds", [3, 0, None])
def test_text_says_how_long_to_wait_if_the_service_does(seconds: int | None) -> None:
    advice = "Wait 3 seconds, then call again." if seconds else ADVICE[ErrorKind.THROTTLED]
    text = text_of("ThrottlingException", "Slow down.", None, retryAfterSeconds=seconds)
    assert text == f"Slow down. {advice}"


@pytest.mark.parametrize(
    ("metadata", "shown"),
    [({}, ""), ({"RetryAttempts": 0}, ""), ({"RetryAttempts": 1}, " (reached max retries: 1)")],
)
def test_text_mentions_retries_but_not_that_there_were_none(
    metadata: dict[str, Any], shown: str
) -> None:
    response = {
        "Error": {"Code": CONFLICT, "Message": "no"},
        "ResponseMetadata": {"MaxAttemptsReached": True, **metadata},
    }
    error = ServiceError(response, "GetMicrovm")
    before = f"An error occurred ({CONFLICT}) when calling the GetMicrovm operation"
    assert str(error) == f"{before}{shown}: no. {ADVICE[ErrorKind.BUSY]}"


def test_request_is_described_by_its_identifiers_only() -> None:
    values = {name: f"value of {name}" for name in IDENTIFIERS}
    parameters = {**values, "runHookPayload": "secret", "clientToken": "secret", "name": "web"}
    client = MicroVMClient(region_name=REGION).boto3_client
    summary = RequestSummary.of(client, {**parameters, "buildId": 5})
    assert summary == RequestSummary(
        REGION,
        None,
        {
            "image_identifier": "value of imageIdentifier",
            "image_version": "value of imageVersion",
            "microvm_identifier": "value of microvmIdentifier",
            "name": "web",
            "base_image_arn": "value of baseImageArn",
            "resource": "value of Resource",
        },
    )
    assert RequestSummary.of(client, {"buildId": "b"}).identifiers == {"build_id": "b"}


def test_request_that_failed_is_in_the_text(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCOUNT_ID", "210987654321")
    client = MicroVMClient(endpoint_url=loopback.endpoint_url)
    loopback.respond_with(Canned(403, {}, {"x-amzn-errortype": DENIED, "x-amzn-requestid": "r-1"}))
    with pytest.raises(errors.AccessDeniedException) as caught:
        update(client)
    assert caught.value.message is None
    assert str(caught.value) == (
        f"An error occurred ({DENIED}) when calling the UpdateMicrovmImageVersion operation: "
        f"{NO_MESSAGE} The request had image_identifier='{IMAGE}', image_version='3.0'. "
        f"image_identifier is in account {ACCOUNT}, but the client uses account 210987654321. "
        f"{MAY_BE_WRONG} (request ID: r-1)"
    )


def test_account_of_expiring_credentials_is_read_without_refreshing_them() -> None:
    def refresh() -> Any:
        pytest.fail("an error must not cause a call")

    expired = datetime(2020, 1, 1, tzinfo=timezone.utc)
    session = botocore.session.Session()
    session._credentials = RefreshableCredentials(
        "key", "secret", "token", expired, refresh, "test", account_id=ACCOUNT
    )
    client = session.create_client("lambda-microvms", region_name=REGION)
    assert RequestSummary.of(client, {}) == RequestSummary(REGION, ACCOUNT)


def test_error_of_a_malformed_response_still_has_a_text() -> None:
    for response in ({}, {"Error": {"Code": "", "Message": 5}}, {"Error": {}}):
        error = ServiceError(response, "GetMicrovm")
        assert str(error).startswith("An error occurred (")
        assert "request ID" not in str(error)
        assert (error.kind, error.request_id, error.status_code) == (ErrorKind.OTHER, None, None)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            errors.WaiterError("wait", f"failed ({ODD})", identifier="web"),
            f"wait (web): failed ({SHOWN})",
        ),
        (
            errors.WaiterError("wait", "why", identifier="web", image_version="1.0"),
            "wait (web, version 1.0): why",
        ),
        (
            errors.ReleaseError("promote", f"failed ({ODD})", image_arn="web"),
            (
                f"promote (web): failed ({SHOWN}). Changes made: none. "
                "Current version as last read: none."
            ),
        ),
    ],
)
def test_reason_is_shown_without_control_characters(error: Exception, text: str) -> None:
    assert str(error) == text
