"""Making a client, and what it sends."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import botocore
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import (
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ReadTimeoutError,
    UnknownServiceError,
)
from botocore.loaders import Loader, create_loader
from loopback import Canned, Loopback, case, case_names
from sample_calls import IMAGE, required_arguments, update

import microvm_sdk
from microvm_sdk import (
    CreatedImage,
    Image,
    ImageBuild,
    ImageBuildSummary,
    ImageDeletion,
    ImageSummary,
    ImageVersion,
    ImageVersionDeletion,
    Microvm,
    MicroVMClient,
    MicroVMError,
    ServiceError,
    UpdatedImage,
)

MINIMAL = case("update_microvm_image_version/minimal")


class TestConstruction:
    def test_region_and_endpoint_are_used(self) -> None:
        with MicroVMClient(region_name="us-east-2") as client:
            assert client.boto3_client.meta.region_name == "us-east-2"
            assert "us-east-2" in client.boto3_client.meta.endpoint_url
        with MicroVMClient(endpoint_url="http://127.0.0.1:9") as client:
            assert client.boto3_client.meta.endpoint_url == "http://127.0.0.1:9"

    def test_session_that_the_program_made_boto3s_default_is_used(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session(region_name="eu-south-1"))
        assert MicroVMClient().boto3_client.meta.region_name == "eu-south-1"

    def test_default_session_that_the_program_set_up_later_is_unchanged(self) -> None:
        client = MicroVMClient()
        boto3.setup_default_session(region_name="eu-south-2")
        assert client.boto3_client.meta.region_name == "eu-west-1"
        assert MicroVMClient().boto3_client.meta.region_name == "eu-south-2"
        assert MicroVMClient(region_name="eu-west-3").boto3_client.meta.region_name == "eu-west-3"

    @pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA_MICROVMS"])
    @pytest.mark.parametrize("with_session", [False, True])
    def test_endpoint_of_the_environment_is_used(
        self, name: str, with_session: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        client = MicroVMClient(session=boto3.Session() if with_session else None)
        assert client.boto3_client.meta.endpoint_url == "http://127.0.0.1:9"
        given = MicroVMClient(endpoint_url="http://127.0.0.1:10")
        assert given.boto3_client.meta.endpoint_url == "http://127.0.0.1:10"

    def test_settings_of_the_environment_are_used_under_those_of_the_config(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "7")
        monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
        retries = MicroVMClient().boto3_client.meta.config.retries
        assert retries == {"total_max_attempts": 7, "mode": "adaptive"}
        config = Config(retries={"total_max_attempts": 1, "mode": "standard"})
        retries = MicroVMClient(config=config).boto3_client.meta.config.retries
        assert retries == {"total_max_attempts": 1, "mode": "standard"}

    def test_credentials_and_region_of_a_profile_sign_the_request(
        self, loopback: Loopback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "config").write_text("[profile other]\nregion = ap-south-1\n")
        (tmp_path / "credentials").write_text(
            "[other]\naws_access_key_id = THEIRS\naws_secret_access_key = secret\n"
        )
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
            monkeypatch.delenv(name)
        session = boto3.Session(profile_name="other")
        loopback.respond_with(MINIMAL)
        update(MicroVMClient(session=session, endpoint_url=loopback.endpoint_url))
        monkeypatch.setenv("AWS_PROFILE", "other")
        update(MicroVMClient(endpoint_url=loopback.endpoint_url))
        signed = [request.headers["authorization"] for request in loopback.requests]
        scopes = [text.split("Credential=")[1].split(",")[0].split("/") for text in signed]
        assert [scope[0] for scope in scopes] == ["THEIRS", "THEIRS"]
        assert [scope[2:] for scope in scopes] == [["ap-south-1", "lambda", "aws4_request"]] * 2

    def test_config_is_used_and_gains_only_a_user_agent_suffix(self) -> None:
        config = Config(read_timeout=7, user_agent_extra="theirs/1")
        used = MicroVMClient(config=config).boto3_client.meta.config
        assert used.read_timeout == 7
        assert used.user_agent_extra == f"theirs/1 microvm-sdk/{microvm_sdk.__version__}"
        assert config.user_agent_extra == "theirs/1"

    def test_user_agent_arrives(self, client: MicroVMClient, loopback: Loopback) -> None:
        loopback.respond_with(MINIMAL)
        update(client)
        agent = loopback.requests[0].headers["user-agent"]
        assert agent.endswith(f"microvm-sdk/{microvm_sdk.__version__}")

    def test_existing_client_is_used_as_it_is(self) -> None:
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
    def test_existing_client_cannot_be_combined_with_other_arguments(
        self, other: dict[str, Any]
    ) -> None:
        with pytest.raises(TypeError, match="client cannot be combined with"):
            MicroVMClient(client=boto3.client("lambda-microvms"), **other)

    def test_repr_shows_region_and_endpoint(self) -> None:
        client = MicroVMClient(region_name="eu-west-1", endpoint_url="http://127.0.0.1:9")
        assert repr(client) == (
            "MicroVMClient(region_name='eu-west-1', endpoint_url='http://127.0.0.1:9')"
        )

    def test_closing_leaves_no_connection(self, client: MicroVMClient, loopback: Loopback) -> None:
        loopback.respond_with(MINIMAL)
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

    def test_botocore_whose_data_lack_the_service_is_named(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        for entry in Path(Loader.BUILTIN_DATA_PATH).iterdir():
            if entry.name != "lambda-microvms":
                (tmp_path / entry.name).symlink_to(entry)
        monkeypatch.setattr(Loader, "BUILTIN_DATA_PATH", str(tmp_path))
        monkeypatch.setattr(botocore.session, "create_loader", create_loader)
        with pytest.raises(MicroVMError, match=r"1\.43\.35 or newer is needed") as caught:
            MicroVMClient()
        assert isinstance(caught.value.__cause__, UnknownServiceError)

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


FIRST_USE = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
from microvm_sdk import MicroVMClient

# Threads switch as often as possible.
sys.setswitchinterval(1e-6)
client = MicroVMClient(endpoint_url=sys.argv[1])
barrier = threading.Barrier(16)
# All responses have arrived before the first is parsed.
client.boto3_client.meta.events.register("before-parse", lambda **_: barrier.wait())

def call(_):
    version = client.get_microvm_image_version(image_identifier="i", image_version="3.0")
    return version.hooks.microvm_hooks.run.value, version.logging.log_group, hash(version)

with ThreadPoolExecutor(16) as pool:
    (one,) = set(pool.map(call, range(16)))
print(*one[:2])
"""


