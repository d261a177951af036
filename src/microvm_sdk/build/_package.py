"""Making an archive of a directory, with a digest of what is in it."""

import hashlib
import os
import stat
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import cast

from microvm_sdk._arguments import refuse

EXCLUDED = (".git", "__pycache__", ".venv")
"""What `package` and `upload` leave out by default."""

_CHUNK = 1024 * 1024
# The earliest time that a zip file can have.
_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_SHOWN = 5


@dataclass(frozen=True)
class Package:
    """The archive of a directory."""

    archive: Path
    """The zip file."""
    digest: str
    """SHA-256 of the names, modes and contents of the files, in hexadecimal digits.

    It depends neither on the times of the files nor on how they are compressed.
    """
    size: int
    """Size of the zip file, in bytes."""
    files: tuple[str, ...]
    """The names of the files in it, sorted, with `/` between their parts."""


def package(
    directory: str | os.PathLike[str],
    archive: str | os.PathLike[str],
    *,
    exclude: Iterable[str] = EXCLUDED,
) -> Package:
    """Make a zip file of a directory that has a `Dockerfile` at its root.

    The files have fixed times, and the mode 0755 if their owner may execute them, else 0644. A link
    inside the directory is replaced by the file or directory that it leads to. Empty directories
    are left out.

    Args:
        directory: The directory.
        archive: The zip file to write. An existing file is replaced once the new one is complete.
        exclude: Patterns of `fnmatch` for files and directories to leave out, such as `*.log` or
            `tests/data`: they are compared with the name and with the path below the directory.

    Returns:
        The package.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: There is no `Dockerfile` at the root, a link leads out of the directory, a file
            is a named pipe or another special file, or the archive would be part of itself or is
            a directory.
        OSError: A file cannot be read, or was changed while it was read, or the archive cannot be
            written.
    """
    source, target = _path("directory", directory), _path("archive", archive)
    patterns = _patterns(exclude)
    root = source.resolve(strict=True)
    files = dict(sorted(_Walk(root, patterns).files(root, "", (root,))))
    _require_dockerfile(root, files)
    _require_file_outside(target, files)
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(
        dir=target.parent, prefix=f".{target.name}-", delete=False
    ) as file:
        try:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as content:
                for name, path in files.items():
                    digest.update(_add(content, name, path))
            size = file.tell()
            file.close()
            Path(file.name).replace(target)
        except BaseException:
            file.close()
            Path(file.name).unlink(missing_ok=True)
            raise
    return Package(target, digest.hexdigest(), size, tuple(files))


def _path(argument: str, value: object) -> Path:
    if not isinstance(value, (str, os.PathLike)):
        refuse(argument, "a path", value)
    return Path(cast("str | os.PathLike[str]", value))


def _patterns(exclude: object) -> tuple[str, ...]:
    if isinstance(exclude, (str, bytes)) or not isinstance(exclude, Iterable):
        cure = f"pass [{exclude!r}]" if isinstance(exclude, str) else None
        refuse("exclude", "a list of patterns", exclude, cure)
    patterns = tuple(exclude)
    for index, pattern in enumerate(patterns):
        if not isinstance(pattern, str):
            refuse(f"exclude[{index}]", "a string", pattern)
    return tuple(pattern.removesuffix("/") for pattern in patterns)


class _Walk:
    """Finds the files of a directory."""

    def __init__(self, root: Path, patterns: tuple[str, ...]) -> None:
        self._root = root
        self._patterns = patterns

    def files(
        self, directory: Path, prefix: str, parents: tuple[Path, ...]
    ) -> Iterator[tuple[str, Path]]:
        """Yield the names of the files below a directory, and where they are.

        Args:
            directory: The directory, without links in its path.
            prefix: Its name in the archive, which ends in `/`.
            parents: The directories that are being walked, this one included.
        """
        with os.scandir(directory) as entries:
            for entry in entries:
                name = prefix + entry.name
                if self._is_excluded(entry.name, name):
                    continue
                path = self._resolved(name, entry)
                mode = path.stat().st_mode
                if stat.S_ISDIR(mode):
                    if path in parents:
                        msg = f"{name!r} is a link to a directory that contains it; exclude it"
                        raise ValueError(msg)
                    yield from self.files(path, f"{name}/", (*parents, path))
                elif stat.S_ISREG(mode):
                    yield _encodable(name), path
                else:
                    msg = f"{name!r} is neither a file nor a directory; remove or exclude it"
                    raise ValueError(msg)

    def _is_excluded(self, name: str, path: str) -> bool:
        return any(
            fnmatchcase(name, pattern) or fnmatchcase(path, pattern) for pattern in self._patterns
        )

    def _resolved(self, name: str, entry: "os.DirEntry[str]") -> Path:
        if not entry.is_symlink():
            return Path(entry.path)
        try:
            path = Path(entry.path).resolve(strict=True)
        # Python before 3.13 raises a `RuntimeError` for a link to itself.
        except (OSError, RuntimeError) as error:
            msg = f"{name!r} is a link that leads nowhere; remove or exclude it"
            raise ValueError(msg) from error
        if not path.is_relative_to(self._root):
            msg = (
                f"{name!r} is a link that leads out of {str(self._root)!r}; "
                "copy what it leads to, or exclude it"
            )
            raise ValueError(msg)
        return path


def _encodable(name: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        msg = f"the name {name!r} is not valid Unicode; rename or exclude the file"
        raise ValueError(msg) from error
    return name


def _require_dockerfile(root: Path, files: Iterable[str]) -> None:
    names = list(files)
    if "Dockerfile" in names:
        return
    # First those that may be meant: in a subdirectory, or spelled differently.
    names.sort(key=lambda name: name.rpartition("/")[2].lower() != "dockerfile")
    shown = ", ".join(map(repr, names[:_SHOWN]))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    found = f"only {shown}{more}" if names else "no files at all"
    msg = f"{str(root)!r} has no file named Dockerfile at its root, {found}"
    raise ValueError(msg)


def _require_file_outside(archive: Path, files: dict[str, Path]) -> None:
    if archive.is_dir():
        msg = f"archive must be a file, got the directory {str(archive)!r}; add a name to it"
        raise ValueError(msg)
    target = archive.parent.resolve() / archive.name
    if target in files.values():
        msg = f"archive must be outside of the directory, or excluded, got {str(archive)!r}"
        raise ValueError(msg)


def _opened(path: str, flags: int) -> int:
    # A link may have replaced the file since the directory was read: do not follow it.
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))


def _add(content: zipfile.ZipFile, name: str, path: Path) -> bytes:
    """Add a file to the archive.

    Returns:
        Its part of the digest, of exactly the bytes that were added.
    """
    sha256 = hashlib.sha256()
    with open(path, "rb", opener=_opened) as file:
        before = os.fstat(file.fileno())
        mode = 0o755 if before.st_mode & stat.S_IXUSR else 0o644
        info = zipfile.ZipInfo(name, _TIME)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.create_system = _UNIX
        info.external_attr = (stat.S_IFREG | mode) << 16
        info.file_size = before.st_size
        with content.open(info, "w") as member:
            while chunk := file.read(_CHUNK):
                sha256.update(chunk)
                member.write(chunk)
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        msg = f"{name!r} was changed while it was read; try again, or exclude it"
        raise OSError(msg)
    return f"{name}\0{mode:o}\0{sha256.hexdigest()}\n".encode()
