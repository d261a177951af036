"""Making a client, and what it sends."""

import inspect
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import botocore
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    ReadTimeoutError,
    UnknownServiceError,
)
from botocore.stub import Stubber
from loopback import Canned, Loopback, case, case_names
from pydantic import SecretStr

import microvm_sdk
from microvm_sdk import (
    AllPorts,
    Architecture,
    Capability,
    CloudWatchLogging,
    CodeArtifactUri,
    CpuConfiguration,
    Hooks,
    IdlePolicy,
    Image,
    ImageVersion,
    ImageVersionStatus,
    LoggingDisabled,
    Microvm,
    MicroVMClient,
    MicroVMError,
    Port,
    PortRange,
    Resources,
    UnknownMember,
    UnknownValue,
)

IMAGE = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"
MINIMAL = case("update_microvm_image_version/minimal")
RETRIED = Config(retries={"total_max_attempts": 2, "mode": "standard"})


def update(client: MicroVMClient) -> ImageVersion:
    return client.update_microvm_image_version(
        image_identifier=IMAGE, image_version="3.0", status="INACTIVE"
    )


class TestConstruction:
    def test_region_and_endpoint_are_used(self) -> None:
        with MicroVMClient(region_name="us-east-2") as client:
            assert client.boto3_client.meta.region_name == "us-east-2"
            assert "us-east-2" in client.boto3_client.meta.endpoint_url
        with MicroVMClient(endpoint_url="http://127.0.0.1:9") as client:
            assert client.boto3_client.meta.endpoint_url == "http://127.0.0.1:9"

    def test_session_is_used(self) -> None:
        session = boto3.Session(region_name="eu-north-1")
        assert MicroVMClient(session=session).boto3_client.meta.region_name == "eu-north-1"

    def test_session_that_the_program_made_boto3s_default_is_used(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session(region_name="eu-south-1"))
        assert MicroVMClient().boto3_client.meta.region_name == "eu-south-1"

    def test_profile_is_used(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        configuration = tmp_path / "config"
        configuration.write_text("[profile other]\nregion = ap-south-1\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(configuration))
        monkeypatch.setenv("AWS_PROFILE", "other")
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        assert MicroVMClient().boto3_client.meta.region_name == "ap-south-1"

    def test_config_is_used_and_gains_only_a_user_agent_suffix(self) -> None:
        config = Config(read_timeout=7, user_agent_extra="theirs/1")
        used = MicroVMClient(config=config).boto3_client.meta.config
        assert used.read_timeout == 7
        assert used.user_agent_extra == f"theirs/1 microvm-sdk/{microvm_sdk.__version__}"
        assert config.user_agent_extra == "theirs/1"

    def test_user_agent_arrives(self, client: MicroVMClient, loopback: Loopback) -> None:
        loopback.answer(MINIMAL)
        update(client)
        agent = loopback.requests[0].headers["user-agent"]
        assert agent.endswith(f"microvm-sdk/{microvm_sdk.__version__}")

    def test_ready_client_is_used_as_it_is(self) -> None:
        ready = boto3.client("lambda-microvms")
        assert MicroVMClient(client=ready).boto3_client is ready

    @pytest.mark.parametrize(
        "other",
        [
            {"session": boto3.Session()},
            {"region_name": "eu-west-1"},
            {"endpoint_url": "http://127.0.0.1:9"},
            {"config": Config()},
        ],
        ids=lambda other: next(iter(other)),
    )
    def test_ready_client_goes_with_nothing_else(self, other: dict[str, Any]) -> None:
        with pytest.raises(TypeError, match="client goes without"):
            MicroVMClient(client=boto3.client("lambda-microvms"), **other)

    def test_closing_leaves_no_connection(self, client: MicroVMClient, loopback: Loopback) -> None:
        loopback.answer(MINIMAL)
        update(client)
        pools = client.boto3_client._endpoint.http_session._manager.pools
        assert len(pools) == 1
        client.close()
        assert len(pools) == 0

    def test_botocore_that_is_too_old_is_named(self) -> None:
        class OldSession:
            def client(self, service: str, **_: object) -> None:
                raise UnknownServiceError(service_name=service, known_service_names=[])

        old: Any = OldSession()
        with pytest.raises(MicroVMError, match=r"botocore .* 1\.43\.35 or newer") as caught:
            MicroVMClient(session=old)
        assert botocore.__version__ in str(caught.value)

    def test_no_region_is_botocores_own_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        with pytest.raises(NoRegionError):
            MicroVMClient()

    def test_no_credentials_is_botocores_own_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        with pytest.raises(NoCredentialsError):
            update(MicroVMClient(endpoint_url="http://127.0.0.1:9"))

    def test_refused_connection_is_botocores_own_error(self) -> None:
        once = Config(retries={"total_max_attempts": 1})
        with pytest.raises(EndpointConnectionError):
            update(MicroVMClient(endpoint_url="http://127.0.0.1:9", config=once))

    def test_timeout_is_botocores_own_error(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            config = Config(read_timeout=0.2, retries={"total_max_attempts": 1})
            with pytest.raises(ReadTimeoutError):
                update(MicroVMClient(endpoint_url=url, config=config))


class TestThreads:
    def test_threads_share_a_client_and_get_their_own_answers(self, loopback: Loopback) -> None:
        body = MINIMAL.body
        client = MicroVMClient(endpoint_url=loopback.endpoint_url)
        events = client.boto3_client.meta.events

        # Each answer is for the version that its request names.
        def answer_for(request: Any, **_: object) -> Any:
            number = request.url.rsplit("/", 1)[1]
            content = Canned(body={**body, "imageVersion": number}).content

            class Raw:
                def stream(self, **_: object) -> Iterator[bytes]:
                    yield content

            return AWSResponse(request.url, 200, {}, Raw())

        events.register("before-send.lambda-microvms", answer_for)
        barrier = threading.Barrier(8)

        def calls(thread: int) -> None:
            barrier.wait()
            for index in range(20):
                number = f"{thread}.{index}"
                version = client.get_microvm_image_version(
                    image_identifier=IMAGE, image_version=number
                )
                assert version.image_version == number

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(calls, range(8)))


class TestFastPath:
    """Our calls take the bytes of an answer; nobody else's do."""

    def test_direct_calls_get_full_dicts(self, client: MicroVMClient, loopback: Loopback) -> None:
        loopback.answer(case("update_microvm_image_version/documented"))
        update(client)
        answer = client.boto3_client.get_microvm_image_version(
            imageIdentifier=IMAGE, imageVersion="3.0"
        )
        assert answer["resources"] == [{"minimumMemoryInMiB": 2048}]

    def test_client_that_was_handed_in_keeps_full_dicts(self, loopback: Loopback) -> None:
        ready = boto3.client("lambda-microvms", endpoint_url=loopback.endpoint_url)
        loopback.answer(case("update_microvm_image_version/documented"))
        version = update(MicroVMClient(client=ready))
        answer = ready.get_microvm_image_version(imageIdentifier=IMAGE, imageVersion="3.0")
        assert ImageVersion.model_validate(answer) == version

    @pytest.mark.parametrize(
        "name",
        [
            name
            for name in case_names("update_microvm_image_version")
            if case(name).status == 200 and not name.endswith("required-missing")
        ],
    )
    def test_bytes_and_dict_give_the_same_model(
        self, name: str, client: MicroVMClient, loopback: Loopback
    ) -> None:
        loopback.answer(case(name))
        from_bytes = update(client)
        from_dict = ImageVersion.model_validate(
            client.boto3_client.get_microvm_image_version(imageIdentifier=IMAGE, imageVersion="3.0")
        )
        assert from_bytes == from_dict
        assert hash(from_bytes) == hash(from_dict)
        assert from_bytes.created_at.tzinfo is from_dict.created_at.tzinfo

    def test_bytes_tell_more_of_an_unknown_member_than_the_dict(
        self, client: MicroVMClient, loopback: Loopback
    ) -> None:
        loopback.answer(
            Canned(body={**MINIMAL.body, "logging": {"cloudWatch": None, "firehose": {"a": [1]}}})
        )
        logging = update(client).logging
        assert logging == UnknownMember(name="firehose")
        assert isinstance(logging, UnknownMember)
        assert logging.value == {"a": (1,)}

    def test_stubber_works(self) -> None:
        ready = boto3.client("lambda-microvms")
        with Stubber(ready) as stubber:
            stubber.add_response(
                "update_microvm_image_version",
                {**MINIMAL.body, "createdAt": "2026-11-23T12:00:00Z"},
                {"imageIdentifier": IMAGE, "imageVersion": "3.0", "status": "INACTIVE"},
            )
            stubber.add_client_error("update_microvm_image_version", "ConflictException")
            client = MicroVMClient(client=ready)
            assert update(client).image_version == "3.0"
            with pytest.raises(microvm_sdk.ConflictException):
                update(client)

    def test_call_that_was_retried_gives_the_last_answer(self, loopback: Loopback) -> None:
        loopback.answer(Canned(500, {"message": "again"}), MINIMAL)
        version = update(MicroVMClient(endpoint_url=loopback.endpoint_url, config=RETRIED))
        assert version.image_version == "3.0"
        assert version.response_metadata.retry_attempts == 1

    def test_failed_call_leaves_nothing_behind(
        self, client: MicroVMClient, loopback: Loopback
    ) -> None:
        loopback.answer(Canned(404, {"message": "no"}), MINIMAL)
        with pytest.raises(ClientError):
            update(client)
        answer = client.boto3_client.get_microvm_image_version(
            imageIdentifier=IMAGE, imageVersion="3.0"
        )
        assert answer["imageVersion"] == "3.0"


@contextmanager
def refused(name: str) -> Iterator[None]:
    with pytest.raises(ParamValidationError, match=name):
        yield


IDENTIFIED = {
    method: [name for name in inspect.signature(getattr(MicroVMClient, method)).parameters
             if name in {"image_identifier", "image_version", "build_id", "microvm_identifier",
                         "resource", "base_image_version"}]
    for method in dir(MicroVMClient)
    if method.startswith(
        ("create_", "get_", "list_", "update_", "delete_", "run_", "suspend_", "resume_",
         "terminate_", "tag_", "untag_")
    )
}  # fmt: skip
REQUIRED: Mapping[str, Any] = {
    "image_identifier": IMAGE,
    "image_version": "3.0",
    "build_id": "b",
    "microvm_identifier": "microvm-1",
    "resource": IMAGE,
    "status": "ACTIVE",
    "name": "web",
    "base_image_arn": IMAGE,
    "build_role_arn": "arn:aws:iam::123456789012:role/build",
    "code_artifact": CodeArtifactUri(uri="s3://a/b"),
    "expiration_in_minutes": 5,
    "allowed_ports": [Port(port=80)],
    "tags": {"a": "b"},
    "tag_keys": ["a"],
}


class TestRequests:
    @pytest.mark.parametrize(
        ("method", "name"),
        [(method, name) for method, names in IDENTIFIED.items() for name in names],
    )
    @pytest.mark.parametrize("value", ["", ".", "..", " ", "a b", "a\n", "\u00a0"])
    def test_identifier_that_could_mean_another_resource_is_refused(
        self, method: str, name: str, value: str, client: MicroVMClient, loopback: Loopback
    ) -> None:
        parameters = inspect.signature(getattr(client, method)).parameters
        arguments = {
            key: REQUIRED[key]
            for key, parameter in parameters.items()
            if parameter.default is inspect.Parameter.empty
        }
        with refused(f"{name} must not be empty"):
            getattr(client, method)(**{**arguments, name: value})
        assert loopback.requests == []

    def test_slash_in_an_identifier_stays_in_it(
        self, client: MicroVMClient, loopback: Loopback
    ) -> None:
        loopback.answer(MINIMAL)
        client.get_microvm_image_version(image_identifier="a/../b", image_version="%2e%2e")
        assert loopback.requests[0].path.endswith("/a%2F..%2Fb/versions/%252e%252e")

    @pytest.mark.parametrize(
        "status", [ImageVersionStatus.INACTIVE, "INACTIVE", UnknownValue("INACTIVE")]
    )
    def test_enum_is_taken_as_member_literal_or_unknown_value(
        self, status: Any, client: MicroVMClient, loopback: Loopback
    ) -> None:
        loopback.answer(MINIMAL)
        client.update_microvm_image_version(
            image_identifier=IMAGE, image_version="3.0", status=status
        )
        assert loopback.requests[0].body == b'{"status": "INACTIVE"}'

    def test_value_that_only_the_caller_knows_is_sent(
        self, client: MicroVMClient, loopback: Loopback
    ) -> None:
        loopback.answer(MINIMAL)
        client.update_microvm_image_version(
            image_identifier=IMAGE, image_version="3.0", status=UnknownValue("PAUSED")
        )
        assert loopback.requests[0].body == b'{"status": "PAUSED"}'

    def test_misspelt_value_is_refused_with_what_was_expected(
        self, client: MicroVMClient, loopback: Loopback
    ) -> None:
        misspelt: Any = "INACTVE"
        with refused("status must be one of ACTIVE, INACTIVE, or an UnknownValue"):
            client.update_microvm_image_version(
                image_identifier=IMAGE, image_version="3.0", status=misspelt
            )
        capabilities: Any = ["ALL", "SOME"]
        with refused(r"additional_os_capabilities\[1\] must be one of ALL"):
            client.create_microvm_image(
                name="web",
                base_image_arn=IMAGE,
                build_role_arn="r",
                code_artifact=CodeArtifactUri(uri="s3://a/b"),
                additional_os_capabilities=capabilities,
            )
        assert loopback.requests == []

    def test_unknown_member_is_refused_by_name(
        self, client: MicroVMClient, loopback: Loopback
    ) -> None:
        with refused("logging is the union member 'firehose'"):
            client.run_microvm(image_identifier=IMAGE, logging=UnknownMember(name="firehose"))
        with refused(r"allowed_ports\[1\] is the union member 'udp'"):
            client.create_microvm_auth_token(
                microvm_identifier="m",
                expiration_in_minutes=5,
                allowed_ports=[AllPorts(), UnknownMember(name="udp")],
            )
        assert loopback.requests == []

    @pytest.mark.parametrize("variables", [{"PIN": 12345678}, ["PIN", 12345678], 12345678])
    def test_secret_of_another_type_is_refused_without_showing_it(
        self, variables: Any, client: MicroVMClient
    ) -> None:
        with pytest.raises(ParamValidationError, match="environment_variables") as caught:
            client.update_microvm_image(
                image_identifier=IMAGE,
                base_image_arn=IMAGE,
                build_role_arn="r",
                code_artifact=CodeArtifactUri(uri="s3://a/b"),
                environment_variables=variables,
            )
        assert "12345678" not in str(caught.value)

    def test_required_argument_that_is_none_is_named(self, client: MicroVMClient) -> None:
        nothing: Any = None
        with refused("imageIdentifier"):
            client.get_microvm_image(image_identifier=nothing)

    def test_whole_request_arrives_as_the_service_wants_it(
        self, client: MicroVMClient, loopback: Loopback
    ) -> None:
        loopback.answer(case("recorded/images-lifecycle/create"))
        client.create_microvm_image(
            name="web",
            base_image_arn=IMAGE,
            build_role_arn="arn:aws:iam::123456789012:role/build",
            code_artifact=CodeArtifactUri(uri="s3://a/b.zip"),
            logging=CloudWatchLogging(log_group="/web"),
            egress_network_connectors=(arn for arn in ["arn:x"]),
            cpu_configurations=[CpuConfiguration(architecture=Architecture.ARM_64)],
            resources={Resources(minimum_memory_in_mib=2048)},
            additional_os_capabilities=[Capability.ALL],
            hooks=Hooks(port=9000),
            environment_variables={"A": "1", "B": SecretStr("2")},
            tags={"team": "web"},
            client_token="token",
        )
        assert json.loads(loopback.requests[0].body) == {
            "name": "web",
            "baseImageArn": IMAGE,
            "buildRoleArn": "arn:aws:iam::123456789012:role/build",
            "codeArtifact": {"uri": "s3://a/b.zip"},
            "logging": {"cloudWatch": {"logGroup": "/web"}},
            "egressNetworkConnectors": ["arn:x"],
            "cpuConfigurations": [{"architecture": "ARM_64"}],
            "resources": [{"minimumMemoryInMiB": 2048}],
            "additionalOsCapabilities": ["ALL"],
            "hooks": {"port": 9000},
            "environmentVariables": {"A": "1", "B": "2"},
            "tags": {"team": "web"},
            "clientToken": "token",
        }

    def test_run_and_token_requests_arrive(self, client: MicroVMClient, loopback: Loopback) -> None:
        loopback.answer(case("recorded/vms-lifecycle/run"))
        client.run_microvm(
            image_identifier=IMAGE,
            logging=LoggingDisabled(),
            idle_policy=IdlePolicy(
                max_idle_duration_seconds=60,
                suspended_duration_seconds=0,
                auto_resume_enabled=True,
            ),
            run_hook_payload=SecretStr("payload"),
        )
        sent = json.loads(loopback.requests[0].body)
        assert len(sent.pop("clientToken")) >= 32  # botocore's own
        assert sent == {
            "imageIdentifier": IMAGE,
            "logging": {"disabled": {}},
            "idlePolicy": {
                "maxIdleDurationSeconds": 60,
                "suspendedDurationSeconds": 0,
                "autoResumeEnabled": True,
            },
            "runHookPayload": "payload",
        }
        loopback.answer(Canned(body={"authToken": {"X-aws-proxy-auth": "t"}}))
        client.create_microvm_auth_token(
            microvm_identifier="m",
            expiration_in_minutes=5,
            allowed_ports=[Port(port=80), PortRange(start_port=1, end_port=2), AllPorts()],
        )
        assert json.loads(loopback.requests[0].body)["allowedPorts"] == [
            {"port": 80},
            {"range": {"startPort": 1, "endPort": 2}},
            {"allPorts": {}},
        ]


RECORDED: Mapping[str, tuple[str, type]] = {
    "images-lifecycle/create": ("create_microvm_image", microvm_sdk.CreatedImage),
    "images-lifecycle/update-image": ("update_microvm_image", microvm_sdk.UpdatedImage),
    "images-lifecycle/get-until-created": ("get_microvm_image", Image),
    "images-lifecycle/get-until-updated": ("get_microvm_image", Image),
    "images-lifecycle/image-until-settled": ("get_microvm_image", Image),
    "images-lifecycle/delete-image": ("delete_microvm_image", microvm_sdk.ImageDeletion),
    "images-lifecycle/delete-version": (
        "delete_microvm_image_version",
        microvm_sdk.ImageVersionDeletion,
    ),
    "images-lifecycle/get-build": ("get_microvm_image_build", microvm_sdk.ImageBuild),
    "images-lifecycle/update-version-status": ("update_microvm_image_version", ImageVersion),
    "images-lifecycle/version-until-built": ("get_microvm_image_version", ImageVersion),
    "images-lifecycle/list-builds": (
        "list_microvm_image_builds",
        microvm_sdk.ImageBuildSummary,
    ),
    "images-lifecycle/list-images": ("list_microvm_images", microvm_sdk.ImageSummary),
    "images-lifecycle/list-versions": ("list_microvm_image_versions", ImageVersion),
    "vms-lifecycle/create-image": ("create_microvm_image", microvm_sdk.CreatedImage),
    "vms-lifecycle/delete-image": ("delete_microvm_image", microvm_sdk.ImageDeletion),
    "vms-lifecycle/version-until-built": ("get_microvm_image_version", ImageVersion),
    "vms-lifecycle/run": ("run_microvm", Microvm),
    "vms-lifecycle/get-until-running": ("get_microvm", Microvm),
    "vms-lifecycle/get-until-terminated": ("get_microvm", Microvm),
    "vms-lifecycle/terminate": ("terminate_microvm", type(None)),
    "errors-not-found/get-image-missing": ("get_microvm_image", Exception),
    "errors-not-found/get-version-missing": ("get_microvm_image_version", Exception),
    "errors-not-found/get-vm-missing": ("get_microvm", Exception),
    "errors-not-found/run-vm-missing-image": ("run_microvm", Exception),
    "errors-validation/create-image-bad-name": ("create_microvm_image", Exception),
    "errors-validation/create-image-missing-required": ("create_microvm_image", Exception),
}


def values_in(dumped: Any) -> Any:
    """Compare tuples as the lists that they are on the wire, and times as numbers."""
    if isinstance(dumped, dict):
        return {name: values_in(value) for name, value in dumped.items()}
    if isinstance(dumped, (list, tuple)):
        return [values_in(item) for item in dumped]
    return dumped.timestamp() if hasattr(dumped, "timestamp") else dumped


def test_every_recorded_answer_is_in_the_table() -> None:
    assert sorted(f"recorded/{name}" for name in RECORDED) == case_names("recorded")


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_answer_of_the_real_service_is_its_model_or_its_error(
    name: str, client: MicroVMClient, loopback: Loopback
) -> None:
    method, expected = RECORDED[name]
    canned = case(f"recorded/{name}")
    loopback.answer(canned)
    parameters = inspect.signature(getattr(client, method)).parameters
    arguments = {
        key: REQUIRED[key]
        for key, parameter in parameters.items()
        if parameter.default is inspect.Parameter.empty
    }
    if expected is Exception:
        with pytest.raises(microvm_sdk.ServiceError) as caught:
            getattr(client, method)(**arguments)
        assert caught.value.code == canned.headers["x-amzn-errortype"]
        assert caught.value.message == canned.body["message"]
        return
    result = getattr(client, method)(**arguments)
    if method.startswith("list_"):
        (result, *_), (body, *_) = list(result), canned.body["items"]
    else:
        body = canned.body
    assert isinstance(result, expected)
    if result is not None:
        dumped = values_in(result.model_dump(by_alias=True))
        assert dumped == {key: value for key, value in body.items() if key in dumped} | {
            key: None for key in dumped if key not in body
        }
