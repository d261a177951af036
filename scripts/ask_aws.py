"""Ask AWS what nobody has measured yet, in one run, and clean up.

    python scripts/ask_aws.py                      # print the plan; make no call
    python scripts/ask_aws.py --run --region eu-west-1 --bucket BUCKET --build-role ARN
    python scripts/ask_aws.py --compare ask-aws.json
    python scripts/ask_aws.py --clean PREFIX --region eu-west-1 --bucket BUCKET

It needs boto3 and credentials; `--compare` also needs `microvm-sdk[testing]`. The role is a build
role as in "Your first real image"; the bucket must be in the region. `docs/measured.md` says what
is known so far, and where to send the result.
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
from botocore.exceptions import ClientError

PREFIX = f"ask-aws-{secrets.token_hex(4)}"
BUILD_MINUTES = 15
MICROVM_SECONDS = 60
DOCKERFILE = 'FROM public.ecr.aws/lambda/microvms:al2023-minimal\nCMD ["sleep", "infinity"]\n'
# In the result's JSON, in this order.
SECRETS = (
    (r'"(\w*(?:[tT]oken|At|Id)|id)": (?:"[^"]*"|[\d.]+)', r'"\1": "<\1>"'),
    (r"arn:[\w-]+:(iam|sts)::[^\s\"',\\]+", "<principal>"),
    (r"[\w-]+\.lambda-microvm\.[\w.-]+", "<endpoint>"),
    (r"(microvm-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.]*(Z|[+-]\d\d:?\d\d)?", "<time>"),
    (r"(?<!\d)\d{12}(?!\d)", "<account>"),
    (r"[A-Za-z0-9_\-+/=.]{100,}", "<token>"),
)


class _Lab:
    """The image, the MicroVMs and the calls of a run. Everything it creates has the prefix."""

    def __init__(self, session: boto3.Session, bucket: str, role: str, prefix: str) -> None:
        self.region = session.region_name
        self.client: Any = session.client("lambda-microvms")
        self.s3: Any = session.client("s3")
        self.bucket, self.role, self.prefix = bucket, role, prefix
        self.key = f"{prefix}/code.zip"
        self.responses: list[dict[str, Any]] = []
        self.poll_seconds = 2.0
        self.client.meta.events.register("before-parse.lambda-microvms", self._record)
        self._image: str | None = None

    def _record(self, operation_model: Any, response_dict: Any, **_: Any) -> None:
        body = response_dict["body"].decode("utf-8", "replace")
        with contextlib.suppress(ValueError):  # A gateway's page is text.
            body = json.loads(body)
        status = response_dict["status_code"]
        self.responses.append({"operation": operation_model.name, "status": status, "body": body})

    def settings(self, **changes: Any) -> dict[str, Any]:
        return {
            "baseImageArn": f"arn:aws:lambda:{self.region}:aws:microvm-image:al2023-1",
            "buildRoleArn": self.role,
            "codeArtifact": {"uri": f"s3://{self.bucket}/{self.key}"},
            **changes,
        }

    def image(self) -> str:
        if self._image is None:
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w") as file:
                file.writestr("Dockerfile", DOCKERFILE)
            self.s3.put_object(Bucket=self.bucket, Key=self.key, Body=archive.getvalue())
            settings = self.settings()
            created = self.client.create_microvm_image(name=f"{self.prefix}-main", **settings)
            arn = created["imageArn"]
            built = [self.built(arn, "1.0")]
            self.client.update_microvm_image(imageIdentifier=arn, **settings)
            built.append(self.built(arn, "2.0"))
            if built != ["SUCCESSFUL"] * 2:
                msg = f"the builds of {arn} are {built}: read their log"
                raise RuntimeError(msg)
            self._image = arn
        return self._image

    def built(self, arn: str, version: str) -> Any:
        def state() -> Any:
            busy = self.client.get_microvm_image(imageIdentifier=arn)["state"].endswith("ING")
            found = self.version(arn, version)["state"]
            return not busy and found in ("SUCCESSFUL", "FAILED") and found

        return self.until(state, BUILD_MINUTES * 60, f"version {version} of {arn} is built")

    def version(self, arn: str, version: str) -> Any:
        return self.client.get_microvm_image_version(imageIdentifier=arn, imageVersion=version)

    def set_status(self, version: str, status: str, *, wait: bool = True) -> None:
        arn = self.image()
        change = self.client.update_microvm_image_version
        change(imageIdentifier=arn, imageVersion=version, status=status)
        if wait:
            self.until(lambda: set(self.shown(arn, version)) == {status}, 120, "reads show it")

    def shown(self, arn: str, version: str) -> tuple[str, str]:
        listed = self.client.list_microvm_image_versions(imageIdentifier=arn, maxResults=50)
        (status,) = [v["status"] for v in listed["items"] if v["imageVersion"] == version]
        return self.version(arn, version)["status"], status

    def run(self, **parameters: Any) -> dict[str, Any]:
        parameters = {"maximumDurationInSeconds": MICROVM_SECONDS, **parameters}
        started: dict[str, Any] = self.client.run_microvm(**parameters)
        self.end(started["microvmId"])
        return started

    def end(self, microvm: str) -> None:
        self.client.terminate_microvm(microvmIdentifier=microvm)
        get = self.client.get_microvm
        self.until(lambda: get(microvmIdentifier=microvm)["state"] == "TERMINATED", 300, "it ended")

    def until(self, read: Callable[[], Any], seconds: float, what: str) -> Any:
        ends = time.monotonic() + seconds
        while not (value := read()):
            if time.monotonic() > ends:
                raise TimeoutError(seconds, f"waiting until {what} took too long")
            time.sleep(self.poll_seconds)
        return value

    def launches(self, *changes: str) -> dict[str, Any]:
        for change in changes:
            self.set_status(*change.split())
        arn = self.image()
        image = self.client.get_microvm_image(imageIdentifier=arn)
        started = _outcome(lambda: self.run(imageIdentifier=arn)["imageVersion"])
        return {"image": image.get("latestActiveImageVersion"), "launch": started}

    def clean(self) -> int:
        print(f"deleting what {self.prefix} created", flush=True)
        pages = self.client.get_paginator("list_microvm_images").paginate(
            nameFilter=self.prefix, maxResults=50
        )
        left = [
            f"the image {image['name']}: {problem}"
            for page in pages
            for image in page["items"]
            if (problem := _outcome(self._delete, image["imageArn"]))
        ]
        for problem in left:
            print(f"not deleted: {problem}\nTry again later: --clean {self.prefix}")
        self.s3.delete_object(Bucket=self.bucket, Key=self.key)
        return 1 if left else 0

    def _delete(self, arn: str) -> None:
        for microvm in _running(self.client, imageIdentifier=arn):
            self.end(microvm)

        def gone() -> bool:
            # An image that is still changing refuses to be deleted, so this is repeated.
            _outcome(lambda: self.client.delete_microvm_image(imageIdentifier=arn))
            found = _outcome(lambda: self.client.get_microvm_image(imageIdentifier=arn)["state"])
            return str(found).startswith("404")

        self.until(gone, BUILD_MINUTES * 60, f"{arn} is deleted")


def _outcome(call: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        details = error.response["Error"]
        return f"{status} {details['Code']}: {details.get('Message')}"
    except TimeoutError as error:
        return str(error)


def _microvms(client: Any, **parameters: Any) -> list[dict[str, Any]]:
    pages = client.get_paginator("list_microvms").paginate(maxResults=50, **parameters)
    return [microvm for page in pages for microvm in page["items"]]


def _running(client: Any, **parameters: Any) -> list[str]:
    microvms = _microvms(client, **parameters)
    return [each["microvmId"] for each in microvms if each["state"] != "TERMINATED"]


def status_changes(lab: _Lab) -> Any:
    """What does the image show, and a launch start, after the status of versions has changed?

    Assumed: the highest that is ACTIVE. Calls: UpdateMicrovmImageVersion, RunMicrovm 3 times.
    """
    return {
        "newest blocked": lab.launches("2.0 INACTIVE"),
        "newest active again": lab.launches("2.0 ACTIVE"),
        "older activated last": lab.launches("1.0 INACTIVE", "1.0 ACTIVE"),
    }


def lag(lab: _Lab) -> Any:
    """Do the first Get and List after a change of status show it?

    Assumed: yes, usually. Calls: UpdateMicrovmImageVersion, Get and List.
    """
    lab.set_status("1.0", "INACTIVE", wait=False)
    shown = lab.shown(lab.image(), "1.0")
    lab.set_status("1.0", "ACTIVE")
    return dict(zip(("get", "list"), shown, strict=True))


def null_members(lab: _Lab) -> Any:
    """Which members of a version come as null?

    Assumed: all that are unset. Calls: GetMicrovmImageVersion.
    """
    lab.version(lab.image(), "1.0")
    return sorted(name for name, value in lab.responses[-1]["body"].items() if value is None)


def replayed_run(lab: _Lab) -> Any:
    """What does a launch return that is repeated after its MicroVM has ended?

    Assumed: the first response, PENDING. Calls: RunMicrovm 3 times.
    """
    parameters = {"imageIdentifier": lab.image(), "clientToken": f"{lab.prefix}-replay"}
    first, again = (lab.run(imageVersion="1.0", **parameters) for _ in range(2))
    other = _outcome(lambda: lab.run(imageVersion="2.0", **parameters)["state"])
    same = first == {**again, "ResponseMetadata": first["ResponseMetadata"]}
    return {"same response": same, "state": again["state"], "another request": other}


def page_size(lab: _Lab) -> Any:
    """How many items does a page have if no size is given?

    Assumed: 10. Calls: RunMicrovm up to 11 times, ListMicrovms.
    """
    arn = lab.image()
    for _ in range(11 - len(_microvms(lab.client, imageIdentifier=arn))):
        lab.run(imageIdentifier=arn, imageVersion="1.0")
    return len(lab.client.list_microvms(imageIdentifier=arn)["items"])


def missing_object(lab: _Lab) -> Any:
    """Is an image of an object that does not exist refused, or does its build fail?

    Assumed: the build fails. Calls: CreateMicrovmImage.
    """
    artifact = {"uri": f"s3://{lab.bucket}/{lab.prefix}/missing.zip"}
    settings = lab.settings(name=f"{lab.prefix}-missing", codeArtifact=artifact)
    created = _outcome(lambda: lab.client.create_microvm_image(**settings)["imageArn"])
    accepted = created.startswith("arn:")
    return f"accepted, then {lab.built(created, '1.0')}" if accepted else created


def refusals(lab: _Lab) -> Any:
    """Are these settings and launches refused? One party saw all but the last two.

    Assumed: all but the last two. Calls: CreateMicrovmImage and RunMicrovm, 4 times each.
    """
    connector = f"arn:aws:lambda:{lab.region}:aws:network-connector:aws-network-connector:"
    images: dict[str, dict[str, Any]] = {
        "registry": {"codeArtifact": {"uri": "public.ecr.aws/lambda/microvms:al2023-minimal"}},
        "variable": {"environmentVariables": {"AWS_REGION": lab.region}},
        "base": {"baseImageVersion": "999"},
        "port": {"hooks": {"microvmImageHooks": {"ready": "ENABLED"}}},
    }
    launches: dict[str, dict[str, Any]] = {
        "two-egress": {"egressNetworkConnectors": [f"{connector}INTERNET_EGRESS"] * 2},
        "unknown-egress": {"egressNetworkConnectors": [f"{connector}NO_EGRESS"]},
        "ingress-as-egress": {"egressNetworkConnectors": [f"{connector}HTTP_INGRESS"]},
        "version-1": {"imageVersion": "1"},
    }

    def create(name: str) -> str:
        settings = lab.settings(name=f"{lab.prefix}-{name}", **images[name])
        return f"accepted: {lab.client.create_microvm_image(**settings)['state']}"

    def run(name: str) -> str:
        parameters = {"imageVersion": "1.0", **launches[name]}
        return f"accepted: {lab.run(imageIdentifier=lab.image(), **parameters)['imageVersion']}"

    calls = [(create, name) for name in images] + [(run, name) for name in launches]
    return {name: _outcome(call, name) for call, name in calls}


def repeated_delete(lab: _Lab) -> Any:
    """What does the deletion of a version that is gone return?

    Assumed: that it is DELETED. Calls: DeleteMicrovmImageVersion twice.
    """
    delete, image = lab.client.delete_microvm_image_version, lab.image()
    lab.set_status("1.0", "INACTIVE")
    delete(imageIdentifier=image, imageVersion="1.0")
    lab.until(lambda: "404" in str(_outcome(lab.version, image, "1.0")), 300, "1.0 is gone")
    return _outcome(lambda: delete(imageIdentifier=image, imageVersion="1.0")["state"])


# The last one deletes a version that the others need.
QUESTIONS = [status_changes, lag, null_members, replayed_run, page_size, missing_object]
QUESTIONS += [refusals, repeated_delete]


def _ask_all(lab: _Lab, answers: dict[str, Any]) -> None:
    for ask in QUESTIONS:
        print(f"{ask.__name__}: {str(ask.__doc__).splitlines()[0]}", flush=True)
        try:
            answers[ask.__name__] = ask(lab)
        except Exception as error:  # noqa: BLE001  The other questions still have answers.
            answers[ask.__name__] = f"failed: {error}"
        print(f"    {answers[ask.__name__]}", flush=True)


def _without_secrets(value: Any, lab: _Lab) -> str:
    text = json.dumps(value, indent=2)
    for name in ("role", "bucket", "prefix", "region"):
        text = text.replace(getattr(lab, name), f"<{name}>")
    for pattern, mark in SECRETS:
        text = re.sub(pattern, mark, text)
    return text


def _plan() -> str:
    questions = "\n".join(f"{ask.__name__}: {ask.__doc__}" for ask in QUESTIONS)
    return f"""{questions}
