"""Versions of the models. Raise one when its numbers change: results that used it become out of date."""

MODELS = {
    "segmentation.bone": 1,
    "anatomy.femur": 1,
    "meshing.bone": 2,
    "meshing.implant": 1,
    "mechanics.stiffness": 1,
    "mechanics.loads": 2,
    "mechanics.solver": 2,
    "mechanics.contact": 2,
    "procedures.metrics": 3,
}

VESSEL_MODELS = {
    "anatomy.aortic_root": 1,
    "anatomy.artery": 2,
    "mechanics.deployment": 2,
    "mechanics.frame": 1,
    "procedures.valve": 1,
    "procedures.stent": 1,
}
"""The same for cases on vessels, so that neither family makes results of the other out of date."""

TISSUE_MODELS = {"segmentation.tissues": 5}
"""The same for segments by any other preset."""
