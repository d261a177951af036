"""A program that mypy and pyright must refuse, in each line that says so and in no other.

`error-pyright` is for what mypy lets pass.
"""

from typing_extensions import assert_never

from microvm_sdk import (
    CloudWatchLogging,
    CpuConfiguration,
    Hooks,
    ImageVersion,
    ImageVersionStatus,
    LoggingDisabled,
    MicroVMClient,
    PortRange,
    UnknownMember,
)


def frozen(version: ImageVersion) -> None:
    version.status = ImageVersionStatus.ACTIVE  # error
    version.response_metadata = version.response_metadata  # error
    del version.tags  # error-pyright
    if version.tags is not None:
        version.tags["team"] = "web"  # error
    if version.resources is not None:
        version.resources[0] = version.resources[0]  # error
    if version.hooks is not None:
        version.hooks.port = 5  # error


def names(version: ImageVersion, client: MicroVMClient) -> None:
    str(version.image_verison)  # error
    Hooks(prot=5)  # error
    PortRange(start_port=1)  # error
    CpuConfiguration(architecture=5)  # error
    client.get_microvm_image(image_identifer="a")  # error
    client.get_microvm_image("a")  # error
    client.get_microvm_image()  # error
    client.list_microvm_images(limit=5)  # error
    client.boto3_client.get_microvn(microvmIdentifier="m")  # error


def values(version: ImageVersion, client: MicroVMClient, anything: str) -> ImageVersionStatus:
    update = client.update_microvm_image_version
    update(image_identifier="a", image_version="1", status="ACTVE")  # error
    update(image_identifier="a", image_version="1", status=anything)  # error
    client.run_microvm(image_identifier="a", logging={"disabled": {}})  # error
    client.run_microvm(image_identifier="a", maximum_duration_in_seconds="60")  # error
    return version.status  # error


def left_out(version: ImageVersion) -> str:
    match version.logging:
        case CloudWatchLogging():
            return "there"
        case LoggingDisabled():
            return "nowhere"
        case None:
            return "default"
        case _:
            assert_never(version.logging)  # error


def known_left_out(version: ImageVersion) -> str:
    match version.logging:
        case CloudWatchLogging():
            return "there"
        case UnknownMember():
            return "elsewhere"
        case None:
            return "default"
        case _:
            assert_never(version.logging)  # error
