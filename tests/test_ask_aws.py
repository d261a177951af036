"""`scripts/ask_aws.py`: on our own service it finds no difference, and each lie is noticed."""

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ask_aws
import boto3
import pytest
from questions import (
    BUCKET,
    DELETE_VERSION,
    FOUND,
    GET_VERSION,
    NAMES,
    PLACE,
    RUN,
    RUN_MICROVM,
    SECRETS,
    Change,
    Program,
    create_bucket,
    create_image,
    left,
    refuse,
)

from microvm_sdk.testing import Controls, MicroVMServer, mock_microvms

S3: dict[Any, Any] = {}


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = {each: signal.getsignal(each) for each in names}
    yield
    for each, handler in handlers.items():
        signal.signal(each, handler)


@pytest.fixture(autouse=True)
def _clients_of_s3_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    # Creating one takes 0.2 s.
    create = boto3.Session.client

    def client(session: boto3.Session, service: str, **parameters: Any) -> Any:
        key = os.environ.get("AWS_ENDPOINT_URL"), session.region_name
        if service != "s3":
            return create(session, service, **parameters)  # type: ignore[call-overload]
        if key not in S3:
            S3[key] = create(session, "s3")
        return S3[key]

    monkeypatch.setattr(boto3.Session, "client", client)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask_aws.time, "sleep", lambda _: None)


@pytest.fixture
def controls() -> Iterator[Controls]:
    with mock_microvms() as controls:
        controls.require_artifacts()
        create_bucket()
        yield controls


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Program:
    return Program(monkeypatch, tmp_path / "result.json")


def test_over_http_nothing_differs_and_nothing_is_left(
    program: Program, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with MicroVMServer() as server:
        for model in ("build", "deletion", "microvm"):
            server.controls.set_transition(f"lambdamicrovms::{model}", {"progression": "immediate"})
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint_url)
        server.controls.require_artifacts()
        create_bucket()
        status, result = program.ask()
        assert status == 0
        assert left() == []
    assert list(result["answers"]) == NAMES
    assert not re.findall(r"'(\w+Error)'", f"{[*result['answers'].values()]}")
    assert program.compare() == 0
    assert f"{len(NAMES)} answers are the same, 0 differ" in capsys.readouterr().out


def accept(*_: Any) -> Any:
    return 200, {"state": "CREATING", "imageVersion": "1.0", "microvmId": "microvm-1"}


def body_with(**members: Any) -> Change:
    return lambda status, body, _: (status, body | members)


def since(number: int, change: Change) -> Change:
    return lambda *seen: change(*seen) if seen[-1] >= number else None


def without_nulls(status: int, body: Any, _: int) -> Any:
    return status, {name: value for name, value in body.items() if value is not None}


LIES: dict[str, tuple[str, str, Change]] = {
    "a blocked version starts": ("status_changes", RUN_MICROVM, body_with(imageVersion="2.0")),
    "no launch is possible": ("status_changes", RUN_MICROVM, refuse),
    "nulls are left out": ("null_members", GET_VERSION, without_nulls),
    "a replay shows today's state": (
        "replayed_run",
        RUN_MICROVM,
        since(2, body_with(state="TERMINATED")),
    ),
    "a replay starts another": (
        "replayed_run",
        RUN_MICROVM,
        since(2, body_with(microvmId="microvm-2")),
    ),
    "a token is good for any request": ("replayed_run", RUN_MICROVM, since(3, accept)),
    "a missing object is refused": ("missing_object", r"-missing\"", refuse),
    "a registry": ("refusals", r"-registry\"", accept),
    "a variable": ("refusals", r"-variable\"", accept),
    "a base version": ("refusals", r"-base\"", accept),
    "no port": ("refusals", r"-port\"", accept),
    "two connectors": ("refusals", r"INTERNET_EGRESS.*INTERNET_EGRESS", accept),
    "an unknown connector": ("refusals", r"NO_EGRESS", accept),
    "an ingress connector": ("refusals", r"HTTP_INGRESS", refuse),
    "a version without minor": ("refusals", r'"imageVersion": "1"', refuse),
    "a deleted version is not found": ("repeated_delete", DELETE_VERSION, since(2, refuse)),
}
SETTINGS: dict[str, tuple[str, Callable[[Controls], None]]] = {
    "the field stays": ("status_changes", lambda c: c.hold_latest_active_version()),
    "Get lags": ("status_changes", lambda c: c.set_lag("GetMicrovmImageVersion", reads=1)),
    "List lags": ("status_changes", lambda c: c.set_lag("ListMicrovmImageVersions", reads=1)),
    "smaller pages": ("page_size", lambda c: c.set_page_size(7)),
    "larger pages": ("page_size", lambda c: c.set_page_size(50)),
    "no object is required": ("missing_object", lambda c: c.require_artifacts(required=False)),
}


