"""Plans of `prune` that another program wrote."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from local_image import LocalService


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_plan_is_read_in_the_encodings_of_shells(
    encoding: str, service: LocalService, run: Any, tmp_path: Path
) -> None:
    service.image(2)
    text = run("prune", "web", "--keep", "1", "--json")[1]
    bom = "\ufeff" if encoding.startswith("utf-16-") else ""
    file = tmp_path / "plan.json"
    file.write_bytes((bom + text).encode(encoding))
    assert run("prune", "web", "--plan", str(file), "--apply")[1] == "deleted 1.0\n"


def test_a_plan_is_read_from_standard_input(
    service: LocalService, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.image(2)
    text = run("prune", "web", "--keep", "1", "--json")[1]
    stdin = io.TextIOWrapper(io.BytesIO(text.encode("utf-16")))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert run("prune", "web", "--plan", "-", "--apply")[1] == "deleted 1.0\n"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"delete": ["1.0\nEXTRA"]}, "delete.0: Value error, must have the form '8.0'"),
        ({"delete": [1]}, "delete.0: Input should be a valid string"),
        ({"protect": ["latest"]}, "protect.0: Value error, must have the form"),
        ({"current": "blue"}, "current: Value error, must have the form"),
        ({"keep": True}, "keep: Input should be a valid integer"),
        ({"keep": "5"}, "keep: Input should be a valid integer"),
        ({"keep": 0}, "keep: Input should be greater than or equal to 1"),
        ({"created_at": 5}, "createdAt: Value error, must be a date and a time"),
        ({"kept": [{"image_version": "1.0", "reason": "WHY"}]}, "kept.0.reason: Input should be"),
    ],
)
def test_a_plan_is_read_strictly(
    changes: dict[str, Any], message: str, service: LocalService, run: Any, tmp_path: Path
) -> None:
    image = service.image(2)
    plan = json.loads(run("prune", "web", "--keep", "1", "--json")[1])
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({**plan, **changes}), "utf-8")
    status, _, reported = run("prune", "web", "--plan", str(file), "--apply")
    assert (status, len(image.versions())) == (1, 2)
    assert f"error: this is not a plan: {message}" in reported.replace("created_at", "createdAt")


def test_strings_of_a_plan_reach_the_terminal_without_control_characters(
    service: LocalService, run: Any, tmp_path: Path
) -> None:
    service.image(2)
    plan = json.loads(run("prune", "web", "--keep", "1", "--json")[1])
    plan["kept"].append({"image_version": "\x1b[2J\n9.0  delete\u202e", "reason": "UNKNOWN"})
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan), "utf-8")
    status, output, _ = run("prune", "web", "--plan", str(file))
    assert status == 0
    assert "\\x1b[2J\\n9.0  delete\\u202e  keep    UNKNOWN\n" in output
    plan["image_arn"] += "\x1b[31m"
    file.write_text(json.dumps(plan), "utf-8")
    reported = run("prune", "web", "--plan", str(file))[2]
    assert reported.startswith("error: the plan is for")
    assert "\x1b" not in reported
