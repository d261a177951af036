"""The benchmark runs. Its results depend on the machine and are not tested."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.mark.slow
def test_it_prints_a_ratio_for_each_row() -> None:
    run = subprocess.run(  # noqa: S603  It runs this repository's benchmark.
        [sys.executable, str(BENCHMARKS / "run.py"), "--rounds", "1"],
        check=True,
        capture_output=True,
        text=True,
    )
    rows = [line.split("|") for line in run.stdout.splitlines() if line.startswith("| ")][2:]
    assert len(rows) > 10
    for row in rows:
        ratio, low = row[4].split()[:2]
        assert float(ratio) >= 0
        assert low.startswith("(")


def test_concurrency_prints_calls_per_second_for_each_client() -> None:
    run = subprocess.run(  # noqa: S603  It runs this repository's benchmark.
        [sys.executable, str(BENCHMARKS / "concurrency.py"), "--quick"],
        check=True,
        capture_output=True,
        text=True,
    )
    _, _, *rows = [line.strip("| ").split(" | ") for line in run.stdout.splitlines()]
    assert [row[0] for row in rows] == ["AsyncMicroVMClient", "boto3 in the default pool"]
    assert all(float(rate) > 0 for row in rows for rate in row[1:])


def test_packaging_prints_time_and_memory() -> None:
    run = subprocess.run(  # noqa: S603  It runs this repository's benchmark.
        [sys.executable, str(BENCHMARKS / "packaging.py"), "20"],
        check=True,
        capture_output=True,
        text=True,
    )
    size, seconds, memory = run.stdout.splitlines()[-1].strip("| ").split(" | ")
    assert size == "20 MB"
    assert float(seconds) > 0
    assert float(memory.removesuffix(" MB")) < 10
