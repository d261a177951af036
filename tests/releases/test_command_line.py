"""`python -m microvm_sdk`, against the local service over HTTP, verified through plain boto3."""

import inspect
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
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
def service(_service: LocalService) -> LocalService:
    """Reset the service. The program's own clients see `latest_active_image_version` as it is."""
    _service.reset()
    return _service


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
        "latest_active": "1.0",
    }


def test_withdraw_takes_a_version_away_once(service: LocalService, run: Any) -> None:
    image = service.image(6)
    assert run("withdraw", "web", "5.0") == (0, "current 6.0, as before\n", "DEACTIVATED 5.0\n")
    for _ in range(2):
        assert run("withdraw", "web", "5") == (0, "current 6.0, as before\n", "")
    assert run("withdraw", "web", "6.0") == (0, "current 4.0, before 6.0\n", "DEACTIVATED 6.0\n")
    assert [name for name, status in image.versions().items() if status == INACTIVE] == [
        "5.0",
        "6.0",
    ]


@pytest.mark.parametrize(
    ("arguments", "target"), [([], "VERSION"), (["3.0"], "3.0"), (["--to", "3.0"], "3.0")]
)
def test_rollback_prints_the_commands_to_choose_from(
    arguments: list[str], target: str, service: LocalService, run: Any
) -> None:
    image = service.image(4)
    image.set_status("4.0", INACTIVE)
    status, output, reported = run("rollback", "web", *arguments)
    assert (status, output) == (2, "")
    first, *rest = reported.splitlines()
    assert first.startswith("error: say what to do")
    url = f"--endpoint-url {service.endpoint_url}"
    assert rest == [
        "current 3.0",
        f"python -m microvm_sdk withdraw web 3.0 {url}",
        f"python -m microvm_sdk promote web {target} {url}",
    ]
    assert set(image.versions().items()) >= {("3.0", ACTIVE), ("4.0", INACTIVE)}
    assert run(*rest[1].split()[3:6])[:2] == (0, "current 2.0, before 3.0\n")


def test_rollback_of_an_image_that_cannot_be_read_exits_with_2_as_well(
    service: LocalService, run: Any
) -> None:
    status, output, reported = run("rollback", "other")
    assert (status, output) == (2, "")
    assert reported.startswith("error: there is no image 'other'")
    assert "python -m microvm_sdk withdraw other VERSION" in reported
    service.image()


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
        "DEACTIVATED 1.0\nDELETING 1.0\nDELETED 1.0\n",
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
        "DEACTIVATED 2.0\nDELETING 2.0\nDELETED 2.0\n",
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
        (["withdraw", "web", "1.0"], "no other version can start MicroVMs"),
        (["withdraw", "web", "9.0"], "version 9.0 does not exist"),
        (["prune", "web", "--keep", "0"], "keep must be at least 1"),
        (["prune", "web", "--plan", "/nonexistent"], "No such file"),
        (["prune", "web", "--plan", os.devnull], "this is not a plan: Invalid JSON"),
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


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("REGION", "error: You must specify a region: add --region REGION, or set AWS_DEFAULT_REG"),
        (
            "ACCESS",
            "error: Unable to locate credentials: add --profile PROFILE, or set credentials",
        ),
    ],
)
def test_what_every_command_needs_is_explained(
    missing: str, message: str, service: LocalService, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.image()
    for name in [name for name in os.environ if name.startswith("AWS_") and missing in name]:
        monkeypatch.delenv(name)
    status, _, reported = run("versions", "web")
    assert status == 1
    assert reported.startswith(message)


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
    status, output, reported = run("withdraw", "web", "3.0")
    assert (status, output) == (1, "")
    assert reported.startswith("DEACTIVATED 3.0\nerror: withdraw (")
    assert reported.splitlines()[-1] == "to complete it, run the same command again"
    assert run("withdraw", "web", "3.0")[:2] == (0, "current 2.0, as before\n")
    assert image.current() == "2.0"


def test_a_field_that_differs_from_the_listing_is_a_warning(
    service: LocalService, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = service.image(2)

    def hold(response_dict: dict[str, Any], **_: Any) -> None:
        body = response_dict["body"]
        response_dict["body"] = body.replace(b'Version": "1.0"', b'Version": "2.0"')

    on_every_client(monkeypatch, "before-parse.lambda-microvms.GetMicrovmImage", hold)
    status, output, reported = run("withdraw", image.arn, "2.0")
    assert (status, output) == (0, "current 1.0, before 2.0\n")
    steps, warning = reported.split("\n", 1)
    assert steps == "DEACTIVATED 2.0"
    assert warning.startswith("warning: latest_active_image_version of arn:")
    status, output, reported = run("versions", image.arn)
    assert "current  1.0" in output
    assert reported.startswith("warning: latest_active_image_version is 2.0, which cannot")


# Plans that another program wrote.


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_plan_is_read_in_the_encodings_of_shells(
    encoding: str, service: LocalService, run: Any, tmp_path: Path
) -> None:
    service.image(2)
    text = run("prune", "web", "--keep", "1", "--json")[1]
    bom = "\ufeff" if encoding.startswith("utf-16-") else ""
    file = tmp_path / "plan.json"
    file.write_bytes((bom + text).encode(encoding))
    assert run("prune", "web", "--plan", str(file), "--apply")[1] == "deleted 1.0\n"


def test_a_plan_is_read_from_standard_input(
    service: LocalService, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.image(2)
    text = run("prune", "web", "--keep", "1", "--json")[1]
    stdin = io.TextIOWrapper(io.BytesIO(text.encode("utf-16")))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert run("prune", "web", "--plan", "-", "--apply")[1] == "deleted 1.0\n"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"delete": ["1.0\nEXTRA"]}, "delete.0: Value error, must have the form '8.0'"),
        ({"delete": [1]}, "delete.0: Input should be a valid string"),
        ({"protect": ["latest"]}, "protect.0: Value error, must have the form"),
        ({"current": "blue"}, "current: Value error, must have the form"),
        ({"keep": True}, "keep: Input should be a valid integer"),
        ({"keep": "5"}, "keep: Input should be a valid integer"),
        ({"keep": 0}, "keep: Input should be greater than or equal to 1"),
        ({"created_at": 5}, "createdAt: Value error, must be a date and a time"),
        ({"kept": [{"image_version": "1.0", "reason": "WHY"}]}, "kept.0.reason: Input should be"),
    ],
)
def test_a_plan_is_read_strictly(
    changes: dict[str, Any], message: str, service: LocalService, run: Any, tmp_path: Path
) -> None:
    image = service.image(2)
    plan = json.loads(run("prune", "web", "--keep", "1", "--json")[1])
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({**plan, **changes}), "utf-8")
    status, _, reported = run("prune", "web", "--plan", str(file), "--apply")
    assert (status, len(image.versions())) == (1, 2)
    assert f"error: this is not a plan: {message}" in reported.replace("created_at", "createdAt")


