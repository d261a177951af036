"""Ask AWS what nobody has measured yet, in one run, and clean up.

    python scripts/ask_aws.py                      # print the plan; make no call
    python scripts/ask_aws.py --run --region eu-west-1 --bucket BUCKET --build-role ARN
    python scripts/ask_aws.py --compare ask-aws.json
    python scripts/ask_aws.py --clean PREFIX --region eu-west-1 --bucket BUCKET

It needs boto3 1.43.35 or newer and credentials; `--compare` needs `microvm-sdk[testing]` instead.
The role and the bucket, in the region, are as in "Your first real image". More: `docs/measured.md`.
"""

import argparse
import contextlib
import functools
import io
import json
import re
import secrets
import signal
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import botocore
from botocore.exceptions import ClientError

ASK_MINUTES, BUILD_MINUTES, CLEAN_MINUTES = 60, 15, 30
MICROVM_SECONDS = 60  # Nobody has measured whether one that lasts less starts at all.
DOCKERFILE = 'FROM public.ecr.aws/lambda/microvms:al2023-minimal\nCMD ["sleep", "infinity"]\n'
SIGNALS = [each for each in signal.Signals if each.name in ("SIGTERM", "SIGHUP")]
SECRET_MEMBERS = re.compile(r"([tT]oken|At|Id|^id|^endpoint|^kmsKeyIdentifier|^tags)$")
SECRETS = (  # In any text of the result, in this order.
    (r"arn:[\w-]+:(?!lambda:)[^\s\"'\\]+", "<arn>"),
    (r"[\w.+-]+@[\w.-]+", "<name>"),
    (r"[\w-]+\.lambda-microvm\.[\w.<>-]+", "<endpoint>"),
    (r"(?i)(microvm-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>"),
    (r"\b(\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d[\d.]*(Z|[+-]\d\d:?\d\d)?|\b\d{8}T\d{6}Z", "<time>"),
    (r"\b\d{4}[-/]\d\d[-/]\d\d\b|\b\d\d? [A-Z][a-z]{2} \d{4}\b|\b[A-Z][a-z]{2} \d\d\b", "<date>"),
    (r"[\w\-+/=.]{100,}|[\w\-+/=]{40,}", "<token>"),
    (r"\d{10,}|\b[A-Z0-9]{16,}\b|\b[0-9a-f]{16,}\b", "<number>"),
)


