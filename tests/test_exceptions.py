"""The errors: each odd or bad answer over real HTTP and through real botocore."""

import copy
import json
import pickle
import traceback
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from loopback import Canned, Loopback, case, case_names

from microvm_sdk import ImageVersion, MicroVMClient, UnknownMember
from microvm_sdk import exceptions as errors
from microvm_sdk.exceptions import ResponseValidationError, ServiceError

IMAGE = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"
SECRET = "do-not-print-me"
TOO_DEEP = b"[" * 1100
DOCUMENTED: dict[str, Any] = case("update_microvm_image_version/documented").body


def call(client: MicroVMClient) -> ImageVersion:
    return client.update_microvm_image_version(
        image_identifier=IMAGE, image_version="3.0", status="INACTIVE"
    )


def failure(client: MicroVMClient) -> Exception:
    with pytest.raises(errors.MicroVMError) as caught:
        call(client)
    return caught.value


def everything_shown(error: BaseException) -> str:
    """Collect what anybody could see of an error and of all that it came from."""
    shown = ["".join(traceback.format_exception(type(error), error, error.__traceback__))]
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None:
            continue
        shown += [repr(current), str(current), repr(current.args)]
        if hasattr(current, "errors"):
            shown.append(repr(current.errors()))
        pending += [current.__cause__, current.__context__]
    return "\n".join(shown)


@pytest.mark.parametrize("name", case_names("update_microvm_image_version"))
def test_sample_answer_is_its_model_or_its_error(
    name: str, client: MicroVMClient, loopback: Loopback
) -> None:
    canned = case(name)
    loopback.answer(canned)
    if name.endswith("required-missing"):
        assert isinstance(failure(client), ResponseValidationError)
    elif canned.status == 200:
        version = call(client)
        assert version == ImageVersion.model_validate(canned.body)
        assert version.response_metadata.request_id == canned.headers["x-amzn-requestid"]
        assert version.response_metadata.http_status_code == 200
    else:
        assert type(failure(client)).__name__ == canned.headers["x-amzn-errortype"]


