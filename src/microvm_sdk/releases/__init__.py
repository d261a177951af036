"""Releases: which version of an image MicroVMs start from, and which versions are deleted.

The *current* version is the newest that can start MicroVMs: it is `ACTIVE` and `SUCCESSFUL`, and
MicroVMs start from it when no version is named. `promote` makes a version current, `roll_back` goes
back to an older one, `plan_prune` and `prune` delete the versions that are no longer needed:

    release = roll_back(client, image_identifier=image)
    print(release.before, "->", release.now)

Each of them reads before it writes, makes one change at a time, waits while the image is busy,
verifies the outcome, and can be called again with the same target. Running MicroVMs are unaffected.
"""

from microvm_sdk._release_steps import ReleaseStep, StepAction
from microvm_sdk.releases._promotion import promote, roll_back
from microvm_sdk.releases._pruning import plan_prune, prune
from microvm_sdk.releases._results import KeepReason, KeptVersion, Pruned, PrunePlan, Release

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
    "roll_back",
]
