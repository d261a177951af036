"""Converting error responses to typed errors.

botocore parses most error responses. `read_error` is for those that it fails on, and
`service_error` for those that it parses without finding what they say.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from xml.etree import ElementTree as ET

from botocore.exceptions import ClientError
from typing_extensions import Self

from microvm_sdk import exceptions
from microvm_sdk._calls.http_response import SUCCESS, HttpResponse, json_object
from microvm_sdk.exceptions import ErrorKind, ServiceError

if TYPE_CHECKING:
    from types_boto3_lambda_microvms import LambdaMicroVMsClient

SERVICE_ERRORS: dict[str, type[ServiceError]] = {
    name: error_class
    for name in exceptions.__all__
    if issubclass(error_class := getattr(exceptions, name), ServiceError)
    and error_class is not ServiceError
}

# The parameters that say which resource a call is about. None of them can contain a secret.
_IDENTIFIERS = {
    "imageIdentifier": "image_identifier",
    "imageVersion": "image_version",
    "buildId": "build_id",
    "microvmIdentifier": "microvm_identifier",
    "name": "name",
    "baseImageArn": "base_image_arn",
    "Resource": "resource",
}
_MANAGED = "aws"

# Where a body names the error and says what is wrong, in the order of precedence.
_CODES = ("__type", "code", "Code")
_MESSAGES = ("message", "Message")
_RESERVED = {*_CODES, *_MESSAGES, "Error", "ResponseMetadata", "RequestId"}
_NAME = re.compile(r"(?:[^:#]*#)?(?:\w+\.)*(?P<name>[A-Za-z]\w{0,127})(?:$|:)", re.ASCII)
_MOST_XML = 64 * 1024


@dataclass(frozen=True)
class RequestSummary:
    """What the text of an error says about the request."""

    region: str | None = None
    """The client's region."""
    account: str | None = None
    """The account of the client's credentials, where they carry its id."""
    identifiers: Mapping[str, str] = field(default_factory=dict)
    """The parameters that say which resource was meant, by their Python names."""

    @classmethod
    def of(cls, client: "LambdaMicroVMsClient", parameters: Mapping[str, Any]) -> Self:
        """Collect it, without a call.

        Args:
            client: The boto3 client that sent the request.
            parameters: The parameters by boto3's names.
        """
        signer: Any = getattr(client, "_request_signer", None)
        credentials: Any = getattr(signer, "_credentials", None)
        # The public attribute of credentials that expire would refresh them, which is a call.
        known = {**getattr(credentials, "__dict__", {})}
        return cls(
            region=client.meta.region_name,
            account=known.get("_account_id") or known.get("account_id"),
            identifiers={
                name: parameters[parameter]
                for parameter, name in _IDENTIFIERS.items()
                if isinstance(parameters.get(parameter), str)
            },
        )

    def describe(self, message: str | None, kind: ErrorKind) -> str | None:
        """Describe the request, as far as the service's message does not.

        Args:
            message: The service's message.
            kind: The kind of the error.

        Returns:
            Sentences; `None` if there is nothing to add.
        """
        named = ", ".join(
            f"{name}={value!r}"
            for name, value in self.identifiers.items()
            # An operation with a base image has another resource that it is about.
            if name != "base_image_arn" and value not in (message or "")
        )
        sentences = [f"The request had {named}."] if named else []
        if kind is ErrorKind.ACCESS_DENIED:
            for name, value in self.identifiers.items():
                sentences += self._mismatches(name, value)
        return " ".join(sentences) or None

    def _mismatches(self, name: str, value: str) -> Iterator[str]:
        parts = value.split(":", 5)
        if len(parts) < 6 or parts[0] != "arn":  # noqa: PLR2004  An ARN has six parts.
            return
        for what, theirs, ours in [
            ("region", parts[3], self.region),
            ("account", parts[4], self.account),
        ]:
            if ours and theirs not in {"", _MANAGED, ours}:
                yield f"{name} is in {what} {theirs}, but the client uses {what} {ours}."


