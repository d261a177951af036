"""The page on permissions: no action is forgotten, and the policies allow what the jobs call."""

import json
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from local_image import REGION, LocalImage, LocalService

from microvm_sdk import BuildError, CodeArtifactUri, MicroVMClient, Port
from microvm_sdk.build import deploy
from microvm_sdk.connect import TokenSource
from microvm_sdk.lifecycle import running
from microvm_sdk.releases import plan_prune, promote, prune, withdraw
from microvm_sdk.testing import mock_microvms

pytestmark = pytest.mark.once

GUIDES = Path(__file__).parent.parent.parent / "docs" / "guides"
PAGE = (GUIDES / "permissions.md").read_text(encoding="utf-8")


def policies() -> dict[str, Any]:
    block = r"^```\{code-block\} json\n:caption: (\S+)\.json\n\n(.*?)^```$"
    found = re.findall(block, PAGE, re.MULTILINE | re.DOTALL)
    return {name: json.loads(text) for name, text in found}


def statements(policy: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield each action of a policy with its resources."""
    for statement in policy["Statement"]:
        actions, resources = statement["Action"], statement["Resource"]
        for action in [actions] if isinstance(actions, str) else actions:
            yield action, [resources] if isinstance(resources, str) else resources


def table_of_actions() -> dict[str, tuple[str, set[str]]]:
    """Return the resource of each action, and who needs it."""
    rows = re.findall(r"^\| `(lambda:\w+)` \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
    found = {action: (resource, set(needed.split(", "))) for action, resource, needed in rows}
    assert len(found) == len(rows)
    return found


def operations(service: str) -> set[str]:
    model: Any = botocore.session.get_session().get_service_model(service)
    return {f"lambda:{name}" for name in model.operation_names}


def test_the_permissions_page_names_every_action() -> None:
    assert set(table_of_actions()) == operations("lambda-microvms") | {
        "lambda:PassNetworkConnector"
    }


def test_the_policies_have_the_actions_and_resources_of_the_table() -> None:
    image = f"arn:aws:lambda:{REGION}:123456789012:microvm-image:web"
    resources = {"`*`": "*", "image": image, "managed image": image.replace("123456789012", "aws")}
    for action, (resource, needed_by) in table_of_actions().items():
        found = {
            name: given
            for name, policy in policies().items()
            if name in {"deployer", "operator", "application"}
            for allowed, given in statements(policy)
            if allowed == action
        }
        assert found.keys() == needed_by, action
        for given in found.values():
            assert resources[resource].replace("aws:microvm-image:web", "aws:microvm-image:*") in (
                given
            ), action


def test_the_policies_name_no_other_actions() -> None:
    known = operations("lambda-microvms") | operations("lambda-core")
    used = {
        action
        for name, policy in policies().items()
        if name != "trust"
        for action, _ in statements(policy)
        if action.startswith("lambda:")
    }
    assert used - known == {"lambda:PassNetworkConnector"}


def test_iam_accepts_the_policies() -> None:
    with mock_microvms():
        iam = boto3.client("iam", region_name=REGION)
        for name, policy in policies().items():
            if name == "trust":
                iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policy))
            else:
                iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(policy))
    assert len(policies()) == 7


@contextmanager
def calls(client: MicroVMClient) -> Generator[set[str]]:
    """Collect the actions that the calls of a client need."""
    found: set[str] = set()

    def collect(model: Any, **_: Any) -> None:
        found.add(f"lambda:{model.name}")

    events = client.boto3_client.meta.events
    events.register("before-call.lambda-microvms", collect)
    yield found
    events.unregister("before-call.lambda-microvms", collect)


def test_the_policies_allow_what_the_jobs_call(service: LocalService, image: LocalImage) -> None:
    client = service.client
    version: dict[str, Any] = {"image_identifier": image.arn}
    with calls(client) as deployed:
        code = CodeArtifactUri(uri="s3://artifacts/web-2.zip")
        service.controls.fail_next_build("The container image build failed.")
        with pytest.raises(BuildError):
            deploy(client, name="web", code_artifact=code)
        assert deploy(client, name="web", code_artifact=code).current == "3.0"
    with calls(client) as operated:
        promote(client, **version, image_version="1.0")
        promote(client, **version, image_version="3.0")
        withdraw(client, **version, image_version="3.0")
        prune(client, plan_prune(client, **version, keep=1))
    with calls(client) as applied:
        with running(client, **version) as microvm:
            ports = [Port(port=8080)]
            TokenSource(client, microvm_identifier=microvm.microvm_id, allowed_ports=ports).token()
        client.wait_until_microvm_terminated(microvm_identifier=microvm.microvm_id)
    for name, used in {"deployer": deployed, "operator": operated, "application": applied}.items():
        assert used
        assert used <= {action for action, _ in statements(policies()[name])}, name
