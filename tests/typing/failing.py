"""A program that type checkers must refuse, in each marked line and in no other.

If not all of them refuse a line, the mark names those that do. ty, pyrefly and mypy with pydantic's
plugin accept arguments of a model that pydantic might convert or ignore. mypy and ty accept that
read-only attributes are deleted.
"""

from typing_extensions import assert_never

from microvm_sdk import (
    Architecture,
    CloudWatchLogging,
    CodeArtifactUri,
    CpuConfiguration,
    Hooks,
    ImageState,
    ImageVersion,
    ImageVersionStatus,
    LoggingDisabled,
    MicroVMClient,
    MicrovmState,
    Port,
    PortRange,
    UnknownMember,
    UnknownValue,
)
from microvm_sdk.arns import (
    ManagedConnector,
    connector_arn,
    image_arn,
    parse_image_arn,
)
from microvm_sdk.build import SettingsToChange, deploy, upload
from microvm_sdk.connect import TokenSource, http_client
from microvm_sdk.exceptions import ConflictException, ErrorKind, ResponseValidationError
from microvm_sdk.images import find_image
from microvm_sdk.lifecycle import RunSettings, running, start, terminate_all
from microvm_sdk.models._machinery.outcomes import Outcome
from microvm_sdk.releases import PrunePlan, StepAction, promote, prune, withdraw
from microvm_sdk.settings import ImageSettings, image_settings


def frozen(version: ImageVersion) -> None:
    version.status = ImageVersionStatus.ACTIVE  # error
    version.response_metadata = version.response_metadata  # error
    del version.tags  # error: pyright pyrefly
    if version.tags is not None:
        version.tags["team"] = "web"  # error
    if version.resources is not None:
        version.resources[0] = version.resources[0]  # error
    if version.hooks is not None:
        version.hooks.port = 5  # error
    if isinstance(version.logging, UnknownMember):
        version.logging.name = "other"  # error


def deployments(client: MicroVMClient, code: CodeArtifactUri) -> None:
    deploy(client, name="web", code_artifact=code, enviroment_variables={"A": "b"})  # error
    deploy(client, name="web", code_artifact=code, environment_variables={"A": 5})  # error
    deploy(client, name="web", code_artifact=code, build_role_arn=None)  # error
    deploy(client, name="web", code_artifact="s3://artifacts/web.zip")  # error
    deploy(client, name="web", code_artifact=code, tags={"team": "web"})  # error
    changes: SettingsToChange = {"code_artifact": code}  # error
    deploy(client, name="web", code_artifact=code, **changes)
    upload(client, "web", bucket="artifacts")  # error


def names(version: ImageVersion, client: MicroVMClient) -> None:
    str(version.image_verison)  # error
    Hooks(prot=5)  # error: mypy pyright ty
    PortRange(start_port=1)  # error
    CpuConfiguration(architecture=5)  # error: mypy pyright
    CpuConfiguration(architecture="ARM_64")  # error: mypy pyright
    str(Architecture.RISC_V)  # error
    client.get_microvm_image(image_identifer="a")  # error
    client.get_microvm_image("a")  # error
    client.get_microvm_image()  # error
    client.list_microvm_images(limit=5)  # error
    client.boto3_client.get_microvn(microvmIdentifier="m")  # error
    client.boto3_client.get_microvm(microvm_identifier="m")  # error
    str(client.boto3_client.get_microvm(microvmIdentifier="m")["microvmID"])  # error


def pages_are_not_lists(client: MicroVMClient) -> None:
    listing = client.list_microvm_images()
    len(listing)  # error
    str(listing[0])  # error
    for image in listing:
        str(image.image_verison)  # error


def waits(client: MicroVMClient) -> None:
    wait = client.wait_until_microvm_running
    wait(microvm_identifier="m", timeout="5")  # error
    wait(microvm_identifier="m", on_poll=lambda microvm: microvm.image_verison)  # error
    wait(microvm_identifier="m", on_poll=print_version)  # error
    Outcome[ImageState](success={ImageState.CREATD})  # error
    Outcome[ImageState](success={MicrovmState.RUNNING})  # error


