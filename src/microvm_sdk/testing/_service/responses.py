"""From a request to its answer."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore import xform_name
from moto.core.responses import BaseResponse

from microvm_sdk.testing._faults import faults
from microvm_sdk.testing._service import refusals
from microvm_sdk.testing._service.constraints import check
from microvm_sdk.testing._service.errors import ServiceFault
from microvm_sdk.testing._service.models import (
    ONE_AT_A_TIME,
    MicroVMBackend,
    lambdamicrovms_backends,
)
from microvm_sdk.testing._service.wire import (
    Request,
    UnreadableRequestError,
    find_operation,
    read_input,
    write_json,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

Answer = tuple[int, dict[str, str], bytes]

LARGEST_BODY = 6 * 1024 * 1024
CREDENTIAL_SCOPE = re.compile(r"Credential=[^/]*/[0-9]*/(?P<region>[a-z0-9-]+)/")
HOST_REGION = re.compile(r"lambda(?:-fips)?\.(?P<region>[a-z0-9-]+)\.")


class MicroVMResponse(BaseResponse):
    """The service's front: routing, reading, checking, answering.

    From moto it takes the account that a request belongs to. It reads and writes the wire by
    itself: moto checks no constraint and leaves out what is null, where the service sends it.
    """

    def __init__(self) -> None:
        """Prepare for one request."""
        super().__init__(service_name="lambda-microvms")

    @classmethod
    def dispatch(cls, request: Any, full_url: str, headers: Any) -> Answer:
        """Answer a request that moto's mock caught.

        Args:
            request: botocore's request, or moto's own form of it.
            full_url: The URL, percent-encoded.
            headers: The headers.

        Returns:
            Status, headers and body.
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
        return cls().answer(Request(request.method, url.path, url.query, texts, body or b""))

    def answer(self, request: Request) -> Answer:
        """Answer a request.

        Args:
            request: The request.

        Returns:
            Status, headers and body; an error in the service's own form.
        """
        headers = {"x-amzn-RequestId": str(uuid.uuid4()), "Content-Type": "application/json"}
        try:
            status, body = self._result(request)
        except ServiceFault as fault:
            return fault.status, headers | fault.headers(), write_json(fault.body())
        if body is None:
            del headers["Content-Type"]
            return status, headers, b""
        return status, headers, write_json(body)

    def _result(self, request: Request) -> tuple[int, dict[str, Any] | None]:
        if len(request.body) > LARGEST_BODY:
            raise refusals.too_large(LARGEST_BODY)
        found = find_operation(request.method, request.path)
        if found is None:
            raise refusals.unknown_operation(request.method, request.path)
        operation, labels = found
        fault = faults.take_call(operation.name)
        if fault is not None:
            raise ServiceFault(fault.error, fault.message, retryAfterSeconds=fault.retry_after)
        backend = self._backend(request.headers)
        try:
            values = read_input(operation, labels, request)
        except UnreadableRequestError as error:
            raise refusals.unreadable(str(error)) from error
        check(operation.name, values)
        with ONE_AT_A_TIME:
            body = getattr(backend, xform_name(operation.name))(values)
        return operation.http.get("responseCode", 200), body

    def _backend(self, headers: Mapping[str, str]) -> MicroVMBackend:
        self.headers = {name.lower(): value for name, value in headers.items()}
        scope = CREDENTIAL_SCOPE.search(self.headers.get("authorization", ""))
        host = HOST_REGION.match(self.headers.get("host", ""))
        found = scope or host
        region = found["region"] if found else self.default_region
        # moto looks for the access key under the name that HTTP gives the header.
        self.headers["Authorization"] = self.headers.get("authorization", "")
        self.querystring = {}
        try:
            return lambdamicrovms_backends[self.get_current_account()][region]
        except KeyError:
            raise refusals.access_denied() from None
