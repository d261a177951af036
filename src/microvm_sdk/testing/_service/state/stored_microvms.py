"""MicroVMs, and how they change with time."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from microvm_sdk.testing._conditions import conditions
from microvm_sdk.testing._scheduled_failures import Transition, scheduled_failures
from microvm_sdk.testing._service.http import refusals
from microvm_sdk.testing._service.state.hook_calls import Hook, call_runtime_hook, runtime_hook
from microvm_sdk.testing._service.state.transitions import MICROVMS, Lifecycle

_LONGEST_SECONDS = 28_800


def _duration(seconds: float) -> timedelta:
    # The durations of an idle policy have no maximum, and may be more than a date can hold.
    return timedelta(seconds=min(seconds, _LONGEST_SECONDS + 1))


@dataclass
class Microvm:
    """A MicroVM."""

    position: int
    endpoint: str
    image_arn: str
    image_version: str
    request: dict[str, Any]
    ingress: list[str]
    egress: list[str]
    hooks: dict[str, Any]
    started_at: datetime
    active_at: datetime
    suspended_at: datetime | None = None
    terminated_at: datetime | None = None
    reason: str | None = None
    resuming_for_request: bool = False
    id: str = field(default_factory=lambda: f"microvm-{uuid.uuid4()}")
    awaited: Hook | None = None
    """The hook whose response the next state depends on, while it is being called."""
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

    @property
    def is_reachable(self) -> bool:
        """Whether requests to its endpoint reach the software in it."""
        if self.state == "PENDING":
            # Requests arrive before the run hook has responded.
            return self.resuming_for_request or self._awaits("run")
        return self.state == "RUNNING"

    @property
    def is_held(self) -> bool:
        """Whether requests to its endpoint wait for the resume hook."""
        return self._awaits("resume")

    def poll(self, now: datetime) -> None:
        """Count a poll, for states that change after a number of polls, and settle."""
        self.lifecycle.advance()
        self.settle(now)

    def settle(self, now: datetime) -> None:
        """Apply what time has changed: suspension when idle, termination after its lifetime."""
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
                self._suspend_idle(idle_until)
        if policy and self.suspended_at is not None:
            until = self.suspended_at + _duration(
                policy["suspendedDurationSeconds"] + conditions.settings.extra_suspended_seconds
            )
            if until < end:
                end, reason = until, "Suspended for too long."
        if end <= now and state != "TERMINATING":
            hook = self._hook("terminate")
            if hook is not None and self.state == "RUNNING":
                call_runtime_hook(hook, lambda _failure: None)
            self.awaited = None
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
        self.resuming_for_request = False
        self._enter("resume", "PENDING", "RUNNING")

    def resume_for_request(self, now: datetime) -> None:
        """Resume it for a request to its endpoint, which reaches it although it is `PENDING`."""
        self.resume(now)
        self.resuming_for_request = self.lifecycle.leads_to("RUNNING")

    def terminate(self) -> None:
        """Terminate it; no effect when it is terminated."""
        if self.state in {"TERMINATING", "TERMINATED"}:
            return
        hook = self._hook("terminate") if self.state == "RUNNING" else None
        self.reason = "Success."
        self._await(hook, "TERMINATING", "TERMINATED")

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
        """Enter a state that is followed by another, or by the end if a failure is scheduled."""
        failure = scheduled_failures.next_for_microvm(at, self.image_arn.rpartition(":")[2])
        if failure is not None:
            self.reason = failure.reason
            self.lifecycle.enter(between, "TERMINATED")
        else:
            self._await(self._hook(at), between, end)

    def _suspend_idle(self, since: datetime) -> None:
        self.suspended_at = since
        hook = self._hook("suspend")
        if hook is None:
            self.lifecycle.enter("SUSPENDED")
        else:
            self._await(hook, "SUSPENDING", "SUSPENDED")

    def _hook(self, name: str) -> Hook | None:
        """Return a hook if it is to be called; only the request to `run` has a body."""
        if name != "run":
            return runtime_hook(self.hooks, name)
        payload = self.request.get("runHookPayload")
        return runtime_hook(self.hooks, name, microvmId=self.id, runHookPayload=payload)

    def _awaits(self, name: str) -> bool:
        return self.awaited is not None and self.awaited.name == name

    def _await(self, hook: Hook | None, between: str, end: str) -> None:
        """Enter a state, and another after it: when the hook, if there is one, has responded."""
        self.awaited = hook
        if hook is None:
            self.lifecycle.enter(between, end)
            return

        def enter_next(failure: str | None) -> None:
            if self.awaited is not hook:
                return  # It was terminated meanwhile.
            self.awaited = None
            if failure is not None and end != "TERMINATED":
                self.reason = failure
                self.lifecycle.enter("TERMINATED")
            else:
                self.lifecycle.enter(end)

        self.lifecycle.enter(between)
        call_runtime_hook(hook, enter_next)

    def _require_state(self, done: str, state: str) -> None:
        if self.state != state:
            raise refusals.microvm_not_ready(self.id, done, self.state)
