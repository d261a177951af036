"""Ask AWS what nobody has measured yet, in one run, and clean up.

    python scripts/ask_aws.py                      # print the plan; make no call
    python scripts/ask_aws.py --run --region eu-west-1 --bucket BUCKET --build-role ARN
    python scripts/ask_aws.py --compare ask-aws.json
    python scripts/ask_aws.py --clean PREFIX --region eu-west-1 --bucket BUCKET

It needs boto3 1.43.35 or newer and credentials; `--compare` needs `microvm-sdk[testing]` instead.
The role is a build role as in "Your first real image", and must be allowed to read the bucket,
which is in the region. `docs/measured.md` says what is known so far, and where to send the result.
"""

import argparse
import contextlib
import io
import json
import re
import secrets
import signal
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import botocore
from botocore.exceptions import BotoCoreError, ClientError

ASK_MINUTES, BUILD_MINUTES, CLEAN_MINUTES = 60, 15, 30
MICROVM_SECONDS = 60  # Nobody has measured whether one that lasts less starts at all.
DOCKERFILE = 'FROM public.ecr.aws/lambda/microvms:al2023-minimal\nCMD ["sleep", "infinity"]\n'
SECRET_MEMBERS = re.compile(r"([tT]oken|At|Id|^id|^endpoint|^kmsKeyIdentifier|^tags)$")
# In any text of the result, in this order.
SECRETS = (
    (r"arn:[\w-]+:(?!lambda:)[^\s\"'\\]+", "<arn>"),
    (r"[\w.+-]+@[\w.-]+", "<name>"),
    (r"[\w-]+\.lambda-microvm\.[\w.<>-]+", "<endpoint>"),
    (r"(?i)(microvm-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>"),
    (r"\b(\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d[\d.]*(Z|[+-]\d\d:?\d\d)?|\b\d{8}T\d{6}Z", "<time>"),
    (r"\b\d{4}[-/]\d\d[-/]\d\d\b|\b\d\d? [A-Z][a-z]{2} \d{4}\b|\b[A-Z][a-z]{2} \d\d\b", "<date>"),
    (r"[\w\-+/=.]{100,}|[\w\-+/=]{40,}", "<token>"),
    (r"(?<!\d)\d{12}(?!\d)", "<account>"),
    (r"\d{10,}|\b[A-Z0-9]{16,}\b|\b[0-9a-f]{16,}\b", "<number>"),
)


class _UnfinishedError(Exception):
    """Something took too long, or a build that the questions need has failed."""


