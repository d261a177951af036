"""`package`: the same digest for the same files, and nothing from outside of the directory."""

import os
import re
import socket
import stat
import sys
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from microvm_sdk.build import Package, _package, package

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    (folder / "lib").mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "lib" / "größe.py").write_text("print('größe')\n", encoding="utf-8")
    return folder


@pytest.fixture
def packaged(source: Path, tmp_path: Path) -> Callable[..., Package]:
    return lambda **options: package(source, tmp_path / "web.zip", **options)


def contents(made: Package) -> dict[str, bytes]:
    with zipfile.ZipFile(made.archive) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def test_archive_has_the_files_sorted_with_fixed_times_and_modes(packaged: Any) -> None:
    made = packaged()
    with zipfile.ZipFile(made.archive) as archive:
        infos = archive.infolist()
    assert [info.filename for info in infos] == ["Dockerfile", "lib/größe.py", "run.sh"]
    assert made.files == ("Dockerfile", "lib/größe.py", "run.sh")
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert [info.external_attr >> 16 for info in infos] == [
        stat.S_IFREG | 0o644,
        stat.S_IFREG | 0o644,
        stat.S_IFREG | 0o755,
    ]
    assert contents(made)["lib/größe.py"] == "print('größe')\n".encode()
    assert made.size == made.archive.stat().st_size


def test_digest_is_that_of_names_modes_and_contents(packaged: Any, source: Path) -> None:
    expected = sha256()
    for name, mode in (("Dockerfile", "644"), ("lib/größe.py", "644"), ("run.sh", "755")):
        content = sha256((source / name).read_bytes()).hexdigest()
        expected.update(f"{name}\0{mode}\0{content}\n".encode())
    assert packaged().digest == expected.hexdigest()
    # The same on every version of Python and every machine.
    assert packaged().digest == "d5c472e3429a913e483052f0290a8e896e0f0f2d1036ce6bfcfa79b2cb91fe70"


def touch(source: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    for path in source.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))