def test_strings_of_a_plan_reach_the_terminal_without_control_characters(
    service: LocalService, run: Any, tmp_path: Path
) -> None:
    service.image(2)
    plan = json.loads(run("prune", "web", "--keep", "1", "--json")[1])
    plan["kept"].append({"image_version": "\x1b[2J\n9.0  delete\u202e", "reason": "UNKNOWN"})
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan), "utf-8")
    status, output, _ = run("prune", "web", "--plan", str(file))
    assert status == 0
    assert "\\x1b[2J\\n9.0  delete\\u202e  keep    UNKNOWN\n" in output
    plan["image_arn"] += "\x1b[31m"
    file.write_text(json.dumps(plan), "utf-8")
    reported = run("prune", "web", "--plan", str(file))[2]
    assert reported.startswith("error: the plan is for")
    assert "\x1b" not in reported


# Credentials.


@pytest.mark.parametrize(
    ("process", "message"),
    [
        ("echo nonsense", "credential_process (echo) failed, or printed something else (JSON"),
        ("/nonexistent --key SECRET", "credential_process (/nonexistent) failed"),
        ("false", "Error when retrieving credentials from custom-process"),
        ('"SECRET', "the credentials could not be loaded: ValueError: No closing quotation"),
    ],
)
def test_a_broken_credential_process_says_what_is_broken(
    process: str, message: str, run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(f"[profile ci]\ncredential_process = {process}\n", "utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    status, _, reported = run("versions", "web", "--profile", "ci")
    assert status == 1
    assert reported.startswith("error: ")
    assert message in reported
    assert "SECRET" not in reported


# Interruptions.


def on_every_client(monkeypatch: pytest.MonkeyPatch, event: str, handler: Any) -> None:
    """Register a handler of the events of all clients that are created from now on."""
    new_session = botocore.session.Session

    def session(**arguments: Any) -> botocore.session.Session:
        session = new_session(**arguments)
        session.get_component("event_emitter").register_first(event, handler)
        return session

    monkeypatch.setattr(botocore.session, "Session", session)


def at_call(monkeypatch: pytest.MonkeyPatch, number: int, action: Callable[[], object]) -> None:
    """Do something before the program's call with this number, which starts at 0."""
    operations: list[str] = []

    def before_call(model: Any, **_: Any) -> None:
        operations.append(model.name)
        if len(operations) - 1 == number:
            action()

    on_every_client(monkeypatch, "before-call.lambda-microvms", before_call)


# List images; get the image, list its versions, get the version, block; the same for the next, and
# the target.
STEPS_BEFORE_CALL: dict[int, list[str] | None] = {
    0: None,
    1: [],
    4: [],
    5: ["DEACTIVATED 2.0"],
    9: ["DEACTIVATED 2.0"],
    10: ["DEACTIVATED 2.0", "DEACTIVATED 3.0"],
}


@pytest.mark.parametrize("number", STEPS_BEFORE_CALL)
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_reports_what_was_done(
    name: str, number: int, service: LocalService, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = STEPS_BEFORE_CALL[number]
    number_of_signal = getattr(signal, name, signal.SIGINT)  # Windows has no SIGHUP.
    image = service.image(3)
    handler = signal.getsignal(number_of_signal)
    at_call(monkeypatch, number, lambda: signal.raise_signal(number_of_signal))
    status, output, reported = run("promote", "web", "1.0")
    assert (status, output) == (1, "")
    assert signal.getsignal(number_of_signal) is handler
    changed = [name for name, status in image.versions().items() if status == INACTIVE]
    assert changed == [step.split()[1] for step in steps or ()]
    if steps is None:
        assert reported == "interrupted\n"
        return
    made = ", ".join(steps) or "none"
    *printed, interrupted, done, advice = reported.splitlines()
    assert printed == steps
    assert interrupted == "interrupted"
    assert done.startswith(f"promote ({image.arn}, version 1.0): interrupted. Changes made: {made}")
    assert advice == "to complete it, run the same command again"


def test_a_signal_while_a_request_is_under_way_says_that_it_may_have_been_made(
    service: LocalService, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = service.image(3)

    def interrupt(**_: Any) -> None:
        signal.raise_signal(signal.SIGTERM)

    event = "before-parse.lambda-microvms.UpdateMicrovmImageVersion"
    on_every_client(monkeypatch, event, interrupt)
    status, _, reported = run("promote", "web", "1.0")
    assert status == 1
    assert "Changes made: DEACTIVATED 2.0 (may have been made). " in reported
    assert image.versions()["2.0"] == INACTIVE


def test_a_signal_that_is_ignored_stays_ignored(
    service: LocalService, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.image(3)
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        at_call(monkeypatch, 5, lambda: signal.raise_signal(signal.SIGHUP))
        assert run("promote", "web", "1.0")[0] == 0
    finally:
        signal.signal(signal.SIGHUP, previous)


def test_a_signal_ends_a_wait(
    service: LocalService, run: Any, fake_time: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = service.image(2)
    service.set_pace("build", {"progression": "time", "seconds": 600})
    image.build()
    monkeypatch.setattr(fake_time, "sleep", lambda _: signal.raise_signal(signal.SIGINT))
    status, output, reported = run("promote", "web", "1.0")
    assert (status, output) == (1, "")
    assert "Changes made: none. Current version as last read: 2.0." in reported


def command(service: LocalService, *arguments: str) -> list[str]:
    url = str(service.endpoint_url)
    return [sys.executable, "-m", "microvm_sdk", *arguments, "--endpoint-url", url]


def test_python_m_runs_the_command_without_boto3(service: LocalService) -> None:
    image = service.image(2)
    _, *arguments = command(service, "withdraw", image.arn, "2.0")
    process = subprocess.run(  # noqa: S603  The test made the command.
        [sys.executable, "-X", "importtime", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (process.returncode, process.stdout) == (0, "current 1.0, before 2.0\n")
    assert process.stderr.splitlines()[-1] == "DEACTIVATED 2.0"
    assert " botocore" in process.stderr
    assert " boto3" not in process.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's pipe")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_closed_pipe_is_quiet_and_does_not_end_the_job(
    stream: str, service: LocalService
) -> None:
    image = service.image(4)
    read, write = os.pipe()
    os.close(read)
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: write}
    process = subprocess.run(  # noqa: S603  The test made the command.
        command(service, "promote", image.arn, "1.0"), text=True, check=False, **streams
    )
    os.close(write)
    assert process.returncode == 0
    assert (process.stdout or process.stderr).strip() in {
        "current 1.0, before 4.0",
        "DEACTIVATED 2.0\nDEACTIVATED 3.0\nDEACTIVATED 4.0",
    }
    assert image.current() == "1.0"
