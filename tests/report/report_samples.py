"""A realistic report made by hand, independent of the chain."""

from __future__ import annotations

import numpy as np

from surgitwin.core.frame import Frame
from surgitwin.core.metric import MetricDefinition
from surgitwin.report.data import Fact, OperativeStep, PlanSection, ReportData, ReportPicture
from surgitwin.scene.page import Page, png

IDS = {
    "axial_stiffness": ("Axial stiffness", "N/mm"),
    "ifm_axial_near": ("Axial motion, near cortex", "mm"),
    "ifm_axial_far": ("Axial motion, far cortex", "mm"),
    "ifm_shear": ("Shear motion", "mm"),
    "ifs": ("Interfragmentary strain", "1"),
    "implant_stress_surface": ("Implant surface stress", "MPa"),
    "bone_rf_volume": ("Bone volume above yield strain", "mm3"),
    "bone_rf_patch_max": ("Largest patch risk factor", "1"),
    "sed_ratio": ("Strain energy against intact", "1"),
}


def metric(id: str, value: float | None, **changes: object) -> dict[str, object]:
    """One entry of compare.json's metrics."""
    entry: dict[str, object] = {
        "id": id,
        "part": "bone",
        "load_case": "full_stance",
        "healing": "initial_connective",
        "value": value,
        "unit": IDS[id][1],
        "band": None if value is None else [0.9 * value, 1.12 * value],
        "threshold": None,
        "comparator": "",
        "source": f"source of {id}",
        "verified": True,
        "singular": False,
        "reason": None,
    }
    return entry | changes


def compare(tied: bool = False) -> dict[str, object]:
    """compare.json of two plans; the nail fails one threshold, one number is missing."""

    def plan(name: str, f: float, **changes: object) -> dict[str, object]:
        return {
            "name": name,
            "input_hash": f"hash-of-{name}",
            "stale": False,
            "level": "patient",
            "loads": [
                {
                    "name": "full_stance",
                    "vector_N": [310.0, 120.5, -1640.0],
                    "point_mm": [92.1, -40.0, 12.5],
                    "body_weight_N": 696.5,
                    "others": [
                        {
                            "patch": "greater_trochanter",
                            "vector_N": [-200.0, 0.0, 400.0],
                            "point_mm": [140.0, -38.0, 4.0],
                        }
                    ],
                }
            ],
            "metrics": [
                metric("axial_stiffness", 1234.5 * f, load_case="axial_1000N"),
                metric("ifm_axial_near", 0.31 * f, threshold=1.0, comparator="<="),
                metric("ifm_axial_far", 0.95 * f, threshold=1.0, comparator="<="),
                metric("ifm_shear", 0.12 * f),
                metric("ifs", None, reason="the gap is under 0.5 mm"),
                metric(
                    "implant_stress_surface",
                    287.0 * f,
                    part="plate",
                    threshold=690.0,
                    comparator="<",
                    verified=False,
                    singular=True,
                ),
                metric("bone_rf_volume", 1530.0 * f),
                metric("bone_rf_patch_max", 0.76 * f * f, threshold=1.0, comparator="<"),
                metric("sed_ratio", 0.64 / f, part="calcar"),
            ],
        } | changes

    ranking = [
        {
            "rank": 1,
            "plan": "lateral_plate",
            "passed": True,
            "failed_metrics": [],
            "by": "ifm_shear",
            "tied_with": ["nail"] if tied else [],
        },
        {
            "rank": 2,
            "plan": "nail",
            "passed": tied,
            "failed_metrics": [] if tied else ["bone_rf_patch_max"],
            "by": "ifm_shear",
            "tied_with": [],
        },
    ]
    return {
        "schema": 1,
        "case": "demo",
        "plans": [plan("lateral_plate", 1.0), plan("nail", 1.3, stale=True)],
        "ranking": ranking,
        "warnings": ["No catalogue nail fits <this> bone; a second plate was written & marked."],
    }


