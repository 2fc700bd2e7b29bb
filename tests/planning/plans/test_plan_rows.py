"""Rows of lists: every implant to choose from, the operative list, pictures of every implant."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from synthetic_femur import femur

from surgitwin.core.plan import Plan
from surgitwin.implants import NailItem, PlateItem, build, catalogue
from surgitwin.planning.plans.implant_pictures import picture_file, shown_implant
from surgitwin.planning.plans.rows import (
    OPERATIVE_HEADER,
    implant_rows,
    implant_words,
    operative_rows,
    operative_text,
)
from surgitwin.procedures.fracture_fixation import PROCEDURE

ROWS = {r.id: r for r in implant_rows()}


@pytest.fixture(scope="module")
def bare():
    context = femur("right")
    return context, replace(PROCEDURE.propose(context, None, {}).plans[0], implants=())


def test_every_plate_and_nail_can_be_chosen():
    assert set(ROWS) == {k for k, v in catalogue().items() if isinstance(v, PlateItem | NailItem)}
    assert [r.kind for r in ROWS.values()] == sorted((r.kind for r in ROWS.values()), reverse=True)


@pytest.mark.parametrize("key", sorted(ROWS))
def test_contract_of_every_implant(bare, key):
    context, plan = bare
    row = ROWS[key]
    assert row.title
    assert row.size.endswith(("mm", "bowed", "straight"))
    assert row.material
    assert row.source
    assert "_" not in "".join((row.title, row.size, row.material, *row.unverified))
    placed = PROCEDURE.place(context, plan, key)
    lines = operative_rows(placed)
    assert lines[0][4] == key
    assert len(lines) == 1 + len(placed.implants[0].parameters["lengths_mm"])
    assert all(len(line) == len(OPERATIVE_HEADER) for line in lines)
    assert "screw" in implant_words(placed.implants[0])
    assert PROCEDURE.check(context, placed)
    shown = build(shown_implant(key))
    assert np.isfinite(shown.distance(np.zeros((1, 3)))).all()


def test_pictures_have_names_of_their_own(tmp_path):
    names = {picture_file(key, tmp_path).name for key in ROWS}
    assert len(names) == len(ROWS)
    with pytest.raises(ValueError, match="no picture"):
        shown_implant("bolt-4.9")


def test_the_operative_list_is_a_table_with_its_plan_and_side(bare):
    context, plan = bare
    placed = PROCEDURE.place(context, plan, "plate-broad-08")
    rows = list(csv.reader(io.StringIO(operative_text(placed, ","))))
    assert rows[0][0].startswith(f"Plan {plan.name}, RIGHT femur")
    assert "Not for clinical use" in rows[0][0]
    assert tuple(rows[1]) == OPERATIVE_HEADER
    assert [r[0] for r in rows[2:]] == [str(n) for n in range(1, len(rows) - 1)]
    assert operative_rows(Plan("fracture_fixation", "x", "left", None, ())) == ()
