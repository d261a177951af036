"""Creating the boto3 client that the SDK calls.

This module is imported with the first client: botocore's session and what it needs take as long to
import as the rest of the SDK.
"""

import sys
from typing import TYPE_CHECKING, Any, cast

import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import DataNotFoundError

from microvm_sdk._arguments import refuse
from microvm_sdk._calls.boto3_client import SERVICE, active_stubber
from microvm_sdk._calls.botocore_data import use_fast_loader
from microvm_sdk._version import __version__
from microvm_sdk.exceptions import MicroVMError

if TYPE_CHECKING:
    from boto3.session import Session
    from types_boto3_lambda_microvms import LambdaMicroVMsClient

FIRST_BOTOCORE = "1.43.35"
# Endpoints of AWS. Those of other partitions count as configured, which matters to mocks only.
_AWS_SUFFIXES = (
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
)


def create_boto3_client(
    session: "Session | None",
    region_name: str | None,
    endpoint_url: str | None,
    config: Config | None,
) -> "LambdaMicroVMsClient":
    """Create a boto3 client of the service.

    Args:
        session: The boto3 session to create it from.
        region_name: AWS region.
        endpoint_url: URL to call instead of the region's endpoint.
        config: Settings of the client.

    Returns:
        The client.

    Raises:
        TypeError: An argument has the wrong type.
        MicroVMError: The installed botocore is too old to know the service.
    """
    # The session of another library, such as one for a local cloud, may not be a boto3.Session.
    if session is not None and not callable(getattr(session, "client", None)):
        refuse("session", "a boto3.Session", session)
    _require("region_name", "a string", region_name, str)
    _require("endpoint_url", "a string", endpoint_url, str)
    _require("config", "a botocore.config.Config", config, Config)
    create, default_config = _client_factory(session)
    # moto's server mode, and others that patch boto3, add an endpoint if there is none.
    given = {"region_name": region_name, "endpoint_url": endpoint_url}
    settings: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    try:
        client = create(SERVICE, config=_with_user_agent(config, default_config), **settings)
    except DataNotFoundError as error:
        msg = (
            f"botocore {botocore.__version__} does not know AWS Lambda MicroVMs; {FIRST_BOTOCORE} "
            "or newer is needed: pip install --upgrade boto3 botocore"
        )
        raise MicroVMError(msg) from error
    if endpoint_url is None and not client.meta.endpoint_url.endswith(_AWS_SUFFIXES):
        _leave_configured_endpoint_to_mocks(client)
    return cast("LambdaMicroVMsClient", client)


def _leave_configured_endpoint_to_mocks(client: Any) -> None:
    """Send requests to AWS's endpoint while a mock is active.

    moto recognizes a request by its URL. A request to an endpoint from a variable or a profile
    would leave the mock, if the client was created before it.
    """
    configured = client.meta.endpoint_url.rstrip("/")
    own = f"https://lambda.{client.meta.region_name}.amazonaws.com"

    def before_call(params: dict[str, Any], **_: Any) -> None:
        if active_stubber() is not None:
            params["url"] = own + params["url"].removeprefix(configured)

    client.meta.events.register_first(f"before-call.{SERVICE}", before_call)


def _require(name: str, expected: str, value: object, kind: type) -> None:
    if value is not None and not isinstance(value, kind):
        refuse(name, expected, value)


def _client_factory(session: "Session | None") -> tuple[Any, Config | None]:
    """Return the function that creates clients, and its session's default config."""
    if session is not None:
        return session.client, default_config_of(session)
    # In a program that uses boto3, do what it would: it may have set up or patched boto3.
    boto3: Any = sys.modules.get("boto3")
    if hasattr(boto3, "client"):
        return boto3.client, default_config_of(getattr(boto3, "DEFAULT_SESSION", None))
    # botocore's session does the same, without importing boto3, which is half of a cold start.
    own_session = botocore.session.Session()
    use_fast_loader(own_session)
    return own_session.create_client, None


def default_config_of(session: Any) -> Config | None:
    """Return the default config of a boto3 session, if it has one.

    Args:
        session: The session, or `None`.
    """
    get = getattr(getattr(session, "_session", None), "get_default_client_config", None)
    config = get() if callable(get) else None
    return config if isinstance(config, Config) else None


def _with_user_agent(config: Config | None, default_config: Config | None) -> Config:
    """Append the SDK's user agent to the one that the client would have."""
    agents = (getattr(settings, "user_agent_extra", None) for settings in (config, default_config))
    extra = [agent for agent in agents if agent][:1]
    ours = Config(user_agent_extra=" ".join([*extra, f"microvm-sdk/{__version__}"]))
    return ours if config is None else config.merge(ours)
