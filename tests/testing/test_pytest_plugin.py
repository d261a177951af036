"""The fixtures in a user's own test run."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

USERS_TESTS = """
import asyncio
import os

import boto3


def request(name):
    return {
        "name": name,
        "base_image_arn": "arn:aws:lambda:us-east-1:aws:microvm-image:al2023-1",
        "build_role_arn": "arn:aws:iam::123456789012:role/build",
        "code_artifact": {"uri": "s3://bucket/code.zip"},
    }


def roll_out_and_back(client, name):
    image = client.create_microvm_image(**request(name))
    built = client.get_microvm_image_version(
        image_identifier=image.image_arn, image_version="1.0"
    )
    assert (built.state, built.status) == ("SUCCESSFUL", "ACTIVE")
    back = client.update_microvm_image_version(
        image_identifier=image.image_arn, image_version="1.0", status="INACTIVE"
    )
    assert back.status == "INACTIVE"


def test_client_one(microvm_client):
    roll_out_and_back(microvm_client, "web")


def test_client_two_starts_empty(microvm_client):
    assert list(microvm_client.list_microvm_images()) == []
    roll_out_and_back(microvm_client, "web")


def test_image_is_built(microvm_client, microvm_image):
    microvm = microvm_client.run_microvm(image_identifier=microvm_image)
    assert (microvm.image_arn, microvm.image_version) == (microvm_image, "1.0")


def test_image_alone(microvm_image):
    assert microvm_image.startswith("arn:aws:lambda:us-east-1:123456789012:microvm-image:")


def test_controls_affect_the_client(microvm_client, microvm_controls):
    microvm_controls.fail_next_build("S3_NO_SUCH_KEY")
    image = microvm_client.create_microvm_image(**request("web"))
    assert microvm_client.get_microvm_image(
        image_identifier=image.image_arn
    ).state == "CREATE_FAILED"


def test_controls_are_reset_after_the_test(microvm_client, microvm_controls):
    microvm_controls.set_transition(
        "lambdamicrovms::build", {"progression": "manual", "times": 99}
    )
    image = microvm_client.create_microvm_image(**request("web"))
    assert microvm_client.get_microvm_image(image_identifier=image.image_arn).state == "CREATING"


def test_real_credentials_are_out_of_reach(microvm_client):
    credentials = boto3.Session().get_credentials()
    assert "real" not in (credentials.access_key, credentials.secret_key, credentials.token)
    assert "AWS_PROFILE" not in os.environ
    assert microvm_client.boto3_client.meta.endpoint_url == "https://lambda.us-east-1.amazonaws.com"


def test_asynchronous_client(async_microvm_client):
    async def names():
        return [image.name async for image in async_microvm_client.list_microvm_images()]

    assert asyncio.run(names()) == []
    assert async_microvm_client.sync_client.boto3_client.meta.region_name == "us-east-1"


def test_server_one(microvm_server):
    client = boto3.client(
        "lambda-microvms", region_name="us-east-1", endpoint_url=microvm_server.endpoint_url
    )
    assert client.list_microvm_images()["items"] == []
    assert client._get_credentials().access_key == "testing"


def test_server_two(microvm_server):
    test_server_one(microvm_server)
    microvm_server.controls.throttle("RunMicrovm")
"""


def run_pytest(folder: Any, *arguments: Any, **variables: Any) -> Any:
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    # pytest-asyncio warns unless this is set.
    command += ["-o", "asyncio_default_fixture_loop_scope=function"]
    return subprocess.run(  # noqa: S603  It runs this Python with the test's arguments.
        [*command, *arguments],
        cwd=folder,
        env={"PATH": "", "AWS_PROFILE": "real", "AWS_ENDPOINT_URL": "http://real.invalid"}
        | {"AWS_ACCESS_KEY_ID": "real", "AWS_SECRET_ACCESS_KEY": "real", "HOME": str(folder)}
        | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_the_fixtures_work_alone_and_with_xdist(workers: Any, tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(USERS_TESTS)
    done = run_pytest(tmp_path, *workers)
    assert "10 passed" in done.stdout, done.stdout + done.stderr


def test_nothing_is_imported_before_a_fixture_is_used(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        "import sys\n\ndef test_modules():\n"
        "    heavy = ('boto3', 'botocore', 'flask', 'moto', 'pydantic')\n"
        "    found = [name for name in sys.modules if name.split('.')[0] in heavy]\n"
        "    assert 'microvm_sdk.testing.pytest_plugin' in sys.modules\n"
        "    assert found == []\n"
    )
    done = run_pytest(tmp_path, "-p", "no:hypothesispytest")
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_without_the_extra_other_tests_run_and_the_fixture_names_what_to_install(
    tmp_path: Path,
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['moto'] = None\n")
    (tmp_path / "test_mine.py").write_text(
        "def test_other():\n    pass\n\ndef test_mine(microvm_server):\n    pass\n"
    )
    done = run_pytest(tmp_path, PYTHONPATH=str(tmp_path))
    assert "1 passed, 1 error" in done.stdout, done.stdout + done.stderr
    assert 'pip install "microvm-sdk[testing]"' in done.stdout


def test_no_warning_if_the_package_was_imported_before_pytest(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("def test_it():\n    pass\n")
    arguments = ["-q", "-W", "error", "-o", "asyncio_default_fixture_loop_scope=function"]
    program = f"import sys, microvm_sdk, pytest; sys.exit(pytest.main({arguments}))"
    done = subprocess.run(  # noqa: S603  The command is a constant of this test.
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
