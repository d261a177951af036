"""Models: frozen, with a Python name and a wire name for every field, built at first use."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
)
from pydantic_core import CoreSchema
from typing_extensions import Self

from microvm_sdk._forks import delay_fork
from microvm_sdk.models._machinery.descriptions import add_descriptions
from microvm_sdk.models._machinery.enums import CONSTRUCTED
from microvm_sdk.models._machinery.field_types import set_validated_type
from microvm_sdk.models._machinery.hidden_input import without_input
from microvm_sdk.models._machinery.locations import python_location
from microvm_sdk.models._machinery.names import wire_name
from microvm_sdk.models._machinery.plain import plain
from microvm_sdk.models._machinery.repr import value_in_repr
from microvm_sdk.models._machinery.signature import SignatureOfFields

_BUILDING = RLock()
# In the child of a fork, a build that another thread had begun would never end.
delay_fork(_BUILDING)

_in_sdk_build = ContextVar("microvm_sdk_build", default=False)


def is_in_sdk_build() -> bool:
    """Return whether pydantic is building a model of the SDK, or a part of one."""
    return _in_sdk_build.get()


@contextmanager
def _sdk_build() -> Generator[None]:
    token = _in_sdk_build.set(True)
    try:
        yield
    finally:
        _in_sdk_build.reset(token)


class Model(BaseModel, frozen=True):
    """A frozen model whose fields have a Python name and the service's own name."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=wire_name,
        validate_by_name=True,
        validate_by_alias=True,
        # A field that a newer service sends must not break an older SDK.
        extra="ignore",
        hide_input_in_errors=True,
        val_temporal_unit="seconds",
        # Most programs use only a few of the models, so each is built at its first use.
        defer_build=True,
    )
    __signature__: ClassVar[Any] = SignatureOfFields()

    if not TYPE_CHECKING:  # Type checkers derive the parameters from the fields.

        def __init__(self, /, *fields: Any, **data: Any) -> None:
            """Create it from its fields, which are keyword arguments, and validate them."""
            # Hides the frame from pytest, which shows the arguments. They may be secrets.
            __tracebackhide__ = True
            if fields:
                _refuse_positional(type(self))
            build_model(type(self))
            try:
                self.__pydantic_validator__.validate_python(
                    data, self_instance=self, extra="forbid", context=CONSTRUCTED
                )
            except ValidationError as error:
                failure = without_input(error, partial(python_location, type(self)))
            else:
                return
            # Raised outside of the handler, because `__context__` would keep the values.
            raise failure

        # pydantic's undocumented mark for an `__init__` that parsing may bypass.
        __init__.__pydantic_base_init__ = True

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        for field in cls.model_fields.values():
            set_validated_type(field)
        return handler(source)

    @classmethod
    def model_rebuild(
        cls,
        *,
        force: bool = False,
        raise_errors: bool = True,
        _parent_namespace_depth: int = 2,
        _types_namespace: Any = None,
    ) -> bool | None:
        """Build the model, as in pydantic. One thread builds at a time."""
        with _BUILDING, _sdk_build():
            built = super().model_rebuild(
                force=force,
                raise_errors=raise_errors,
                _parent_namespace_depth=_parent_namespace_depth + 1,
                _types_namespace=_types_namespace,
            )
            if "__signature__" in cls.__dict__:
                del cls.__signature__  # pydantic sets it, with the service's names.
            return built

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy the model, with some fields changed.

        Args:
            update: New values of fields, by their Python or wire names. They are validated and
                frozen. The copy then has no `response_metadata`, because it is not a response.
            deep: Whether to copy the values of the fields, too.

        Returns:
            The copy.

        Raises:
            pydantic.ValidationError: A field does not exist, or its value is invalid.
        """
        __tracebackhide__ = True  # As in `__init__`.
        copy = super().model_copy(deep=deep)
        if not update:
            return copy
        names = {field.validation_alias: name for name, field in type(self).model_fields.items()}
        changed = {names.get(name, name): value for name, value in update.items()}
        kept = {name: getattr(copy, name) for name in self.model_fields_set}
        return type(self)(**{**kept, **changed})

    def model_dump_boto3(self) -> dict[str, Any]:
        """Return the dict that boto3 would return, without `ResponseMetadata`.

        Unlike `model_dump(by_alias=True)`, it has plain strings in place of enum members, lists in
        place of tuples, no `None`, and **secrets in plain text**.

        Returns:
            The dict, which may be changed.
        """
        dumped: dict[str, Any] = plain(self.model_dump(by_alias=True, exclude_none=True))
        return dumped

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler, /
    ) -> dict[str, Any]:
        """Add the sentence under each field as its description."""
        schema = handler(core_schema)
        add_descriptions(cls, handler.resolve_ref_schema(schema))
        return schema

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Show the fields that are not `None`."""
        for name, value in super().__repr_args__():
            if value is not None:
                yield name, value_in_repr(value)


def _refuse_positional(model: type[Model]) -> NoReturn:
    fields = ", ".join(f"{name}=…" for name in model.model_fields)
    msg = f"the fields of a {model.__name__} are keyword arguments: {model.__name__}({fields})"
    raise TypeError(msg)


def build_model(model: type[Model]) -> None:
    """Build a model if it has not been built."""
    if not model.__pydantic_complete__:
        model.model_rebuild(raise_errors=False)
