"""Progress on stderr: a message once, and again while it takes long."""

from surgitwin.cli.output import progress


def test_a_long_step_is_told_again_for_every_tenth_of_the_work(capsys):
    tell = progress()
    for share in (0.5, 0.52, 0.58, 0.61, 0.66, 0.72):
        tell("Sections of the lumen", share)
    tell("Tree measured", 1.0)
    assert capsys.readouterr().err.splitlines() == [
        " 50% Sections of the lumen",
        " 61% Sections of the lumen",
        " 72% Sections of the lumen",
        "100% Tree measured",
    ]
