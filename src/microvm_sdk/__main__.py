"""The command line: `python -m microvm_sdk COMMAND IMAGE`, with the commands in `COMMANDS`."""

import argparse
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from microvm_sdk._commands import deploy, releases
from microvm_sdk._commands.connection import add_connection_options, client_of
from microvm_sdk._commands.terminal import interruptible, report
from microvm_sdk._notes import notes_of
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import MicroVMError, ReleaseError

FAILED = 1

# What to add to the texts of botocore's errors.
_CURES: dict[type[Exception], str] = {
    NoRegionError: "add --region REGION, or set AWS_DEFAULT_REGION",
    NoCredentialsError: "add --profile PROFILE, or set credentials as for the AWS CLI",
}
_EPILOG = (
    "Exit status: 0 done, 1 error or interruption, 2 wrong usage, 3 done, but some versions were "
    "skipped."
)


@dataclass(frozen=True)
class Command:
    """A command: a function that returns the exit status, and its arguments."""

    name: str
    text: str
    """What it does, for `--help`."""
    run: Callable[[MicroVMClient, argparse.Namespace], int]
    add_arguments: Callable[[argparse.ArgumentParser], None] = lambda _: None
    """Adds the arguments that only this command has."""


COMMANDS = (
    Command(
        "deploy",
        "Build a version of an image from a directory, or create the image.",
        deploy.deployed,
        deploy.add_deploy_options,
    ),
    Command("versions", "List the versions of an image.", releases.versions),
    Command(
        "promote",
        "Make a version the one that MicroVMs start from.",
        releases.promoted,
        releases.add_version,
    ),
    Command(
        "withdraw",
        "Take a version away from callers: no MicroVM can be started from it.",
        releases.withdrawn,
        releases.add_version,
    ),
    Command(
        "rollback",
        "Print the two commands to choose from: withdraw and promote.",
        releases.rollback,
        releases.add_optional_version,
    ),
    Command(
        "prune",
        "Show which versions are no longer needed, or delete them.",
        releases.pruned,
        releases.add_prune_options,
    ),
)


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: The command line, without the program's name.

    Returns:
        The exit status.
    """
    options = parser().parse_args(arguments)
    try:
        with interruptible(), warnings.catch_warnings():
            warnings.showwarning = _show_warning
            warnings.simplefilter("always", UserWarning)
            return _run(options)
    except KeyboardInterrupt:
        return FAILED  # Interrupted once more, while the interruption was reported.


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m microvm_sdk",
        description="Build and release versions of AWS Lambda MicroVM images.",
        epilog=_EPILOG,
    )
    parsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        of_command = parsers.add_parser(
            command.name, help=command.text, description=command.text, epilog=_EPILOG
        )
        add_connection_options(of_command)
        command.add_arguments(of_command)
        of_command.set_defaults(run=command.run)
    return parser


def _run(options: argparse.Namespace) -> int:
    run: Callable[[MicroVMClient, argparse.Namespace], int] = options.run
    try:
        with client_of(options) as client:
            return run(client, options)
    except KeyboardInterrupt as interruption:
        notes = notes_of(interruption)
        report("\n".join(["interrupted", *notes]))
        if notes:
            report("to complete it, run the same command again")
    except (MicroVMError, BotoCoreError, ClientError, OSError, ValueError) as error:
        text = f"error: {error}"
        cure = _CURES.get(type(error))
        report(text if cure is None else f"{text.rstrip('.')}: {cure}")
        if isinstance(error, ReleaseError) and error.__cause__ is not None:
            report("to complete it, run the same command again")
    return FAILED


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    report(f"warning: {message}")


if __name__ == "__main__":
    sys.exit(main())
