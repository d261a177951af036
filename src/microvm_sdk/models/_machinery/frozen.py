"""Collections that cannot be changed: mappings here, tuples in the fields."""

from typing import Any, NoReturn, TypeVar, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

K = TypeVar("K")
V = TypeVar("V")


class FrozenMap(dict[K, V]):
    """A dict that cannot be changed, and that hashes, pickles and copies.

    It is a dict so that `json` and boto3 accept it. Fields are typed `Mapping`, so that a type
    checker reports a change before this class does at run time.
    """

    __slots__ = ()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        msg = "the mapping is frozen"
        raise TypeError(msg)

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = _refuse
    setdefault: Any = _refuse
    update: Any = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        """Hash the items, whatever their order."""
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy by calling the class: dict's own way is to assign each item."""
        return type(self), (dict(self),)


class Frozen:
    """Annotates a mapping, which is parsed like a dict and stored as a `FrozenMap`."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        key, value = get_args(source)
        return core_schema.no_info_after_validator_function(
            FrozenMap,
            core_schema.dict_schema(handler.generate_schema(key), handler.generate_schema(value)),
        )


def freeze(value: object) -> object:
    """Freeze parsed JSON: objects become `FrozenMap`, arrays become tuples."""
    if isinstance(value, dict):
        return FrozenMap({name: freeze(member) for name, member in value.items()})
    if isinstance(value, list):
        return tuple(freeze(member) for member in value)
    return value
