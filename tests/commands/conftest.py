"""The local service over HTTP, and a function that runs a command."""

from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
import pytest
from fake_time import ServiceTime
from local_image import LocalService, service_over_http

from microvm_sdk import __main__ as program


@pytest.fixture(scope="module")
def _service() -> Iterator[LocalService]:
    with service_over_http() as service:
        yield service


@pytest.fixture
def service(_service: LocalService) -> LocalService:
    """Reset the service. The program's own clients see `latest_active_image_version` as it is."""
    _service.reset()
    return _service


@pytest.fixture(autouse=True)
def fake_time(service_time: ServiceTime) -> ServiceTime:
    """Advance the service's clock when a command sleeps."""
    return service_time


@pytest.fixture
def run(service: LocalService, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run a command, and return its exit status, standard output and standard error."""

    def run(*arguments: str, options: tuple[str, ...] | None = None) -> tuple[int, str, str]:
        if options is None:
            options = ("--endpoint-url", service.endpoint_url)
        status = program.main([*arguments, *options])
        output = capsys.readouterr()
        return status, output.out, output.err

    return run


@pytest.fixture
def on_every_client(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any], None]:
    """Register a handler of the events of all clients that are created from now on."""
    new_session = botocore.session.Session

    def register(event: str, handler: Any) -> None:
        def session(**arguments: Any) -> botocore.session.Session:
            session = new_session(**arguments)
            session.get_component("event_emitter").register_first(event, handler)
            return session

        monkeypatch.setattr(botocore.session, "Session", session)

    return register


@pytest.fixture
def at_call(
    on_every_client: Callable[[str, Any], None],
) -> Callable[[int, Callable[[], object]], None]:
    """Do something before the program's call with this number, which starts at 0."""

    def at_call(number: int, action: Callable[[], object]) -> None:
        operations: list[str] = []

        def before_call(model: Any, **_: Any) -> None:
            operations.append(model.name)
            if len(operations) - 1 == number:
                action()

        on_every_client("before-call.lambda-microvms", before_call)

    return at_call
