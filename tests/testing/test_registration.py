"""The private parts of moto that the hook relies on, which a release may move."""

import importlib.util
import re
import sys
from typing import Any

import moto
import pytest
from moto import backend_index, backends
from moto.core import base_backend
from moto.core.responses import BaseResponse
from moto.moto_api import state_manager
from moto.moto_api._internal.managed_state_model import ManagedState

from microvm_sdk.testing import _registration
from microvm_sdk.testing._service import models, urls

MOVED = f"moto {moto.__version__} has moved what microvm_sdk.testing hooks into: "


@pytest.fixture(autouse=True)
def _registered() -> None:
    _registration.register()


def test_moto_still_has_a_list_of_url_patterns_by_service() -> None:
    patterns = backend_index.backend_url_patterns
    assert isinstance(patterns, list), MOVED + "moto.backend_index.backend_url_patterns"
    assert all(
        isinstance(name, str) and isinstance(pattern, re.Pattern) for name, pattern in patterns
    ), MOVED + "the pairs in moto.backend_index.backend_url_patterns"


def test_moto_still_imports_a_service_by_its_name() -> None:
    found = backends.get_backend(_registration.NAME)
    assert found is models.lambdamicrovms_backends, MOVED + "moto.backends.get_backend"


def test_moto_still_finds_the_routes_of_the_models() -> None:
    backend = models.lambdamicrovms_backends["123456789012"]["us-east-1"]
    assert backend._url_module is urls, MOVED + "BaseBackend._url_module"
    assert backend.urls, MOVED + "BaseBackend.urls"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("moto.core.model_instances", "reset_model_data"),
        ("moto.core.models", "DEFAULT_ACCOUNT_ID"),
        ("moto.moto_api._internal.models", "moto_api_backend"),
        ("moto.moto_server.werkzeug_app", "DomainDispatcherApplication"),
        ("moto.moto_server.werkzeug_app", "create_backend_app"),
    ],
)
def test_moto_still_has_in_its_modules(module: str, name: str) -> None:
    assert importlib.util.find_spec(module), MOVED + module
    assert hasattr(importlib.import_module(module), name), MOVED + f"{module}.{name}"


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (BaseResponse, "get_current_account"),
        (BaseResponse, "default_region"),
        (base_backend.BackendDict, "reset"),
        (base_backend.BaseBackend, "reset"),
        (ManagedState, "advance"),
        (ManagedState, "status"),
        (ManagedState, "_get_next_status"),
        (type(state_manager), "get_transition"),
        (type(state_manager), "register_default_transition"),
    ],
)
def test_moto_still_has(owner: Any, name: str) -> None:
    assert hasattr(owner, name), MOVED + f"{owner.__name__}.{name}"


def test_moto_still_keeps_a_states_progress_where_we_set_it() -> None:
    state = ManagedState("lambdamicrovms::guard", [("A", "B"), ("B", "C")])
    for name in ("_transitions", "_status", "_tick"):
        assert name in vars(state), MOVED + f"ManagedState.{name}"


def test_registering_again_adds_nothing() -> None:
    before = list(backend_index.backend_url_patterns)
    _registration.register()
    assert backend_index.backend_url_patterns == before
    assert [name for name, _ in before].count(_registration.NAME) == 1
    assert before[0][0] == _registration.NAME


def test_it_leaves_motos_own_implementation_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(backend_index.backend_url_patterns)
    monkeypatch.delitem(sys.modules, _registration.MODULE)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    with pytest.warns(UserWarning, match="has AWS Lambda MicroVMs itself"):
        _registration.register()
    assert _registration.MODULE not in sys.modules
    assert backend_index.backend_url_patterns == before