class _Lab:
    """The image, the MicroVMs and the calls of a run. Everything it creates has the prefix."""

    def __init__(self, session: boto3.Session, bucket: str, role: str, prefix: str) -> None:
        self.region = str(session.region_name)
        self.client: Any = session.client("lambda-microvms")
        self.s3: Any = session.client("s3")
        self.bucket, self.role, self.prefix = bucket, role, prefix
        self.key = f"{prefix}/code.zip"
        self.responses: list[dict[str, Any]] = []
        self.poll_seconds = 2.0
        self.deadline = time.monotonic() + ASK_MINUTES * 60
        self.cleaning = False
        self._problem = ""
        self._image: str | None = None

    def record(self, operation_model: Any, response_dict: Any, **_: Any) -> None:
        body = response_dict["body"].decode("utf-8", "replace")
        with contextlib.suppress(ValueError):  # A gateway's page is text.
            body = json.loads(body)
        name, status = operation_model.name, response_dict["status_code"]
        response = {"operation": name, "status": status, "body": body}
        if [response] != [each for each in self.responses if each["operation"] == name][-1:]:
            self.responses.append(response)  # Polls repeat themselves.

    def settings(self, **changes: Any) -> dict[str, Any]:
        base = f"arn:aws:lambda:{self.region}:aws:microvm-image:al2023-1"
        code = {"uri": f"s3://{self.bucket}/{self.key}"}
        return {"baseImageArn": base, "buildRoleArn": self.role, "codeArtifact": code, **changes}

    def image(self) -> str:
        if self._image is None:
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w") as file:
                file.writestr("Dockerfile", DOCKERFILE)
            self.s3.put_object(Bucket=self.bucket, Key=self.key, Body=archive.getvalue())
            create, settings = self.client.create_microvm_image, self.settings()
            arn: str = create(name=f"{self.prefix}-main", **settings)["imageArn"]
            states = [self.built(arn, "1.0")]
            self.change(self.client.update_microvm_image, imageIdentifier=arn, **settings)
            states.append(self.built(arn, "2.0"))
            if states != ["SUCCESSFUL"] * 2:
                msg = f"the builds are {states}: read their logs"
                raise _UnfinishedError(msg)
            self._image = arn
        return self._image

    def built(self, arn: str, version: str) -> Any:
        def state() -> Any:
            busy = self.client.get_microvm_image(imageIdentifier=arn)["state"].endswith("ING")
            found = self.version(arn, version)["state"]
            return not busy and found in ("SUCCESSFUL", "FAILED") and found

        return self.until(state, BUILD_MINUTES, f"version {version} is built")

    def version(self, arn: str, version: str) -> Any:
        return self.client.get_microvm_image_version(imageIdentifier=arn, imageVersion=version)

    def change(self, call: Callable[..., Any], **parameters: Any) -> Any:
        """Change the image, again and again while the change before keeps it busy."""

        def accepted() -> Any:
            try:
                return call(**parameters)
            except ClientError as error:
                if not re.search(r"already in state|current state", str(error)):
                    raise

        return self.until(accepted, 5, "the image can be changed")

    def set_status(self, version: str, status: str) -> tuple[str, str]:
        """Change a status, wait until reads show it, and return what the first reads showed."""
        arn, change = self.image(), self.client.update_microvm_image_version

        def read() -> tuple[str, str]:
            listed = self.client.list_microvm_image_versions(imageIdentifier=arn, maxResults=50)
            (found,) = [v["status"] for v in listed["items"] if v["imageVersion"] == version]
            return self.version(arn, version)["status"], found

        self.change(change, imageIdentifier=arn, imageVersion=version, status=status)
        first = read()
        self.until(lambda: set(read()) == {status}, 2, "reads show the status")
        return first

    def microvms(self, image: str | None = None) -> list[dict[str, Any]]:
        which = {"imageIdentifier": image} if image else {}
        pages = self.client.get_paginator("list_microvms").paginate(maxResults=50, **which)
        found = [each for page in pages for each in page["items"]]
        return [each for each in found if image in (None, each["imageArn"])]

    def running(self, image: str | None = None) -> list[str]:
        return [each["microvmId"] for each in self.microvms(image) if each["state"] != "TERMINATED"]

    def run(self, **parameters: Any) -> dict[str, Any]:
        """Start a MicroVM and end it. If a response was lost, end that one first."""
        for microvm in self.running(parameters["imageIdentifier"]):
            self.end(microvm)
        seconds = {"maximumDurationInSeconds": MICROVM_SECONDS}
        started: dict[str, Any] = self.client.run_microvm(**seconds, **parameters)
        self.end(started["microvmId"])
        return started

    def end(self, microvm: str) -> None:
        which = {"microvmIdentifier": microvm}
        _outcome(self.client.terminate_microvm, **which)  # It may have ended already.
        get = self.client.get_microvm
        self.until(lambda: get(**which)["state"] == "TERMINATED", 5, "the MicroVM has ended")

    def until(self, read: Callable[[], Any], minutes: float, what: str) -> Any:
        ends = min(time.monotonic() + minutes * 60, self.deadline)
        while not (value := read()):
            if time.monotonic() > ends:
                msg = f"waiting until {what} took too long"
                raise _UnfinishedError(msg)
            time.sleep(self.poll_seconds)
        return value

    def clean(self) -> int:
        self.cleaning = True
        _say(f"deleting what has the prefix {self.prefix}")
        self.deadline = time.monotonic() + CLEAN_MINUTES * 60
        try:
            for polls in (0, 5):  # A listing may lag behind a creation whose response was lost.
                time.sleep(polls * self.poll_seconds)
                self.until(self._has_no_images, CLEAN_MINUTES, "the images are deleted")
            self.s3.delete_object(Bucket=self.bucket, Key=self.key)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  Say how to go on.
            _say(f"NOT everything is deleted: {error!r}\nRun this later: --clean {self.prefix}")
            return 1
        _say("everything is deleted")
        return 0

    def _has_no_images(self) -> bool:
        """Request the deletion of all images; repeated, as one that is changing refuses."""
        outcome = _outcome(self._delete_images)
        if outcome and outcome != self._problem:
            _say(f"    not yet: {outcome}")
        self._problem = outcome
        return not outcome

    def _delete_images(self) -> dict[str, str]:
        pages = self.client.get_paginator("list_microvm_images")
        pages = pages.paginate(nameFilter=self.prefix, maxResults=50)
        images = {image["name"]: image for page in pages for image in page["items"]}
        outcomes: dict[str, str] = {}
        for name, image in images.items():
            # The filter finds names that contain the prefix anywhere.
            if name.startswith(f"{self.prefix}-") and image["state"] != "DELETED":
                for microvm in self.running(image["imageArn"]):
                    _outcome(self.client.terminate_microvm, microvmIdentifier=microvm)
                delete = self.client.delete_microvm_image
                outcome = _outcome(delete, imageIdentifier=image["imageArn"])
                outcomes[name] = outcome if isinstance(outcome, str) else outcome["state"]
        return outcomes


