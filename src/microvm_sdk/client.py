"""The client: a method for each operation of the service, and for each state to wait for."""

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from pydantic import SecretStr
from typing_extensions import Self

from microvm_sdk import _waits
from microvm_sdk._calls.boto3_client import check_boto3_client, check_client_is_alone
from microvm_sdk._calls.operations import Operations
from microvm_sdk.models import (
    Architecture,
    AuthToken,
    Capability,
    Chipset,
    CodeArtifact,
    CpuConfiguration,
    CreatedImage,
    Hooks,
    IdlePolicy,
    Image,
    ImageBuild,
    ImageBuildSummary,
    ImageDeletion,
    ImageSummary,
    ImageVersion,
    ImageVersionDeletion,
    ImageVersionStatus,
    Logging,
    ManagedImage,
    ManagedImageVersion,
    Microvm,
    MicrovmSummary,
    PortSpecification,
    Resources,
    ResourceTags,
    UnknownValue,
    UpdatedImage,
)
from microvm_sdk.models._machinery.results import Result, ResultT
from microvm_sdk.pagination import Page, Paginator

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config
    from types_boto3_lambda_microvms import LambdaMicroVMsClient
else:
    # So that `typing.get_type_hints` works. The stubs exist for type checkers only, a program may
    # not have boto3, and botocore is imported when a client is created.
    # Annotations with boto3's types are quoted, because boto3 has none: without types-boto3,
    # pyright calls an unquoted union with an unknown type partially unknown.
    Config = LambdaMicroVMsClient = Session = Any


