"""The client: a method for each operation of the service, and for each state to wait for."""

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from botocore.config import Config
from pydantic import SecretStr

from microvm_sdk import waiters
from microvm_sdk._boto3_client import create_boto3_client
from microvm_sdk._operations import Operations
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
from microvm_sdk.models._machinery import Result, ResultT
from microvm_sdk.pagination import Page, Paginator

if TYPE_CHECKING:
    import boto3
    from types_boto3_lambda_microvms import LambdaMicroVMsClient
    from typing_extensions import Self


class MicroVMClient:
    """A typed client of AWS Lambda MicroVMs.

    It calls boto3's client of the service, which does the credentials, signing, endpoints, retries
    and connections, and returns frozen models. `AWS_*` variables and profiles work as in boto3.

    Used in a `with` statement it closes its connections at the end. One client may be shared by
    threads.
    """

    def __init__(
        self,
        *,
        session: "boto3.Session | None" = None,
        region_name: str | None = None,
        endpoint_url: str | None = None,
        config: Config | None = None,
        client: "LambdaMicroVMsClient | None" = None,
    ) -> None:
        """Make a client.

        Args:
            session: The boto3 session to take credentials and region from. Where it is left out,
                boto3's default session if the program has set one up, else a session of the
                client's own, which finds credentials for itself.
            region_name: AWS region, such as `eu-west-1`.
            endpoint_url: URL to call instead of the region's endpoint.
            config: Settings of the boto3 client: retries, timeouts, proxies.
            client: A ready boto3 client of `lambda-microvms`, used as it is; none of the others
                may be given with it.

        Raises:
            TypeError: `client` was given together with another argument.
            MicroVMError: The installed botocore is too old to know the service.
            botocore.exceptions.NoRegionError: No region is given or configured.
        """
        if client is None:
            client = create_boto3_client(session, region_name, endpoint_url, config)
        elif any(given is not None for given in (session, region_name, endpoint_url, config)):
            msg = "client goes without session, region_name, endpoint_url and config"
            raise TypeError(msg)
        self._operations = Operations(client)

    def __repr__(self) -> str:
        """Tell where it calls."""
        meta = self.boto3_client.meta
        region, url = meta.region_name, meta.endpoint_url
        return f"{type(self).__name__}(region_name={region!r}, endpoint_url={url!r})"

    @property
    def boto3_client(self) -> "LambdaMicroVMsClient":
        """The boto3 client underneath, for what the SDK lacks."""
        return self._operations.client

    def close(self) -> None:
        """Close the connections of the boto3 client."""
        self.boto3_client.close()

    def __enter__(self) -> "Self":
        """Return the client."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def call(self, model: type[ResultT], method: str, /, **parameters: Any) -> ResultT:
        """Call any operation, with any parameter. Every method of an operation is such a call.

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
            ServiceError: The service returned an error.
            ResponseValidationError: The service's response does not match the model.
            TypeError: `model` is not a subclass of `Result`.
            AttributeError: The installed botocore does not know the operation.
            botocore.exceptions.ParamValidationError: An argument cannot be sent, or the installed
                botocore does not know a parameter.
        """
        return self._operations.call(model, method, **parameters)

    def create_microvm_image(
        self,
        *,
        name: str,
        base_image_arn: str,
        build_role_arn: str,
        code_artifact: CodeArtifact,
        base_image_version: str | None = None,
        description: str | None = None,
        logging: Logging | None = None,
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
        """Create an image, and begin to build its first version.

        It returns at once: `wait_until_image_version_ready` waits for the build. A build that
        succeeds makes its version `ACTIVE` by itself.

        Args:
            name: Name of the image, 1 to 64 letters, digits, `-` and `_`; unique in the account and
                region.
            base_image_arn: ARN of the image to build on, a managed one or your own: 1 to 2,048
                characters.
            build_role_arn: ARN of the IAM role that the build runs under, 20 to 2,048 characters.
            code_artifact: Where the code comes from.
            base_image_version: Version of the base image, 1 to 2,048 characters without white
                space; the newest where it is left out. The service reads `1` and answers `1.0`,
                which it does not take back.
            description: What this version is, in your words.
            logging: Where logs go.
            egress_network_connectors: ARNs of network connectors for outgoing traffic: at most one,
                of 1 to 2,048 characters.
            cpu_configurations: The kinds of CPU to build for.
            resources: What a MicroVM needs to run: at most one.
            additional_os_capabilities: Operating system capabilities beyond the default ones.
            hooks: Lifecycle hooks of the build and of the MicroVMs.
            environment_variables: Environment variables of the software in the MicroVM: at most
                100, with names of 1 to 256 characters without white space and values of at most
                4,096.
            kms_key_identifier: ARN of the KMS key or alias that encrypts the version, 1 to 2,048
                characters. If omitted, a key owned by AWS. Requires botocore 1.44.8.
            tags: Tags: keys of 1 to 128 characters, values of at most 256.
            client_token: Makes a call safe to repeat: 1 to 128 characters. A token seen before,
                with the same request, gives the first answer again. botocore makes one up for each
                call.

        Returns:
            The image, in state `CREATING`, and the version that is being built.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ConflictException: The client token was used before with another request.
            ResourceNotFoundException: Something that the request names does not exist.
            ServiceQuotaExceededException: A quota of the account is used up.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The request does not fit, or the name is taken; the message says.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

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
        """Look at an image.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service refuses its bare
                name.

        Returns:
            The image.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ResourceNotFoundException: There is no such image.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

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
                filters a page after cutting it, so that pages may be empty.
            max_results: Items on a page, 1 to 50; the service decides where it is left out.
            next_token: Where to resume: the `next_token` of a page of the same listing.

        Returns:
            The images, fetched page by page as they are asked for.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.
            botocore.exceptions.PaginationError: The service repeats a token.

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
        code_artifact: CodeArtifact,
        base_image_version: str | None = None,
        description: str | None = None,
        logging: Logging | None = None,
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
        """Begin to build a new version of an image.

        Like HTTP's PUT it takes the settings as a whole: what is left out is reset to its default,
        hooks and logging too. It returns at once: `wait_until_image_version_ready` waits for the
        build. A build that succeeds makes its version `ACTIVE` by itself, and MicroVMs that are
        started with no version named come from it from then on.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service refuses its bare
                name.
            base_image_arn: ARN of the image to build on, a managed one or your own: 1 to 2,048
                characters.
            build_role_arn: ARN of the IAM role that the build runs under, 20 to 2,048 characters.
            code_artifact: Where the code comes from.
            base_image_version: Version of the base image, 1 to 2,048 characters without white
                space; the newest where it is left out. The service reads `1` and answers `1.0`,
                which it does not take back.
            description: What this version is, in your words.
            logging: Where logs go.
            egress_network_connectors: ARNs of network connectors for outgoing traffic: at most one,
                of 1 to 2,048 characters.
            cpu_configurations: The kinds of CPU to build for.
            resources: What a MicroVM needs to run: at most one.
            additional_os_capabilities: Operating system capabilities beyond the default ones.
            hooks: Lifecycle hooks of the build and of the MicroVMs.
            environment_variables: Environment variables of the software in the MicroVM: at most
                100, with names of 1 to 256 characters without white space and values of at most
                4,096.
            kms_key_identifier: ARN of the KMS key or alias that encrypts the new version, 1 to
                2,048 characters. If omitted, the image goes back to a key owned by AWS. Requires
                botocore 1.44.8.
            client_token: Makes a call safe to repeat: 1 to 128 characters. A token seen before,
                with the same request, gives the first answer again. botocore makes one up for each
                call.

        Returns:
            The image, in state `UPDATING`, and the version that is being built.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ConflictException: The image is busy with another change, or the client token was used
                before with another request.
            ResourceNotFoundException: There is no such image.
            ServiceQuotaExceededException: A quota of the account is used up.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The request does not fit, or the image is busy; the message says.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

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
        """Begin to delete an image with all its versions.

        It can be repeated. An image that MicroVMs run from cannot be deleted.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service refuses its bare
                name.

        Returns:
            The image's state: `DELETING` at first.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ConflictException: The image is busy with another change.
            ResourceNotFoundException: There is no such image.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The image has running MicroVMs, or is busy; the message says.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

        Source: `DeleteMicrovmImage` in the AWS API reference.
        """
        return self.call(ImageDeletion, "delete_microvm_image", imageIdentifier=image_identifier)

    def get_microvm_image_version(
        self, *, image_identifier: str, image_version: str
    ) -> ImageVersion:
        """Look at a version of an image.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service refuses its bare
                name.
            image_version: Number of the version, such as `3.0`: 1 to 2,048 characters without white
                space.

        Returns:
            The version.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ResourceNotFoundException: There is no such image or version.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

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

        The service leaves environment variables out of listings.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service refuses its bare
                name.
            max_results: Items on a page, 1 to 50; the service decides where it is left out.
            next_token: Where to resume: the `next_token` of a page of the same listing.

        Returns:
            The versions, fetched page by page as they are asked for.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ResourceNotFoundException: There is no such image.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.
            botocore.exceptions.PaginationError: The service repeats a token.

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

        `INACTIVE` blocks a version and keeps it for rollback: starting a MicroVM from it is
        refused, and one that is started with no version named comes from the newest version that is
        still `ACTIVE`. Running MicroVMs are left alone.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service refuses its bare
                name.
            image_version: Number of the version, such as `3.0`: 1 to 2,048 characters without white
                space.
            status: `ACTIVE` to let MicroVMs start from the version, `INACTIVE` to block it.

        Returns:
            The version with its new status.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ConflictException: The image is busy with another change.
            ResourceNotFoundException: There is no such image or version.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

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
        """Begin to delete a version of an image.

        It can be repeated. One version is deleted at a time, and the image is `UPDATING` meanwhile.
        The service does not protect a version that is `ACTIVE`; the last one it does.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service refuses its bare
                name.
            image_version: Number of the version, such as `3.0`: 1 to 2,048 characters without white
                space.

        Returns:
            The version's state: `DELETING` at first.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ConflictException: The image is busy with another change.
            ResourceNotFoundException: There is no such image or version.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: It is the image's last version, or the image is busy; the message
                says.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

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
        """Look at a build of a version.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service refuses its bare
                name.
            image_version: Number of the version, such as `3.0`: 1 to 2,048 characters without white
                space.
            build_id: Id of the build, 1 to 2,048 characters without white space.

        Returns:
            The build.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ResourceNotFoundException: There is no such image, version or build.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

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
        """List the builds of a version: one for each kind of CPU.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service refuses its bare
                name.
            image_version: Number of the version, such as `3.0`: 1 to 2,048 characters without white
                space.
            architecture: Only builds for this architecture.
            chipset: Only builds for this family of CPUs.
            chipset_generation: Only builds for this generation of the family, such as `4`: 1 to
                2,048 characters without white space.
            max_results: Items on a page, 1 to 50; the service decides where it is left out.
            next_token: Where to resume: the `next_token` of a page of the same listing.

        Returns:
            The builds, fetched page by page as they are asked for.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ResourceNotFoundException: There is no such image or version.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.
            botocore.exceptions.PaginationError: The service repeats a token.

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
            max_results: Items on a page, 1 to 50; the service decides where it is left out.
            next_token: Where to resume: the `next_token` of a page of the same listing.

        Returns:
            The images, fetched page by page as they are asked for.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.
            botocore.exceptions.PaginationError: The service repeats a token.

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
            image_identifier: ARN of the image, 1 to 256 characters. The service refuses its bare
                name.
            max_results: Items on a page, 1 to 50; the service decides where it is left out.
            next_token: Where to resume: the `next_token` of a page of the same listing.

        Returns:
            The versions, fetched page by page as they are asked for.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ResourceNotFoundException: There is no such image.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.
            botocore.exceptions.PaginationError: The service repeats a token.

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
        logging: Logging | None = None,
        kms_key_identifier: str | None = None,
        run_hook_payload: str | SecretStr | None = None,
        maximum_duration_in_seconds: int | None = None,
        client_token: str | None = None,
    ) -> Microvm:
        """Start a MicroVM.

        It returns at once: `wait_until_microvm_running` waits for it to run.

        Args:
            image_identifier: ARN of the image, 1 to 256 characters. The service refuses its bare
                name.
            image_version: Number of the version to start from, 1 to 2,048 characters without white
                space; the newest active one where it is left out.
            ingress_network_connectors: ARNs of network connectors for incoming traffic: at most 10,
                each of 1 to 2,048 characters; the service's `HTTP_INGRESS` where it is left out.
            egress_network_connectors: ARNs of network connectors for outgoing traffic: at most 10,
                each of 1 to 2,048 characters.
            execution_role_arn: ARN of the IAM role of the software in the MicroVM, 20 to 2,048
                characters.
            idle_policy: What happens when nobody talks to the MicroVM; nothing where it is left
                out.
            logging: Where logs go.
            kms_key_identifier: ARN of the KMS key or alias that encrypts the MicroVM's
                configuration at rest, 1 to 2,048 characters. If omitted, a key owned by AWS.
                Requires botocore 1.44.8.
            run_hook_payload: Text that the run hook is given: at most 4,096 bytes.
            maximum_duration_in_seconds: How long the MicroVM may live, in seconds: 1 to 28,800,
                which is also the default.
            client_token: Makes a call safe to repeat: 1 to 128 characters. A token seen before,
                with the same request, gives the first answer again. botocore makes one up for each
                call.

        Returns:
            The MicroVM, in state `PENDING`.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ConflictException: The client token was used before with another request.
            InsufficientCapacityException: AWS has no room for another MicroVM just now.
            ResourceNotFoundException: There is no such image, or no active version of it.
            ServiceQuotaExceededException: A quota of the account is used up.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

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
        """Look at a MicroVM.

        The state may lag a little behind the truth. A terminated MicroVM can still be looked at.

        Args:
            microvm_identifier: Id of the MicroVM, 1 to 256 characters.

        Returns:
            The MicroVM.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ResourceNotFoundException: There is no such MicroVM.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

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
        """List the MicroVMs of the account and region.

        Args:
            image_identifier: Only MicroVMs of this image: its ARN, 1 to 256 characters.
            image_version: Only MicroVMs of this version.
            max_results: Items on a page, 1 to 50; the service decides where it is left out.
            next_token: Where to resume: the `next_token` of a page of the same listing.

        Returns:
            The MicroVMs, fetched page by page as they are asked for.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ResourceNotFoundException: There is no such image.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.
            botocore.exceptions.PaginationError: The service repeats a token.

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
        """Begin to suspend a MicroVM.

        A suspended MicroVM keeps its memory and disk. Suspending one that is suspended does
        nothing.

        Args:
            microvm_identifier: Id of the MicroVM, 1 to 256 characters.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ConflictException: The MicroVM is in a state that does not allow it.
            ResourceNotFoundException: There is no such MicroVM.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The MicroVM was terminated.
            InternalServerException: Something went wrong inside the service.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

        Source: `SuspendMicrovm` in the AWS API reference.
        """
        self.call(Result, "suspend_microvm", microvmIdentifier=microvm_identifier)

    def resume_microvm(self, *, microvm_identifier: str) -> None:
        """Begin to resume a suspended MicroVM.

        Resuming one that runs does nothing.

        Args:
            microvm_identifier: Id of the MicroVM, 1 to 256 characters.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ConflictException: The MicroVM is in a state that does not allow it.
            ResourceNotFoundException: There is no such MicroVM.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The MicroVM was terminated.
            InternalServerException: Something went wrong inside the service.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

        Source: `ResumeMicrovm` in the AWS API reference.
        """
        self.call(Result, "resume_microvm", microvmIdentifier=microvm_identifier)

    def terminate_microvm(self, *, microvm_identifier: str) -> None:
        """Begin to terminate a MicroVM, for good.

        It can be repeated.

        Args:
            microvm_identifier: Id of the MicroVM, 1 to 256 characters.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ConflictException: The MicroVM is in a state that does not allow it.
            ResourceNotFoundException: There is no such MicroVM.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

        Source: `TerminateMicrovm` in the AWS API reference.
        """
        self.call(Result, "terminate_microvm", microvmIdentifier=microvm_identifier)

    def create_microvm_auth_token(
        self,
        *,
        microvm_identifier: str,
        expiration_in_minutes: int,
        allowed_ports: Iterable[PortSpecification],
    ) -> AuthToken:
        """Make a token that opens ports of a MicroVM.

        Args:
            microvm_identifier: Id of the MicroVM, 1 to 256 characters.
            expiration_in_minutes: How long the token works, in minutes: 1 to 60.
            allowed_ports: The ports that the token opens: at least one.

        Returns:
            The token.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ConflictException: The MicroVM is in a state that does not allow it.
            ResourceNotFoundException: There is no such MicroVM.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

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
        """Make a token that opens the shell of a MicroVM.

        The MicroVM must have been started with the ingress connectors `HTTP_INGRESS` and
        `SHELL_INGRESS`.

        Args:
            microvm_identifier: Id of the MicroVM, 1 to 256 characters.
            expiration_in_minutes: How long the token works, in minutes: 1 to 60.

        Returns:
            The token.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            ConflictException: The MicroVM is in a state that does not allow it.
            ResourceNotFoundException: There is no such MicroVM.
            ThrottlingException: Too many calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

        Source: `CreateMicrovmShellAuthToken` in the AWS API reference.
        """
        return self.call(
            AuthToken,
            "create_microvm_shell_auth_token",
            microvmIdentifier=microvm_identifier,
            expirationInMinutes=expiration_in_minutes,
        )

    def tag_resource(self, *, resource: str, tags: Mapping[str, str]) -> None:
        """Add tags to a resource, or change their values.

        Args:
            resource: ARN of the resource, 1 to 10,000 characters.
            tags: Tags: keys of 1 to 128 characters, values of at most 256.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            InvalidParameterValueException: A value is one that a tag may not have.
            ResourceConflictException: The resource is being changed by someone else.
            ResourceNotFoundException: There is no such resource.
            ServiceException: Something went wrong inside the service.
            ThrottlingException: Too many calls in too short a time.
            TooManyRequestsException: Too many tagging calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

        Source: `TagResource` in the AWS API reference.
        """
        self.call(Result, "tag_resource", Resource=resource, Tags=tags)

    def untag_resource(self, *, resource: str, tag_keys: Iterable[str]) -> None:
        """Remove tags from a resource.

        Args:
            resource: ARN of the resource, 1 to 10,000 characters.
            tag_keys: Keys of the tags to remove, each of 1 to 128 characters.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            InvalidParameterValueException: A value is one that a tag may not have.
            ResourceConflictException: The resource is being changed by someone else.
            ResourceNotFoundException: There is no such resource.
            ServiceException: Something went wrong inside the service.
            ThrottlingException: Too many calls in too short a time.
            TooManyRequestsException: Too many tagging calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

        Source: `UntagResource` in the AWS API reference.
        """
        self.call(Result, "untag_resource", Resource=resource, TagKeys=tag_keys)

    def list_tags(self, *, resource: str) -> ResourceTags:
        """Look at the tags of a resource.

        Args:
            resource: ARN of the resource, 1 to 10,000 characters.

        Returns:
            The tags.

        Raises:
            AccessDeniedException: The caller may not do this, or called the wrong region.
            InvalidParameterValueException: A value is one that a tag may not have.
            ResourceNotFoundException: There is no such resource.
            ServiceException: Something went wrong inside the service.
            ThrottlingException: Too many calls in too short a time.
            TooManyRequestsException: Too many tagging calls in too short a time.
            ValidationException: The request does not fit; the message says where.
            InternalServerException: Something went wrong inside the service.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

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
            image_identifier: ARN of the image, 1 to 256 characters. The service refuses its bare
                name.
            timeout: How long to wait, in seconds: 0 or more. 0 polls once. A call that hangs is
                bounded by the client's own timeouts and retries, not by this.
            poll_interval: Longest pause between two polls, in seconds: more than 0. The first
                pause is 0.2 seconds, and each is half as long again as the one before.
            on_poll: Called with the image after every successful poll.

        Returns:
            The image in the state `CREATED` or `UPDATED`.

        Raises:
            WaiterError: Timed out, or the image entered a state from which it can never become
                ready.
            ServiceError: A poll failed. Throttling errors are retried.
            ResponseValidationError: The service's response does not match the model.
            TypeError: The timeout or the interval is not a number.
            ValueError: The timeout or the interval is out of range.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

        Source: `GetMicrovmImage` in the AWS API reference.
        """
        return waiters.wait(
            waiters.image_ready(image_identifier),
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
            image_identifier: ARN of the image, 1 to 256 characters. The service refuses its bare
                name.
            timeout: How long to wait, in seconds: 0 or more. 0 polls once. A call that hangs is
                bounded by the client's own timeouts and retries, not by this.
            poll_interval: Longest pause between two polls, in seconds: more than 0. The first
                pause is 0.2 seconds, and each is half as long again as the one before.
            on_poll: Called with the image after every successful poll.

        Returns:
            The image in the state `DELETED`, or `None` once the service no longer knows it.

        Raises:
            WaiterError: Timed out, or the image could not be deleted.
            ServiceError: A poll failed. Throttling errors are retried.
            ResponseValidationError: The service's response does not match the model.
            TypeError: The timeout or the interval is not a number.
            ValueError: The timeout or the interval is out of range.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

        Source: `GetMicrovmImage` in the AWS API reference.
        """
        return waiters.wait_until_gone(
            waiters.image_deleted(image_identifier),
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
            image_identifier: ARN of the image, 1 to 256 characters. The service refuses its bare
                name.
            image_version: Number of the version, such as `3.0`: 1 to 2,048 characters without white
                space.
            timeout: How long to wait, in seconds: 0 or more. 0 polls once. A call that hangs is
                bounded by the client's own timeouts and retries, not by this.
            poll_interval: Longest pause between two polls, in seconds: more than 0. The first
                pause is 0.2 seconds, and each is half as long again as the one before.
            on_poll: Called with the version after every successful poll.

        Returns:
            The version in the state `SUCCESSFUL`.

        Raises:
            WaiterError: Timed out, or the build failed: then the error names the builds that
                failed and why.
            ServiceError: A poll failed. Throttling errors are retried.
            ResponseValidationError: The service's response does not match the model.
            TypeError: The timeout or the interval is not a number.
            ValueError: The timeout or the interval is out of range.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

        Source: `GetMicrovmImageVersion` in the AWS API reference.
        """
        return waiters.wait(
            waiters.image_version_ready(image_identifier, image_version),
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
            image_identifier: ARN of the image, 1 to 256 characters. The service refuses its bare
                name.
            image_version: Number of the version, such as `3.0`: 1 to 2,048 characters without white
                space.
            timeout: How long to wait, in seconds: 0 or more. 0 polls once. A call that hangs is
                bounded by the client's own timeouts and retries, not by this.
            poll_interval: Longest pause between two polls, in seconds: more than 0. The first
                pause is 0.2 seconds, and each is half as long again as the one before.
            on_poll: Called with the version after every successful poll.

        Returns:
            The version in the state `DELETED`, or `None` once the service no longer knows it.

        Raises:
            WaiterError: Timed out, or the version could not be deleted.
            ServiceError: A poll failed. Throttling errors are retried.
            ResponseValidationError: The service's response does not match the model.
            TypeError: The timeout or the interval is not a number.
            ValueError: The timeout or the interval is out of range.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

        Source: `GetMicrovmImageVersion` in the AWS API reference.
        """
        return waiters.wait_until_gone(
            waiters.image_version_deleted(image_identifier, image_version),
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
        the MicroVM is being terminated, for example because a hook failed.

        Args:
            microvm_identifier: Id of the MicroVM, 1 to 256 characters.
            timeout: How long to wait, in seconds: 0 or more. 0 polls once. A call that hangs is
                bounded by the client's own timeouts and retries, not by this.
            poll_interval: Longest pause between two polls, in seconds: more than 0. The first
                pause is 0.2 seconds, and each is half as long again as the one before.
            on_poll: Called with the MicroVM after every successful poll.

        Returns:
            The MicroVM in the state `RUNNING`.

        Raises:
            WaiterError: Timed out, or the MicroVM is being terminated; the error has the service's
                reason.
            ServiceError: A poll failed. Throttling errors are retried.
            ResponseValidationError: The service's response does not match the model.
            TypeError: The timeout or the interval is not a number.
            ValueError: The timeout or the interval is out of range.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

        Source: `GetMicrovm` in the AWS API reference.
        """
        return waiters.wait(
            waiters.microvm_running(microvm_identifier),
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
            timeout: How long to wait, in seconds: 0 or more. 0 polls once. A call that hangs is
                bounded by the client's own timeouts and retries, not by this.
            poll_interval: Longest pause between two polls, in seconds: more than 0. The first
                pause is 0.2 seconds, and each is half as long again as the one before.
            on_poll: Called with the MicroVM after every successful poll.

        Returns:
            The MicroVM in the state `SUSPENDED`.

        Raises:
            WaiterError: Timed out, or the MicroVM is being terminated; the error has the service's
                reason.
            ServiceError: A poll failed. Throttling errors are retried.
            ResponseValidationError: The service's response does not match the model.
            TypeError: The timeout or the interval is not a number.
            ValueError: The timeout or the interval is out of range.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

        Source: `GetMicrovm` in the AWS API reference.
        """
        return waiters.wait(
            waiters.microvm_suspended(microvm_identifier),
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
            timeout: How long to wait, in seconds: 0 or more. 0 polls once. A call that hangs is
                bounded by the client's own timeouts and retries, not by this.
            poll_interval: Longest pause between two polls, in seconds: more than 0. The first
                pause is 0.2 seconds, and each is half as long again as the one before.
            on_poll: Called with the MicroVM after every successful poll.

        Returns:
            The MicroVM in the state `TERMINATED`.

        Raises:
            WaiterError: Timed out.
            ServiceError: A poll failed. Throttling errors are retried.
            ResponseValidationError: The service's response does not match the model.
            TypeError: The timeout or the interval is not a number.
            ValueError: The timeout or the interval is out of range.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.

        Source: `GetMicrovm` in the AWS API reference.
        """
        return waiters.wait(
            waiters.microvm_terminated(microvm_identifier),
            self.call,
            timeout=timeout,
            poll_interval=poll_interval,
            on_poll=on_poll,
        )
