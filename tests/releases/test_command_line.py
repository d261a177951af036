"""`python -m microvm_sdk`, against the local service over HTTP, verified through plain boto3."""

import inspect
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from local_image import REGION, LocalService, service_over_http

from microvm_sdk import __main__ as program
from microvm_sdk.releases import PrunePlan, plan_prune

ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"


@pytest.fixture(scope="module")
def _service() -> Iterator[LocalService]:
    with service_over_http() as service:
        yield service


@pytest.fixture
def run(service: LocalService, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run a command, and return its exit status, standard output and standard error."""

    def run(*arguments: str, options: tuple[str, ...] | None = None) -> tuple[int, str, str]:
        if options is None:
            options = ("--endpoint-url", service.endpoint_url)
        status = program.main([*arguments, *options])
        output = capsys.readouterr()
        return status, output.out, output.err

    return run


def test_versions_lists_states_and_the_current_version(service: LocalService, run: Any) -> None:
    image = service.image(2)
    service.controls.fail_next_build("The container image build failed.")
    image.build()
    image.current()
    status, output, reported = run("versions", "web")
    assert (status, reported) == (0, "")
    head, table = output.split("\n\n")
    assert head == f"image    {image.arn}\ncurrent  2.0"
    assert [line.split()[:3] + line.split()[6:] for line in table.splitlines()] == [
        ["VERSION", "STATE", "STATUS"],
        ["1.0", "SUCCESSFUL", ACTIVE],
        ["2.0", "SUCCESSFUL", ACTIVE, "current"],
        ["3.0", "FAILED", INACTIVE],
    ]


def test_versions_can_be_printed_as_json(service: LocalService, run: Any) -> None:
    image = service.image(11, environmentVariables={"API_KEY": "a secret"})
    status, output, _ = run("versions", image.arn, "--json")
    found = json.loads(output)
    assert status == 0
    assert (found["image_arn"], found["current"]) == (image.arn, "11.0")
    assert [version["image_version"] for version in found["versions"]][8:] == [
        "9.0",
        "10.0",
        "11.0",
    ]
    assert set(found["versions"][0]) == {
        "image_version",
        "state",
        "status",
        "created_at",
        "updated_at",
        "description",
    }
    assert "a secret" not in output


def test_promote_reports_each_step(service: LocalService, run: Any) -> None:
    image = service.image(4)
    image.set_status("2.0", INACTIVE)
    assert run("promote", "web", "2.0") == (
        0,
        "current 2.0, before 4.0\n",
        "ACTIVATED 2.0\nDEACTIVATED 3.0\nDEACTIVATED 4.0\n",
    )
    assert image.current() == "2.0"
    assert run("promote", image.arn, "2") == (0, "current 2.0, as before\n", "")


def test_promote_can_print_json(service: LocalService, run: Any) -> None:
    image = service.image(2)
    status, output, reported = run("promote", "web", "1.0", "--json")
    assert (status, reported) == (0, "DEACTIVATED 2.0\n")
    assert json.loads(output) == {
        "image_arn": image.arn,
        "before": "2.0",
        "now": "1.0",
        "activated": None,
        "blocked": ["2.0"],
    }


def test_rollback_prints_the_current_version(service: LocalService, run: Any) -> None:
    image = service.image(4)
    assert run("rollback", "web") == (0, "current 3.0, before 4.0\n", "DEACTIVATED 4.0\n")
    assert run("rollback", "web", "--to", "1.0")[:2] == (0, "current 1.0, before 3.0\n")
    assert image.current() == "1.0"


def test_prune_shows_the_plan_and_deletes_nothing(service: LocalService, run: Any) -> None:
    image = service.image(4)
    status, output, reported = run("prune", "web", "--keep", "1", "--protect", "2", "--protect=1.0")
    assert (status, reported) == (0, "")
    assert output.startswith(f"image    {image.arn}\ncurrent  4.0\nkeep     1\n")
    assert "3.0      delete\n" in output
    assert "1.0      keep    PROTECTED\n" in output
    assert len(image.versions()) == 4


def test_prune_keeps_five_by_default(service: LocalService, run: Any) -> None:
    assert inspect.signature(plan_prune).parameters["keep"].default == 5
    service.image(7)
    _, output, _ = run("prune", "web", "--json")
    assert PrunePlan.model_validate_json(output).delete == ("1.0", "2.0")


def test_prune_applies(service: LocalService, run: Any) -> None:
    image = service.image(3)
    assert run("prune", "web", "--keep", "2", "--apply") == (
        0,
        "deleted 1.0\n",
        "DEACTIVATED 1.0\nDELETED 1.0\n",
    )
    assert run("prune", "web", "--keep", "2", "--apply") == (0, "deleted nothing\n", "")
    assert image.versions() == {"2.0": ACTIVE, "3.0": ACTIVE}


def test_a_plan_of_one_job_is_shown_and_applied_by_the_next(
    service: LocalService, run: Any, tmp_path: Path
) -> None:
    image = service.image(4)
    file = tmp_path / "plan.json"
    file.write_text(run("prune", "web", "--keep", "2", "--json")[1], "utf-8")
    assert "2 to delete, 2 to keep" in run("prune", "web", "--plan", str(file))[1]
    image.run("1.0")
    assert run("prune", "web", "--plan", str(file), "--apply") == (
        3,
        "deleted 2.0\nskipped 1.0: IN_USE\n",
        "DEACTIVATED 2.0\nDELETED 2.0\n",
    )
    status, output, _ = run("prune", "web", "--plan", str(file), "--apply", "--json")
    assert status == 3
    assert json.loads(output)["skipped"] == [
        {"image_version": "1.0", "reason": "IN_USE"},
        {"image_version": "2.0", "reason": "GONE"},
    ]


def test_a_plan_of_another_image_is_refused(
    service: LocalService, run: Any, tmp_path: Path
) -> None:
    image = service.image(2)
    plan = json.loads(run("prune", "web", "--keep", "1", "--json")[1])
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({**plan, "image_arn": f"{image.arn}-other"}), "utf-8")
    status, _, reported = run("prune", "web", "--plan", str(file), "--apply")
    assert (status, len(image.versions())) == (1, 2)
    assert f"error: the plan is for {image.arn}-other, not for {image.arn}" in reported


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["versions", "other"], f"there is no image 'other' in {REGION}"),
        (["versions", "we b"], "name"),
        (["promote", "web", "latest"], "image_version must have the form '8.0'"),
        (["promote", "web", "9.0"], "version 9.0 does not exist"),
        (["rollback", "web"], "no version below 1.0 can start MicroVMs"),
        (["rollback", "web", "--to", "2.0"], "2.0 is newer than the current version"),
        (["prune", "web", "--keep", "0"], "keep must be at least 1"),
        (["prune", "web", "--plan", "/nonexistent"], "No such file"),
        (["prune", "web", "--plan", os.devnull], "Invalid JSON"),
        (["prune", "web", "--plan", os.devnull, "--keep", "1"], "a plan has its own --keep"),
        (["versions", "web", "--profile", "nonexistent"], "profile (nonexistent) could not be"),
        (["versions", "arn:aws:lambda:eu-west-1:1:function:f"], "arn"),
    ],
)
def test_errors_are_reported_in_one_line_with_exit_status_1(
    arguments: list[str], message: str, service: LocalService, run: Any
) -> None:
    service.image()
    status, output, reported = run(*arguments)
    assert (status, output) == (1, "")
    assert reported.startswith("error: ")
    assert message in reported


def test_wrong_usage_exits_with_2_and_help_lists_the_exit_statuses(
    run: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        run("deploy", "web")
    assert caught.value.code == 2
    with pytest.raises(SystemExit):
        run("prune", "--help")
    assert "Exit status: 0 done, 1 error" in " ".join(capsys.readouterr().out.split())


def test_the_region_of_an_arn_is_used(
    service: LocalService, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = service.image()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert run("versions", image.arn)[0] == 0
    assert run("versions", "web")[0] == 1
    assert run("versions", "web", "--region", REGION)[0] == 0
    assert run("versions", image.arn, "--region", "us-west-2")[0] == 1


def test_a_failed_verification_names_the_command_that_completes(
    service: LocalService, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = service.image(3)
    at_call(monkeypatch, 7, service.controls.deny_access)
    status, output, reported = run("rollback", "web")
    assert (status, output) == (1, "")
    assert reported.startswith("DEACTIVATED 3.0\nerror: roll_back (")
    last = reported.splitlines()[-1]
    assert last == "to complete it, run: python -m microvm_sdk rollback web --to 2.0"
    assert run(*last.split()[7:])[:2] == (0, "current 2.0, as before\n")
    assert image.current() == "2.0"


# Ctrl-C.


def at_call(monkeypatch: pytest.MonkeyPatch, number: int, action: Callable[[], object]) -> None:
    """Do something before the program's call with this number, which starts at 0."""
    new_session = boto3.Session
    operations: list[str] = []

    def before_call(model: Any, **_: Any) -> None:
        operations.append(model.name)
        if len(operations) - 1 == number:
            action()

    def session(**arguments: Any) -> boto3.Session:
        session = new_session(**arguments)
        session.events.register("before-call.lambda-microvms", before_call)
        return session

    monkeypatch.setattr(boto3, "Session", session)


def ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


# List images; Get, List, Get the version, Update; the same with a Get of the target.
@pytest.mark.parametrize(
    ("number", "steps"),
    [
        (0, None),
        (1, []),
        (4, ["DEACTIVATED 2.0"]),
        (6, ["DEACTIVATED 2.0"]),
        (9, ["DEACTIVATED 2.0", "DEACTIVATED 3.0"]),
    ],
)
def test_ctrl_c_stops_between_two_steps(
    number: int,
    steps: list[str] | None,
    service: LocalService,
    run: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    image = service.image(3)
    handler = signal.getsignal(signal.SIGINT)
    at_call(monkeypatch, number, ctrl_c)
    status, output, reported = run("promote", "web", "1.0")
    assert (status, output) == (1, "")
    assert signal.getsignal(signal.SIGINT) is handler
    if steps is None:
        assert reported == "interrupted\n"
        return
    assert reported.splitlines() == [
        *steps,
        f"interrupted; changes made: {', '.join(steps) or 'none'}",
        f"current {image.current()}",
    ]
    changed = [name for name, status in image.versions().items() if status == INACTIVE]
    assert changed == [step.split()[1] for step in steps]


def test_ctrl_c_while_a_change_is_refused_is_reported(
    service: LocalService, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = service.image(3)

    def refuse_and_interrupt() -> None:
        service.controls.fail_calls("AccessDeniedException", "UpdateMicrovmImageVersion")
        ctrl_c()

    at_call(monkeypatch, 4, refuse_and_interrupt)
    status, _, reported = run("promote", "web", "1.0")
    assert status == 1
    assert reported == "interrupted; changes made: none\ncurrent 3.0\n"
    assert set(image.versions().values()) == {ACTIVE}


def test_ctrl_c_ends_a_wait(
    service: LocalService, run: Any, fake_time: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = service.image(2)
    service.set_pace("build", {"progression": "time", "seconds": 600})
    image.build()
    monkeypatch.setattr(fake_time, "sleep", lambda _: ctrl_c())
    assert run("promote", "web", "1.0") == (
        1,
        "",
        "interrupted; changes made: none\ncurrent 2.0\n",
    )


def test_python_m_runs_the_command(service: LocalService) -> None:
    image = service.image(2)
    command = [sys.executable, "-m", "microvm_sdk", "rollback", image.arn]
    process = subprocess.run(  # noqa: S603  The test made the command.
        [*command, "--endpoint-url", service.endpoint_url],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (process.returncode, process.stdout, process.stderr) == (
        0,
        "current 1.0, before 2.0\n",
        "DEACTIVATED 2.0\n",
    )
