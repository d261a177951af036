"""What happens to objects and locks in the child of a fork."""

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from microvm_sdk._forks import _resets, reset_after_fork

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork"),
]


def in_child(function: Callable[[], Any]) -> Any:
    """Return what a function returns in the child of a fork."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, pickle.dumps(function()))
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as pipe:  # noqa: PTH123  It opens a file descriptor.
        result = pickle.loads(pipe.read())  # noqa: S301  The child wrote it.
    os.waitpid(child, 0)
    return result


class Counter:
    """Counts how often it was reset."""

    resets = 0

    def reset(self) -> None:
        self.resets += 1


def test_object_is_reset_in_the_child_only_and_once() -> None:
    counter = Counter()
    reset_after_fork(counter, Counter.reset)
    reset_after_fork(counter, Counter.reset)
    assert in_child(lambda: (counter.resets, in_child(lambda: counter.resets))) == (1, 2)
    assert counter.resets == 0


def test_object_is_not_kept_alive() -> None:
    counter = Counter()
    key = (id(counter), Counter.reset)
    reset_after_fork(counter, Counter.reset)
    assert key in _resets
    del counter
    gc.collect()
    assert key not in _resets
    assert in_child(lambda: "forked") == "forked"


DELAYED = """
import os, sys, threading, time
from microvm_sdk._forks import delay_fork

lock, held = threading.RLock(), threading.Event()
delay_fork(lock)

def hold():
    with lock:
        held.set()
        time.sleep(0.2)

threading.Thread(target=hold).start()
held.wait()
child = os.fork()
if child == 0:
    os._exit(0 if lock.acquire(timeout=5) else 1)
sys.exit(os.waitpid(child, 0)[1])
"""


FREE = """
import os, threading
from microvm_sdk._forks import delay_fork

lock = threading.Lock()
delay_fork(lock)
child = os.fork()
assert lock.acquire(blocking=False)
assert child == 0 or os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.parametrize("program", [DELAYED, FREE])
def test_delayed_fork_leaves_the_lock_free(program: str) -> None:
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)  # noqa: S603  The programs above.
