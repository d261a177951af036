"""The documentation: every example runs, and prints what the page shows."""

import asyncio
import contextlib
import inspect
import io
import os
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from aws_cli import AwsCli, aws_cli
from fake_time import ServiceTime
from public_names import MODULES, with_public_names
from sybil import Example, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.myst import CodeBlockParser
from unions import UNIONS, members

import microvm_sdk
from microvm_sdk import __main__ as command_line
from microvm_sdk import models
from microvm_sdk.testing import Controls, MicroVMServer, mock_microvms

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("[!_]*.md")), *sorted(DOCS.glob("[!_]*/*.md"))]
# Its examples also need S3, IAM and files.
FIRST_IMAGE = DOCS / "first-image.md"
# Blocks that are only read. Those in any other language must be run, or named here.
READ_ONLY = {
    "text",
    "{eval-rst}",
    "{important}",
    "{code-block} dockerfile",
    "{code-block} ini",
    "{code-block} json",
    "{code-block} python",
    "{code-block} sh",
    "{include} ../CHANGELOG.md",
    "{include} ../README.md",
    "{literalinclude} ../../examples/deploy.py",
    "{raw} html",
    "{toctree}",
    "yaml",
}
INSTALL_UV = "python3 -m pip install --target .uv uv && "
# Commands that continuous integration runs separately, because they take long.
RUN_ELSEWHERE = (INSTALL_UV, "uv run benchmarks/")


class Page:
    """The state that the examples of a page share."""

    def __init__(self) -> None:
        self.printed = ""
        self.port = ""
        self.exported: dict[str, str] = {}
        self.aws: AwsCli | None = None
        self.opened = contextlib.ExitStack()

    def run_python(self, example: Example) -> None:
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            PythonEvaluator()(example)
        self.printed = output.getvalue()

    def compare_output(self, example: Example) -> None:
        assert_prints(self.printed, str(example.parsed))

    def run_console(self, example: Example) -> None:
        for entry in str(example.parsed).split("$ ")[1:]:
            lines = entry.split("\n")
            end = next(n for n, line in enumerate(lines) if not line.endswith("\\"))
            command = " ".join(line.rstrip("\\") for line in lines[: end + 1])
            self.run_command(command, "\n".join(lines[end + 1 :]))

    def run_command(self, command: str, expected: str) -> None:
        if command.startswith(RUN_ELSEWHERE):
            return
        program, *arguments = shlex.split(command.replace("5000", self.port or "0"))
        if (program, *arguments[:1]) == ("pip", "install"):
            package, *others = arguments[1:]
            assert [other for other in others if find_spec(other) is None] == []
            name, _, extra = package.rstrip("]").partition("[")
            assert name == metadata("microvm-sdk")["Name"]
            assert not extra or extra in metadata("microvm-sdk").get_all("Provides-Extra", [])
        elif (program, arguments[:2]) == ("python", ["-m", "microvm_sdk.testing"]):
            server = self.opened.enter_context(
                subprocess.Popen(  # noqa: S603  The command is in the documentation.
                    [sys.executable, *arguments], stdout=subprocess.PIPE, text=True
                )
            )
            self.opened.callback(server.terminate)
            assert server.stdout is not None
            printed = [server.stdout.readline() for _ in range(15)]
            self.port = printed[0].strip().rpartition(":")[2]
            assert_prints("".join(printed).replace(self.port, "5000"), expected)
            # Later commands are run where a reader has pasted the commands that the server printed.
            for name, value in re.findall(r"(AWS_\w+)=(\S+)", "".join(printed[1:])):
                self.exported[name] = value
        elif (program, arguments[:2]) == ("python", ["-m", "zipfile"]):
            zipfile.main(arguments[2:])
        elif program == "aws":
            # Another terminal, which the mock around the page does not reach.
            if self.aws is None:
                self.aws = self.opened.enter_context(aws_cli(self.exported))
            status, aws_output, errors = self.aws.run(*arguments)
            assert status == 0, errors
            assert_prints(aws_output, expected)
        elif (program, arguments[:2]) == ("python", ["-m", "microvm_sdk"]):
            output = io.StringIO()
            # The guide assumes a region that boto3 finds.
            region = patch.dict(os.environ, {"AWS_DEFAULT_REGION": "eu-west-1"})
            with contextlib.redirect_stdout(output), region:
                assert command_line.main(arguments[2:]) == 0
            assert_prints(output.getvalue(), expected)
        else:
            pytest.fail(f"do not know how to run: {command}")


def assert_prints(printed: str, expected: str) -> None:
    """Compare; `…` stands for anything."""
    pattern = ".*?".join(re.escape(part) for part in expected.strip().split("…"))
    if not re.fullmatch(pattern, printed.strip(), re.DOTALL):
        assert printed.strip() == expected.strip()


@pytest.fixture
def page(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    service_time: ServiceTime,  # noqa: ARG001  Waits in the examples take no time.
) -> Iterator[Page]:
    # A fresh machine, on which AWS has not been set up: no variables, and no ~/.aws.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    # Examples write files.
    monkeypatch.chdir(tmp_path)
    # An example that does not mock the service ends here.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    page = Page()
    with page.opened:
        yield page


def run_examples(path: Path, page: Page, **names: Any) -> dict[str, Any]:
    """Run the examples of a page in order, and return the names that they define."""
    document = Sybil(
        parsers=[
            CodeBlockParser(language="python", evaluator=page.run_python),
            CodeBlockParser(language="output", evaluator=page.compare_output),
            CodeBlockParser(language="console", evaluator=page.run_console),
        ]
    ).parse(path)
    document.namespace.update(names)
    for example in document.examples():
        example.evaluate()
    return document.namespace


