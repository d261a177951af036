"""A program for the jobs around the client that every type checker must accept."""

# pyright: strict

from pathlib import Path

from botocore.client import BaseClient
from pydantic import SecretStr
from typing_extensions import assert_type

from microvm_sdk import (
    AsyncMicroVMClient,
    AuthToken,
    BuildError,
    CodeArtifactUri,
    Hooks,
    ImageDeletion,
    ImageSummary,
    ImageVersion,
    Microvm,
    MicroVMClient,
    Port,
    Resources,
    UnknownMember,
    UnknownValue,
)
from microvm_sdk.arns import (
    ManagedConnector,
    connector_arn,
    image_arn,
    parse_image_arn,
)
from microvm_sdk.build import Deployment, SettingsToChange, build_log, deploy, package, upload
from microvm_sdk.connect import (
    AsyncTokenSource,
    TokenSource,
    async_wait_until_responding,
    wait_until_responding,
)
from microvm_sdk.exceptions import (
    ReleaseError,
)
from microvm_sdk.images import current_version, find_image, retry_while_busy
from microvm_sdk.lifecycle import (
    RunSettings,
    async_running,
    async_start,
    async_terminate_all,
    running,
    start,
    terminate_all,
)
from microvm_sdk.releases import (
    KeepReason,
    KeptVersion,
    Pruned,
    PrunePlan,
    Release,
    ReleaseStep,
    StepAction,
    plan_prune,
    promote,
    prune,
    withdraw,
)
from microvm_sdk.settings import ImageSettings, SettingChange, diff_settings, image_settings


def deployments(client: MicroVMClient, s3: BaseClient) -> None:
    code = upload(s3, "web", bucket="artifacts", on_progress=print)
    assert_type(code, CodeArtifactUri)
    upload(s3, package(Path("web"), "web.zip", exclude=["*.md"]), bucket="artifacts", prefix="")
    deployment = deploy(
        client,
        name="web",
        code_artifact=code,
        settings_of="1.0",
        build_role_arn="role",
        hooks=Hooks(port=9000),
        environment_variables={"MODE": SecretStr("live")},
        description=None,
    )
    assert_type(deployment, Deployment)
    assert_type(deployment.image_version, ImageVersion)
    assert_type(deployment.current, str | None)
    changes: SettingsToChange = {"resources": [Resources(minimum_memory_in_mib=512)]}
    changes["environment_variables"] = None
    deploy(client, name="web", code_artifact=code, on_poll=print, **changes)


def build_logs(logs: BaseClient, version: ImageVersion, error: BuildError) -> None:
    assert_type(build_log(logs, version), tuple[str, ...])
    assert_type(build_log(logs, error, lines=5), tuple[str, ...])


def settings(client: MicroVMClient, version: ImageVersion) -> None:
    current = image_settings(client, image_identifier="a")
    assert_type(current, ImageSettings)
    client.update_microvm_image(image_identifier="a", **current)
    current["code_artifact"] = CodeArtifactUri(uri="s3://a/b")
    current["environment_variables"] = {"A": "1", "B": SecretStr("2")}
    current["logging"] = version.logging
    current["resources"] = [Resources(minimum_memory_in_mib=2048)]
    current["additional_os_capabilities"] = ["ALL"]
    del current["base_image_version"]
    changed: ImageSettings = {**current, "description": "the second release"}
    client.update_microvm_image(image_identifier="a", client_token="t", **changed)
    client.create_microvm_image(name="web", tags={"team": "web"}, **changed)
    assert_type(changed["code_artifact"], CodeArtifactUri | UnknownMember)
    assert_type(current.get("description"), str | None)
    for change in diff_settings(current, changed):
        assert_type(change, SettingChange)
        assert_type(change.member, str)


