"""The benchmark runs. Its results depend on the machine and are not tested."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def test_it_prints_a_ratio_for_each_row() -> None:
    run = subprocess.run(  # noqa: S603  It runs this repository's benchmark.
        [sys.executable, str(BENCHMARKS / "run.py"), "--rounds", "1", "--no-curves"],
        check=True,
        capture_output=True,
        text=True,
    )
    rows = [line.split("|") for line in run.stdout.splitlines() if line.startswith("| ")]
    assert [row[1].strip() for row in rows[2:]] == [
        "one call",
        "a page of 50 versions",
        "parsing that page alone",
        "cold start to the first response",
        "peak memory of that process",
        "importing the package",
    ]
    for row in rows[2:]:
        ratio, low = row[4].split()[:2]
        assert float(ratio) > 0
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