@pytest.mark.parametrize("lie", [*LIES, *SETTINGS])
def test_each_lie_is_noticed(
    lie: str, controls: Controls, program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    if lie in LIES:
        question, *interference = LIES[lie]
        program.interfere(*interference)
    else:
        question, change = SETTINGS[lie]
        change(controls)
    program.ask(question)
    assert left() == []
    controls.reset()
    assert program.compare() == 1
    assert f"{question} differs" in capsys.readouterr().out


INTERRUPTED = [
    ("status_changes", r"^POST \S+/microvm-images ", signal.SIGINT),
    ("status_changes", r"^PUT ", signal.SIGINT),
    ("status_changes", r"^PATCH ", signal.SIGINT),
    ("status_changes", RUN_MICROVM, signal.SIGINT),
    ("status_changes", r"^DELETE \S+/microvms/", signal.SIGINT),
    ("null_members", GET_VERSION, signal.SIGINT),
    ("replayed_run", RUN_MICROVM, signal.SIGINT),
    ("page_size", RUN_MICROVM, signal.SIGINT),
    ("missing_object", r"-missing\"", signal.SIGINT),
    ("refusals", r"HTTP_INGRESS", signal.SIGINT),
    ("repeated_delete", DELETE_VERSION, signal.SIGINT),
    ("refusals", RUN_MICROVM, signal.SIGTERM),
    ("page_size", RUN_MICROVM, signal.SIGHUP),
]


@pytest.mark.usefixtures("controls")
@pytest.mark.parametrize(("question", "pattern", "number"), INTERRUPTED)
def test_interrupted_when_a_call_took_effect_nothing_is_left(
    question: str, pattern: str, number: signal.Signals, program: Program
) -> None:
    program.interfere(pattern, lambda _s, _b, n: signal.raise_signal(number) if n == 1 else None)
    status, result = program.ask(question)
    assert status == 130
    assert result["answers"] == {}
    assert left() == []


@pytest.mark.usefixtures("controls")
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 1), (signal.SIGTERM, 0), (signal.SIGHUP, 0)]
)
def test_only_ctrl_c_stops_the_deletion(
    number: signal.Signals, status: int, program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    program.interfere(r"^DELETE \S+-missing ", lambda *_: signal.raise_signal(number))
    assert program.ask("missing_object")[0] == status
    output = capsys.readouterr().out
    assert ("NOT everything is deleted: KeyboardInterrupt()" in output) == bool(status)
    prefix = re.findall(r"--clean (ask-aws-[0-9a-f]{8})", output)[-1]
    assert output.count(f"Run this later: --clean {prefix}") == status
    assert ask_aws.main(["--clean", prefix, *PLACE]) == 0
    assert left() == []


def test_clean_deletes_only_what_has_the_prefix(controls: Controls) -> None:
    controls.require_artifacts(required=False)
    arn = create_image("ask-aws-00000000-main")
    boto3.client("lambda-microvms").run_microvm(imageIdentifier=arn)
    others = ["ask-aws-00000001-main", "web", "my-ask-aws-00000000-main", "ask-aws-000000001"]
    for name in others:
        create_image(name)
    s3 = boto3.client("s3")
    for key in ("ask-aws-00000000/code.zip", "ask-aws-00000001/code.zip"):
        s3.put_object(Bucket=BUCKET, Key=key)
    controls.fail_calls("ThrottlingException", "TerminateMicrovm", times=5)
    assert ask_aws.main(["--clean", "ask-aws-00000000", *PLACE]) == 0
    assert sorted(left()) == sorted([*others, "ask-aws-00000001/code.zip"])


def test_a_run_whose_response_is_lost_ends_before_the_next(
    controls: Controls, program: Program
) -> None:
    most = 0

    def count(*_: Any) -> None:
        nonlocal most
        alive = boto3.client("lambda-microvms").list_microvms(maxResults=50)["items"]
        most = max(most, len([each for each in alive if each["state"] != "TERMINATED"]))

    controls.lose_responses("RunMicrovm", times=5)  # botocore's five attempts.
    program.interfere(RUN_MICROVM, count)
    status, result = program.ask("status_changes")
    assert status == 0
    assert result["answers"]["status_changes"]["2.0 INACTIVE"]["launch"] == "ConnectionClosedError"
    assert most == 1
    assert left() == []


def test_an_image_that_never_builds_is_named(
    controls: Controls,
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    controls.hang_next_build()
    for name in ("BUILD_MINUTES", "CLEAN_MINUTES"):
        monkeypatch.setattr(ask_aws, name, 0)
    status, result = program.ask("null_members")
    assert status == 1
    assert result["answers"] == {"null_members": "version 1.0 was not built in time"}
    output = capsys.readouterr().out
    assert re.search(r"ask-aws-[0-9a-f]{8}-main': 'An error occurred .*Cannot delete", output)
    assert "NOT everything is deleted" in output


def test_refuses_a_region_in_which_a_microvm_runs(controls: Controls, program: Program) -> None:
    controls.require_artifacts(required=False)
    client = boto3.client("lambda-microvms")
    microvm = client.run_microvm(imageIdentifier=create_image("web"))["microvmId"]
    controls.fail_calls("AccessDeniedException", "CreateMicrovmImage", times=None)
    with pytest.raises(SystemExit, match="MicroVMs run in eu-west-1"):
        program.ask()
    assert left() == ["web", microvm]
    assert not program.path.exists()


def test_the_plan_makes_no_call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(boto3, "Session", None)
    assert ask_aws.main([]) == 0
    plan = capsys.readouterr().out
    for ask, details in ask_aws.QUESTIONS:
        assert f"{ask.__name__}: {ask.__doc__}\n    {details}" in plan
    assert re.search(r"/aws/lambda-microvms/ask-aws-[0-9a-f]{8}-main", plan)
    assert "Nothing was called" in plan


@pytest.mark.usefixtures("controls")
def test_a_result_is_never_overwritten(program: Program) -> None:
    program.path.write_text("before")
    with pytest.raises(FileExistsError, match=program.path.name):
        program.ask()
    assert program.path.read_text() == "before"
    assert left() == []


@pytest.mark.parametrize(
    "arguments",
    [
        RUN[:-2],
        RUN[:3],
        ("--clean", "web", *PLACE),
        ("--clean", "ask-aws-", *PLACE),
        ("--run", "--clean", "ask-aws-00000000"),
    ],
)
def test_invalid_arguments_are_an_error_before_any_call(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boto3, "Session", None)
    with pytest.raises(SystemExit, match="2"):
        ask_aws.main([*arguments])


@pytest.mark.usefixtures("controls")
def test_secrets_in_error_texts_are_masked(program: Program) -> None:
    texts = {name: f"User: {secret} may not" for name, secret in SECRETS.items()}
    error = {"Message": "; ".join(texts.values()), "details": texts}
    program.interfere(r"-missing\"", lambda *_: (403, error))
    _, result = program.ask("missing_object")
    assert result["answers"]["missing_object"].count("may not") == len(SECRETS)
    [denied] = [each for each in result["responses"] if each["status"] == 403]
    assert {
        name: found
        for name, text in denied["body"]["details"].items()
        if (found := re.findall(FOUND, text, re.IGNORECASE))
    } == {}
    assert not re.findall(FOUND, json.dumps(result), re.IGNORECASE)


@pytest.mark.usefixtures("controls")
def test_results_name_nothing_of_the_account(program: Program) -> None:
    create_image("jane-secret-project")
    seen: set[str] = set()

    def collect(_status: int, body: Any, _count: int) -> None:
        values = re.findall(
            r'"(?:microvmId|endpoint|nextToken|\w+At|id)": "?([^",}]+)', json.dumps(body)
        )
        seen.update(value for value in values if value != "null")

    program.interfere(r"[^/]\b", collect)
    _, result = program.ask()
    assert len(seen) > 20
    written = json.dumps(result)
    assert [value for value in seen if value in written] == []
    assert not re.findall(rf"{FOUND}|ask-aws-[0-9a-f]", written, re.IGNORECASE)
    assert {"<arn>", "s3://<bucket>/<prefix>/code.zip"} <= set(re.findall(r'"([^"]+)"', written))
    assert list(result["answers"]) == NAMES
