"""botocore's model of the service."""

import functools
from typing import Any

from botocore.loaders import create_loader
from botocore.model import ServiceModel

from microvm_sdk._calls.boto3_client import SERVICE


@functools.cache
def service_model() -> ServiceModel:
    """Load botocore's model of the service.

    Returns:
        The model, loaded once.
    """
    description = create_loader().load_service_model(SERVICE, "service-2")
    return ServiceModel(description, SERVICE)


def shape_members(shape_name: str) -> dict[str, Any]:
    """Return the members of a structure.

    Args:
        shape_name: Name of the structure, such as an error's.

    Returns:
        The members' shapes by name; empty when the installed botocore lacks the structure.
    """
    if shape_name not in service_model().shape_names:
        return {}
    shape: Any = service_model().shape_for(shape_name)
    return dict(shape.members)