class MicroVMClient:
    """A typed client of AWS Lambda MicroVMs.

    It calls boto3's client of the service and returns frozen models. boto3 still handles
    credentials, signing, endpoints, retries and connections; `AWS_*` variables and profiles work as
    they do there.

    As a context manager it closes its connections at the end. Threads can share a client. After a
    fork, the child opens connections of its own.

    Every method that makes a call can raise these errors. Its own documentation lists only what
    else it raises, or what one of these means there.

    - `AccessDeniedException`: The caller lacks permission, or is calling the wrong region.
    - `ThrottlingException`: Too many calls in too short a time, after botocore's retries.
    - `ValidationException`: The service rejects the request; the message says why.
    - `InternalServerException`: Something went wrong inside the service.
    - `ResponseValidationError`: The operation succeeded, but its response does not match the model.
    - `botocore.exceptions.ParamValidationError`: An argument is invalid. Nothing was sent.
    - botocore's other errors, unchanged: no credentials, no connection, a timeout. That includes
      a `ClientError` of the service that the credentials come from.

    Every method that waits (`wait_until_…`) polls at least once, and a last time when `timeout` is
    over. The first pause between two polls is 0.2 seconds, and each is half as long again as the
    one before, up to `poll_interval`. A poll that hangs is bounded by the client's own timeouts and
    retries, not by `timeout`. `on_poll` is called after every successful poll with the model that
    the method returns in the end.
    """

    def __init__(
        self,
        *,
        session: "Session | None" = None,
        region_name: str | None = None,
        endpoint_url: str | None = None,
        config: Config | None = None,
        client: LambdaMicroVMsClient | None = None,
    ) -> None:
        """Create a client.

        Args:
            session: The boto3 session to take credentials and region from. By default the client is
                created as `boto3.client` would, or by botocore in a program that does not import
                boto3.
            region_name: AWS region, such as `eu-west-1`.
            endpoint_url: URL to call instead of the region's endpoint.
            config: Settings of the boto3 client: retries, timeouts, proxies. The SDK appends
                `microvm-sdk/…` to its user agent.
            client: An existing boto3 client of `lambda-microvms`. Its settings stay as they are,
                and `close` leaves it open. It cannot be combined with the other arguments.

        Raises:
            TypeError: An argument has the wrong type, or `client` is combined with another one.
            MicroVMError: The installed botocore is too old to know the service.
            botocore.exceptions.NoRegionError: No region is passed or configured.
        """
        self._owns_boto3_client = client is None
        if client is None:
            from microvm_sdk._calls.creation import create_boto3_client  # noqa: PLC0415  See there.

            client = create_boto3_client(session, region_name, endpoint_url, config)
        else:
            check_client_is_alone(session, region_name, endpoint_url, config)
            check_boto3_client(client)
        self._operations = Operations(client)

    def __repr__(self) -> str:
        """Show the region and endpoint URL."""
        meta = self.boto3_client.meta
        # Without the user name and password that a URL can have.
        scheme, separator, rest = meta.endpoint_url.partition("://")
        location, slash, path = rest.partition("/")
        url = scheme + separator + location.rpartition("@")[2] + slash + path
        return f"{type(self).__name__}(region_name={meta.region_name!r}, endpoint_url={url!r})"

    @property
    def boto3_client(self) -> LambdaMicroVMsClient:
        """The boto3 client underneath."""
        return self._operations.client

    def close(self) -> None:
        """Close the connections, unless the boto3 client was passed as `client`.

        The client can still be used: the next call opens a new connection.
        """
        if self._owns_boto3_client:
            self.boto3_client.close()

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections, as `close` does."""
        self.close()

    def call(self, model: type[ResultT], method: str, /, **parameters: Any) -> ResultT:
        """Call any operation, with any parameter. The methods for operations are built on it.

        Use it for an operation or a parameter that this SDK does not know yet, but the installed
        botocore does. A newer field of the response is a field of a class of your own:

            class Version(ImageVersion, frozen=True):
                region_count: int | None = None

        Args:
            model: What to parse the response into: a model of an operation, a subclass of `Result`
                of your own, or `Result` itself for an operation with an empty response. For one
                page of a list operation, `Page[...]` of its items' model.
            method: boto3's name of the operation, such as `get_microvm`.
            **parameters: The parameters by boto3's names, such as `imageIdentifier`. Models, enums
                and `SecretStr` are converted as in the other methods; `None` is not sent.

        Returns:
            The response.

        Raises:
            TypeError: `model` is not a subclass of `Result`.
            AttributeError: The installed botocore does not know the operation.
            botocore.exceptions.ParamValidationError: Also if the installed botocore does not know a
                parameter.
        """
        return self._operations.call(model, method, **parameters)

    def create_microvm_image(
        self,
        *,
        name: str,
        base_image_arn: str,
        build_role_arn: str,
        code_artifact: "CodeArtifact",
        base_image_version: str | None = None,
        description: str | None = None,
        logging: "Logging | None" = None,
        egress_network_connectors: Iterable[str] | None = None,
        cpu_configurations: Iterable[CpuConfiguration] | None = None,
        resources: Iterable[Resources] | None = None,
        additional_os_capabilities: Iterable[Capability | Literal["ALL"] | UnknownValue]
        | None = None,
        hooks: Hooks | None = None,
        environment_variables: Mapping[str, str | SecretStr] | None = None,
        kms_key_identifier: str | None = None,
        tags: Mapping[str, str] | None = None,
        client_token: str | None = None,
    ) -> CreatedImage:
        """Create an image and start building its first version.

        It returns at once; `wait_until_image_version_ready` waits for the build. A version that is
        built successfully becomes `ACTIVE` by itself.

        Args:
            name: Name of the image, 1 to 64 letters, digits, `-` and `_`; unique in the account and
                region.
            base_image_arn: ARN of the managed image to build on, 1 to 2,048 characters.
            build_role_arn: ARN of the IAM role that the build assumes, 20 to 2,048 characters.
            code_artifact: The code to build.
            base_image_version: Version of the base image, 1 to 2,048 characters without white
                space; the newest if omitted. The service accepts a major version such as `1`,
                and returns it as `1.0`, which it does not accept.
            description: Description of the version.
            logging: Where the logs of the build go. MicroVMs do not inherit it.
            egress_network_connectors: ARNs of network connectors for outgoing traffic: at most one,
                of 1 to 2,048 characters.
            cpu_configurations: The kinds of CPU to build for.
            resources: Memory of a MicroVM: at most one item, of 512, 1,024, 2,048, 4,096 or 8,192
                MiB.
            additional_os_capabilities: Operating system capabilities beyond the default ones.
            hooks: Lifecycle hooks of the build and of the MicroVMs. They need a port, and the hooks
                of MicroVMs need the image hook `ready`.
            environment_variables: Environment variables of the software in the MicroVM: at most
                100, with names of 1 to 256 characters without white space and values of at most
                4,096. `AWS_REGION` is reserved.
            kms_key_identifier: ARN of the KMS key or alias that encrypts the version, 1 to 2,048
                characters. If omitted, a key owned by AWS. Requires botocore 1.44.8.
            tags: Tags: keys of 1 to 128 characters, values of at most 256.
            client_token: Makes the call safe to repeat: 1 to 128 characters. If the service has
                seen the same token and request before, it returns the original response, word for
                word. If omitted, botocore generates one for each call.

        Returns:
            The image in the state `CREATING`, and the version that is being built.

        Raises:
            ConflictException: The request conflicts with another change.
            ResourceNotFoundException: Something that the request names does not exist.
            ServiceQuotaExceededException: A quota of the account is used up.
            ValidationException: Also if the name is taken, or the client token was used before with
                another request.

        Source: `CreateMicrovmImage` in the AWS API reference.
        """
        return self.call(
            CreatedImage,
            "create_microvm_image",
            name=name,
            baseImageArn=base_image_arn,
            buildRoleArn=build_role_arn,
            codeArtifact=code_artifact,
            baseImageVersion=base_image_version,
            description=description,
            logging=logging,
            egressNetworkConnectors=egress_network_connectors,
            cpuConfigurations=cpu_configurations,
            resources=resources,
            additionalOsCapabilities=additional_os_capabilities,
            hooks=hooks,
            environmentVariables=environment_variables,
            kmsKeyIdentifier=kms_key_identifier,
            tags=tags,
            clientToken=client_token,
        )

    def get_microvm_image(self, *, image_identifier: str) -> Image:
        """Get an image.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service rejects its bare
                name.

        Returns:
            The image.

        Raises:
            ResourceNotFoundException: There is no such image.

        Source: `GetMicrovmImage` in the AWS API reference.
        """
        return self.call(Image, "get_microvm_image", imageIdentifier=image_identifier)

    def list_microvm_images(
        self,
        *,
        name_filter: str | None = None,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> Paginator[ImageSummary]:
        """List the images of the account and region.

        Args:
            name_filter: A part of the name, 1 to 2,048 characters without white space. The service
                filters each page after it has fetched it, so pages can be empty.
            max_results: Items per page, 1 to 50; chosen by the service if omitted.
            next_token: Where to resume: the `next_token` of a page of the same listing.

        Returns:
            The images, fetched page by page as they are needed.

        Raises:
            botocore.exceptions.PaginationError: The service returned a token that was already
                used.

        Source: `ListMicrovmImages` in the AWS API reference.
        """
        return Paginator(
            self._operations,
            Page[ImageSummary],
            "list_microvm_images",
            nameFilter=name_filter,
            maxResults=max_results,
            next_token=next_token,
        )

    def update_microvm_image(
        self,
        *,
        image_identifier: str,
        base_image_arn: str,
        build_role_arn: str,
        code_artifact: "CodeArtifact",
        base_image_version: str | None = None,
        description: str | None = None,
        logging: "Logging | None" = None,
        egress_network_connectors: Iterable[str] | None = None,
        cpu_configurations: Iterable[CpuConfiguration] | None = None,
        resources: Iterable[Resources] | None = None,
        additional_os_capabilities: Iterable[Capability | Literal["ALL"] | UnknownValue]
        | None = None,
        hooks: Hooks | None = None,
        environment_variables: Mapping[str, str | SecretStr] | None = None,
        kms_key_identifier: str | None = None,
        client_token: str | None = None,
    ) -> UpdatedImage:
        """Start building a new version of an image.

        Like HTTP's PUT it replaces all settings: those omitted are reset to their defaults, hooks
        and logging too. It returns at once; `wait_until_image_version_ready` waits for the build. A
        version that is built successfully becomes `ACTIVE` by itself, and MicroVMs that are run
        without a version use it from then on.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service rejects its bare
                name.
            base_image_arn: ARN of the managed image to build on, 1 to 2,048 characters.
            build_role_arn: ARN of the IAM role that the build assumes, 20 to 2,048 characters.
            code_artifact: The code to build.
            base_image_version: Version of the base image, 1 to 2,048 characters without white
                space; the newest if omitted. The service accepts a major version such as `1`,
                and returns it as `1.0`, which it does not accept.
            description: Description of the version.
            logging: Where the logs of the build go. MicroVMs do not inherit it.
            egress_network_connectors: ARNs of network connectors for outgoing traffic: at most one,
                of 1 to 2,048 characters.
            cpu_configurations: The kinds of CPU to build for.
            resources: Memory of a MicroVM: at most one item, of 512, 1,024, 2,048, 4,096 or 8,192
                MiB.
            additional_os_capabilities: Operating system capabilities beyond the default ones.
            hooks: Lifecycle hooks of the build and of the MicroVMs. They need a port, and the hooks
                of MicroVMs need the image hook `ready`.
            environment_variables: Environment variables of the software in the MicroVM: at most
                100, with names of 1 to 256 characters without white space and values of at most
                4,096. `AWS_REGION` is reserved.
            kms_key_identifier: ARN of the KMS key or alias that encrypts the new version, 1 to
                2,048 characters. If omitted, the image goes back to a key owned by AWS. Requires
                botocore 1.44.8.
            client_token: Makes the call safe to repeat: 1 to 128 characters. If the service has
                seen the same token and request before, it returns the original response, word for
                word. If omitted, botocore generates one for each call.

        Returns:
            The image in the state `UPDATING`, and the version that is being built.

        Raises:
            ConflictException: The image is busy with another change.
            ResourceNotFoundException: There is no such image.
            ServiceQuotaExceededException: A quota of the account is used up.
            ValidationException: Also if the image is busy, or the client token was used before with
                another request.

        Source: `UpdateMicrovmImage` in the AWS API reference.
        """
        return self.call(
            UpdatedImage,
            "update_microvm_image",
            imageIdentifier=image_identifier,
            baseImageArn=base_image_arn,
            buildRoleArn=build_role_arn,
            codeArtifact=code_artifact,
            baseImageVersion=base_image_version,
            description=description,
            logging=logging,
            egressNetworkConnectors=egress_network_connectors,
            cpuConfigurations=cpu_configurations,
            resources=resources,
            additionalOsCapabilities=additional_os_capabilities,
            hooks=hooks,
            environmentVariables=environment_variables,
            kmsKeyIdentifier=kms_key_identifier,
            clientToken=client_token,
        )

    def delete_microvm_image(self, *, image_identifier: str) -> ImageDeletion:
        """Start deleting an image with all its versions.

        The call can be repeated. An image that has MicroVMs cannot be deleted, not even while they
        are terminating.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service rejects its bare
                name.

        Returns:
            The state of the image, `DELETING`.

        Raises:
            ConflictException: The image is busy with another change.
            ResourceNotFoundException: There is no such image.
            ValidationException: Also if the image has MicroVMs, or is busy.

        Source: `DeleteMicrovmImage` in the AWS API reference.
        """
        return self.call(ImageDeletion, "delete_microvm_image", imageIdentifier=image_identifier)

    def get_microvm_image_version(
        self, *, image_identifier: str, image_version: str
    ) -> ImageVersion:
        """Get a version of an image, environment variables included.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service rejects its bare
                name.
            image_version: Number of the version, such as `3.0`: 1 to 2,048 characters without white
                space.

        Returns:
            The version.

        Raises:
            ResourceNotFoundException: There is no such image or version.

        Source: `GetMicrovmImageVersion` in the AWS API reference.
        """
        return self.call(
            ImageVersion,
            "get_microvm_image_version",
            imageIdentifier=image_identifier,
            imageVersion=image_version,
        )

    def list_microvm_image_versions(
        self,
        *,
        image_identifier: str,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> Paginator[ImageVersion]:
        """List the versions of an image.

        The service omits environment variables here; `get_microvm_image_version` returns them.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service rejects its bare
                name.
            max_results: Items per page, 1 to 50; chosen by the service if omitted.
            next_token: Where to resume: the `next_token` of a page of the same listing.

        Returns:
            The versions, fetched page by page as they are needed.

        Raises:
            ResourceNotFoundException: There is no such image.
            botocore.exceptions.PaginationError: The service returned a token that was already
                used.

        Source: `ListMicrovmImageVersions` in the AWS API reference.
        """
        return Paginator(
            self._operations,
            Page[ImageVersion],
            "list_microvm_image_versions",
            imageIdentifier=image_identifier,
            maxResults=max_results,
            next_token=next_token,
        )

    def update_microvm_image_version(
        self,
        *,
        image_identifier: str,
        image_version: str,
        status: ImageVersionStatus | Literal["ACTIVE", "INACTIVE"] | UnknownValue,
    ) -> ImageVersion:
        """Allow or block new MicroVMs from a version.

        `INACTIVE` blocks a version and keeps it for a rollback: the service refuses to run a
        MicroVM from it, and one that is run without a version uses the newest version that is still
        `ACTIVE`. Running MicroVMs are unaffected.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service rejects its bare
                name.
            image_version: Number of the version, such as `3.0`: 1 to 2,048 characters without white
                space.
            status: `ACTIVE` to let MicroVMs start from the version, `INACTIVE` to block it.

        Returns:
            The version with its new status.

        Raises:
            ConflictException: The image is busy with another change.
            ResourceNotFoundException: There is no such image or version.

        Source: `UpdateMicrovmImageVersion` in the AWS API reference.
        """
        return self.call(
            ImageVersion,
            "update_microvm_image_version",
            imageIdentifier=image_identifier,
            imageVersion=image_version,
            status=status,
        )

    def delete_microvm_image_version(
        self, *, image_identifier: str, image_version: str
    ) -> ImageVersionDeletion:
        """Start deleting a version of an image.

        One version is deleted at a time, and the image is `UPDATING` meanwhile. The service also
        deletes a version that is `ACTIVE`, but not the last one.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service rejects its bare
                name.
            image_version: Number of the version, such as `3.0`: 1 to 2,048 characters without white
                space.

        Returns:
            The state of the version, `DELETING`.

        Raises:
            ConflictException: The image is busy with another change.
            ResourceNotFoundException: There is no such image or version.
            ValidationException: Also if it is the image's last version, or the image is busy.

        Source: `DeleteMicrovmImageVersion` in the AWS API reference.
        """
        return self.call(
            ImageVersionDeletion,
            "delete_microvm_image_version",
            imageIdentifier=image_identifier,
            imageVersion=image_version,
        )

    def get_microvm_image_build(
        self, *, image_identifier: str, image_version: str, build_id: str
    ) -> ImageBuild:
        """Get a build of a version.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service rejects its bare
                name.
            image_version: Number of the version, such as `3.0`: 1 to 2,048 characters without white
                space.
            build_id: Id of the build, 1 to 2,048 characters without white space.

        Returns:
            The build.

        Raises:
            ResourceNotFoundException: There is no such image, version or build.

        Source: `GetMicrovmImageBuild` in the AWS API reference.
        """
        return self.call(
            ImageBuild,
            "get_microvm_image_build",
            imageIdentifier=image_identifier,
            imageVersion=image_version,
            buildId=build_id,
        )

    def list_microvm_image_builds(
        self,
        *,
        image_identifier: str,
        image_version: str,
        architecture: Architecture | Literal["ARM_64", "X86_64"] | UnknownValue | None = None,
        chipset: Chipset | Literal["GRAVITON", "INTEL"] | UnknownValue | None = None,
        chipset_generation: str | None = None,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> Paginator[ImageBuildSummary]:
        """List the builds of a version, one for each kind of CPU.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service rejects its bare
                name.
            image_version: Number of the version, such as `3.0`: 1 to 2,048 characters without white
                space.
            architecture: Only builds for this architecture.
            chipset: Only builds for this family of CPUs.
            chipset_generation: Only builds for this generation of the family, such as `4`: 1 to
                2,048 characters without white space.
            max_results: Items per page, 1 to 50; chosen by the service if omitted.
            next_token: Where to resume: the `next_token` of a page of the same listing.

        Returns:
            The builds, fetched page by page as they are needed.

        Raises:
            ResourceNotFoundException: There is no such image or version.
            botocore.exceptions.PaginationError: The service returned a token that was already
                used.

        Source: `ListMicrovmImageBuilds` in the AWS API reference.
        """
        return Paginator(
            self._operations,
            Page[ImageBuildSummary],
            "list_microvm_image_builds",
            imageIdentifier=image_identifier,
            imageVersion=image_version,
            architecture=architecture,
            chipset=chipset,
            chipsetGeneration=chipset_generation,
            maxResults=max_results,
            next_token=next_token,
        )

    def list_managed_microvm_images(
        self, *, max_results: int | None = None, next_token: str | None = None
    ) -> Paginator[ManagedImage]:
        """List the base images that AWS maintains.

        Args:
            max_results: Items per page, 1 to 50; chosen by the service if omitted.
            next_token: Where to resume: the `next_token` of a page of the same listing.

        Returns:
            The images, fetched page by page as they are needed.

        Raises:
            botocore.exceptions.PaginationError: The service returned a token that was already
                used.

        Source: `ListManagedMicrovmImages` in the AWS API reference.
        """
        return Paginator(
            self._operations,
            Page[ManagedImage],
            "list_managed_microvm_images",
            maxResults=max_results,
            next_token=next_token,
        )

    def list_managed_microvm_image_versions(
        self,
        *,
        image_identifier: str,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> Paginator[ManagedImageVersion]:
        """List the versions of a base image that AWS maintains.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service rejects its bare
                name.
            max_results: Items per page, 1 to 50; chosen by the service if omitted.
            next_token: Where to resume: the `next_token` of a page of the same listing.

        Returns:
            The versions, fetched page by page as they are needed.

        Raises:
            ResourceNotFoundException: There is no such image.
            botocore.exceptions.PaginationError: The service returned a token that was already
                used.

        Source: `ListManagedMicrovmImageVersions` in the AWS API reference.
        """
        return Paginator(
            self._operations,
            Page[ManagedImageVersion],
            "list_managed_microvm_image_versions",
            imageIdentifier=image_identifier,
            maxResults=max_results,
            next_token=next_token,
        )

    def run_microvm(
        self,
        *,
        image_identifier: str,
        image_version: str | None = None,
        ingress_network_connectors: Iterable[str] | None = None,
        egress_network_connectors: Iterable[str] | None = None,
        execution_role_arn: str | None = None,
        idle_policy: IdlePolicy | None = None,
        logging: "Logging | None" = None,
        kms_key_identifier: str | None = None,
        run_hook_payload: str | SecretStr | None = None,
        maximum_duration_in_seconds: int | None = None,
        client_token: str | None = None,
    ) -> Microvm:
        """Run a MicroVM.

        It returns at once; `wait_until_microvm_running` waits until it runs.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service rejects its bare
                name.
            image_version: Number of the version to run, 1 to 2,048 characters without white space;
                the newest active one if omitted.
            ingress_network_connectors: ARNs of network connectors for incoming traffic: at most 10,
                each of 1 to 2,048 characters; `HTTP_INGRESS` if omitted.
            egress_network_connectors: ARN of a network connector for outgoing traffic, 1 to 2,048
                characters. The service accepts one, although its model allows 10. If omitted or
                empty, the version's own.
            execution_role_arn: ARN of the IAM role of the software in the MicroVM, 20 to 2,048
                characters.
            idle_policy: What happens when no traffic reaches the MicroVM; nothing if omitted.
            logging: Where the logs of the MicroVM go; nowhere if omitted. CloudWatch requires
                `execution_role_arn`.
            kms_key_identifier: ARN of the KMS key or alias that encrypts the MicroVM's
                configuration at rest, 1 to 2,048 characters. If omitted, a key owned by AWS.
                Requires botocore 1.44.8.
            run_hook_payload: Text for the run hook, at most 4,096 bytes. The version needs a run
                hook, which receives it as `{"microvmId": …, "runHookPayload": …}`.
            maximum_duration_in_seconds: Maximum lifetime of the MicroVM, in seconds: 1 to 28,800,
                which is also the default. Time while it is suspended counts.
            client_token: Makes the call safe to repeat: 1 to 128 characters. If the service has
                seen the same token and request before, it returns the original response, word for
                word: `PENDING` even after that MicroVM was suspended or terminated. Use
                `get_microvm` for its current state, and `resume_microvm` if it is suspended:
                repeating the call does not resume it. If omitted, botocore generates one for each
                call.

        Returns:
            The MicroVM in the state `PENDING`.

        Raises:
            ConflictException: The request conflicts with another change.
            InsufficientCapacityException: AWS has no capacity for another MicroVM at the moment.
            ResourceNotFoundException: There is no such image, or no active version of it.
            ServiceQuotaExceededException: A quota of the account is used up, mostly the one for
                memory.
            ValidationException: Also if the client token was used before with another request.

        Source: `RunMicrovm` in the AWS API reference.
        """
        return self.call(
            Microvm,
            "run_microvm",
            imageIdentifier=image_identifier,
            imageVersion=image_version,
            ingressNetworkConnectors=ingress_network_connectors,
            egressNetworkConnectors=egress_network_connectors,
            executionRoleArn=execution_role_arn,
            idlePolicy=idle_policy,
            logging=logging,
            kmsKeyIdentifier=kms_key_identifier,
            runHookPayload=run_hook_payload,
            maximumDurationInSeconds=maximum_duration_in_seconds,
            clientToken=client_token,
        )

    def get_microvm(self, *, microvm_identifier: str) -> Microvm:
        """Get a MicroVM.

        The state can lag behind by a moment. A terminated MicroVM can still be read.

        Args:
            microvm_identifier: Id of the MicroVM, 1 to 256 characters.

        Returns:
            The MicroVM.

        Raises:
            ResourceNotFoundException: There is no such MicroVM.

        Source: `GetMicrovm` in the AWS API reference.
        """
        return self.call(Microvm, "get_microvm", microvmIdentifier=microvm_identifier)

    def list_microvms(
        self,
        *,
        image_identifier: str | None = None,
        image_version: str | None = None,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> Paginator[MicrovmSummary]:
        """List the MicroVMs of the account and region, terminated ones included.

        Args:
            image_identifier: Only MicroVMs of this image: its ARN, 1 to 256 characters.
            image_version: Only MicroVMs of this version.
            max_results: Items per page, 1 to 50; chosen by the service if omitted.
            next_token: Where to resume: the `next_token` of a page of the same listing.

        Returns:
            The MicroVMs, fetched page by page as they are needed.

        Raises:
            ResourceNotFoundException: There is no such image.
            botocore.exceptions.PaginationError: The service returned a token that was already
                used.

        Source: `ListMicrovms` in the AWS API reference.
        """
        return Paginator(
            self._operations,
            Page[MicrovmSummary],
            "list_microvms",
            imageIdentifier=image_identifier,
            imageVersion=image_version,
            maxResults=max_results,
            next_token=next_token,
        )

    def suspend_microvm(self, *, microvm_identifier: str) -> None:
        """Start suspending a MicroVM.

        A suspended MicroVM keeps its memory and disk. Suspending a suspended one does nothing. If
        the suspend hook fails, the service terminates the MicroVM, although this call succeeded:
        `wait_until_microvm_suspended` reports it.

        Args:
            microvm_identifier: Id of the MicroVM, 1 to 256 characters.

        Raises:
            ConflictException: The MicroVM is in a state that does not allow it.
            ResourceNotFoundException: There is no such MicroVM.
            ValidationException: Also if the MicroVM was terminated.

        Source: `SuspendMicrovm` in the AWS API reference.
        """
        self.call(Result, "suspend_microvm", microvmIdentifier=microvm_identifier)

    def resume_microvm(self, *, microvm_identifier: str) -> None:
        """Start resuming a suspended MicroVM.

        It is `PENDING` until it runs again. Resuming a running one does nothing. If the resume hook
        fails, the service terminates the MicroVM, although this call succeeded:
        `wait_until_microvm_running` reports it.

        Args:
            microvm_identifier: Id of the MicroVM, 1 to 256 characters.

        Raises:
            ConflictException: The MicroVM is in a state that does not allow it.
            ResourceNotFoundException: There is no such MicroVM.
            ValidationException: Also if the MicroVM was terminated.

        Source: `ResumeMicrovm` in the AWS API reference.
        """
        self.call(Result, "resume_microvm", microvmIdentifier=microvm_identifier)

    def terminate_microvm(self, *, microvm_identifier: str) -> None:
        """Start terminating a MicroVM.

        A terminated MicroVM cannot be resumed. The call can be repeated.

        Args:
            microvm_identifier: Id of the MicroVM, 1 to 256 characters.

        Raises:
            ConflictException: The MicroVM is in a state that does not allow it.
            ResourceNotFoundException: There is no such MicroVM.

        Source: `TerminateMicrovm` in the AWS API reference.
        """
        self.call(Result, "terminate_microvm", microvmIdentifier=microvm_identifier)

    def create_microvm_auth_token(
        self,
        *,
        microvm_identifier: str,
        expiration_in_minutes: int,
        allowed_ports: "Iterable[PortSpecification]",
    ) -> AuthToken:
        """Create a token that gives access to ports of a MicroVM.

        The MicroVM may still be `PENDING`, or `SUSPENDED`.

        Args:
            microvm_identifier: Id of the MicroVM, 1 to 256 characters.
            expiration_in_minutes: How long the token is valid, in minutes: 1 to 60.
            allowed_ports: The ports that the token gives access to: at least one item.

        Returns:
            The token.

        Raises:
            ConflictException: The MicroVM is in a state that does not allow it.
            ResourceNotFoundException: There is no such MicroVM.

        Source: `CreateMicrovmAuthToken` in the AWS API reference.
        """
        return self.call(
            AuthToken,
            "create_microvm_auth_token",
            microvmIdentifier=microvm_identifier,
            expirationInMinutes=expiration_in_minutes,
            allowedPorts=allowed_ports,
        )

    def create_microvm_shell_auth_token(
        self, *, microvm_identifier: str, expiration_in_minutes: int
    ) -> AuthToken:
        """Create a token that gives access to the shell of a MicroVM.

        The MicroVM must have been run with the ingress connector `SHELL_INGRESS`. The service
        refuses to create the token if it was run with `ALL_INGRESS` as well.

        Args:
            microvm_identifier: Id of the MicroVM, 1 to 256 characters.
            expiration_in_minutes: How long the token is valid, in minutes: 1 to 60.

        Returns:
            The token.

        Raises:
            ConflictException: The MicroVM is in a state that does not allow it.
            ResourceNotFoundException: There is no such MicroVM.

        Source: `CreateMicrovmShellAuthToken` in the AWS API reference.
        """
        return self.call(
            AuthToken,
            "create_microvm_shell_auth_token",
            microvmIdentifier=microvm_identifier,
            expirationInMinutes=expiration_in_minutes,
        )

    def tag_resource(self, *, resource: str, tags: Mapping[str, str]) -> None:
        """Add tags to an image, or change their values.

        Args:
            resource: ARN of the image, 1 to 10,000 characters. MicroVMs cannot be tagged.
            tags: Tags: keys of 1 to 128 characters, values of at most 256.

        Raises:
            InvalidParameterValueException: A tag has an invalid key or value.
            ResourceConflictException: The image is busy with another change.
            ResourceNotFoundException: There is no such image.
            ServiceException: Something went wrong inside the service.
            TooManyRequestsException: Too many tagging calls in too short a time.

        Source: `TagResource` in the AWS API reference.
        """
        self.call(Result, "tag_resource", Resource=resource, Tags=tags)

    def untag_resource(self, *, resource: str, tag_keys: Iterable[str]) -> None:
        """Remove tags from an image.

        Args:
            resource: ARN of the image, 1 to 10,000 characters. MicroVMs cannot be tagged.
            tag_keys: Keys of the tags to remove, each of 1 to 128 characters.

        Raises:
            InvalidParameterValueException: A tag has an invalid key or value.
            ResourceConflictException: The image is busy with another change.
            ResourceNotFoundException: There is no such image.
            ServiceException: Something went wrong inside the service.
            TooManyRequestsException: Too many tagging calls in too short a time.

        Source: `UntagResource` in the AWS API reference.
        """
        self.call(Result, "untag_resource", Resource=resource, TagKeys=tag_keys)

    def list_tags(self, *, resource: str) -> ResourceTags:
        """Get the tags of an image.

        Args:
            resource: ARN of the image, 1 to 10,000 characters. MicroVMs cannot be tagged.

        Returns:
            The tags.

        Raises:
            InvalidParameterValueException: A tag has an invalid key or value.
            ResourceNotFoundException: There is no such image.
            ServiceException: Something went wrong inside the service.
            TooManyRequestsException: Too many tagging calls in too short a time.

        Source: `ListTags` in the AWS API reference.
        """
        return self.call(ResourceTags, "list_tags", Resource=resource)

    def wait_until_image_ready(
        self,
        *,
        image_identifier: str,
        timeout: float = 1800,
        poll_interval: float = 10,
        on_poll: Callable[[Image], object] | None = None,
    ) -> Image:
        """Wait until an image has been created or updated.

        For the version that `create_microvm_image` or `update_microvm_image` began to build,
        use `wait_until_image_version_ready`: its error names the builds that failed.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service rejects its bare
                name.
            timeout: How long to wait, in seconds: 0 or more.
            poll_interval: Longest pause between two polls, in seconds: more than 0.
            on_poll: Called with the image after every successful poll.

        Returns:
            The image in the state `CREATED` or `UPDATED`.

        Raises:
            WaiterError: Timed out, or the image entered a state from which it can never become
                ready.
            ServiceError: A poll failed. Throttling errors are retried.
            TypeError: The timeout or the interval is not a number.
            ValueError: The timeout or the interval is out of range.

        Source: `GetMicrovmImage` in the AWS API reference.
        """
        return _waits.waiters.wait(
            _waits.waiters.image_ready(image_identifier),
            self.call,
            timeout=timeout,
            poll_interval=poll_interval,
            on_poll=on_poll,
        )

    def wait_until_image_deleted(
        self,
        *,
        image_identifier: str,
        timeout: float = 600,
        poll_interval: float = 5,
        on_poll: Callable[[Image], object] | None = None,
    ) -> Image | None:
        """Wait until an image has been deleted.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service rejects its bare
                name.
            timeout: How long to wait, in seconds: 0 or more.
            poll_interval: Longest pause between two polls, in seconds: more than 0.
            on_poll: Called with the image after every successful poll.

        Returns:
            The image in the state `DELETED`, or `None` once the service no longer knows it.

        Raises:
            WaiterError: Timed out, or the image could not be deleted.
            ServiceError: A poll failed. Throttling errors are retried.
            TypeError: The timeout or the interval is not a number.
            ValueError: The timeout or the interval is out of range.

        Source: `GetMicrovmImage` in the AWS API reference.
        """
        return _waits.waiters.wait(
            _waits.waiters.image_deleted(image_identifier),
            self.call,
            timeout=timeout,
            poll_interval=poll_interval,
            on_poll=on_poll,
        )

    def wait_until_image_version_ready(
        self,
        *,
        image_identifier: str,
        image_version: str,
        timeout: float = 1800,
        poll_interval: float = 10,
        on_poll: Callable[[ImageVersion], object] | None = None,
    ) -> ImageVersion:
        """Wait until a version is built and its image can be changed again.

        That is when the version is `SUCCESSFUL` and the image has left `CREATING` or `UPDATING`.
        Name the version that `create_microvm_image` or `update_microvm_image` returned. A build
        takes 1 to 6 minutes, and hooks may add an hour. A build can also hang, for example because
        a registry cannot be reached, and nothing cancels it.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service rejects its bare
                name.
            image_version: Number of the version, such as `3.0`: 1 to 2,048 characters without white
                space.
            timeout: How long to wait, in seconds: 0 or more.
            poll_interval: Longest pause between two polls, in seconds: more than 0.
            on_poll: Called with the version after every successful poll.

        Returns:
            The version in the state `SUCCESSFUL`.

        Raises:
            BuildError: The build failed. The error names the builds that failed, their reasons, and
                the log group that has their output.
            WaiterError: Timed out, or the version is being deleted.
            ServiceError: A poll failed. Throttling errors are retried.
            TypeError: The timeout or the interval is not a number.
            ValueError: The timeout or the interval is out of range.

        Source: `GetMicrovmImageVersion` in the AWS API reference.
        """
        return _waits.waiters.wait(
            _waits.waiters.image_version_ready(image_identifier, image_version),
            self.call,
            timeout=timeout,
            poll_interval=poll_interval,
            on_poll=on_poll,
        )

    def wait_until_image_version_deleted(
        self,
        *,
        image_identifier: str,
        image_version: str,
        timeout: float = 300,
        poll_interval: float = 2,
        on_poll: Callable[[ImageVersion], object] | None = None,
    ) -> ImageVersion | None:
        """Wait until a version has been deleted.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service rejects its bare
                name.
            image_version: Number of the version, such as `3.0`: 1 to 2,048 characters without white
                space.
            timeout: How long to wait, in seconds: 0 or more.
            poll_interval: Longest pause between two polls, in seconds: more than 0.
            on_poll: Called with the version after every successful poll.

        Returns:
            The version in the state `DELETED`, or `None` once the service no longer knows it.

        Raises:
            WaiterError: Timed out, or the version could not be deleted.
            ServiceError: A poll failed. Throttling errors are retried.
            TypeError: The timeout or the interval is not a number.
            ValueError: The timeout or the interval is out of range.

        Source: `GetMicrovmImageVersion` in the AWS API reference.
        """
        return _waits.waiters.wait(
            _waits.waiters.image_version_deleted(image_identifier, image_version),
            self.call,
            timeout=timeout,
            poll_interval=poll_interval,
            on_poll=on_poll,
        )

    def wait_until_microvm_running(
        self,
        *,
        microvm_identifier: str,
        timeout: float = 180,
        poll_interval: float = 1,
        on_poll: Callable[[Microvm], object] | None = None,
    ) -> Microvm:
        """Wait until a MicroVM is running, after `run_microvm` or `resume_microvm`.

        The software in it may need some more seconds before it responds. The wait fails at once if
        the MicroVM is being terminated, for example because a hook failed. If it is suspended, the
        wait lasts until the timeout: call `resume_microvm` first.

        Args:
            microvm_identifier: Id of the MicroVM, 1 to 256 characters.
            timeout: How long to wait, in seconds: 0 or more.
            poll_interval: Longest pause between two polls, in seconds: more than 0.
            on_poll: Called with the MicroVM after every successful poll.

        Returns:
            The MicroVM in the state `RUNNING`.

        Raises:
            WaiterError: Timed out, or the MicroVM is being terminated; the error has the service's
                reason.
            ServiceError: A poll failed. Throttling errors are retried.
            TypeError: The timeout or the interval is not a number.
            ValueError: The timeout or the interval is out of range.

        Source: `GetMicrovm` in the AWS API reference.
        """
        return _waits.waiters.wait(
            _waits.waiters.microvm_running(microvm_identifier),
            self.call,
            timeout=timeout,
            poll_interval=poll_interval,
            on_poll=on_poll,
        )

    def wait_until_microvm_suspended(
        self,
        *,
        microvm_identifier: str,
        timeout: float = 180,
        poll_interval: float = 1,
        on_poll: Callable[[Microvm], object] | None = None,
    ) -> Microvm:
        """Wait until a MicroVM is suspended.

        The wait fails at once if the MicroVM is being terminated, for example because a hook
        failed.

        Args:
            microvm_identifier: Id of the MicroVM, 1 to 256 characters.
            timeout: How long to wait, in seconds: 0 or more.
            poll_interval: Longest pause between two polls, in seconds: more than 0.
            on_poll: Called with the MicroVM after every successful poll.

        Returns:
            The MicroVM in the state `SUSPENDED`.

        Raises:
            WaiterError: Timed out, or the MicroVM is being terminated; the error has the service's
                reason.
            ServiceError: A poll failed. Throttling errors are retried.
            TypeError: The timeout or the interval is not a number.
            ValueError: The timeout or the interval is out of range.

        Source: `GetMicrovm` in the AWS API reference.
        """
        return _waits.waiters.wait(
            _waits.waiters.microvm_suspended(microvm_identifier),
            self.call,
            timeout=timeout,
            poll_interval=poll_interval,
            on_poll=on_poll,
        )

    def wait_until_microvm_terminated(
        self,
        *,
        microvm_identifier: str,
        timeout: float = 180,
        poll_interval: float = 1,
        on_poll: Callable[[Microvm], object] | None = None,
    ) -> Microvm:
        """Wait until a MicroVM is terminated.

        Args:
            microvm_identifier: Id of the MicroVM, 1 to 256 characters.
            timeout: How long to wait, in seconds: 0 or more.
            poll_interval: Longest pause between two polls, in seconds: more than 0.
            on_poll: Called with the MicroVM after every successful poll.

        Returns:
            The MicroVM in the state `TERMINATED`.

        Raises:
            WaiterError: Timed out.
            ServiceError: A poll failed. Throttling errors are retried.
            TypeError: The timeout or the interval is not a number.
            ValueError: The timeout or the interval is out of range.

        Source: `GetMicrovm` in the AWS API reference.
        """
        return _waits.waiters.wait(
            _waits.waiters.microvm_terminated(microvm_identifier),
            self.call,
            timeout=timeout,
            poll_interval=poll_interval,
            on_poll=on_poll,
        )
