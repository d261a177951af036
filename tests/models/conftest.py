"""A version that a response was parsed to."""

import pytest
from public_models import DOCUMENTED

from microvm_sdk import ImageVersion


@pytest.fixture
def version() -> ImageVersion:
    return ImageVersion.model_validate({**DOCUMENTED, "ResponseMetadata": {"RequestId": "r-1"}})
