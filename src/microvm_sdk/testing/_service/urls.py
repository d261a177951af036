"""The URLs of the service: the hosts of every AWS partition, and its own paths."""

import re

from microvm_sdk.testing._aws_hosts import aws_domains
from microvm_sdk.testing._service.http import paths
from microvm_sdk.testing._service.http.dispatch import MicroVMResponse
from microvm_sdk.testing._service.proxy import data_plane


def _hosts() -> str:
    """Build the pattern of all hosts: plain, FIPS, dual-stack and private, in every partition.

    A call that matches no pattern leaves moto's mock for the real network.
    """
    domains = "|".join(map(re.escape, sorted(aws_domains())))
    private = r"(?:vpce-[a-z0-9-]+\.)?"
    return rf"https?://{private}lambda(?:-fips)?\.[a-z0-9-]+\.(?:vpce\.)?(?:{domains})(?::[0-9]+)?"


# The endpoints of MicroVMs, which programs call with `requests`.
_ENDPOINTS = rf"https?://{data_plane.ENDPOINT}(?::[0-9]+)?(?:/|$)"

url_bases = [_hosts()]
url_paths = {"{0}" + path: MicroVMResponse.dispatch for path in paths.ALL}
url_paths[_ENDPOINTS] = data_plane.dispatch


def host_and_path() -> re.Pattern[str]:
    """Return the pattern of every URL of the service and of its MicroVMs."""
    return re.compile(f"{url_bases[0]}(?:{'|'.join(paths.ALL)})|{_ENDPOINTS}")
