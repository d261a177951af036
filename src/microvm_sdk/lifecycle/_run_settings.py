"""The parameters with which a MicroVM is started."""

from collections.abc import Iterable

from pydantic import SecretStr
from typing_extensions import Required, TypedDict

from microvm_sdk.models import IdlePolicy, Logging


class RunSettings(TypedDict, total=False, closed=True):
    """The parameters of `run_microvm`, except `client_token`.

    `None` means that the parameter is omitted.
    """

    image_identifier: Required[str]
    """ARN of the image, 1 to 256 characters."""
    image_version: str | None
    """Number of the version to start from; the newest active one if omitted."""
    ingress_network_connectors: Iterable[str] | None
    """ARNs of the network connectors for incoming traffic."""
    egress_network_connectors: Iterable[str] | None
    """ARNs of the network connectors for outgoing traffic."""
    execution_role_arn: str | None
    """ARN of the IAM role of the software in the MicroVM."""
    idle_policy: IdlePolicy | None
    """What happens when the MicroVM gets no traffic."""
    logging: Logging | None
    """Where logs go."""
    kms_key_identifier: str | None
    """ARN of the KMS key or alias that encrypts the MicroVM's configuration at rest.

    Requires botocore 1.44.8.
    """
    run_hook_payload: str | SecretStr | None
    """Text that is passed to the run hook: at most 4,096 bytes."""
    maximum_duration_in_seconds: int | None
    """Maximum lifetime of the MicroVM, in seconds: 1 to 28,800, which is also the default."""
