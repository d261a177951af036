"""The AWS CLI of PyPI, in a process of its own.

The process runs one command after another: to start it takes several times as long as a command.
The tests' own process would not do, as the CLI would use its botocore instead of the CLI's own.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_RUN_COMMANDS = """
import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver

for line in sys.stdin:
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            status = create_clidriver().main(json.loads(line))
        except SystemExit as exit:
            status = exit.code
    print(json.dumps([status, output.getvalue(), errors.getvalue()]), flush=True)
"""


class AwsCli:
    """The process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._commands = process.stdin
        self._results = process.stdout

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run `aws` with these arguments, and return the exit status, the output and the errors."""
        print(json.dumps(arguments), file=self._commands, flush=True)
        status, output, errors = json.loads(self._results.readline())
        return status, output, errors


def outside_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a shell in which only these settings of AWS are exported."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**others, **variables}


@contextmanager
def aws_cli(variables: Mapping[str, str]) -> Iterator[AwsCli]:
    """Start the CLI where only these settings of AWS are exported."""
    with subprocess.Popen(  # noqa: S603  Ours.
        [sys.executable, "-c", _RUN_COMMANDS],
        env=outside_variables(variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield AwsCli(process)
