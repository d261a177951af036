"""The public models and enums, and the two ways to parse a model."""

import json
from collections.abc import Callable
from typing import Any

from loopback import case
from pydantic import BaseModel, TypeAdapter

from microvm_sdk import models
from microvm_sdk.models._machinery.enums import OpenEnum

_PUBLIC: list[Any] = [getattr(models, name) for name in models.__all__]
_CLASSES = [value for value in _PUBLIC if isinstance(value, type)]
MODELS: list[Any] = [value for value in _CLASSES if issubclass(value, BaseModel)]
ENUMS: list[Any] = [value for value in _CLASSES if issubclass(value, OpenEnum)]
DOCUMENTED = case("update_microvm_image_version/documented").body
"""A response with every field of an `ImageVersion`."""


def parsers(kind: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Return what parses a model, or the type of an adapter, from a dict and from JSON."""
    if isinstance(kind, TypeAdapter):
        return kind.validate_python, lambda data: kind.validate_json(json.dumps(data))
    return kind.model_validate, lambda data: kind.model_validate_json(json.dumps(data))
