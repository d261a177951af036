"""The local service inside the process: moto's `mock_aws` with AWS Lambda MicroVMs in it."""

from __future__ import annotations

import inspect
from contextlib import aclosing
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from moto import mock_aws

from microvm_sdk.testing._controls import Controls
from microvm_sdk.testing._registration import register

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from moto.core.config import DefaultConfig

F = TypeVar("F", bound="Callable[..., Any]")


class MicroVMMock:
    """What `mock_microvms()` returns: a context manager and a decorator, as moto's own is."""

    def __init__(self, config: DefaultConfig | None = None) -> None:
        """Prepare the mock; it begins with `start` or `with`.

        Args:
            config: Settings of moto's `mock_aws`.
        """
        register()
        self._config = config
        self._mock = mock_aws(config=config)

    def start(self) -> Controls:
        """Begin: from here on boto3 talks to the local service, with made-up credentials.

        Returns:
            The controls of the local service.
        """
        self._mock.start()
        return Controls()

    def stop(self) -> None:
        """End, and forget all images and MicroVMs."""
        self._mock.stop()

    def __enter__(self) -> Controls:
        """Begin, as `start` does."""
        return self.start()

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End, as `stop` does."""
        self.stop()

    def __call__(self, decorated: F) -> F:
        """Mock the service while a function, or any test of a class, runs.

        Args:
            decorated: A function, a coroutine function, a generator function such as a fixture that
                yields, or a class of tests that are plain functions.

        Returns:
            The same, wrapped; where moto can, by moto.

        Raises:
            TypeError: A test of the class is a coroutine or generator function.
        """
        if inspect.isclass(decorated):
            _require_plain_tests(decorated)
        for is_such, around in _RUNNING_LATER:
            if is_such(decorated):
                return cast("F", around(decorated, self._config))
        return cast("F", self._mock(decorated))


def _around_coroutine(
    function: Callable[..., Any], config: DefaultConfig | None
) -> Callable[..., Any]:
    @wraps(function)
    async def mocked(*args: Any, **kwargs: Any) -> Any:
        with MicroVMMock(config):
            return await function(*args, **kwargs)

    return mocked


def _around_generator(
    function: Callable[..., Any], config: DefaultConfig | None
) -> Callable[..., Any]:
    @wraps(function)
    def mocked(*args: Any, **kwargs: Any) -> Any:
        with MicroVMMock(config):
            return (yield from function(*args, **kwargs))

    return mocked


def _around_asynchronous_generator(
    function: Callable[..., Any], config: DefaultConfig | None
) -> Callable[..., Any]:
    @wraps(function)
    async def mocked(*args: Any, **kwargs: Any) -> Any:
        with MicroVMMock(config):
            async with aclosing(function(*args, **kwargs)) as items:
                async for item in items:
                    yield item

    return mocked


# Functions whose bodies run after the call, when moto's own wrapper has ended the mock already.
_RUNNING_LATER: tuple[tuple[Callable[[Any], bool], Callable[..., Any]], ...] = (
    (inspect.iscoroutinefunction, _around_coroutine),
    (inspect.isgeneratorfunction, _around_generator),
    (inspect.isasyncgenfunction, _around_asynchronous_generator),
)


def _require_plain_tests(tests: type[Any]) -> None:
    for name in dir(tests):
        test = getattr(tests, name)
        if name.startswith("test") and any(is_such(test) for is_such, _ in _RUNNING_LATER):
            msg = (
                f"{tests.__name__}.{name} is a coroutine or generator function, which would run "
                "outside of the mock: decorate the test itself, not the class"
            )
            raise TypeError(msg)


@overload
def mock_microvms(func: F) -> F: ...


@overload
def mock_microvms(func: None = None, *, config: DefaultConfig | None = None) -> MicroVMMock: ...


def mock_microvms(func: F | None = None, *, config: DefaultConfig | None = None) -> F | MicroVMMock:
    """Let boto3 talk to a local service instead of AWS.

    It is moto's `mock_aws` with AWS Lambda MicroVMs in it, so the rest of AWS that moto has is
    there too, and both may be nested in any order. State is kept apart by account and region, and
    forgotten at the end of the outermost mock. States change at once: an image is `CREATING` in
    the answer that makes it and `CREATED` when next asked for; `Controls.set_transition` makes
    them take their time.

    Used as `@mock_microvms`, as `@mock_microvms()`, or as `with mock_microvms() as controls:`.

    Args:
        func: The function or class to decorate, where it is used without brackets.
        config: Settings of moto's `mock_aws`.

    Returns:
        What it decorated, or the mock.
    """
    mock = MicroVMMock(config)
    return mock if func is None else mock(func)
