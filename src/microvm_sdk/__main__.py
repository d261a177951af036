"""The command line: `python -m microvm_sdk versions|promote|rollback|prune IMAGE`."""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError

from microvm_sdk._version_numbers import version_order
from microvm_sdk.arns import parse_image_arn
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import MicroVMError, ReleaseError, ResponseValidationError
from microvm_sdk.images import find_image
from microvm_sdk.models import ImageVersion, Result
from microvm_sdk.releases import (
    PrunePlan,
    Release,
    ReleaseStep,
    plan_prune,
    promote,
    prune,
    roll_back,
)

DONE, FAILED, SKIPPED = 0, 1, 3

_CHANGES = {"update_microvm_image_version", "delete_microvm_image_version"}
_EPILOG = "Exit status: 0 done, 1 error or interruption, 3 done, but some versions were skipped."


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: The command line, without the program's name.

    Returns:
        The exit status.
    """
    options = parser().parse_args(arguments)
    try:
        with _interrupted_between_steps() as steps:
            return _run(options, steps)
    except KeyboardInterrupt:
        _report("interrupted")
    except (MicroVMError, BotoCoreError, OSError, ValueError) as error:
        _report(f"error: {error}")
        if isinstance(error, ReleaseError) and error.__cause__ is not None:
            _report(_completion(options, error))
    return FAILED


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m microvm_sdk",
        description="Release versions of AWS Lambda MicroVM images.",
        epilog=_EPILOG,
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("image", metavar="IMAGE", help="name or ARN of the image")
    common.add_argument("--json", action="store_true", help="print the result as JSON")
    common.add_argument("--region", help="AWS region (default for an ARN: its own)")
    common.add_argument("--profile", help="profile from the AWS configuration files")
    common.add_argument("--endpoint-url", help="URL to call instead of the region's endpoint")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=text, description=text, parents=[common], epilog=_EPILOG
        )

    command("versions", "List the versions of an image.")
    promotion = command("promote", "Make a version the one that MicroVMs start from.")
    promotion.add_argument("version", metavar="VERSION", help="the version, such as 8.0")
    rollback = command("rollback", "Go back to an older version.")
    rollback.add_argument(
        "--to", metavar="VERSION", help="the version to go back to; if omitted, the one before"
    )
    pruning = command("prune", "Show which versions are no longer needed, or delete them.")
    pruning.add_argument(
        "--keep",
        type=int,
        metavar="N",
        help="keep the N newest versions that can start MicroVMs (default: 5)",
    )
    pruning.add_argument(
        "--protect", action="append", metavar="VERSION", help="keep this version; can be repeated"
    )
    pruning.add_argument(
        "--plan", metavar="FILE", help="use a plan printed by --json earlier; - for stdin"
    )
    pruning.add_argument("--apply", action="store_true", help="delete what the plan lists")
    return parser


def _run(options: argparse.Namespace, steps: "_Steps") -> int:
    with _client(options, steps) as client:
        image = _image_arn(client, options.image)
        try:
            return _COMMANDS[options.command](client, image, options, steps)
        except KeyboardInterrupt:
            _report(f"interrupted; changes made: {', '.join(map(str, steps.made)) or 'none'}")
            current = client.get_microvm_image(image_identifier=image).latest_active_image_version
            _report(f"current {current or 'none'}")
            return FAILED


def _client(options: argparse.Namespace, steps: "_Steps") -> "_Client":
    region = options.region
    if region is None and options.image.startswith("arn:"):
        region = parse_image_arn(options.image).region
    session = boto3.Session(profile_name=options.profile, region_name=region)
    client = _Client(session=session, endpoint_url=options.endpoint_url)
    client.steps = steps
    return client


def _image_arn(client: MicroVMClient, image: str) -> str:
    if image.startswith("arn:"):
        return image
    found = find_image(client, image)
    if found is None:
        msg = f"there is no image {image!r} in {client.boto3_client.meta.region_name}"
        raise MicroVMError(msg)
    return found.image_arn


def _versions(
    client: MicroVMClient, image_arn: str, options: argparse.Namespace, _steps: "_Steps"
) -> int:
    image = client.get_microvm_image(image_identifier=image_arn)
    current = image.latest_active_image_version
    versions = sorted(
        client.list_microvm_image_versions(image_identifier=image_arn),
        key=lambda version: version_order(version.image_version),
    )
    if options.json:
        _print(_versions_as_json(image.image_arn, current, versions))
        return DONE
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
    _print(f"image    {image.image_arn}\ncurrent  {current or 'none'}\n")
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)]
        _print("  ".join(cells).rstrip())
    return DONE


def _versions_as_json(image_arn: str, current: str | None, versions: list[ImageVersion]) -> str:
    fields = {"image_version", "state", "status", "created_at", "updated_at", "description"}
    return json.dumps(
        {
            "image_arn": image_arn,
            "current": current,
            "versions": [version.model_dump(mode="json", include=fields) for version in versions],
        },
        indent=2,
    )


def _promote(
    client: MicroVMClient, image_arn: str, options: argparse.Namespace, steps: "_Steps"
) -> int:
    release = promote(
        client,
        image_identifier=image_arn,
        image_version=options.version,
        on_step=steps.report,
    )
    return _released(release, options)


def _roll_back(
    client: MicroVMClient, image_arn: str, options: argparse.Namespace, steps: "_Steps"
) -> int:
    release = roll_back(client, image_identifier=image_arn, to=options.to, on_step=steps.report)
    return _released(release, options)


def _released(release: Release, options: argparse.Namespace) -> int:
    if options.json:
        _print(release.model_dump_json(indent=2))
    elif release.before == release.now:
        _print(f"current {release.now}, as before")
    else:
        _print(f"current {release.now}, before {release.before or 'none'}")
    return DONE


def _prune(
    client: MicroVMClient, image_arn: str, options: argparse.Namespace, steps: "_Steps"
) -> int:
    plan = _plan(client, image_arn, options)
    if not options.apply:
        _print(plan.model_dump_json(indent=2) if options.json else str(plan))
        return DONE
    pruned = prune(client, plan, on_step=steps.report)
    if options.json:
        _print(pruned.model_dump_json(indent=2))
    else:
        _print(f"deleted {', '.join(pruned.deleted) or 'nothing'}")
        for kept in pruned.skipped:
            _print(f"skipped {kept.image_version}: {kept.reason}")
    return SKIPPED if pruned.skipped else DONE


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
    text = sys.stdin.read() if options.plan == "-" else Path(options.plan).read_text("utf-8")
    plan = PrunePlan.model_validate_json(text)
    if plan.image_arn != image_arn:
        msg = f"the plan is for {plan.image_arn}, not for {image_arn}"
        raise ValueError(msg)
    return plan


_COMMANDS = {"versions": _versions, "promote": _promote, "rollback": _roll_back, "prune": _prune}


def _completion(options: argparse.Namespace, error: ReleaseError) -> str:
    """Return how to complete a job that failed."""
    if error.job_name == "roll_back":
        # Without the target it would go back one further.
        command = f"rollback {options.image} --to {error.target}"
        return f"to complete it, run: python -m microvm_sdk {command}"
    return "to complete it, run the same command again"


class _Steps:
    """Reports each step. Ctrl-C stops between two steps, not during one."""

    def __init__(self) -> None:
        self.made: list[ReleaseStep] = []
        self._changing = False
        self._interrupted = False

    def interrupt(self, _number: int, _frame: FrameType | None) -> None:
        """Handle Ctrl-C. A second one does not wait."""
        if not self._changing or self._interrupted:
            raise KeyboardInterrupt
        self._interrupted = True

    @contextmanager
    def change(self) -> Generator[None, None, None]:
        """Defer Ctrl-C until a change has been reported, or has failed."""
        self._changing = True
        try:
            yield
        except ResponseValidationError:
            raise  # The change was made, and is reported next.
        except BaseException:
            self._end_change()
            raise

    def report(self, step: ReleaseStep) -> None:
        """Report a step on stderr."""
        self.made.append(step)
        _report(str(step))
        self._end_change()

    def _end_change(self) -> None:
        self._changing = False
        if self._interrupted:
            raise KeyboardInterrupt


@contextmanager
def _interrupted_between_steps() -> Generator[_Steps, None, None]:
    steps = _Steps()
    if threading.current_thread() is not threading.main_thread():
        yield steps  # Signals are handled in the main thread.
        return
    previous = signal.signal(signal.SIGINT, steps.interrupt)
    try:
        yield steps
    finally:
        signal.signal(signal.SIGINT, previous)


class _Client(MicroVMClient):
    steps: _Steps

    def call(self, model: type[Result], method: str, /, **parameters: Any) -> Any:
        if method not in _CHANGES:
            return super().call(model, method, **parameters)
        with self.steps.change():
            return super().call(model, method, **parameters)


def _print(text: str) -> None:
    print(text)  # noqa: T201  A program.


def _report(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201  A program.


if __name__ == "__main__":
    sys.exit(main())
