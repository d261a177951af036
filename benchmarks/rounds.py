"""Times candidates in turn, so that changes in the machine's speed affect all of them equally."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from clients import Call


@dataclass(frozen=True)
class Ratio:
    """How a candidate compares with the baseline: medians over rounds, and their middle half."""

    seconds: float
    ratio: float
    low: float
    high: float

    def __str__(self) -> str:
        """Show the ratio and its spread."""
        return f"{self.ratio:.2f} ({self.low:.2f}-{self.high:.2f})"


def compared(samples: Mapping[str, Sequence[float]]) -> dict[str, Ratio]:
    """Compare every candidate's rounds with the first one's, round by round.

    Args:
        samples: What each candidate took in each round, the baseline first.

    Returns:
        The comparison of each candidate.
    """
    baseline = next(iter(samples.values()))
    results: dict[str, Ratio] = {}
    for name, taken in samples.items():
        ratios = sorted(mine / theirs for mine, theirs in zip(taken, baseline, strict=True))
        quarter = len(ratios) // 4
        results[name] = Ratio(
            median(taken), median(ratios), ratios[quarter], ratios[len(ratios) - 1 - quarter]
        )
    return results


def in_turn(candidates: Mapping[str, Call], *, calls: int, rounds: int) -> dict[str, Ratio]:
    """Time candidates in turn, with the garbage collector on as it is in a program.

    Args:
        candidates: What to call, the baseline first.
        calls: How many calls make a round.
        rounds: How many rounds.

    Returns:
        The comparison of each candidate, in seconds a call.
    """
    samples: dict[str, list[float]] = {name: [] for name in candidates}
    for candidate in candidates.values():
        candidate()
        candidate()
    for _ in range(rounds):
        for name, candidate in candidates.items():
            begin = time.perf_counter()
            for _ in range(calls):
                candidate()
            samples[name].append((time.perf_counter() - begin) / calls)
    return compared(samples)
