"""The event handlers of a boto3 client."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.hooks import BaseEventHooks


def registrations(events: "BaseEventHooks") -> object:
    """Return an object whose identity changes when a handler is registered or unregistered.

    botocore has no public way to do this. The object is its cache of lists of handlers, which it
    replaces whenever they change.

    Args:
        events: The event hooks of a client.
    """
    emitter: Any = getattr(events, "_emitter", events)
    cache: object = emitter._lookup_cache  # noqa: SLF001  See above.
    return cache


def handlers(events: "BaseEventHooks", event_name: str) -> Iterable[Any]:
    """List the handlers of an event.

    botocore has no public way to do this. This is what it does itself when it emits an event; it
    caches the list until a handler is registered or unregistered.

    Args:
        events: The event hooks of a client.
        event_name: The event's full name, such as `after-call.lambda-microvms.GetMicrovm`.

    Returns:
        The handlers, in the order in which botocore calls them.
    """
    emitter: Any = getattr(events, "_emitter", events)
    cached: Iterable[Any] | None = emitter._lookup_cache.get(event_name)  # noqa: SLF001  See above.
    if cached is not None:
        return cached
    found: Iterable[Any] = emitter._handlers.prefix_search(event_name)  # noqa: SLF001  See above.
    return found
