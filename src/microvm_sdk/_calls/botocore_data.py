"""A faster loader of botocore's data files, which saves a seventh of a cold start.

botocore lists the folder of every service before it opens one, and reads its files into
`OrderedDict`, which was necessary before dicts kept their order. Of the largest, `endpoints.json`,
it needs one service of four hundred. Its loader, and the class that reads files for it, are both
meant to be replaced. These two find the same data.
"""

import gc
import gzip
import json
import os
from collections import UserDict
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.loaders import JSONFileLoader, Loader

if TYPE_CHECKING:
    from botocore.session import Session


class _Files(JSONFileLoader):
    """Reads JSON files into plain dicts."""

    def load_file(self, file_path: str) -> Any:
        """Read a file; its path has no suffix. Return `None` if there is no such file."""
        for suffix, opened in ((".json", open), (".json.gz", gzip.open)):
            path = Path(file_path + suffix)
            if path.is_file():
                with opened(path, "rb") as file:
                    text = file.read()
                return _load_endpoints(text) if path.stem == _ENDPOINTS else _loads(text)
        # A newer botocore may compress its files in another way.
        return super().load_file(file_path)


def _loads(text: bytes) -> Any:
    # `endpoints.json` alone is 1.2 MB. While it grows to a hundred thousand objects, the garbage
    # collector would traverse all of them again and again, which takes five times as long as
    # parsing does.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return json.loads(text)
    finally:
        if was_enabled:
            gc.enable()


_ENDPOINTS = "endpoints"
# Where the services of a partition, and each of them, begin and end in the file: nothing else is
# indented as little. (A regular expression would take four times as long as parsing it all.)
_SERVICES = b'\n    "services" : {\n', b"\n    }"
_SERVICE = b'\n      "%s" : {\n', b"\n      }"


def _load_endpoints(text: bytes) -> Any:
    """Read `endpoints.json` without its services, which are 99 % of it."""
    services: list[bytes] = []
    rest: list[bytes] = []
    before = 0
    while found := _object_between(text, *_SERVICES, before):
        start, end = found
        rest += [text[before:start], b"%d" % len(services)]
        services.append(text[start:end])
        before = end
    # A newer botocore may write the file in another form.
    with suppress(ValueError, LookupError, TypeError):
        data = _loads(b"".join([*rest, text[before:]]))
        partitions = data["partitions"]
        if [partition["services"] for partition in partitions] == list(range(len(services))):
            for partition, its_services in zip(partitions, services, strict=True):
                partition["services"] = _Services(its_services)
            return data
    return _loads(text)


def _object_between(text: bytes, begin: bytes, end: bytes, after: int) -> tuple[int, int] | None:
    """Return where a JSON object starts and ends, from the `{` in `begin` to the `}` in `end`."""
    found = text.find(begin, after)
    if found < 0:
        return None
    start = found + begin.rindex(b"{")
    stop = text.find(end, start)
    return (start, stop + len(end)) if stop >= 0 else None


class _Services(UserDict[str, Any]):
    """The services of a partition, of which `get` reads one and anything else reads all."""

    def __init__(self, text: bytes) -> None:
        """Keep the JSON text, to be read when it is needed."""
        self._text = text

    @cached_property
    def data(self) -> dict[str, Any]:  # type: ignore[override]  # UserDict has an attribute.
        """All services."""
        services: dict[str, Any] = _loads(self._text)
        return services

    def get(self, key: Any, default: Any = None) -> Any:
        """Return a service, as botocore does to find its endpoints."""
        if "data" not in vars(self) and isinstance(key, str):
            begin, end = _SERVICE
            found = _object_between(self._text, begin % key.encode(), end, 0)
            if found:
                with suppress(ValueError):
                    return json.loads(self._text[slice(*found)])
        return self.data.get(key, default)


class _Folders(Loader):
    """Takes every folder for a service. Loading fails for one that lacks the data."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002  botocore's.
        """List all folders. botocore would list only those that have the type."""
        services: set[str] = set()
        for path in filter(os.path.isdir, self.search_paths):
            services.update(entry.name for entry in os.scandir(path) if entry.is_dir())
        return sorted(services)


def use_fast_loader(session: "Session") -> None:
    """Replace the loader of a session.

    Args:
        session: A botocore session that no client has been created from yet.
    """
    paths = session.get_component("data_loader").search_paths
    session.register_component("data_loader", _shared_loader(tuple(paths)))


@cache
def _shared_loader(paths: tuple[str, ...]) -> Loader:
    """Create the loader once: it caches what it has read for the program's next client."""
    return _Folders(list(paths), _Files(), include_default_search_paths=False)
