"""Versions of the models. Raise one when its numbers change: results that used it become out of date."""

MODELS = {
    "segmentation.bone": 1,
    "anatomy.femur": 1,
    "meshing.bone": 1,
    "meshing.implant": 1,
    "mechanics.stiffness": 1,
    "mechanics.loads": 1,
    "mechanics.solver": 1,
    "procedures.metrics": 1,
}
