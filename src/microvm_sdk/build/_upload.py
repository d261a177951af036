"""Putting an archive into a bucket, under a key that is made from its content."""

import os
import tempfile
import threading
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from microvm_sdk._arguments import refuse
from microvm_sdk.build._package import EXCLUDED, Package, package
from microvm_sdk.models import CodeArtifactUri


def upload(
    s3_client: BaseClient,
    source: str | os.PathLike[str] | Package,
    *,
    bucket: str,
    prefix: str = "microvm-images/",
    exclude: Iterable[str] = EXCLUDED,
    expected_bucket_owner: str | None = None,
    on_progress: Callable[[int, int], object] | None = None,
) -> CodeArtifactUri:
    """Upload a directory, or a package of one, to S3.

    The key is `<prefix><digest>.zip`, so what is there already is not sent again. Large archives
    are sent in parts. An upload that is interrupted leaves no object.

    The caller needs the permission `s3:PutObject`. To find out what is there already, it also needs
    `s3:GetObject` and, for what is missing, `s3:ListBucket`; without them the archive is sent each
    time.

    Args:
        s3_client: boto3's S3 client, such as `boto3.client("s3")`.
        source: A directory that has a `Dockerfile` at its root, or what `package` returned.
        bucket: Name of the bucket. It must be in the region of the image.
        prefix: How the key begins.
        exclude: What to leave out of a directory, as for `package`.
        expected_bucket_owner: Id of the account that must own the bucket, 12 digits.
        on_progress: Called with the bytes sent so far and the bytes in all, from the threads of the
            transfer, one call at a time. If S3 has the archive already, it is called once.

    Returns:
        The code artifact, for `deploy`.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: The directory cannot be packaged, as for `package`; the archive of a package was
            changed; or the bucket or the prefix is invalid.
        OSError: A file cannot be read.
        botocore.exceptions.ClientError: S3 returned an error.
        botocore.exceptions.BotoCoreError: The request could not be made.
    """
    check_boto3_client("s3_client", s3_client, "s3")
    _check(source, bucket, prefix, expected_bucket_owner)
    if on_progress is not None and not callable(on_progress):
        refuse("on_progress", "a function with two parameters", on_progress)
    send = partial(
        _upload,
        s3_client,
        bucket=bucket,
        prefix=prefix,
        owner=expected_bucket_owner,
        on_progress=on_progress,
    )
    if isinstance(source, Package):
        if exclude is not EXCLUDED:
            msg = "exclude applies to a directory, and source is a Package; pass it to package"
            raise TypeError(msg)
        return send(source)
    with tempfile.TemporaryDirectory(prefix="microvm-sdk-") as folder:
        return send(package(source, Path(folder, "archive.zip"), exclude=exclude))


def _check(source: Any, bucket: Any, prefix: Any, owner: Any) -> None:
    if not isinstance(source, (str, os.PathLike, Package)):
        refuse("source", "a directory or a Package", source)
    strings = {"bucket": bucket, "prefix": prefix}
    if owner is not None:
        strings["expected_bucket_owner"] = owner
    for argument, value in strings.items():
        if not isinstance(value, str):
            refuse(argument, "a string", value)
    if not bucket or "/" in bucket:
        msg = (
            f"bucket must be the name of a bucket, such as 'artifacts', got {bucket!r}; "
            "what follows the name belongs to prefix"
        )
        raise ValueError(msg)
    if prefix.startswith("/"):
        msg = f"prefix must not start with '/', got {prefix!r}"
        raise ValueError(msg)


def check_boto3_client(argument: str, client: Any, service: str) -> None:
    """Refuse what is not boto3's client of a service.

    Args:
        argument: Name of the argument.
        client: What was passed.
        service: The service, by boto3's name.

    Raises:
        TypeError: It is something else.
    """
    meta = getattr(client, "meta", None)
    found = getattr(getattr(meta, "service_model", None), "service_name", None)
    if found != service:
        expected = f"boto3's client of {service}"
        refuse(argument, expected, client, f"pass boto3.client({service!r})")


def _upload(
    s3_client: Any,
    source: Package,
    *,
    bucket: str,
    prefix: str,
    owner: str | None,
    on_progress: Callable[[int, int], object] | None,
) -> CodeArtifactUri:
    size = source.archive.stat().st_size
    if size != source.size:
        msg = f"source: {str(source.archive)!r} was changed since it was packaged; package again"
        raise ValueError(msg)
    key = f"{prefix}{source.digest}.zip"
    options = {} if owner is None else {"ExpectedBucketOwner": owner}
    if _exists(s3_client, Bucket=bucket, Key=key, **options):
        if on_progress is not None:
            on_progress(size, size)
    else:
        options["ContentType"] = "application/zip"
        progress = on_progress and _Progress(size, on_progress)
        _send(s3_client, str(source.archive), bucket, key, ExtraArgs=options, Callback=progress)
    return CodeArtifactUri(uri=f"s3://{bucket}/{key}")


def _exists(s3_client: Any, **request: str) -> bool:
    try:
        s3_client.head_object(**request)
    except ClientError:
        # It is missing, or the caller lacks permission. In any other case the upload fails as well,
        # with an error that says more: the response to a HEAD request has no text.
        return False
    return True


def _send(s3_client: Any, *arguments: str, **options: Any) -> None:
    # The client was made by boto3, so it is imported already.
    from boto3.exceptions import S3UploadFailedError  # noqa: PLC0415

    try:
        s3_client.upload_file(*arguments, **options)
    except S3UploadFailedError as error:
        # boto3 converts S3's error to text.
        cause = error.__cause__ or error.__context__
        if cause is None:
            raise
        raise cause from None


class _Progress:
    """Adds up the bytes of a transfer, whose threads report what each has sent."""

    def __init__(self, total: int, on_progress: Callable[[int, int], object]) -> None:
        self._total = total
        self._on_progress = on_progress
        self._sent = 0
        self._lock = threading.Lock()

    def __call__(self, sent: int) -> None:
        # Before a part is sent again, its bytes are reported as a negative number.
        with self._lock:
            self._sent += sent
            self._on_progress(self._sent, self._total)
