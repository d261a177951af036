"""The command `deploy`: from a directory to a version of an image."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from microvm_sdk._commands.terminal import print_json, print_result, report
from microvm_sdk._loopback import is_loopback
from microvm_sdk._version_numbers import version_order
from microvm_sdk._waits.pace import check_pace
from microvm_sdk.arns import parse_image_arn
from microvm_sdk.build import (
    EXCLUDED,
    Deployment,
    Package,
    SettingsToChange,
    build_log,
    deploy,
    package,
    upload,
)
from microvm_sdk.build._deployment import check_deployment
from microvm_sdk.client import MicroVMClient
from microvm_sdk.exceptions import BuildError, NoCurrentVersionError
from microvm_sdk.images import find_image
from microvm_sdk.models import CodeArtifactUri, ImageVersion

DONE = 0
_WIDTH = 30
_KILOBYTE = 1000
_MEGABYTE = 1_000_000


def add_deploy_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `deploy`."""
    add: Any = parser.add_argument
    add("source", metavar="SOURCE", help="directory with a Dockerfile at its root")
    add("--bucket", required=True, help="S3 bucket for the archive, in the region of the image")
    add(
        "--prefix",
        default="microvm-images/",
        help="how the archive's key begins (default: microvm-images/)",
    )
    add("--build-role", metavar="ARN", help="IAM role of the build; a new image needs it")
    add(
        "--exclude",
        action="append",
        metavar="PATTERN",
        help=f"leave out files like this, as well as {', '.join(EXCLUDED)}; can be repeated",
    )
    add("--bucket-owner", metavar="ACCOUNT", help="account that must own the bucket")
    add(
        "--settings-of",
        metavar="VERSION",
        help="version to take settings from (default: the current one)",
    )
    add(
        "--timeout",
        type=float,
        default=1800,
        metavar="SECONDS",
        help="how long to wait for the build (default: 1800)",
    )


def deployed(client: MicroVMClient, options: argparse.Namespace) -> int:
    """Package, upload and deploy a directory."""
    changes: SettingsToChange = {}
    if options.build_role is not None:
        changes["build_role_arn"] = options.build_role
    name = _checked_name(client, options, changes)
    with tempfile.TemporaryDirectory(prefix="microvm-sdk-") as folder:
        exclude = (*EXCLUDED, *(options.exclude or ()))
        made = package(options.source, Path(folder, "archive.zip"), exclude=exclude)
        report(f"packaged {len(made.files)} files, {_readable(made.size)}")
        code = _upload(client, made, options)
    try:
        deployment = deploy(
            client,
            name=name,
            code_artifact=code,
            settings_of=options.settings_of,
            timeout=options.timeout,
            on_poll=_state_reporter(),
            **changes,
        )
    except BuildError as error:
        _report_log(client, error, options)
        raise
    except NoCurrentVersionError as error:
        newest = max(
            (version.image_version for version in error.versions),
            key=version_order,
            default="VERSION",
        )
        report(f"to take the settings of a version, add --settings-of {newest}")
        raise
    _print_deployment(deployment, code, as_json=options.json)
    return DONE


def _checked_name(
    client: MicroVMClient, options: argparse.Namespace, changes: SettingsToChange
) -> str:
    """Return the name of the image, and raise the errors that need no upload."""
    image, is_arn = options.image, options.image.startswith("arn:")
    name = parse_image_arn(image).name if is_arn else image
    check_deployment(name, options.settings_of, changes)
    check_pace(options.timeout, 1)
    if is_arn or options.build_role is None:
        found = find_image(client, name)
        if found is None:
            region = client.boto3_client.meta.region_name
            cure = "pass its name and --build-role ARN" if is_arn else "add --build-role ARN"
            msg = f"there is no image {image!r} in {region}; to create it, {cure}"
            raise ValueError(msg)
        if is_arn and found.image_arn != image:
            msg = f"the image {name!r} of this account and region is {found.image_arn}, not {image}"
            raise ValueError(msg)
    return name


def _upload(client: MicroVMClient, made: Package, options: argparse.Namespace) -> CodeArtifactUri:
    with _progress() as on_progress:
        code = upload(
            _boto3_client("s3", client, options),
            made,
            bucket=options.bucket,
            prefix=options.prefix,
            expected_bucket_owner=options.bucket_owner,
            on_progress=on_progress,
        )
    report(f"the archive is {code.uri}")
    return code


def _boto3_client(service: str, client: MicroVMClient, options: argparse.Namespace) -> Any:
    import boto3  # noqa: PLC0415  The other commands do without it: it takes as long as the rest.

    endpoint = options.endpoint_url
    # The local service and other emulators have all services at one address.
    is_local = endpoint is not None and is_loopback((urlsplit(endpoint).hostname or "").lower())
    session = boto3.Session(
        profile_name=options.profile, region_name=client.boto3_client.meta.region_name
    )
    create: Any = session.client
    return create(service, endpoint_url=endpoint if is_local else None)


@contextmanager
def _progress() -> Generator[Callable[[int, int], None] | None, None, None]:
    """Show the progress of an upload in a terminal. Logs of CI would have a line for each step."""
    stream = sys.stderr
    if stream is None or not stream.isatty():
        yield None
        return

    def show(text: str) -> None:
        with suppress(OSError, ValueError):
            stream.write(f"\r{text}\x1b[K")
            stream.flush()

    def on_progress(sent: int, total: int) -> None:
        done = sent / total if total else 1.0
        bar = "#" * round(done * _WIDTH)
        show(f"uploading [{bar:<{_WIDTH}}] {done:4.0%} of {_readable(total)}")

    try:
        yield on_progress
    finally:
        show("")


def _readable(size: int) -> str:
    unit, name = (_KILOBYTE, "kB") if size < _MEGABYTE else (_MEGABYTE, "MB")
    return f"{size / unit:.1f} {name}"


def _state_reporter() -> Callable[[ImageVersion], None]:
    """Return a function that reports each state of each version once."""
    reported: tuple[str, str] | None = None

    def on_poll(version: ImageVersion) -> None:
        nonlocal reported
        state = (version.image_version, str(version.state))
        if state != reported:
            reported = state
            report(f"version {version.image_version} is {version.state}")

    return on_poll


def _report_log(client: MicroVMClient, error: BuildError, options: argparse.Namespace) -> None:
    try:
        lines = build_log(_boto3_client("logs", client, options), error)
    except (BotoCoreError, ClientError) as problem:
        report(f"the build log could not be read: {problem}")
        return
    for line in lines:
        report(f"  {line}")


def _print_deployment(deployment: Deployment, code: CodeArtifactUri, *, as_json: bool) -> None:
    version, current = deployment.image_version.image_version, deployment.current
    if as_json:
        print_json(
            {
                "image_arn": deployment.image_arn,
                "image_version": version,
                "is_new": deployment.is_new,
                "current": current,
                "code_artifact": code.uri,
            }
        )
    else:
        done = "built" if deployment.is_new else "unchanged"
        print_result(f"{done} {version}, current {current or 'none'}")
    if current != version:
        report(f"warning: another process has changed the image: {current or 'none'} is current")
