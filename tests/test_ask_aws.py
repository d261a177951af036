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

from microvm_sdk.testing import Controls, MicroVMServer, mock_microvms
from microvm_sdk.testing._service.http.dispatch import MicroVMResponse, Response
from microvm_sdk.testing._service.http.wire import Request

REGION = "eu-west-1"
BUCKET = "jane-private-bucket"
ROLE = "arn:aws:iam::123456789012:role/jane-build-role"
RUN = ("--run", "--region", REGION, "--bucket", BUCKET, "--build-role", ROLE)
NAMES = [ask.__name__ for ask, _, _ in ask_aws.QUESTIONS]
# How the program's requests look to `interfere`.
RUN_MICROVM = r"^POST \S+/microvms "
GET_VERSION = r"^GET \S+/versions/1.0 "
DELETE_VERSION = r"^DELETE \S+/versions/1.0 "
DELETE_IMAGE = r"^DELETE \S+-main "
S3: dict[Any, Any] = {}
BASE = "arn:aws:lambda:eu-west-1:aws:microvm-image:al2023-1"


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = [signal.getsignal(each) for each in names]
    yield
    for each, handler in zip(names, handlers, strict=True):
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
        region = {"LocationConstraint": REGION}
        boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
        yield controls


def create_image(name: str) -> str:
    created = boto3.client("lambda-microvms").create_microvm_image(
        name=name,
        baseImageArn=BASE,
        buildRoleArn=ROLE,
        codeArtifact={"uri": f"s3://{BUCKET}/code.zip"},
    )
    arn: str = created["imageArn"]
    return arn


def left() -> list[str]:
    """List what is in the account: images, MicroVMs that are not terminated, objects."""
    client = boto3.client("lambda-microvms")
    images = client.list_microvm_images(maxResults=50)["items"]
    microvms = client.list_microvms(maxResults=50)["items"]
    objects = boto3.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return [
        *(image["name"] for image in images),
        *(each["microvmId"] for each in microvms if each["state"] != "TERMINATED"),
        *(each["Key"] for each in objects),
    ]


def ask_only(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    chosen = [each for each in ask_aws.QUESTIONS if each[0].__name__ in names]
    monkeypatch.setattr(ask_aws, "QUESTIONS", chosen)


def run(path: Path, *more: str) -> tuple[int, dict[str, Any]]:
    status = ask_aws.main([*RUN, "--output", str(path), *more])
    return status, json.loads(path.read_text(encoding="utf-8"))


def test_over_http_nothing_differs_and_nothing_is_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with MicroVMServer() as server:
        for model in ("build", "deletion", "microvm"):
            server.controls.set_transition(f"lambdamicrovms::{model}", {"progression": "immediate"})
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint_url)
        server.controls.require_artifacts()
        region = {"LocationConstraint": REGION}
        boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
        status, result = run(tmp_path / "result.json")
        assert status == 0
        assert left() == []
    assert list(result["answers"]) == NAMES
    assert not [answer for answer in result["answers"].values() if "failed" in str(answer)[:9]]
    assert ask_aws.main(["--compare", str(tmp_path / "result.json")]) == 0
    assert f"{len(NAMES)} answers are the same, 0 differ" in capsys.readouterr().out


def interfere(
    monkeypatch: pytest.MonkeyPatch, pattern: str, change: Callable[[int, Any, int], Any]
) -> None:
    """Let `change(status, body, count)` replace the responses to the requests that match."""
    respond, count = MicroVMResponse.respond, 0

    def interfering(self: MicroVMResponse, request: Request) -> Response:
        nonlocal count
        status, headers, body = respond(self, request)
        if not re.search(pattern, f"{request.method} {request.path} {request.body.decode()}"):
            return status, headers, body
        count += 1
        changed = change(status, json.loads(body), count)
        if changed is None:
            return status, headers, body
        status, replaced = changed
        if status >= 400:
            headers["x-amzn-errortype"] = "ValidationException"
        return status, headers, json.dumps(replaced).encode()

    monkeypatch.setattr(MicroVMResponse, "respond", interfering)


def refuse(*_: Any) -> Any:
    return 400, {"message": "No."}


def accept(*_: Any) -> Any:
    return 200, {"state": "CREATING", "imageVersion": "1.0", "microvmId": "microvm-1"}


def from_second(**members: Any) -> Callable[[int, Any, int], Any]:
    return lambda status, body, count: (status, body | members) if count > 1 else None


