"""The texts that the troubleshooting page quotes are those that users see."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import DataNotFoundError
from local_image import ONE_ATTEMPT, REGION, LocalService

from microvm_sdk import MicroVMClient, Port
from microvm_sdk._calls import creation
from microvm_sdk.arns import ManagedConnector
from microvm_sdk.connect import _door
from microvm_sdk.exceptions import NoCurrentVersionError, ResponseValidationError
from microvm_sdk.settings import image_settings
from microvm_sdk.testing._service.state.builds import FAILURES
from microvm_sdk.testing._service.state.hook_calls import runtime_hook_error

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "guides" / "troubleshooting.md").read_text(encoding="utf-8")
SOURCE = ROOT / "src" / "microvm_sdk"

# What only the real service says.
REPORTED = (
    "Container Stopped with Exit Code: 1",
    (
        "User: arn:aws:iam::123456789012:user/x is not authorized to perform: lambda:RunMicrovm on "
        f"resource: arn:aws:lambda:{REGION}:123456789012:microvm-image:web"
    ),
    (
        "An error occurred (UnrecognizedClientException) when calling the GetMicrovmImage "
        "operation: The security token included in the request is invalid."
    ),
)
FAILED_HOOKS = (
    runtime_hook_error("run", "returned HTTP status 400"),
    runtime_hook_error("suspend", "returned HTTP status 500"),
    runtime_hook_error("resume", "connection was refused"),
)


def texts_of_the_source() -> list[str]:
    """Return the strings of the source that depend on nothing."""
    return [
        node.value.decode() if isinstance(node.value, bytes) else node.value
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
    ]


def quoted() -> list[str]:
    """Return the texts that the page quotes: its blocks, and code in the first column of tables."""
    blocks = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    cells = re.findall(r"^\| (.*?) \|", PAGE, re.MULTILINE)
    spans = [span for cell in cells for span in re.findall(r"`([^`]+)`", cell) if " " in span]
    return [
        " ".join(text.split())
        for text in (*blocks, *spans)
        if not text.startswith(("aws ", "POST "))
    ]


def provoke(*functions: Callable[[], object]) -> Iterator[str]:
    for function in functions:
        with pytest.raises(Exception, match=r".") as caught:
            function()
        yield str(caught.value)


def provoked(service: LocalService, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    image = service.image()
    client, controls = service.client, service.controls
    version: dict[str, Any] = {"image_identifier": image.arn}
    settings: dict[str, Any] = dict(image_settings(client, **version))
    other_base: dict[str, Any] = settings | {"base_image_version": "1.0"}
    run: Callable[..., Any] = client.run_microvm
    yield str(NoCurrentVersionError(image.arn, client.list_microvm_image_versions(**version)))
    yield str(ResponseValidationError("RunMicrovm", ["state: Field required"], {}))
    yield from provoke(
        lambda: MicroVMClient(region_name="us-east-1", config=ONE_ATTEMPT).get_microvm_image(
            **version
        ),
        lambda: client.create_microvm_image(name="web", **settings),
        lambda: client.get_microvm_image(image_identifier="web"),
        lambda: client.get_microvm_image(image_identifier=image.arn + "x"),
        lambda: client.delete_microvm_image_version(**version, image_version="1.0"),
        lambda: run(image_identifier="web"),
        lambda: run(**version, run_hook_payload="x"),
        lambda: run(**version, logging={"cloudWatch": {}}),
        lambda: run(**version, egress_network_connectors=[connector("INTERNET_EGRESS")] * 2),
        lambda: run(**version, egress_network_connectors=[connector("NO_EGRESS")]),
        lambda: run(**version, egress_network_connectors=[ManagedConnector.INTERNET_EGRESS]),
        lambda: client.create_microvm_image(name="x", **other_base),
        lambda: client.get_microvm(microvm_identifier="microvm-" + "0" * 36),
        lambda: boto3.client("lambda-core", region_name=REGION).list_network_connectors(),
    )
    microvm = run(**version, client_token="token")
    named: dict[str, Any] = {"microvm_identifier": microvm.microvm_id, "expiration_in_minutes": 61}
    shell: dict[str, Any] = named | {"expiration_in_minutes": 5}
    yield from provoke(
        lambda: run(**version, client_token="token", maximum_duration_in_seconds=60),
        lambda: client.delete_microvm_image(**version),
        lambda: client.create_microvm_auth_token(**named, allowed_ports=[Port(port=80)]),
        lambda: client.create_microvm_shell_auth_token(**shell),
    )
    client.terminate_microvm(microvm_identifier=microvm.microvm_id)
    client.wait_until_microvm_terminated(microvm_identifier=microvm.microvm_id)
    yield from provoke(lambda: client.resume_microvm(microvm_identifier=microvm.microvm_id))
    refusals: list[Callable[[], None]] = [
        lambda: controls.throttle("RunMicrovm"),
        lambda: controls.exceed_quota("RunMicrovm"),
        controls.run_out_of_capacity,
    ]
    for schedule in refusals:
        schedule()
        yield from provoke(lambda: run(**version))
    for status_code in (409, 400):
        controls.make_image_busy("web", status_code=status_code)
        yield from provoke(lambda: client.delete_microvm_image(**version))
    controls.fail_next_build("The container image build failed.", image="web")
    client.update_microvm_image(**version, **settings)
    controls.hang_next_build(image="hanging")
    client.create_microvm_image(name="hanging", **settings)
    controls.limit_concurrent_builds(1)
    wait: Callable[..., Any] = client.wait_until_image_version_ready
    yield from provoke(
        lambda: wait(**version, image_version="2.0"),
        lambda: wait(
            image_identifier=image.arn.replace(":web", ":hanging"), image_version="1.0", timeout=0
        ),
        lambda: client.create_microvm_image(name="third", **settings),
    )
    image.set_status("1.0", "INACTIVE")
    yield from provoke(lambda: run(**version))
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    yield from provoke(MicroVMClient)
    monkeypatch.setattr(creation, "_client_factory", lambda _: (unknown_service, None))
    yield from provoke(MicroVMClient)
    with patch.dict("sys.modules", {"httpx2": None}):
        monkeypatch.setattr(_door, "_PYTHON", (3, 13))
        yield from provoke(lambda: _door.require_httpx2("http_client"))


def connector(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:aws:network-connector:aws-network-connector:{name}"


def unknown_service(*_: Any, **__: Any) -> None:
    raise DataNotFoundError(data_path="lambda-microvms")


def test_the_texts_in_the_troubleshooting_page_are_real(
    service: LocalService, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = [
        *REPORTED,
        *FAILURES.values(),
        *FAILED_HOOKS,
        *texts_of_the_source(),
        *provoked(service, monkeypatch),
    ]
    texts = quoted()
    assert len(texts) > 40

    def is_real(text: str) -> bool:
        pattern = ".*".join(re.escape(part.strip()) for part in text.split("…"))
        return any(re.search(pattern, candidate) for candidate in real)

    assert [text for text in texts if not is_real(text)] == []
