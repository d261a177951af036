"""MicroVMs, and how they change with time."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from microvm_sdk.testing._conditions import conditions
from microvm_sdk.testing._scheduled_failures import Transition, scheduled_failures
from microvm_sdk.testing._service.http import refusals
from microvm_sdk.testing._service.state.transitions import MICROVMS, Lifecycle

_LONGEST_SECONDS = 28_800


def new_id() -> str:
    """Make the identifier of a new MicroVM."""
    return f"microvm-{uuid.uuid4()}"


def _duration(seconds: float) -> timedelta:
    # The model has no maximum, and durations longer than any MicroVM's lifetime may overflow a
    # date.
    return timedelta(seconds=min(seconds, _LONGEST_SECONDS + 1))


@dataclass
class Microvm:
    """A MicroVM."""

    id: str
    position: int
    endpoint: str
    image_arn: str
    image_version: str
    request: dict[str, Any]
    ingress: list[str]
    egress: list[str]
    started_at: datetime
    active_at: datetime
    suspended_at: datetime | None = None
    terminated_at: datetime | None = None
    reason: str | None = None
    lifecycle: Lifecycle = field(default_factory=lambda: Lifecycle(MICROVMS, "PENDING", "RUNNING"))

    @property
    def state(self) -> str:
        """The MicroVM's state."""
        return self.lifecycle.state

    @property
    def maximum_seconds(self) -> int:
        """Its maximum lifetime, in seconds."""
        return int(self.request.get("maximumDurationInSeconds", _LONGEST_SECONDS))

    @property
    def resumes_automatically(self) -> bool:
        """Whether a request to its endpoint resumes it."""
        return bool(self.request.get("idlePolicy", {}).get("autoResumeEnabled"))

    def poll(self, now: datetime) -> None:
        """Count a poll, for states that change after a number of polls, and settle."""
        self.lifecycle.advance()
        self.settle(now)

    def settle(self, now: datetime) -> None:
        """Apply what has happened with time: idleness suspends, and its lifetime ends it."""
        self.lifecycle.progress()
        state = self.state
        if state == "TERMINATED":
            if self.terminated_at is None:
                self.terminated_at = now
            return
        end = self.started_at + timedelta(seconds=self.maximum_seconds)
        reason = "MicroVM exceeded maximum lifetime."
        policy = self.request.get("idlePolicy")
        if policy and state == "RUNNING":
            idle_until = self.active_at + _duration(policy["maxIdleDurationSeconds"])
            if idle_until <= min(now, end):
                self._suspend(idle_until)
        if policy and self.suspended_at is not None:
            until = self.suspended_at + _duration(
                policy["suspendedDurationSeconds"] + conditions.settings.extra_suspended_seconds
            )
            if until < end:
                end, reason = until, "Suspended for too long."
        if end <= now and state != "TERMINATING":
            self.lifecycle.enter("TERMINATED")
            self.terminated_at = end
            self.reason = reason

    def run(self) -> None:
        """Start it, in the state in which it is created."""
        self._enter("run", "PENDING", "RUNNING")

    def suspend(self, now: datetime) -> None:
        """Suspend it; no effect when it is suspended."""
        self.require_alive()
        if self.state in {"SUSPENDED", "SUSPENDING"}:
            return
        self._require_state("suspended", "RUNNING")
        self.suspended_at = now
        self._enter("suspend", "SUSPENDING", "SUSPENDED")

    def resume(self, now: datetime) -> None:
        """Resume it; no effect when it is running."""
        self.require_alive()
        if self.state == "RUNNING":
            return
        self._require_state("resumed", "SUSPENDED")
        self.active_at = now
        self.suspended_at = None
        self._enter("resume", "PENDING", "RUNNING")

    def resume_for_request(self, now: datetime) -> None:
        """Resume it for a request to its endpoint, which is held until it runs."""
        self.resume(now)
        self.lifecycle.skip_to_last()
        self.settle(now)

    def terminate(self) -> None:
        """Terminate it; no effect when it is terminated."""
        if self.state in {"TERMINATING", "TERMINATED"}:
            return
        self.reason = "Success."
        self.lifecycle.enter("TERMINATING", "TERMINATED")

    def require_alive(self) -> None:
        """Require that it is not terminated.

        Raises:
            ErrorResponse: It is.
        """
        if self.state in {"TERMINATING", "TERMINATED"}:
            raise refusals.microvm_terminated(self.id)

    def to_response(self) -> dict[str, Any]:
        """Return the MicroVM as the service returns it."""
        return {
            "egressNetworkConnectors": self.egress,
            "endpoint": self.endpoint,
            "executionRoleArn": self.request.get("executionRoleArn"),
            "idlePolicy": self.request.get("idlePolicy"),
            "imageArn": self.image_arn,
            "imageVersion": self.image_version,
            "ingressNetworkConnectors": self.ingress,
            "kmsKeyIdentifier": self.request.get("kmsKeyIdentifier"),
            "maximumDurationInSeconds": self.maximum_seconds,
            "microvmId": self.id,
            "startedAt": self.started_at,
            "state": self.state,
            "stateReason": self.reason if self.terminated_at else None,
            "terminatedAt": self.terminated_at,
            "terminationReasonCode": None,
        }

    def to_summary(self) -> dict[str, Any]:
        """Return the MicroVM as an item of a list."""
        members = ("imageArn", "imageVersion", "microvmId", "startedAt", "state")
        response = self.to_response()
        return {member: response[member] for member in members}

    def _enter(self, at: Transition, between: str, end: str) -> None:
        """Enter a state that is followed by another, or by the end when a failure is scheduled."""
        failure = scheduled_failures.next_for_microvm(at, self.image_arn.rpartition(":")[2])
        if failure is not None:
            self.reason = failure.reason
        self.lifecycle.enter(between, "TERMINATED" if failure else end)

    def _suspend(self, since: datetime) -> None:
        self.suspended_at = since
        self.lifecycle.enter("SUSPENDED")

    def _require_state(self, done: str, *states: str) -> None:
        if self.state not in states:
            raise refusals.microvm_not_ready(self.id, done, self.state)