def make_arns(client: MicroVMClient) -> None:
    arn = image_arn("web", region="eu-west-1", account="123456789012")
    assert_type(arn, str)
    assert_type(parse_image_arn(arn).account, str)
    assert_type(find_image(client, "web"), ImageSummary | None)
    assert_type(current_version(client, image_identifier="a"), ImageVersion | None)
    deletion = retry_while_busy(lambda: client.delete_microvm_image(image_identifier="a"))
    assert_type(deletion, ImageDeletion)
    client.run_microvm(
        image_identifier=arn,
        ingress_network_connectors=[
            connector_arn(ManagedConnector.HTTP_INGRESS, region="eu-west-1"),
            connector_arn(UnknownValue("NEW_INGRESS"), region="eu-west-1", partition="aws"),
        ],
    )


def report(step: ReleaseStep) -> None:
    assert_type(step.action, StepAction)
    match step.action:
        case StepAction.ACTIVATED | StepAction.DEACTIVATED:
            assert_type(step.image_version, str)
        case StepAction.DELETING | StepAction.DELETED:
            pass


def releases(client: MicroVMClient) -> None:
    release = promote(client, image_identifier="a", image_version="8.0", on_step=report)
    assert_type(release, Release)
    assert_type(release.before, str | None)
    assert_type(release.now, str | None)
    assert_type(release.latest_active, str | None)
    assert_type(release.blocked, tuple[str, ...])
    withdrawn = withdraw(client, image_identifier="a", image_version="8.0", on_step=print)
    assert_type(withdrawn, Release)
    plan = plan_prune(client, image_identifier="a", keep=3, protect={"1.0"})
    assert_type(plan, PrunePlan)
    assert_type(PrunePlan.model_validate_json(plan.model_dump_json()), PrunePlan)
    pruned = prune(client, plan)
    assert_type(pruned, Pruned)
    assert_type(pruned.deleted, tuple[str, ...])
    for kept in (*plan.kept, *pruned.skipped):
        assert_type(kept, KeptVersion)
        assert_type(kept.reason, KeepReason)


def release_fails(error: ReleaseError) -> None:
    assert_type(error.target, str | None)
    assert_type(error.steps, tuple[ReleaseStep, ...])
    assert_type(error.current, str | None)


def connections(client: MicroVMClient) -> None:
    settings: RunSettings = {"image_identifier": "a", "maximum_duration_in_seconds": 600}
    settings["image_version"] = "1.0"
    with running(client, **settings) as microvm:
        assert_type(microvm, Microvm)
        ports = [Port(port=8080)]
        assert_type(wait_until_responding(client, microvm, allowed_ports=ports), int)
    with running(client, image_identifier="a", idle_policy=None, client_token="mine"):
        pass
    started = start(client, **settings, ready_timeout=60)
    assert_type(started, Microvm)
    listing = client.list_microvms(image_identifier="a")
    assert_type(terminate_all(client, listing, on_terminated=print), tuple[str, ...])
    terminate_all(client, [started, "microvm-1"])
    tokens = TokenSource(client, microvm_identifier="m", allowed_ports=[Port(port=8080)])
    assert_type(tokens.headers(port=8080), dict[str, str])
    assert_type(tokens.websocket_subprotocols(), list[str])
    token = tokens.token()
    assert_type(token, AuthToken)
    assert_type(token.value, SecretStr)
    dumped: dict[str, object] = token.model_dump_boto3()
    assert dumped
    tokens.invalidate(token)
    tokens.invalidate(token.value)
    tokens.invalidate("header")


async def asynchronous_connections(client: AsyncMicroVMClient) -> None:
    ports = [Port(port=8080)]
    started = await async_start(client, image_identifier="a", client_token="mine")
    assert_type(started, Microvm)
    listing = client.list_microvms(image_identifier="a")
    assert_type(await async_terminate_all(client, listing), tuple[str, ...])
    await async_terminate_all(client, [started, "microvm-1"])
    async with async_running(client, image_identifier="a") as microvm:
        assert_type(microvm, Microvm)
        status = await async_wait_until_responding(client, microvm, allowed_ports=ports)
        assert_type(status, int)
    tokens = AsyncTokenSource(client, microvm_identifier="m", allowed_ports=ports)
    assert_type(await tokens.headers(port=8080), dict[str, str])