class TestThreads:
    def test_threads_share_a_client_and_get_their_own_responses(self, loopback: Loopback) -> None:
        body = MINIMAL.body
        client = MicroVMClient(endpoint_url=loopback.endpoint_url)
        events = client.boto3_client.meta.events

        # Each response is for the version that its request names.
        def respond_to(request: Any, **_: object) -> Any:
            number = request.url.rsplit("/", 1)[1]
            content = Canned(body={**body, "imageVersion": number}).content

            class Raw:
                def stream(self, **_: object) -> Iterator[bytes]:
                    yield content

            return AWSResponse(request.url, 200, {}, Raw())

        events.register("before-send.lambda-microvms", respond_to)
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

    @pytest.mark.parametrize("_attempt", range(2))
    def test_first_calls_may_come_from_many_threads_at_once(
        self, _attempt: int, loopback: Loopback
    ) -> None:
        """Models are built at their first use: in a new process, by all threads at once."""
        loopback.respond_with(case("update_microvm_image_version/documented"))
        done = subprocess.run(  # noqa: S603  The program above.
            [sys.executable, "-W", "error", "-c", FIRST_USE, loopback.endpoint_url],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.stdout, done.stderr) == ("ENABLED /web/microvms\n", "")


RECORDED: Mapping[str, tuple[str, type]] = {
    "images-lifecycle/create": ("create_microvm_image", CreatedImage),
    "images-lifecycle/update-image": ("update_microvm_image", UpdatedImage),
    "images-lifecycle/get-until-created": ("get_microvm_image", Image),
    "images-lifecycle/get-until-updated": ("get_microvm_image", Image),
    "images-lifecycle/image-until-settled": ("get_microvm_image", Image),
    "images-lifecycle/delete-image": ("delete_microvm_image", ImageDeletion),
    "images-lifecycle/delete-version": ("delete_microvm_image_version", ImageVersionDeletion),
    "images-lifecycle/get-build": ("get_microvm_image_build", ImageBuild),
    "images-lifecycle/update-version-status": ("update_microvm_image_version", ImageVersion),
    "images-lifecycle/version-until-built": ("get_microvm_image_version", ImageVersion),
    "images-lifecycle/list-builds": ("list_microvm_image_builds", ImageBuildSummary),
    "images-lifecycle/list-images": ("list_microvm_images", ImageSummary),
    "images-lifecycle/list-versions": ("list_microvm_image_versions", ImageVersion),
    "vms-lifecycle/create-image": ("create_microvm_image", CreatedImage),
    "vms-lifecycle/delete-image": ("delete_microvm_image", ImageDeletion),
    "vms-lifecycle/version-until-built": ("get_microvm_image_version", ImageVersion),
    "vms-lifecycle/run": ("run_microvm", Microvm),
    "vms-lifecycle/get-until-running": ("get_microvm", Microvm),
    "vms-lifecycle/get-until-terminated": ("get_microvm", Microvm),
    "vms-lifecycle/terminate": ("terminate_microvm", type(None)),
    "errors-not-found/get-image-missing": ("get_microvm_image", ServiceError),
    "errors-not-found/get-version-missing": ("get_microvm_image_version", ServiceError),
    "errors-not-found/get-vm-missing": ("get_microvm", ServiceError),
    "errors-not-found/run-vm-missing-image": ("run_microvm", ServiceError),
    "errors-validation/create-image-bad-name": ("create_microvm_image", ServiceError),
    "errors-validation/create-image-missing-required": ("create_microvm_image", ServiceError),
}


def values_in(dumped: Any) -> Any:
    """Compare tuples as the lists that they are on the wire, and times as numbers."""
    if isinstance(dumped, dict):
        return {name: values_in(value) for name, value in dumped.items()}
    if isinstance(dumped, (list, tuple)):
        return [values_in(item) for item in dumped]
    return dumped.timestamp() if hasattr(dumped, "timestamp") else dumped


def test_every_recorded_response_is_in_the_table() -> None:
    assert sorted(f"recorded/{name}" for name in RECORDED) == case_names("recorded")


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_response_of_the_real_service_is_its_model_or_its_error(
    name: str, client: MicroVMClient, loopback: Loopback
) -> None:
    method, expected = RECORDED[name]
    canned = case(f"recorded/{name}")
    loopback.respond_with(canned)
    arguments = required_arguments(method)
    if expected is ServiceError:
        with pytest.raises(ServiceError) as caught:
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
