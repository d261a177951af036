"""`python -m microvm_sdk deploy`, against the local service over HTTP."""

import io
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_time import ServiceTime
from local_image import BUCKET, SETTINGS, LocalService, service_over_http

from microvm_sdk import __main__ as program
from microvm_sdk._commands import deploy as command

ROLE = ("--build-role", str(SETTINGS["buildRoleArn"]))
ARN = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"


@pytest.fixture(scope="module")
def _service() -> Iterator[LocalService]:
    with service_over_http() as service:
        yield service


@pytest.fixture
def run(
    service: LocalService, source: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Any]:
    """Run `deploy`, and return its exit status, standard output and lines of standard error."""

    def run(*options: str, image: str = "web") -> tuple[int, str, list[str]]:
        arguments = ("deploy", image, str(source), "--bucket", BUCKET, *options)
        status = program.main([*arguments, "--endpoint-url", str(service.endpoint_url)])
        output = capsys.readouterr()
        return status, output.out, output.err.splitlines()

    return run


def test_directory_is_deployed_withdrawn_and_pruned(
    run: Any, service: LocalService, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, output, reported = run(*ROLE)
    assert (status, output) == (0, "built 1.0, current 1.0\n")
    assert reported[0].startswith("packaged 2 files, 0.")
    assert reported[1].startswith(f"the archive is s3://{BUCKET}/microvm-images/")
    assert reported[2:] == ["version 1.0 is SUCCESSFUL"]
    assert run()[:2] == (0, "unchanged 1.0, current 1.0\n")
    (source / "app.py").write_text("print(2)\n")
    assert run(image=ARN)[:2] == (0, "built 2.0, current 2.0\n")
    endpoint = ("--endpoint-url", str(service.endpoint_url))
    assert program.main(["withdraw", "web", "2.0", *endpoint]) == 0
    assert program.main(["prune", "web", *endpoint]) == 0
    assert "current 1.0, before 2.0\n" in capsys.readouterr().out


def test_result_as_json(run: Any) -> None:
    status, output, _ = run(*ROLE, "--json", "--prefix", "mine/", "--exclude", "*.py")
    assert status == 0
    result = json.loads(output)
    assert result.pop("code_artifact").startswith(f"s3://{BUCKET}/mine/")
    assert result == {"image_arn": ARN, "image_version": "1.0", "is_new": True, "current": "1.0"}


ELSEWHERE = ARN.replace("123456789012", "210987654321")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "there is no image 'web' in eu-west-1; to create it, add --build-role ARN"),
        (
            {"image": ARN},
            f"there is no image {ARN!r} in eu-west-1; to create it, pass its name and",
        ),
        ({"image": ARN, "role": ROLE}, "pass its name and --build-role ARN"),
        ({"image": "we b", "role": ROLE}, "name must be 1 to 64 letters"),
        ({"image": "arn:web", "role": ROLE}, "arn must be the full ARN of an image"),
        ({"role": ("--build-role", "build")}, "build_role_arn must be an ARN"),
        ({"role": (*ROLE, "--settings-of", "newest")}, "settings_of must have the form '8.0'"),
        ({"role": (*ROLE, "--timeout", "-1")}, "timeout must be 0 seconds or more"),
        ({"role": (*ROLE, "--bucket", "s3://artifacts")}, "bucket must be the name of a bucket"),
    ],
)
def test_wrong_arguments_are_refused_before_the_upload(
    options: dict[str, Any], text: str, run: Any, s3: Any, service: LocalService
) -> None:
    status, output, reported = run(*options.get("role", ()), image=options.get("image", "web"))
    assert (status, output) == (1, "")
    assert reported[-1].startswith("error: ")
    assert text in reported[-1]
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)
    assert service.boto3.list_microvm_images()["items"] == []


def test_arn_of_an_image_in_another_account_is_refused(
    run: Any, service: LocalService, s3: Any
) -> None:
    image = service.image()
    status, _, reported = run(image=ELSEWHERE)
    assert (status, reported) == (
        1,
        [f"error: the image 'web' of this account and region is {ARN}, not {ELSEWHERE}"],
    )
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)
    assert list(image.versions()) == ["1.0"]