def _say(text: str) -> None:
    # The terminal may be closed, or Ctrl-C have ended `| tee`: cleaning up goes on.
    with contextlib.suppress(OSError, RuntimeError):
        print(text, flush=True)


def _outcome(call: Callable[..., Any], *arguments: Any, **parameters: Any) -> Any:
    """Return what a call returns, or its error; of a local error only the name, which is safe."""
    try:
        return call(*arguments, **parameters)
    except ClientError as error:
        found: Any = error.response
        status, details = found["ResponseMetadata"]["HTTPStatusCode"], found["Error"]
        return f"{status} {details['Code']}: {details.get('Message')}"
    except _UnfinishedError as error:
        return str(error)
    except BotoCoreError as error:
        return type(error).__name__


def status_changes(lab: _Lab) -> Any:
    """After a change of status, what do reads show, and what does a launch start?"""
    answers: dict[str, Any] = {}
    for change in ("2.0 INACTIVE", "2.0 ACTIVE", "1.0 INACTIVE", "1.0 ACTIVE"):
        reads, arn = lab.set_status(*change.split()), lab.image()
        shown = lab.client.get_microvm_image(imageIdentifier=arn).get("latestActiveImageVersion")
        launch = _outcome(lambda arn=arn: lab.run(imageIdentifier=arn)["imageVersion"])
        answers[change] = {"first Get and List": [*reads], "image": shown, "launch": launch}
    return answers


def null_members(lab: _Lab) -> Any:
    """Which members of a version come as null?"""
    lab.version(lab.image(), "1.0")
    seen = [each for each in lab.responses if each["operation"] == "GetMicrovmImageVersion"]
    return sorted(name for name, value in seen[-1]["body"].items() if value is None)


def replayed_run(lab: _Lab) -> Any:
    """What does a launch return that is repeated after its MicroVM has ended?"""
    parameters = {"imageIdentifier": lab.image(), "clientToken": f"{lab.prefix}-replay"}
    first, again = (lab.run(imageVersion="1.0", **parameters) for _ in range(2))
    other = _outcome(lambda: lab.run(imageVersion="2.0", **parameters)["state"])
    same = first == {**again, "ResponseMetadata": first["ResponseMetadata"]}
    return {"same response": same, "state": again["state"], "another request": other}


def page_size(lab: _Lab) -> Any:
    """How many items does a page have if no size is given?"""
    arn = lab.image()
    for _ in range(11 - len(lab.microvms(arn))):
        lab.run(imageIdentifier=arn, imageVersion="1.0")
    page = lab.client.list_microvms(imageIdentifier=arn)
    return {"items": len(page["items"]), "more": bool(page.get("nextToken"))}


def missing_object(lab: _Lab) -> Any:
    """Is an image of an object that does not exist refused, or does its build fail?"""
    artifact = {"uri": f"s3://{lab.bucket}/{lab.prefix}/missing.zip"}
    settings = lab.settings(name=f"{lab.prefix}-missing", codeArtifact=artifact)
    created = _outcome(lambda: lab.client.create_microvm_image(**settings)["imageArn"])
    accepted = created.startswith("arn:")
    return f"accepted, then {lab.built(created, '1.0')}" if accepted else created


def refusals(lab: _Lab) -> Any:
    """Are these settings and launches refused?"""
    connector = f"arn:aws:lambda:{lab.region}:aws:network-connector:aws-network-connector:"
    images: dict[str, Any] = {
        "registry": {"codeArtifact": {"uri": "public.ecr.aws/lambda/microvms:al2023-minimal"}},
        "variable": {"environmentVariables": {"AWS_REGION": lab.region}},
        "base": {"baseImageVersion": "999"},
        "port": {"hooks": {"microvmImageHooks": {"ready": "ENABLED"}}},
    }
    launches: dict[str, Any] = {
        "two-egress": {"egressNetworkConnectors": [f"{connector}INTERNET_EGRESS"] * 2},
        "unknown-egress": {"egressNetworkConnectors": [f"{connector}NO_EGRESS"]},
        "ingress-as-egress": {"egressNetworkConnectors": [f"{connector}HTTP_INGRESS"]},
        "version-1": {"imageVersion": "1"},
    }

    def ask(name: str) -> str:
        if name in images:
            settings = lab.settings(name=f"{lab.prefix}-{name}", **images[name])
            return f"accepted: {lab.client.create_microvm_image(**settings)['state']}"
        parameters = {"imageIdentifier": lab.image(), "imageVersion": "1.0", **launches[name]}
        return f"accepted: {lab.run(**parameters)['imageVersion']}"

    return {name: _outcome(ask, name) for name in (*images, *launches)}


