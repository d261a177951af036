"""MicroVMs: the running machines."""

from pydantic import AwareDatetime

from microvm_sdk.models._enums import OpenEnum, UnknownValue
from microvm_sdk.models._model import Model
from microvm_sdk.models._outcomes import Outcome
from microvm_sdk.models._results import Result


class MicrovmState(OpenEnum):
    """Where a MicroVM is in its life."""

    PENDING = "PENDING"
    """It is being started, or resumed."""
    RUNNING = "RUNNING"
    """It runs. The software in it may need some seconds more before it answers."""
    SUSPENDING = "SUSPENDING"
    """It is being suspended."""
    SUSPENDED = "SUSPENDED"
    """Its memory and disk are kept, its CPU is not."""
    TERMINATING = "TERMINATING"
    """It is being terminated."""
    TERMINATED = "TERMINATED"
    """It is gone for good. `get_microvm` still returns it."""


_TERMINATION = {MicrovmState.TERMINATING, MicrovmState.TERMINATED}

# A MicroVM that resumes is `SUSPENDED`, then `PENDING`, then `RUNNING`.
MICROVM_RUNNING = Outcome[MicrovmState](success={MicrovmState.RUNNING}, failure=_TERMINATION)
MICROVM_SUSPENDED = Outcome[MicrovmState](success={MicrovmState.SUSPENDED}, failure=_TERMINATION)
MICROVM_TERMINATED = Outcome[MicrovmState](success={MicrovmState.TERMINATED})


class IdlePolicy(Model, frozen=True):
    """What happens to a MicroVM that nobody talks to."""

    max_idle_duration_seconds: int
    """How long it may be idle before it is suspended: at least 60 seconds."""
    suspended_duration_seconds: int
    """How long it stays suspended before it is terminated: at least 0 seconds."""
    auto_resume_enabled: bool
    """Whether traffic for it resumes it."""


class Microvm(Result, frozen=True):
    """A MicroVM."""

    microvm_id: str
    """The MicroVM's id, which is its identifier in every call."""
    state: MicrovmState | UnknownValue
    """Where the MicroVM is in its life. It may lag a little behind the truth."""
    endpoint: str
    """Host that the MicroVM is reached at, over HTTPS. A bare host, not a URL."""
    image_arn: str
    """ARN of the image that it was started from."""
    image_version: str
    """The version that it was started from."""
    execution_role_arn: str | None = None
    """ARN of the IAM role of the software in it."""
    idle_policy: IdlePolicy | None = None
    """What happens when nobody talks to it."""
    maximum_duration_in_seconds: int
    """How long it may live, in seconds."""
    started_at: AwareDatetime
    """When it was started."""
    terminated_at: AwareDatetime | None = None
    """When it was terminated."""
    state_reason: str | None = None
    """Why it is in its state."""
    kms_key_identifier: str | None = None
    """ARN of the KMS key or alias that encrypts it at rest; `None` for a key owned by AWS."""
    ingress_network_connectors: tuple[str, ...] | None = None
    """ARNs of the network connectors for incoming traffic."""
    egress_network_connectors: tuple[str, ...] | None = None
    """ARNs of the network connectors for outgoing traffic."""

    @property
    def url(self) -> str:
        """URL of the endpoint, `https://` included."""
        return f"https://{self.endpoint}"


class MicrovmSummary(Result, frozen=True):
    """A MicroVM in a listing."""

    microvm_id: str
    """The MicroVM's id, which is its identifier in every call."""
    state: MicrovmState | UnknownValue
    """Where the MicroVM is in its life. It may lag a little behind the truth."""
    image_arn: str
    """ARN of the image that it was started from."""
    image_version: str
    """The version that it was started from."""
    started_at: AwareDatetime
    """When it was started."""
