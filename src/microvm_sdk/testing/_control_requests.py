"""The control requests behind `Controls`: the same in this process and on a running server."""

import functools
import json
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, cast

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_api import state_manager
from moto.moto_api._internal.models import moto_api_backend
from pydantic import AfterValidator, ConfigDict, Field, ValidationError, validate_call

from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._conditions import Lag, conditions
from microvm_sdk.testing._ports import DEFAULT_PORT, LARGEST_PORT
from microvm_sdk.testing._scheduled_failures import (
    IMAGE_CHANGES,
    BuildFailure,
    BusyImage,
    CallFailure,
    Failure,
    GatewayFailure,
    HangingBuild,
    MicrovmFailure,
    Transition,
    scheduled_failures,
)
from microvm_sdk.testing._service.http.service_model import service_model, shape_members
from microvm_sdk.testing._service.models import READS, lambdamicrovms_backends
from microvm_sdk.testing._service.proxy import visits
from microvm_sdk.testing._service.proxy.forwarding import ForwardedTo
from microvm_sdk.testing._service.state.transitions import MODELS, pace

Body = dict[str, Any]

PREFIX = "/microvm-sdk/"
LARGEST_BODY = 64 * 1024
_LONGEST_MESSAGE = 2_000
# Longer than any test needs; what is added to the clock must still be a valid date.
_MOST_SECONDS = 10 * 365 * 24 * 3_600

Text = Annotated[str, Field(min_length=1)]
# By its name or its ARN, which ends in the name.
ImageName = Annotated[Text, AfterValidator(lambda image: image.rpartition(":")[2])]
Times = Annotated[int, Field(ge=1)] | None
TcpPort = Annotated[int, Field(ge=1, le=LARGEST_PORT)]
Seconds = Annotated[float, Field(ge=0, le=_MOST_SECONDS, allow_inf_nan=False)]


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
        known = ", ".join(f"{its_method} {PREFIX}{its_path}" for its_method, its_path in ACTIONS)
        requested = f"{method} {PREFIX}{path}"[:_LONGEST_MESSAGE]
        msg = f"there is no {requested}, only: {known}"
        raise InvalidControlRequestError(msg)
    # moto resets a service at the end of a mock only if it was used.
    _ = lambdamicrovms_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    try:
        return _validated(action)(**parameters)
    except ValidationError as error:
        problems = (
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}"
            for each in error.errors(include_url=False, include_input=False)
        )
        msg = f"invalid parameters: {'; '.join(problems)}"
        raise InvalidControlRequestError(msg[:_LONGEST_MESSAGE]) from error
    except ValueError as error:
        raise InvalidControlRequestError(str(error)[:_LONGEST_MESSAGE]) from error


@functools.cache
def _validated(action: Callable[..., Body]) -> Callable[..., Body]:
    return validate_call(config=ConfigDict(strict=True))(action)


def _fail_calls(
    *,
    error: str,
    operation: str | None = None,
    times: Times = 1,
    message: str | None = None,
    retry_after: Annotated[int, Field(ge=0, le=_MOST_SECONDS)] | None = None,
) -> Body:
    errors = {shape.name for shape in service_model().error_shapes}
    # The first botocore releases with the service lack it.
    errors.add("InsufficientCapacityException")
    _require_one_of("error", error, errors)
    _require_operation(operation)
    if retry_after is not None and "retryAfterSeconds" not in shape_members(error):
        msg = f"{error} has no Retry-After"
        raise InvalidControlRequestError(msg)
    return _schedule(
        CallFailure(
            error=error,
            operation=operation,
            message=message,
            retry_after=retry_after,
            times=times,
        )
    )


def _fail_at_gateway(*, operation: str | None = None, times: Times = 1) -> Body:
    _require_operation(operation)
    return _schedule(GatewayFailure(operation=operation, times=times))


def _make_image_busy(
    *,
    image: ImageName | None = None,
    operation: str | None = None,
    status_code: Literal[400, 409] = 409,
    times: Times = 1,
) -> Body:
    if operation is not None:
        _require_one_of("operation that changes an image", operation, IMAGE_CHANGES)
    return _schedule(
        BusyImage(image=image, operation=operation, status_code=status_code, times=times)
    )


def _fail_builds(*, reason: Text, image: ImageName | None = None, times: Times = 1) -> Body:
    return _schedule(BuildFailure(reason=reason, image=image, times=times))