def repeated_delete(lab: _Lab) -> Any:
    """What does the deletion of a version that is gone return?"""
    delete, image = lab.client.delete_microvm_image_version, lab.image()
    lab.set_status("1.0", "INACTIVE")
    which = {"imageIdentifier": image, "imageVersion": "1.0"}
    lab.change(delete, **which)
    lab.until(lambda: "404" in str(_outcome(lab.version, image, "1.0")), 5, "it is gone")
    return _outcome(lambda: lab.change(delete, **which)["state"])


# Each with what is assumed, and its calls. The last one deletes a version that others need.
QUESTIONS = [
    (status_changes, "the highest that is ACTIVE", "UpdateMicrovmImageVersion, RunMicrovm 4 times"),
    (null_members, "all that are unset", "GetMicrovmImageVersion"),
    (replayed_run, "the first response, PENDING", "RunMicrovm 3 times"),
    (page_size, "10", "RunMicrovm up to 11 times, ListMicrovms"),
    (missing_object, "the build fails", "CreateMicrovmImage"),
    (refusals, "all but the last two are", "CreateMicrovmImage, RunMicrovm, 4 times each"),
    (repeated_delete, "that it is DELETED", "DeleteMicrovmImageVersion twice"),
]


def _ask_all(lab: _Lab, answers: dict[str, Any]) -> None:
    # Only from here on: listings made earlier may name what belongs to others.
    lab.client.meta.events.register("before-parse.lambda-microvms", lab.record)
    for ask, _, _ in QUESTIONS:
        _say(f"{ask.__name__}: {ask.__doc__}")
        try:
            answer = _outcome(ask, lab)
        except Exception as error:  # noqa: BLE001  The other questions still have answers.
            answer = f"failed: {type(error).__name__}"
            _say(f"    {error}")
        answers[ask.__name__] = answer
        _say(f"    {answer}")


def _without_secrets(value: Any, lab: _Lab, member: str = "") -> Any:
    """Replace whatever could identify the account, its resources or its people."""
    if isinstance(value, list):
        return [_without_secrets(each, lab, member) for each in value]
    if value not in (None, {}) and SECRET_MEMBERS.search(member):
        return f"<{member}>"
    if isinstance(value, dict):
        return {name: _without_secrets(each, lab, name) for name, each in value.items()}
    if isinstance(value, float) or (isinstance(value, int) and value > 10**9):
        return "<number>"
    if not isinstance(value, str):
        return value
    own = (("role", lab.role), ("role", lab.role.rpartition("/")[2]), ("bucket", lab.bucket))
    for mark, text in (*own, ("prefix", lab.prefix), ("region", lab.region)):
        value = re.sub(rf"(?<![\w-]){re.escape(text)}(?!\w)", f"<{mark}>", value)
    for pattern, mark in SECRETS:
        value = re.sub(pattern, mark, value)
    return value


def _plan(prefix: str) -> str:
    questions = [
        f"{ask.__name__}: {ask.__doc__}\n    Assumed: {assumed}. Calls: {calls}.\n"
        for ask, assumed, calls in QUESTIONS
    ]
    return f"""{"".join(questions)}
Creates the images {prefix}-main (2 versions) and {prefix}-missing, the object
{prefix}/code.zip in the bucket, and up to 22 MicroVMs, one after the other, each for at
most {MICROVM_SECONDS} s; and if AWS accepts what it is assumed to refuse, {prefix}-registry,
-variable, -base and -port. All of it is deleted at the end, also after Ctrl-C.
The service leaves the log groups /aws/lambda-microvms/{prefix}-main and so on, ended
MicroVMs in listings, and in a bucket with versioning the object's old version.
The caller needs lambda:*Microvm*, lambda:PassNetworkConnector, iam:PassRole of the build role,
s3:PutObject and s3:DeleteObject. Usually 20 minutes and a few cents; at most about {ASK_MINUTES}
minutes, and {CLEAN_MINUTES} more to delete.
"""


