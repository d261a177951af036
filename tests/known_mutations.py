"""Mutations that tests must notice: `uv run python scripts/mutations.py --fixed`.

Each is a fault that somebody could make, and for most of them a test was once missing.
"""

from mutations import Mutation

KNOWN: tuple[Mutation, ...] = ()
