"""Compare microvm-sdk with raw boto3, and with capo-lambda-microvms, on the same responses.

    uv run python benchmarks/run.py

Every number is a ratio to raw boto3 doing the same in the same run: the median over rounds in which
the candidates take turns, and the middle half of the rounds in brackets. Lower is better.
"""

import argparse
import platform
from importlib.metadata import version

from clients import (
    boto3_calls,
    boto3_parse,
    capo_calls,
    capo_parse,
    full_page,
    full_response,
    sdk_calls,
    sdk_parse,
)
from curves import by_page_size, by_threads
from processes import COLD_STARTS, imports, processes
from rounds import Ratio, in_turn

PAGE = 50
CLIENTS = {"boto3": boto3_calls, "sdk": sdk_calls, "capo": capo_calls}
PARSES = {"boto3": boto3_parse, "sdk": sdk_parse, "capo": capo_parse}


def row(what: str, target: str, ratios: dict[str, Ratio], unit: float, name: str) -> None:
    """Print a row of the table."""
    baseline = f"{ratios['boto3'].seconds * unit:.1f} {name}"
    capo = str(ratios["capo"]) if "capo" in ratios else "-"
    print(f"| {what} | {baseline} | {target} | {ratios['sdk']} | {capo} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Compare microvm-sdk with raw boto3.")
    parser.add_argument("--rounds", type=int, default=40, help="rounds of each comparison")
    parser.add_argument("--no-curves", action="store_true", help="only the first table")
    arguments = parser.parse_args()
    rounds: int = arguments.rounds

    # Processes come first, while this one is small.
    times, peaks = processes(COLD_STARTS, rounds=max(1, rounds // 4))
    imported = imports(rounds=max(1, rounds // 4))
    packages = ("boto3", "pydantic", "microvm-sdk", "capo-lambda-microvms")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    print(f"Python {platform.python_version()}, {versions}")
    print("\n| what | raw boto3 | at most | microvm-sdk | capo |")
    print("| --- | --- | --- | --- | --- |")
    response, page = full_response(), full_page(PAGE)
    updates = {name: calls(response)[0] for name, calls in CLIENTS.items()}
    row("one call", "0.90", in_turn(updates, calls=25, rounds=rounds), 1e6, "µs")
    listings = {name: calls(page)[1] for name, calls in CLIENTS.items()}
    ratios = in_turn(listings, calls=4, rounds=rounds)
    row(f"a page of {PAGE} versions", "0.35", ratios, 1e3, "ms")
    parses = {name: parse(page) for name, parse in PARSES.items()}
    row("parsing that page alone", "-", in_turn(parses, calls=4, rounds=rounds), 1e3, "ms")
    row("cold start to the first response", "1.20", times, 1e3, "ms")
    row("peak memory of that process", "1.15", peaks, 1 / 1024, "MiB")
    row("importing the package", "0.10", imported, 1e3, "ms")
    if arguments.no_curves:
        return
    print("\n| items on a page | raw boto3 | microvm-sdk | capo |\n| --- | --- | --- | --- |")
    for size, ratios in by_page_size(rounds=rounds):
        baseline = f"{ratios['boto3'].seconds * 1e3:.2f} ms"
        print(f"| {size} | {baseline} | {ratios['sdk']} | {ratios['capo']} |")
    print("\n| threads, 64 calls | raw boto3 | microvm-sdk |\n| --- | --- | --- |")
    for count, ratios in by_threads(rounds=max(1, rounds // 4)):
        print(f"| {count} | {ratios['boto3'].seconds * 1e3:.1f} ms | {ratios['sdk']} |")


if __name__ == "__main__":
    main()
