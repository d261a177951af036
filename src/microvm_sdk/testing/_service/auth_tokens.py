"""Auth tokens, in the form of JSON web tokens."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

HEADER = "X-aws-proxy-auth"
# Not a secret: tokens only have to be distinguishable from invented ones.
KEY = b"microvm-sdk local service"
PARTS = 3


def issue(
    microvm_id: str,
    values: dict[str, Any],
    now: datetime,
    ports: list[dict[str, Any]] | None,
) -> dict[str, Any]:
    """Issue a token.

    Args:
        microvm_id: The MicroVM that it gives access to.
        values: The input, with `expirationInMinutes`.
        now: The current time.
        ports: The ports that it gives access to, `None` for a shell.

    Returns:
        The response.
    """
    expires = now + timedelta(minutes=values["expirationInMinutes"])
    claims: dict[str, Any] = {
        "sub": microvm_id,
        "iat": int(now.timestamp()),
        "exp": int(expires.timestamp()),
    }
    if ports is None:
        claims["shell"] = True
    else:
        claims["ports"] = [_range(each) for each in ports]
    head, body = _encode({"alg": "HS256", "typ": "JWT"}), _encode(claims)
    return {"authToken": {HEADER: f"{head}.{body}.{_signature(head, body)}"}}


def allows(token: str | None, microvm_id: str, port: int, now: datetime) -> bool:
    """Whether a token gives access to a port of a MicroVM.

    Args:
        token: The token in the request, if any.
        microvm_id: The MicroVM.
        port: The port.
        now: The current time.

    Returns:
        Whether it was issued here, has not expired, and is for that MicroVM and port.
    """
    parts = (token or "").split(".")
    if len(parts) != PARTS or not hmac.compare_digest(
        parts[2].encode(), _signature(parts[0], parts[1]).encode()
    ):
        return False
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
    return (
        claims["sub"] == microvm_id
        and now.timestamp() < claims["exp"]
        and any(first <= port <= last for first, last in claims.get("ports", ()))
    )


def _range(specification: dict[str, Any]) -> list[int]:
    if "port" in specification:
        return [specification["port"]] * 2
    if "range" in specification:
        return [specification["range"]["startPort"], specification["range"]["endPort"]]
    return [1, 65535]


def _encode(content: dict[str, Any]) -> str:
    raw = json.dumps(content, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _signature(head: str, body: str) -> str:
    digest = hmac.new(KEY, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