Creates the images {PREFIX}-main (2 versions) and {PREFIX}-missing, the object
{PREFIX}/code.zip in the bucket, and up to 25 MicroVMs, one after the other, each for
at most {MICROVM_SECONDS} s. All of it is deleted at the end, also after Ctrl-C. The service leaves
the log groups /aws/lambda-microvms/{PREFIX}-main and -missing, and ended MicroVMs in listings.
Usually 20 minutes and a few cents; at most {4 * BUILD_MINUTES + 30} minutes.
"""


def _run(lab: _Lab, output: Path) -> int:
    if _running(lab.client):
        print(f"MicroVMs run in {lab.region}: use a region, or an account, in which none does")
        return 1
    print(f"{_plan()}\nIf this program is killed: --clean {lab.prefix}\n")
    answers: dict[str, Any] = {}
    try:
        with contextlib.suppress(KeyboardInterrupt):
            _ask_all(lab, answers)
    finally:
        result = {"botocore": botocore.__version__, "answers": answers, "responses": lab.responses}
        output.write_text(_without_secrets(result, lab), encoding="utf-8")
        print(f"The result is in {output}. Read it before you send it.")
        status = lab.clean()
    return status if len(answers) == len(QUESTIONS) else 130


def _compare(path: Path) -> int:
    from microvm_sdk.testing import mock_microvms  # noqa: PLC0415  Only this needs the SDK.

    asked: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["answers"]
    answers: dict[str, Any] = {}
    role = "arn:aws:iam::123456789012:role/build"
    with mock_microvms() as controls:
        controls.require_artifacts()
        lab = _Lab(boto3.Session(region_name="us-east-1"), "artifacts", role, PREFIX)
        lab.poll_seconds = 0
        lab.s3.create_bucket(Bucket=lab.bucket)
        _ask_all(lab, answers)
    local = json.loads(_without_secrets(answers, lab))
    different = [name for name in asked if asked[name] != local.get(name)]
    for name in different:
        print(f"{name} differs\n    AWS: {asked[name]}\n    local service: {local.get(name)}")
    print(f"{len(asked) - len(different)} answers are the same, {len(different)} differ")
    return 1 if different else 0


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
        return _compare(options.compare)
    if not options.run and not options.clean:
        print(_plan())
        print("Nothing was called. To ask: --run --region REGION --bucket BUCKET --build-role ARN")
        return 0
    if not (options.region and options.bucket and (options.build_role or options.clean)):
        parser.error("--run needs --region, --bucket and --build-role; --clean the first two")
    if options.clean and not re.fullmatch(r"ask-aws-[0-9a-f]{8}", options.clean):
        parser.error("--clean takes a prefix that --run printed, such as ask-aws-1a2b3c4d")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    session = boto3.Session(region_name=options.region)
    lab = _Lab(session, options.bucket, options.build_role or "", options.clean or PREFIX)
    return lab.clean() if options.clean else _run(lab, options.output)


if __name__ == "__main__":
    raise SystemExit(main())
