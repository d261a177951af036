"""Random jobs keep the promises of releases. `tests/random_releases.py` makes any number."""

from collections import Counter

import pytest
from local_image import LocalService
from random_releases import run

pytestmark = [
    pytest.mark.filterwarnings("ignore:latest_active_image_version of:UserWarning"),
    # Each run decides by itself whether the field is held.
    pytest.mark.parametrize("service", ["field moves"], indirect=True),
]


def make_runs(service: LocalService, seeds: range) -> None:
    marks: Counter[str] = Counter()
    for seed in seeds:
        marks += run(service, seed)
    # Otherwise the runs would prove little.
    expected = {"promote done", "withdraw done", "prune done", "ReleaseError", "interference"}
    assert not expected - marks.keys()


def test_random_jobs_keep_their_promises(service: LocalService) -> None:
    make_runs(service, range(50))


@pytest.mark.slow
def test_many_random_jobs_keep_their_promises(service: LocalService) -> None:
    make_runs(service, range(10_000, 11_000))
