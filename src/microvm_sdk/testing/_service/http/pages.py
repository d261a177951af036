"""Pages of a list, and an opaque token for the next page."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any, TypeVar

from microvm_sdk.testing._conditions import conditions
from microvm_sdk.testing._service.http import refusals

T = TypeVar("T")

_DIGEST_LENGTH = 8


def page(
    items: Iterable[T],
    position: Callable[[T], int],
    values: dict[str, Any],
    scope: tuple[str, ...],
) -> tuple[list[T], str | None]:
    """Return one page of a list.

    A token contains the position of the last item, not a count, so a deletion between two pages
    does not skip an item.

    Args:
        items: All items, in the order of their positions.
        position: Returns an item's position.
        values: The input: `maxResults` and `nextToken`.
        scope: What is listed; a token is valid only for the list that it came from.

    Returns:
        The page's items, and the token for the next page, `None` on the last one.

    Raises:
        ErrorResponse: A `ValidationException`: the token does not come from this list.
    """
    after = _read(values["nextToken"], scope) if "nextToken" in values else -1
    size: int = values.get("maxResults", conditions.settings.page_size)
    rest = [item for item in items if position(item) > after]
    token = _write(position(rest[size - 1]), scope) if len(rest) > size else None
    return rest[:size], token


def page_by_index(
    items: Iterable[T], values: dict[str, Any], scope: tuple[str, ...]
) -> tuple[list[T], str | None]:
    """Return one page of a list from which nothing is deleted, as `page` does."""
    numbered, token = page(enumerate(items), itemgetter(0), values, scope)
    return [item for _, item in numbered], token


def _write(after: int, scope: tuple[str, ...]) -> str:
    content = json.dumps([after, *scope]).encode()
    return base64.urlsafe_b64encode(_digest(content) + content).decode()


def _read(token: str, scope: tuple[str, ...]) -> int:
    try:
        raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    digest, content = raw[:_DIGEST_LENGTH], raw[_DIGEST_LENGTH:]
    if not content or digest != _digest(content):
        raise refusals.next_token_invalid()
    decoded: list[Any] = json.loads(content)
    after, *its_scope = decoded
    if tuple(its_scope) != scope:
        raise refusals.next_token_invalid()
    return int(after)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()[:_DIGEST_LENGTH]
