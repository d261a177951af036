"""Converting error responses to typed errors.

botocore parses most error responses. The others are read here: those that it fails to parse, and
those in which it finds no code and no message, such as XML.
"""

import re
from collections.abc import Mapping
from functools import partial
from http.client import responses
from typing import Any, TypeVar
from xml.etree import ElementTree as ET

from botocore.exceptions import ClientError

from microvm_sdk import exceptions
from microvm_sdk._calls.http_response import SUCCESS, HttpResponse, json_object
from microvm_sdk._calls.outcome import CallOutcome
from microvm_sdk._error_kinds import mapping_member
from microvm_sdk._error_texts import error_text, shown_body
from microvm_sdk.exceptions import MicroVMError, ServiceError

SERVICE_ERRORS: dict[str, type[ServiceError]] = {
    name: error_class
    for name in exceptions.__all__
    if issubclass(error_class := getattr(exceptions, name), ServiceError)
    and error_class is not ServiceError
}

# Where a body names the error and says what is wrong, in the order of precedence.
_CODES = ("__type", "code", "Code")
_MESSAGES = ("message", "Message")
_RESERVED = {*_CODES, *_MESSAGES, "Error", "ResponseMetadata", "RequestId"}
_NAME = re.compile(r"(?:[^:#]*#)?(?:\w+\.)*(?P<name>[A-Za-z]\w{0,127})(?:$|:)", re.ASCII)
_LONGEST_XML = 64 * 1024

ErrorT = TypeVar("ErrorT", bound=MicroVMError)


def service_error(outcome: CallOutcome) -> ServiceError:
    """Make the typed error of a call that failed.

    Args:
        outcome: The outcome of the call.

    Returns:
        An error of its own class if the service model lists it, else a `ServiceError`.
    """
    shown = None
    if outcome.response is None and isinstance(outcome.error, ClientError):
        content: Mapping[str, Any] = outcome.error.response  # Not over HTTP: botocore's Stubber.
    else:
        response = outcome.response or _without_body(outcome.metadata)
        members = _members(response)
        if members is None:
            members = {"message": response.text}
            shown = shown_body(response.text, may_have_secrets=outcome.has_secrets)
        content = _preferred(_content(response, members, outcome.metadata), outcome.error)
        if mapping_member(content, "Error").get("Message") == responses.get(response.status_code):
            shown = None  # botocore puts the name of the status in the place of an HTML page.
    code = mapping_member(content, "Error").get("Code")
    error_class = SERVICE_ERRORS.get(code, ServiceError) if isinstance(code, str) else ServiceError
    text = partial(error_text, message=shown, request=outcome.request)
    return with_cause(error_class(content, outcome.operation_name, text=text), outcome.error)


def with_cause(error: ErrorT, cause: Exception | None) -> ErrorT:
    """Name the exception that botocore raised as the cause of an error, and return the error."""
    # The `repr` of a `UnicodeError` has the whole body.
    if cause is not None and not isinstance(cause, UnicodeError):
        error.__cause__ = cause.with_traceback(None)
    return error


def _content(
    response: HttpResponse, members: Mapping[str, Any], metadata: Mapping[str, Any]
) -> dict[str, Any]:
    """Make the dict that boto3 would have made of an error response."""
    request_id = members.get("RequestId")
    return {
        **{name: value for name, value in members.items() if name not in _RESERVED},
        "Error": {
            # boto3 takes the first member that exists, even if it is null.
            "Message": next((members[name] for name in _MESSAGES if name in members), None),
            "Code": _code(response.status_code, metadata.get("HTTPHeaders", {}), members),
        },
        "ResponseMetadata": {**({"RequestId": request_id} if request_id else {}), **metadata},
    }


def _without_body(metadata: Mapping[str, Any]) -> HttpResponse:
    return HttpResponse(metadata.get("HTTPStatusCode", 0), metadata.get("HTTPHeaders", {}), b"")


def _preferred(content: Mapping[str, Any], error: Exception | None) -> Mapping[str, Any]:
    """Return what botocore parsed, unless it missed the code that `_content` found.

    It does not read XML, nor JSON with a byte order mark, nor the header of a response without a
    body, nor any error with the status 300, which it mistakes for a success.
    """
    if not isinstance(error, ClientError) or "Error" not in error.response:
        return content
    parsed: Mapping[str, Any] = error.response
    found, code = content["Error"]["Code"], mapping_member(parsed, "Error").get("Code")
    status = str(content["ResponseMetadata"]["HTTPStatusCode"])
    if not isinstance(code, str) or code in {"", status}:
        return parsed if found == code else content
    return content if found in SERVICE_ERRORS and code not in SERVICE_ERRORS else parsed


def _code(status_code: int, headers: Mapping[str, Any], members: Mapping[str, Any]) -> str:
    """Return the first code that the service model lists, else the first, else the status."""
    sent = [headers.get("x-amzn-errortype"), *map(members.get, _CODES)]
    codes = [code for code in map(_without_namespace, sent) if code]
    known = [code for code in codes if code in SERVICE_ERRORS]
    return next(iter([*known, *codes]), str(status_code))


def _without_namespace(code: object) -> str | None:
    """Return the name in `namespace#Name`, `Name:https://…`; `None` if there is none."""
    found = _NAME.match(code) if isinstance(code, str) else None
    return found["name"] if found else None


def _members(response: HttpResponse) -> dict[str, Any] | None:
    """Read the members of an error; `None` if the body is neither a JSON object nor XML."""
    if response.status_code < SUCCESS.start or not response.body:
        return {}  # No status below 200 has a body of its own.
    content = json_object(response.body)
    return content if content is not None else _xml_members(response.text) or None


def _xml_members(text: str) -> dict[str, Any]:
    """Read the elements that contain text, and the root as the code if it is an exception's name.

    Returns:
        The members; none for a page of HTML, and for what cannot be parsed safely.
    """
    text = text.strip()
    # Without a document type there are no entities, which are what makes XML dangerous to parse.
    if len(text) > _LONGEST_XML or not text.startswith("<") or "<!DOCTYPE" in text.upper():
        return {}
    try:
        root = ET.fromstring(text)  # noqa: S314  No document type, bounded in length.
    except (ET.ParseError, ValueError):
        return {}
    names = {element: element.tag.rpartition("}")[2] for element in root.iter()}
    if names[root].lower() == "html":
        return {}
    members: dict[str, Any] = {}
    for element, name in names.items():
        if len(element) == 0:
            members.setdefault(name, (element.text or "").strip() or None)
    if names[root].endswith("Exception"):
        members["__type"] = names[root]
    return members
