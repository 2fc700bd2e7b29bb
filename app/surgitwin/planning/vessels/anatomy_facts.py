"""The measured vessel in words and plain values: for the command line, the report and the window."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from surgitwin.anatomy.artery.types import ArteryAnatomy, Lesion
from surgitwin.anatomy.root.assemble import section_measure
from surgitwin.anatomy.root.types import HINGES, RootAnatomy
from surgitwin.core.vessel import Calcium, SectionMeasure
from surgitwin.planning.case import Case
from surgitwin.planning.vessels.anatomy_store import vessel_anatomy
from surgitwin.report.data import Fact

LEVELS_MM = (-2.0, -1.0, 0.0, 1.0, 2.0)
"""Heights about the annulus at which the area is told: it changes faster above (the sinus) than below."""
SECTIONS = {
    "annulus": "Annulus",
    "outflow": "Outflow tract, 4 mm below",
    "sinus": "Sinuses",
    "sinotubular_junction": "Sinotubular junction",
    "ascending": "Ascending aorta",
}


def anatomy_rows(case: Case) -> tuple[Fact, ...]:
    """Measures of the vessel as lines of a table; the remark stands in `source`."""
    return facts_of(vessel_anatomy(case))


def facts_of(found: RootAnatomy | ArteryAnatomy) -> tuple[Fact, ...]:
    """The lines of `anatomy_rows` of an anatomy that need not be a case's (a landmark is being dragged)."""
    return _root_rows(found) if isinstance(found, RootAnatomy) else _artery_rows(found)


def anatomy_summary(case: Case) -> dict[str, Any]:
    """Measures of the vessel as plain values."""
    found = vessel_anatomy(case)
    out = _root_values(found) if isinstance(found, RootAnatomy) else _artery_values(found)
    return {
        **out,
        "calcium_mm3": dict(found.calcium.volumes_mm3),
        "lumen_HU": found.lumen_HU,
        "noise_HU": found.noise_HU,
        "indicative": found.indicative,
        "notices": [asdict(n) for n in found.notices],
    }


def _root_rows(root: RootAnatomy) -> tuple[Fact, ...]:
    annulus = root.sections["annulus"]
    degrees, mm = root.plane_uncertainty
    here = annulus.area_mm2
    up, down = (section_measure(root, at).area_mm2 - here for at in (1.0, -1.0))
    slope = f"{up:+.0f} mm2 one mm higher, {down:+.0f} mm2 one mm lower"
    rows = [
        Fact("Annulus, area", f"{annulus.area_mm2:.0f} mm2", slope),
        Fact("Annulus, perimeter", f"{annulus.perimeter_mm:.1f} mm"),
        *(_section(title, root.sections[name]) for name, title in SECTIONS.items() if name in root.sections),
        Fact(
            "Annulus plane",
            f"uncertain by {degrees:.1f} degrees and {abs(mm):.1f} mm",
            "two ways of finding it",
        ),
        Fact("Sinuses, one by one", ", ".join(f"{d:.1f}" for d in root.sinus_diameters_mm) + " mm"),
    ]
    for side, height in root.coronary_height_mm.items():
        rows.append(
            Fact(f"Height of the {side} coronary", "not found" if height is None else f"{height:.1f} mm")
        )
    length = root.septum_length_mm
    rows += [
        Fact(
            "Membranous septum",
            "not found" if length is None else f"{length:.1f} mm",
            estimated=length is not None,
        ),
        *_calcium(root.calcium),
        Fact("Cardiac phase", root.phase),
        Fact("View, three cusps", _angles(root.three_cusp_deg)),
        Fact("View, cusp overlap", _angles(root.cusp_overlap_deg)),
        Fact("Contrast in the lumen", f"{root.lumen_HU:.0f} HU, noise {root.noise_HU:.0f} HU"),
    ]
    for name in HINGES:
        rows.append(_landmark(root, name))
    return (*rows, *_indicative(root.indicative))


def _section(title: str, measure: SectionMeasure) -> Fact:
    value = (
        f"{measure.min_diameter_mm:.1f} x {measure.max_diameter_mm:.1f} mm, "
        f"{measure.area_diameter_mm:.1f} by area, "
        f"{measure.perimeter_diameter_mm:.1f} by perimeter"
    )
    return Fact(f"{title}, diameters", value, f"eccentricity {measure.eccentricity:.2f}")


def _angles(view: tuple[float, float]) -> str:
    lao, cranial = view
    around, along = "LAO" if lao >= 0 else "RAO", "cranial" if cranial >= 0 else "caudal"
    return f"{around} {abs(lao):.0f}, {along} {abs(cranial):.0f}"


def _landmark(root: RootAnatomy, name: str) -> Fact:
    mark = root.landmarks[name]
    if mark.point_mm is None:
        return Fact(name.replace("_", " ").capitalize(), "not found", mark.rule)
    x, y, z = mark.point_mm
    moved = "" if mark.moved_mm is None else f"moved by {mark.moved_mm:.1f} mm by hand"
    by = moved or ("by hand" if mark.corrected_mm is not None else "proposed, not confirmed")
    title = name.replace("_", " ").capitalize()
    return Fact(title, f"LPS ({x:.1f}, {y:.1f}, {z:.1f}) mm", by, estimated=mark.corrected_mm is None)


