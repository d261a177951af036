"""Controls of the local service: failures, time, and how fast states change."""

import inspect
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from microvm_sdk.testing._control_requests import PREFIX, InvalidControlRequestError, handle
from microvm_sdk.testing._ports import DEFAULT_PORT
from microvm_sdk.testing._scheduled_failures import (
    BuildFailure,
    BusyImage,
    CallFailure,
    Failure,
    GatewayFailure,
    HangingBuild,
    LostResponse,
    MicrovmFailure,
)
from microvm_sdk.testing._service.proxy.visits import ProxyResponse
from microvm_sdk.testing._service.state.hook_calls import runtime_hook_error

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication
else:
    WSGIApplication = Any  # Python has it from 3.11 on.

_TIMEOUT_SECONDS = 10
# The server is on this machine or in its network; the environment's proxies may not reach it.
_WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# The statuses with which the service rejects a control request.
_INVALID_REQUEST = {400, 413}
_HOOK_FAILURES = {
    "run": "returned HTTP status 400",
    "suspend": "returned HTTP status 500",
    "resume": "connection was refused",
}

servers_in_this_process: set[str] = set()
"""The URLs of the servers that share the state of this process."""


class Controls:
    """Controls a local service: the one in this process, or a running server.

    `with mock_microvms() as controls:` and `MicroVMServer.controls` return one; anywhere else,
    construct one. Scheduled failures happen in the order in which they were scheduled, each as
    many times as `times` says. Everything set here is cleared when moto resets: at the end of the
    mock, when the server stops, and by `reset`. boto3 retries some errors: to see such an error,
    use a client with `Config(retries={"total_max_attempts": 1})`, or schedule more failures than
    the client has attempts.
    """

    def __init__(self, endpoint_url: str | None = None) -> None:
        """Choose the service to control.

        Args:
            endpoint_url: URL of a running server; if omitted, the service in this process. Every
                method raises `ConnectionError` when there is no local service at the URL.

        Raises:
            ValueError: It is not an HTTP URL.
        """
        if endpoint_url is not None:
            _require_url(endpoint_url)
            endpoint_url = endpoint_url.rstrip("/")
        self._endpoint_url = endpoint_url

    def __repr__(self) -> str:
        """Show which service it controls."""
        url = self._endpoint_url
        return f"<Controls {'in this process' if url is None else f'endpoint_url={url!r}'}>"

    def fail_next_build(
        self,
        reason: str = "The container image build failed.",
        *,
        output: str | None = None,
        image: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Make the next build of an image version fail.

        The image ends in `CREATE_FAILED` or `UPDATE_FAILED`, the version in `FAILED`, and its
        builds have the reason. The service's reasons are sentences. If the reason is that a hook
        failed, such as "Ready hook invocation timed out after PT5M", the builds have the size of
        their code, too.

        Where Python cannot be used, a code artifact with `fail/NAME/` in its path does the same,
        such as `s3://bucket/fail/container-build/code.zip`: `container-build`, `interrupted`,
        `ready-hook-client-error`, `ready-hook-server-error`, `ready-hook-timeout`,
        `validate-hook-timeout`, or another reason, percent-encoded.

        Args:
            reason: The builds' `stateReason`.
            output: The last lines of the build's log, such as the command that failed; if omitted,
                the reason.
            image: Name or ARN of the image; if omitted, any image.
            times: How many versions fail; `None` for all from now on.

        Raises:
            ValueError: `reason` is empty, or `times` is less than 1.
        """
        self._schedule(BuildFailure, reason=reason, output=output, image=image, times=times)

    def hang_next_build(self, *, image: str | None = None, times: int | None = 1) -> None:
        """Make the next build of an image version hang.

        The version stays in `IN_PROGRESS`, and the image in `CREATING` or `UPDATING`. As in the
        real service, nothing cancels the build, and the image can be neither changed nor deleted.
        Only `reset` removes it.

        Args:
            image: Name or ARN of the image; if omitted, any image.
            times: How many versions hang; `None` for all from now on.

        Raises:
            ValueError: `times` is less than 1.
        """
        self._schedule(HangingBuild, image=image, times=times)

    def limit_concurrent_builds(self, most: int | None) -> None:
        """Limit how many versions an account builds at once.

        While that many are being built, `CreateMicrovmImage` and `UpdateMicrovmImage` fail with
        `ServiceQuotaExceededException` (402). The real quota is 10; there is no limit by default.

        Args:
            most: The limit, 0 or more; `None` for no limit.

        Raises:
            ValueError: `most` is negative.
        """
        self._set(concurrent_builds=most)

    def fail_next_microvm(
        self,
        at: Literal["run", "suspend", "resume"] = "run",
        reason: str | None = None,
        *,
        image: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Make the next MicroVM that is run, suspended or resumed end as `TERMINATED`.

        This is what happens when a lifecycle hook fails: the call succeeds, and the MicroVM goes
        from `PENDING` (`SUSPENDING` for "suspend") to `TERMINATED` with the reason.

        Args:
            at: The call after which it ends.
            reason: The MicroVM's `stateReason`; if omitted, one of a failed hook.
            image: Name or ARN of the MicroVM's image; if omitted, any image.
            times: How many MicroVMs; `None` for all from now on.

        Raises:
            ValueError: `at` has another value, `reason` is empty, or `times` is less than 1.
        """
        if reason is None:
            reason = runtime_hook_error(at, _HOOK_FAILURES.get(at, ""))
        self._schedule(MicrovmFailure, at=at, reason=reason, image=image, times=times)

    def fail_calls(
        self,
        error: str,
        operation: str | None = None,
        *,
        times: int | None = 1,
        message: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Make the next calls fail with an error of the service.

        Args:
            error: Name of the error, such as `ConflictException`.
            operation: The operation that fails, such as `RunMicrovm`; if omitted, any operation.
            times: How many calls fail; `None` for all from now on.
            message: The error's message; if omitted, it is null.
            retry_after: Seconds in the `Retry-After` header, for errors that have it.

        Raises:
            ValueError: The service has no such error or operation, the error has no `Retry-After`,
                or `times` is less than 1.
        """
        self._schedule(
            CallFailure,
            error=error,
            operation=operation,
            times=times,
            message=message,
            retry_after=retry_after,
        )

    def fail_at_gateway(self, operation: str | None = None, *, times: int | None = 1) -> None:
        """Make the next calls fail with the HTML page of the gateway in front of the service.

        The response has status 502, no request id, and no code or message that boto3 could parse.

        Args:
            operation: The operation that fails, such as `GetMicrovmImage`; if omitted, any
                operation.
            times: How many calls fail; `None` for all from now on.

        Raises:
            ValueError: The service has no such operation, or `times` is less than 1.
        """
        self._schedule(GatewayFailure, operation=operation, times=times)

    def lose_responses(
        self,
        operation: str | None = None,
        *,
        status_code: Literal[502, 504] | None = None,
        times: int | None = 1,
    ) -> None:
        """Lose the responses to the next calls, which take effect nevertheless.

        The connection breaks: boto3 raises `ConnectionClosedError` unless a retry succeeds. Each
        attempt counts, so boto3 sees the response to its second attempt by default.

        Args:
            operation: The operation whose response is lost, such as `RunMicrovm`; if omitted, that
                of any operation.
            status_code: 502 or 504 to send the gateway's HTML page instead of breaking the
                connection.
            times: How many responses are lost; `None` for all from now on.

        Raises:
            ValueError: The service has no such operation, `status_code` has another value, or
                `times` is less than 1.
        """
        self._schedule(LostResponse, operation=operation, status_code=status_code, times=times)

    def make_image_busy(
        self,
        image: str | None = None,
        *,
        operation: str | None = None,
        status_code: Literal[400, 409] = 409,
        times: int | None = 1,
    ) -> None:
        """Reject the next changes of an image, as if it were being changed already.

        The real service has two responses for this: 409 `ConflictException`, "MicroVM Image is
        already in state: UPDATING", and 400 `ValidationException`, "Cannot delete MicroVM image in
        its current state".

        Args:
            image: Name or ARN of the image; if omitted, any image.
            operation: `UpdateMicrovmImage`, `DeleteMicrovmImage`, `UpdateMicrovmImageVersion` or
                `DeleteMicrovmImageVersion`; if omitted, any of them.
            status_code: 409 or 400.
            times: How many calls are rejected; `None` for all from now on.

        Raises:
            ValueError: `operation` or `status_code` has another value, or `times` is less than 1.
        """
        self._schedule(
            BusyImage, image=image, operation=operation, status_code=status_code, times=times
        )

    def throttle(
        self, operation: str | None = None, *, times: int | None = 1, retry_after: int = 1
    ) -> None:
        """Make the next calls fail with `ThrottlingException`.

        Args:
            operation: The operation that is throttled; if omitted, any operation.
            times: How many calls; `None` for all from now on.
            retry_after: Seconds in the `Retry-After` header.

        Raises:
            ValueError: The service has no such operation, or `times` is less than 1.
        """
        self.fail_calls(
            "ThrottlingException",
            operation,
            times=times,
            message="Rate exceeded",
            retry_after=retry_after,
        )

    def limit_rate(
        self, operation: str, per_second: float | None, burst: int | None = None
    ) -> None:
        """Limit how many calls of an operation are allowed, as the real service does.

        The others fail with `ThrottlingException`. Each account and region has its own allowance,
        which the service's clock renews. The real rates per second are 5 for `RunMicrovm` and
        `ResumeMicrovm`, 2 for `SuspendMicrovm`, 10 for `TerminateMicrovm`, 50 for
        `CreateMicrovmAuthToken`, 5 for `CreateMicrovmShellAuthToken` and 100 for Get calls, with a
        burst of the same size. There is no limit by default.

        Args:
            operation: The operation, such as `RunMicrovm`.
            per_second: Calls per second, more than 0; `None` for no limit.
            burst: How many calls are allowed at once after a pause, 1 or more; if omitted,
                `per_second`.

        Raises:
            ValueError: The service has no such operation, or a number is out of range.
        """
        if per_second is None:
            self._send("DELETE", "rates", {"operation": operation})
            return
        rate = {"operation": operation, "per_second": per_second, "burst": burst}
        self._send("PUT", "rates", rate)

    def run_out_of_capacity(self, *, times: int | None = 1) -> None:
        """Make the next `RunMicrovm` calls fail with `InsufficientCapacityException`.

        Args:
            times: How many calls; `None` for all from now on.

        Raises:
            ValueError: `times` is less than 1.
        """
        self.fail_calls(
            "InsufficientCapacityException",
            "RunMicrovm",
            times=times,
            message="There is not enough capacity to run the MicroVM",
        )

    def exceed_quota(
        self,
        operation: str | None = "RunMicrovm",
        *,
        message: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Make the next calls fail with `ServiceQuotaExceededException` (402).

        As in the real service, the error's other members are null: it does not name the quota.

        Args:
            operation: The operation that fails; `None` for any operation.
            message: The error's message; if omitted, it is null too.
            times: How many calls; `None` for all from now on.

        Raises:
            ValueError: The service has no such operation, or `times` is less than 1.
        """
        error = "ServiceQuotaExceededException"
        self.fail_calls(error, operation, times=times, message=message)

    def deny_access(self, operation: str | None = None, *, times: int | None = 1) -> None:
        """Make the next calls fail with `AccessDeniedException`.

        Args:
            operation: The operation that is denied; if omitted, any operation.
            times: How many calls; `None` for all from now on.

        Raises:
            ValueError: The service has no such operation, or `times` is less than 1.
        """
        name = operation or "this operation"
        message = f"User is not authorized to perform: lambda:{name}"
        self.fail_calls("AccessDeniedException", operation, times=times, message=message)

    def scheduled_failures(self) -> list[dict[str, Any]]:
        """List the scheduled failures that have not happened yet.

        Returns:
            One dictionary for each: `control`, the name of the method that scheduled it (`throttle`
            and the like are `fail_calls`), and its parameters.
        """
        failures: list[dict[str, Any]] = self._send("GET", "failures", returns="failures")
        return failures

    def clear_scheduled_failures(self) -> None:
        """Remove the scheduled failures that have not happened yet."""
        self._send("DELETE", "failures")

    def set_lag(self, operation: str | None = None, *, reads: int = 0, seconds: float = 0) -> None:
        """Make reads lag behind changes, until `unset_lag` or `reset`.

        After each call that changes something, the next reads return what they would have
        returned before that call: a new version is not listed yet, a MicroVM is still `RUNNING`.

        Args:
            operation: A Get or List operation, such as `ListMicrovmImageVersions`; if omitted, all
                of them.
            reads: How many calls of the operation do not show a change, each operation counted for
                itself.
            seconds: How long the operation does not show a change, by the local service's clock.
                With both, a change is hidden until both have passed.

        Raises:
            ValueError: It is not a Get or List operation, or a number is negative.
        """
        self._send("PUT", "lag", {"operation": operation, "reads": reads, "seconds": seconds})

    def unset_lag(self, operation: str | None = None) -> None:
        """Make reads show each change immediately, which is the default.

        Args:
            operation: As for `set_lag`.

        Raises:
            ValueError: It is not a Get or List operation.
        """
        self._send("DELETE", "lag", {"operation": operation})

    def set_page_size(self, size: int) -> None:
        """Set how many items a page of a listing has if the request does not say.

        Args:
            size: 1 to 50; the default is 10.

        Raises:
            ValueError: `size` is out of range.
        """
        self._set(page_size=size)

    def hold_latest_active_version(self, *, held: bool = True) -> None:
        """Keep the `latestActiveImageVersion` of images when their newest version is blocked.

        Whether the real service moves it back to the newest version that is still active is not
        known. The local service does; while the member is held, it is the newest version that was
        built successfully, active or not. In both cases, a MicroVM that is run without a version is
        of the newest active one.

        Args:
            held: `False` restores the default.
        """
        self._set(latest_active_version_held=held)

    def show_hook_timeouts(self, *, shown: bool = True) -> None:
        """Fill in the default timeout of each hook that was enabled without one.

        Versions then have members that nobody set: 1 s for hooks of MicroVMs and 30 s for hooks of
        images. Whether the real service fills them in is not known.

        Args:
            shown: `False` restores the default.
        """
        self._set(hook_timeouts_shown=shown)

    def require_artifacts(self, *, required: bool = True) -> None:
        """Make builds fail whose code artifact is not an object in moto's S3.

        How the real service responds to a missing object is not known: that the build fails, and
        its reason, are guesses.

        Args:
            required: `False` restores the default: a code artifact is not looked up.
        """
        self._set(artifacts_required=required)

    def extend_suspensions(self, seconds: float) -> None:
        """Keep suspended MicroVMs for longer than their `suspended_duration_seconds`.

        The real service ends a suspended MicroVM some time after that, not at that moment: one with
        60 s was observed to last more than 240 s.

        Args:
            seconds: How much longer; 0 is the default.

        Raises:
            ValueError: `seconds` is negative or too large.
        """
        self._set(extra_suspended_seconds=seconds)

    def now(self) -> datetime:
        """Return the time of the local service's clock.

        It is the machine's time, plus what `advance_clock` added. Responses have it in their `Date`
        header.

        Returns:
            The time, in UTC.
        """
        return datetime.fromisoformat(self._send("GET", "clock", returns="now"))

    def advance_clock(self, seconds: float) -> None:
        """Move the local service's clock forward.

        Tokens expire, idle MicroVMs are suspended, MicroVMs reach their maximum duration, and
        states that change with time change.

        Args:
            seconds: By how much; not negative, and not beyond the year 9000.

        Raises:
            ValueError: `seconds` is negative or too large.
        """
        self._send("POST", "clock", {"seconds": seconds})

    def set_transition(self, model: str, transition: Mapping[str, Any]) -> None:
        """Set how fast states change, in the form of moto's state manager.

        Args:
            model: `lambdamicrovms::build` (images, versions and builds while they are built),
                `lambdamicrovms::deletion` or `lambdamicrovms::microvm`.
            transition: `{"progression": "immediate"}`; `{"progression": "time", "seconds": 2}`,
                two seconds from one state to the next; or `{"progression": "manual", "times": 3}`,
                at every third poll.

        Raises:
            ValueError: There is no such model or transition.
        """
        self._send("PUT", "transitions", {"model": model, "transition": dict(transition)})

    def unset_transition(self, model: str) -> None:
        """Return to the default: immediately in process, a fraction of a second on a server.

        Args:
            model: As for `set_transition`.

        Raises:
            ValueError: There is no such model.
        """
        self._send("DELETE", "transitions", {"model": model})

    def serve(
        self,
        application: "WSGIApplication | str",
        *,
        port: int = DEFAULT_PORT,
        hooks: bool = False,
    ) -> None:
        """Put software behind the endpoints of all MicroVMs, until the next reset.

        `microvm_sdk.connect` reaches it as in production: in this process inside
        `mock_microvms()`, otherwise through the server. So does every other client if the server
        was started with `tls=True`, and `requests` inside `mock_microvms()`. Without TLS, a client
        sends its requests to the server with the MicroVM's endpoint as `Host`, or to
        `/microvm-sdk/microvms/ID/` under its URL. Tokens are checked, and the responses of the real
        proxy imitated. WebSockets need a `MicroVMServer`, and the URL of a server.

        Args:
            application: A WSGI application, or the URL of a server on the loopback interface of
                this machine, such as `http://127.0.0.1:3000`. A local service in another process
                takes a URL only. An ASGI application, such as one of FastAPI, needs a server: run
                it under uvicorn, and pass the URL.
            port: The port on which it listens, 1 to 65,535.
            hooks: Whether the service also calls the hooks that a version has enabled, on the port
                in the version's `hooks`, until the next reset. A hook is called in real time. Its
                failure has the consequences that it has in the real service: the build fails, or
                the MicroVM is terminated.

        Raises:
            TypeError: It is an ASGI application, or the local service runs in another process and
                `application` is not a URL.
            ValueError: The URL is not an HTTP URL of this machine, or the port is out of range.
        """
        if isinstance(application, str):
            self._send("PUT", "served", {"url": application, "port": port, "hooks": hooks})
            return
        if _is_asgi(application):
            msg = (
                "application is an ASGI application, and must be a WSGI application or a URL: run "
                'it in a server, such as `uvicorn`, and pass its URL: serve("http://127.0.0.1:8000")'
            )
            raise TypeError(msg)
        if self._endpoint_url is None or self._endpoint_url in servers_in_this_process:
            parameters = {"application": application, "port": port, "hooks": hooks}
            handle("PUT", "served-in-process", parameters)
        else:
            msg = "a local service in another process takes the URL of a server, not an application"
            raise TypeError(msg)

    def booting(self, seconds: float) -> None:
        """Set how long the software in each MicroVM boots. Until then, the proxy responds with 502.

        Args:
            seconds: Seconds from the start of the MicroVM, by the local service's clock; 0 is the
                default.

        Raises:
            ValueError: `seconds` is negative or too large.
        """
        self._set(boot_seconds=seconds)

    def visit(
        self, microvm: str, token: str | None = None, *, port: str | int | None = None
    ) -> ProxyResponse:
        """Return how the proxy in front of a MicroVM would respond to a request.

        Tokens are checked for their MicroVM, ports and expiry; a visit counts as traffic for the
        idle policy, and resumes a MicroVM whose policy says so.

        Args:
            microvm: The MicroVM's identifier or endpoint.
            token: The value of the `X-aws-proxy-auth` header, if any.
            port: The value of the `X-aws-proxy-port` header, if any; the default port is 8080.

        Returns:
            The HTTP status and the text: 200 when the request would reach the software in the
            MicroVM; 400 for an invalid port; 403 "Request missing authentication", "Token
            authentication failed" or "Access to port denied"; 502 without text when the MicroVM is
            starting, suspended without automatic resumption, or terminated.
        """
        visit = {"microvm": microvm, "token": token, "port": port}
        return ProxyResponse(*self._send("POST", "visits", visit, returns="response"))

    def reset(self) -> None:
        """Clear everything, as moto's own reset does: of this service and all others."""
        self._send("POST", "reset")

    def _set(self, **settings: Any) -> None:
        self._send("PUT", "settings", settings)

    def _schedule(self, kind: type[Failure], **parameters: Any) -> None:
        self._send("POST", kind.path, parameters)

    def _send(
        self,
        method: str,
        path: str,
        parameters: dict[str, Any] | None = None,
        *,
        returns: str | None = None,
    ) -> Any:
        """Perform a control request, and return a member of the response."""
        if self._endpoint_url is None:
            response: Any = handle(method, path, parameters or {})
        else:
            response = _send_to(self._endpoint_url, method, path, parameters or {})
            if not isinstance(response, dict) or returns not in {None, *response}:
                raise _no_local_service(self._endpoint_url, "it responded with something else")
        return response if returns is None else response[returns]


def _is_asgi(application: object) -> bool:
    call = getattr(application, "__call__", None)  # noqa: B004  Its kind matters, too.
    return inspect.iscoroutinefunction(application) or inspect.iscoroutinefunction(call)


def _require_url(endpoint_url: str) -> None:
    try:
        parts = urlsplit(endpoint_url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except (AttributeError, TypeError, ValueError):
        valid = False
    if not valid or not endpoint_url.isprintable() or " " in endpoint_url:
        msg = f"endpoint_url must be a URL such as http://127.0.0.1:5000, not {endpoint_url!r}"
        raise ValueError(msg)


def _send_to(endpoint_url: str, method: str, path: str, parameters: dict[str, Any]) -> Any:
    try:
        content = json.dumps(parameters).encode()
    except (TypeError, ValueError, RecursionError) as error:
        msg = f"invalid parameters: {error}"
        raise InvalidControlRequestError(msg) from error
    request = urllib.request.Request(  # noqa: S310  The URL is the caller's own.
        endpoint_url + PREFIX + path,
        data=content,
        headers={"Content-Type": "application/json"},
        method=method,
    )
    try:
        with _WITHOUT_PROXY.open(request, timeout=_TIMEOUT_SECONDS) as response:
            return json.loads(response.read())
    except urllib.error.HTTPError as error:
        with error:
            message = _message_of(error.read())
        if message is not None and error.code in _INVALID_REQUEST:
            raise InvalidControlRequestError(message) from None
        text = f": {message}" if message else ""
        raise _no_local_service(endpoint_url, f"status {error.code}{text}") from None
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise _no_local_service(endpoint_url, str(reason)) from error
    except (ValueError, RecursionError):
        raise _no_local_service(endpoint_url, "it responded with something else") from None


def _message_of(content: bytes) -> str | None:
    try:
        body: Any = json.loads(content)
    except (ValueError, RecursionError):
        return None
    message = body.get("message") if isinstance(body, dict) else None
    return message if isinstance(message, str) else None


def _no_local_service(endpoint_url: str, reason: str) -> ConnectionError:
    return ConnectionError(f"there is no local service at {endpoint_url}: {reason}")
