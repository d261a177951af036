"""Compare microvm-sdk with raw boto3, and with capo-lambda-microvms, over sockets on loopback.

    uv run python benchmarks/run.py

Every number is a ratio to raw boto3 doing the same: the median over rounds, in each of which every
candidate runs in a process of its own, and the middle half of the rounds in brackets. Lower is
better. `--instructions` adds the instructions of cold starts, counted by valgrind, which other
work on the machine does not change.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
PROGRAM = [sys.executable, str(HERE / "programs.py")]
IMAGE = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"
COMMAND = [sys.executable, "-m", "microvm_sdk", "versions", IMAGE]
THREE = ("boto3", "sdk", "capo")


@dataclass(frozen=True)
class Row:
    """What is compared: a command for each candidate, and how its process is measured."""

    what: str
    target: str
    unit: str
    scale: float
    sample: Callable[[Sequence[str]], float]
    commands: Mapping[str, Sequence[str]]


def environment(authorities: str) -> dict[str, str]:
    """Return the environment of the processes, in which byte code is kept."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CA_BUNDLE": authorities,
        "SSL_CERT_FILE": authorities,
    }


@contextmanager
def server() -> Generator[dict[str, str], None, None]:
    """Run the server, and return its addresses."""
    command = [sys.executable, str(HERE / "server.py")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  Ours.
    try:
        line = process.stdout.readline() if process.stdout else ""
        yield json.loads(line)
    finally:
        process.terminate()
        process.communicate()


def wall(command: Sequence[str]) -> float:
    """Return the seconds of a process."""
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  Ours.
    return time.perf_counter() - begin


def peak(command: Sequence[str]) -> float:
    """Return the largest memory of a process, in bytes."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603  Ours.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"failed: {command}")
    return usage.ru_maxrss * 1024.0


def printed(command: Sequence[str]) -> float:
    """Return the number that a process prints."""
    return float(subprocess.check_output(command))  # noqa: S603  Ours.


def instructions(command: Sequence[str]) -> float:
    """Return the instructions of a process."""
    with tempfile.TemporaryDirectory() as folder:
        tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
        run = subprocess.run([*tool, *command], check=True, capture_output=True, text=True)  # noqa: S603  Ours.
    found = re.search(r"Collected : (\d+)", run.stderr)
    if found is None:
        sys.exit(f"valgrind printed no count: {run.stderr}")
    return float(found[1])


def rows(addresses: Mapping[str, str]) -> list[Row]:
    """Return what is compared."""
    http, tls = addresses["http"], addresses["tls"]

    def each(task: str, url: str, names: Sequence[str] = THREE) -> dict[str, Sequence[str]]:
        return {name: [*PROGRAM, name, task, url] for name in names}

    def imports(statement: str) -> dict[str, Sequence[str]]:
        statements = {"boto3": "import boto3", "sdk": statement}
        return {name: [*PROGRAM, name, "import", text] for name, text in statements.items()}

    first_call = {"boto3": [*PROGRAM, "boto3", "first", http]}
    burst = each("burst", tls, ("boto3", "sdk"))
    return [
        Row("cold start to the first response, HTTP", "1.20", "ms", 1e3, wall, each("first", http)),
        Row("cold start to the first response, TLS", "1.20", "ms", 1e3, wall, each("first", tls)),
        Row("peak memory of a cold start", "1.05", "MiB", 2**-20, peak, each("first", http)),
        Row("a call with a small response", "1.00", "µs", 1e6, printed, each("small", http)),
        Row("a call with the largest response", "0.92", "µs", 1e6, printed, each("largest", http)),
        Row("a page of 50 versions", "0.45", "ms", 1e3, printed, each("page", http)),
        Row("a list of 10,000 versions", "-", "ms", 1e3, printed, each("list", http)),
        Row("memory of 10,000 kept versions", "-", "MiB", 2**-20, printed, each("kept", http)),
        Row("32 first calls at once over TLS, threads", "1.00", "ms", 1e3, printed, burst),
        Row(
            "32 first calls at once over TLS, asyncio",
            "1.00",
            "ms",
            1e3,
            printed,
            {"boto3": burst["boto3"], "sdk": [*PROGRAM, "async", "burst", tls]},
        ),
        Row("`import microvm_sdk`", "0.10", "ms", 1e3, printed, imports("import microvm_sdk")),
        Row(
            "`from microvm_sdk import MicroVMClient`",
            "1.30",
            "ms",
            1e3,
            printed,
            imports("from microvm_sdk import MicroVMClient"),
        ),
        Row(
            "`python -m microvm_sdk versions`, to a boto3 program with one call",
            "-",
            "ms",
            1e3,
            wall,
            {**first_call, "sdk": COMMAND},
        ),
    ]


def compare(row: Row, rounds: int) -> str:
    """Return a row of the table."""
    samples: dict[str, list[float]] = {name: [] for name in row.commands}
    for command in row.commands.values():
        row.sample(command)  # It leaves the byte code that an installation has.
    for _ in range(rounds):
        for name, command in row.commands.items():
            samples[name].append(row.sample(command))
    baseline = samples["boto3"]
    cells = [f"{median(baseline) * row.scale:.1f} {row.unit}", row.target]
    cells += [ratio(samples[name], baseline) if name in samples else "-" for name in THREE[1:]]
    return f"| {row.what} | {' | '.join(cells)} |"


def ratio(samples: Sequence[float], baseline: Sequence[float]) -> str:
    """Return the median of the ratios of the rounds, and their middle half."""
    ratios = sorted(mine / theirs for mine, theirs in zip(samples, baseline, strict=True))
    quarter = len(ratios) // 4
    low, high = ratios[quarter], ratios[len(ratios) - 1 - quarter]
    return f"{median(ratios):.2f} ({low:.2f}-{high:.2f})"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Compare microvm-sdk with raw boto3.")
    parser.add_argument("--rounds", type=int, default=15, help="rounds of each comparison")
    parser.add_argument("--instructions", action="store_true", help="count instructions, too")
    arguments = parser.parse_args()
    packages = ("boto3", "pydantic", "microvm-sdk", "capo-lambda-microvms")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    print(f"Python {platform.python_version()}, {versions}")
    print("\n| what | raw boto3 | at most | microvm-sdk | capo |")
    print("| --- | --- | --- | --- | --- |", flush=True)
    with server() as addresses:
        os.environ.update(environment(addresses["authorities"]))
        os.environ["AWS_ENDPOINT_URL"] = addresses["http"]
        os.environ["AWS_DEFAULT_REGION"] = "eu-west-1"
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        for row in rows(addresses):
            print(compare(row, arguments.rounds), flush=True)
        if arguments.instructions and shutil.which("valgrind"):
            os.environ["PYTHONHASHSEED"] = "0"
            for row in rows(addresses)[:2]:
                what = f"instructions of a {row.what}"
                counted = Row(what, "-", "billion", 1e-9, instructions, row.commands)
                print(compare(counted, 1), flush=True)


if __name__ == "__main__":
    main()
