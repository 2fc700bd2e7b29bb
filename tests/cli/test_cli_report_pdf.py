"""`report --out x.pdf` writes a PDF of a solved case; other suffixes are refused before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from small_case import SmallCase, run_cli


@pytest.mark.e2e
def test_report_as_pdf(solved_case: SmallCase, tmp_path: Path) -> None:
    out = tmp_path / "r.PDF"
    said = run_cli("report", solved_case.path, "--out", out)
    assert said.code == 0, said.err
    assert said.data["file"] == str(out)
    assert ["consent" in w for w in said.data["warnings"]] == [True]
    assert out.read_bytes().startswith(b"%PDF-1.")


def test_another_suffix_is_a_usage_error(meshed_case: SmallCase, tmp_path: Path) -> None:
    for name in ("r.docx", "r"):
        said = run_cli("report", meshed_case.path, "--out", tmp_path / name)
        assert said.code == 2
        assert said.error["code"] == "usage.format"
        assert not (tmp_path / name).exists()
