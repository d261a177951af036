"""The errors: invalid and error responses over real HTTP and through real botocore."""

import copy
import inspect
import json
import pickle
import socket
import traceback
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from threading import Thread
from typing import Any, get_type_hints

import botocore.session
import pytest
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError, ConnectionClosedError
from loopback import Canned, Loopback, case, case_names
from service_comparison import service_model

from microvm_sdk import ErrorKind, ImageBuildSummary, ImageVersion, MicroVMClient, UnknownMember
from microvm_sdk import exceptions as errors
from microvm_sdk._calls.error_responses import SERVICE_ERRORS
from microvm_sdk._error_texts import RequestSummary
from microvm_sdk.exceptions import ResponseValidationError, ServiceError

IMAGE = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"
SECRET = "do-not-print-me"
TOO_DEEP = b"[" * 1100
NOT_OBJECTS = b"[1]", b"null", b"5", b'"x"', TOO_DEEP
STATUS_CODES: dict[str, int] = {
    shape.name: shape.metadata["error"]["httpStatusCode"] for shape in service_model().error_shapes
}
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
    """Collect every text that an error and its causes can show."""
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
def test_sample_response_is_its_model_or_its_error(
    name: str, client: MicroVMClient, loopback: Loopback
) -> None:
    canned = case(name)
    loopback.respond_with(canned)
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
    loopback.respond_with(case("update_microvm_image_version/not-found"))
    error = failure(client)
    assert isinstance(error, errors.ResourceNotFoundException)
    assert error.code == "ResourceNotFoundException"
    assert error.message == "Image version 9.9 does not exist"
    assert error.status_code == 404
    assert error.operation_name == "UpdateMicrovmImageVersion"
    assert error.request_id == "5f1c7e0a-0000-4000-8000-00000000006e"
    assert error.resource_type == "microvm-image-version"
    assert error.resource_id == f"{IMAGE}:9.9"