def test_failed_build_prints_the_end_of_its_log(run: Any, service: LocalService) -> None:
    service.controls.fail_next_build(output="RUN pip install nope\nERROR: no matching distribution")
    status, output, reported = run(*ROLE)
    assert (status, output) == (1, "")
    assert reported[-3:-1] == ["  RUN pip install nope", "  ERROR: no matching distribution"]
    assert reported[-1].startswith("error: ")
    assert "The container image build failed." in reported[-1]
    # Then there is no version to keep the settings of.
    status, _, reported = run()
    assert status == 1
    assert reported[-2] == "to take the settings of a version, add --settings-of 1.0"
    assert run("--settings-of", "1.0")[:2] == (0, "built 2.0, current 2.0\n")


def test_failed_build_without_permission_for_its_log_names_the_group(
    run: Any, service: LocalService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.controls.fail_next_build()
    create = command._boto3_client

    def without_permission(name: str, *arguments: Any) -> Any:
        client = create(name, *arguments)
        if name == "logs":
            error = {"Error": {"Code": "AccessDeniedException", "Message": "not allowed"}}

            def deny(**_: Any) -> None:
                raise client.exceptions.ClientError(error, "DescribeLogStreams")

            client.meta.events.register("before-parameter-build.cloudwatch-logs", deny)
        return client

    monkeypatch.setattr(command, "_boto3_client", without_permission)
    status, _, reported = run(*ROLE)
    assert status == 1
    assert reported[-2].startswith("the build log could not be read: ")
    assert "not allowed" in reported[-2]
    assert "log group: /aws/lambda-microvms/web" in reported[-1]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_terminal_shows_a_progress_bar(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert run(*ROLE)[0] == 0
    shown = terminal.getvalue()
    assert f"\ruploading [{'#' * 30}] 100% of 0." in shown
    assert " kB\x1b[K\r\x1b[Kthe archive is s3://" in shown


@pytest.mark.parametrize(
    ("sent", "total", "shown"),
    [
        (0, 0, f"[{'#' * 30}] 100% of 0.0 kB"),
        (999, 999_900, f"[{' ' * 30}]   0% of 999.9 kB"),
        (500_000, 1_000_000, f"[{'#' * 15}{' ' * 15}]  50% of 1.0 MB"),
    ],
)
def test_progress_bar_shows_the_share_and_the_size(
    sent: int, total: int, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with command._progress() as on_progress:
        assert on_progress is not None
        on_progress(sent, total)
    assert terminal.getvalue() == f"\ruploading {shown}\x1b[K\r\x1b[K"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_says_that_the_build_goes_on(
    run: Any, service: LocalService, service_time: ServiceTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.set_pace("build", {"progression": "time", "seconds": 60})
    sleep = service_time.sleep

    def interrupt(seconds: float) -> None:
        monkeypatch.setattr(service_time, "sleep", sleep)
        os.kill(os.getpid(), signal.SIGINT)
        sleep(seconds)

    monkeypatch.setattr(service_time, "sleep", interrupt)
    status, output, reported = run(*ROLE)
    assert (status, output) == (1, "")
    assert reported[-3:] == [
        "interrupted",
        f"version 1.0 of {ARN} was started; it becomes current when it is built successfully",
        "to complete it, run the same command again",
    ]
    assert run(*ROLE)[:2] == (0, "unchanged 1.0, current 1.0\n")


def test_timeout_is_an_error(run: Any, service: LocalService) -> None:
    service.controls.hang_next_build()
    status, _, reported = run(*ROLE, "--timeout", "30")
    assert status == 1
    assert "timed out after 30 seconds" in reported[-1]


def test_bucket_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        program.main(["deploy", "web", "."])
    assert caught.value.code == 2
    assert "--bucket" in capsys.readouterr().err


def test_another_version_that_is_current_is_a_warning(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = command.deploy

    def deploy_both(*arguments: Any, **options: Any) -> Any:
        deployment = made(*arguments, **options)
        return type(deployment)(ARN, deployment.image_version, is_new=True, current="7.0")

    monkeypatch.setattr(command, "deploy", deploy_both)
    status, output, reported = run(*ROLE)
    assert (status, output) == (0, "built 1.0, current 7.0\n")
    assert reported[-1] == "warning: another process has changed the image: 7.0 is current"