@pytest.mark.parametrize(
    "path",
    [path for path in PAGES if path != FIRST_IMAGE],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_every_example_runs_and_prints_what_the_page_shows(
    path: Path, page: Page, request: pytest.FixtureRequest
) -> None:
    if path.name in {"run-and-connect.md", "shell.md"}:
        pytest.importorskip("httpx2", reason="httpx2 needs Python 3.11")
    own_service = path == DOCS / "guides" / "testing.md"
    with contextlib.nullcontext() if own_service else mock_microvms():
        namespace = run_examples(path, page)
    tests = [thing for name, thing in namespace.items() if name.startswith("test_")]
    for test in tests:
        wanted = test.__code__.co_varnames[: test.__code__.co_argcount]
        returned = test(**{name: request.getfixturevalue(name) for name in wanted})
        if inspect.iscoroutine(returned):
            asyncio.run(returned)


def test_the_first_image_can_be_built_as_the_page_describes(
    page: Page, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("httpx2", reason="httpx2 needs Python 3.11")
    text = FIRST_IMAGE.read_text(encoding="utf-8")
    captioned = r"^```\{code-block\} \w+\n:caption: (\S+)\n\n(.*?)^```$"
    files = re.findall(captioned, text, re.MULTILINE | re.DOTALL)
    for name, content in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with MicroVMServer() as server:
        page.exported = {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL": server.endpoint_url,
        }
        for name, value in page.exported.items():
            monkeypatch.setenv(name, value)
        run_examples(FIRST_IMAGE, page, controls=Controls(server.endpoint_url))
    assert len(files) == 4


def test_every_block_of_code_is_run_or_only_read() -> None:
    run = {"python", "output", "console"}
    for path in PAGES:
        languages = re.findall(r"^ *```(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(languages) <= run | READ_ONLY, path


def description(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    found = re.search(r'^    description: "(.+)"$', text, re.MULTILINE)
    return found[1] if found else ""


def test_each_page_has_a_title_and_a_description_of_its_own() -> None:
    pages = [path for path in PAGES if path.parent != ROOT]
    headings = [
        re.findall(r"^# (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        for path in pages
        if path.name != "changelog.md"  # It includes the changelog, with its title.
    ]
    titles = [heading[0] for heading in headings]
    assert len(set(titles)) == len(titles)
    descriptions = {path: description(path) for path in pages}
    assert len(set(descriptions.values())) == len(pages)
    # Search engines cut longer ones.
    assert [path for path, text in descriptions.items() if not 50 <= len(text) <= 200] == []


def test_continuous_integration_runs_the_commands_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(rf"^\$ {INSTALL_UV}(.+)$", readme, re.MULTILINE)
    assert len(commands) == readme.count("$ python3 ") == 2
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert set(commands) <= set(script)


@pytest.mark.parametrize(("guide", "calls"), [("release", 3), ("deploy", 2)])
def test_the_ci_jobs_call_commands_that_exist(guide: str, calls: int) -> None:
    text = (DOCS / "guides" / f"{guide}.md").read_text(encoding="utf-8")
    commands = re.findall(r"- run: python -m microvm_sdk ([^>|\n]*)", text)
    assert len(commands) == calls
    for command in commands:
        command_line.parser().parse_args(shlex.split(command))


def test_the_reference_has_every_public_name_once() -> None:
    pages = [path.read_text(encoding="utf-8") for path in (DOCS / "reference").glob("*.md")]
    reference = "".join(map(with_public_names, pages))
    documented = re.findall(r"^\.\. (?:auto\w+|py:type):: ([\w.]+)$", reference, re.MULTILINE)
    names = sorted(name.rpartition(".")[2] for name in documented)
    public = {name for module in MODULES for name in module.__all__} - {"__version__"}
    assert public - set(names) == set(), "docs/reference/ has no entry for these"
    assert names == sorted(public)


def test_the_tables_of_the_client_page_list_every_method() -> None:
    page = (DOCS / "reference" / "client.md").read_text(encoding="utf-8")
    listed = re.findall(r"^   MicroVMClient\.(\w+)$", page, re.MULTILINE)
    public = [name for name in vars(microvm_sdk.MicroVMClient) if not name.startswith("_")]
    assert sorted(listed) == sorted(public)


def test_the_guide_lists_every_waiter() -> None:
    guide = (DOCS / "guides" / "build-and-wait.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(wait_until_\w+)` \|", guide, re.MULTILINE)
    methods = [name for name in vars(microvm_sdk.MicroVMClient) if name.startswith("wait_until_")]
    assert sorted(listed) == sorted(methods)


def test_the_guide_for_users_of_boto3_shows_each_member_of_a_union() -> None:
    guide = (DOCS / "guides" / "from-boto3.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"\w+(?=\()", guide)) | {"UnknownMember"}
    names = {member.__name__ for union in UNIONS.values() for member in members(union)}
    assert names - shown == set()


@pytest.mark.parametrize(
    ("states", "picture"),
    [
        (models.ImageState, "image"),
        (models.ImageVersionState, "version"),
        (models.ImageVersionStatus, "version"),
        (models.MicrovmState, "microvm"),
    ],
)
def test_each_state_is_in_its_picture(states: Any, picture: str) -> None:
    text = (DOCS / "pictures" / f"{picture}.svg").read_text(encoding="utf-8")
    shown = set(re.findall(r"<text[^>]*>([A-Z_]+)</text>", text))
    assert {state.value for state in states} - shown == set()
