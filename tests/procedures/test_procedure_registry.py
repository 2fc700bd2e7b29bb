import sys
from importlib.metadata import EntryPoint

import pytest

from surgitwin.core.errors import PluginError, UsageError
from surgitwin.procedures import Procedure, get, parse_options, registry
from surgitwin.procedures.registry import GROUP, load


def point(name, value):
    return EntryPoint(name=name, value=value, group=GROUP)


def test_the_installed_procedures_work():
    assert "fracture_fixation" in registry()
    assert all(entry.procedure is not None for entry in registry().values())


@pytest.mark.parametrize("name", sorted(registry()))
def test_contract_of_every_procedure(name):
    procedure = get(name)
    assert isinstance(procedure, Procedure)
    assert procedure.name == name
    assert procedure.title
    assert len({s.id for s in procedure.steps}) == len(procedure.steps) > 0
    for p in procedure.parameters:
        assert p.title, p.name
        assert p.unit, p.name
        assert p.source, p.name
        if p.default is not None:
            assert p.parse(p.default) == p.default
    ids = [d.id for d in procedure.metric_definitions()]
    assert len(set(ids)) == len(ids)
    assert all(d.unit and d.definition and d.source for d in procedure.metric_definitions())


def test_a_metric_belongs_to_one_procedure():
    ids = [d.id for name in registry() for d in get(name).metric_definitions()]
    assert len(ids) == len(set(ids))


def test_a_broken_plugin_is_listed_with_its_reason():
    entries = load(
        [
            point("fracture_fixation", "surgitwin.procedures.fracture_fixation:PROCEDURE"),
            point("missing", "surgitwin_no_such_package:X"),
            point("wrong", "surgitwin.core.frame:Frame"),
            point("misnamed", "surgitwin.procedures.fracture_fixation:PROCEDURE"),
        ]
    )
    found = {e.name: e for e in entries}
    assert found["fracture_fixation"].procedure is not None
    assert found["missing"].procedure is None
    assert "surgitwin_no_such_package" in found["missing"].reason
    assert "not a Procedure" in found["wrong"].reason
    assert "calls itself" in found["misnamed"].reason


def test_asking_for_a_broken_or_unknown_procedure(monkeypatch):
    broken = load([point("missing", "surgitwin_no_such_package:X")])[0]
    module = sys.modules["surgitwin.procedures.registry"]
    monkeypatch.setattr(module, "registry", lambda: {"missing": broken})
    with pytest.raises(PluginError) as caught:
        get("missing")
    assert caught.value.code == "procedure.broken"
    assert "surgitwin_no_such_package" in caught.value.message
    with pytest.raises(UsageError) as unknown:
        get("nothing")
    assert unknown.value.code == "procedure.unknown"


def test_options_are_checked_together_with_their_names():
    parameters = get("fracture_fixation").parameters
    with pytest.raises(UsageError) as caught:
        parse_options(parameters, {"gap": 3})
    assert caught.value.code == "option.unknown"
    assert "gap_mm" in caught.value.hint
    with pytest.raises(UsageError) as caught:
        parse_options(parameters, {"gap_mm": "wide"})
    assert caught.value.code == "option.value"
    with pytest.raises(UsageError) as caught:
        parse_options(parameters, {"gap_mm": "-1"})
    assert caught.value.code == "option.range"
    with pytest.raises(UsageError) as caught:
        parse_options(parameters, {"healing": "soft_callus"})
    assert "claes_heigele.soft_callus" in caught.value.hint
    assert parse_options(parameters, {"gap_mm": "2"})["gap_mm"] == 2.0
    assert parse_options(parameters, {"screws_per_side": "3"})["screws_per_side"] == 3
