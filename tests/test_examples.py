"""The examples run, and print what they should."""

import sys
from pathlib import Path

import first_rollback
import pytest
import whole_service

from microvm_sdk import MicroVMClient
from microvm_sdk.testing import MicroVMServer, mock_microvms


def test_first_rollback_prints_each_status_and_no_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first_rollback.main()
    printed = capsys.readouterr().out
    assert "built 1.0 SUCCESSFUL ACTIVE\nnow INACTIVE\nnow ACTIVE\n" in printed
    assert "not to be printed" not in printed


EXPECTED = """\
built 1.0 ACTIVE
runs 1.0 RUNNING
headers ['X-aws-proxy-auth', 'X-aws-proxy-port']
built 2.0 ACTIVE
rolled back to 1.0
built 3.0 ACTIVE
pruned 1.0
tags [('state', 'retired'), ('team', 'web')]
deleted
"""


def test_whole_service_in_process(capsys: pytest.CaptureFixture[str]) -> None:
    with mock_microvms(), MicroVMClient(region_name=whole_service.REGION) as client:
        whole_service.release(client)
    assert capsys.readouterr().out == EXPECTED


def test_whole_service_over_http_from_the_command_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with MicroVMServer() as server:
        for model in ("build", "deletion", "microvm"):
            transition = {"progression": "immediate"}
            server.controls.set_transition(f"lambdamicrovms::{model}", transition)
        program = str(Path(whole_service.__file__))
        monkeypatch.setattr(sys, "argv", [program, "--endpoint-url", server.endpoint_url])
        whole_service.main()
    assert capsys.readouterr().out == EXPECTED
