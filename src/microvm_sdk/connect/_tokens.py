"""What the two token sources share: when a token is renewed, and which failures may wait."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict

from botocore.exceptions import ConnectionError as BotocoreConnectionError
from botocore.exceptions import HTTPClientError, IncompleteReadError
from pydantic import SecretStr

from microvm_sdk._arguments import check_microvm_id, port_specifications, refuse
from microvm_sdk.exceptions import ErrorKind, ResponseValidationError, ServiceError
from microvm_sdk.models import AuthToken, PortSpecification

# The share of its lifetime after which a token is renewed.
_RENEWED_AFTER = 0.8
# Seconds until a renewal that failed is tried again while the token is still valid.
_PAUSE_AFTER_A_FAILURE = 10


@dataclass(frozen=True)
class Moment:
    """A moment by two clocks: a monotonic one, which may stop in sleep mode, and the wall clock."""

    monotonic: float
    wall: float

    @classmethod
    def now(cls) -> "Moment":
        """Return the current moment."""
        return cls(time.monotonic(), time.time())

    def seconds_since(self, earlier: "Moment") -> float:
        """Return the seconds since an earlier moment, by the clock that shows more."""
        return max(self.monotonic - earlier.monotonic, self.wall - earlier.wall)


@dataclass(eq=False)
class CachedToken:
    """A token, how old it is, and whether a MicroVM's endpoint has rejected it."""

    token: AuthToken
    requested_at: Moment
    lifetime: float
    rejected: bool = False
    renewal_failed_at: Moment | None = None

    @property
    def is_valid(self) -> bool:
        """Whether the endpoint should accept it."""
        return not self.rejected and self._age() < self.lifetime

    @property
    def needs_renewal(self) -> bool:
        """Whether the next use renews it."""
        if not self.is_valid:
            return True
        failed_at = self.renewal_failed_at
        if failed_at is not None:
            return Moment.now().seconds_since(failed_at) >= _PAUSE_AFTER_A_FAILURE
        return self._age() >= self.lifetime * _RENEWED_AFTER

    def has(self, token: "AuthToken | SecretStr | str") -> bool:
        """Return whether the argument is this token, or the value of one of its headers."""
        if isinstance(token, AuthToken):
            return token == self.token
        text = token.get_secret_value() if isinstance(token, SecretStr) else token
        return text in {part.get_secret_value() for part in self.token.auth_token.values()}

    def postpone_renewal(self, error: Exception) -> bool:
        """Put off the renewal after a failure, if this token is valid and the failure temporary.

        Args:
            error: Why the token could not be renewed.

        Returns:
            Whether this token remains in use until the next attempt.
        """
        is_postponed = self.is_valid and _is_temporary(error)
        if is_postponed:
            self.renewal_failed_at = Moment.now()
        return is_postponed

    def _age(self) -> float:
        return Moment.now().seconds_since(self.requested_at)


class _CallParameters(TypedDict):
    microvm_identifier: str
    expiration_in_minutes: int
    allowed_ports: tuple[PortSpecification, ...]


class Source:
    """A token source except for the renewal, for which threads and tasks wait differently."""

    def __init__(
        self,
        microvm_identifier: str,
        allowed_ports: Iterable[PortSpecification],
        expiration_in_minutes: int,
    ) -> None:
        """Check what describes the tokens."""
        check_microvm_id("microvm_identifier", microvm_identifier)
        _check_expiration(expiration_in_minutes)
        self._parameters: _CallParameters = {
            "microvm_identifier": microvm_identifier,
            "expiration_in_minutes": expiration_in_minutes,
            "allowed_ports": port_specifications("allowed_ports", allowed_ports),
        }
        self._cached: CachedToken | None = None

    def __repr__(self) -> str:
        """Show the MicroVM and the ports, never the token."""
        parameters = self._parameters
        return (
            f"{type(self).__name__}(microvm_identifier={parameters['microvm_identifier']!r}, "
            f"allowed_ports={parameters['allowed_ports']!r}, "
            f"expiration_in_minutes={parameters['expiration_in_minutes']!r})"
        )

    def invalidate(self, token: AuthToken | SecretStr | str) -> None:
        """Report a token that the endpoint rejected with a 403; the next use renews it.

        If the source has renewed it in the meantime, nothing happens. So when many threads report
        the same token, it is renewed once.

        Args:
            token: The token, or the value of its `X-aws-proxy-auth` header.

        Raises:
            TypeError: It is neither.
        """
        _check_token(token)
        cached = self._cached
        if cached is not None and cached.has(token):
            cached.rejected = True

    def _keep(self, token: AuthToken, requested_at: Moment) -> CachedToken:
        """Keep a new token. Its lifetime began before the call that created it returned.

        Raises:
            ResponseValidationError: The token has characters that no header can carry.
        """
        try:
            token.headers()
        except ValueError as error:
            metadata = token.response_metadata
            response = {
                "ResponseMetadata": {
                    "RequestId": metadata.request_id,
                    "HTTPStatusCode": metadata.http_status_code,
                }
            }
            raise ResponseValidationError(
                operation_name="CreateMicrovmAuthToken",
                problems=[str(error)],
                response=response,
                body=metadata.body,
            ) from None
        lifetime = self._parameters["expiration_in_minutes"] * 60
        self._cached = cached = CachedToken(token, requested_at, lifetime)
        return cached


def _is_temporary(error: Exception) -> bool:
    """Return whether another attempt may succeed: throttling, a 5xx, or the connection."""
    if isinstance(error, ServiceError):
        return error.kind in {ErrorKind.THROTTLED, ErrorKind.SERVER}
    if isinstance(error, ResponseValidationError):
        return _is_cut(error)
    return isinstance(error, (BotocoreConnectionError, HTTPClientError, IncompleteReadError))


def _is_cut(error: ResponseValidationError) -> bool:
    """Return whether the body has another length than announced, which botocore does not check."""
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return headers.get("content-length") not in {None, str(len(error.body or b""))}


def _check_expiration(minutes: object) -> None:
    if not isinstance(minutes, int) or isinstance(minutes, bool):
        refuse("expiration_in_minutes", "an integer from 1 to 60", minutes)
    if minutes < 1:
        msg = f"expiration_in_minutes must be from 1 to 60, got {minutes}"
        raise ValueError(msg)


def _check_token(token: object) -> None:
    if not isinstance(token, (AuthToken, SecretStr, str)):
        cure = 'pass headers["X-aws-proxy-auth"]' if isinstance(token, dict) else None
        refuse("token", "an AuthToken or a string", token, cure)
