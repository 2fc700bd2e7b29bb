"""Make the sample study: synthetic T1-weighted MR images of a thigh, with the truth. NOT FOR CLINICAL USE.

    python sample_dicom/mr_thigh/make.py [--out DIR]

Writes DIR/dicom/*.dcm and DIR/truth (JSON and label map); DIR is this folder unless named.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:
    sys.path.insert(0, str(HERE.parent))

from mr_thigh.parameters import FULL, ThighParameters  # noqa: E402
from mr_thigh.phantom import Phantom, build_phantom  # noqa: E402
from study import StudyHeader, write_study  # noqa: E402

HEADER = StudyHeader(
    "ST-THIGH-MR", "Phantom^Thigh", "ST-THIGH-MR", "MR of a thigh", "T1 axial", "THIGH", "Parametric thigh",
    "19580302", "065Y", 76.0, 1.75, "111500", 4, (500, 1000),
    technique={
        "ScanningSequence": "SE", "SequenceVariant": "NONE", "ScanOptions": "", "MRAcquisitionType": "2D",
        "RepetitionTime": 600, "EchoTime": 12, "EchoTrainLength": 1, "MagneticFieldStrength": 1.5,
    },
)  # fmt: skip


def make_study(out: Path, parameters: ThighParameters = FULL) -> Phantom:
    """Build the thigh and write it below `out`; replaces a series made before."""
    phantom = build_phantom(parameters)
    write_study(phantom.volume, phantom.labels, phantom.truth, HEADER, out)
    return phantom


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Make the synthetic MR of a thigh with its truth.")
    parser.add_argument("--out", type=Path, default=HERE, help="folder that gets the series and truth/")
    given = parser.parse_args()
    start = time.perf_counter()
    phantom = make_study(given.out)
    slices = phantom.volume.grid.shape[0]
    print(f"{slices} slices in {given.out / 'dicom'}, {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
