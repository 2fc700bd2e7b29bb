"""An error in words on stderr: fact, place, next step."""

from __future__ import annotations

import pytest

from surgitwin.cli.output import emit_error
from surgitwin.core.errors import GeometryError


def test_an_error_says_where_unless_its_message_does(capsys: pytest.CaptureFixture[str]) -> None:
    error = GeometryError("mesh.wall_folds", "The wall folds.", hint="Make it thinner.", where="1, 2, 3 mm")
    emit_error(error, as_json=False)
    assert capsys.readouterr().err.splitlines() == [
        "Error [mesh.wall_folds]: The wall folds.",
        "Where: 1, 2, 3 mm",
        "Next step: Make it thinner.",
    ]
    emit_error(GeometryError("a.b", "The file x.stl is empty.", where="x.stl"), as_json=False)
    assert capsys.readouterr().err == "Error [a.b]: The file x.stl is empty.\n"
