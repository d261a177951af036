"""Print what the service model of botocore has that the SDK lacks, as a checklist in Markdown.

    uv run python scripts/drift.py [--model service-2.json]

Each item names the file where it goes. The exit status is 1 if the SDK lacks anything.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import botocore
from botocore.model import ServiceModel

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from differences import Difference
from service_comparison import (
    SERVICE,
    differences,
    service_model,
)


def checklist(found: Sequence[Difference], source: str) -> str:
    """Write the checklist in Markdown.

    Args:
        found: What the SDK lacks.
        source: What it was compared with.

    Returns:
        The text.
    """
    if not found:
        return f"Nothing is missing: the SDK has all that {source} has.\n"
    title = f"# What the SDK lacks of the service model of {source}"
    return "\n".join([title, "", *(f"- [ ] `{item.file}`: {item.what}" for item in found), ""])


def main(arguments: Sequence[str] = ()) -> int:
    """Print the checklist.

    Args:
        arguments: The command line's arguments.

    Returns:
        The exit status: 1 when the SDK lacks something, else 0.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--model", type=Path, help="a service-2.json(.gz) to compare with, not the installed one"
    )
    options = parser.parse_args(arguments)
    if options.model is None:
        service, source = service_model(), f"botocore {botocore.__version__}"
    else:
        content = options.model.read_bytes()
        if options.model.suffix == ".gz":
            content = gzip.decompress(content)
        service, source = ServiceModel(json.loads(content), SERVICE), str(options.model)
    found = [item for item in differences(service) if not item.sdk_knows_more]
    sys.stdout.write(checklist(found, source))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
