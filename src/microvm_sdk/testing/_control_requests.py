"""The control requests behind `Controls`: the same in this process and on a running server."""

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any, cast, get_args

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_api import state_manager
from moto.moto_api._internal.models import moto_api_backend
from pydantic import ConfigDict, Field, ValidationError, validate_call

from microvm_sdk._loopback import is_loopback
from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._conditions import Lag, RateLimit, conditions
from microvm_sdk.testing._control_parameters import (
    Count,
    Operation,
    Rate,
    Read,
    Seconds,
    TcpPort,
    Text,
    read_operations,
    require_one_of,
)
from microvm_sdk.testing._ports import DEFAULT_PORT
from microvm_sdk.testing._scheduled_failures import Failure, scheduled_failures
from microvm_sdk.testing._service.models import lambdamicrovms_backends
from microvm_sdk.testing._service.proxy import visits
from microvm_sdk.testing._service.proxy.forwarding import ForwardedTo
from microvm_sdk.testing._service.state.transitions import MODELS, pace

Body = dict[str, Any]

PREFIX = "/microvm-sdk/"
LARGEST_BODY = 64 * 1024
_LONGEST_MESSAGE = 2_000


class InvalidControlRequestError(ValueError):
    """A control request that does not exist, or whose parameters are invalid."""


def respond(method: str, path: str, content: bytes) -> tuple[int, Body]:
    """Respond to a control request over HTTP.

    Args:
        method: HTTP method.
        path: The path after `PREFIX`.
        content: The body, of which no more than `LARGEST_BODY + 1` bytes have to be read.

    Returns:
        The HTTP status and the JSON object to respond with.
    """
    if len(content) > LARGEST_BODY:
        return 413, {"message": f"the body of a control request has at most {LARGEST_BODY} bytes"}
    try:
        parameters: Any = json.loads(content or b"{}")
    except (ValueError, RecursionError) as error:
        return 400, {"message": f"the body is not JSON: {error}"}
    if not isinstance(parameters, dict):
        return 400, {"message": "the body must be a JSON object"}
    try:
        return 200, handle(method, path, cast("Body", parameters))
    except InvalidControlRequestError as error:
        return 400, {"message": str(error)}


def handle(method: str, path: str, parameters: Mapping[str, Any]) -> Body:
    """Perform a control request.

    Args:
        method: HTTP method.
        path: The path after `PREFIX`.
        parameters: The parameters.

    Returns:
        The response.

    Raises:
        InvalidControlRequestError: There is no such request, or its parameters are invalid.
    """
    action = ACTIONS.get((method, path))
    if action is None:
        known = ", ".join(f"{verb} {PREFIX}{name}" for verb, name in ACTIONS)
        requested = f"{method} {PREFIX}{path}"[:_LONGEST_MESSAGE]
        msg = f"there is no {requested}, only: {known}"
        raise InvalidControlRequestError(msg)
    # moto resets a service at the end of a mock only if it was used.
    _ = lambdamicrovms_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    try:
        return _validated(action)(**parameters)
    except ValidationError as error:
        problems = (
            f"{'.'.join(map(str, each['loc']))}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors(include_url=False, include_input=False)
        )
        msg = f"invalid parameters: {'; '.join(problems)}"
        raise InvalidControlRequestError(msg[:_LONGEST_MESSAGE]) from error
    except ValueError as error:
        raise InvalidControlRequestError(str(error)[:_LONGEST_MESSAGE]) from error


@functools.cache
def _validated(action: Callable[..., Body]) -> Callable[..., Body]:
    return validate_call(config=ConfigDict(strict=True))(action)


def _scheduling(kind: type[Failure]) -> Callable[..., Body]:
    def schedule(**parameters: Any) -> Body:
        scheduled_failures.add(kind(**parameters))
        return _list_failures()

    return schedule


def _list_failures() -> Body:
    return {"failures": scheduled_failures.as_dicts()}


def _clear_failures() -> Body:
    scheduled_failures.clear()
    return _list_failures()


def _set(**settings: Any) -> Body:
    conditions.set(**settings)
    return asdict(conditions.settings)


