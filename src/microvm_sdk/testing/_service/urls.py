"""The URLs of the service: the hosts of every AWS partition, and its own paths."""

import re

from microvm_sdk.testing._aws_hosts import aws_domains
from microvm_sdk.testing._service.http.dispatch import MicroVMResponse
from microvm_sdk.testing._service.proxy import data_plane


def _hosts() -> str:
    """Build the pattern of all hosts: plain, FIPS, dual-stack and private, in every partition.

    A call that matches no pattern leaves moto's mock for the real network.
    """
    either = "|".join(re.escape(domain) for domain in sorted(aws_domains()))
    private = r"(?:vpce-[a-z0-9-]+\.)?"
    return rf"https?://{private}lambda(?:-fips)?\.[a-z0-9-]+\.(?:vpce\.)?(?:{either})(?::[0-9]+)?"


# AWS Lambda has the same tags route. The kind of resource in the ARN tells them apart, so that a
# function whose name begins with "microvm-image" stays with Lambda. Clients may encode the colons.
_COLON = "(?::|%3[Aa])"
_WORD = "[^:%/]*"
_TAGS_PATH = (
    f"/2017-03-31/tags/arn{_COLON}{_WORD}{_COLON}lambda{_COLON}{_WORD}{_COLON}{_WORD}{_COLON}"
    f"microvm(?:-image)?{_COLON}"
)
# A MicroVM cannot be tagged: the service refuses its ARN and its identifier alike.
_MICROVM_TAGS_PATH = "/2017-03-31/tags/microvm-[0-9a-f]"
_OWN_PATH = "/2025-09-09/"
# The endpoints of MicroVMs, which programs call with `requests`.
_ENDPOINTS = r"https?://[^./]+\.lambda-microvm\.[a-z0-9-]+\.on\.aws(?::[0-9]+)?(?:/|$)"

url_bases = [_hosts()]
url_paths = {
    "{0}" + _OWN_PATH: MicroVMResponse.dispatch,
    "{0}" + _TAGS_PATH: MicroVMResponse.dispatch,
    "{0}" + _MICROVM_TAGS_PATH: MicroVMResponse.dispatch,
    _ENDPOINTS: data_plane.dispatch,
}


def is_path_of_service(path: str) -> bool:
    """Whether a path belongs to the service.

    Args:
        path: The path, percent-encoded or not.

    Returns:
        Whether the service responds there, even if only that there is no such operation.
    """
    return re.match(f"{_OWN_PATH}|{_TAGS_PATH}|{_MICROVM_TAGS_PATH}", path) is not None


def host_and_path() -> re.Pattern[str]:
    """Return the pattern of every URL of the service and of its MicroVMs."""
    own = f"{url_bases[0]}(?:{_OWN_PATH}|{_TAGS_PATH}|{_MICROVM_TAGS_PATH})"
    return re.compile(f"{own}|{_ENDPOINTS}")
