"""The log record of a call: the operation and the outcome, never a parameter or a body."""

import logging
import time
from typing import Any

from microvm_sdk.exceptions import ResponseValidationError, ServiceError
from microvm_sdk.models._machinery.results import Result

_LOGGER = logging.getLogger("microvm_sdk")


def start_time() -> float | None:
    """Return the time at which a call starts; `None` if calls are not logged."""
    return time.perf_counter() if _LOGGER.isEnabledFor(logging.DEBUG) else None


def log_call(operation_name: str, outcome: Result | Exception, started: float | None) -> None:
    """Log a call.

    Args:
        operation_name: The operation by its name in the AWS API.
        outcome: The response or the error.
        started: What `start_time` returned; nothing is logged if it is `None`.
    """
    if started is not None:
        facts = {
            "operation_name": operation_name,
            **_facts(outcome),
            "milliseconds": round((time.perf_counter() - started) * 1000, 1),
        }
        _LOGGER.debug(
            "%(operation_name)s: %(outcome)s, status %(status_code)s, request ID "
            "%(request_id)s, %(retry_attempts)s retries, %(milliseconds).1f ms",
            facts,
            extra=facts,
        )


def _facts(outcome: Result | Exception) -> dict[str, Any]:
    metadata: Any = {}
    if isinstance(outcome, Result):
        attached = outcome.response_metadata
        return {
            "outcome": "ok",
            "status_code": attached.http_status_code,
            "request_id": attached.request_id,
            "retry_attempts": attached.retry_attempts,
        }
    if isinstance(outcome, (ServiceError, ResponseValidationError)):
        metadata = outcome.response.get("ResponseMetadata", {})
    return {
        "outcome": type(outcome).__name__,
        "status_code": metadata.get("HTTPStatusCode"),
        "request_id": metadata.get("RequestId"),
        "retry_attempts": metadata.get("RetryAttempts"),
    }
