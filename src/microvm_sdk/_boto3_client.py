"""Creating the boto3 client that the SDK calls."""

import sys
from typing import TYPE_CHECKING, Any, cast

import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import DataNotFoundError

from microvm_sdk._botocore_data import use_fast_loader
from microvm_sdk._version import __version__
from microvm_sdk.exceptions import MicroVMError

if TYPE_CHECKING:
    import boto3
    from types_boto3_lambda_microvms import LambdaMicroVMsClient

SERVICE = "lambda-microvms"
FIRST_BOTOCORE = "1.43.35"


def create_boto3_client(
    session: "boto3.Session | None",
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
        MicroVMError: The installed botocore is too old to know the service.
    """
    settings = config or Config()
    agents = (getattr(settings, "user_agent_extra", None), f"microvm-sdk/{__version__}")
    settings = settings.merge(Config(user_agent_extra=" ".join(filter(None, agents))))
    try:
        client = _client_factory(session)(
            SERVICE, region_name=region_name, endpoint_url=endpoint_url, config=settings
        )
    except DataNotFoundError as error:
        msg = (
            f"botocore {botocore.__version__} does not know AWS Lambda MicroVMs; {FIRST_BOTOCORE} "
            "or newer is needed: pip install --upgrade boto3 botocore"
        )
        raise MicroVMError(msg) from error
    return cast("LambdaMicroVMsClient", client)


def _client_factory(session: "boto3.Session | None") -> Any:
    if session is not None:
        return session.client
    # What `boto3.client()` would use if the program has set it up. If it has not, botocore's
    # session does the same without importing boto3, which is half of a cold start.
    boto3 = sys.modules.get("boto3")
    default_session = getattr(boto3, "DEFAULT_SESSION", None)
    if default_session is not None:
        return default_session.client
    own_session = botocore.session.Session()
    use_fast_loader(own_session)
    return own_session.create_client
