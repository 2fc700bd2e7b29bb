"""Make the sample study: a synthetic CT of one thigh, with its truth. NOT FOR CLINICAL USE.

    python sample_dicom/femur_fracture/make.py [--out DIR] [--side left|right] [--coarse]

Writes DIR/dicom/*.dcm, DIR/truth/truth.json and DIR/truth/labels.nrrd; DIR is this folder unless named.
The default call also writes fracture.toml (committed) beside this script.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:
    sys.path.insert(0, str(HERE.parent))

from femur_fracture.fracture_file import fracture_toml  # noqa: E402
from femur_fracture.parameters import FULL, PhantomParameters, coarse  # noqa: E402
from femur_fracture.phantom import Phantom, build_phantom  # noqa: E402
from study import StudyHeader, write_study  # noqa: E402

BODY_WEIGHT_KG = 72.0


def header(side: str) -> StudyHeader:
    """What the series says of itself."""
    technique = {
        "Laterality": "L" if side == "left" else "R",
        "KVP": 120, "XRayTubeCurrent": 200, "ExposureTime": 500, "ConvolutionKernel": "B30s",
    }  # fmt: skip
    return StudyHeader(
        key=side,
        patient_name="Phantom^Femur",
        patient_id=f"ST-FEMUR-{side.upper()}",
        study=f"CT thigh {side}",
        series="bone 2 mm",
        body_part="THIGH",
        model="Parametric femur phantom",
        birth_date="19580503",
        age="065Y",
        weight_kg=BODY_WEIGHT_KG,
        size_m=1.74,
        time="091500",
        series_number=2,
        window=(400, 2000),
        protocol="Thigh phantom",
        technique=technique,
    )


def make_study(parameters: PhantomParameters, out: Path) -> Phantom:
    """Build the phantom and write it below `out`; replaces a study made before."""
    phantom = build_phantom(parameters)
    write_study(phantom.volume, phantom.labels, phantom.truth, header(parameters.side), out)
    (out / "fracture.toml").write_text(fracture_toml(parameters), encoding="utf-8")
    return phantom


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Make the synthetic femur CT with its truth.")
    parser.add_argument("--out", type=Path, default=HERE, help="folder that gets dicom/ and truth/")
    parser.add_argument("--side", choices=("left", "right"), default="left")
    parser.add_argument("--coarse", action="store_true", help="3 mm voxels without noise")
    parser.add_argument("--noise", type=float, help="standard deviation of the noise, HU")
    parser.add_argument("--seed", type=int, default=FULL.seed, help="seed of the noise")
    given = parser.parse_args()
    parameters = replace(FULL, side=given.side, seed=given.seed)
    parameters = coarse(parameters) if given.coarse else parameters
    if given.noise is not None:
        parameters = replace(parameters, noise_sd_hu=given.noise)
    start = time.perf_counter()
    phantom = make_study(parameters, given.out)
    print(f"{phantom.grid.shape[0]} slices in {given.out / 'dicom'}, {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