class _Lab:
    """The image, the MicroVMs and the calls of a run. Everything it creates has the prefix."""

    def __init__(self, region: str, bucket: str, role: str, prefix: str) -> None:
        create: Any = boto3.Session(region_name=region).client
        self.client, self.s3 = create("lambda-microvms"), create("s3")
        self.region, self.bucket, self.prefix = region, bucket, prefix
        self.role = role.rpartition("/")[2]
        self.key = f"{prefix}/code.zip"
        base = f"arn:aws:lambda:{region}:aws:microvm-image:al2023-1"
        code = {"uri": f"s3://{bucket}/{self.key}"}
        self.settings = {"baseImageArn": base, "buildRoleArn": role, "codeArtifact": code}
        self.answers: dict[str, Any] = {}
        self.responses: list[dict[str, Any]] = []
        self.poll_seconds = 2.0
        self.deadline = time.monotonic() + ASK_MINUTES * 60

    def record(self, operation_model: Any, response_dict: Any, **_: Any) -> None:
        body = response_dict["body"].decode("utf-8", "replace")
        with contextlib.suppress(ValueError):  # A gateway's page is text.
            body = json.loads(body)
        name, status = operation_model.name, response_dict["status_code"]
        response = {"operation": name, "status": status, "body": body}
        if [response] != [each for each in self.responses if each["operation"] == name][-1:]:
            self.responses.append(response)  # Polls repeat themselves.

    def create(self, name: str, **changes: Any) -> Any:
        settings = {"name": f"{self.prefix}-{name}", **self.settings, **changes}
        return self.client.create_microvm_image(**settings)["imageArn"]

    @functools.cached_property
    def image(self) -> Any:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("Dockerfile", DOCKERFILE)
        self.s3.put_object(Bucket=self.bucket, Key=self.key, Body=archive.getvalue())
        arn, update = self.create("main"), self.client.update_microvm_image
        states = [self.built(arn, "1.0")]
        self.change(update, imageIdentifier=arn, **self.settings)
        states.append(self.built(arn, "2.0"))
        if states != ["SUCCESSFUL"] * 2:
            msg = f"the builds are {states}: read their logs"
            raise TimeoutError(msg)
        return arn

    def built(self, arn: str, version: str) -> Any:
        def state() -> Any:
            busy = self.client.get_microvm_image(imageIdentifier=arn)["state"].endswith("ING")
            found = self.version(arn, version)["state"]
            return not busy and found in ("SUCCESSFUL", "FAILED") and found

        return self.until(state, BUILD_MINUTES, f"version {version} was not built in time")

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

        return self.until(accepted, 5, "the image stays busy")

    def set_status(self, version: str, status: str) -> tuple[str, str]:
        """Change a status, wait until reads show it, and return what the first reads showed."""
        arn, change = self.image, self.client.update_microvm_image_version

        def read() -> tuple[str, str]:
            listed = self.client.list_microvm_image_versions(imageIdentifier=arn, maxResults=50)
            (found,) = [v["status"] for v in listed["items"] if v["imageVersion"] == version]
            return self.version(arn, version)["status"], found

        self.change(change, imageIdentifier=arn, imageVersion=version, status=status)
        first = read()
        self.until(lambda: set(read()) == {status}, 2, "reads do not show the status")
        return first

    def running(self, image: str | None = None) -> list[str]:
        which = {"imageIdentifier": image} if image else {}
        pages = self.client.get_paginator("list_microvms").paginate(maxResults=50, **which)
        found = [each for page in pages for each in page["items"] if each["state"] != "TERMINATED"]
        return [each["microvmId"] for each in found if image in (None, each["imageArn"])]

    def run(self, **parameters: Any) -> dict[str, Any]:
        """Start a MicroVM and end it. If a response was lost, end that one first."""
        for microvm in self.running(self.image):
            self.end(microvm)
        limits = {"imageIdentifier": self.image, "maximumDurationInSeconds": MICROVM_SECONDS}
        started: dict[str, Any] = self.client.run_microvm(**limits, **parameters)
        self.end(started["microvmId"])
        return started

    def launch(self, **parameters: Any) -> Any:
        return _outcome(lambda: self.run(**parameters)["imageVersion"])

    def end(self, microvm: str) -> None:
        which, get = {"microvmIdentifier": microvm}, self.client.get_microvm
        _outcome(self.client.terminate_microvm, **which)  # It may have ended already.
        self.until(lambda: get(**which)["state"] == "TERMINATED", 5, "the MicroVM does not end")

    def until(self, read: Callable[[], Any], minutes: float, problem: str) -> Any:
        ends = min(time.monotonic() + minutes * 60, self.deadline)
        while not (value := read()):
            if time.monotonic() > ends:
                raise TimeoutError(problem)
            time.sleep(self.poll_seconds)
        return value

    def clean(self) -> int:
        for each in SIGNALS:  # A closed terminal sends two. Only Ctrl-C ends this.
            signal.signal(each, signal.SIG_IGN)
        self.deadline, left = time.monotonic() + CLEAN_MINUTES * 60, None
        try:
            _say(f"deleting what has the prefix {self.prefix}, for at most {CLEAN_MINUTES} minutes")
            for polls in (0, 5):  # A listing may lag behind a creation whose response was lost.
                time.sleep(polls * self.poll_seconds)
                while (left := _outcome(self._delete_images)) and time.monotonic() < self.deadline:
                    time.sleep(self.poll_seconds)
            self.s3.delete_object(Bucket=self.bucket, Key=self.key)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  Say how to go on.
            left = f"{error!r} {left or ''}"
        again = f"NOT everything is deleted: {left}\nRun this later: --clean {self.prefix}"
        _say(again if left else "everything is deleted")
        return 1 if left else 0

    def _delete_images(self) -> dict[str, Any]:
        """Request the deletion of all images; repeated, as one that is changing refuses."""
        pages = self.client.get_paginator("list_microvm_images")
        pages = pages.paginate(nameFilter=self.prefix, maxResults=50)
        # The filter finds names that contain the prefix anywhere.
        return {
            image["name"]: _outcome(self._delete, image["imageArn"])
            for image in [image for page in pages for image in page["items"]]
            if image["name"].startswith(f"{self.prefix}-") and image["state"] != "DELETED"
        }

    def _delete(self, image: str) -> Any:
        for microvm in self.running(image):
            _outcome(self.client.terminate_microvm, microvmIdentifier=microvm)
        return self.client.delete_microvm_image(imageIdentifier=image)["state"]


def _say(text: str) -> None:
    # The terminal may be closed, or Ctrl-C have ended `| tee`: cleaning up goes on.
    with contextlib.suppress(OSError):
        print(text, flush=True)


def _outcome(call: Callable[..., Any], *arguments: Any, **parameters: Any) -> Any:
    """Return what a call returns, or its error; of a local error only the name, which is safe."""
    try:
        return call(*arguments, **parameters)
    except (ClientError, TimeoutError) as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  What follows can still be asked, or deleted.
        return type(error).__name__