def test_throttling_error_has_the_seconds_to_wait(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(case("update_microvm_image_version/throttled"))
    error = failure(client)
    assert isinstance(error, errors.ThrottlingException)
    assert (error.retry_after_seconds, error.service_code, error.quota_code) == (
        3,
        "lambda",
        "L-0000AAAA",
    )


@pytest.mark.parametrize("code", SERVICE_ERRORS)
def test_each_error_of_the_service_is_its_own_class(
    code: str, client: MicroVMClient, loopback: Loopback
) -> None:
    # An older botocore lacks one of the errors.
    status = STATUS_CODES.get(code, 500)
    loopback.respond_with(
        Canned(status, {"message": "no", "Type": "User"}, {"x-amzn-errortype": code})
    )
    error = failure(client)
    assert type(error) is getattr(errors, code)
    assert isinstance(error, ServiceError)
    assert isinstance(error, ClientError)
    assert isinstance(error.__cause__, ClientError)
    assert error.response is error.__cause__.response
    assert (error.message, error.status_code) == ("no", status)


def named(code: str, status: int = 409, **body: Any) -> Canned:
    return Canned(status, {"message": "no", **body}, {"x-amzn-errortype": code})


CONFLICT = "ConflictException", "no", ErrorKind.BUSY
SILENT = "ConflictException", None, ErrorKind.BUSY
XML = b"<ConflictException><Message>no</Message></ConflictException>"

# The response, and the code, the message and the kind of its error.
RESPONSES: list[tuple[Canned, tuple[str, str | None, ErrorKind]]] = [
    (named("ConflictException"), CONFLICT),
    (named("ConflictException:http://internal.amazon.com/x/"), CONFLICT),
    (named("com.amazon#ConflictException"), CONFLICT),
    (Canned(409, {"message": "no", "__type": "com.amazon#ConflictException"}), CONFLICT),
    (Canned(409, {"message": "no", "code": "ConflictException"}), CONFLICT),
    (Canned(409, XML), CONFLICT),
    (Canned(409, b"", {"x-amzn-errortype": "ConflictException"}), SILENT),
    (named("ConflictException", message=None), SILENT),
    (named("ConflictException", message=""), SILENT),
    (named("ConflictException", message=5), ("ConflictException", "5", ErrorKind.BUSY)),
    (named("ConflictException", message=[1]), ("ConflictException", "[1]", ErrorKind.BUSY)),
    (named("ValidationException", 300), ("ValidationException", "no", ErrorKind.INVALID)),
    (named("TeapotException", 418), ("TeapotException", "no", ErrorKind.INVALID)),
    (Canned(302, b"", {"location": "/elsewhere"}), ("302", None, ErrorKind.OTHER)),
    (Canned(304, b""), ("304", None, ErrorKind.OTHER)),
    (Canned(300, b""), ("300", None, ErrorKind.OTHER)),
    (Canned(502, b"<html>nginx</html>"), ("502", "Bad Gateway", ErrorKind.SERVER)),
    *((Canned(400, body), ("400", body.decode(), ErrorKind.INVALID)) for body in NOT_OBJECTS),
    *((Canned(503, body), ("503", body.decode(), ErrorKind.SERVER)) for body in NOT_OBJECTS),
    (Canned(503, b"\xff\xfe"), ("503", "\ufffd\ufffd", ErrorKind.SERVER)),
]


@pytest.mark.parametrize(("canned", "expected"), RESPONSES)
def test_response_is_its_error(
    canned: Canned,
    expected: tuple[str, str | None, ErrorKind],
    client: MicroVMClient,
    loopback: Loopback,
) -> None:
    loopback.respond_with(replace(canned, headers={**canned.headers, "x-amzn-requestid": "r-1"}))
    error: Any = failure(client)
    assert type(error) is SERVICE_ERRORS.get(error.code, ServiceError)
    assert (error.code, error.message, error.kind) == expected
    assert (error.status_code, error.request_id) == (canned.status, "r-1")


def test_member_of_another_type_than_the_models_is_none() -> None:
    response = {"Error": {}, "retryAfterSeconds": "soon", "quotaCode": 5}
    error = errors.ThrottlingException(response, "RunMicrovm")
    assert (error.retry_after_seconds, error.quota_code) == (None, None)


@pytest.mark.parametrize(
    ("sent_at", "seconds"),
    [
        ("Wed, 21 Oct 2026 07:27:30 GMT", 30),
        ("Wed, 21 Oct 2026 07:29:00 GMT", 0),
        ("yesterday", None),
    ],
)
def test_retry_after_can_be_a_date(
    sent_at: str, seconds: int | None, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(
        Canned(
            429,
            {"message": "slow down"},
            {
                "x-amzn-errortype": "ThrottlingException",
                "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT",
                "date": sent_at,
            },
        )
    )
    error = failure(client)
    assert isinstance(error, errors.ThrottlingException)
    assert (error.message, error.retry_after_seconds) == ("slow down", seconds)


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
def test_invalid_response_is_an_error_not_an_empty_model(
    body: bytes, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(Canned(200, body, {"x-amzn-requestid": "r-1"}))
    error = failure(client)
    assert isinstance(error, ResponseValidationError)
    assert error.body == body
    assert error.request_id == "r-1"
    assert error.status_code == 200
    assert error.operation_name == "UpdateMicrovmImageVersion"
    assert str(error).startswith(
        "UpdateMicrovmImageVersion succeeded, but its response does not match"
    )
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
            {"logging": {"cloudWatch": {}, "x-new": {}}},
            "logging: Exactly one member of the union must be set",
        ),
        ({"logging": {}}, "logging: Exactly one member of the union must be set"),
        ({"logging": {"cloudWatch": "on"}}, "logging.cloudWatch: Input should be an object"),
        ({"environmentVariables": {"API_KEY": [SECRET]}}, "environmentVariables.API_KEY: "),
        ({"environmentVariables": SECRET}, "environmentVariables: "),
        ({"codeArtifact": {"uri": {"secret": SECRET}}}, "codeArtifact.uri: "),
    ],
)
def test_response_that_does_not_match_names_the_place_and_shows_no_value(
    change: dict[str, Any], problem: str, client: MicroVMClient, loopback: Loopback
) -> None:
    body = {**DOCUMENTED, **change}
    loopback.respond_with(Canned(200, body))
    error = failure(client)
    assert isinstance(error, ResponseValidationError)
    assert any(found.startswith(problem) for found in error.problems), error.problems
    assert SECRET not in everything_shown(error)
    assert {name: error.response[name] for name in body} == body
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_secrets_show_in_no_error_when_botocore_parsed_the_response() -> None:
    with pytest.raises(ValueError, match="imageArn") as caught:
        ImageVersion.model_validate({**DOCUMENTED, "imageArn": 5})
    assert SECRET not in everything_shown(caught.value)


