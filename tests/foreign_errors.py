"""Errors of other services, which a call of ours raises: those of botocore's credential providers.

`foreign_session` makes a session whose provider really fails, against a portal on loopback. Where a
client has to work first, `failing_credentials` makes it fail with the same errors from then on.
"""

import hashlib
import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.credentials import SSOProvider
from botocore.exceptions import ClientError
from loopback import Canned, Loopback

from microvm_sdk import MicroVMClient

START_URL = "https://sign-in.example"
ROLE = "arn:aws:iam::123456789012:role/gone"


@dataclass(frozen=True)
class ForeignError:
    """An error of a credential provider, as its service sends it."""

    code: str
    status: int
    operation_name: str
    message: str

    @property
    def response(self) -> Canned:
        if self.operation_name == "GetRoleCredentials":
            return Canned(self.status, {"message": self.message}, {"x-amzn-errortype": self.code})
        text = f"<Error><Code>{self.code}</Code><Message>{self.message}</Message></Error>"
        return Canned(self.status, f"<ErrorResponse>{text}</ErrorResponse>".encode())

    def error(self) -> ClientError:
        response: Any = {
            "Error": {"Code": self.code, "Message": self.message},
            "ResponseMetadata": {"HTTPStatusCode": self.status},
        }
        return ClientError(response, self.operation_name)


# Each looks like something that a job waits for or acts upon: gone, denied, throttled.
FOREIGN_ERRORS = {
    "gone": ForeignError(
        "ResourceNotFoundException", 404, "GetRoleCredentials", "No such role assigned"
    ),
    "denied": ForeignError("AccessDenied", 403, "AssumeRole", "Not authorized to assume the role"),
    "throttled": ForeignError("Throttling", 400, "AssumeRole", "Rate exceeded"),
}


def foreign_session(
    foreign: ForeignError, portal: Loopback, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> boto3.Session:
    """Return a session whose credential provider gets an error of its service.

    Args:
        foreign: The error.
        portal: The server of SSO or STS.
        folder: An empty folder, for the configuration.
        monkeypatch: Sets what leads botocore there.
    """
    profiles = f"""
        [profile gone]
        sso_start_url = {START_URL}
        sso_region = eu-west-1
        sso_account_id = 123456789012
        sso_role_name = gone
        [profile assumed]
        role_arn = {ROLE}
        source_profile = source
        [profile source]
        aws_access_key_id = a
        aws_secret_access_key = b
    """
    (folder / "config").write_text("\n".join(map(str.strip, profiles.splitlines())))
    token = {"accessToken": "t", "expiresAt": "2100-01-01T00:00:00Z", "startUrl": START_URL}
    name = hashlib.sha1(START_URL.encode()).hexdigest()  # noqa: S324  botocore's name of the file.
    (folder / f"{name}.json").write_text(json.dumps(token))
    monkeypatch.setattr(SSOProvider, "_SSO_TOKEN_CACHE_DIR", str(folder))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", portal.endpoint_url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", portal.endpoint_url)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    portal.respond_with(foreign.response)
    profile = "gone" if foreign.operation_name == "GetRoleCredentials" else "assumed"
    return boto3.Session(profile_name=profile, region_name="eu-west-1")


@contextmanager
def failing_credentials(client: MicroVMClient, error: Exception) -> Generator[None]:
    """Make the credentials of a client fail in the block, with an exception of one's own."""

    def fail(**_: object) -> None:
        raise error

    events = client.boto3_client.meta.events
    events.register("before-sign.lambda-microvms", fail)
    try:
        yield
    finally:
        events.unregister("before-sign.lambda-microvms", fail)


def assert_is_foreign(error: BaseException, foreign: ForeignError) -> None:
    """Check that an error is the provider's own, as botocore raised it."""
    assert isinstance(error, ClientError)
    assert not type(error).__module__.startswith("microvm_sdk")
    assert error.operation_name == foreign.operation_name
    assert error.response["Error"]["Code"] == foreign.code
    assert error.response["Error"]["Message"] == foreign.message
