"""The media of a rabbit's carotid (Holzapfel-Gasser-Ogden 2000) at a material point.

Two families of fibres at 29 degrees to the circumference, incompressible, no stress across the wall.
Stretched alike in both directions of the wall, then in the circumferential one alone with the axial side
free. The wrong input measures the angle of the fibres from the axis of the vessel.
"""

from __future__ import annotations

from dataclasses import replace

from surgitwin.mechanics.fenicsx.laws.drivers import drive
from surgitwin.mechanics.law_sets import parameter_set
from surgitwin.verification.case import Case, Measured

KPA_PER_MPA = 1e3


def run(wrong: bool) -> dict[str, Measured]:
    """Circumferential (x) and axial (y) Cauchy stress, kPa, and the free axial stretch."""
    media = parameter_set("hgo_carotid_media")
    assert media.fibre_angle_deg is not None
    if wrong:
        media = replace(media, fibre_angle_deg=90.0 - media.fibre_angle_deg)
    fibres = media.fibres(2)
    sheet = drive(media.law, media.values, "equibiaxial", (1.1, 1.2, 1.3), fibres)
    strip = drive(media.law, media.values, "uniaxial", (1.2, 1.4), fibres)
    stress = KPA_PER_MPA * sheet.cauchy
    pull = KPA_PER_MPA * strip.cauchy
    values = {
        "26a": stress[0, 0, 0], "26b": stress[0, 1, 1],
        "26c": stress[1, 0, 0], "26d": stress[1, 1, 1],
        "26e": stress[2, 0, 0], "26f": stress[2, 1, 1],
        "26g": strip.F[0, 1, 1], "26h": pull[0, 0, 0],
        "26i": strip.F[1, 1, 1], "26j": pull[1, 0, 0],
    }  # fmt: skip
    return {name: Measured(float(v)) for name, v in values.items()}


CASE = Case("26", "HGO 2000, media of the rabbit carotid", run, "fibre angle from the axis", quick=True)
