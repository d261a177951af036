"""The examples run, and print the expected output."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import deploy
import first_release
import pytest
import release
import whole_service

from microvm_sdk import MicroVMClient
from microvm_sdk.testing import Controls, MicroVMServer, mock_microvms

pytestmark = pytest.mark.usefixtures("service_time")


def test_first_release_proves_each_step(capsys: pytest.CaptureFixture[str]) -> None:
    first_release.main()
    _, *steps = capsys.readouterr().out.splitlines()
    assert steps == [
        "Deployed the directory as version 1.0 of the image web",
        "  a MicroVM runs version 1.0 and responds with 200",
        "Deployed a change as version 2.0",
        "  a MicroVM runs version 2.0 and responds with 500: it is broken",
        "Withdrew version 2.0: new MicroVMs run version 1.0",
        "  a MicroVM runs version 1.0 and responds with 200",
    ]


RELEASED = """\
smoke test: 2.0 is RUNNING
released: 2.0
smoke test: 3.0 failed: Run lifecycle hook returned HTTP status 400.
DEACTIVATED 3.0
withdrawn: 3.0 -> 2.0
ACTIVATED 3.0
promoted: 2.0 -> 3.0
"""


def test_release_goes_back_from_a_broken_version(capsys: pytest.CaptureFixture[str]) -> None:
    release.main()
    printed = capsys.readouterr().out
    assert printed.startswith(RELEASED)
    assert printed.endswith("1 to delete, 2 to keep\npruned: 1.0\n")
    assert "not to be printed" not in printed


EXPECTED = """\
built 1.0 ACTIVE
runs 1.0 RUNNING
says hello
built 2.0 ACTIVE
went back to 1.0
built 3.0 ACTIVE
pruned 1.0 2.0
tags [('state', 'retired'), ('team', 'web')]
deleted
"""


def test_whole_service_in_process(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("httpx2", reason="httpx2 needs Python 3.11")
    with mock_microvms() as controls, MicroVMClient(region_name=whole_service.REGION) as client:
        controls.serve(whole_service.hello)
        whole_service.release(client)
    assert capsys.readouterr().out == EXPECTED


def test_whole_service_over_http_from_the_command_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("httpx2", reason="httpx2 needs Python 3.11")
    with MicroVMServer() as server:
        for model in ("build", "deletion", "microvm"):
            transition = {"progression": "immediate"}
            server.controls.set_transition(f"lambdamicrovms::{model}", transition)
        program = str(Path(whole_service.__file__))
        monkeypatch.setattr(sys, "argv", [program, "--endpoint-url", server.endpoint_url])
        whole_service.main()
    assert capsys.readouterr().out == EXPECTED


ROLE = "arn:aws:iam::123456789012:role/build"
WEB = f"arn:aws:lambda:{whole_service.REGION}:123456789012:microvm-image:web"


@pytest.fixture
def run_deploy(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Callable[[], tuple[int, list[str]]]]:
    """Return a function that deploys, and returns the exit status and the printed lines."""
    (tmp_path / "Dockerfile").touch()

    def run() -> tuple[int, list[str]]:
        status = deploy.main(["web", str(tmp_path), "artifacts", ROLE])
        return status, capsys.readouterr().out.splitlines()

    with mock_microvms():
        boto3.client("s3").create_bucket(
            Bucket="artifacts",
            CreateBucketConfiguration={"LocationConstraint": whole_service.REGION},
        )
        yield run


def test_deploy_builds_once_and_starts_a_microvm(
    run_deploy: Callable[[], tuple[int, list[str]]],
) -> None:
    status, (built, started) = run_deploy()
    assert (status, built) == (0, "built 1.0")
    assert started.endswith(" is RUNNING")
    assert run_deploy()[1][0] == "unchanged: 1.0"


def test_deploy_explains_failures(
    run_deploy: Callable[[], tuple[int, list[str]]], tmp_path: Path
) -> None:
    controls = Controls()
    assert run_deploy()[0] == 0
    (tmp_path / "Dockerfile").write_text("RUN nope")
    controls.fail_next_build(output="RUN nope\nnope: command not found")
    status, lines = run_deploy()
    assert status == 1
    assert lines[-2] == "nope: command not found"
    assert lines[-1].startswith(f"failed: wait_until_image_version_ready ({WEB}, version 2.0)")

    controls.fail_next_microvm()
    status, lines = run_deploy()
    assert (status, lines[:2]) == (1, ["built 3.0", "withdrawing 3.0"])

    controls.fail_calls("InternalServerException", "ListMicrovmImages", times=9)
    status, lines = run_deploy()
    assert status == deploy.TRY_AGAIN_LATER
    assert lines[-1].startswith("failed, SERVER: ")


def test_deploy_is_short() -> None:
    assert len(Path(deploy.__file__).read_text(encoding="utf-8").splitlines()) < 80
