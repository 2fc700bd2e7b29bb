"""From two points to a measured artery in the case."""

import numpy as np
import pytest

from surgitwin.core.errors import InputError, UsageError
from surgitwin.planning.overview import overview
from surgitwin.planning.steps import step_states
from surgitwin.planning.vessels.anatomy_facts import anatomy_rows, anatomy_summary
from surgitwin.planning.vessels.anatomy_store import artery_of, root_of, vessel_key
from surgitwin.planning.vessels.segment_step import parse_clicks, segment_vessel


def test_the_measured_artery_is_read_back_from_the_case(artery):
    found = artery_of(artery)
    assert found.lesions[0].diameter_percent == pytest.approx(55, abs=3)
    assert found.tube.course.length_mm > 50
    assert artery.state["site"] == "artery"
    assert {s["name"] for s in artery.state["labels"]["segments"]} >= {"artery_lumen"}


def test_measures_in_words_and_values_say_the_same(artery):
    lesion = artery_of(artery).lesions[0]
    rows = {r.name: r.value for r in anatomy_rows(artery)}
    assert f"{lesion.diameter_percent:.0f} % of the diameter" in rows["Lesion 1, stenosis"]
    assert anatomy_summary(artery)["lesions"][0]["min_diameter_mm"] == lesion.min_diameter_mm


def test_the_steps_of_a_vessel_case(artery):
    states = {s.step: s for s in step_states(artery)}
    assert states["anatomy"].state == "done"
    assert states["plans"].state == "done"
    assert states["simulate"].mend == "solve"
    assert states["compare"].state == "blocked"


def test_info_names_the_site(artery):
    found = overview(artery.folder.path)
    assert found["site"] == "artery"
    assert found["side"] is None
    assert {p["result"] for p in found["plans"]} == {"none"}


def test_an_artery_is_no_root(artery):
    with pytest.raises(InputError) as caught:
        root_of(artery)
    assert caught.value.code == "case.other_site"


def test_the_key_follows_the_image_and_the_points(artery):
    before = vessel_key(artery)
    clicks = {k: np.add(v, (0.0, 0.0, 0.5)) for k, v in artery.state["vessel"]["clicks"].items()}
    assert vessel_key(segment_vessel(artery, "artery", clicks)) != before


@pytest.mark.parametrize(
    "pairs", [{"aorta": "1,2,3"}, {"start": "1,2"}, {"start": "1,2,x"}, {"start": "1,2,inf"}]
)
def test_points_that_cannot_be(pairs):
    with pytest.raises(UsageError) as caught:
        parse_clicks("artery", pairs)
    assert caught.value.code == "segment.clicks"


def test_both_points_are_needed(artery):
    with pytest.raises(UsageError) as caught:
        segment_vessel(artery, "artery", {"start": np.zeros(3)})
    assert caught.value.code == "segment.clicks"
    assert "end" in caught.value.message
