"""The commands about releases: `versions`, `promote`, `withdraw`, `rollback` and `prune`."""

import argparse
import codecs
import shlex
import sys
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError
from pydantic import ValidationError

from microvm_sdk._commands.connection import image_arn_of
from microvm_sdk._commands.terminal import print_json, print_result, report
from microvm_sdk._image_versions import can_start, current_of
from microvm_sdk._version_numbers import version_order
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import MicroVMError
from microvm_sdk.images import current_version
from microvm_sdk.models import ImageVersion
from microvm_sdk.releases import PrunePlan, Release, plan_prune, promote, prune, withdraw

DONE, WRONG_USAGE, SKIPPED = 0, 2, 3


def versions(client: MicroVMClient, options: argparse.Namespace) -> int:
    """List the versions of an image."""
    image = client.get_microvm_image(image_identifier=image_arn_of(client, options.image))
    found = sorted(
        client.list_microvm_image_versions(image_identifier=image.image_arn),
        key=lambda version: version_order(version.image_version),
    )
    current = current_of(found)
    name = None if current is None else current.image_version
    latest = image.latest_active_image_version
    if options.json:
        fields = {"image_version", "state", "status", "created_at", "updated_at", "description"}
        print_json(
            {
                "image_arn": image.image_arn,
                "current": name,
                "latest_active": latest,
                "versions": [each.model_dump(mode="json", include=fields) for each in found],
            }
        )
    else:
        print_result(f"image    {image.image_arn}\ncurrent  {name or 'none'}\n")
        print_result(_table(found, name))
    if latest is not None and latest not in {
        each.image_version for each in found if can_start(each)
    }:
        report(f"warning: latest_active_image_version is {latest}, which cannot start MicroVMs")
    return DONE


def _table(versions: list[ImageVersion], current: str | None) -> str:
    rows = [("VERSION", "STATE", "STATUS", "CREATED", "")]
    rows += [
        (
            version.image_version,
            version.state,
            version.status,
            f"{version.created_at:%Y-%m-%d %H:%M:%S %Z}",
            "current" if version.image_version == current else "",
        )
        for version in versions
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def promoted(client: MicroVMClient, options: argparse.Namespace) -> int:
    """Make a version current."""
    release = promote(
        client,
        image_identifier=image_arn_of(client, options.image),
        image_version=options.version,
        on_step=report,
    )
    return _print_release(release, options)


def withdrawn(client: MicroVMClient, options: argparse.Namespace) -> int:
    """Take a version away from callers."""
    release = withdraw(
        client,
        image_identifier=image_arn_of(client, options.image),
        image_version=options.version,
        on_step=report,
    )
    return _print_release(release, options)


def _print_release(release: Release, options: argparse.Namespace) -> int:
    if options.json:
        print_json(release)
    elif release.before == release.now:
        print_result(f"current {release.now}, as before")
    else:
        print_result(f"current {release.now}, before {release.before or 'none'}")
    return DONE


def rollback(client: MicroVMClient, options: argparse.Namespace) -> int:
    """Print the two commands to choose from: going back one version cannot be repeated safely."""
    current, target = "VERSION", options.version or options.to or "VERSION"
    try:
        image = image_arn_of(client, options.image)
        found = current_version(client, image_identifier=image)
        current = current if found is None else found.image_version
    except (MicroVMError, BotoCoreError, ValueError) as error:
        report(f"error: {error}")
    connection = [
        part
        for name in ("region", "profile", "endpoint_url")
        if (value := getattr(options, name)) is not None
        for part in (f"--{name.replace('_', '-')}", value)
    ]

    def command(*arguments: str) -> str:
        return shlex.join(["python", "-m", "microvm_sdk", *arguments, *connection])

    report(
        "error: say what to do: take one version away from callers, or go to a certain version.\n"
        f"current {current}\n"
        f"{command('withdraw', options.image, current)}\n"
        f"{command('promote', options.image, target)}"
    )
    return WRONG_USAGE


def pruned(client: MicroVMClient, options: argparse.Namespace) -> int:
    """Show a plan, or delete the versions that it lists."""
    plan = _plan(client, image_arn_of(client, options.image), options)
    if not options.apply:
        if options.json:
            print_json(plan)
        else:
            print_result(str(plan))
        return DONE
    result = prune(client, plan, on_step=report)
    if options.json:
        print_json(result)
    else:
        print_result(f"deleted {', '.join(result.deleted) or 'nothing'}")
        for kept in result.skipped:
            print_result(f"skipped {kept.image_version}: {kept.reason}")
    return SKIPPED if result.skipped else DONE


def _plan(client: MicroVMClient, image_arn: str, options: argparse.Namespace) -> PrunePlan:
    if options.plan is None:
        return plan_prune(
            client,
            image_identifier=image_arn,
            keep=5 if options.keep is None else options.keep,
            protect=options.protect or (),
        )
    if options.keep is not None or options.protect is not None:
        msg = "a plan has its own --keep and --protect"
        raise ValueError(msg)
    content = sys.stdin.buffer.read() if options.plan == "-" else Path(options.plan).read_bytes()
    try:
        plan = PrunePlan.model_validate_json(_decoded(content))
    except ValidationError as error:
        problems = [
            ": ".join(filter(None, (".".join(map(str, each["loc"])), each["msg"])))
            for each in error.errors(include_url=False, include_input=False)
        ]
        msg = f"this is not a plan: {'; '.join(problems)}"
        raise ValueError(msg) from error
    if plan.image_arn != image_arn:
        msg = f"the plan is for {plan.image_arn}, not for {image_arn}"
        raise ValueError(msg)
    return plan


def _decoded(content: bytes) -> str:
    """Decode a file that a shell wrote: in PowerShell, `>` writes UTF-16."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    return content.decode("utf-8-sig")


def add_version(parser: argparse.ArgumentParser) -> None:
    """Add the argument of `promote` and `withdraw`."""
    parser.add_argument("version", metavar="VERSION", help="the version, such as 8.0")


def add_optional_version(parser: argparse.ArgumentParser) -> None:
    """Add the argument of `rollback`, which other tools have in one of these two places."""
    parser.add_argument("version", nargs="?", metavar="VERSION", help="the version to go to")
    parser.add_argument("--to", metavar="VERSION", help=argparse.SUPPRESS)


def add_prune_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `prune`."""
    add: Any = parser.add_argument
    add(
        "--keep",
        type=int,
        metavar="N",
        help="keep the N newest versions that can start MicroVMs (default: 5)",
    )
    add("--protect", action="append", metavar="VERSION", help="keep this version; can be repeated")
    add("--plan", metavar="FILE", help="use a plan printed by --json earlier; - for stdin")
    add("--apply", action="store_true", help="delete what the plan lists")