def status_changes(lab: _Lab) -> Any:
    """After a change of status, what do reads show, and what does a launch start?"""
    answers: dict[str, Any] = {}
    for change in ("2.0 INACTIVE", "2.0 ACTIVE", "1.0 INACTIVE", "1.0 ACTIVE"):
        reads, arn = lab.set_status(*change.split()), lab.image
        shown = lab.client.get_microvm_image(imageIdentifier=arn).get("latestActiveImageVersion")
        answers[change] = {"reads": [*reads], "image": shown, "launch": lab.launch()}
    return answers


def null_members(lab: _Lab) -> Any:
    """Which members of a version come as null?"""
    lab.version(lab.image, "1.0")
    seen = [each for each in lab.responses if each["operation"] == "GetMicrovmImageVersion"]
    return sorted(name for name, value in seen[-1]["body"].items() if value is None)


def replayed_run(lab: _Lab) -> Any:
    """What does a launch return that is repeated after its MicroVM has ended?"""
    token = f"{lab.prefix}-replay"
    first, again = (lab.run(imageVersion="1.0", clientToken=token) for _ in range(2))
    other = lab.launch(imageVersion="2.0", clientToken=token)
    same = first == {**again, "ResponseMetadata": first["ResponseMetadata"]}
    return {"same response": same, "state": again["state"], "another request": other}


def page_size(lab: _Lab) -> Any:
    """How many items does a page have if no size is given?"""
    arn, listing = lab.image, lab.client.list_microvms
    for _ in range(11 - len(listing(imageIdentifier=arn, maxResults=50)["items"])):
        lab.run(imageVersion="1.0")
    page = listing(imageIdentifier=arn)
    return {"items": len(page["items"]), "more": bool(page.get("nextToken"))}


def missing_object(lab: _Lab) -> Any:
    """Is an image of an object that does not exist refused, or does its build fail?"""
    artifact = {"uri": f"s3://{lab.bucket}/{lab.prefix}/missing.zip"}
    created = _outcome(lab.create, "missing", codeArtifact=artifact)
    return f"accepted, then {lab.built(created, '1.0')}" if created.startswith("arn:") else created


def refusals(lab: _Lab) -> Any:
    """Are these settings and launches refused?"""
    connector = f"arn:aws:lambda:{lab.region}:aws:network-connector:aws-network-connector:"
    images: dict[str, Any] = {
        "registry": {"codeArtifact": {"uri": "public.ecr.aws/lambda/microvms:al2023-minimal"}},
        "variable": {"environmentVariables": {"AWS_REGION": lab.region}},
        "base": {"baseImageVersion": "999"},
        "port": {"hooks": {"microvmImageHooks": {"ready": "ENABLED"}}},
    }
    launches = {
        "two-egress": [f"{connector}INTERNET_EGRESS"] * 2,
        "unknown-egress": [f"{connector}NO_EGRESS"],
        "ingress-as-egress": [f"{connector}HTTP_INGRESS"],
    }
    answers = {name: _outcome(lab.create, name, **images[name]) for name in images}
    for name, connectors in launches.items():
        answers[name] = lab.launch(imageVersion="1.0", egressNetworkConnectors=connectors)
    return {**answers, "version-1": lab.launch(imageVersion="1")}


def repeated_delete(lab: _Lab) -> Any:
    """What does the deletion of a version that is gone return?"""
    delete, image = lab.client.delete_microvm_image_version, lab.image
    lab.set_status("1.0", "INACTIVE")
    which = {"imageIdentifier": image, "imageVersion": "1.0"}
    lab.change(delete, **which)
    lab.until(
        lambda: "NotFound" in str(_outcome(lab.version, image, "1.0")), 5, "it is still there"
    )
    return _outcome(lambda: lab.change(delete, **which)["state"])


QUESTIONS = [  # The last one deletes a version that others need.
    (status_changes, "Assumed: the highest ACTIVE. UpdateMicrovmImageVersion, RunMicrovm 4 times."),
    (null_members, "Assumed: all that are unset. GetMicrovmImageVersion."),
    (replayed_run, "Assumed: the first response, PENDING. RunMicrovm 3 times."),
    (page_size, "Assumed: 10. RunMicrovm up to 11 times, ListMicrovms."),
    (missing_object, "Assumed: the build fails. CreateMicrovmImage."),
    (refusals, "Assumed: all but the last two are. CreateMicrovmImage, RunMicrovm, 4 times each."),
    (repeated_delete, "Assumed: that it is DELETED. DeleteMicrovmImageVersion twice."),
]


def _ask_all(lab: _Lab) -> None:
    # Only from here on: listings made earlier may name what belongs to others.
    lab.client.meta.events.register("before-parse.lambda-microvms", lab.record)
    for ask, _ in QUESTIONS:
        _say(f"{ask.__name__}: {ask.__doc__}")
        lab.answers[ask.__name__] = _outcome(ask, lab)
        _say(f"    {lab.answers[ask.__name__]}")


