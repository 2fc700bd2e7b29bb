"""What the window remembers survives, and a damaged file is begun anew."""

from surgitwin.planning.window_state import keep, remembered


def test_values_are_kept_apart_and_damage_is_survived(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("SURGITWIN_STATE", str(tmp_path / "new" / "state"))
    assert remembered("layout", "four") == "four"
    keep("layout", "wide")
    keep("other", "x")
    assert (remembered("layout", ""), remembered("other", "")) == ("wide", "x")
    file = tmp_path / "new" / "state" / "window.json"
    file.write_text("{ not json", encoding="utf-8")
    assert remembered("layout", "four") == "four"
    assert "damaged" in caplog.text
    keep("layout", "scene")
    assert remembered("layout", "") == "scene"


def test_a_folder_that_cannot_be_made_is_only_logged(tmp_path, monkeypatch, caplog):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("SURGITWIN_STATE", str(tmp_path / "file" / "state"))
    keep("layout", "wide")
    assert "not kept" in caplog.text
