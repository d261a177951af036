"""Pages: at most 50 items, and opaque tokens for the rest."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import TYPE_CHECKING, Any, TypeVar

from microvm_sdk.testing._service import refusals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")

LARGEST_PAGE = 50
DIGEST_LENGTH = 8


def page(
    items: Iterable[T],
    position: Callable[[T], int],
    values: dict[str, Any],
    scope: tuple[str, ...],
) -> tuple[list[T], str | None]:
    """Cut a page.

    A token holds the position after which to go on, not a count, so what is deleted between two
    pages leaves nothing out.

    Args:
        items: All items, in the order of their positions.
        position: Tells an item's position.
        values: The request: `maxResults` and `nextToken`.
        scope: What the list is of; a token is good for the list that it came from.

    Returns:
        The page's items, and the token for the next page, `None` on the last one.

    Raises:
        ServiceFault: A `ValidationException`: the token is not of this list.
    """
    after = _read(values["nextToken"], scope) if "nextToken" in values else -1
    size: int = values.get("maxResults", LARGEST_PAGE)
    rest = [item for item in items if position(item) > after]
    token = _write(position(rest[size - 1]), scope) if len(rest) > size else None
    return rest[:size], token


def _write(after: int, scope: tuple[str, ...]) -> str:
    content = json.dumps([after, *scope]).encode()
    return base64.urlsafe_b64encode(_digest(content) + content).decode()


def _read(token: str, scope: tuple[str, ...]) -> int:
    try:
        raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    digest, content = raw[:DIGEST_LENGTH], raw[DIGEST_LENGTH:]
    if not content or digest != _digest(content):
        raise refusals.next_token_invalid()
    told: list[Any] = json.loads(content)
    after, *its_scope = told
    if tuple(its_scope) != scope:
        raise refusals.next_token_invalid()
    return int(after)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()[:DIGEST_LENGTH]