def change_umask(source: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    for path in source.rglob("*"):
        path.chmod(path.stat().st_mode & ~0o077)


def reverse_the_file_system(_source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = os.scandir

    class Reversed:
        def __init__(self, path: Path) -> None:
            with scan(path) as entries:
                self.entries = sorted(entries, key=lambda entry: entry.name, reverse=True)

        def __enter__(self) -> Any:
            return iter(self.entries)

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(_package.os, "scandir", Reversed)


def compress_otherwise(_source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As zlib-ng does, with which some versions of Python are built.
    compressor = zlib.compressobj

    def otherwise(*_: int) -> Any:
        return compressor(0, zlib.DEFLATED, -15)

    monkeypatch.setattr(zlib, "compressobj", otherwise)


def add_an_empty_directory(source: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    (source / "empty").mkdir()


def add_what_is_excluded(source: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (".git", "lib/__pycache__", ".venv"):
        (source / name).mkdir()
        (source / name / "file").touch()


@pytest.mark.parametrize(
    "change",
    [
        touch,
        change_umask,
        reverse_the_file_system,
        compress_otherwise,
        add_an_empty_directory,
        add_what_is_excluded,
    ],
    ids=lambda change: change.__name__,
)
def test_digest_is_the_same(
    change: Any, packaged: Any, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = packaged()
    change(source, monkeypatch)
    after = packaged()
    assert (after.digest, after.files) == (before.digest, before.files)
    assert (after.size != before.size) == (change is compress_otherwise)


def edit(source: Path) -> None:
    (source / "Dockerfile").write_text("FROM other\n")


def rename(source: Path) -> None:
    (source / "run.sh").rename(source / "start.sh")


def make_executable(source: Path) -> None:
    (source / "lib" / "größe.py").chmod(0o744)


@pytest.mark.parametrize("change", [edit, rename, make_executable], ids=lambda each: each.__name__)
def test_digest_changes_with_the_files(change: Any, packaged: Any, source: Path) -> None:
    before = packaged()
    change(source)
    assert packaged().digest != before.digest


@pytest.mark.parametrize(
    ("exclude", "files"),
    [
        (["*.sh"], ("Dockerfile", "lib/größe.py")),
        (["lib"], ("Dockerfile", "run.sh")),
        (["lib/"], ("Dockerfile", "run.sh")),
        (["lib/*.py", "R*"], ("Dockerfile", "run.sh")),
        ((each for each in ("run.sh",)), ("Dockerfile", "lib/größe.py")),
        ([], ("Dockerfile", "lib/größe.py", "run.sh")),
    ],
)
def test_exclude_compares_names_and_paths(exclude: Any, files: Any, packaged: Any) -> None:
    assert packaged(exclude=exclude).files == files


def link_to_a_file(source: Path) -> None:
    (source / "link").symlink_to("lib/größe.py")


def link_to_a_directory(source: Path) -> None:
    (source / "linked").symlink_to(source / "lib", target_is_directory=True)


@posix
@pytest.mark.parametrize(
    ("link", "name"), [(link_to_a_file, "link"), (link_to_a_directory, "linked/größe.py")]
)
def test_link_inside_becomes_what_it_leads_to(
    link: Any, name: str, packaged: Any, source: Path
) -> None:
    link(source)
    assert contents(packaged())[name] == "print('größe')\n".encode()


def link_outside(source: Path) -> str:
    (source.parent / "secret").write_text("secret")
    (source / "secret").symlink_to(source.parent / "secret")
    return "'secret' is a link that leads out of"


def link_to_a_directory_outside(source: Path) -> str:
    (source.parent / "secrets").mkdir()
    (source / "lib" / "secrets").symlink_to(source.parent / "secrets")
    return "'lib/secrets' is a link that leads out of"


def link_outside_through_a_linked_directory(source: Path) -> str:
    (source / "other").symlink_to("lib")
    (source / "lib" / "passwd").symlink_to("/etc/passwd")
    return "passwd' is a link that leads out of"


def broken_link(source: Path) -> str:
    (source / "link").symlink_to("nowhere")
    return "'link' is a link that leads nowhere"


def link_to_itself(source: Path) -> str:
    (source / "link").symlink_to("link")
    return "'link' is a link that leads nowhere"


def link_to_the_root(source: Path) -> str:
    (source / "lib" / "root").symlink_to("..")
    return "'lib/root' is a link to a directory that contains it"


def named_pipe(source: Path) -> str:
    os.mkfifo(source / "pipe")
    return "'pipe' is neither a file nor a directory"


def unix_socket(source: Path) -> str:
    with socket.socket(socket.AF_UNIX) as listener:
        # A path of at most 108 bytes.
        folder = Path.cwd()
        os.chdir(source)
        listener.bind("s")
        os.chdir(folder)
    return "'s' is neither a file nor a directory"


def invalid_name(source: Path) -> str:
    Path(os.fsdecode(os.fsencode(source) + b"/caf\xe9")).touch()
    return "the name 'caf\\udce9' is not valid Unicode"


@posix
@pytest.mark.parametrize(
    "add",
    [
        link_outside,
        link_to_a_directory_outside,
        link_outside_through_a_linked_directory,
        broken_link,
        link_to_itself,
        link_to_the_root,
        named_pipe,
        unix_socket,
        invalid_name,
    ],
    ids=lambda add: add.__name__,
)
def test_what_cannot_be_packaged_is_refused(
    add: Any, packaged: Any, source: Path, tmp_path: Path
) -> None:
    expected = add(source)
    with pytest.raises(ValueError, match=re.escape(expected)):
        packaged()
    assert not list(tmp_path.glob("*.zip*"))
    # Excluded, it is not looked at.
    packaged(exclude=["secret*", "passwd", "link", "root", "pipe", "s", "caf*", "other"])


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([], "at its root, no files at all"),
        (["app.py", "docker/Dockerfile"], "only 'docker/Dockerfile', 'app.py'"),
        (["app.py", "dockerfile"], "only 'dockerfile', 'app.py'"),
        ([f"{number}.py" for number in range(8)], "'4.py' and 3 more"),
    ],
)
def test_directory_without_dockerfile_is_refused(
    names: list[str], found: str, tmp_path: Path
) -> None:
    folder = tmp_path / "web"
    folder.mkdir()
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    with pytest.raises(ValueError, match="no file named Dockerfile at its root") as caught:
        package(folder, tmp_path / "web.zip")
    assert str(caught.value).endswith(found)


@pytest.mark.parametrize("name", ["", "."])
def test_directory_in_place_of_the_archive_is_refused(
    name: str, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "archives"
    folder.mkdir()
    monkeypatch.chdir(folder)
    with pytest.raises(ValueError, match="archive must be a file, got the directory"):
        package(source, name or folder)
    assert {path.name for path in tmp_path.iterdir()} == {"archives", source.name}


def test_archive_inside_of_the_directory_is_refused_unless_excluded(source: Path) -> None:
    first = package(source, source / "web.zip")
    with pytest.raises(ValueError, match="archive must be outside of the directory"):
        package(source, source / "web.zip")
    assert package(source, source / "web.zip", exclude=["web.zip"]).digest == first.digest


def test_file_that_changes_while_it_is_read_is_an_error_and_keeps_the_old_archive(
    packaged: Any, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = packaged()
    write = zipfile.ZipFile.open

    def change(archive: zipfile.ZipFile, name: Any, mode: Any = "r") -> Any:
        if name.filename == "run.sh":
            with (source / "run.sh").open("a") as file:
                file.write("exit\n")
        return write(archive, name, mode)

    monkeypatch.setattr(zipfile.ZipFile, "open", change)
    with pytest.raises(OSError, match=r"'run.sh' was changed while it was read"):
        packaged()
    monkeypatch.undo()
    assert contents(before)["run.sh"] == b"#!/bin/sh\n"
    assert [path.name for path in before.archive.parent.glob("*.zip*")] == ["web.zip"]


@posix
def test_file_that_is_replaced_by_a_link_is_not_followed(
    packaged: Any, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require = _package._require_dockerfile

    def replace(root: Path, files: Any) -> None:
        (source / "run.sh").unlink()
        (source / "run.sh").symlink_to("/etc/passwd")
        require(root, files)

    monkeypatch.setattr(_package, "_require_dockerfile", replace)
    with pytest.raises(OSError, match=r"run\.sh"):
        packaged()


def test_memory_does_not_grow_with_the_files(packaged: Any, source: Path) -> None:
    with (source / "large").open("wb") as file:
        file.truncate(24 * 1024 * 1024)
    packaged()  # imports
    tracemalloc.start()
    try:
        packaged()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 * 1024 * 1024


@pytest.mark.parametrize(
    ("arguments", "options", "error", "text"),
    [
        ((3, "a.zip"), {}, TypeError, "directory must be a path, got int"),
        ((b"web", "a.zip"), {}, TypeError, "directory must be a path, got bytes"),
        (("web", None), {}, TypeError, "archive must be a path, got NoneType"),
        (
            ("web", "a.zip"),
            {"exclude": "*.pyc"},
            TypeError,
            "exclude must be a list of patterns, got str; pass ['*.pyc']",
        ),
        (("web", "a.zip"), {"exclude": [3]}, TypeError, "exclude[0] must be a string, got int"),
        (("missing", "a.zip"), {}, FileNotFoundError, "missing"),
    ],
)
def test_arguments_are_checked(
    arguments: Any, options: Any, error: Any, text: str, tmp_path: Path
) -> None:
    arguments = tuple(tmp_path / each if each == "missing" else each for each in arguments)
    with pytest.raises(error) as caught:
        package(*arguments, **options)
    assert text in str(caught.value)
