"""Responding to requests: those that moto's mock intercepts, and those to the server."""

import re
import uuid
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ConnectionClosedError
from botocore.model import OperationModel
from moto.core.responses import BaseResponse

from microvm_sdk._calls.boto3_client import SERVICE
from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._conditions import conditions
from microvm_sdk.testing._scheduled_failures import (
    BusyImage,
    CallFailure,
    GatewayFailure,
    LostResponse,
    scheduled_failures,
)
from microvm_sdk.testing._service.http import refusals
from microvm_sdk.testing._service.http.constraints import check
from microvm_sdk.testing._service.http.paths import is_path_of_lambda_core
from microvm_sdk.testing._service.http.refusals import ErrorResponse
from microvm_sdk.testing._service.http.wire import Request, find_operation, read_input, write_json
from microvm_sdk.testing._service.models import MicroVMBackend, lambdamicrovms_backends
from microvm_sdk.testing._service.operations.arn_rules import check_image_arn
from microvm_sdk.testing._service.state.lock import STATE_LOCK

Response = tuple[int, dict[str, str], bytes]

LARGEST_BODY = 6 * 1024 * 1024
_CREDENTIAL_SCOPE = re.compile(r"Credential=[^/]*/[0-9]*/(?P<region>[a-z0-9-]+)/")
_GATEWAY_TITLES = {502: "502 Bad Gateway", 504: "504 Gateway Time-out"}
_GATEWAY_PAGE = (
    "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
    "<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n"
    "</body>\r\n</html>\r\n"
)
_HOST_REGION = re.compile(r"lambda(?:-fips)?\.(?P<region>[a-z0-9-]+)\.")


class GatewayResponseError(Exception):
    """The gateway in front of the service responds instead of it."""

    def __init__(self, status: int = 502) -> None:
        super().__init__(status)
        self.status = status


class LostResponseError(ConnectionError):
    """The operation was performed, and the connection breaks before the response arrives."""


class MicroVMResponse(BaseResponse):
    """Responds to requests, with moto's base class to find the account of a request.

    moto's own parsing and serialization are not used: they check no constraints, and omit null
    members that the service sends.
    """

    def __init__(self) -> None:
        super().__init__(service_name=SERVICE)

    @classmethod
    def dispatch(cls, request: Any, full_url: str, headers: Any) -> Response:
        """Respond to a request that moto's mock intercepted.

        Args:
            request: botocore's request, or moto's own form of it.
            full_url: The URL, percent-encoded.
            headers: The headers.

        Returns:
            Status, headers and body.

        Raises:
            ConnectionClosedError: A control scheduled the loss of this response.
        """
        url = urlsplit(full_url)
        body = request.body if hasattr(request, "body") else request.get_data()
        if hasattr(body, "read"):
            body = body.read()
        if isinstance(body, str):
            body = body.encode()
        texts = {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in headers.items()
        }
        texts.setdefault("Host", url.netloc)
        sent = Request(request.method, url.path, url.query, texts, body or b"")
        try:
            status, response_headers, content = cls().respond(sent)
        except LostResponseError as error:
            raise ConnectionClosedError(endpoint_url=full_url) from error
        return status, {"Date": clock.http_date(), **response_headers}, content

    def respond(self, request: Request) -> Response:
        """Respond to a request.

        Args:
            request: The request.

        Returns:
            Status, headers and body; errors in the service's own form.

        Raises:
            LostResponseError: A control scheduled the loss of this response.
        """
        headers = {"x-amzn-RequestId": str(uuid.uuid4()), "Content-Type": "application/json"}
        try:
            status, body = self._perform(request)
        except GatewayResponseError as error:
            page = _GATEWAY_PAGE.format(title=_GATEWAY_TITLES[error.status])
            return error.status, {"Content-Type": "text/html"}, page.encode()
        except ErrorResponse as error:
            return error.status, headers | error.headers(), write_json(error.body())
        if body is None:
            del headers["Content-Type"]
            return status, headers, b""
        return status, headers, write_json(body)

    def _perform(self, request: Request) -> tuple[int, dict[str, Any] | None]:
        if len(request.body) > LARGEST_BODY:
            raise refusals.too_large(LARGEST_BODY)
        if is_path_of_lambda_core(request.path):
            raise refusals.lambda_core()
        found = find_operation(request.method, request.path)
        if found is None or not MicroVMBackend.implements(found[0].name):
            raise refusals.unknown_operation(request.method, request.path)
        operation, labels = found
        arn = labels.get("imageIdentifier", "")
        match failure := scheduled_failures.next_for_call(operation.name, arn.rpartition(":")[2]):
            case CallFailure():
                raise ErrorResponse(
                    failure.error, failure.message, retryAfterSeconds=failure.retry_after
                )
            case GatewayFailure():
                raise GatewayResponseError
            case BusyImage():
                raise _busy_image(operation.name, arn, failure.status_code)
            case LostResponse():
                with suppress(ErrorResponse):
                    self._run(operation, labels, request)
                if failure.status_code is None:
                    raise LostResponseError
                raise GatewayResponseError(failure.status_code)
            case None:
                body = self._run(operation, labels, request)
                return operation.http.get("responseCode", 200), body

    def _run(
        self, operation: OperationModel, labels: dict[str, str], request: Request
    ) -> dict[str, Any] | None:
        backend = self._backend(request.headers)
        if not conditions.allows(operation.name, (backend.account_id, backend.region_name)):
            raise refusals.rate_exceeded()
        values = read_input(operation, labels, request)
        check(operation.name, values)
        check_image_arn(operation.name, values, backend.region_name, backend.account_id)
        with STATE_LOCK:
            return backend.perform(operation.name, values)

    def _backend(self, headers: Mapping[str, str]) -> MicroVMBackend:
        self.headers = {name.lower(): value for name, value in headers.items()}
        scope = _CREDENTIAL_SCOPE.search(self.headers.get("authorization", ""))
        host = _HOST_REGION.match(self.headers.get("host", ""))
        found = scope or host
        region = found["region"] if found else self.default_region
        # moto looks up the access key under the header's usual spelling.
        self.headers["Authorization"] = self.headers.get("authorization", "")
        self.querystring = {}
        try:
            return lambdamicrovms_backends[self.get_current_account()][region]
        except KeyError:
            raise refusals.access_denied() from None


def _busy_image(operation: str, arn: str, status: int) -> ErrorResponse:
    if status == HTTPStatus.CONFLICT:
        return refusals.image_busy("UPDATING")
    if operation.startswith("Delete"):
        return refusals.image_not_deletable(arn)
    return refusals.image_not_updatable(arn)
