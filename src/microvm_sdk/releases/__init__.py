"""Releases: which version of an image MicroVMs start from, and which versions are deleted.

A version can start MicroVMs if it is `ACTIVE` and `SUCCESSFUL`. The *current* version is the one
with the highest number among those that can, as the listing of the versions shows them: MicroVMs
start from it if no version is named. `withdraw` takes a version away from callers, `promote` makes
a certain version current, `plan_prune` and `prune` delete the versions that are no longer needed:

    release = withdraw(client, image_identifier=image, image_version="9.0")
    print(release.before, "->", release.now)

Each of them reads before it writes, makes one change at a time, waits while the image is busy,
verifies the outcome, and can be called again with the same arguments. Running MicroVMs are
unaffected.
"""

from microvm_sdk._release_steps import ReleaseStep, StepAction
from microvm_sdk.releases._planning import plan_prune
from microvm_sdk.releases._promotion import promote
from microvm_sdk.releases._pruning import prune
from microvm_sdk.releases._results import KeepReason, KeptVersion, Pruned, PrunePlan, Release
from microvm_sdk.releases._withdrawal import withdraw

__all__ = [
    "KeepReason",
    "KeptVersion",
    "PrunePlan",
    "Pruned",
    "Release",
    "ReleaseStep",
    "StepAction",
    "plan_prune",
    "promote",
    "prune",
    "withdraw",
]