def _calcium(calcium: Calcium) -> list[Fact]:
    rows = [Fact(f"Calcium, {rule}", f"{volume:.0f} mm3") for rule, volume in calcium.volumes_mm3.items()]
    rows += [
        Fact(
            f"Calcium, {region.replace('_', ' ')}", f"{volume:.0f} mm3", f"over {calcium.threshold_HU:.0f} HU"
        )
        for region, volume in calcium.regions_mm3.items()
    ]
    return rows


def _indicative(why: str) -> list[Fact]:
    return [Fact("Sizing", "indicative", why, verified=False)] if why else []


def _artery_rows(artery: ArteryAnatomy) -> tuple[Fact, ...]:
    d = artery.tube.diameter_mm
    rows = [
        Fact("Length between the clicks", f"{artery.tube.course.length_mm:.1f} mm"),
        Fact("Lumen diameter", f"{d.min():.1f} to {d.max():.1f} mm"),
    ]
    for n, lesion in enumerate(artery.lesions, 1):
        rows += _lesion(n, lesion)
    for n, branch in enumerate(artery.branches, 1):
        size = "not measured" if branch.diameter_mm is None else f"{branch.diameter_mm:.1f} mm"
        rows.append(Fact(f"Branch {n}", f"at {branch.s_mm:.1f} mm, diameter {size}"))
    rows += [
        *_calcium(artery.calcium),
        Fact("Contrast in the lumen", f"{artery.lumen_HU:.0f} HU, noise {artery.noise_HU:.0f} HU"),
        Fact("Sharpness of the image", f"{artery.fwhm_mm:.2f} mm", "full width at half maximum"),
    ]
    return (*rows, *_indicative(artery.indicative))


def _lesion(n: int, lesion: Lesion) -> list[Fact]:
    marked = not lesion.doubt
    return [
        Fact(
            f"Lesion {n}, stenosis",
            f"{lesion.diameter_percent:.0f} % of the diameter, {lesion.area_percent:.0f} % of the area",
            lesion.doubt,
            verified=marked,
        ),
        Fact(
            f"Lesion {n}, place",
            f"{lesion.start_mm:.1f} to {lesion.end_mm:.1f} mm, throat at {lesion.throat_mm:.1f} mm",
        ),
        Fact(
            f"Lesion {n}, diameters",
            f"throat {lesion.min_diameter_mm:.2f} mm, reference {lesion.reference_mm:.2f} mm",
            f"proximal {lesion.proximal_mm:.2f}, distal {lesion.distal_mm:.2f} mm",
        ),
    ]


def _root_values(root: RootAnatomy) -> dict[str, Any]:
    return {
        "site": "aortic_root",
        "sections": {n: _measure_values(m) for n, m in root.sections.items()},
        "annulus": {"point_mm": root.annulus.point_mm.tolist(), "normal": root.annulus.normal.tolist()},
        "area_slope_mm2_per_mm": root.area_slope_mm2_per_mm,
        "area_by_level_mm2": {f"{at:+.0f} mm": section_measure(root, at).area_mm2 for at in LEVELS_MM},
        "plane_uncertainty": {"degrees": root.plane_uncertainty[0], "mm": abs(root.plane_uncertainty[1])},
        "sinus_diameters_mm": list(root.sinus_diameters_mm),
        "coronary_height_mm": dict(root.coronary_height_mm),
        "septum_length_mm": root.septum_length_mm,
        "phase": root.phase,
        "views_deg": {"three_cusp": list(root.three_cusp_deg), "cusp_overlap": list(root.cusp_overlap_deg)},
        "landmarks": {
            name: {
                "proposed_mm": None if m.proposed_mm is None else m.proposed_mm.tolist(),
                "corrected_mm": None if m.corrected_mm is None else m.corrected_mm.tolist(),
                "moved_mm": m.moved_mm,
                "confidence": m.confidence,
                "rule": m.rule,
            }
            for name, m in root.landmarks.items()
        },
    }


def _measure_values(measure: SectionMeasure) -> dict[str, float]:
    return {
        **asdict(measure),
        "area_diameter_mm": measure.area_diameter_mm,
        "perimeter_diameter_mm": measure.perimeter_diameter_mm,
        "eccentricity": measure.eccentricity,
    }


def _artery_values(artery: ArteryAnatomy) -> dict[str, Any]:
    return {
        "site": "artery",
        "length_mm": artery.tube.course.length_mm,
        "lesions": [asdict(x) for x in artery.lesions],
        "branches": [{"s_mm": b.s_mm, "diameter_mm": b.diameter_mm} for b in artery.branches],
        "fwhm_mm": artery.fwhm_mm,
    }
