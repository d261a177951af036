"""Steering the local service: failures, time, the pace of states."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from microvm_sdk.testing._admin import PREFIX, RefusedError, handle

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_SECONDS = 10


class Controls:
    """Steers a local service: the one in this process, or a running server.

    `with mock_microvms() as controls:` and `MicroVMServer.controls` give one; anywhere else make
    one. Failures are met in the order in which they were asked for, each as many times as it
    says. All that is asked for here is forgotten when moto resets: at the end of the mock, when
    the server stops, at `reset`. boto3 retries what can be
    retried: a call that must be seen to fail needs a client with
    `Config(retries={"total_max_attempts": 1})`, or more failures than the client has attempts.
    """

    def __init__(self, endpoint_url: str | None = None) -> None:
        """Choose the service to steer.

        Args:
            endpoint_url: URL of a running server; the service in this process where it is left
                out.
        """
        self._endpoint_url = endpoint_url

    def fail_next_build(
        self,
        reason: str = "CONTAINER_BUILD_FAILED",
        *,
        image: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Let the next build of an image version fail.

        The image ends in `CREATE_FAILED` or `UPDATE_FAILED`, the version in `FAILED`, and its
        builds tell the reason. Where Python is out of reach, a code artifact with `fail/REASON/`
        in its path, such as `s3://bucket/fail/S3_NO_SUCH_KEY/code.zip`, does the same.

        Args:
            reason: The builds' `stateReason`.
            image: Name of the image; any image where it is left out.
            times: How many versions fail; all from now on where it is `None`.

        Raises:
            ValueError: `reason` is empty, or `times` less than 1.
        """
        self._send("POST", "faults/builds", {"reason": reason, "image": image, "times": times})

    def fail_calls(
        self,
        error: str,
        operation: str | None = None,
        *,
        times: int | None = 1,
        message: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Let the next calls fail with an error of the service.

        Args:
            error: Name of the error, such as `ConflictException`.
            operation: The operation that fails, such as `RunMicrovm`; any where it is left out.
            times: How many calls fail; all from now on where it is `None`.
            message: What the error says; nothing where it is left out.
            retry_after: Seconds in the `Retry-After` header, for the errors that have it.

        Raises:
            ValueError: The service has no such error or operation, the error no `Retry-After`, or
                `times` is less than 1.
        """
        fault = {
            "error": error,
            "operation": operation,
            "times": times,
            "message": message,
            "retry_after": retry_after,
        }
        self._send("POST", "faults/calls", fault)

    def throttle(
        self, operation: str | None = None, *, times: int | None = 1, retry_after: int = 1
    ) -> None:
        """Answer the next calls with `ThrottlingException`.

        Args:
            operation: The operation that is throttled; any where it is left out.
            times: How many calls; all from now on where it is `None`.
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
        """Answer the next `RunMicrovm` calls with `InsufficientCapacityException`.

        Args:
            times: How many calls; all from now on where it is `None`.

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
        """Answer the next calls with `AccessDeniedException`.

        Args:
            operation: The operation that is denied; any where it is left out.
            times: How many calls; all from now on where it is `None`.

        Raises:
            ValueError: The service has no such operation, or `times` is less than 1.
        """
        name = operation or "this operation"
        message = f"User is not authorized to perform: lambda:{name}"
        self.fail_calls("AccessDeniedException", operation, times=times, message=message)

    def pending_faults(self) -> list[dict[str, Any]]:
        """List the failures that were asked for and have not happened yet.

        Returns:
            One dictionary for each, with the parameters that asked for it.
        """
        pending: list[dict[str, Any]] = self._send("GET", "faults")["faults"]
        return pending

    def clear_faults(self) -> None:
        """Forget the failures that have not happened yet."""
        self._send("DELETE", "faults")

    def advance_clock(self, seconds: float) -> None:
        """Put the local service's clock forward.

        Tokens expire by it, idle MicroVMs are suspended, those that have lived too long end, and
        states that change with time change.

        Args:
            seconds: By how much; not negative, and no further than the year 9000.

        Raises:
            ValueError: `seconds` is negative or too large.
        """
        self._send("POST", "clock", {"seconds": seconds})

    def set_transition(self, model: str, transition: Mapping[str, Any]) -> None:
        """Say how fast states change, in the words of moto's state manager.

        Args:
            model: `lambdamicrovms::build` (images, versions and builds while they are made),
                `lambdamicrovms::deletion` or `lambdamicrovms::microvm`.
            transition: `{"progression": "immediate"}`; `{"progression": "time", "seconds": 2}`,
                two seconds from one state to the next; or `{"progression": "manual", "times": 3}`,
                at every third look.

        Raises:
            ValueError: There is no such model or transition.
        """
        self._send("PUT", "transitions", {"model": model, "transition": dict(transition)})

    def unset_transition(self, model: str) -> None:
        """Go back to the default: at once in process, a fraction of a second on a server.

        Args:
            model: As for `set_transition`.

        Raises:
            ValueError: There is no such model.
        """
        self._send("DELETE", "transitions", {"model": model})

    def visit(self, microvm_id: str, token: str | None = None, *, port: int = 8080) -> int:
        """Ask what the proxy before a MicroVM would answer to a request.

        Nothing runs in a local MicroVM; but tokens are held to their MicroVM, ports and age, a
        visit counts as traffic for the idle policy, and wakes a MicroVM that resumes by itself.

        Args:
            microvm_id: The MicroVM.
            token: The value for the `X-aws-proxy-auth` header, if any.
            port: The port, 8080 where the `X-aws-proxy-port` header is not sent.

        Returns:
            The HTTP status: 200; 403 where the token does not open that port; 502 where the
            MicroVM does not run.
        """
        visit = {"microvm_id": microvm_id, "token": token, "port": port}
        return int(self._send("POST", "visits", visit)["status"])

    def reset(self) -> None:
        """Forget everything, as moto's own reset does: of this service and all others."""
        self._send("POST", "reset")

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        if self._endpoint_url is None:
            return handle(method, path, body or {})
        url = self._endpoint_url.rstrip("/") + PREFIX + path
        request = urllib.request.Request(  # noqa: S310 - the caller's own URL.
            url,
            data=json.dumps(body or {}).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
                answer: dict[str, Any] = json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                raise RefusedError(json.load(error)["message"]) from None
        return answer