def _run(lab: _Lab, output: Path) -> int:
    if lab.running():
        _say(f"MicroVMs run in {lab.region}: use a region, or an account, in which none does")
        return 1
    output.touch(exist_ok=False)
    _say(f"{_plan(lab.prefix)}\nIf this program is killed: --clean {lab.prefix}\n")
    answers: dict[str, Any] = {}
    try:
        with contextlib.suppress(KeyboardInterrupt):
            _ask_all(lab, answers)
    finally:
        lab.cleaning = True
        result = {"botocore": botocore.__version__, "answers": answers, "responses": lab.responses}
        try:
            output.write_text(json.dumps(_without_secrets(result, lab), indent=2), encoding="utf-8")
            _say(f"The result is in {output}. Read it before you send it.")
        finally:
            status = lab.clean()
    return status if len(answers) == len(QUESTIONS) else 130


def _compare(asked: dict[str, Any]) -> int:
    from microvm_sdk.testing import mock_microvms  # noqa: PLC0415  Only this needs the SDK.

    answers: dict[str, Any] = {}
    role = "arn:aws:iam::123456789012:role/ask-aws-build"
    with mock_microvms() as controls:
        controls.require_artifacts()
        lab = _Lab(boto3.Session(region_name="us-east-1"), "ask-aws-bucket", role, "ask-aws-local")
        lab.poll_seconds = 0
        lab.s3.create_bucket(Bucket=lab.bucket)
        with contextlib.redirect_stdout(None):
            _ask_all(lab, answers)
    local = _without_secrets(answers, lab)
    different = [name for name in asked if asked[name] != local.get(name)]
    for name in different:
        print(f"{name} differs\n    AWS: {asked[name]}\n    local service: {local.get(name)}")
    print(f"{len(asked) - len(different)} answers are the same, {len(different)} differ")
    return 1 if different else 0


def _handle_signals(lab: _Lab) -> None:
    """Let signals interrupt the questions, and only a second one the deletion."""

    def interrupt(*_: object) -> None:
        if not lab.cleaning:
            raise KeyboardInterrupt
        lab.cleaning = False
        _say(f"still deleting; once more to stop, and then run --clean {lab.prefix}")

    for name in {"SIGINT", "SIGTERM", "SIGHUP"} & {*dir(signal)}:  # Windows lacks the last.
        signal.signal(getattr(signal, name), interrupt)


def main(arguments: list[str] | None = None) -> int:
    """Print the plan, ask, compare, or clean up; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--run", action="store_true", help="ask AWS; this creates resources")
    action.add_argument("--clean", metavar="PREFIX", help="delete what an earlier run left")
    action.add_argument("--compare", metavar="FILE", type=Path, help="a result of --run")
    parser.add_argument("--region", help="AWS region, in which no MicroVM may run")
    parser.add_argument("--bucket", help="S3 bucket in the region, for one small object")
    parser.add_argument("--build-role", metavar="ARN", help="IAM role that builds run under")
    parser.add_argument("--output", type=Path, default=Path("ask-aws.json"), help="result of --run")
    options = parser.parse_args(arguments)
    if options.compare:
        try:
            asked = json.loads(options.compare.read_text(encoding="utf-8"))["answers"]
        except (OSError, ValueError, LookupError, TypeError) as error:
            parser.error(f"--compare needs a result of --run: {error!r}")
        return _compare(asked)
    prefix = options.clean or f"ask-aws-{secrets.token_hex(4)}"
    if not options.run and not options.clean:
        print(_plan(prefix))
        print("Nothing was called. To ask: --run --region REGION --bucket BUCKET --build-role ARN")
        return 0
    if not (options.region and options.bucket and (options.build_role or options.clean)):
        parser.error("--run needs --region, --bucket and --build-role; --clean the first two")
    if not re.fullmatch(r"ask-aws-[0-9a-f]{8}", prefix):
        parser.error("--clean takes a prefix that --run printed, such as ask-aws-1a2b3c4d")
    if options.run and not re.fullmatch(r"arn:[\w-]+:iam::\d{12}:role/\S*\w", options.build_role):
        parser.error("--build-role takes the ARN of an IAM role")
    if options.run and options.output.exists():
        parser.error(f"{options.output} exists: move it, or name another --output")
    session = boto3.Session(region_name=options.region)
    lab = _Lab(session, options.bucket, options.build_role or "", prefix)
    _handle_signals(lab)
    return lab.clean() if options.clean else _run(lab, options.output)


if __name__ == "__main__":
    raise SystemExit(main())
