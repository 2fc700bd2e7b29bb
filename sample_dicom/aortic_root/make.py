"""Make the sample study: a synthetic CT angiography of an aortic root, with its truth. NOT FOR CLINICAL USE.

    python sample_dicom/aortic_root/make.py [--out DIR] [--coarse] [--noise HU] [--seed N]

Writes DIR/dicom/*.dcm, DIR/truth/truth.json, DIR/truth/labels.nrrd and DIR/clicks.toml; DIR is this folder
unless named, where clicks.toml is committed.
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

from aortic_root.parameters import FULL, RootParameters, coarse  # noqa: E402
from aortic_root.phantom import RootPhantom, build_phantom  # noqa: E402
from aortic_root.truth import PHASE_PERCENT, clicks  # noqa: E402
from study import contrast_ct, write_study  # noqa: E402

HEADER = contrast_ct(
    patient_name="Phantom^Root",
    patient_id="ST-ROOT",
    study="CT aortic root",
    series=f"root 0.7 mm {PHASE_PERCENT:.0f} %",
    body_part="HEART",
    model="Parametric aortic root phantom",
    phase_percent=PHASE_PERCENT,
)


def clicks_toml(parameters: RootParameters) -> str:
    """The two clicks of a user, LPS mm."""
    lines = [
        "# Two clicks for `measure_root`, LPS mm: in the ascending aorta and in the left ventricle.",
        "[clicks]",
    ]
    lines += [
        f"{name} = [{', '.join(f'{v:.1f}' for v in point)}]" for name, point in clicks(parameters).items()
    ]
    return "\n".join(lines) + "\n"


def make_study(parameters: RootParameters, out: Path) -> RootPhantom:
    """Build the phantom and write it below `out`; replaces a study made before."""
    phantom = build_phantom(parameters)
    write_study(phantom.volume, phantom.labels, phantom.truth, HEADER, out)
    (out / "clicks.toml").write_text(clicks_toml(parameters), encoding="utf-8")
    return phantom


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Make the synthetic aortic root CT with its truth.")
    parser.add_argument("--out", type=Path, default=HERE, help="folder that gets dicom/ and truth/")
    parser.add_argument("--coarse", action="store_true", help="1.4 mm voxels")
    parser.add_argument("--noise", type=float, default=FULL.noise_sd_hu, help="standard deviation, HU")
    parser.add_argument("--seed", type=int, default=FULL.seed, help="seed of the noise")
    given = parser.parse_args()
    parameters = replace(FULL, noise_sd_hu=given.noise, seed=given.seed)
    parameters = coarse(parameters) if given.coarse else parameters
    start = time.perf_counter()
    phantom = make_study(parameters, given.out)
    print(f"{phantom.grid.shape[0]} slices in {given.out / 'dicom'}, {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
