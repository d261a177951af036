"""The progress of `wait_until_responding`, and what each poll means. No I/O."""

from microvm_sdk._waits.pace import Pace
from microvm_sdk.connect._probe import Poll
from microvm_sdk.exceptions import ServiceError, WaiterError
from microvm_sdk.models import Microvm, MicrovmState
from microvm_sdk.models.microvm import MICROVM_RUNNING

_FIRST_FINAL_STATUS = 200
_BAD_GATEWAY = 502


class Progress:
    """The progress of a wait."""

    def __init__(self, name: str, microvm: Microvm, timeout: float, poll_interval: float) -> None:
        """Start the clock.

        Args:
            name: Name of the function, for error texts.
            microvm: The MicroVM.
            timeout: How long to wait, in seconds.
            poll_interval: Longest pause between two requests, in seconds.
        """
        self.pace = Pace(timeout=timeout, poll_interval=poll_interval)
        self._name = name
        self._microvm = microvm
        self._was_suspended = False
        self._last_response = "none"

    def interpret(self, poll: Poll) -> int | None:
        """Return the status that ends the wait, or `None` to continue.

        Raises:
            WaiterError: The proxy rejects the token or the port.
        """
        if poll.status is None:
            self._last_response = poll.problem
            return None
        self._last_response = f"{poll.status} {poll.rejection}".rstrip()
        if poll.rejection:
            reason = f"the proxy responded with {self._last_response}"
            raise self._error(reason)
        is_final = poll.status >= _FIRST_FINAL_STATUS and poll.status != _BAD_GATEWAY
        return poll.status if is_final else None

    def record_throttling(self) -> None:
        """Record that no request was made, because creating a token was throttled."""
        self._last_response = "none, because the creation of a token was throttled"

    def record_state(self, microvm: Microvm, cause: ServiceError | None = None) -> None:
        """Record the MicroVM's state.

        Raises:
            WaiterError: It is terminated, or suspended and does not resume automatically.
        """
        self._microvm = microvm
        if microvm.state in MICROVM_RUNNING.failure:
            raise self._error(self._described_state()) from cause
        is_suspended = microvm.state == MicrovmState.SUSPENDED and not (
            microvm.idle_policy and microvm.idle_policy.auto_resume_enabled
        )
        # Twice in a row, because the state may lag behind a resumption.
        if is_suspended and self._was_suspended:
            state = self._described_state()
            reason = f"{state}, and requests do not resume it: call resume_microvm"
            raise self._error(reason) from cause
        self._was_suspended = is_suspended

    def timed_out(self) -> WaiterError:
        """Make the error of a wait that timed out."""
        return self._error(
            f"{self.pace.timeout_reason}; last response: {self._last_response}; "
            f"MicroVM state: {self._microvm.state}",
            timed_out=True,
        )

    def _described_state(self) -> str:
        reason = self._microvm.state_reason
        return f"the MicroVM is {self._microvm.state}" + (f" ({reason})" if reason else "")

    def _error(self, reason: str, *, timed_out: bool = False) -> WaiterError:
        return WaiterError(
            self._name,
            reason,
            identifier=self._microvm.microvm_id,
            last_result=self._microvm,
            timed_out=timed_out,
        )
