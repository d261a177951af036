"""The texts of the service's errors: its message, the request, and what can be done about it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from pydantic.alias_generators import to_snake
from typing_extensions import Self

from microvm_sdk._error_kinds import ErrorKind, mapping_member
from microvm_sdk._printable import printable

if TYPE_CHECKING:
    from microvm_sdk.exceptions import ServiceError

_LONGEST_PART = 2000
_LONGEST_BODY = 200
_NO_MESSAGE = "the service returned no message"

ADVICE = {
    ErrorKind.BUSY: "The resource is being changed: wait until it has settled, then call again.",
    ErrorKind.THROTTLED: "Too many calls in a short time: wait, then call again.",
    ErrorKind.NO_CAPACITY: "AWS has no capacity at the moment: try later, or in another region.",
    ErrorKind.QUOTA_EXCEEDED: (
        "A quota of the account is used up: delete or terminate something, or request a higher one."
    ),
    ErrorKind.NOT_FOUND: "Check the identifier, and that the client calls its region and account.",
    ErrorKind.NO_ACTIVE_VERSION: (
        "The image does not exist, or no version that is ACTIVE and SUCCESSFUL matches: "
        "see list_microvm_image_versions."
    ),
    ErrorKind.NAME_TAKEN: "Update the existing image, or choose another name.",
    ErrorKind.IN_USE: "Terminate the image's MicroVMs first: see list_microvms.",
    ErrorKind.LAST_VERSION: "The last version goes with its image: use delete_microvm_image.",
    ErrorKind.TERMINATED: "A terminated MicroVM cannot come back: run a new one.",
    ErrorKind.CLIENT_TOKEN_REUSED: "A request with other parameters needs another client_token.",
    ErrorKind.ACCESS_DENIED: "Check the permissions of the client's credentials.",
    ErrorKind.INVALID: "Change the request: calling again with the same one does not help.",
    ErrorKind.SERVER: "The service failed: call again, and quote the request ID to AWS support.",
    ErrorKind.OTHER: "The SDK does not know this error: see its code and status_code.",
}
_DENIED_WITHOUT_MESSAGE = (
    "The caller may lack the permission, or the region or account may be the wrong one."
)

# The parameters that identify the resource of a call, by boto3's names. None contains a secret.
IDENTIFIERS = (
    "imageIdentifier",
    "imageVersion",
    "buildId",
    "microvmIdentifier",
    "name",
    "baseImageArn",
    "Resource",
)
# How to get the ARN of a resource whose name was sent in its place.
_ARN_OF_A_NAME = {
    "image_identifier": "microvm_sdk.images.find_image finds an image by its name",
    "base_image_arn": "microvm_sdk.arns.managed_image_arn makes one of the name",
}
_MANAGED = "aws"


@dataclass(frozen=True)
class RequestSummary:
    """The facts about a request that the text of an error mentions."""

    region: str | None = None
    """The client's region."""
    account: str | None = None
    """The account id of the client's credentials; `None` if they do not have it."""
    identifiers: Mapping[str, str] = field(default_factory=dict)
    """The parameters that identify the resource, by their Python names."""

    @classmethod
    def of(cls, client: Any, parameters: Mapping[str, Any]) -> Self:
        """Collect the facts, without a call.

        Args:
            client: The boto3 client that sent the request.
            parameters: The parameters by boto3's names.
        """
        signer: Any = getattr(client, "_request_signer", None)
        credentials: Any = getattr(signer, "_credentials", None)
        # Reading the public attribute of credentials that expire would refresh them by a call.
        known = {**getattr(credentials, "__dict__", {})}
        return cls(
            region=client.meta.region_name,
            account=known.get("_account_id") or known.get("account_id"),
            identifiers={
                to_snake(parameter): parameters[parameter]
                for parameter in IDENTIFIERS
                if isinstance(parameters.get(parameter), str)
            },
        )

    def sentences(self, message: str | None, kind: ErrorKind) -> Iterator[str]:
        """Describe the request, as far as the service's message does not.

        Args:
            message: The service's message.
            kind: The kind of the error.

        Yields:
            Sentences.
        """
        named = ", ".join(
            f"{name}={value!r}"
            for name, value in self.identifiers.items()
            # A call with a base image is about another resource, which is named.
            if name != "base_image_arn" and value not in (message or "")
        )
        if named:
            yield f"The request had {named}."
        if kind is ErrorKind.INVALID:
            for name, cure in _ARN_OF_A_NAME.items():
                if not self.identifiers.get(name, "arn:").startswith("arn:"):
                    yield f"{name} must be an ARN; {cure}."
        if kind is ErrorKind.ACCESS_DENIED:
            for name, value in self.identifiers.items():
                yield from self._mismatches(name, value)

    def _mismatches(self, name: str, value: str) -> Iterator[str]:
        parts = value.split(":", 5)
        if len(parts) < 6 or parts[0] != "arn":  # noqa: PLR2004  An ARN has six parts.
            return
        for what, theirs, ours in [
            ("region", parts[3], self.region),
            ("account", parts[4], self.account),
        ]:
            if ours and theirs not in {"", _MANAGED, ours}:
                yield f"{name} is in {what} {theirs}, but the client uses {what} {ours}."


def error_text(
    error: "ServiceError", *, message: str | None = None, request: RequestSummary | None = None
) -> str:
    """Make the text of an error of the service.

    Args:
        error: The error, complete but for its text.
        message: A text to show in place of the service's message.
        request: The request that failed.

    Returns:
        The text, in the form of botocore's own errors.
    """
    shown = message or error.message or _NO_MESSAGE
    sentences = [_sentence(_shortened(shown))]
    if request is not None:
        sentences += map(_shortened, request.sentences(error.message, error.kind))
    sentences.append(_advice(error))
    text = " ".join(sentences)
    if error.request_id:
        text += f" (request ID: {error.request_id})"
    metadata = mapping_member(error.response, "ResponseMetadata")
    response: Any = {
        "Error": {"Code": error.code, "Message": text},
        # botocore would mention the retries even if there were none.
        "ResponseMetadata": metadata if metadata.get("RetryAttempts") else {},
    }
    return printable(str(ClientError(response, error.operation_name)))


def shown_body(body: str, *, may_have_secrets: bool) -> str:
    """Describe a body that is not an error of the service, as proxies and gateways send.

    It can be anything: a page of HTML, or a truncated response with a secret in it.

    Args:
        body: The body.
        may_have_secrets: Whether the operation's responses have secrets.

    Returns:
        The body itself if it is a short text without secrets; otherwise a description of it.
    """
    text = body.strip("\ufeff \t\r\n")
    if not text:
        return _NO_MESSAGE
    if text[:100].lower().startswith(("<html", "<!doctype html")):
        return "the response was an HTML page, as proxies and gateways send"
    is_text = len(text) <= _LONGEST_BODY and text.isprintable() and text[0] not in "{[<"
    return text if is_text and not may_have_secrets else "the response could not be read"


def _advice(error: "ServiceError") -> str:
    if error.kind is ErrorKind.ACCESS_DENIED and error.message is None:
        return _DENIED_WITHOUT_MESSAGE
    if error.kind is ErrorKind.THROTTLED and error.retry_after_seconds:
        return f"Wait {error.retry_after_seconds} seconds, then call again."
    return ADVICE[error.kind]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _shortened(text: str) -> str:
    # A gateway's page can be long. The error's `message` has all of it.
    return text if len(text) <= _LONGEST_PART else f"{text[:_LONGEST_PART]}…"
