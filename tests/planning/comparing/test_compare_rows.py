"""Rows of the comparison's table: which number is best, and when that is not decided."""

import pytest

from surgitwin.planning.comparing.rows import merits, table_rows


def cell(value, band=None, comparator="<=", **more):
    return {
        "id": "m", "part": "", "load_case": "full", "healing": "soft", "value": value, "unit": "mm",
        "band": band, "threshold": 1.0 if comparator else None, "comparator": comparator, "source": "",
        "verified": True,
        "singular": False, "reason": None if value is not None else "no gap",
    } | more  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "stale", "wanted"),
    [
        ((cell(0.2, [0.1, 0.3]), cell(0.5, [0.4, 0.6])), (0, 0), ("best", "")),
        ((cell(0.2, [0.1, 0.45]), cell(0.5, [0.4, 0.6])), (0, 0), ("open", "open")),
        ((cell(0.2), cell(0.5, [0.4, 0.6]), cell(0.3, [0.1, 0.4])), (0, 0, 0), ("open", "", "open")),
        ((cell(2.0, [1.9, 2.1], ">="), cell(5.0, [4.9, 5.1], ">=")), (0, 0), ("", "best")),
        ((cell(0.2), cell(0.5)), (1, 0), ("", "")),
        ((cell(0.2), None, cell(0.5)), (0, 0, 0), ("best", "", "")),
        ((cell(0.2, outside_model=True), cell(0.5), cell(0.6)), (0, 0, 0), ("", "best", "")),
        ((cell(0.2, comparator=""), cell(0.5, comparator="")), (0, 0), ("", "")),
        ((cell(None), cell(0.5)), (0, 0), ("", "")),
    ],
)
def test_merits(cells, stale, wanted):
    assert merits(cells, [bool(x) for x in stale]) == wanted


def test_rows_of_one_stage_meet_although_the_plans_own_stages_differ():
    plans = [
        {"name": "a", "healing": "soft", "loads": [], "metrics": [cell(0.2), cell(0.9, healing="stiff")]},
        {"name": "b", "healing": "stiff", "loads": [], "metrics": [cell(0.5, healing="stiff")]},
    ]
    own = table_rows({"plans": plans})
    assert [tuple(c["value"] for c in r.cells) for r in own] == [(0.2, 0.5)]
    assert own[0].merits == ("best", "")
    stiff = table_rows({"plans": plans}, "stiff")
    assert [tuple(c["value"] for c in r.cells) for r in stiff] == [(0.9, 0.5)]
    soft = table_rows({"plans": plans}, "soft")
    assert soft[0].cells[1] is None