def _without_secrets(value: Any, lab: _Lab, member: str = "") -> Any:
    """Replace whatever could identify the account, its resources or its people."""
    if isinstance(value, list):
        return [_without_secrets(each, lab, member) for each in value]
    if value not in (None, {}) and SECRET_MEMBERS.search(member):
        return f"<{member}>"
    if isinstance(value, dict):
        return {name: _without_secrets(each, lab, name) for name, each in value.items()}
    if not isinstance(value, str):
        return "<number>" if value and value > 10**9 else value
    for mark in ("role", "bucket", "prefix", "region"):
        value = re.sub(rf"(?<![\w-]){re.escape(getattr(lab, mark))}(?!\w)", f"<{mark}>", value)
    for pattern, mark in SECRETS:
        value = re.sub(pattern, mark, value)
    return value


def _plan(prefix: str) -> str:
    lines = [f"{ask.__name__}: {ask.__doc__}\n    {details}\n" for ask, details in QUESTIONS]
    return f"""{"".join(lines)}
Creates the images {prefix}-main (2 versions) and {prefix}-missing, the object {prefix}/code.zip
in the bucket, and up to 22 MicroVMs, one after the other, each for at most {MICROVM_SECONDS} s;
and if AWS accepts what it is assumed to refuse, {prefix}-registry, -variable, -base and -port.
All of it is deleted at the end, also after Ctrl-C. What remains are the log groups
/aws/lambda-microvms/{prefix}-main and so on, ended MicroVMs in listings, and in a bucket with
versioning the object's old version. Needs lambda:*Microvm*, lambda:PassNetworkConnector,
iam:PassRole of the build role, s3:PutObject and s3:DeleteObject. Usually takes 20 minutes and a
few cents; at most about {ASK_MINUTES} minutes, and {CLEAN_MINUTES} more to delete.
"""


def _run(lab: _Lab, output: Path) -> int:
    if lab.running():
        sys.exit(f"MicroVMs run in {lab.region}: use a region, or an account, in which none does")
    output.touch(exist_ok=False)
    _say(f"{_plan(lab.prefix)}\nIf this program is killed: --clean {lab.prefix}\n")
    try:
        with contextlib.suppress(KeyboardInterrupt):
            _ask_all(lab)
        result = _without_secrets({"answers": lab.answers, "responses": lab.responses}, lab)
        output.write_text(json.dumps({"botocore": botocore.__version__, **result}, indent=2))
        _say(f"The result is in {output}. Read it before you send it.")
    finally:
        status = lab.clean()
    return status if len(lab.answers) == len(QUESTIONS) else 130


def _compare(asked: dict[str, Any]) -> int:
    from microvm_sdk.testing import mock_microvms  # noqa: PLC0415  Only this needs the SDK.

    role = "arn:aws:iam::123456789012:role/ask-aws-build"
    with mock_microvms() as controls, contextlib.redirect_stdout(None):
        controls.require_artifacts()
        lab = _Lab("us-east-1", "ask-aws-bucket", role, "ask-aws-local")
        lab.poll_seconds = 0
        lab.s3.create_bucket(Bucket=lab.bucket)
        _ask_all(lab)
    local = _without_secrets(lab.answers, lab)
    different = [name for name in asked if asked[name] != local.get(name)]
    for name in different:
        print(f"{name} differs\n    AWS: {asked[name]}\n    local service: {local.get(name)}")
    print(f"{len(asked) - len(different)} answers are the same, {len(different)} differ")
    return 1 if different else 0


def main(arguments: list[str] | None = None) -> int:
    """Print the plan, ask, compare, or clean up; return the exit status."""
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
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
        return _compare(json.loads(options.compare.read_text(encoding="utf-8"))["answers"])
    prefix = options.clean or f"ask-aws-{secrets.token_hex(4)}"
    if not options.run and not options.clean:
        print(f"{_plan(prefix)}\nNothing was called; --help shows how to ask.")
        return 0
    if not (options.region and options.bucket and (options.build_role or options.clean)):
        parser.error("--run needs --region, --bucket and --build-role; --clean the first two")
    if not re.fullmatch(r"ask-aws-[0-9a-f]{8}", prefix):
        parser.error("--clean takes a prefix that --run printed, such as ask-aws-1a2b3c4d")
    lab = _Lab(options.region, options.bucket, options.build_role or "", prefix)
    for each in SIGNALS:
        signal.signal(each, signal.default_int_handler)
    return lab.clean() if options.clean else _run(lab, options.output)


if __name__ == "__main__":
    raise SystemExit(main())
