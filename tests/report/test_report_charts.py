"""Charts: what they show of which numbers, in both forms and on both papers."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
import report_samples as samples
from PIL import Image

from surgitwin.report.chart_data import at_stage, heaviest_load, marks, stages_of
from surgitwin.report.charts import healing_chart, load_chart, metric_chart

NAMES = {k: t for k, (t, _) in samples.IDS.items()} | {"full_stance": "Full stance", "soft": "Soft callus"}
PLANS = {"lateral_plate": "Plate", "nail": "Nail"}
LIMITED = ("ifm_axial_near", "ifm_axial_far", "implant_stress_surface", "bone_rf_patch_max")


def texts(svg: bytes) -> str:
    """All words of a chart (matplotlib writes them as comments beside their outlines)."""
    return " | ".join(re.findall(r"<!-- (.*?) -->", svg.decode()))


def staged() -> dict[str, object]:
    made = samples.compare()
    for plan in made["plans"]:
        plan["healing"] = "initial_connective"
        plan["healing_stages"] = ["initial_connective", "soft"]
        softer = [
            {**m, "healing": "soft", "value": m["value"] and 0.4 * m["value"],
             "band": m["band"] and [0.4 * b for b in m["band"]]}
            for m in plan["metrics"]
        ]  # fmt: skip
        plan["metrics"] = plan["metrics"] + softer
    return made


@pytest.mark.parametrize("dark", [False, True])
def test_a_chart_is_a_picture_of_its_size_on_its_paper(dark: bool) -> None:
    image = Image.open(io.BytesIO(metric_chart(samples.compare(), LIMITED, NAMES, PLANS, dark, (640, 400))))
    assert image.size == (640, 400)
    corner = np.asarray(image.convert("RGB"))[5, -5]
    assert (corner.max() < 60) if dark else (corner.min() > 240)
    assert image.text["Description"] == "Not for clinical use"


def test_the_share_chart_names_metrics_limits_plans_and_what_bands_are() -> None:
    said = texts(metric_chart(samples.compare(), LIMITED, NAMES, PLANS, fmt="svg"))
    for words in (
        "Shear",
        "Nail (out of date)",
        "Plate",
        "NOT FOR CLINICAL USE",
        "690 MPa",
        "full stance",
        "band",
    ):
        assert (words in said) == (words != "Shear"), words


def test_values_and_bands_are_drawn_at_their_share_of_the_limit() -> None:
    made = samples.compare()
    found = marks(made, "implant_stress_surface", "full_stance")
    assert [m.plan for m in found] == ["lateral_plate", "nail"]
    assert found[0].share(found[0].value) == pytest.approx(100 * 287 / 690)
    assert found[0].share(found[0].high) == pytest.approx(112 * 287 / 690)
    assert found[1].stale


def test_an_overestimate_is_hollow_and_said() -> None:
    made = samples.compare()
    overlap = samples.metric("ifm_shear", 3.0, threshold=0.1, comparator="<=") | {"id": "contact_overlap"}
    made["plans"][0]["metrics"].append(overlap)
    assert not marks(made, "ifm_axial_far", "full_stance")[0].judged
    assert "overestimate" in texts(metric_chart(made, LIMITED, NAMES, PLANS, fmt="svg"))


def test_loads_side_by_side_with_unit() -> None:
    said = texts(load_chart(samples.compare(), "ifm_axial_far", NAMES, PLANS, fmt="svg"))
    assert "Full stance" in said
    assert "[mm]" in said


def test_healing_stages_are_kept_apart() -> None:
    made = staged()
    assert stages_of(made) == ("initial_connective", "soft")
    assert {m["healing"] for m in at_stage(made["plans"][0])} == {"initial_connective"}
    own, later = (marks(made, "ifm_axial_far", "full_stance", s)[0].value for s in ("", "soft"))
    assert later == pytest.approx(0.4 * own)
    stages = stages_of(made)
    said = texts(healing_chart(made, "ifm_axial_far", "full_stance", stages, NAMES, PLANS, fmt="svg"))
    assert "Soft callus" in said


def test_without_numbers_the_chart_says_so() -> None:
    empty = {"plans": [], "ranking": []}
    assert heaviest_load(empty) == ""
    assert "No number with a limit" in texts(metric_chart(empty, LIMITED, NAMES, PLANS, fmt="svg"))
    assert "No plan has this number" in texts(load_chart(empty, "ifs", NAMES, PLANS, fmt="svg"))
    assert "No plan was simulated" in texts(healing_chart(empty, "ifs", "", (), NAMES, PLANS, fmt="svg"))


def test_the_same_numbers_give_the_same_file() -> None:
    one, two = (load_chart(samples.compare(), "ifm_axial_far", NAMES, PLANS, fmt="svg") for _ in range(2))
    assert one == two
