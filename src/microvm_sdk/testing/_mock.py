"""The local service inside the process: moto's `mock_aws` with AWS Lambda MicroVMs in it."""

import inspect
import os
import threading
from collections.abc import Callable
from contextlib import aclosing
from functools import wraps
from types import TracebackType
from typing import Any, TypeVar, cast, overload

import boto3
import botocore.session
from moto import mock_aws
from moto.core.config import DefaultConfig, default_user_config
from moto.core.models import MockAWS

from microvm_sdk._calls.botocore_data import use_fast_loader
from microvm_sdk.testing._controls import Controls
from microvm_sdk.testing._registration import register

F = TypeVar("F", bound=Callable[..., Any])


class _ConfiguredEndpoints:
    """Makes botocore ignore the endpoints in variables and profiles while a mock is active.

    moto responds to requests by their URL: one to a configured endpoint would leave the process.
    """

    _VARIABLE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mocks = 0
        self._value_before: str | None = None

    def ignore(self) -> None:
        with self._lock:
            if self._mocks == 0:
                self._value_before = os.environ.get(self._VARIABLE)
            self._mocks += 1
            os.environ[self._VARIABLE] = "true"

    def restore(self) -> None:
        """Restore the setting when the last of the active mocks ends."""
        with self._lock:
            # A mock may be stopped after its start has failed.
            self._mocks = max(0, self._mocks - 1)
            if self._mocks > 0:
                return
            os.environ.pop(self._VARIABLE, None)
            if self._value_before is not None:
                os.environ[self._VARIABLE] = self._value_before


_configured_endpoints = _ConfiguredEndpoints()


# No configuration file is read when the mock starts, because a test may choose another file or
# profile before it creates its first client.
_DATA_PATH = {"data_path": (None, "AWS_DATA_PATH", None, None)}


def _set_up_default_session() -> None:
    """Set a default session that shares botocore's data, in place of the one that moto hides.

    Without it, the first client in each mock would read the data again.
    """
    hidden = default_user_config.get("core", {}).get("reset_boto3_session", True)
    if hidden and boto3.DEFAULT_SESSION is None:
        session = botocore.session.Session(_DATA_PATH)
        use_fast_loader(session)
        boto3.setup_default_session(botocore_session=session)


def _motos_mock(config: "DefaultConfig | None") -> MockAWS:
    """Return moto's mock, which ignores configured endpoints from its start to its end."""
    mock = mock_aws(config=config)
    start, stop = mock.start, mock.stop

    def start_without_endpoints(reset: bool = True) -> None:
        _configured_endpoints.ignore()
        try:
            start(reset=reset)
            _set_up_default_session()
        except BaseException:
            _configured_endpoints.restore()
            raise

    def stop_without_endpoints(remove_data: bool = True) -> None:
        try:
            stop(remove_data=remove_data)
        finally:
            _configured_endpoints.restore()

    # On the instance, because moto counts active mocks on its class, and a subclass would count for
    # itself.
    vars(mock).update(start=start_without_endpoints, stop=stop_without_endpoints)
    return mock


class MicroVMMock:
    """What `mock_microvms()` returns: a context manager and a decorator, like moto's own."""

    def __init__(self, config: "DefaultConfig | None" = None) -> None:
        """Prepare the mock; `start` or `with` starts it.

        Args:
            config: Settings of moto's `mock_aws`.
        """
        register()
        self._config = config
        self._mock = _motos_mock(config)

    def __repr__(self) -> str:
        """Show the call that returned it."""
        config = "" if self._config is None else f"config={self._config!r}"
        return f"mock_microvms({config})"

    def start(self) -> Controls:
        """Start: from here on boto3 calls the local service, with made-up credentials.

        Endpoints that variables and profiles configure are ignored.

        Returns:
            The controls of the local service.
        """
        self._mock.start()
        return Controls()

    def stop(self) -> None:
        """Stop, and remove all images and MicroVMs."""
        self._mock.stop()

    def __enter__(self) -> Controls:
        """Start, as `start` does."""
        return self.start()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop, as `stop` does."""
        self.stop()

    def __call__(self, decorated: F) -> F:
        """Mock the service while a function, or any test of a class, runs.

        Args:
            decorated: A function, a coroutine function, a generator function such as a fixture that
                yields, or a class of tests that are plain functions.

        Returns:
            The same, wrapped.

        Raises:
            TypeError: A test of the class is a coroutine or generator function.
        """
        if inspect.isclass(decorated):
            _require_plain_tests(decorated)
        for is_kind, wrap in _WRAPPERS:
            if is_kind(decorated):
                return cast("F", wrap(decorated, self._config))
        return cast("F", self._mock(decorated))


def _around_coroutine(
    function: Callable[..., Any], config: "DefaultConfig | None"
) -> Callable[..., Any]:
    @wraps(function)
    async def mocked(*args: Any, **kwargs: Any) -> Any:
        with MicroVMMock(config):
            return await function(*args, **kwargs)

    return mocked


def _around_generator(
    function: Callable[..., Any], config: "DefaultConfig | None"
) -> Callable[..., Any]:
    @wraps(function)
    def mocked(*args: Any, **kwargs: Any) -> Any:
        with MicroVMMock(config):
            return (yield from function(*args, **kwargs))

    return mocked


def _around_asynchronous_generator(
    function: Callable[..., Any], config: "DefaultConfig | None"
) -> Callable[..., Any]:
    @wraps(function)
    async def mocked(*args: Any, **kwargs: Any) -> Any:
        with MicroVMMock(config):
            async with aclosing(function(*args, **kwargs)) as items:
                async for item in items:
                    yield item

    return mocked


# For functions whose bodies run after the call, when moto's own wrapper has ended the mock.
_WRAPPERS: tuple[tuple[Callable[[Any], bool], Callable[..., Any]], ...] = (
    (inspect.iscoroutinefunction, _around_coroutine),
    (inspect.isgeneratorfunction, _around_generator),
    (inspect.isasyncgenfunction, _around_asynchronous_generator),
)


def _require_plain_tests(tests: type[Any]) -> None:
    for name in dir(tests):
        test = getattr(tests, name)
        if name.startswith("test") and any(is_kind(test) for is_kind, _ in _WRAPPERS):
            msg = (
                f"{tests.__name__}.{name} is a coroutine or generator function, which would run "
                "outside of the mock: decorate the test itself, not the class"
            )
            raise TypeError(msg)


@overload
def mock_microvms(func: F) -> F: ...


@overload
def mock_microvms(func: None = None, *, config: "DefaultConfig | None" = None) -> MicroVMMock: ...


def mock_microvms(
    func: F | None = None, *, config: "DefaultConfig | None" = None
) -> F | MicroVMMock:
    """Make boto3 call a local service instead of AWS.

    It is moto's `mock_aws` with AWS Lambda MicroVMs in it, so moto's other services are there too,
    and both can be nested in any order. Endpoints in variables (`AWS_ENDPOINT_URL`) and profiles
    are ignored while it is active, so that no call leaves the process. State is kept by account
    and region, and removed at the end of the outermost mock. States change immediately: an image
    is `CREATING` in the response that creates it and `CREATED` in the next. To make them take time,
    use `Controls.set_transition`.

    Use it as `@mock_microvms`, as `@mock_microvms()`, or as `with mock_microvms() as controls:`.

    Args:
        func: The function or class to decorate, if it is used without brackets.
        config: Settings of moto's `mock_aws`.

    Returns:
        What it decorated, or the mock.
    """
    mock = MicroVMMock(config)
    return mock if func is None else mock(func)
