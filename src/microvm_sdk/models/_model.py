"""Models: frozen, with a Python name and a wire name for every field, built at first use."""

from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


def _wire_name(field: str) -> str:
    # Given `to_camel` itself, pyrefly accepts calls that lack a required field.
    return to_camel(field)


class Model(BaseModel, frozen=True):
    """A frozen model whose fields have a Python name and the service's own name."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=_wire_name,
        validate_by_name=True,
        validate_by_alias=True,
        # A field that a newer service sends must not break an older SDK.
        extra="ignore",
        hide_input_in_errors=True,
        val_temporal_unit="seconds",
        # Most programs use only a few of the models, so each is built at its first use.
        defer_build=True,
    )

    if not TYPE_CHECKING:  # Type checkers derive the parameters from the fields.

        def __init__(self, /, **data: Any) -> None:
            """Validate the fields. Unlike parsing, this refuses fields that the model lacks."""
            build(type(self))
            self.__pydantic_validator__.validate_python(data, self_instance=self, extra="forbid")

        # pydantic's own, undocumented mark for an `__init__` that parsing may bypass.
        __init__.__pydantic_base_init__ = True


_BUILDING = RLock()


def build(model: type[Model]) -> None:
    """Build a model if it has not been built, in one thread, which pydantic before 2.14 needs."""
    if not model.__pydantic_complete__:
        with _BUILDING:
            model.model_rebuild(raise_errors=False)
