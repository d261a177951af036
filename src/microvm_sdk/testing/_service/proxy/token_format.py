"""Auth tokens, in the form of the real ones: encrypted JSON web tokens of five parts.

Holders of the real tokens cannot read them, and cannot read these: a program that parses tokens, or
has no room for their length, fails in tests.
"""

import base64
import binascii
import hashlib
import hmac
import itertools
import json
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from microvm_sdk.testing._ports import LARGEST_PORT

HEADER = "X-aws-proxy-auth"
# Not a secret: it only has to tell the service's tokens from invented ones.
KEY = b"microvm-sdk local service"
_KEY_ID = str(uuid.uuid5(uuid.NAMESPACE_URL, "https://microvm-sdk.invalid/local-service"))
_PARTS = 5
_NONCE_BYTES = 12
_TAG_BYTES = 16
# Tokens of the real service have 767 characters if they are for all ports, otherwise 823.
_ALL_PORTS_BYTES = 469
_CONTENT_BYTES = 511
_ALL_PORTS = (1, LARGEST_PORT)


@dataclass(frozen=True)
class Claims:
    """What a token gives access to."""

    microvm_id: str
    """The MicroVM."""
    ports: tuple[tuple[int, int], ...]
    """The first and the last port of each range; empty for a shell."""
    expires_at: datetime
    """When it expires."""
    shell: bool
    """Whether it is for a shell."""

    def allows(self, port: int) -> bool:
        """Whether it gives access to a port."""
        return any(first <= port <= last for first, last in self.ports)


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
    expires_at = now + timedelta(minutes=values["expirationInMinutes"])
    ranges = [_range(each) for each in ports or ()]
    content = json.dumps([microvm_id, int(expires_at.timestamp()), ports is None, ranges]).encode()
    size = _ALL_PORTS_BYTES if _ALL_PORTS in ranges else _CONTENT_BYTES
    nonce = secrets.token_bytes(_NONCE_BYTES)
    encrypted = _encrypt(content.ljust(size), nonce)
    header = json.dumps({"kid": _KEY_ID, "alg": "dir", "enc": "A256GCM"}, separators=(",", ":"))
    parts = [header.encode(), b"", nonce, encrypted, _tag(nonce, encrypted)]
    return {"authToken": {HEADER: ".".join(map(_encode, parts))}}


def read(token: str | None) -> Claims | None:
    """Read a token.

    Args:
        token: The token in a request, if any.

    Returns:
        What it gives access to; `None` when it was not issued here.
    """
    parts = (token or "").split(".")
    if len(parts) != _PARTS:
        return None
    try:
        nonce, encrypted, tag = map(_decode, parts[2:])
    except (binascii.Error, ValueError):
        return None
    if not hmac.compare_digest(tag, _tag(nonce, encrypted)):
        return None
    microvm_id, expires, shell, ranges = json.loads(_encrypt(encrypted, nonce))
    expires_at = datetime.fromtimestamp(expires, timezone.utc)
    return Claims(microvm_id, tuple((first, last) for first, last in ranges), expires_at, shell)


def _range(specification: dict[str, Any]) -> tuple[int, int]:
    match specification:
        case {"port": port}:
            return port, port
        case {"range": {"startPort": first, "endPort": last}}:
            return first, last
        case {"allPorts": _}:
            return _ALL_PORTS
        case _:
            msg = f"the local service does not know the ports {specification}"
            raise NotImplementedError(msg)


def _encrypt(content: bytes, nonce: bytes) -> bytes:
    """Encrypt, or decrypt, so that the content cannot be read by mistake; this is not security."""
    blocks = (
        hashlib.sha256(KEY + nonce + n.to_bytes(4, "big")).digest() for n in itertools.count()
    )
    stream = itertools.chain.from_iterable(blocks)
    return bytes(byte ^ other for byte, other in zip(content, stream, strict=False))


def _tag(nonce: bytes, encrypted: bytes) -> bytes:
    return hmac.new(KEY, nonce + encrypted, hashlib.sha256).digest()[:_TAG_BYTES]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), b"-_", validate=True)
