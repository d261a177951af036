"""Invalid and error responses over real HTTP and through real botocore."""

import json
import socket
import traceback
from contextlib import suppress
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from loopback import Canned, Loopback, case, case_names
from sample_calls import IMAGE, update
from service_comparison import service_model

from microvm_sdk import ErrorKind, ImageVersion, MicroVMClient
from microvm_sdk import exceptions as errors
from microvm_sdk._calls.error_responses import SERVICE_ERRORS
from microvm_sdk.exceptions import ResponseValidationError, ServiceError

SECRET = "do-not-print-me"
TOO_DEEP = b"[" * 1100
NOT_OBJECTS = b"[1]", b"null", b"5", b'"x"', TOO_DEEP
STATUS_CODES: dict[str, int] = {
    shape.name: shape.metadata["error"]["httpStatusCode"] for shape in service_model().error_shapes
}
DOCUMENTED: dict[str, Any] = case("update_microvm_image_version/documented").body


def failure(client: MicroVMClient) -> Any:
    with pytest.raises(errors.MicroVMError) as caught:
        update(client)
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
        version = update(client)
        assert version == ImageVersion.model_validate(canned.body)
        assert version.response_metadata.request_id == canned.headers["x-amzn-requestid"]
        assert version.response_metadata.http_status_code == 200
    else:
        assert type(failure(client)).__name__ == canned.headers["x-amzn-errortype"]


@pytest.mark.parametrize(
    ("name", "members"),
    [
        (
            "not-found",
            {
                "code": "ResourceNotFoundException",
                "message": "Image version 9.9 does not exist",
                "status_code": 404,
                "operation_name": "UpdateMicrovmImageVersion",
                "request_id": "5f1c7e0a-0000-4000-8000-00000000006e",
                "resource_type": "microvm-image-version",
                "resource_id": f"{IMAGE}:9.9",
            },
        ),
        (
            "throttled",
            {"retry_after_seconds": 3, "service_code": "lambda", "quota_code": "L-0000AAAA"},
        ),
    ],
)
def test_error_carries_its_members(
    name: str, members: dict[str, Any], client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(case(f"update_microvm_image_version/{name}"))
    error = failure(client)
    assert {member: getattr(error, member) for member in members} == members


@pytest.mark.parametrize("code", SERVICE_ERRORS)
def test_each_error_of_the_service_is_its_own_class(
    code: str, client: MicroVMClient, loopback: Loopback
) -> None:
    # An older botocore lacks one of the errors.
    status = STATUS_CODES.get(code, 500)
    loopback.respond_with(named(code, status, Type="User"))
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
PAGE = b"<!doctype html>" + b"x" * 100_000

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
    (Canned(404, PAGE), ("404", PAGE.decode(), ErrorKind.NOT_FOUND)),
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
    error = failure(client)
    assert type(error) is SERVICE_ERRORS.get(error.code, ServiceError)
    assert (error.code, error.message, error.kind) == expected
    assert (error.status_code, error.request_id) == (canned.status, "r-1")
    assert len(str(error)) < 2500


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
    assert (error.body, error.request_id, error.status_code) == (body, "r-1", 200)
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
        ({"resources": 5}, "resources: Input should be a valid array"),
        ({"egressNetworkConnectors": 5}, "egressNetworkConnectors: Input should be a valid array"),
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


def test_response_of_a_creation_that_does_not_match_keeps_what_was_created(
    client: MicroVMClient, loopback: Loopback
) -> None:
    run = case("recorded/vms-lifecycle/run").body
    loopback.respond_with(Canned(200, {**run, "state": None}))
    with pytest.raises(ResponseValidationError, match="RunMicrovm succeeded") as caught:
        client.run_microvm(image_identifier=IMAGE, run_hook_payload=SECRET)
    assert caught.value.response["microvmId"] == run["microvmId"]
    assert SECRET not in everything_shown(caught.value)
    assert not isinstance(caught.value, ClientError)


@pytest.mark.parametrize("token", [SECRET, {"X-aws-proxy-auth": [SECRET]}])
def test_token_shows_in_no_error(token: Any, client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(Canned(200, {"authToken": token}))
    with pytest.raises(ResponseValidationError) as caught:
        client.create_microvm_shell_auth_token(microvm_identifier="m", expiration_in_minutes=5)
    assert SECRET not in everything_shown(caught.value)
    assert SECRET not in repr(caught.value.problems)
    assert caught.value.response["authToken"] == token


def test_secret_of_a_request_shows_in_no_error(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(named("ValidationException", 400))
    with pytest.raises(errors.ValidationException) as caught:
        client.run_microvm(image_identifier=IMAGE, run_hook_payload=SECRET, client_token=SECRET)
    assert SECRET not in everything_shown(caught.value)


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (lambda client: client.terminate_microvm(microvm_identifier="m"), SECRET),
        (
            lambda client: client.create_microvm_shell_auth_token(
                microvm_identifier="m", expiration_in_minutes=5
            ),
            "the response could not be read",
        ),
        (update, "the response could not be read"),
        (
            lambda client: list(client.list_microvm_image_versions(image_identifier=IMAGE)),
            "the response could not be read",
        ),
    ],
    ids=["no output", "token", "variables", "variables in a list"],
)
def test_body_of_an_error_is_shown_only_if_the_response_has_no_secrets(
    call: Any, shown: str, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(Canned(500, SECRET.encode()))
    with pytest.raises(ServiceError) as caught:
        call(client)
    assert f"operation: {shown}. " in str(caught.value)


def test_cause_does_not_show_a_body_that_cannot_be_decoded(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(Canned(500, b'{"authToken": "' + SECRET.encode() + b"\xff"))
    error = failure(client)
    assert type(error) is ServiceError
    assert SECRET not in everything_shown(error)


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
        update(client)
    if isinstance(caught.value, ResponseValidationError):
        assert caught.value.body == canned.content[:length]
    assert SECRET not in everything_shown(caught.value)
