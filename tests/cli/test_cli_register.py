"""register: without a second image the registrations are listed, and options of an image are not ignored."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from surgitwin.cli.main import main
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.planning.case import now
from surgitwin.planning.images.new_case import store_case


@pytest.fixture
def case(tmp_path: Path) -> str:
    volume = Volume(np.zeros((5, 6, 7), np.int16), ImageGrid((5, 6, 7), np.zeros(3), np.ones(3), np.eye(3)))
    state = {"created": now(), "patient": {}, "series": {}, "header": {}, "body_weight_kg": None}
    store_case(tmp_path / "a.twin", state, volume)
    return str(tmp_path / "a.twin")


def test_without_an_image_they_are_listed(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["register", case]) == 0
    assert "No second image" in capsys.readouterr().out


@pytest.mark.parametrize(
    "typed",
    [["--mask", "femur"], ["--kind", "rigid"], ["--frame", "ras", "--same-patient"], ["--begin", "moments"]],
)
def test_options_without_an_image_are_refused(
    case: str, typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["register", case, *typed, "--json"]) == 2
    said = json.loads(capsys.readouterr().out)["error"]
    assert said["code"] == "usage.arguments"
    assert all(word in said["message"] for word in typed if word.startswith("--"))
    assert "--moving" in said["hint"]
