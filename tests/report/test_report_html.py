"""The report holds everything it must, escaped, without a link to anywhere, with the notice."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
import report_samples as samples

from surgitwin.core.errors import StorageError
from surgitwin.core.metric import VALIDITY_METRIC
from surgitwin.report import summary, tables, words
from surgitwin.report.html import render_html, write_html

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Outline(HTMLParser):
    """Checks nesting and collects text, links and pictures."""

    def __init__(self):
        super().__init__()
        self.stack, self.text, self.links, self.images, self.meta = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.links += [v for k, v in values.items() if k in ("href", "src", "action") and v]
        if tag == "img":
            self.images.append(values)
        if tag == "meta":
            self.meta.append(values)
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack, f"</{tag}> without a start"
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if not self.stack or self.stack[-1] != "style":
            self.text.append(data)


def outline(data=None):
    parsed = Outline()
    parsed.feed(render_html(data or samples.report()))
    parsed.close()
    assert parsed.stack == []
    return parsed, re.sub(r"\s+", " ", " ".join(parsed.text))


def test_every_metric_value_band_threshold_and_source_is_there():
    _, text = outline()
    for plan in samples.compare()["plans"]:
        for m in plan["metrics"]:
            assert f"source of {m['id']}" in text
            if m["value"] is None:
                assert m["reason"] in text
            else:
                assert re.sub(r"\s+", " ", words.value_text(m)) in text
                assert re.sub(r"\s+", " ", words.band_text(m)) in text
    assert "fails ≤ 1" in text
    assert "✖" in text
    assert "its band crosses the limit" in text
    assert "singular" in text
    assert "not verified" in text
    assert "out of date" in text


def test_what_a_reader_must_know_is_said():
    _, text = outline()
    for words_ in (
        "LEFT",
        "Virtual fracture.",
        "Uncalibrated.",
        "Not for clinical use",
        "Error class",
        "estimated",
        "ranks first, by Shear motion",
        "Locking screw 5.0",
        "46 mm",
        "7.40e-09",
        "hash-of-nail",
        "signature",
    ):
        assert words_ in text, words_


def test_input_is_escaped():
    html = render_html(samples.report())
    assert "demo &lt;femur&gt; &amp; co" in html
    assert "<b>bold</b>" not in html
    assert "&lt;this&gt;" in html


def test_the_file_needs_nothing_else():
    parsed, _ = outline()
    assert len(parsed.images) == 10
    assert all(link.startswith("data:image/png;base64,") for link in parsed.links)
    assert all(image.get("alt") for image in parsed.images)
    assert not re.search(r"https?://|url\(|@import|<script", render_html(samples.report()))


def test_notice_on_every_printed_page():
    html = render_html(samples.report())
    parsed, _ = outline()
    assert any(
        m.get("name") == "intended-use" and m["content"] == "Not for clinical use" for m in parsed.meta
    )
    assert (
        html.index('<thead><tr><td><div class="running">')
        < html.index("<tfoot>")
        < html.index('id="summary"')
    )
    assert "size: A4" in html


def test_plans_within_their_bands_are_not_distinguishable():
    _, text = outline(samples.report(compare=samples.compare(tied=True)))
    assert "Lateral locking plate and Antegrade nail are not distinguishable" in text
    assert "ranks first" not in text


def test_calibrated_real_fracture_and_unknown_weight():
    _, text = outline(samples.report(calibrated=True, virtual_fracture=False, body_weight_kg=None))
    assert "Uncalibrated" not in text
    assert "Virtual fracture" not in text
    assert "body weight not known" in text


def test_a_plan_without_an_entry_in_compare_is_refused():
    with pytest.raises(ValueError, match="lateral_plate"):
        samples.report(compare={"plans": [], "ranking": [], "warnings": []})


def test_unwritable_path(tmp_path):
    with pytest.raises(StorageError) as caught:
        write_html(samples.report(), tmp_path / "missing" / "report.html")
    assert caught.value.code == "report.unwritable"
    write_html(samples.report(), tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_force_imbalance():
    assert tables.force_imbalance({"applied_N": [0, 0, -100], "reaction_N": [0, 0, 99]}) == pytest.approx(
        0.01
    )


@pytest.mark.parametrize(
    ("value", "band", "threshold", "comparator", "kind"),
    [
        (0.5, [0.4, 0.6], 1.0, "<", "pass"),
        (1.5, [1.2, 1.8], 1.0, "<", "fail"),
        (0.9, [0.8, 1.1], 1.0, "<", "uncertain"),
        (1.1, [0.9, 1.3], 1.0, "<=", "uncertain"),
        (1.0, None, 1.0, "<", "fail"),
        (1.0, None, 1.0, ">=", "pass"),
        (1.0, None, None, "", "none"),
    ],
)
def test_traffic_lights(value, band, threshold, comparator, kind):
    m = samples.metric("ifm_shear", value, band=band, threshold=threshold, comparator=comparator)
    light = words.status(m)
    assert light.kind == kind
    assert light.text
    assert light.marked[0] in "✔✖≈–?"


def test_numbers_are_short():
    assert [words.number(x) for x in (0, 0.01234, 7.4e-9, 12.345, 1234.5, -0.5)] == [
        "0",
        "0.0123",
        "7.40e-09",
        "12.3",
        "1\u202f234",
        "-0.5",
    ]


def _rising():
    """A comparison whose ranking walks through rising loads."""
    made = samples.compare()
    for plan in made["plans"]:
        full = plan["loads"][0]
        plan["loads"] = [
            full,
            {**full, "name": "toe_touch", "vector_N": [62.0, 24.0, -328.0]},
            {**full, "name": "axial", "vector_N": [0.0, 0.0, -1000.0]},
        ]
        plan["metrics"] = [
            samples.metric("ifm_axial_far", 0.4, load_case="toe_touch", threshold=1.0, comparator="<="),
            samples.metric("ifm_axial_far", 2.0, load_case="full_stance", threshold=1.0, comparator="<="),
            samples.metric("implant_stress_surface", 500.0, part="bolt", threshold=600.0, comparator="<="),
            samples.metric("implant_stress_surface", 500.0, part="plate", threshold=800.0, comparator="<="),
            samples.metric("axial_stiffness", 900.0, load_case="axial"),
        ]
    failing = {"toe_touch": [], "full_stance": ["ifm_axial_far"]}
    for row in made["ranking"]:
        row |= {"passed": False, "failed_metrics": ["ifm_axial_far"], "failed_by_load": failing}
        row |= {"passes_up_to": "toe_touch"}
    return made


def test_loads_go_from_light_to_heavy_and_each_says_what_fails():
    made = _rising()
    assert summary.load_order(made) == ("toe_touch", "full_stance", "axial")
    light, heavy = summary.load_rows(made, summary.rising_loads(made))
    assert (light.load_case, light.failed) == ("toe_touch", ((), ()))
    assert heavy.failed == (("ifm_axial_far",), ("ifm_axial_far",))
    said = " ".join(summary.verdict(made, {"toe_touch": "Toe-touch"}))
    assert "meets every limit up to toe-touch" in said
    assert "Limits exceeded under full stance: ifm axial far" in said


def test_key_rows_show_the_part_nearest_its_limit_and_name_the_load():
    shown = summary.worst_rows(_rising(), ("implant_stress_surface", "axial_stiffness"), ("full_stance",))
    assert [(r.load_case, r.cells[0]["part"]) for r in shown] == [("full_stance", "bolt"), ("axial", "bone")]


def test_one_load_on_several_plans_is_listed_once():
    data = samples.report()
    assert [(x.name, len(x.plans)) for x in tables.loads_applied(_rising(), data.frame, "left")] == [
        ("toe_touch", 2), ("full_stance", 2), ("axial", 2),
    ]  # fmt: skip


def test_measured_values_have_three_figures_and_lengths_no_more_than_a_micrometre():
    pairs = ((3.9, "mm"), (0.0000213, "mm"), (963.6, "MPa"), (1.4, "1"))
    assert [words.figures(*p) for p in pairs] == ["3.90", "0.000", "964", "1.40"]


def test_warnings_of_the_first_page_are_not_said_twice():
    made = samples.compare()
    made["warnings"] = ["Virtual fracture: not in the image.", "Stiffness is uncalibrated.", "Other."]
    assert samples.report(compare=made).warnings == ("Other.",)
    assert len(samples.report(compare=made, calibrated=True, virtual_fracture=False).warnings) == 3


def _touching(*loads):
    """The rising loads with a nail whose surfaces would touch under `loads`."""
    made = _rising()
    nail = made["plans"][1]
    for load in loads:
        check = samples.metric("ifm_shear", -0.2, load_case=load, threshold=0.0, comparator=">=")
        nail["metrics"].append(check | {"id": VALIDITY_METRIC})
    made["ranking"][1] |= {"invalid_loads": list(loads), "passes_up_to": None}
    return made


def test_loads_in_which_surfaces_touch_are_not_judged():
    made = _touching("full_stance", "toe_touch")
    said = [x for x in summary.verdict(made) if x.startswith("nail:")]
    assert len(said) == 1
    assert "cannot be judged under toe touch, full stance: surfaces would touch, which this model" in said[0]
    assert not any("nail meets" in x or "nail does not" in x for x in summary.verdict(made))
    cells = summary.worst_rows(made, ("ifm_axial_far",), ("toe_touch",))[0].cells
    assert [words.status(c).kind for c in cells] == ["pass", "outside"]
    assert "outside the model" in words.status(cells[1]).text
    _, text = outline(samples.report(compare=made))
    assert "outside the model : surfaces would touch" in text


def test_a_plan_that_holds_below_an_invalid_load_says_both():
    made = _touching("full_stance")
    made["ranking"][1]["passes_up_to"] = "toe_touch"
    said = " ".join(summary.verdict(made))
    assert "nail meets every limit up to toe touch." in said
    assert "nail: cannot be judged under full stance" in said


def test_every_force_of_a_load_stands_in_the_bones_directions():
    data = samples.report()
    (load,) = tables.loads_applied(data.compare, data.frame, data.side)
    hip, abductor = load.forces
    assert hip.components_N == (-310.0, -120.5, -1640.0)
    assert abductor.components_N == (200.0, 0.0, 400.0)
    assert abductor.place == "greater_trochanter"
    assert abductor.percent_bw == pytest.approx(100 * np.hypot(200, 400) / 696.5, abs=0.06)
    right = tables.loads_applied(data.compare, data.frame, "right")[0].forces[0]
    assert right.components_N[0] == 310.0
    _, text = outline(data)
    assert "greater trochanter" in text
    assert "Medial [N]" in text


def test_runs_of_a_plan_are_one_row_with_the_worst_residual():
    heavy = samples.run("nail") | {"rel_residual": 9e-9, "iterations": 41}
    rows = tables.solver_rows((samples.run("intact"), samples.run("nail"), heavy))
    assert [(r.plan, r.loads, r.iterations) for r in rows] == [("intact", 1, "38"), ("nail", 2, "38 to 41")]
    assert rows[1].residual == 9e-9


def test_the_three_contact_models_stand_side_by_side():
    row = {"id": "ifm_shear", "unit": "mm", "load_case": "stance_full"}
    table = {
        "plan": "nail",
        "own": "contact",
        "models": ["none", "contact", "glued"],
        "titles": {"none": "Passes through", "contact": "Leans on it", "glued": "Grown in"},
        "rows": [{**row, "values": {"none": 2.5, "contact": 1.25, "glued": None}}],
    }
    _, plain = outline()
    assert "How the implant touches the bone" not in plain
    data = samples.report(compare={**samples.compare(), "contact_models": [table]})
    _, text = outline(data)
    assert "How the implant touches the bone" in text
    assert re.search(r"2\.5 1\.25 –", text)
