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
from contextlib import nullcontext
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


def chmod(source: Path, mask: int) -> None:
    for path in source.rglob("*"):
        path.chmod(path.stat().st_mode & mask)


def add_excluded(source: Path) -> None:
    for name in (".git", "lib/__pycache__", ".venv"):
        (source / name).mkdir()
        (source / name / "file").touch()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda source: [os.utime(path, (1, 1)) for path in source.rglob("*")], id="times"
        ),
        pytest.param(lambda source: chmod(source, ~0o077), id="umask"),
        pytest.param(lambda source: (source / "empty").mkdir(), id="empty directory"),
        pytest.param(add_excluded, id="excluded"),
    ],
)
def test_digest_and_archive_are_the_same(change: Any, packaged: Any, source: Path) -> None:
    before = packaged()
    change(source)
    assert packaged() == before


def test_digest_does_not_depend_on_the_order_of_the_file_system(
    packaged: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, scan = packaged(), os.scandir

    def reversed_scan(path: Path) -> Any:
        with scan(path) as entries:
            return nullcontext(sorted(entries, key=lambda entry: entry.name, reverse=True))

    monkeypatch.setattr(_package.os, "scandir", reversed_scan)
    assert packaged() == before


def test_digest_does_not_depend_on_the_compression(
    packaged: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, compressor = packaged(), zlib.compressobj
    # As zlib-ng does, with which some versions of Python are built.
    monkeypatch.setattr(zlib, "compressobj", lambda *_: compressor(0, zlib.DEFLATED, -15))
    after = packaged()
    assert (after.digest, after.files) == (before.digest, before.files)
    assert after.size != before.size


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda source: (source / "Dockerfile").write_text("FROM other"), id="edited"),
        pytest.param(lambda source: (source / "run.sh").rename(source / "go.sh"), id="renamed"),
        pytest.param(lambda source: (source / "lib/größe.py").chmod(0o744), id="executable"),
    ],
)
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


@posix
def test_link_inside_is_replaced_by_what_it_leads_to(packaged: Any, source: Path) -> None:
    (source / "link").symlink_to("lib/größe.py")
    (source / "linked").symlink_to(source / "lib", target_is_directory=True)
    found = contents(packaged())
    assert found["link"] == found["linked/größe.py"] == "print('größe')\n".encode()


@posix
@pytest.mark.parametrize(
    ("links", "text"),
    [
        ({"secret": "../secret"}, "'secret' is a link that leads out of"),
        ({"lib/secrets": "../../secrets"}, "'lib/secrets' is a link that leads out of"),
        ({"other": "lib", "lib/passwd": "/etc/passwd"}, "passwd' is a link that leads out of"),
        ({"link": "nowhere"}, "'link' is a link that leads nowhere"),
        ({"link": "link"}, "'link' is a link that leads nowhere"),
        ({"lib/root": ".."}, "'lib/root' is a link to a directory that contains it"),
    ],
)
def test_other_links_are_refused(
    links: dict[str, str], text: str, packaged: Any, source: Path, tmp_path: Path
) -> None:
    (source.parent / "secret").write_text("secret")
    (source.parent / "secrets").mkdir()
    for name, target in links.items():
        (source / name).symlink_to(target)
    with pytest.raises(ValueError, match=re.escape(text)):
        packaged()
    assert not list(tmp_path.glob("*.zip*"))
    # An excluded link is not followed.
    packaged(exclude=["secret*", "passwd", "link", "root", "other"])


def bind_socket(source: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        # A path of at most 108 bytes.
        folder = Path.cwd()
        os.chdir(source)
        listener.bind("s")
        os.chdir(folder)


@posix
@pytest.mark.parametrize(
    ("add", "text"),
    [
        (lambda source: os.mkfifo(source / "pipe"), "'pipe' is neither a file nor a directory"),
        (bind_socket, "'s' is neither a file nor a directory"),
        (
            lambda source: Path(os.fsdecode(os.fsencode(source) + b"/caf\xe9")).touch(),
            "the name 'caf\\udce9' is not valid Unicode",
        ),
    ],
    ids=["named pipe", "socket", "invalid name"],
)
def test_what_an_archive_cannot_hold_is_refused(
    add: Any, text: str, packaged: Any, source: Path
) -> None:
    add(source)
    with pytest.raises(ValueError, match=re.escape(text)):
        packaged()
    packaged(exclude=["pipe", "s", "caf*"])


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