def _limit_rate(
    *, operation: Operation, per_second: Rate, burst: Annotated[int, Field(ge=1)] | None = None
) -> Body:
    limit = RateLimit(per_second, max(1, int(per_second)) if burst is None else burst)
    conditions.set_rate(operation, limit)
    return {}


def _unlimit_rate(*, operation: Operation) -> Body:
    conditions.unset_rate(operation)
    return {}


def _set_lag(*, operation: Read | None = None, reads: Count = 0, seconds: Seconds = 0) -> Body:
    for each in [operation] if operation else read_operations():
        conditions.set_lag(each, Lag(reads, timedelta(seconds=seconds)))
    return {}


def _unset_lag(*, operation: Read | None = None) -> Body:
    for each in [operation] if operation else read_operations():
        conditions.unset_lag(each)
    return {}


def _serve(*, url: Text, port: TcpPort = DEFAULT_PORT, hooks: bool = False) -> Body:
    application = ForwardedTo(url)
    host, _ = application.address
    if not is_loopback(host):
        msg = f"url must be of a server on this machine, such as http://127.0.0.1:3000, got {url!r}"
        raise ValueError(msg)
    return _serve_in_process(application=application, port=port, hooks=hooks) | {"url": url}


def _serve_in_process(
    *, application: Callable[..., Any], port: TcpPort = DEFAULT_PORT, hooks: bool = False
) -> Body:
    conditions.serve(port, application)
    conditions.set(calls_hooks=hooks or conditions.settings.calls_hooks)
    return {"port": port, "hooks": hooks}


def _now() -> Body:
    return {"now": clock.now().isoformat()}


def _advance_clock(*, seconds: float) -> Body:
    clock.advance(seconds)
    return _now()


def _set_transition(*, model: str, transition: dict[str, Any]) -> Body:
    require_one_of("transition model", model, MODELS)
    progressions = {"immediate": _immediate, "time": _time, "manual": _manual}
    parameters = dict(transition)
    progression = progressions.get(str(parameters.pop("progression", None)))
    try:
        _validated(progression or _unknown)(**parameters)
    except ValueError as error:
        msg = (
            'a transition is {"progression": "immediate"}, {"progression": "time", "seconds": 1} '
            'or {"progression": "manual", "times": 1}'
        )
        raise InvalidControlRequestError(msg) from error
    pace.set(model, transition)
    return {"model": model, "transition": transition}


def _unknown(**_parameters: Any) -> Body:
    raise ValueError


def _immediate() -> Body:
    return {}


def _time(*, seconds: Seconds) -> Body:
    return {"seconds": seconds}


def _manual(*, times: Annotated[int, Field(ge=1)]) -> Body:
    return {"times": times}


def _unset_transition(*, model: str) -> Body:
    require_one_of("transition model", model, MODELS)
    pace.unset(model)
    return {"model": model, "transition": state_manager.get_transition(model)}


def _visit(*, microvm: str, token: str | None = None, port: str | int | None = None) -> Body:
    return {"response": list(visits.visit(microvm, token, port))}


def _reset() -> Body:
    moto_api_backend.reset()
    return {}


ACTIONS: dict[tuple[str, str], Callable[..., Body]] = {
    **{("POST", failure.path): _scheduling(failure) for failure in get_args(Failure)},
    ("GET", "failures"): _list_failures,
    ("DELETE", "failures"): _clear_failures,
    ("PUT", "settings"): _set,
    ("PUT", "rates"): _limit_rate,
    ("DELETE", "rates"): _unlimit_rate,
    ("PUT", "lag"): _set_lag,
    ("DELETE", "lag"): _unset_lag,
    ("PUT", "served"): _serve,
    ("PUT", "served-in-process"): _serve_in_process,
    ("GET", "clock"): _now,
    ("POST", "clock"): _advance_clock,
    ("PUT", "transitions"): _set_transition,
    ("DELETE", "transitions"): _unset_transition,
    ("POST", "visits"): _visit,
    ("POST", "reset"): _reset,
}
