"""Make the sample study: a synthetic CT of one thigh, with its truth. NOT FOR CLINICAL USE.

    python sample_dicom/femur_fracture/make.py [--out DIR] [--side left|right] [--coarse]

Writes DIR/dicom/*.dcm, DIR/truth/truth.json and DIR/truth/labels.nrrd; DIR is this folder unless named.
The default call also writes fracture.toml (committed) beside this script.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import SimpleITK

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:
    sys.path.insert(0, str(HERE.parent))

from femur_fracture.dicom_series import write_series  # noqa: E402
from femur_fracture.fracture_file import fracture_toml  # noqa: E402
from femur_fracture.parameters import FULL, PhantomParameters, coarse  # noqa: E402
from femur_fracture.phantom import Phantom, build_phantom  # noqa: E402


def write_truth(phantom: Phantom, folder: Path) -> None:
    """truth.json and labels.nrrd into `folder`, which must exist."""
    grid = phantom.grid
    image = SimpleITK.GetImageFromArray(phantom.labels.array)
    image.SetOrigin(grid.origin_mm.tolist())
    image.SetSpacing(grid.spacing_mm.tolist())
    image.SetDirection(grid.direction.ravel().tolist())
    SimpleITK.WriteImage(image, str(folder / "labels.nrrd"), useCompression=True)
    text = json.dumps(phantom.truth, indent=1) + "\n"
    (folder / "truth.json").write_text(text, encoding="utf-8")


def make_study(parameters: PhantomParameters, out: Path) -> Phantom:
    """Build the phantom and write it below `out`; replaces a study made before."""
    phantom = build_phantom(parameters)
    dicom, truth = out / "dicom", out / "truth"
    dicom.mkdir(parents=True, exist_ok=True)
    truth.mkdir(parents=True, exist_ok=True)
    for old in dicom.glob("slice_*.dcm"):
        old.unlink()
    write_series(phantom.volume, parameters, dicom)
    write_truth(phantom, truth)
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
