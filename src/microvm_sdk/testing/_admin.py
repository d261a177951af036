"""The control requests behind `Controls`: the same in this process and on a running server."""

from collections.abc import Callable, Mapping
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_api import state_manager
from moto.moto_api._internal.models import moto_api_backend

from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._scheduled_failures import BuildFailure, CallFailure, scheduled_failures
from microvm_sdk.testing._service import proxy
from microvm_sdk.testing._service.lifecycle import MODELS, pace
from microvm_sdk.testing._service.models import STATE_LOCK, lambdamicrovms_backends
from microvm_sdk.testing._service.service_model import service_model, shape_members

Body = dict[str, Any]

PREFIX = "/microvm-sdk/"


class InvalidControlRequestError(ValueError):
    """A control request that does not exist, or whose parameters are invalid."""


def handle(method: str, path: str, body: Mapping[str, Any]) -> Body:
    """Perform a control request.

    Args:
        method: HTTP method.
        path: The path after `PREFIX`.
        body: The parameters.

    Returns:
        The response.

    Raises:
        InvalidControlRequestError: There is no such request, or its parameters are invalid.
    """
    action = ACTIONS.get((method, path))
    if action is None:
        known = ", ".join(f"{its_method} {PREFIX}{its_path}" for its_method, its_path in ACTIONS)
        msg = f"there is no {method} {PREFIX}{path}, only: {known}"
        raise InvalidControlRequestError(msg)
    # moto resets a service at the end of a mock only if it was used.
    _ = lambdamicrovms_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    try:
        return action(**body)
    except TypeError as error:
        msg = f"invalid parameters: {error}"
        raise InvalidControlRequestError(msg) from error
    except ValueError as error:
        raise InvalidControlRequestError(str(error)) from error


def _fail_calls(
    *,
    error: str,
    operation: str | None = None,
    times: int | None = 1,
    message: str | None = None,
    retry_after: int | None = None,
) -> Body:
    errors = {shape.name for shape in service_model().error_shapes}
    # The first botocore releases with the service lack it.
    errors.add("InsufficientCapacityException")
    if error not in errors:
        msg = f"the service has no error {error!r}, only: {', '.join(sorted(errors))}"
        raise InvalidControlRequestError(msg)
    operations = set(service_model().operation_names)
    if operation is not None and operation not in operations:
        msg = f"the service has no operation {operation!r}, only: {', '.join(sorted(operations))}"
        raise InvalidControlRequestError(msg)
    _require_count(times)
    if retry_after is not None and "retryAfterSeconds" not in shape_members(error):
        msg = f"{error} has no Retry-After"
        raise InvalidControlRequestError(msg)
    scheduled_failures.add(CallFailure(error, operation, times, message, retry_after))
    return _list_failures()


def _fail_builds(*, reason: str, image: str | None = None, times: int | None = 1) -> Body:
    if not reason:
        msg = "a build failure needs a reason"
        raise InvalidControlRequestError(msg)
    _require_count(times)
    scheduled_failures.add(BuildFailure(reason, image, times))
    return _list_failures()


def _list_failures() -> Body:
    return {"failures": scheduled_failures.as_dicts()}


def _clear_failures() -> Body:
    scheduled_failures.clear()
    return _list_failures()


def _advance_clock(*, seconds: float) -> Body:
    clock.advance(seconds)
    return {"now": clock.now().isoformat()}


def _set_transition(*, model: str, transition: dict[str, Any]) -> Body:
    _require_model(model)
    parameters = {"immediate": set[str](), "time": {"seconds"}, "manual": {"times"}}
    expected = parameters.get(str(dict(transition).get("progression")))
    if expected is None or set(transition) != {"progression"} | expected:
        msg = (
            'a transition is {"progression": "immediate"}, {"progression": "time", "seconds": 1} '
            'or {"progression": "manual", "times": 1}'
        )
        raise InvalidControlRequestError(msg)
    pace.set(model, transition)
    return {"model": model, "transition": transition}


def _unset_transition(*, model: str) -> Body:
    _require_model(model)
    pace.unset(model)
    return {"model": model, "transition": state_manager.get_transition(model)}


def _visit(*, microvm_id: str, token: str | None = None, port: int = 8080) -> Body:
    with STATE_LOCK:
        for regions in list(lambdamicrovms_backends.values()):
            for backend in list(regions.values()):
                if microvm_id in backend.account.microvms:
                    return {"status": proxy.visit(backend.account, microvm_id, token, port)}
    return {"status": 403}


def _reset() -> Body:
    moto_api_backend.reset()
    return {}


def _require_count(times: int | None) -> None:
    if times is not None and times < 1:
        msg = f"a failure happens at least once, not {times} times"
        raise InvalidControlRequestError(msg)


def _require_model(model: str) -> None:
    if model not in MODELS:
        msg = f"there is no {model!r}, only: {', '.join(MODELS)}"
        raise InvalidControlRequestError(msg)


ACTIONS: dict[tuple[str, str], Callable[..., Body]] = {
    ("GET", "failures"): _list_failures,
    ("DELETE", "failures"): _clear_failures,
    ("POST", "failures/calls"): _fail_calls,
    ("POST", "failures/builds"): _fail_builds,
    ("POST", "clock"): _advance_clock,
    ("PUT", "transitions"): _set_transition,
    ("DELETE", "transitions"): _unset_transition,
    ("POST", "visits"): _visit,
    ("POST", "reset"): _reset,
}
