"""Surviving a fork: the only module that registers handlers for forks.

The child of a fork has a copy of every object, but only the thread that forked. A lock that another
thread held stays locked for ever, and connections and threads belong to the parent. There are two
remedies: the child replaces what it cannot use, or the fork waits until no thread holds the lock.
"""

import os
from collections.abc import Callable
from typing import Any, Protocol, TypeVar
from weakref import ref

T = TypeVar("T")


class Lock(Protocol):
    """`threading.Lock` or `threading.RLock`."""

    def acquire(self) -> object:
        """Wait until nobody else holds it."""
        ...

    def release(self) -> object:
        """Allow another thread to acquire it."""
        ...


_resets: dict[tuple[int, Callable[[Any], object]], "ref[Any]"] = {}


def reset_after_fork(thing: T, reset: Callable[[T], object]) -> None:
    """Call a function with an object in the child of each fork, while the object lives.

    The call is made at the fork, before the child's own code runs, in its only thread. So the
    function needs no lock. It must not wait for a lock that existed before, but may replace it. It
    is called once, even if it was registered with the object several times.

    Args:
        thing: The object. Only a weak reference to it is kept.
        reset: The function. It must not refer to the object: pass `Class.method`, not
            `thing.method`.
    """
    key = (id(thing), reset)
    # The callback of the reference runs before another object can get the same id.
    _resets[key] = ref(thing, lambda _: _resets.pop(key, None))


def delay_fork(lock: Lock) -> None:
    """Make each fork wait until no other thread holds a lock, so that the child finds it free.

    Use it only for locks that are held briefly, by threads that wait for nothing else meanwhile.

    Args:
        lock: The lock, which lives as long as the process.
    """
    if hasattr(os, "register_at_fork"):  # Windows does not fork.
        os.register_at_fork(
            before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release
        )


def _reset_all() -> None:
    for (_, reset), reference in list(_resets.items()):
        thing = reference()
        if thing is not None:
            reset(thing)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_all)
