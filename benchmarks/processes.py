"""Measures cold start and peak memory, in a new process each time."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from rounds import Ratio, compared

# The first run, which does not count, leaves the byte code that an installation has.
_ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
}
COLD_STARTS = {
    name: f"import clients; clients.{name}_calls(clients.full_response())[0]()"
    for name in ("boto3", "sdk", "capo")
}
# The import alone, without the interpreter's own start.
IMPORTS = {
    name: f"import time; begin = time.perf_counter(); import {package}; "
    "print(time.perf_counter() - begin)"
    for name, package in (("boto3", "boto3"), ("sdk", "microvm_sdk"))
}


def processes(
    programs: Mapping[str, str], *, rounds: int
) -> tuple[dict[str, Ratio], dict[str, Ratio]]:
    """Run programs in turn, each in a process of its own.

    Args:
        programs: The programs' code, the baseline first.
        rounds: How often each is run, after once for the caches.

    Returns:
        The comparison of their times, in seconds, and of their peak memory, in KiB.
    """
    times: dict[str, list[float]] = {name: [] for name in programs}
    peaks: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(rounds + 1):
        for name, program in programs.items():
            begin = time.perf_counter()
            process = subprocess.Popen(  # noqa: S603  The programs are constants of this module.
                [sys.executable, "-c", program], cwd=Path(__file__).parent, env=_ENVIRONMENT
            )
            _, status, usage = os.wait4(process.pid, 0)
            taken = time.perf_counter() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                sys.exit(f"the program of {name} failed: {program}")
            if number:
                times[name].append(taken)
                peaks[name].append(usage.ru_maxrss)
    return compared(times), compared(peaks)


def imports(*, rounds: int) -> dict[str, Ratio]:
    """Time the import of each package, in a process of its own.

    Args:
        rounds: How often each is imported, after once for the caches.

    Returns:
        The comparison of the times, in seconds.
    """
    times: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for number in range(rounds + 1):
        for name, program in IMPORTS.items():
            output = subprocess.check_output(  # noqa: S603  The programs are constants of this module.
                [sys.executable, "-c", program], env=_ENVIRONMENT
            )
            if number:
                times[name].append(float(output))
    return compared(times)
