"""A program that every type checker must accept."""

# pyright: strict

from collections.abc import Iterator, Mapping
from datetime import datetime

from pydantic import SecretStr
from typing_extensions import assert_never, assert_type

from microvm_sdk import (
    AllPorts,
    Architecture,
    AuthToken,
    CloudWatchLogging,
    CodeArtifactUri,
    CpuConfiguration,
    Hooks,
    HookState,
    IdlePolicy,
    Image,
    ImageHooks,
    ImageSummary,
    ImageVersion,
    ImageVersionState,
    ImageVersionStatus,
    LoggingDisabled,
    Microvm,
    MicroVMClient,
    MicrovmHooks,
    Page,
    Paginator,
    Port,
    PortRange,
    PortSpecification,
    Resources,
    ResponseMetadata,
    UnknownMember,
    UnknownValue,
)
from microvm_sdk.exceptions import (
    ConflictException,
    ErrorKind,
    ResponseValidationError,
    ServiceError,
    ThrottlingException,
    WaiterError,
)


def logs(version: ImageVersion) -> str:
    match version.logging:
        case CloudWatchLogging(log_group=group):
            assert_type(group, str | None)
            return f"in {group}"
        case LoggingDisabled():
            return "nowhere"
        case UnknownMember(name=name):
            return name
        case None:
            return "default"
        case _:
            assert_never(version.logging)


def code(version: ImageVersion) -> str:
    match version.code_artifact:
        case CodeArtifactUri(uri=uri):
            return uri
        case UnknownMember(name=name):
            return name
        case _:
            assert_never(version.code_artifact)


def ports(specification: PortSpecification) -> int:
    match specification:
        case Port(port=port):
            return port
        case PortRange(start_port=start, end_port=end):
            return end - start
        case AllPorts():
            return 65_535
        case UnknownMember():
            return 0
        case _:
            assert_never(specification)


def status(version: ImageVersion) -> bool:
    if isinstance(version.status, UnknownValue):
        return False
    assert_type(version.status, ImageVersionStatus)
    match version.status:
        case ImageVersionStatus.ACTIVE:
            return True
        case ImageVersionStatus.INACTIVE:
            return False
        case _:
            assert_never(version.status)


def status_in_one_match(version: ImageVersion) -> str:
    match version.status:
        case ImageVersionStatus.ACTIVE:
            return "serves"
        case ImageVersionStatus.INACTIVE:
            return "rests"
        case UnknownValue() as unknown:
            assert_type(unknown, UnknownValue)
            return unknown
        case _:
            assert_never(version.status)


def fields(version: ImageVersion, microvm: Microvm, token: AuthToken) -> None:
    assert_type(version.image_arn, str)
    assert_type(version.description, str | None)
    assert_type(version.state, ImageVersionState | UnknownValue)
    assert_type(version.created_at, datetime)
    assert_type(version.updated_at, datetime | None)
    assert_type(version.resources, tuple[Resources, ...] | None)
    assert_type(version.environment_variables, Mapping[str, SecretStr] | None)
    assert_type(version.tags, Mapping[str, str] | None)
    assert_type(version.hooks, Hooks | None)
    assert_type(version.response_metadata, ResponseMetadata)
    assert_type(version.response_metadata.request_id, str | None)
    assert_type(microvm.maximum_duration_in_seconds, int)
    assert_type(microvm.idle_policy, IdlePolicy | None)
    assert_type(token.headers(8080), dict[str, str])
    assert_type(token.websocket_subprotocols(), list[str])
    assert_type(ImageVersion.model_validate({}), ImageVersion)


def arns() -> Iterator[str]:
    yield "arn"


def calls(client: MicroVMClient) -> None:
    for chosen in (ImageVersionStatus.ACTIVE, UnknownValue("X-PAUSED")):
        version = client.update_microvm_image_version(
            image_identifier="a", image_version="1.0", status=chosen
        )
        assert_type(version, ImageVersion)
    client.update_microvm_image_version(image_identifier="a", image_version="1", status="INACTIVE")
    created = client.create_microvm_image(
        name="web",
        base_image_arn="b",
        build_role_arn="r",
        code_artifact=CodeArtifactUri(uri="s3://a/b"),
        logging=CloudWatchLogging(log_group="/web"),
        egress_network_connectors=arns(),
        cpu_configurations=[CpuConfiguration(architecture=Architecture.ARM_64)],
        resources={Resources(minimum_memory_in_mib=2048)},
        additional_os_capabilities=["ALL"],
        hooks=Hooks(
            port=9000,
            microvm_hooks=MicrovmHooks(run=HookState.ENABLED),
            microvm_image_hooks=ImageHooks(validate=HookState.DISABLED),
        ),
        environment_variables={"A": "1", "B": SecretStr("2")},
    )
    assert_type(created.image_version, str)
    client.create_microvm_auth_token(
        microvm_identifier="m",
        expiration_in_minutes=5,
        allowed_ports=[Port(port=80), PortRange(start_port=1, end_port=2), AllPorts()],
    )
    listing = client.list_microvm_images()
    assert_type(listing, Paginator[ImageSummary])
    for image in listing:
        assert_type(image, ImageSummary)
    for page in listing.pages():
        assert_type(page, Page[ImageSummary])
        assert_type(page.items, tuple[ImageSummary, ...])
        assert_type(page.next_token, str | None)
    assert_type(client.wait_until_image_ready(image_identifier="a"), Image)
    assert_type(client.wait_until_image_deleted(image_identifier="a"), Image | None)
    client.wait_until_microvm_running(
        microvm_identifier="m", on_poll=lambda microvm: str(microvm.state)
    )
    response = client.boto3_client.get_microvm(microvmIdentifier="m")
    assert_type(response["microvmId"], str)


def errors(client: MicroVMClient) -> None:
    try:
        client.terminate_microvm(microvm_identifier="m")
    except ThrottlingException as error:
        assert_type(error.retry_after_seconds, int | None)
    except ConflictException as error:
        assert_type(error.resource_id, str | None)
    except ServiceError as error:
        assert_type(error.code, str)
        assert_type(error.message, str | None)
        assert_type(error.retry_after_seconds, int | None)
        if error.kind is ErrorKind.BUSY or error.kind == ErrorKind.THROTTLED:
            assert_type(error.request_id, str | None)
    except ResponseValidationError as error:
        assert_type(error.body, bytes | None)
        assert_type(error.problems, tuple[str, ...])
    except WaiterError as error:
        assert_type(error.last_result, Image | ImageVersion | Microvm | None)
