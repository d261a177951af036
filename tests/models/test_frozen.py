"""Models are frozen all the way down, and therefore hash, compare, pickle and copy."""

import copy
import json
import pickle
from collections.abc import Mapping
from typing import Any

import pytest
from public_models import DOCUMENTED
from pydantic import ValidationError

from microvm_sdk import ImageVersion


def test_nothing_can_be_assigned(version: ImageVersion) -> None:
    anything: Any = version
    with pytest.raises(ValidationError, match="frozen"):
        anything.status = "ACTIVE"
    with pytest.raises(ValidationError, match="frozen"):
        del anything.status
    with pytest.raises(ValidationError, match="frozen"):
        anything.hooks.port = 1
    with pytest.raises(TypeError):
        anything.resources[0] = None


def test_maps_cannot_be_changed(version: ImageVersion) -> None:
    tags: Any = version.tags
    for change in (
        lambda: tags.__setitem__("a", "b"),
        lambda: tags.__delitem__("team"),
        lambda: tags.update(a="b"),
        lambda: tags.pop("team"),
        tags.popitem,
        tags.clear,
        lambda: tags.setdefault("a", "b"),
        lambda: tags.__ior__({"a": "b"}),
    ):
        with pytest.raises(TypeError, match="frozen"):
            change()
    assert tags == {"team": "web"}
    assert isinstance(tags, Mapping)
    assert json.dumps(tags) == '{"team": "web"}'
    headers: Any = version.response_metadata.http_headers
    with pytest.raises(TypeError, match="frozen"):
        headers["a"] = "b"


@pytest.mark.parametrize(
    "copied",
    [
        copy.copy,
        copy.deepcopy,
        lambda model: pickle.loads(pickle.dumps(model)),  # noqa: S301  The test made the pickle.
        lambda model: model.model_copy(),
        lambda model: model.model_copy(deep=True),
    ],
)
def test_copies_are_equal_and_as_frozen(copied: Any, version: ImageVersion) -> None:
    other = copied(version)
    assert other == version
    assert hash(other) == hash(version)
    assert {version: 1}[other] == 1
    assert other.response_metadata.request_id == "r-1"
    with pytest.raises(TypeError, match="frozen"):
        other.tags["a"] = "b"


def test_models_differ_where_a_field_does(version: ImageVersion) -> None:
    other = ImageVersion.model_validate({**DOCUMENTED, "tags": {"team": "other"}})
    assert other != version
    assert version != "something else"
