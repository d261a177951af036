"""Short forms of jobs on an image, and of what they report, for tests."""

from typing import Any

from local_image import LocalImage

from microvm_sdk.releases import (
    KeepReason,
    KeptVersion,
    Pruned,
    PrunePlan,
    Release,
    ReleaseStep,
    StepAction,
    plan_prune,
    promote,
    prune,
)


def plan(image: LocalImage, **arguments: Any) -> PrunePlan:
    return plan_prune(image.service.client, image_identifier=image.arn, **arguments)


def apply(image: LocalImage, plan: PrunePlan, **arguments: Any) -> Pruned:
    return prune(image.service.client, plan, **arguments)


def reasons(plan: PrunePlan) -> dict[str, str]:
    return {kept.image_version: str(kept.reason) for kept in plan.kept}


def skipped(**reasons: KeepReason) -> tuple[KeptVersion, ...]:
    return tuple(
        KeptVersion(image_version=name.replace("_", ".")[1:], reason=reason)
        for name, reason in reasons.items()
    )


def activated(version: str) -> ReleaseStep:
    return ReleaseStep(StepAction.ACTIVATED, version)


def deactivated(version: str, *, confirmed: bool = True) -> ReleaseStep:
    return ReleaseStep(StepAction.DEACTIVATED, version, confirmed)


def deletion(version: str) -> list[ReleaseStep]:
    return [ReleaseStep(StepAction.DELETING, version), ReleaseStep(StepAction.DELETED, version)]


def names(*numbers: int) -> tuple[str, ...]:
    return tuple(f"{number}.0" for number in numbers)


def parts(release: Release) -> tuple[str | None, str | None, str | None, tuple[str, ...]]:
    """Return what a release did; `latest_active` depends on the service."""
    return release.before, release.now, release.activated, release.blocked


def do_promote(image: LocalImage, version: str, **arguments: Any) -> Release:
    client = image.service.client
    return promote(client, image_identifier=image.arn, image_version=version, **arguments)
