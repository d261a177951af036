"""The paths of the service, and of what the local service refuses by name."""

import re

# AWS Lambda has the same tags route. The kind of resource in the ARN tells them apart, so that a
# function whose name begins with "microvm-image" stays with Lambda. Clients may encode the colons.
_COLON = "(?::|%3[Aa])"
_WORD = "[^:%/]*"
_TAGS = "/2017-03-31/tags/"
_LAMBDA_ARN = f"arn{_COLON}{_WORD}{_COLON}lambda{_COLON}{_WORD}{_COLON}{_WORD}{_COLON}"

# Without braces, which moto would take for those of `str.format`.
OPERATIONS = "/2025-09-09/"
IMAGE_TAGS = f"{_TAGS}{_LAMBDA_ARN}microvm(?:-image)?{_COLON}"
# A MicroVM cannot be tagged: the service refuses its ARN and its identifier alike.
MICROVM_TAGS = f"{_TAGS}microvm-[0-9a-f]"
# The service of network connectors, on the same host as AWS Lambda. Its routes have other dates.
LAMBDA_CORE = "/20[0-9-]+/(?:network-connectors|runtimes)(?:/|$)"
CONNECTOR_TAGS = f"{_TAGS}{_LAMBDA_ARN}network-connector{_COLON}"

ALL = (OPERATIONS, IMAGE_TAGS, MICROVM_TAGS, LAMBDA_CORE, CONNECTOR_TAGS)


def is_path_of_service(path: str) -> bool:
    """Whether a path belongs to the service.

    Args:
        path: The path, percent-encoded or not.

    Returns:
        Whether the service responds there, even if only that there is no such operation.
    """
    return re.match("|".join(ALL), path) is not None


def is_path_of_lambda_core(path: str) -> bool:
    """Whether a path belongs to the service of network connectors, `lambda-core`.

    Args:
        path: The path, percent-encoded or not.
    """
    return re.match(f"{LAMBDA_CORE}|{CONNECTOR_TAGS}", path) is not None
