"""The hook into moto, which has no interface for adding a service.

In process, moto's mock searches a list of URL patterns, and imports the service that matches from
`moto.<name>`. So two things are added to moto: a pattern at the head of that list, and a module
under that name. No function of moto is replaced. Over HTTP nothing is needed: our server examines
the path itself and passes the rest to moto.
"""

import importlib.util
import sys
import warnings

import moto
from moto import backend_index
from moto.core.models import botocore_stubber

from microvm_sdk.connect._route import InProcessService, local_services
from microvm_sdk.testing._service import models, urls
from microvm_sdk.testing._service.proxy import data_plane

NAME = "lambdamicrovms"
MODULE = f"moto.{NAME}"


def register() -> None:
    """Add the service to moto, unless it has been added.

    If moto has the service itself, its own stays in place, with a warning.
    """
    if sys.modules.get(MODULE) is models:
        return
    if importlib.util.find_spec(MODULE) is not None:
        warnings.warn(
            f"moto {moto.__version__} has AWS Lambda MicroVMs itself, and mock_microvms() "
            "leaves it in place: the controls of microvm_sdk.testing work on MicroVMServer only",
            stacklevel=3,
        )
        return
    sys.modules[MODULE] = models
    local_services.append(_service_in_process)
    backend_index.backend_url_patterns.insert(0, (NAME, urls.host_and_path()))


def _service_in_process() -> InProcessService | None:
    """Return the data plane while moto's mock is active, so that no request leaves the process."""
    return data_plane.respond_in_process if botocore_stubber.enabled else None
