"""An error of the service, and how it goes on the wire."""

from __future__ import annotations

from typing import Any

from microvm_sdk.testing._service.wire import members, service_model

# Errors that the model lacks: what AWS's front ends answer before a request reaches an operation,
# and what botocore's first months with the service did not list.
UNMODELLED_STATUS = {
    "InsufficientCapacityException": 500,
    "RequestEntityTooLargeException": 413,
    "SerializationException": 400,
    "UnknownOperationException": 404,
}


class ServiceFault(Exception):
    """An error answer of the service.

    Attributes:
        code: The error's name.
        message: What the service says; the real one says nothing at times.
        members: The values of the error's other members, by their name on the wire.
    """

    def __init__(self, code: str, message: str | None, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.members = members

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        if self.code in UNMODELLED_STATUS:
            return UNMODELLED_STATUS[self.code]
        return int(service_model().shape_for(self.code).metadata["error"]["httpStatusCode"])

    def body(self) -> dict[str, Any]:
        """Give the answer's body.

        Returns:
            Every member that the error has in the body; what was not given is null.
        """
        body: dict[str, Any] = {"message": self.message}
        for name, shape in self._shapes().items():
            if "location" not in shape.serialization:
                body.setdefault(name, self.members.get(name))
        return body

    def headers(self) -> dict[str, str]:
        """Give the answer's own headers.

        Returns:
            The error's name, and the members that travel in headers, such as `Retry-After`.
        """
        headers = {"x-amzn-errortype": self.code}
        for name, shape in self._shapes().items():
            value = self.members.get(name)
            if shape.serialization.get("location") == "header" and value is not None:
                headers[shape.serialization["name"]] = str(value)
        return headers

    def _shapes(self) -> dict[str, Any]:
        return members(self.code)
