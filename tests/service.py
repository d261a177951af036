"""botocore's model of the service, and the SDK's model of each answer."""

from collections.abc import Mapping

import botocore.session
from botocore.model import ServiceModel

from microvm_sdk import models
from microvm_sdk.models._machinery import Model

SERVICE = ServiceModel(
    botocore.session.Session().get_service_data("lambda-microvms"), "lambda-microvms"
)

# For a listing, the model of an item.
RESULTS: Mapping[str, type[Model] | None] = {
    "CreateMicrovmAuthToken": models.AuthToken,
    "CreateMicrovmImage": models.CreatedImage,
    "CreateMicrovmShellAuthToken": models.AuthToken,
    "DeleteMicrovmImage": models.ImageDeletion,
    "DeleteMicrovmImageVersion": models.ImageVersionDeletion,
    "GetMicrovm": models.Microvm,
    "GetMicrovmImage": models.Image,
    "GetMicrovmImageBuild": models.ImageBuild,
    "GetMicrovmImageVersion": models.ImageVersion,
    "ListManagedMicrovmImageVersions": models.ManagedImageVersion,
    "ListManagedMicrovmImages": models.ManagedImage,
    "ListMicrovmImageBuilds": models.ImageBuildSummary,
    "ListMicrovmImageVersions": models.ImageVersion,
    "ListMicrovmImages": models.ImageSummary,
    "ListMicrovms": models.MicrovmSummary,
    "ListTags": models.ResourceTags,
    "ResumeMicrovm": None,
    "RunMicrovm": models.Microvm,
    "SuspendMicrovm": None,
    "TagResource": None,
    "TerminateMicrovm": None,
    "UntagResource": None,
    "UpdateMicrovmImage": models.UpdatedImage,
    "UpdateMicrovmImageVersion": models.ImageVersion,
}
