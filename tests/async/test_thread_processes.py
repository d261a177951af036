"""What happens to threads at the interpreter's exit and at a fork: in processes of their own."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, os, sys, threading, time
from microvm_sdk._async.threads import Threads
threads = Threads(4)
begun = threading.Event()
def hang():
    begun.set()
    time.sleep(60)
async def cancelled_call():
    task = asyncio.create_task(threads.run(hang))
    await asyncio.to_thread(begun.wait)
    task.cancel()
async def five():
    return await asyncio.gather(*(threads.run(int, 5) for _ in range(8)))
"""
MUST_NOT_BE_LOST = """
threads.start(lambda: (time.sleep(0.1), os.write(1, b"done")))
print("over", end=" ", flush=True)
"""
CANCELLED = """
asyncio.run(cancelled_call())
print("over")
"""
FORKED = """
assert asyncio.run(five()) == [5] * 8
asyncio.run(cancelled_call())
child = os.fork()
if child == 0:
    assert asyncio.run(five()) == [5] * 8
    before = time.monotonic()
    asyncio.run(threads.close(60))
    assert time.monotonic() - before < 30  # It does not wait for the parent's call.
    print("child", flush=True)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert asyncio.run(five()) == [5] * 8
print("parent")
"""


@pytest.mark.parametrize(
    ("program", "output"),
    [
        pytest.param(MUST_NOT_BE_LOST, "over done", id="exit waits for a call of start"),
        pytest.param(CANCELLED, "over\n", id="exit does not wait for a cancelled call"),
        pytest.param(
            FORKED,
            "child\nparent\n",
            marks=pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork"),
            id="child of a fork has threads of its own",
        ),
    ],
)
def test_exit_and_fork(program: str, output: str) -> None:
    done = subprocess.run(  # noqa: S603  The programs above.
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", PROGRAM + program],
        capture_output=True,
        text=True,
        timeout=30,  # Less than the 60 s of a call that hangs.
        check=True,
    )
    assert (done.stdout, done.stderr) == (output, "")
