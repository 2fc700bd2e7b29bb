"""What a patient agreed to, and exports that it does not cover."""

from __future__ import annotations

from datetime import date

import dicom_factory as factory
import pytest

from small_case import run_cli
from surgitwin.core.errors import UsageError
from surgitwin.exchange.consent import PURPOSES, consent_of, make_consent, require_consent
from surgitwin.planning.case import Case
from surgitwin.planning.images.new_case import new_case
from surgitwin.planning.output.export import export_case
from surgitwin.planning.overview import overview
from surgitwin.planning.privacy.consent import consent_facts, record_consent


def small_case(folder):
    grid = factory.grid_like((5, 8, 6))
    factory.write_series(folder / "cd", factory.ramp(grid), grid)
    return new_case(folder / "a.twin", folder / "cd")


def state(*scope, until=""):
    return {"consent": make_consent(scope, "Dr. Nowak", "2024-01-17", until).as_dict()}


def test_without_a_record_only_planning():
    (said,) = require_consent({}, "planning")
    assert "No consent is recorded" in said
    for purpose in set(PURPOSES) - {"planning"}:
        with pytest.raises(UsageError) as caught:
            require_consent({}, purpose)
        assert caught.value.code == "consent.outside_scope"


@pytest.mark.parametrize("given", sorted(PURPOSES))
@pytest.mark.parametrize("asked", sorted(PURPOSES))
def test_a_scope_covers_itself_and_nothing_else(given, asked):
    if given == asked:
        assert require_consent(state(given), asked) == ()
    else:
        with pytest.raises(UsageError, match="consent is for"):
            require_consent(state(given), asked)


def test_ended_and_withdrawn_cover_nothing():
    ends = state("teaching", until="2024-06-30")
    assert require_consent(ends, "teaching", date(2024, 6, 30)) == ()
    with pytest.raises(UsageError, match="ended on 2024-06-30"):
        require_consent(ends, "teaching", date(2024, 7, 1))
    with pytest.raises(UsageError, match="withdrawn"):
        require_consent(state(), "planning")


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": ("fun",)}, {"by": " "}, {"given": "17.01.2024"}, {"given": "2999-01-01"},
        {"given": "2024-01-17", "until": "2023-01-01"}, {"until": "soon"},
    ],
)  # fmt: skip
def test_wrong_records_are_refused(wrong):
    with pytest.raises(UsageError) as caught:
        make_consent(**({"scope": ("planning",), "by": "Dr. Nowak"} | wrong))
    assert caught.value.code == "consent.invalid"


def test_record_stays_in_the_case_with_its_history(tmp_path):
    case = small_case(tmp_path)
    case = record_consent(case, make_consent(("planning", "teaching"), "Dr. Nowak", "2024-01-17"))
    record_consent(case, make_consent((), "Dr. Nowak", "2024-02-01"))
    opened = Case.open(case.folder.path)
    assert consent_of(opened.state).scope == ()
    (earlier,) = opened.state["consent_history"]
    assert earlier["scope"] == ["planning", "teaching"]
    with pytest.raises(UsageError):
        export_case(opened, "image", tmp_path / "image.nrrd")
    assert not (tmp_path / "image.nrrd").exists()


def test_export_says_that_nothing_is_recorded(tmp_path):
    case = small_case(tmp_path)
    made = export_case(case, "image", tmp_path / "image.nrrd")
    assert any("No consent" in w for w in made.warnings)
    with pytest.raises(UsageError) as caught:
        export_case(case, "image", tmp_path / "other.nrrd", purpose="research")
    assert caught.value.code == "consent.outside_scope"
    case = record_consent(case, make_consent(("research",), "Dr. Nowak"))
    (left,) = export_case(case, "image", tmp_path / "other.nrrd", purpose="research").warnings
    assert "UIDs" in left


def test_info_says_what_was_agreed_and_that_it_was_withdrawn(tmp_path):
    case = small_case(tmp_path)
    assert consent_facts(case.state) is None
    case = record_consent(case, make_consent(("teaching",), "Dr. Nowak", "2024-01-17", "2030-01-01"))
    facts = consent_facts(case.state)
    assert (facts["scope"], facts["withdrawn"], facts["earlier"]) == (["teaching"], False, 0)
    assert (facts["given"], facts["until"], facts["by"]) == ("2024-01-17", "2030-01-01", "Dr. Nowak")
    case = record_consent(case, make_consent((), "Dr. Lis", "2024-02-01"))
    told = overview(case.folder.path)["consent"]
    assert (told["withdrawn"], told["earlier"], told["scope"]) == (True, 1, [])
    done = run_cli("info", case.folder.path, json_too=False)
    assert "consent: withdrawn on 2024-02-01 (recorded by Dr. Lis)" in done.out