def print_version(version: ImageVersion) -> None:
    str(version.image_version)


def make_arns(client: MicroVMClient) -> None:
    image_arn("web", region="eu-west-1")  # error
    image_arn("web", "eu-west-1", "123456789012")  # error
    image_arn("web", region="eu-west-1", account=123456789012)  # error
    connector_arn(ManagedConnector.HTTP_INGRES, region="eu-west-1")  # error
    parse_image_arn("a").name = "b"  # error
    str(find_image(client, "web").name)  # error


def raised(conflict: ConflictException, mismatch: ResponseValidationError) -> None:
    str(conflict.resource)  # error
    conflict.code = "Other"  # error
    conflict.kind = ErrorKind.BUSY  # error
    str(conflict.kind is ErrorKind.BUZY)  # error
    mismatch.response["imageArn"] = "a"  # error


def values(version: ImageVersion, client: MicroVMClient, anything: str) -> ImageVersionStatus:
    update = client.update_microvm_image_version
    update(image_identifier="a", image_version="1", status="ACTVE")  # error
    update(image_identifier="a", image_version="1", status=anything)  # error
    client.run_microvm(image_identifier="a", logging={"disabled": {}})  # error
    client.run_microvm(image_identifier="a", maximum_duration_in_seconds="60")  # error
    return version.status  # error


def settings(client: MicroVMClient) -> None:
    current = image_settings(client, image_identifier="a")
    current["code_artefact"] = current["code_artifact"]  # error
    current["description"] = 5  # error
    str(current["descripton"])  # error
    del current["code_artifact"]  # error
    wrong: ImageSettings = {**current, "descripton": "the second release"}  # error
    client.update_microvm_image(image_identifier="a", **current, descripton="a")  # error
    client.update_microvm_image(**wrong)  # error


def releases(client: MicroVMClient, plan: PrunePlan) -> None:
    promote(client, image_identifier="a")  # error
    promote(client, image_identifier="a", image_version=8.0)  # error
    release = withdraw(client, image_identifier="a")  # error
    withdraw(client, image_identifier="a", image_version="8.0").now = "8.0"  # error
    plan.delete = ("8.0",)  # error
    prune(client, "8.0")  # error
    str(StepAction.RESTORED)  # error
    str(release)


def member_omitted(version: ImageVersion) -> str:
    match version.logging:
        case CloudWatchLogging():
            return "there"
        case LoggingDisabled():
            return "nowhere"
        case None:
            return "default"
        case _:
            assert_never(version.logging)  # error


def known_member_omitted(version: ImageVersion) -> str:
    match version.logging:
        case CloudWatchLogging():
            return "there"
        case UnknownMember():
            return "elsewhere"
        case None:
            return "default"
        case _:
            assert_never(version.logging)  # error


def value_omitted(version: ImageVersion) -> bool:
    match version.status:
        case ImageVersionStatus.ACTIVE:
            return True
        case UnknownValue():
            return False
        case _:
            assert_never(version.status)  # error


def unknown_value_omitted(version: ImageVersion) -> bool:
    match version.status:
        case ImageVersionStatus.ACTIVE:
            return True
        case ImageVersionStatus.INACTIVE:
            return False
        case _:
            assert_never(version.status)  # error


def connections(client: MicroVMClient) -> None:
    running(client, image_identifer="a")  # error
    running(client, image_identifier="a", maximum_duration=600)  # error
    running(client, image_identifier="a", client_token=7)  # error
    start(client, image_identifer="a")  # error
    terminate_all(client, [7])  # error
    running(client)  # error
    settings: RunSettings = {"image_identifier": "a", "image_verison": "1.0"}  # error
    settings["image_verison"] = "1.0"  # error
    with running(client, image_identifier="a") as microvm:
        microvm.microvm_id = "other"  # error
        http_client(client, microvm)  # error
    TokenSource(client, microvm_identifier="m", allowed_ports=Port(port=8080))  # error