def _hang_builds(*, image: ImageName | None = None, times: Times = 1) -> Body:
    return _schedule(HangingBuild(image=image, times=times))


def _fail_microvms(
    *, at: Transition, reason: Text, image: ImageName | None = None, times: Times = 1
) -> Body:
    return _schedule(MicrovmFailure(at=at, reason=reason, image=image, times=times))


def _schedule(failure: Failure) -> Body:
    scheduled_failures.add(failure)
    return _list_failures()


def _list_failures() -> Body:
    return {"failures": scheduled_failures.as_dicts()}


def _clear_failures() -> Body:
    scheduled_failures.clear()
    return _list_failures()


def _limit_builds(*, most: Annotated[int, Field(ge=0)] | None) -> Body:
    conditions.most_builds = most
    return {"most": most}


def _set_lag(
    *,
    operation: str | None = None,
    reads: Annotated[int, Field(ge=0)] = 0,
    seconds: Seconds = 0,
) -> Body:
    for each in _reads(operation):
        conditions.set_lag(each, Lag(reads, timedelta(seconds=seconds)))
    return {}


def _unset_lag(*, operation: str | None = None) -> Body:
    for each in _reads(operation):
        conditions.unset_lag(each)
    return {}


def _serve(*, url: Text, port: TcpPort = DEFAULT_PORT, hooks: bool = False) -> Body:
    return _serve_in_process(application=ForwardedTo(url), port=port, hooks=hooks) | {"url": url}


def _serve_in_process(
    *, application: Callable[..., Any], port: TcpPort = DEFAULT_PORT, hooks: bool = False
) -> Body:
    conditions.serve(port, application)
    conditions.calls_hooks = hooks or conditions.calls_hooks
    return {"port": port, "hooks": hooks}


def _boot(*, seconds: Seconds) -> Body:
    conditions.boot_time = timedelta(seconds=seconds)
    return {"seconds": seconds}


def _advance_clock(*, seconds: float) -> Body:
    clock.advance(seconds)
    return {"now": clock.now().isoformat()}


def _set_transition(*, model: str, transition: dict[str, Any]) -> Body:
    _require_one_of("transition model", model, MODELS)
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
    _require_one_of("transition model", model, MODELS)
    pace.unset(model)
    return {"model": model, "transition": state_manager.get_transition(model)}


def _visit(*, microvm: str, token: str | None = None, port: str | int | None = None) -> Body:
    return {"response": list(visits.visit(microvm, token, port))}


def _reset() -> Body:
    moto_api_backend.reset()
    return {}


def _require_operation(operation: str | None) -> None:
    if operation is not None:
        _require_one_of("operation", operation, service_model().operation_names)


def _reads(operation: str | None) -> list[str]:
    reads = [each for each in service_model().operation_names if each.startswith(READS)]
    if operation is None:
        return reads
    _require_one_of("Get or List operation", operation, reads)
    return [operation]


def _require_one_of(what: str, value: str, known: Collection[str]) -> None:
    if value not in known:
        msg = f"the service has no {what} {value!r}, only: {', '.join(sorted(known))}"
        raise InvalidControlRequestError(msg)


ACTIONS: dict[tuple[str, str], Callable[..., Body]] = {
    ("GET", "failures"): _list_failures,
    ("DELETE", "failures"): _clear_failures,
    ("POST", "failures/calls"): _fail_calls,
    ("POST", "failures/gateway"): _fail_at_gateway,
    ("POST", "failures/busy-images"): _make_image_busy,
    ("POST", "failures/builds"): _fail_builds,
    ("POST", "failures/hanging-builds"): _hang_builds,
    ("POST", "failures/microvms"): _fail_microvms,
    ("PUT", "concurrent-builds"): _limit_builds,
    ("PUT", "lag"): _set_lag,
    ("DELETE", "lag"): _unset_lag,
    ("PUT", "served"): _serve,
    ("PUT", "served-in-process"): _serve_in_process,
    ("PUT", "booting"): _boot,
    ("POST", "clock"): _advance_clock,
    ("PUT", "transitions"): _set_transition,
    ("DELETE", "transitions"): _unset_transition,
    ("POST", "visits"): _visit,
    ("POST", "reset"): _reset,
}
