"""Make the sample study: a synthetic CT angiogram of a narrowed artery, with its truth. NOT FOR CLINICAL USE.

    python sample_dicom/stenosed_artery/make.py [--out DIR] [--only 6mm|3mm]

Writes DIR/dicom/*.dcm (6 mm artery), DIR/dicom_3mm/*.dcm (3 mm), and for each a truth JSON and label map in
DIR/truth; DIR is this folder unless named. The default call also writes clicks.toml (committed).
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:
    sys.path.insert(0, str(HERE.parent))

from stenosed_artery.parameters import LARGE, SMALL, ArteryParameters  # noqa: E402
from stenosed_artery.phantom import CENTRE_MM, Phantom, build_phantom, scene_axes  # noqa: E402
from stenosed_artery.shape import build_shape  # noqa: E402
from stenosed_artery.truth import clicks  # noqa: E402
from study import StudyHeader, contrast_ct, write_study  # noqa: E402

VARIANTS = {"6mm": (LARGE, "dicom", "truth"), "3mm": (SMALL, "dicom_3mm", "truth_3mm")}


def header(parameters: ArteryParameters) -> StudyHeader:
    """What the series says of itself."""
    return contrast_ct(
        patient_name="Phantom^Artery",
        patient_id=f"ST-ARTERY-{parameters.name.upper()}",
        study="CT angiogram of a leg",
        series=f"artery {parameters.name}",
        body_part="LEG",
        model="Parametric artery phantom",
    )


def make_study(
    parameters: ArteryParameters, out: Path, series: str = "dicom", stem: str = "truth"
) -> Phantom:
    """Build one artery and write it below `out`; replaces a series made before."""
    phantom = build_phantom(parameters)
    write_study(
        phantom.volume, phantom.labels, phantom.truth, header(parameters), out, series=series, stem=stem
    )
    return phantom


def clicks_toml() -> str:
    """Text of clicks.toml: start and end for both arteries, LPS mm."""
    lines = ["# Made by make.py: points on the centre line, with the flow. SYNTHETIC, NOT FOR CLINICAL USE."]
    for parameters, series, _ in VARIANTS.values():
        lines.append(f"[{series}]")
        points = clicks(build_shape(parameters), scene_axes(parameters), CENTRE_MM)
        lines += [f"{name} = [{', '.join(f'{v:.3f}' for v in p)}]" for name, p in points.items()]
    return "\n".join([*lines, ""])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Make the synthetic CT angiogram with its truth.")
    parser.add_argument("--out", type=Path, default=HERE, help="folder that gets the series and truth/")
    parser.add_argument("--only", choices=tuple(VARIANTS), help="one artery instead of both")
    given = parser.parse_args()
    for name, (parameters, series, stem) in VARIANTS.items():
        if given.only in (None, name):
            start = time.perf_counter()
            phantom = make_study(parameters, given.out, series, stem)
            seconds = time.perf_counter() - start
            print(f"{phantom.grid.shape[0]} slices in {given.out / series}, {seconds:.1f} s")
    (given.out / "clicks.toml").write_text(clicks_toml(), encoding="utf-8")


if __name__ == "__main__":
    main()