def service_error(error: ClientError, request: RequestSummary | None = None) -> ServiceError:
    """Convert botocore's error to the typed one.

    Args:
        error: The error that botocore raised.
        request: The request that failed.

    Returns:
        The error's own class if the service model lists it, else a `ServiceError`.
    """
    response = _complete(cast("dict[str, Any]", error.response))
    return _typed(response, error.operation_name, request)


def read_error(
    operation_name: str,
    response: HttpResponse,
    *,
    retry_attempts: int = 0,
    request: RequestSummary | None = None,
) -> ServiceError:
    """Read an error response that botocore cannot parse.

    Args:
        operation_name: The operation's name in the AWS API.
        response: The response.
        retry_attempts: How often the request was sent again.
        request: The request that failed.

    Returns:
        The error, with a `response` like boto3's.
    """
    metadata = response.metadata(retry_attempts)
    # No status below 200 has a body of its own.
    has_body = response.status_code >= SUCCESS.start
    members = _members(response.body) if has_body else {}
    if members.get("RequestId"):
        metadata.setdefault("RequestId", members["RequestId"])
    content = {
        **{name: value for name, value in members.items() if name not in _RESERVED},
        "Error": {
            "Message": _message(members),
            "Code": _code(response.status_code, metadata["HTTPHeaders"], members),
        },
        "ResponseMetadata": metadata,
    }
    return _typed(content, operation_name, request)


def _typed(response: Any, operation_name: str, request: RequestSummary | None) -> ServiceError:
    error_class = SERVICE_ERRORS.get(response["Error"]["Code"], ServiceError)
    error = error_class(response, operation_name)
    context = request.describe(error.message, error.kind) if request else None
    return error_class(response, operation_name, context=context) if context else error


def _complete(response: dict[str, Any]) -> dict[str, Any]:
    """Complete what botocore parsed without finding an error of the service.

    It does not read XML, nor JSON with a byte order mark, nor the header of a response without a
    body, nor any error with the status 300.
    """
    error, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
    status_code, headers = metadata.get("HTTPStatusCode", 0), metadata.get("HTTPHeaders", {})
    message, code = error.get("Message"), error.get("Code")
    if isinstance(code, str) and code in SERVICE_ERRORS:
        return response
    has_code = isinstance(code, str) and code not in {"", str(status_code)}
    # Without a code, the message can be a whole body that botocore did not parse.
    body = message.encode(errors="replace") if isinstance(message, str) else b""
    members = {} if has_code else _members(body)
    found = _code(status_code, headers, members)
    if found == code or (has_code and found not in SERVICE_ERRORS):
        return response
    if members:
        message = _message(members)
    return {**response, "Error": {**error, "Message": message, "Code": found}}


def _code(status_code: int, headers: Mapping[str, Any], members: Mapping[str, Any]) -> str:
    """Return the first code that names an error of the service, else the first, else the status."""
    sent = [headers.get("x-amzn-errortype"), *map(members.get, _CODES)]
    codes = [code for code in map(_without_namespace, sent) if code]
    known = [code for code in codes if code in SERVICE_ERRORS]
    return next(iter([*known, *codes]), str(status_code))


def _without_namespace(code: object) -> str | None:
    """Return the name in `namespace#Name`, `Name:https://…`; `None` if there is none."""
    found = _NAME.match(code) if isinstance(code, str) else None
    return found["name"] if found else None


def _message(members: Mapping[str, Any]) -> Any:
    # boto3 takes the first member that is there, null or not.
    return next((members[name] for name in _MESSAGES if name in members), None)


def _members(body: bytes) -> dict[str, Any]:
    """Read the members of an error. Whatever is no JSON object and no XML is its message."""
    content = json_object(body)
    if content is not None:
        return content
    text = body.decode(errors="replace")
    return _xml_members(text) or {"message": text}


def _xml_members(text: str) -> dict[str, Any]:
    """Read the elements that contain text, and the root as the code if it is named an exception."""
    text = text.strip()
    # Without a document type there are no entities, which are what makes XML dangerous to parse.
    if len(text) > _MOST_XML or not text.startswith("<") or "<!DOCTYPE" in text.upper():
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
