"""`upload`, verified through plain boto3."""

import io
import os
import signal
import sys
import zipfile
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from boto3.s3.transfer import S3Transfer
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.exceptions import ClientError
from local_image import BUCKET, LocalService

from microvm_sdk.build import Package, package, upload
from microvm_sdk.models import CodeArtifactUri

pytestmark = pytest.mark.usefixtures("service")

MEGABYTE = 1024 * 1024


@pytest.fixture
def requests(s3: Any, handle: Any) -> list[tuple[str, Any]]:
    """Record the operations of S3 that are called, and the expected owner of the bucket."""
    found: list[tuple[str, Any]] = []

    def record(params: Any, model: Any, **_: Any) -> None:
        found.append((model.name, params["headers"].get("x-amz-expected-bucket-owner")))

    handle(s3, "before-call.s3", record)
    return found


def keys(s3: Any) -> list[str]:
    return [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]


def test_directory_is_uploaded_once_under_its_digest(
    s3: Any, requests: list[Any], source: Path, tmp_path: Path
) -> None:
    digest = package(source, tmp_path / "web.zip").digest
    code = upload(s3, source, bucket=BUCKET)
    key = f"microvm-images/{digest}.zip"
    assert code == CodeArtifactUri(uri=f"s3://{BUCKET}/{key}")
    stored = s3.get_object(Bucket=BUCKET, Key=key)
    assert stored["ContentType"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(stored["Body"].read())) as archive:
        assert archive.namelist() == ["Dockerfile", "app.py"]
    os.utime(source / "app.py", (1, 1))
    assert upload(s3, source, bucket=BUCKET) == code
    assert requests.count(("PutObject", None)) == 1


def test_package_is_uploaded_under_the_prefix(s3: Any, source: Path, tmp_path: Path) -> None:
    made = package(source, tmp_path / "web.zip")
    upload(s3, made, bucket=BUCKET, prefix="")
    assert keys(s3) == [f"{made.digest}.zip"]


def test_exclude_is_for_directories(s3: Any, source: Path, tmp_path: Path) -> None:
    made = package(source, tmp_path / "web.zip")
    assert upload(s3, source, bucket=BUCKET, exclude=["app.py"]).uri != (
        upload(s3, made, bucket=BUCKET).uri
    )
    with pytest.raises(TypeError, match="source is a Package; pass it to package"):
        upload(s3, made, bucket=BUCKET, exclude=["app.py"])


@pytest.mark.parametrize("size", [1, 20 * MEGABYTE])
def test_progress_adds_up_and_is_reported_for_what_is_there(
    s3: Any, size: int, source: Path, tmp_path: Path
) -> None:
    (source / "random").write_bytes(os.urandom(size))
    made = package(source, tmp_path / "web.zip")
    progress: list[tuple[int, int]] = []
    upload(s3, made, bucket=BUCKET, on_progress=lambda *each: progress.append(each))
    assert progress[-1] == (made.size, made.size)
    assert progress == sorted(progress)
    assert {total for _, total in progress} == {made.size}
    progress.clear()
    upload(s3, made, bucket=BUCKET, on_progress=lambda *each: progress.append(each))
    assert progress == [(made.size, made.size)]


