"""What the reports of vessel cases say of their models."""

from __future__ import annotations

from collections.abc import Mapping

from surgitwin.planning.site import ARTERY, ROOT

TITLES: Mapping[str, str] = {
    ROOT: "Comparison of valve plans (TAVI)",
    ARTERY: "Comparison of stent plans",
}
_COMMON = (
    "The wall is free of stress at the shape of the image: blood pressure and residual stress are left out.",
    "Wall thickness and stiffness are not seen in the image: they come from a table.",
    "L1: rings with the force-diameter law of their struts press on the wall without friction.",
)
ASSUMPTIONS: Mapping[str, tuple[str, ...]] = {
    ROOT: (
        *_COMMON,
        "Bands: a thinner and softer, and a thicker and stiffer wall.",
        "Leaflets are not meshed; calcium stiffens the wall where the image shows it.",
        "The annulus is the plane of the three hinge points: the area changes by the stated mm2 for each "
        "mm of level.",
    ),
    ARTERY: (
        *_COMMON,
        "Plaque fills the space between the lumen and the healthy wall that the reference diameter suggests.",
        "Bands: the wall 0.2 mm thinner and thicker; its stiffness is not varied.",
        "The balloon drives every ring to one diameter; its folding and bending over are not modelled.",
        "Where a plan says pre-dilated, the lumen and its calcium are taken in the opened shape, free of "
        "stress: "
        "what the balloon tears is not computed.",
    ),
}
LIMITS: Mapping[str, tuple[str, ...]] = {
    ROOT: (
        "Material values are plausible and not validated on patients.",
        "Leak is a range over the discharge coefficient and the pressure difference, never a grade.",
        "Conduction risk is a band from published groups that overlap widely, never yes or no.",
    ),
    ARTERY: (
        "Material values are plausible and not validated on patients; plaque damage and plastic flow are "
        "left out.",
        "Narrow or calcified lumens are flagged where the image cannot show them to a digit.",
        "Single struts, friction and foreshortening under friction need L2.",
    ),
}
ERROR_CLASS: Mapping[str, str] = {
    ROOT: (
        "Error class: a comparable published model, tuned on 14 patients, reached 2.5 ± 3.9 % in the "
        "device's "
        "diameter and found 79 % of the leaks (Bosi 2018, abstract). Ours is not tuned on patients. Read "
        "differences "
        "between plans, not absolute numbers."
    ),
    ARTERY: (
        "Error class: no patient series has been computed with this model. Verified against exact "
        "solutions only (see "
        "`surgitwin verify`). Read differences between plans, not absolute numbers."
    ),
}