def test_response_of_an_operation_without_output_is_read_too(
    client: MicroVMClient, loopback: Loopback
) -> None:
    for body in (b"", b"{}", b'{"new": 1}'):
        loopback.respond_with(Canned(200, body))
        client.terminate_microvm(microvm_identifier="microvm-1")
    loopback.respond_with(Canned(200, b"<html>log in first</html>"))
    with pytest.raises(ResponseValidationError):
        client.terminate_microvm(microvm_identifier="microvm-1")


def pickled(error: Exception) -> Any:
    return pickle.loads(pickle.dumps(error))  # noqa: S301  The test made the pickle.


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_errors_pickle_and_copy(copied: Any, client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(case("update_microvm_image_version/throttled"))
    throttled = copied(failure(client))
    assert type(throttled) is errors.ThrottlingException
    assert throttled.retry_after_seconds == 3
    assert throttled.operation_name == "UpdateMicrovmImageVersion"

    loopback.respond_with(Canned(200, b"{"))
    mismatch = copied(failure(client))
    assert type(mismatch) is ResponseValidationError
    assert (mismatch.body, mismatch.operation_name) == (b"{", "UpdateMicrovmImageVersion")
    assert mismatch.problems

    waited = copied(errors.WaiterError("wait", "why", identifier="microvm-1", timed_out=True))
    assert (str(waited), waited.reason) == ("wait (microvm-1): why", "why")
    assert waited.timed_out


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_build_error_has_the_reasons_and_the_log_group(copied: Any) -> None:
    build = case("recorded/images-lifecycle/list-builds").body["items"][0]
    failed = [
        ImageBuildSummary.model_validate({**build, "stateReason": reason})
        for reason in ("Build failed.", None, "Build failed.")
    ]
    group = "/aws/lambda-microvms/web"
    error = copied(
        errors.BuildError("wait", "failed", identifier=IMAGE, failed_builds=failed, log_group=group)
    )
    assert type(error) is errors.BuildError
    assert str(error) == f"wait ({IMAGE}): failed (log group: {group})"
    assert (error.reasons, error.log_group) == (("Build failed.",), group)
    silent = errors.BuildError("wait", "failed", identifier=IMAGE)
    assert (silent.reasons, silent.log_group, silent.reason) == ((), None, "failed")


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_missing_current_version_is_an_error_that_names_the_versions(copied: Any) -> None:
    body = case("recorded/images-lifecycle/version-until-built").body
    versions = [
        ImageVersion.model_validate({**body, "imageVersion": f"{number}.0", "status": "INACTIVE"})
        for number in range(12, 0, -1)
    ]
    error = copied(errors.NoCurrentVersionError(IMAGE, iter(versions)))
    assert (error.image_arn, error.versions) == (IMAGE, tuple(versions))
    assert str(error).startswith(
        f"no version of {IMAGE} can start MicroVMs: none is ACTIVE and SUCCESSFUL. "
        "Its versions: 12.0 (SUCCESSFUL, INACTIVE), 11.0 (SUCCESSFUL, INACTIVE), "
    )
    assert str(error).endswith(
        "3.0 (SUCCESSFUL, INACTIVE), and 2 more. Name one of them, or make one ACTIVE."
    )
    assert "Its versions: none." in str(errors.NoCurrentVersionError(IMAGE, []))


def test_tree_in_the_docstring_is_the_tree() -> None:
    assert errors.__doc__ is not None
    drawn = {
        line.strip("│├└─ ").split(" ")[0]
        for line in errors.__doc__.split("```")[1].splitlines()
        if line.strip()
    }
    assert drawn == set(errors.__all__) - {"ErrorKind"}
    assert errors.__all__ == sorted(errors.__all__)


def test_unknown_member_is_not_an_error(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(case("update_microvm_image_version/unknown-members"))
    version = call(client)
    assert version.logging == UnknownMember(name="x-new")
    assert version.code_artifact == UnknownMember(name="ociImage")


def test_members_of_another_type_are_none(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(
        Canned(
            409,
            {"message": "no", "resourceId": 5, "resourceType": None},
            {"x-amzn-errortype": "ConflictException"},
        )
    )
    error = failure(client)
    assert isinstance(error, errors.ConflictException)
    assert (error.resource_id, error.resource_type) == (None, None)


def test_empty_response_is_an_error_where_a_model_is_expected(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(Canned(204, b""))
    error = failure(client)
    assert isinstance(error, ResponseValidationError)
    assert (error.status_code, error.body) == (204, b"")


def test_connection_that_breaks_shows_no_frame_with_the_request() -> None:
    def close_each(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                connection.recv(65_536)
                connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=close_each, args=(listening,), daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        once = Config(retries={"total_max_attempts": 1})
        client = MicroVMClient(region_name="eu-west-1", endpoint_url=url, config=once)
        with pytest.raises(ConnectionClosedError) as caught:
            client.run_microvm(image_identifier="arn", run_hook_payload=SECRET)
    cause = caught.value.__cause__ or caught.value.__context__
    assert cause is not None
    while cause is not None:
        assert cause.__traceback__ is None
        cause = cause.__cause__ or cause.__context__


@pytest.mark.parametrize("length", [0, 1, 50])
def test_response_whose_connection_broke_is_an_error_not_an_empty_model(
    length: int, client: MicroVMClient, loopback: Loopback
) -> None:
    canned = Canned(200, DOCUMENTED, cut_at=length)
    loopback.respond_with(canned)
    # botocore 1.43.35 counts the bytes and raises its own error; newer ones accept a shorter body.
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
    again = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301  The test made the pickle.
    assert type(again) is error_class
    assert str(again) == str(error)
    assert again.response == response
    members = [
        name for name in dir(error_class) if isinstance(getattr(error_class, name), property)
    ]
    assert {"code", "kind", "message", "request_id", "retry_after_seconds"} <= set(members)
    for name in ["operation_name", *members]:
        assert getattr(again, name) == getattr(error, name)


def test_raw_response_of_a_creation_that_does_not_match_keeps_what_was_created(
    client: MicroVMClient, loopback: Loopback
) -> None:
    run = case("recorded/vms-lifecycle/run").body
    loopback.respond_with(Canned(200, {**run, "state": None}))
    with pytest.raises(ResponseValidationError, match="RunMicrovm succeeded") as caught:
        client.run_microvm(image_identifier=IMAGE, run_hook_payload=SECRET)
    assert caught.value.response["microvmId"] == run["microvmId"]
    assert SECRET not in everything_shown(caught.value)
    assert not isinstance(caught.value, ClientError)


def test_token_shows_in_no_error(client: MicroVMClient, loopback: Loopback) -> None:
    for body in ({"authToken": SECRET}, {"authToken": {"X-aws-proxy-auth": [SECRET]}}):
        loopback.respond_with(Canned(200, body))
        with pytest.raises(ResponseValidationError) as caught:
            client.create_microvm_shell_auth_token(microvm_identifier="m", expiration_in_minutes=5)
        assert SECRET not in everything_shown(caught.value)
        assert SECRET not in repr(caught.value.problems)
        assert caught.value.response["authToken"] == body["authToken"]


@pytest.mark.parametrize(
    ("seconds", "headers", "expected"),
    [
        (3, {"retry-after": "5"}, 3),
        (None, {"retry-after": "5"}, 5),
        (None, {"retry-after": "-5"}, None),
        (-5, {}, None),
        (True, {}, None),
        (None, {"retry-after": "soon"}, None),
        (None, {"retry-after": "9" * 5000}, 999999999),
        (None, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        (None, {"retry-after": "Wed, 21 Oct 2026 07:28:00", "date": "x"}, None),
        (None, {}, None),
    ],
)
def test_every_service_error_has_the_seconds_to_wait(
    seconds: Any, headers: dict[str, str], expected: int | None
) -> None:
    response = {
        "Error": {"Code": "InsufficientCapacityException"},
        "ResponseMetadata": {"HTTPHeaders": headers},
        "retryAfterSeconds": seconds,
    }
    error = errors.InsufficientCapacityException(response, "RunMicrovm")
    assert error.retry_after_seconds == expected


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
@pytest.mark.parametrize(
    "error",
    [
        errors.MicroVMError("no"),
        ServiceError(
            {"Error": {"Code": "X", "Message": "no"}}, "GetMicrovm", text=lambda _: "no. At noon."
        ),
        errors.ConflictException({"Error": {}, "resourceId": "i"}, "GetMicrovm"),
        ResponseValidationError("GetMicrovm", ["state: missing"], {"a": 1}, b"{}"),
        errors.WaiterError("wait", "why", identifier="web", timed_out=True),
    ],
    ids=lambda error: type(error).__name__,
)
def test_copies_of_an_error_keep_its_notes_and_attributes(
    error: errors.MicroVMError, copied: Any
) -> None:
    error.__notes__ = ["while deploying web"]  # `add_note` is Python 3.11's.
    error.attempt = 3
    again = copied(error)
    assert type(again) is type(error)
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))
    assert (again.attempt, again.__notes__) == (3, ["while deploying web"])


def test_every_error_class_is_copied_the_same_way() -> None:
    for name in errors.__all__:
        error_class = getattr(errors, name)
        if issubclass(error_class, Exception):
            assert error_class.__reduce__ is errors.MicroVMError.__reduce__, name


def test_copies_of_a_users_own_subclass_are_of_that_class() -> None:
    again = pickled(Quarrel(2, about="an image"))
    assert type(again) is Quarrel
    assert (again.parties, again.about, str(again)) == (2, "an image", "2 about an image")


class Quarrel(errors.MicroVMError):
    def __init__(self, parties: int, *, about: str) -> None:
        super().__init__(f"{parties} about {about}")
        self.parties, self.about = parties, about


OTHER_REGION = "arn:aws:lambda:us-west-2:210987654321:microvm-image:web"
BEFORE = "An error occurred (AccessDeniedException) when calling the GetMicrovmImage operation: "


def denied(client: MicroVMClient, loopback: Loopback, arn: str, message: str | None = None) -> str:
    loopback.respond_with(
        Canned(
            403,
            {"message": message},
            {"x-amzn-errortype": "AccessDeniedException", "x-amzn-requestid": "r-1"},
        )
    )
    with pytest.raises(errors.AccessDeniedException) as caught:
        client.get_microvm_image(image_identifier=arn)
    assert caught.value.message == message
    assert caught.value.response["Error"]["Message"] == message
    return str(caught.value)


def test_access_denied_without_a_message_names_both_regions(
    client: MicroVMClient, loopback: Loopback
) -> None:
    assert denied(client, loopback, OTHER_REGION) == (
        f"{BEFORE}the service returned no message. "
        f"The request had image_identifier='{OTHER_REGION}'. "
        "image_identifier is in region us-west-2, but the client uses region eu-west-1. "
        "The caller may lack the permission, or the region or account may be the wrong one. "
        "(request ID: r-1)"
    )


def test_access_denied_in_the_right_region_does_not_claim_a_difference(
    client: MicroVMClient, loopback: Loopback
) -> None:
    for arn in (IMAGE, "not-an-arn", "arn:aws:lambda", "arn:aws:lambda:::microvm-image:web"):
        text = denied(client, loopback, arn)
        assert "but the client uses" not in text
        assert "region or account may be the wrong one" in text


def test_access_denied_with_a_message_still_names_both_regions(
    client: MicroVMClient, loopback: Loopback
) -> None:
    message = f"User is not authorized to perform GetMicrovmImage on {OTHER_REGION}"
    assert denied(client, loopback, OTHER_REGION, message) == (
        f"{BEFORE}{message}. "
        "image_identifier is in region us-west-2, but the client uses region eu-west-1. "
        "Check the permissions of the client's credentials. (request ID: r-1)"
    )


def test_access_denied_names_both_accounts_if_the_credentials_carry_one(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCOUNT_ID", "123456789012")
    client = MicroVMClient(endpoint_url=loopback.endpoint_url)
    text = denied(client, loopback, "arn:aws:lambda:eu-west-1:210987654321:microvm-image:web")
    assert "is in account 210987654321, but the client uses account 123456789012." in text
    managed = "arn:aws:lambda:eu-west-1:aws:microvm-image:al2023-1"
    assert "but the client uses" not in denied(client, loopback, managed)


def test_account_of_expiring_credentials_is_read_without_refreshing_them() -> None:
    def refresh() -> Any:
        pytest.fail("an error must not cause a call")

    expired = RefreshableCredentials(
        "key",
        "secret",
        "token",
        datetime(2020, 1, 1, tzinfo=timezone.utc),
        refresh,
        "test",
        account_id="123456789012",
    )
    session = botocore.session.Session()
    session._credentials = expired
    boto3_client = session.create_client("lambda-microvms", region_name="eu-west-1")
    request = RequestSummary.of(boto3_client, {"imageIdentifier": IMAGE, "status": SECRET})
    assert request == RequestSummary("eu-west-1", "123456789012", {"image_identifier": IMAGE})


@pytest.mark.parametrize(
    ("message", "context"),
    [
        (
            "MicroVM Image is already in state: UPDATING",
            f"image_identifier='{IMAGE}', image_version='3.0'",
        ),
        (f"No such version: {IMAGE}", "image_version='3.0'"),
        (f"No such version: {IMAGE}, 3.0", None),
    ],
)
def test_text_names_the_resource_that_the_message_does_not(
    message: str, context: str | None, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(
        Canned(409, {"message": message}, {"x-amzn-errortype": "ConflictException"})
    )
    text = str(failure(client))
    assert f": {message}." in text
    assert ("The request had" in text) == (context is not None)
    assert context is None or f"The request had {context}." in text
    assert "wait until it has settled" in text


def test_text_names_no_parameter_that_could_be_a_secret(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(
        Canned(400, {"message": "no"}, {"x-amzn-errortype": "ValidationException"})
    )
    with pytest.raises(errors.ValidationException) as caught:
        client.run_microvm(image_identifier=IMAGE, run_hook_payload=SECRET, client_token=SECRET)
    assert SECRET not in everything_shown(caught.value)


def test_text_of_a_long_message_is_bounded(client: MicroVMClient, loopback: Loopback) -> None:
    page = "<!doctype html>" + "x" * 100_000
    loopback.respond_with(Canned(404, page.encode()))
    error = failure(client)
    assert isinstance(error, ServiceError)
    assert error.message == page
    assert len(str(error)) < 2500


def test_error_of_a_malformed_response_still_has_a_text() -> None:
    for response in ({}, {"Error": {"Code": "", "Message": 5}}, {"Error": {}}):
        error = ServiceError(response, "GetMicrovm")
        assert str(error).startswith("An error occurred (")
        assert (error.kind, error.request_id, error.status_code) == (ErrorKind.OTHER, None, None)


@pytest.mark.parametrize("body", [b"<html>log in first</html>", b"null", b"[1]", b"{", b"\xff"])
def test_success_that_is_not_json_is_an_error_for_observed_clients_too(
    body: bytes, loopback: Loopback
) -> None:
    client = MicroVMClient(endpoint_url=loopback.endpoint_url)
    # Handlers like this one see what botocore parses, which for such a body is an empty dict.
    client.boto3_client.meta.events.register("after-call.lambda-microvms", lambda **_: None)
    loopback.respond_with(Canned(200, body, {"x-amzn-requestid": "r-1"}))
    for call_it in (
        lambda: client.terminate_microvm(microvm_identifier="microvm-1"),
        lambda: client.list_tags(resource=IMAGE),
        lambda: call(client),
    ):
        with pytest.raises(ResponseValidationError) as caught:
            call_it()
        assert (caught.value.body, caught.value.request_id) == (body, "r-1")


def test_cause_does_not_show_a_body_that_cannot_be_decoded(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(Canned(500, b'{"authToken": "' + SECRET.encode() + b"\xff"))
    error = failure(client)
    assert type(error) is ServiceError
    assert SECRET not in everything_shown(error)


def test_types_resolve_although_the_models_are_not_imported() -> None:
    for name in errors.__all__:
        error_class = getattr(errors, name)
        assert get_type_hints(error_class) is not None
        for function in vars(error_class).values():
            if inspect.isfunction(function):
                assert get_type_hints(function) is not None


@pytest.mark.parametrize(
    "error",
    [
        errors.WaiterError("wait", "failed (a\x1b[2J\nb)", identifier="web"),
        errors.ReleaseError(
            "promote", "failed (a\x1b[2J\nb)", image_arn="web", target=None, steps=(), current=None
        ),
    ],
)
def test_reason_of_the_service_is_shown_without_control_characters(error: Exception) -> None:
    assert r"failed (a\x1b[2J\nb)" in str(error)
    assert r"failed (a\x1b[2J\nb)" in str(copy.copy(error))
