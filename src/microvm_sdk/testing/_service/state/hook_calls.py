"""Lifecycle hooks: requests of the service to the software in MicroVMs and in builds.

States change while a lock is held, and a hook may call the service. So a thread calls the hook
without the lock, and takes the lock to report how it ended.
"""

import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from werkzeug.test import create_environ, run_wsgi_app

from microvm_sdk.testing._conditions import conditions
from microvm_sdk.testing._service.state.lock import HOOK_ENDED

_LOGGER = logging.getLogger(__name__)

_PATH = "/aws/lambda-microvms/runtime/v1/"
_ADVICE = " Please check your hook endpoint and application logs for more details."
# How long a hook may take if its timeout is omitted; claimed by a tool of AWS's.
DEFAULT_SECONDS = {"microvmHooks": 1, "microvmImageHooks": 30}
_PAUSE_SECONDS = 0.05

# The status of the response, or what happened instead.
_Outcome = int | Literal["refused", "timed out"]


@dataclass(frozen=True)
class Hook:
    """A hook that is to be called."""

    name: str
    port: int
    timeout: int
    """In seconds."""
    body: bytes = b""


def runtime_hook(settings: dict[str, Any], name: str, **body: str | None) -> Hook | None:
    """Return a hook of a MicroVM.

    Args:
        settings: The `hooks` of the MicroVM's version.
        name: `run`, `resume`, `suspend` or `terminate`.
        **body: The members of the body; if there are none, it is empty.

    Returns:
        The hook; `None` if the version has not enabled it, or hooks are not called.
    """
    return _hook(settings, "microvmHooks", name, json.dumps(body).encode() if body else b"")


def build_hooks(settings: dict[str, Any]) -> list[Hook]:
    """Return the hooks of a build, in their order.

    Args:
        settings: The `hooks` of the version.
    """
    found = (_hook(settings, "microvmImageHooks", name) for name in ("ready", "validate"))
    return [hook for hook in found if hook is not None]


def call_runtime_hook(hook: Hook, then: Callable[[str | None], None]) -> None:
    """Call a hook of a MicroVM, in a thread.

    Args:
        hook: The hook.
        then: Called with the lock held, with the reason if the hook failed.
    """
    _in_thread(lambda: _runtime_failure(hook, _post(hook, hook.timeout)), then)


def call_build_hooks(hooks: Sequence[Hook], then: Callable[[str | None], None]) -> None:
    """Call the hooks of a build one after the other until one fails, in a thread.

    Args:
        hooks: The hooks.
        then: Called with the lock held, with the reason if a hook failed.
    """
    _in_thread(lambda: next(filter(None, map(_build_failure, hooks)), None), then)


def build_hook_error(name: str, status: int) -> str:
    """Return why a build failed whose hook responded with an error."""
    is_client_error = status < HTTPStatus.INTERNAL_SERVER_ERROR
    kind = "client error (HTTP 4xx)" if is_client_error else "server error (HTTP 5xx)"
    return f"{name.capitalize()} hook check failed: the application returned a {kind} response"


def build_hook_timeout(name: str, duration: str) -> str:
    """Return why a build failed whose hook did not respond in time, such as `PT5M`."""
    return f"{name.capitalize()} hook invocation timed out after {duration}"


def runtime_hook_error(name: str, what: str) -> str:
    """Return why a MicroVM was terminated whose hook failed."""
    return f"{name.capitalize()} lifecycle hook {what}.{_ADVICE}"


def _hook(settings: dict[str, Any], group: str, name: str, body: bytes = b"") -> Hook | None:
    hooks = settings.get(group, {})
    if not conditions.settings.calls_hooks or hooks.get(name) != "ENABLED":
        return None
    timeout = hooks.get(f"{name}TimeoutInSeconds", DEFAULT_SECONDS[group])
    return Hook(name, settings["port"], timeout, body)


def _in_thread(call: Callable[[], str | None], then: Callable[[str | None], None]) -> None:
    def run() -> None:
        reason = call()
        with HOOK_ENDED:
            then(reason)
            HOOK_ENDED.notify_all()

    threading.Thread(target=run, name="microvm-hook", daemon=True).start()


def _runtime_failure(hook: Hook, outcome: _Outcome) -> str | None:
    match outcome:
        case "refused":
            return runtime_hook_error(hook.name, "connection was refused")
        case "timed out":
            return runtime_hook_error(hook.name, f"did not respond within {hook.timeout} seconds")
        case status if status < HTTPStatus.BAD_REQUEST:
            return None
        case status:
            return runtime_hook_error(hook.name, f"returned HTTP status {status}")


def _build_failure(hook: Hook) -> str | None:
    """Call a hook of a build; `ready` repeatedly, until the software is ready."""
    end = time.monotonic() + hook.timeout
    while conditions.application(hook.port) is not None:
        outcome = _post(hook, max(0, end - time.monotonic()))
        not_ready = hook.name == "ready" and outcome == HTTPStatus.SERVICE_UNAVAILABLE
        if isinstance(outcome, int) and not not_ready:
            is_error = outcome >= HTTPStatus.BAD_REQUEST
            return build_hook_error(hook.name, outcome) if is_error else None
        if time.monotonic() >= end:
            break
        time.sleep(_PAUSE_SECONDS)
    return build_hook_timeout(hook.name, _duration(hook.timeout))


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"PT{minutes}M" if not rest else f"PT{seconds}S"


def _post(hook: Hook, timeout: float) -> _Outcome:
    """Send a hook's request, and wait no longer than its timeout for the response."""
    application = conditions.application(hook.port)
    if application is None:
        return "refused"
    environ = create_environ(
        method="POST",
        path=_PATH + hook.name,
        base_url=f"http://127.0.0.1:{hook.port}",
        data=hook.body,
        content_type="application/json" if hook.body else None,
        environ_overrides={"REMOTE_ADDR": "127.0.0.1"},
    )
    statuses: queue.SimpleQueue[int] = queue.SimpleQueue()

    def respond() -> None:
        status = 500
        try:
            # A buffered response is read to its end and closed.
            _, head, _ = run_wsgi_app(application, environ, buffered=True)
            status = int(head.split()[0])
        except Exception:
            _LOGGER.exception("the hook %s failed", hook.name)
        statuses.put(status)

    threading.Thread(target=respond, name=f"microvm-hook-{hook.name}", daemon=True).start()
    try:
        status = statuses.get(timeout=timeout)
    except queue.Empty:
        return "timed out"
    # `ForwardedTo` responds with 502 when nothing listens at its URL.
    return "refused" if status == HTTPStatus.BAD_GATEWAY else status