LIES: dict[str, tuple[str, str, Callable[[int, Any, int], Any]]] = {
    "a blocked version starts": (
        "status_changes",
        RUN_MICROVM,
        lambda status, body, _: (status, body | {"imageVersion": "2.0"}),
    ),
    "no launch is possible": ("status_changes", RUN_MICROVM, refuse),
    "nulls are left out": (
        "null_members",
        GET_VERSION,
        lambda status, body, _: (status, {k: v for k, v in body.items() if v is not None}),
    ),
    "a replay shows today's state": ("replayed_run", RUN_MICROVM, from_second(state="TERMINATED")),
    "a replay starts another": ("replayed_run", RUN_MICROVM, from_second(microvmId="microvm-2")),
    "a token is good for any request": (
        "replayed_run",
        RUN_MICROVM,
        lambda *seen: accept() if seen[-1] == 3 else None,
    ),
    "a missing object is refused": ("missing_object", r"-missing\"", refuse),
    "a registry": ("refusals", r"-registry\"", accept),
    "a variable": ("refusals", r"-variable\"", accept),
    "a base version": ("refusals", r"-base\"", accept),
    "no port": ("refusals", r"-port\"", accept),
    "two connectors": ("refusals", r"INTERNET_EGRESS.*INTERNET_EGRESS", accept),
    "an unknown connector": ("refusals", r"NO_EGRESS", accept),
    "an ingress connector": ("refusals", r"HTTP_INGRESS", refuse),
    "a version without minor": ("refusals", r'"imageVersion": "1"', refuse),
    "a deleted version is not found": (
        "repeated_delete",
        DELETE_VERSION,
        lambda *a: refuse() if a[2] > 1 else None,
    ),
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
    lie: str,
    controls: Controls,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    question = (LIES[lie] if lie in LIES else SETTINGS[lie])[0]
    ask_only(monkeypatch, question)
    with monkeypatch.context() as lying:
        if lie in LIES:
            interfere(lying, *LIES[lie][1:])
        else:
            SETTINGS[lie][1](controls)
        run(tmp_path / "result.json")
    assert left() == []
    controls.reset()
    assert ask_aws.main(["--compare", str(tmp_path / "result.json")]) == 1
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
    question: str,
    pattern: str,
    number: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    ask_only(monkeypatch, question)
    interfere(
        monkeypatch, pattern, lambda _s, _b, n: signal.raise_signal(number) if n == 1 else None
    )
    status, result = run(tmp_path / "result.json")
    assert status == 130
    assert result["answers"] == {}
    assert left() == []


@pytest.mark.usefixtures("controls")
@pytest.mark.parametrize(("times", "status"), [(1, 0), (2, 1)])
def test_only_a_second_signal_stops_the_deletion(
    times: int,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ask_only(monkeypatch, "missing_object")
    with monkeypatch.context() as interrupting:

        def interrupt(*_: Any) -> None:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)

        interfere(interrupting, r"^DELETE \S+-missing ", interrupt)
        assert run(tmp_path / "result.json")[0] == status
    output = capsys.readouterr().out
    assert "still deleting" in output
    prefix = re.findall(r"--clean (ask-aws-[0-9a-f]{8})", output)[-1]
    assert ask_aws.main(["--clean", prefix, "--region", REGION, "--bucket", BUCKET]) == 0
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
    assert ask_aws.main(["--clean", "ask-aws-00000000", *RUN[1:5]]) == 0
    assert sorted(left()) == sorted([*others, "ask-aws-00000001/code.zip"])


def test_a_run_whose_response_is_lost_ends_before_the_next(
    controls: Controls, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ask_only(monkeypatch, "status_changes")
    most = 0

    def count(*_: Any) -> None:
        nonlocal most
        alive = boto3.client("lambda-microvms").list_microvms(maxResults=50)["items"]
        most = max(most, len([each for each in alive if each["state"] != "TERMINATED"]))

    controls.lose_responses("RunMicrovm", times=5)  # botocore's five attempts.
    interfere(monkeypatch, RUN_MICROVM, count)
    status, result = run(tmp_path / "result.json")
    assert status == 0
    assert result["answers"]["status_changes"]["2.0 INACTIVE"]["launch"] == "ConnectionClosedError"
    assert most == 1
    assert left() == []


def test_an_image_that_never_builds_is_named(
    controls: Controls,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    controls.hang_next_build()
    for name in ("BUILD_MINUTES", "CLEAN_MINUTES"):
        monkeypatch.setattr(ask_aws, name, 0)
    ask_only(monkeypatch, "null_members")
    status, result = run(tmp_path / "result.json")
    assert status == 1
    assert result["answers"] == {"null_members": "waiting until version 1.0 is built took too long"}
    output = capsys.readouterr().out
    assert re.search(r"ask-aws-[0-9a-f]{8}-main': '400 ValidationException: Cannot delete", output)
    assert "NOT everything is deleted" in output


def test_refuses_a_region_in_which_a_microvm_runs(
    controls: Controls, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    controls.require_artifacts(required=False)
    client = boto3.client("lambda-microvms")
    microvm = client.run_microvm(imageIdentifier=create_image("web"))["microvmId"]
    controls.fail_calls("AccessDeniedException", "CreateMicrovmImage", times=None)
    assert ask_aws.main([*RUN, "--output", str(tmp_path / "result.json")]) == 1
    assert "MicroVMs run in eu-west-1" in capsys.readouterr().out
    assert left() == ["web", microvm]
    assert list(tmp_path.iterdir()) == []


def test_the_plan_makes_no_call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(boto3, "Session", None)
    assert ask_aws.main([]) == 0
    plan = capsys.readouterr().out
    for ask, assumed, calls in ask_aws.QUESTIONS:
        assert f"{ask.__name__}: {ask.__doc__}\n    Assumed: {assumed}. Calls: {calls}." in plan
    assert re.search(r"/aws/lambda-microvms/ask-aws-[0-9a-f]{8}-main", plan)
    assert "Nothing was called" in plan


@pytest.mark.parametrize(
    "arguments",
    [
        RUN[:-2],
        RUN[:3],
        ("--clean", "web", *RUN[1:5]),
        ("--clean", "ask-aws-", *RUN[1:5]),
        (*RUN[:-1], "build-role"),
        (*RUN, "--output", __file__),
        ("--compare", "/nonexistent"),
        ("--compare", __file__),
        ("--run", "--clean", "ask-aws-00000000"),
    ],
)
def test_invalid_arguments_are_an_error_before_any_call(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boto3, "Session", None)
    with pytest.raises(SystemExit, match="2"):
        ask_aws.main([*arguments])


SECRETS = {
    "principal": "arn:aws:sts::123456789012:assumed-role/Admin/jane,doe@example.com",
    "policy": "arn:aws:organizations::123456789012:policy/o-jane/service_control_policy/p-jane",
    "key": "arn:aws:kms:eu-west-1:123456789012:alias/jane",
    "account": "Account 123456789012 has",
    "microvm": "microvm-0B1C2d3e-4f50-4617-8293-a4b5c6d7e8f9",
    "endpoint": "jane0b1c.lambda-microvm.eu-west-1.on.aws",
    "request id": "RequestId: 4442587FB7D0A2F9",
    "access key": "AKIAIOSFODNN7EXAMPLE",
    "etag": "d41d8cd98f00b204e9800998ecf8427e",
    "page token": "eyJ" + "a-_Zz09=" * 90,
    "part of a token": "a/Zz09+" * 6,
    "auth token": ".".join(["eyJhbGciOiJkaXIi" * 8, "", "iViViViV", "c" * 600, "tag"]),
    "names": f"{BUCKET} {ROLE} jane-build-role jane@example.com",
    "times": "2026-12-01T02:15:00.123Z 20261201T021500Z Tue, 01 Dec 2026 02:15:00 GMT 1785400000",
    "log stream": "2026/12/01[1.0]microvm-0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9",
}
FOUND = (
    r"jane|example\.com|\d{10}|0b1c2d3e|4442587FB7|AKIA|d41d8cd9|eyJ|a-_Zz|Zz09|ccc|02.?15|"
    r"Dec|2026|eu-west-1|microvm-0"
)


@pytest.mark.usefixtures("controls")
def test_secrets_in_error_texts_are_masked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ask_only(monkeypatch, "missing_object")
    texts = {name: f"User: {secret} may not" for name, secret in SECRETS.items()}
    error = {"Message": "; ".join(texts.values()), "details": texts}
    interfere(monkeypatch, r"-missing\"", lambda *_: (403, error))
    _, result = run(tmp_path / "result.json")
    assert result["answers"]["missing_object"].count("may not") == len(SECRETS)
    [denied] = [each for each in result["responses"] if each["status"] == 403]
    assert {
        name: found
        for name, text in denied["body"]["details"].items()
        if (found := re.findall(FOUND, text, re.IGNORECASE))
    } == {}
    assert not re.findall(FOUND, json.dumps(result), re.IGNORECASE)


@pytest.mark.usefixtures("controls")
def test_results_name_nothing_of_the_account(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    create_image("jane-secret-project")
    seen: set[str] = set()

    def collect(_status: int, body: Any, _count: int) -> None:
        values = re.findall(
            r'"(?:microvmId|endpoint|nextToken|\w+At|id)": "?([^",}]+)', json.dumps(body)
        )
        seen.update(value for value in values if value != "null")

    interfere(monkeypatch, r"[^/]\b", collect)
    _, result = run(tmp_path / "result.json")
    assert len(seen) > 20
    written = json.dumps(result)
    assert [value for value in seen if value in written] == []
    assert not re.findall(rf"{FOUND}|ask-aws-[0-9a-f]", written, re.IGNORECASE)
    assert {"<role>", "s3://<bucket>/<prefix>/code.zip"} <= set(re.findall(r'"([^"]+)"', written))
    assert list(result["answers"]) == NAMES
