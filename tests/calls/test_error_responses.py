"""Reading error responses, which is a pure function of status, headers and body."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from microvm_sdk import ErrorKind
from microvm_sdk import exceptions as errors
from microvm_sdk._calls.error_responses import service_error
from microvm_sdk._calls.http_response import HttpResponse
from microvm_sdk._calls.outcome import CallOutcome
from microvm_sdk.exceptions import ServiceError

NAME = "ConflictException"
HTML = (
    b"<html>\n<head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
)


def read(
    status: int = 409,
    body: Any = b"",
    headers: dict[str, str] | None = None,
    *,
    error: ClientError | None = None,
    **given: Any,
) -> ServiceError:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = HttpResponse(status, headers or {}, content)
    return service_error(CallOutcome("GetMicrovm", response, error=error, **given))


def xml(text: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"x-amzn-errortype": NAME}, b""),
        ({"X-Amzn-ErrorType": NAME}, b"null"),
        ({"x-amzn-errortype": f"{NAME}:http://internal.amazon.com/coral/com.amazon.validate/"}, []),
        ({"x-amzn-errortype": f"com.amazon.lambda#{NAME}"}, HTML),
        ({"x-amzn-errortype": f"aws.lambda#{NAME}:http://internal.amazon.com/"}, b"\xff\xfe"),
        ({"x-amzn-errortype": ""}, {"__type": NAME}),
        ({"x-amzn-errortype": "418"}, {"__type": NAME}),
        ({"x-amzn-errortype": "Strange"}, {"__type": NAME}),
        ({}, {"__type": f"com.amazon#{NAME}"}),
        ({}, {"__type": f"com.amazon.lambda.{NAME}"}),
        ({}, {"__type": 5, "code": NAME}),
        ({}, {"__type": None, "code": 400, "Code": f"{NAME}:https://docs.aws.amazon.com"}),
        ({}, f'\ufeff{{"code": "{NAME}"}}'.encode()),
        ({}, json.dumps({"__type": NAME}).encode("utf-16")),
        ({}, xml(f"<{NAME}><Message>no</Message></{NAME}>")),
        ({}, xml(f"<{NAME}/>")),
        ({}, xml(f'<{NAME} xmlns="https://lambda.amazonaws.com/doc/"><message/></{NAME}>')),
        ({}, xml(f"<Error><Code>{NAME}</Code><Message>no</Message></Error>")),
        ({}, xml(f"<R xmlns='urn:a'><Error><Code> ns#{NAME} </Code></Error><RequestId/></R>")),
        ({}, xml(f"<Response><Errors><Error><Code>{NAME}</Code></Error></Errors></Response>")),
        ({}, f"\n<ErrorResponse><Error><Code>{NAME}</Code></Error></ErrorResponse>".encode()),
    ],
)
def test_class_is_found_wherever_the_error_is_named(headers: dict[str, str], body: Any) -> None:
    error = read(409, body, headers)
    assert type(error) is errors.ConflictException
    assert (error.code, error.kind, error.status_code) == (NAME, ErrorKind.BUSY, 409)
    assert error.response["Error"]["Code"] == NAME


@pytest.mark.parametrize("name", sorted(set(errors.__all__) - {"ErrorKind"}))
def test_only_errors_of_the_service_can_be_named(name: str) -> None:
    error = read(400, {"__type": name})
    listed = getattr(errors, name) in ServiceError.__subclasses__()
    assert type(error) is (getattr(errors, name) if listed else ServiceError)
    assert error.code == name


@pytest.mark.parametrize(
    "body",
    [
        HTML,
        b"<!DOCTYPE html><html><body><code>ConflictException</code></body></html>",
        b"<html><Code>ConflictException</Code></html>",
        b'<html xmlns="http://www.w3.org/1999/xhtml"><Code>ConflictException</Code></html>',
        b"<HTML>",
        b"\xef\xbb\xbf <html>",
        b"Bad Gateway",
        b"<oops",
        b"<a><b></a>",
        b"[1]",
        b"null",
        b"5",
        b"\xff\xfe\x00",
        b"",
        b"{}",
        b'{"code": "<script>"}',
        b'{"code": ["ConflictException"], "__type": {"a": 1}}',
        b'{"code": "5xx", "__type": ""}',
        b'{"__type": "Conflict Exception"}',
        b'{"__type": "' + b"x" * 10_000 + b'"}',
        b"[" * 100_000,
        b"{" * 100_000,
        b'{"a": ' * 100_000,
        b'{"a": 1' + b"0" * 10_000 + b"}",
        b"<a>" * 10_000,
        b"<a>" * 10_000 + b"</a>" * 10_000,
        b"<a>" * 100_000 + b"</a>" * 100_000,
        b'<!DOCTYPE a [<!ENTITY e "ConflictException">]><Error><Code>&e;</Code></Error>',
        b'<?xml version="1.0"?><!doctype a><Error><Code>ConflictException</Code></Error>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><Error><Code>ConflictException</Code></Error>',
        b"<Error><Code>ConflictException</Code>" + b" " * 65_536 + b"</Error>",
    ],
    ids=lambda body: body[:30].decode(errors="replace"),
)
@pytest.mark.parametrize("status", [300, 404, 502])
def test_status_is_the_code_if_nothing_names_the_error(status: int, body: bytes) -> None:
    started = time.process_time()
    error = read(status, body)
    assert time.process_time() - started < 1
    assert type(error) is ServiceError
    assert (error.code, error.status_code) == (str(status), status)
    assert len(str(error)) < 2500


def test_entities_of_a_document_type_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "%s">]><ConflictException>&b;</ConflictException>' % (
        b"x" * 99
    )
    assert read(409, bomb).message == bomb.decode()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"message": "no"}, "no"),
        ({"Message": "no"}, "no"),
        ({"message": None}, None),
        ({"message": None, "Message": "no"}, None),
        ({"message": 5}, "5"),
        ({}, None),
        (xml("<AccessDeniedException><Message>no</Message></AccessDeniedException>"), "no"),
        (xml("<AccessDeniedException><Message/></AccessDeniedException>"), None),
        (xml("<UnknownOperationException/>"), None),
        (b"Bad Gateway", "Bad Gateway"),
        (b"[1]", "[1]"),
        (b"", None),
        (b"caf\xe9", "caf\ufffd"),
    ],
)
def test_message_is_the_services(body: Any, message: str | None) -> None:
    assert read(403, body).message == message


def test_unknown_error_keeps_its_name() -> None:
    body = b"<UnknownOperationException/>"
    error = botocore_error(404, "404", body.decode())
    assert read(404, body, error=error).code == "UnknownOperationException"
    assert read(404, xml("<UnknownOperationException/>")).code == "UnknownOperationException"
    assert read(418, {"__type": "a#TeapotException"}).code == "TeapotException"
    assert read(418, b"", {"x-amzn-errortype": "TeapotException:"}).code == "TeapotException"


def test_members_and_metadata_are_where_boto3_puts_them() -> None:
    body = {"__type": NAME, "message": "no", "resourceId": "i", "Error": 1, "ResponseMetadata": 2}
    headers = {"X-Amzn-RequestId": "r-1", "Retry-After": "3"}
    error = read(409, body, headers, attempts=3)
    assert isinstance(error, errors.ConflictException)
    assert error.response == {
        "resourceId": "i",
        "Error": {"Code": NAME, "Message": "no"},
        "ResponseMetadata": {
            "RequestId": "r-1",
            "HTTPStatusCode": 409,
            "HTTPHeaders": {"x-amzn-requestid": "r-1", "retry-after": "3"},
            "RetryAttempts": 2,
        },
    }
    assert (error.resource_id, error.request_id, error.retry_after_seconds) == ("i", "r-1", 3)


def test_request_id_is_read_from_xml_too() -> None:
    assert read(409, xml(f"<{NAME}><RequestId>r-1</RequestId></{NAME}>")).request_id == "r-1"
    assert read(409, b"").request_id is None


def test_text_does_not_show_an_html_page() -> None:
    text = str(read(502, HTML))
    assert "the response was an HTML page, as proxies and gateways send" in text
    assert "nginx" not in text
    assert read(502, HTML).message == HTML.decode()
    parsed = botocore_error(502, "502", "Bad Gateway")
    assert "operation: Bad Gateway. " in str(read(502, HTML, error=parsed))


TOKEN = b'{"authToken": {"X-aws-proxy-auth": "do-not-print-me'
PREFIXES = (b"", b" \n", b"\xef\xbb\xbf", b"\x00", b")]}'\n", b"null", b"5", b"a", b"<", b"[", b'"')


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("headers", [{}, {"x-amzn-errortype": NAME}])
def test_text_shows_no_body_that_could_be_a_cut_response_with_a_secret(
    prefix: bytes, headers: dict[str, str]
) -> None:
    body = prefix + TOKEN
    parsed = botocore_error(500, NAME if headers else "500", body.decode())
    for error in (None, parsed):
        typed = read(500, body, headers, error=error, has_secrets=True)
        assert "the response could not be read" in str(typed)
        assert "do-not-print-me" not in str(typed)
        assert typed.message == body.decode()


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"Bad Gateway\r\n", "operation: Bad Gateway. "),
        (b"x" * 200, f"operation: {'x' * 200}. "),
        (b"x" * 201, "operation: the response could not be read. "),
        (b"Bad\x1b[2JGateway", "operation: the response could not be read. "),
        (b'{"a": "cut', "operation: the response could not be read. "),
        (b"[1]", "operation: the response could not be read. "),
        (b"<a>", "operation: the response could not be read. "),
        (b" \n", "operation: the service returned no message. "),
    ],
)
def test_text_shows_a_body_only_if_it_is_a_short_text(body: bytes, shown: str) -> None:
    assert shown in str(read(502, body))


def test_message_is_shown_for_an_operation_with_secrets_too() -> None:
    assert "operation: no. " in str(read(403, {"message": "no"}, has_secrets=True))


def test_control_characters_of_a_message_are_escaped() -> None:
    error = read(409, {"__type": NAME, "message": "a\x1b[2J\nb\u202ec"})
    assert r"operation: a\x1b[2J\nb\u202ec. " in str(error)
    assert error.message == "a\x1b[2J\nb\u202ec"


def test_informational_status_is_an_error_without_a_message() -> None:
    error = read(103, {"message": "no", "authToken": "do-not-print-me"})
    assert (error.code, error.message, error.kind) == ("103", None, ErrorKind.OTHER)
    assert "do-not-print-me" not in str(error)


def botocore_error(status: int, code: Any, message: Any, **headers: str) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {
            "HTTPStatusCode": status,
            "HTTPHeaders": {name.replace("_", "-"): value for name, value in headers.items()},
            "RetryAttempts": 1,
        },
    }
    return ClientError(response, "GetMicrovm")


@pytest.mark.parametrize(
    ("body", "headers", "code", "message"),
    [
        (f"<{NAME}><Message>no</Message></{NAME}>", {}, "409", "no"),
        (f"<Error><Code>{NAME}</Code></Error>", {}, "409", None),
        (f'\ufeff{{"__type": "{NAME}", "message": "no"}}', {}, "409", "no"),
        ("Service Unavailable", {"x-amzn-errortype": NAME}, "409", "Service Unavailable"),
        ('{"message": "no"}', {"x-amzn-errortype": NAME}, 5, "no"),
        ('{"message": "no"}', {"x-amzn-errortype": NAME}, "Strange", "no"),
    ],
)
def test_class_is_found_where_botocore_does_not_search(
    body: str, headers: dict[str, str], code: Any, message: str | None
) -> None:
    parsed = botocore_error(409, code, body)
    error = read(409, body.encode(), headers, error=parsed, attempts=2)
    assert type(error) is errors.ConflictException
    assert (error.code, error.message) == (NAME, message)
    assert error.__cause__ is parsed
    assert error.response["ResponseMetadata"]["RetryAttempts"] == 1


@pytest.mark.parametrize(
    ("status", "code", "body", "headers"),
    [
        (409, NAME, b"<ValidationException/>", {"x-amzn-errortype": "ValidationException"}),
        (418, "TeapotException", b'{"message": "no"}', {}),
        (418, "a.TeapotException", b"{}", {"x-amzn-errortype": "Teapot"}),
        (404, "404", HTML, {}),
        (404, "404", b"", {}),
    ],
)
def test_response_that_botocore_read_is_kept_as_it_is(
    status: int, code: str, body: bytes, headers: dict[str, str]
) -> None:
    parsed = botocore_error(status, code, body.decode())
    error = read(status, body, headers, error=parsed)
    assert error.response is parsed.response
    assert error.code == code


@pytest.mark.parametrize("response", [{}, {"Error": {"Code": ["a"]}}])
def test_error_without_a_response_is_taken_as_it_is(response: Any) -> None:
    parsed = ClientError({"Error": {}}, "GetMicrovm")
    parsed.response = response
    error = service_error(CallOutcome("GetMicrovm", error=parsed))
    assert type(error) is ServiceError
    assert error.response is response


@pytest.mark.parametrize("code", [None, "", 5, ["a"]])
def test_code_that_is_not_a_name_becomes_the_status(code: Any) -> None:
    parsed = botocore_error(300, code, "no")
    assert read(300, {"message": "no"}, error=parsed).code == "300"
