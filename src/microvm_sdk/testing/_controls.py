"""Controls of the local service: failures, time, and how fast states change."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from microvm_sdk.testing._admin import PREFIX, InvalidControlRequestError, handle

TIMEOUT_SECONDS = 10


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
            endpoint_url: URL of a running server; if omitted, the service in this process.
        """
        self._endpoint_url = endpoint_url

    def fail_next_build(
        self,
        reason: str = "CONTAINER_BUILD_FAILED",
        *,
        image: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Make the next build of an image version fail.

        The image ends in `CREATE_FAILED` or `UPDATE_FAILED`, the version in `FAILED`, and its
        builds have the reason. Where Python is out of reach, a code artifact with `fail/REASON/`
        in its path, such as `s3://bucket/fail/S3_NO_SUCH_KEY/code.zip`, does the same.

        Args:
            reason: The builds' `stateReason`.
            image: Name of the image; if omitted, any image.
            times: How many versions fail; `None` for all from now on.

        Raises:
            ValueError: `reason` is empty, or `times` is less than 1.
        """
        self._send("POST", "failures/builds", {"reason": reason, "image": image, "times": times})

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
        failure = {
            "error": error,
            "operation": operation,
            "times": times,
            "message": message,
            "retry_after": retry_after,
        }
        self._send("POST", "failures/calls", failure)

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
            One dictionary for each, with the parameters that scheduled it.
        """
        failures: list[dict[str, Any]] = self._send("GET", "failures")["failures"]
        return failures

    def clear_scheduled_failures(self) -> None:
        """Remove the scheduled failures that have not happened yet."""
        self._send("DELETE", "failures")

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

    def visit(self, microvm_id: str, token: str | None = None, *, port: int = 8080) -> int:
        """Return the status with which the proxy of a MicroVM would respond to a request.

        Nothing runs in a local MicroVM; but tokens are checked for their MicroVM, ports and
        expiry, a visit counts as traffic for the idle policy, and resumes a MicroVM whose policy
        says so.

        Args:
            microvm_id: The MicroVM.
            token: The value of the `X-aws-proxy-auth` header, if any.
            port: The port, 8080 if the request has no `X-aws-proxy-port` header.

        Returns:
            The HTTP status: 200; 403 when the token does not give access to that port; 502 when
            the MicroVM is not running.
        """
        visit = {"microvm_id": microvm_id, "token": token, "port": port}
        return int(self._send("POST", "visits", visit)["status"])

    def reset(self) -> None:
        """Clear everything, as moto's own reset does: of this service and all others."""
        self._send("POST", "reset")

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        if self._endpoint_url is None:
            return handle(method, path, body or {})
        url = self._endpoint_url.rstrip("/") + PREFIX + path
        request = urllib.request.Request(  # noqa: S310  The caller's own URL.
            url,
            data=json.dumps(body or {}).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(  # noqa: S310  The caller's own URL.
                request, timeout=TIMEOUT_SECONDS
            ) as response:
                result: dict[str, Any] = json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                raise InvalidControlRequestError(json.load(error)["message"]) from None
        return result
