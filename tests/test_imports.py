"""What an import loads: only the modules that are used, because others take long."""

import subprocess
import sys

JOBS = {"build", "connect", "images", "lifecycle", "releases", "settings"}
# Each statement, and what is not imported after it. They run in this order in one process.
STATEMENTS = {
    "import microvm_sdk.arns": {"botocore", "pydantic", "microvm_sdk.exceptions"},
    "from microvm_sdk import MicroVMClient": {
        *("asyncio", "microvm_sdk.async_client"),
        *("botocore.client", "botocore.config", "botocore.session", "urllib3"),
        *("microvm_sdk._waits.pace", "microvm_sdk._waits.steps"),
        *(f"microvm_sdk.{job}" for job in JOBS),
    },
    "import microvm_sdk.releases; "
    "from microvm_sdk.connect import TokenSource, http_client, wait_until_responding; "
    "from microvm_sdk.lifecycle import running, start, terminate_all": {
        *("asyncio", "boto3", "httpx2", "moto", "microvm_sdk.testing"),
    },
    "from microvm_sdk.connect import AsyncTokenSource, async_http_client; "
    "from microvm_sdk.lifecycle import async_running, async_start, async_terminate_all": {
        *("boto3", "httpx2", "moto", "microvm_sdk.testing"),
    },
}
PROGRAM = """
import sys
for statement in sys.argv[1:]:
    exec(statement)
    print(*sys.modules)
"""
# A name that is used for the first time while it is patched does not stay patched.
PATCHED = """
from unittest import mock
import microvm_sdk

for target in ("microvm_sdk.client.MicroVMClient", "microvm_sdk.Paginator"):
    name = target.rpartition(".")[2]
    with mock.patch(target) as patched:
        assert getattr(microvm_sdk, name) is patched
    assert isinstance(getattr(microvm_sdk, name), type)
"""


def run(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603  The programs are constants of this module.


def test_import_loads_only_the_modules_that_are_used() -> None:
    printed = run(PROGRAM, *STATEMENTS).splitlines()
    for modules, (statement, not_imported) in zip(printed, STATEMENTS.items(), strict=True):
        assert set(modules.split()) & not_imported == set(), statement


def test_name_first_used_while_it_is_patched_does_not_stay_patched() -> None:
    run(PATCHED)