@pytest.mark.parametrize("status", [403, 400, 301])
def test_object_that_cannot_be_looked_up_is_sent(
    s3: Any, status: int, source: Path, requests: list[Any], handle: Any
) -> None:
    def refuse(**_: Any) -> Any:
        response = {"Error": {"Code": str(status)}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise ClientError(response, "HeadObject")

    handle(s3, "before-parameter-build.s3.HeadObject", refuse)
    upload(s3, source, bucket=BUCKET)
    assert requests == [("PutObject", None)]
    assert len(keys(s3)) == 1


def test_error_of_s3_is_not_wrapped(s3: Any, source: Path) -> None:
    with pytest.raises(ClientError) as caught:
        upload(s3, source, bucket="nowhere")
    assert caught.value.response["Error"]["Code"] == "NoSuchBucket"
    assert caught.value.operation_name == "PutObject"


def test_bucket_in_another_region_is_the_error_of_s3(s3: Any, source: Path, handle: Any) -> None:
    def redirect(request: Any, **_: Any) -> AWSResponse:
        body = (
            b"<Error><Code>IllegalLocationConstraintException</Code><Message>eu</Message></Error>"
        )
        raw: Any = io.BytesIO(body)
        raw.stream = lambda *_, **__: iter([body])
        return AWSResponse(request.url, 400, HeadersDict(), raw)

    handle(s3, "before-send.s3.PutObject", redirect)
    with pytest.raises(ClientError) as caught:
        upload(s3, source, bucket=BUCKET)
    assert caught.value.response["Error"]["Code"] == "IllegalLocationConstraintException"


def test_expected_owner_is_sent_with_each_request(
    s3: Any, source: Path, requests: list[Any]
) -> None:
    upload(s3, source, bucket=BUCKET, expected_bucket_owner="123456789012")
    assert requests == [("HeadObject", "123456789012"), ("PutObject", "123456789012")]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_halfway_leaves_no_object(s3: Any, source: Path) -> None:
    (source / "random").write_bytes(os.urandom(20 * MEGABYTE))
    interrupted = Event()

    def interrupt(sent: int, total: int) -> None:
        if sent > total / 2 and not interrupted.is_set():
            interrupted.set()
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        upload(s3, source, bucket=BUCKET, on_progress=interrupt)
    assert keys(s3) == []
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=BUCKET)


def test_ctrl_c_cancels_the_transfer_and_removes_the_archive(
    s3: Any, source: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(S3Transfer, "upload_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        upload(s3, source, bucket=BUCKET)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_archive_that_was_changed_is_refused(s3: Any, source: Path, tmp_path: Path) -> None:
    made = package(source, tmp_path / "web.zip")
    with made.archive.open("ab") as file:
        file.write(b"more")
    with pytest.raises(ValueError, match="changed since it was packaged"):
        upload(s3, made, bucket=BUCKET)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"s3_client": "s3"}, TypeError, r"s3_client must be boto3's client of s3, got str"),
        ({"bucket": 3}, TypeError, "bucket must be a string, got int"),
        ({"bucket": "s3://artifacts"}, ValueError, "bucket must be the name of a bucket"),
        ({"bucket": ""}, ValueError, "bucket must be the name of a bucket"),
        ({"prefix": None}, TypeError, "prefix must be a string"),
        ({"prefix": "/images/"}, ValueError, "prefix must not start with '/'"),
        ({"on_progress": 3}, TypeError, "on_progress must be a function"),
        ({"expected_bucket_owner": 123456789012}, TypeError, "expected_bucket_owner must be a str"),
        ({"source": 3}, TypeError, "source must be a directory or a Package, got int"),
    ],
)
def test_arguments_are_checked(
    s3: Any, options: dict[str, Any], error: Any, text: str, source: Path
) -> None:
    arguments: dict[str, Any] = {"s3_client": s3, "source": source, "bucket": BUCKET, **options}
    with pytest.raises(error, match=text):
        upload(arguments.pop("s3_client"), arguments.pop("source"), **arguments)


def test_client_of_another_service_is_refused(service: LocalService, source: Path) -> None:
    with pytest.raises(TypeError, match=r"pass boto3\.client\('s3'\)"):
        upload(service.client.boto3_client, source, bucket=BUCKET)


def test_package_of_no_bytes_is_sent(s3: Any, tmp_path: Path) -> None:
    empty = tmp_path / "empty.zip"
    empty.touch()
    progress: list[tuple[int, int]] = []
    upload(
        s3,
        Package(empty, "0" * 64, 0, ()),
        bucket=BUCKET,
        on_progress=lambda *each: progress.append(each),
    )
    assert all(each == (0, 0) for each in progress)
    assert len(keys(s3)) == 1