def picture(title: str) -> ReportPicture:
    """A small picture with the notice burned in."""
    page = Page((300, 450), (title,))
    page.place(np.full((page.inner_size[1], page.inner_size[0], 3), 200, np.uint8))
    return ReportPicture(title, png(page.array()), f"Picture of {title}")


def run(plan: str) -> dict[str, object]:
    """One entry of solve's runs."""
    return {
        "plan": plan,
        "load_case": "full_stance",
        "parts": [],
        "dofs": 212034,
        "n_cells": 51234,
        "iterations": 38,
        "rel_residual": 7.4e-9,
        "applied_N": [310, 120, -1640],
        "reaction_N": [-310, -120, 1640.000001],
        "moment_imbalance": 3.1e-9,
        "energy_mJ": 410.0,
        "solver": "cg+pmg",
        "input_hash": "abc",
        "cached": False,
        "wall_s": {"mesh": 4.0, "assemble": 2.0, "setup": 1.0, "solve": 6.0, "total": 13.0},
        "peak_rss_MB": 1450.0,
        "ranks": 2,
    }


def report(**changes: object) -> ReportData:
    """The whole report."""
    views = ("anterior", "lateral", "medial")
    fields: dict[str, object] = {
        "case": "demo <femur> & co",
        "patient": "STS_001 (coded)",
        "created": "2026-11-22T01:30:00",
        "program": "SurgiTwin 0.1.0",
        "side": "left",
        "frame": Frame(np.zeros(3), np.diag([-1.0, -1.0, 1.0])),
        "fracture": "Transverse gap of 3 mm, 40 mm below the lesser trochanter, initial connective tissue.",
        "virtual_fracture": True,
        "calibrated": False,
        "compare": compare(),
        "definitions": {
            k: MetricDefinition(k, t, u, f"definition of {k}", f"source of {k}", k != "ifs")
            for k, (t, u) in IDS.items()
        },
        "key_metrics": (
            "axial_stiffness",
            "ifm_axial_far",
            "implant_stress_surface",
            "bone_rf_patch_max",
            "ifs",
        ),
        "plans": (
            PlanSection(
                "lateral_plate",
                "Lateral locking plate",
                "Broad 4.5/5.0 plate with 8 screws.",
                tuple(
                    OperativeStep(n, "Locking screw 5.0", f"{30 + 2 * n} mm", f"hole {n}", "K000682", n != 2)
                    for n in range(1, 9)
                ),
                ("Screw 3 ends 4 mm from the gap.",),
                (Fact("Plate stand-off", "1.5 mm", "numerical setting"),),
                tuple(picture(f"Plate, {v}") for v in views),
            ),
            PlanSection(
                "nail",
                "Antegrade nail",
                "Nail 10 x 360 mm.",
                (OperativeStep(1, "Nail", "10 x 360 mm"),),
                (),
                (),
                tuple(picture(f"Nail, {v}") for v in views),
            ),
        ),
        "body_weight_kg": 71.0,
        "image": (
            Fact("Series", "1.2.840.1 <b>bold</b>"),
            Fact("Voxel", "0.98 x 0.98 x 3.27 mm"),
            Fact("Kernel", "soft, 140 kVp"),
        ),
        "anatomy": (
            Fact("Head centre", "L 92, P -40, S 12 mm", "mirrored from the neck axis", estimated=True),
            Fact("Torsion", "12 degrees", "population mean", estimated=True, verified=False),
        ),
        "parts": (
            {
                "name": "bone",
                "n_cells": 51234,
                "order": 2,
                "volume_mm3": 312000.0,
                "min_scaled_jacobian": 0.21,
                "p1_scaled_jacobian": 0.35,
                "hausdorff_mm": 0.8,
            },
        ),
        "runs": (run("intact"), run("lateral_plate"), run("nail")),
        "assumptions": ("Linear elastic bone and metal.", "Plate does not touch the bone."),
        "limits": ("One patient, one image.",),
        "provenance": (Fact("Image hash", "a" * 64), Fact("Program", "SurgiTwin 0.1.0, DOLFINx 0.11")),
    }
    return ReportData(**(fields | changes))  # type: ignore[arg-type]
