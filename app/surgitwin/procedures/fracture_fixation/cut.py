"""The fracture of a plan: from a file, or the virtual cut below the lesser trochanter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from surgitwin.core.errors import GeometryError
from surgitwin.core.frame import Plane
from surgitwin.core.plan import Fracture, Plan
from surgitwin.procedures.fracture_fixation.site import Site


def virtual_cut(site: Site, options: Mapping[str, Any]) -> Fracture:
    """A transverse gap `cut_below_lt_mm` below the lesser trochanter, centred on the shaft.

    Raises GeometryError ("fracture.outside") when the uncut shaft does not reach that far.
    """
    z = site.trochanter_z_mm - float(options["cut_below_lt_mm"])
    if z <= site.distal_z_mm:
        raise GeometryError(
            "fracture.outside",
            f"A cut {options['cut_below_lt_mm']:g} mm below the lesser trochanter lies outside the uncut "
            f"shaft ({site.trochanter_z_mm - site.distal_z_mm:.0f} mm).",
            hint="Choose a smaller cut_below_lt_mm.",
            where="cut_below_lt_mm",
        )
    frame = site.anatomy.frame
    plane = Plane(frame.to_lps(site.centre_at(z)), frame.vector_to_lps([0.0, 0.0, 1.0]))
    return Fracture(plane, float(options["gap_mm"]), str(options["healing"]), virtual=True)


def checked(site: Site, fracture: Fracture) -> Fracture:
    """The fracture with its normal pointing proximally.

    Raises GeometryError ("fracture.outside") when its centre does not lie in the modelled bone.
    """
    if site.outline(fracture.plane.point_mm) > 0 or site.height(fracture) <= site.distal_z_mm:
        raise GeometryError(
            "fracture.outside",
            "The centre of the fracture does not lie in the modelled bone.",
            hint="Give point_mm in patient coordinates (LPS, mm) inside the shaft, above the distal cut.",
            where="fracture.point_mm",
        )
    return upwards(site, fracture)


def upwards(site: Site, fracture: Fracture) -> Fracture:
    """The same fracture with its normal pointing proximally, which tells the two sides apart."""
    plane = fracture.plane
    if float(site.anatomy.frame.vector_from_lps(plane.normal)[2]) >= 0:
        return fracture
    return replace(fracture, plane=Plane(plane.point_mm, -np.asarray(plane.normal)))


def upright(site: Site, plan: Plan) -> Plan:
    """The plan with its fracture `upwards`: everything that asks for proximal and distal starts here."""
    if plan.fracture is None:
        return plan
    return replace(plan, fracture=upwards(site, plan.fracture))