def test_error_carries_its_members(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.answer(case("update_microvm_image_version/not-found"))
    error = failure(client)
    assert isinstance(error, errors.ResourceNotFoundException)
    assert error.code == "ResourceNotFoundException"
    assert error.message == "Image version 9.9 does not exist"
    assert error.status_code == 404
    assert error.operation_name == "UpdateMicrovmImageVersion"
    assert error.request_id == "5f1c7e0a-0000-4000-8000-00000000006e"
    assert error.resource_type == "microvm-image-version"
    assert error.resource_id == f"{IMAGE}:9.9"


def test_throttling_says_how_long_to_wait(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.answer(case("update_microvm_image_version/throttled"))
    error = failure(client)
    assert isinstance(error, errors.ThrottlingException)
    assert (error.retry_after_seconds, error.service_code, error.quota_code) == (
        3,
        "lambda",
        "L-0000AAAA",
    )


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ValidationException"),
        (400, "InvalidParameterValueException"),
        (402, "ServiceQuotaExceededException"),
        (403, "AccessDeniedException"),
        (404, "ResourceNotFoundException"),
        (409, "ConflictException"),
        (409, "ResourceConflictException"),
        (429, "ThrottlingException"),
        (429, "TooManyRequestsException"),
        (500, "InternalServerException"),
        (500, "InsufficientCapacityException"),
        (500, "ServiceException"),
    ],
)
def test_each_error_of_the_service_is_its_own_class(
    status: int, code: str, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.answer(Canned(status, {"message": "no", "Type": "User"}, {"x-amzn-errortype": code}))
    error = failure(client)
    assert type(error) is getattr(errors, code)
    assert isinstance(error, ServiceError)
    assert isinstance(error, ClientError)
    assert isinstance(error.__cause__, ClientError)
    assert error.response is error.__cause__.response
    assert (error.message, error.status_code) == ("no", status)


def test_error_that_the_model_does_not_list_is_a_plain_service_error(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.answer(Canned(418, {"message": "teapot"}, {"x-amzn-errortype": "TeapotException"}))
    error = failure(client)
    assert type(error) is ServiceError
    assert (error.code, error.status_code) == ("TeapotException", 418)


def test_html_from_a_proxy_is_a_service_error(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.answer(Canned(502, b"<html>Bad Gateway</html>"))
    error = failure(client)
    assert type(error) is ServiceError
    assert (error.code, error.status_code) == ("502", 502)


def test_null_message_is_none(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.answer(Canned(403, {"message": None}, {"x-amzn-errortype": "AccessDeniedException"}))
    error = failure(client)
    assert isinstance(error, errors.AccessDeniedException)
    assert error.message is None


@pytest.mark.parametrize("body", [b"[1]", b"null", b"5", b'"x"', b"\xff\xfe", TOO_DEEP])
@pytest.mark.parametrize("status", [400, 503])
def test_error_answer_that_botocore_stumbles_over_is_a_service_error(
    status: int, body: bytes, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.answer(Canned(status, body, {"x-amzn-requestid": "r-1"}))
    error = failure(client)
    assert type(error) is ServiceError
    assert (error.code, error.status_code, error.request_id) == (str(status), status, "r-1")


def test_member_of_another_type_than_the_models_is_none() -> None:
    response = {"Error": {}, "retryAfterSeconds": "soon", "quotaCode": 5}
    error = errors.ThrottlingException(response, "RunMicrovm")
    assert (error.retry_after_seconds, error.quota_code) == (None, None)


def test_retry_after_that_is_a_date_does_not_hide_the_error(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.answer(
        Canned(
            429,
            {"message": "slow down"},
            {
                "x-amzn-errortype": "ThrottlingException",
                "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
        )
    )
    error = failure(client)
    assert isinstance(error, errors.ThrottlingException)
    assert (error.message, error.retry_after_seconds) == ("slow down", None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"[1]",
        b"5",
        b"{",
        json.dumps(DOCUMENTED).encode()[:-20],
        b"<html>hello</html>",
        b"\xff\xfe{}",
        b"{}",
        TOO_DEEP,
    ],
    ids=lambda body: body[:12].decode(errors="replace"),
)
def test_odd_answer_is_an_error_not_an_empty_model(
    body: bytes, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.answer(Canned(200, body, {"x-amzn-requestid": "r-1"}))
    error = failure(client)
    assert isinstance(error, ResponseValidationError)
    assert error.body == body
    assert error.request_id == "r-1"
    assert error.status_code == 200
    assert error.operation_name == "UpdateMicrovmImageVersion"
    assert str(error).startswith("UpdateMicrovmImageVersion succeeded, but its answer does not fit")
    assert error.problems


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"imageArn": None}, "imageArn: Input should be a valid string"),
        ({"status": 5}, "status: Input should be a valid string"),
        ({"hooks": {"port": "abc"}}, "hooks.port: Input should be a valid integer"),
        ({"createdAt": "yesterday"}, "createdAt: Input should be a valid datetime"),
        ({"createdAt": "0001-01-01T00:00:00+14:00"}, "createdAt: "),
        ({"resources": {}}, "resources: Input should be a valid array"),
        (
            {"logging": {"cloudWatch": {}, "disabled": {}}},
            "logging: Exactly one member of the union must be set",
        ),
        (
            {"logging": {"cloudWatch": {}, "firehose": {}}},
            "logging: Exactly one member of the union must be set",
        ),
        ({"logging": {}}, "logging: Exactly one member of the union must be set"),
        ({"logging": {"cloudWatch": "on"}}, "logging.cloudWatch: Input should be an object"),
        ({"environmentVariables": {"API_KEY": [SECRET]}}, "environmentVariables.API_KEY: "),
        ({"environmentVariables": SECRET}, "environmentVariables: "),
        ({"codeArtifact": {"uri": {"secret": SECRET}}}, "codeArtifact.uri: "),
    ],
)
def test_answer_that_does_not_fit_says_where_and_shows_no_value(
    change: dict[str, Any], problem: str, client: MicroVMClient, loopback: Loopback
) -> None:
    body = {**DOCUMENTED, **change}
    loopback.answer(Canned(200, body))
    error = failure(client)
    assert isinstance(error, ResponseValidationError)
    assert any(found.startswith(problem) for found in error.problems), error.problems
    assert SECRET not in everything_shown(error)
    assert {name: error.response[name] for name in body} == body
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_secrets_show_in_no_error_when_botocore_parsed_the_answer() -> None:
    with pytest.raises(ValueError, match="imageArn") as caught:
        ImageVersion.model_validate({**DOCUMENTED, "imageArn": 5})
    assert SECRET not in everything_shown(caught.value)


def test_answer_of_an_operation_with_nothing_to_tell_is_read_too(
    client: MicroVMClient, loopback: Loopback
) -> None:
    for body in (b"", b"{}", b'{"new": 1}'):
        loopback.answer(Canned(200, body))
        client.terminate_microvm(microvm_identifier="microvm-1")
    loopback.answer(Canned(200, b"<html>log in first</html>"))
    with pytest.raises(ResponseValidationError):
        client.terminate_microvm(microvm_identifier="microvm-1")


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])  # noqa: S301  Its own.
def test_errors_pickle_and_copy(copied: Any, client: MicroVMClient, loopback: Loopback) -> None:
    loopback.answer(case("update_microvm_image_version/throttled"))
    throttled = copied(failure(client))
    assert type(throttled) is errors.ThrottlingException
    assert throttled.retry_after_seconds == 3
    assert throttled.operation_name == "UpdateMicrovmImageVersion"

    loopback.answer(Canned(200, b"{"))
    misfit = copied(failure(client))
    assert type(misfit) is ResponseValidationError
    assert (misfit.body, misfit.operation_name) == (b"{", "UpdateMicrovmImageVersion")
    assert misfit.problems

    waited = copied(errors.WaiterError("wait", "why", identifier="microvm-1", timed_out=True))
    assert (str(waited), waited.reason) == ("wait (microvm-1): why", "why")
    assert waited.timed_out


def test_tree_in_the_docstring_is_the_tree() -> None:
    assert errors.__doc__ is not None
    drawn = {
        line.strip("│├└─ ").split(" ")[0]
        for line in errors.__doc__.split("```")[1].splitlines()
        if line.strip()
    }
    assert drawn == set(errors.__all__)
    assert errors.__all__ == sorted(errors.__all__)


def test_unknown_member_is_no_error(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.answer(case("update_microvm_image_version/unknown-members"))
    version = call(client)
    assert version.logging == UnknownMember(name="firehose")
    assert version.code_artifact == UnknownMember(name="ociImage")


@pytest.mark.parametrize(
    ("sent", "message"), [(5, "5"), ({"a": 1}, "{'a': 1}"), ("", None), (None, None), ("no", "no")]
)
def test_message_is_text_or_none(
    sent: Any, message: str | None, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.answer(Canned(400, {"message": sent}, {"x-amzn-errortype": "ValidationException"}))
    error = failure(client)
    assert isinstance(error, errors.ValidationException)
    assert error.message == message


def test_members_of_another_type_are_none(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.answer(
        Canned(
            409,
            {"message": "no", "resourceId": 5, "resourceType": None},
            {"x-amzn-errortype": "ConflictException"},
        )
    )
    error = failure(client)
    assert isinstance(error, errors.ConflictException)
    assert (error.resource_id, error.resource_type) == (None, None)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"x-amzn-errortype": "ConflictException:http://internal.amazon.com/x/"}, {}),
        ({"x-amzn-errortype": "com.amazon#ConflictException"}, {}),
        ({}, {"__type": "com.amazon#ConflictException"}),
        ({}, {"code": "ConflictException"}),
    ],
)
def test_class_is_found_wherever_the_service_names_the_error(
    headers: dict[str, str], body: dict[str, str], client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.answer(Canned(409, {"message": "no", **body}, headers))
    assert type(failure(client)) is errors.ConflictException


@pytest.mark.parametrize("status", [300, 302, 304, 307])
def test_redirection_is_an_error_not_an_empty_model(
    status: int, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.answer(Canned(status, b"", {"location": "/elsewhere"}))
    error = failure(client)
    assert type(error) is ServiceError
    assert error.status_code == status


def test_empty_answer_with_no_content_is_an_error_where_a_model_is_due(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.answer(Canned(204, b""))
    error = failure(client)
    assert isinstance(error, ResponseValidationError)
    assert (error.status_code, error.body) == (204, b"")


@pytest.mark.parametrize("length", [0, 1, 50])
def test_answer_whose_connection_broke_is_an_error_not_an_empty_model(
    length: int, client: MicroVMClient, loopback: Loopback
) -> None:
    canned = Canned(200, DOCUMENTED, cut_at=length)
    loopback.answer(canned)
    # botocore 1.43.35 counts the bytes and says so itself; newer ones take what there is.
    with pytest.raises((ResponseValidationError, ConnectionClosedError)) as caught:
        call(client)
    if isinstance(caught.value, ResponseValidationError):
        assert caught.value.body == canned.content[:length]
    assert SECRET not in everything_shown(caught.value)


@pytest.mark.parametrize("error_class", ServiceError.__subclasses__(), ids=lambda one: one.__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_service_error_survives_pickle(
    error_class: type[ServiceError], protocol: int
) -> None:
    response = {
        "Error": {"Code": error_class.__name__, "Message": "no"},
        "ResponseMetadata": {"RequestId": "r-1", "HTTPStatusCode": 400},
        "resourceId": "i",
        "retryAfterSeconds": 7,
        "Type": "User",
    }
    error = error_class(response, "GetMicrovm")
    again = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301  Its own.
    assert type(again) is error_class
    assert str(again) == str(error)
    assert again.response == response
    members = [name for name, kind in vars(error_class).items() if isinstance(kind, property)]
    for name in ["code", "message", "request_id", "status_code", "operation_name", *members]:
        assert getattr(again, name) == getattr(error, name)


def test_error_of_a_retried_call_says_so(loopback: Loopback) -> None:
    config = Config(retries={"total_max_attempts": 2, "mode": "standard"})
    client = MicroVMClient(endpoint_url=loopback.endpoint_url, config=config)
    loopback.answer(Canned(500, {"message": "no"}))
    error = failure(client)
    assert isinstance(error, ServiceError)
    assert error.response["ResponseMetadata"]["RetryAttempts"] == 1
    assert len(loopback.requests) == 2


def test_raw_answer_of_a_creation_that_does_not_fit_keeps_what_was_created(
    client: MicroVMClient, loopback: Loopback
) -> None:
    run = case("recorded/vms-lifecycle/run").body
    loopback.answer(Canned(200, {**run, "state": None}))
    with pytest.raises(ResponseValidationError, match="RunMicrovm succeeded") as caught:
        client.run_microvm(image_identifier=IMAGE, run_hook_payload=SECRET)
    assert caught.value.response["microvmId"] == run["microvmId"]
    assert SECRET not in everything_shown(caught.value)
    assert not isinstance(caught.value, ClientError)


def test_token_shows_in_no_error(client: MicroVMClient, loopback: Loopback) -> None:
    for body in ({"authToken": SECRET}, {"authToken": {"X-aws-proxy-auth": [SECRET]}}):
        loopback.answer(Canned(200, body))
        with pytest.raises(ResponseValidationError) as caught:
            client.create_microvm_shell_auth_token(microvm_identifier="m", expiration_in_minutes=5)
        assert SECRET not in everything_shown(caught.value)
        assert SECRET not in repr(caught.value.problems)
        assert caught.value.response["authToken"] == body["authToken"]
