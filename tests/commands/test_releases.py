"""The commands of releases, verified through plain boto3."""

import inspect
import json
import os
from pathlib import Path
from typing import Any

import pytest
from local_image import REGION, LocalService

from microvm_sdk.releases import PrunePlan, plan_prune

ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"


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
    service: LocalService, run: Any, at_call: Any
) -> None:
    image = service.image(3)
    at_call(7, service.controls.deny_access)
    status, output, reported = run("withdraw", "web", "3.0")
    assert (status, output) == (1, "")
    assert reported.startswith("DEACTIVATED 3.0\nerror: withdraw (")
    assert reported.splitlines()[-1] == "to complete it, run the same command again"
    assert run("withdraw", "web", "3.0")[:2] == (0, "current 2.0, as before\n")
    assert image.current() == "2.0"


def test_a_field_that_differs_from_the_listing_is_a_warning(
    service: LocalService, run: Any, on_every_client: Any
) -> None:
    image = service.image(2)

    def hold(response_dict: dict[str, Any], **_: Any) -> None:
        body = response_dict["body"]
        response_dict["body"] = body.replace(b'Version": "1.0"', b'Version": "2.0"')

    on_every_client("before-parse.lambda-microvms.GetMicrovmImage", hold)
    status, output, reported = run("withdraw", image.arn, "2.0")
    assert (status, output) == (0, "current 1.0, before 2.0\n")
    steps, warning = reported.split("\n", 1)
    assert steps == "DEACTIVATED 2.0"
    assert warning.startswith("warning: latest_active_image_version of arn:")
    status, output, reported = run("versions", image.arn)
    assert "current  1.0" in output
    assert reported.startswith("warning: latest_active_image_version is 2.0, which cannot")


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
