"""The local service, whose clock advances when a job sleeps."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from fake_time import ServiceTime
from image_world import ERROR_CODES
from local_image import HELD, LocalImage, LocalService

from microvm_sdk import MicroVMClient


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HELD in item.name:
            ignored = "ignore:latest_active_image_version of:UserWarning"
            item.add_marker(pytest.mark.filterwarnings(ignored))
            # Neither Python nor the version of a library changes how the field behaves. Together
            # with reads that lag, it is one of the longer proofs.
            item.add_marker(pytest.mark.slow if "test_lag" in item.nodeid else pytest.mark.once)


@pytest.fixture(params=["field moves", HELD])
def service(_service: LocalService, request: pytest.FixtureRequest) -> LocalService:
    """Reset the service.

    Nobody has measured whether `latest_active_image_version` moves back when its version is
    blocked, so every test runs with a field that is held as well.
    """
    _service.reset()
    if request.param == HELD:
        _service.controls.hold_latest_active_version()
    return _service


@pytest.fixture(autouse=True)
def fake_time(service_time: ServiceTime) -> ServiceTime:
    return service_time


class Calls:
    """The calls of a client, and handlers of their events."""

    def __init__(self, client: MicroVMClient) -> None:
        self._events = client.boto3_client.meta.events
        self._registered: list[tuple[str, Any]] = []
        self.operations: list[str] = []
        """The operations, in the order in which they were called."""
        self.on("before-call", lambda model, **_: self.operations.append(model.name))

    def on(self, event: str, handler: Callable[..., Any], operation: str = "") -> None:
        """Register a handler of botocore's events."""
        name = ".".join(filter(None, (event, "lambda-microvms", operation)))
        self._registered.append((name, handler))
        self._events.register_last(name, handler)

    def first(self, event: str, handler: Callable[..., Any], operation: str) -> None:
        """Register a handler that runs before the SDK's own."""
        self._registered.append((f"{event}.lambda-microvms.{operation}", handler))
        self._events.register_first(*self._registered[-1])

    def before(self, number: int, action: Callable[[], object]) -> None:
        """Do something before the call with this number, which starts at 0."""

        def handler(**_: Any) -> None:
            if len(self.operations) - 1 == number:
                action()

        self.on("before-call", handler)

    def respond(self, operation: str, change: Callable[[dict[str, Any]], object]) -> None:
        """Change the bodies of the responses to an operation."""

        def handler(response_dict: dict[str, Any], **_: Any) -> None:
            body = json.loads(response_dict["body"])
            change(body)
            response_dict["body"] = json.dumps(body).encode()

        self.first("before-parse", handler, operation)

    def lose(self, operation: str, how: str, times: int = 1) -> None:
        """Lose the responses to the next changes: see `LOST` and `RETRIED`."""
        left = [times]
        is_retried = [False]

        def change(response_dict: dict[str, Any], **_: Any) -> None:
            if not left[0] or response_dict["status_code"] >= 300:
                return
            left[0] -= 1
            if how == "cut":
                response_dict["body"] = b'{"imageArn'
                return
            status, *retried = how.split(maxsplit=1)
            response_dict["status_code"] = int(status)
            response_dict["body"] = b'{"message": "x"}' if retried else b"<html>Bad</html>"
            response_dict["headers"]["x-amzn-errortype"] = ERROR_CODES[status]
            is_retried[0] = bool(retried)

        def time_out(**_: Any) -> None:
            if left[0]:
                left[0] -= 1
                raise ReadTimeoutError(endpoint_url="https://lambda.eu-west-1.amazonaws.com")

        def count_the_retry(parsed: dict[str, Any], **_: Any) -> None:
            if is_retried[0]:
                is_retried[0] = False
                parsed["ResponseMetadata"]["RetryAttempts"] = 1

        if how == "timed out":
            self.on("after-call", time_out, operation)
        else:
            self.first("before-parse", change, operation)
            self.first("after-call", count_the_retry, operation)

    def close(self) -> None:
        for registered in self._registered:
            self._events.unregister(*registered)


@pytest.fixture
def calls(service: LocalService) -> Iterator[Calls]:
    calls = Calls(service.client)
    yield calls
    calls.close()


@pytest.fixture
def observe(calls: Calls) -> Callable[[LocalImage], list[str | None]]:
    """Read the current version through plain boto3 after every call, without repetitions."""

    def observe(image: LocalImage) -> list[str | None]:
        seen = [image.current()]

        def record(**_: Any) -> None:
            current = image.current()
            if current != seen[-1]:
                seen.append(current)

        calls.on("after-call", record)
        return seen

    return observe
