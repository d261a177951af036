"""The variables with which a program calls the local service instead of AWS."""

import os
import ssl
from pathlib import Path

from botocore.httpsession import get_cert_path

_CERTIFICATES = "certificates.pem"
_PROFILE = "profile"
_PROFILE_TEXT = """\
[default]
aws_access_key_id = testing
aws_secret_access_key = testing
region = us-east-1
"""


def write_environment(
    directory: Path, endpoint_url: str, host: str, authority_pem: str | None
) -> dict[str, str]:
    """Write the files that the variables name.

    Args:
        directory: Where to write them.
        endpoint_url: The server's URL.
        host: The server's host, which clients call without a proxy.
        authority_pem: The certificate of the MicroVMs' authority, if they have addresses.

    Returns:
        The variables.
    """
    profile = directory / _PROFILE
    profile.write_text(_PROFILE_TEXT, encoding="utf-8")
    hosts = dict.fromkeys([*os.environ.get("NO_PROXY", "").split(","), "127.0.0.1", host])
    without_proxy = ",".join(filter(None, hosts))
    variables = {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ENDPOINT_URL_LAMBDA_MICROVMS": endpoint_url,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        # A client that ignores the endpoint is refused by AWS.
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
        "AWS_PROFILE": "default",
        "AWS_CONFIG_FILE": str(profile),
        "AWS_SHARED_CREDENTIALS_FILE": str(profile),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "NO_PROXY": without_proxy,
        "no_proxy": without_proxy,
    }
    if authority_pem is not None:
        certificates = directory / _CERTIFICATES
        certificates.write_text(_usual_roots() + authority_pem, encoding="utf-8")
        for name in (
            "SSL_CERT_FILE",
            "REQUESTS_CA_BUNDLE",
            "CURL_CA_BUNDLE",
            "NODE_EXTRA_CA_CERTS",
        ):
            variables[name] = str(certificates)
    return variables


def _usual_roots() -> str:
    """Return the certificates that this process trusts: `SSL_CERT_FILE`, else the system's."""
    path = ssl.get_default_verify_paths().cafile or get_cert_path(verify=True)
    return Path(str(path)).read_text(encoding="utf-8").rstrip() + "\n"
