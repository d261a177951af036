"""Memory and time that packaging a directory with one large file takes.

uv run benchmarks/packaging.py [MEGABYTES]
"""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from microvm_sdk.build import package

_MEGABYTE = 1024 * 1024
_DEFAULT_SIZE = 300


def main() -> None:
    """Print a row of a table."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else _DEFAULT_SIZE
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "web")
        source.mkdir()
        (source / "Dockerfile").touch()
        with (source / "large").open("wb") as file:
            for _ in range(size):
                file.write(os.urandom(_MEGABYTE))
        before = _peak()
        started = time.perf_counter()
        package(source, Path(folder, "web.zip"))
        seconds = time.perf_counter() - started
        grown = _peak() - before
    print("| directory | seconds | memory beyond that of the process |")
    print("| --- | --- | --- |")
    print(f"| {size} MB | {seconds:.1f} | {grown:.1f} MB |")


def _peak() -> float:
    """Return the most memory that the process has used, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kilobytes on Linux, bytes on macOS.
    return peak / (_MEGABYTE if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
