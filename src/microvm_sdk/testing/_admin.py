"""What `Controls` can do, as requests: the same for this process and for a running server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_api import state_manager
from moto.moto_api._internal.models import moto_api_backend

from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._faults import BuildFault, CallFault, faults
from microvm_sdk.testing._service.lifecycle import MODELS, pace
from microvm_sdk.testing._service.models import ONE_AT_A_TIME, lambdamicrovms_backends
from microvm_sdk.testing._service.wire import members, service_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Body = dict[str, Any]

PREFIX = "/microvm-sdk/"


class RefusedError(ValueError):
    """A request that makes no sense."""


def handle(method: str, path: str, body: Mapping[str, Any]) -> Body:
    """Do what is asked for.

    Args:
        method: HTTP method.
        path: The path after `PREFIX`.
        body: The parameters.

    Returns:
        The answer.

    Raises:
        RefusedError: There is no such request, or its parameters are wrong.
    """
    action = ACTIONS.get((method, path))
    if action is None:
        known = ", ".join(f"{its_method} {PREFIX}{its_path}" for its_method, its_path in ACTIONS)
        msg = f"there is no {method} {PREFIX}{path}, only: {known}"
        raise RefusedError(msg)
    # moto's reset, at the end of a mock, reaches a service only once it was used.
    _ = lambdamicrovms_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    try:
        return action(**body)
    except TypeError as error:
        msg = f"wrong parameters: {error}"
        raise RefusedError(msg) from error
    except ValueError as error:
        raise RefusedError(str(error)) from error


def _fail_calls(
    *,
    error: str,
    operation: str | None = None,
    times: int | None = 1,
    message: str | None = None,
    retry_after: int | None = None,
) -> Body:
    errors = {shape.name for shape in service_model().error_shapes}
    # It is missing from botocore's first models of the service.
    errors.add("InsufficientCapacityException")
    if error not in errors:
        msg = f"the service has no error {error!r}, only: {', '.join(sorted(errors))}"
        raise RefusedError(msg)
    operations = set(service_model().operation_names)
    if operation is not None and operation not in operations:
        msg = f"the service has no operation {operation!r}, only: {', '.join(sorted(operations))}"
        raise RefusedError(msg)
    _require_count(times)
    if retry_after is not None and "retryAfterSeconds" not in members(error):
        msg = f"{error} has no Retry-After"
        raise RefusedError(msg)
    faults.add(CallFault(error, operation, times, message, retry_after))
    return _pending()


def _fail_builds(*, reason: str, image: str | None = None, times: int | None = 1) -> Body:
    if not reason:
        msg = "a build fails for a reason"
        raise RefusedError(msg)
    _require_count(times)
    faults.add(BuildFault(reason, image, times))
    return _pending()


def _pending() -> Body:
    return {"faults": faults.pending()}


def _clear_faults() -> Body:
    faults.clear()
    return _pending()


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
        raise RefusedError(msg)
    pace.set(model, transition)
    return {"model": model, "transition": transition}


def _unset_transition(*, model: str) -> Body:
    _require_model(model)
    pace.unset(model)
    return {"model": model, "transition": state_manager.get_transition(model)}


def _visit(*, microvm_id: str, token: str | None = None, port: int = 8080) -> Body:
    with ONE_AT_A_TIME:
        for regions in list(lambdamicrovms_backends.values()):
            for backend in list(regions.values()):
                if backend.has_microvm(microvm_id):
                    return {"status": backend.visit(microvm_id, token, port)}
    return {"status": 403}


def _reset() -> Body:
    moto_api_backend.reset()
    return {}


def _require_count(times: int | None) -> None:
    if times is not None and times < 1:
        msg = f"a failure happens at least once, not {times} times"
        raise RefusedError(msg)


def _require_model(model: str) -> None:
    if model not in MODELS:
        msg = f"there is no {model!r}, only: {', '.join(MODELS)}"
        raise RefusedError(msg)


ACTIONS: dict[tuple[str, str], Callable[..., Body]] = {
    ("GET", "faults"): _pending,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "faults/calls"): _fail_calls,
    ("POST", "faults/builds"): _fail_builds,
    ("POST", "clock"): _advance_clock,
    ("PUT", "transitions"): _set_transition,
    ("DELETE", "transitions"): _unset_transition,
    ("POST", "visits"): _visit,
    ("POST", "reset"): _reset,
}
