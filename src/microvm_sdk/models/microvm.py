"""MicroVMs: the running machines."""

from pydantic import AwareDatetime

from microvm_sdk.models._machinery.enums import OpenEnum, UnknownValue
from microvm_sdk.models._machinery.model import Model
from microvm_sdk.models._machinery.outcomes import Outcome
from microvm_sdk.models._machinery.results import Result


class MicrovmState(OpenEnum):
    """The state of a MicroVM."""

    PENDING = "PENDING"
    """It is being started or resumed."""
    RUNNING = "RUNNING"
    """It runs. Its software may take a few more seconds to respond."""
    SUSPENDING = "SUSPENDING"
    """It is being suspended."""
    SUSPENDED = "SUSPENDED"
    """Its memory and disk are kept. Its CPU is released."""
    TERMINATING = "TERMINATING"
    """It is being terminated."""
    TERMINATED = "TERMINATED"
    """It has ended and cannot be resumed. `get_microvm` still returns it."""


_TERMINATION = {MicrovmState.TERMINATING, MicrovmState.TERMINATED}

# A MicroVM that resumes is `SUSPENDED`, then `PENDING`, then `RUNNING`.
MICROVM_RUNNING = Outcome[MicrovmState](success={MicrovmState.RUNNING}, failure=_TERMINATION)
MICROVM_SUSPENDED = Outcome[MicrovmState](success={MicrovmState.SUSPENDED}, failure=_TERMINATION)
MICROVM_TERMINATED = Outcome[MicrovmState](success={MicrovmState.TERMINATED})


class IdlePolicy(Model, frozen=True):
    """What happens to a MicroVM without traffic.

    Only traffic through its endpoint counts. An open connection without traffic does not.
    """

    max_idle_duration_seconds: int
    """Seconds without traffic after which it is suspended: at least 60."""
    suspended_duration_seconds: int
    """Seconds for which it stays suspended before it may be terminated: at least 0.

    The service terminates it some time later: one with 60 s was still suspended after 240 s.
    """
    auto_resume_enabled: bool
    """Whether traffic resumes a suspended MicroVM. The first request waits for it."""


class Microvm(Result, frozen=True):
    """A MicroVM."""

    microvm_id: str
    """The MicroVM's id, which is its identifier in every call."""
    state: MicrovmState | UnknownValue
    """The state of the MicroVM. It can lag behind by some seconds."""
    endpoint: str
    """Host name of the MicroVM's HTTPS endpoint. `url` is its URL."""
    image_arn: str
    """ARN of the image that it was started from."""
    image_version: str
    """The version that it was started from."""
    execution_role_arn: str | None = None
    """ARN of the IAM role of its software."""
    idle_policy: IdlePolicy | None = None
    """What happens to it without traffic."""
    maximum_duration_in_seconds: int
    """Seconds after `started_at` at which it is terminated, whether suspended or not."""
    started_at: AwareDatetime
    """When it was started."""
    terminated_at: AwareDatetime | None = None
    """When it was terminated."""
    state_reason: str | None = None
    """The reason for the state: a sentence for people, such as that a hook failed."""
    kms_key_identifier: str | None = None
    """ARN of the KMS key or alias that encrypts it at rest; `None` for a key owned by AWS."""
    ingress_network_connectors: tuple[str, ...] | None = None
    """ARNs of the network connectors for incoming traffic."""
    egress_network_connectors: tuple[str, ...] | None = None
    """ARNs of the network connectors for outgoing traffic."""

    @property
    def url(self) -> str:
        """URL of the endpoint, `https://<endpoint>`."""
        return f"https://{self.endpoint}"


class MicrovmSummary(Result, frozen=True):
    """A MicroVM in a listing."""

    microvm_id: str
    """The MicroVM's id, which is its identifier in every call."""
    state: MicrovmState | UnknownValue
    """The state of the MicroVM. It can lag behind by some seconds."""
    image_arn: str
    """ARN of the image that it was started from."""
    image_version: str
    """The version that it was started from."""
    started_at: AwareDatetime
    """When it was started."""
