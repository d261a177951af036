"""What pytest shows of an error: no response and, by default, no secret of a request."""

import json
import os
import subprocess
import sys
from pathlib import Path

from loopback import case

RECEIVED = "do-not-print-me"
SENT = "do-not-send-me"
DOCUMENTED = case("update_microvm_image_version/documented").body
FAILING = """
import asyncio
import json
import os
import time

import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from microvm_sdk import AllPorts, AsyncMicroVMClient, MicroVMClient

IMAGE = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"
SECRET = os.environ["SENT"]
CANNED = json.loads(os.environ["CANNED"])


class Raw:
    def __init__(self, body):
        self.body = body

    def stream(self, **_):
        yield (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@pytest.fixture(scope="module", params=CANNED)
def client(request):
    once = Config(retries={"total_max_attempts": 1})
    client = MicroVMClient(region_name="eu-west-1", config=once)
    status, headers, body = CANNED[request.param]
    client.boto3_client.meta.events.register(
        "before-send", lambda request, **_: AWSResponse(request.url, status, headers, Raw(body))
    )
    return client


def test_response(client):
    client.get_microvm_image_version(image_identifier=IMAGE, image_version="3.0")


def test_token(client):
    client.create_microvm_auth_token(
        microvm_identifier="m", expiration_in_minutes=5, allowed_ports=[AllPorts()]
    )


def test_page(client):
    list(client.list_microvm_image_versions(image_identifier=IMAGE))


def test_wait(client):
    client.wait_until_image_version_ready(image_identifier=IMAGE, image_version="3.0")


def test_payload(client):
    client.run_microvm(image_identifier=IMAGE, run_hook_payload=SECRET)


@pytest.mark.parametrize("client", ["error"], indirect=True)
def test_call(client):
    client.call(dict, "run_microvm", imageIdentifier=IMAGE, runHookPayload=SECRET)


@pytest.mark.parametrize(
    "argument",
    [
        {"base_image_version": ".."},  # The SDK refuses it.
        {"hooks": 5},
        {"description": 5},  # botocore refuses it.
        {},  # The service does.
    ],
)
@pytest.mark.parametrize("client", ["error"], indirect=True)
def test_variables(client, argument):
    client.create_microvm_image(
        name="web", base_image_arn=IMAGE, build_role_arn=IMAGE, code_artifact={"uri": "s3://a/b"},
        environment_variables={"API_KEY": SECRET, "OTHER": 5 if argument.get("hooks") else SECRET},
        **argument,
    )


async def all_items(listing):
    return [item async for item in listing]


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.create_microvm_auth_token(
            microvm_identifier="m", expiration_in_minutes=5, allowed_ports=[AllPorts()]
        ),
        lambda client: client.wait_until_image_version_ready(
            image_identifier=IMAGE, image_version="3.0"
        ),
        lambda client: all_items(client.list_microvm_image_versions(image_identifier=IMAGE)),
        lambda client: client.run_microvm(image_identifier=IMAGE, run_hook_payload=SECRET),
    ],
)
@pytest.mark.parametrize("client", ["truncated"], indirect=True)
def test_async(client, call):
    asyncio.run(call(AsyncMicroVMClient(client=client)))


@pytest.mark.parametrize("client", ["error"], indirect=True)
def test_async_timeout(client):
    client.boto3_client.meta.events.register_first("before-send", lambda **_: time.sleep(0.2))

    async def run():
        call = AsyncMicroVMClient(client=client).run_microvm
        await asyncio.wait_for(call(image_identifier=IMAGE, run_hook_payload=SECRET), 0.02)

    asyncio.run(run())
"""


CANNED = {
    "mismatch": (200, {}, {**DOCUMENTED, "imageArn": None}),
    "truncated": (200, {}, f'{{"authToken": {{"X-aws-proxy-auth": "{RECEIVED}"}}, "items": [5'),
    "error": (409, {"x-amzn-errortype": "ConflictException"}, {"message": "no"}),
    "unreadable error": (503, {}, [1]),
}


# One process for both runs, because importing takes long.
RUN = """
import pytest
from _pytest._code import code

# Finding the statement of each frame would take most of the time.
code.getstatementrange_ast = lambda line, *_, **__: (None, line, line + 1)
for option in ("--tb=auto", "--showlocals"):
    print("Run with", option, flush=True)
    pytest.main(["-p", "no:cacheprovider", option])
"""


def test_no_traceback_shows_a_response_or_by_default_a_secret_of_a_request(tmp_path: Path) -> None:
    (tmp_path / "test_failing.py").write_text(FAILING)
    done = subprocess.run(  # noqa: S603  The tests above.
        [sys.executable, "-c", RUN],
        env={
            **os.environ,
            "CANNED": json.dumps(CANNED),
            "SENT": SENT,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.count("30 failed") == 2, done.stdout + done.stderr
    assert done.stdout.count("ParamValidationError") > 2
    assert RECEIVED not in done.stdout
    by_default, with_locals = done.stdout.split("Run with --showlocals")
    assert SENT not in by_default
    # With its local variables, the frame of a method shows its arguments.
    assert SENT in with_locals
