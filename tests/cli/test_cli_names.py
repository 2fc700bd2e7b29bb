"""A wrong name ends alike in every command: 2 of the program's lists, 3 of what the data should hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from small_case import SmallCase, run_cli

OWN = {
    "segment.unknown_preset": ("segment", "CASE", "--preset", "nonsense"),
    "mesh.unknown_mesher": ("mesh", "CASE", "--mesher", "nonsense"),
    "edit.unknown_effect": ("edit", "CASE", "--effect", "nonsense", "--segment", "femur"),
    "edit.unknown_parameter": (
        "edit",
        "CASE",
        "--effect",
        "margin",
        "--segment",
        "femur",
        "--set",
        "nonsense=1",
    ),
    "procedure.unknown": ("plan", "propose", "CASE", "--procedure", "nonsense"),
    "automatic.unknown": ("segment", "CASE", "--model", "nonsense"),
}
HELD = {
    "edit.unknown_segment": ("edit", "CASE", "--effect", "margin", "--segment", "nonsense"),
    "edit.unknown_segment, other": (
        "edit", "CASE", "--effect", "boolean", "--segment", "femur", "--set", "other=nonsense",
    ),
    "edit.unknown_segment, mask": (
        "edit", "CASE", "--effect", "margin", "--segment", "femur", "--inside", "nonsense",
    ),
    "edit.unknown_segment, tree": ("tree", "CASE", "--segment", "nonsense"),
    "mesh.unknown_tissue": ("mesh", "CASE", "--tissue", "nonsense", "--size", "6"),
    "plan.unknown": ("plan", "remove", "CASE", "nonsense"),
    "material.unknown": ("solve", "CASE", "--law", "nonsense"),
    "register.unknown": ("export", "CASE", "--what", "registration", "--out", "r.tfm"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("exit_code", "code", "words"),
    [(2, code, words) for code, words in OWN.items()] + [(3, code, words) for code, words in HELD.items()],
    ids=[*OWN, *HELD],
)
def test_a_wrong_name(
    exit_code: int, code: str, words: tuple[str, ...], meshed_case: SmallCase, tmp_path: Path
) -> None:
    path = meshed_case.copy(tmp_path / "a.twin")
    before = (path / "case.json").read_bytes()
    said = run_cli(*(path if w == "CASE" else tmp_path / w if w == "r.tfm" else w for w in words))
    assert (said.code, said.error["code"]) == (exit_code, code.split(",")[0]), said.error
    assert said.error["hint"]
    assert (path / "case.json").read_bytes() == before
