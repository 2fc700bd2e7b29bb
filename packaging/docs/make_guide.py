"""Makes the pictures of the user guide by driving the window through the sample case with scripted hands.

    xvfb-run -a -s "-screen 0 1600x1000x24" .venv/bin/python packaging/docs/make_guide.py

The same walk is a test (tests/viewer/test_walkthrough.py). Other images than the sample's are taken with
--images FOLDER --out FOLDER; pictures of patients do not belong into the guide.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "viewer"))
WIDTH_PX = 1400
QUALITY = 82
"""Pictures are made small enough for a repository; a palette would change the colours of the scales."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=Path, default=None, help="folder with DICOM files")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "guide")
    parser.add_argument("--body-weight", type=float, default=None)
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        os.environ["SURGITWIN_STATE"] = str(Path(work) / "state")
        pictures = Path(work) / "pictures"
        walk(options, Path(work) / "cases", pictures)
        options.out.mkdir(parents=True, exist_ok=True)
        for old in options.out.glob("*.jpg"):
            old.unlink()
        for picture in sorted(pictures.glob("*.png")):
            shrink(picture, options.out / f"{picture.stem.partition('-')[2]}.jpg")
    return 0


def walk(options: argparse.Namespace, cases: Path, pictures: Path) -> None:
    from hands import Hands
    from PySide6.QtWidgets import QApplication
    from walkthrough import walk as whole_way

    from surgitwin.planning.demo import sample_study
    from surgitwin.viewer import theme
    from surgitwin.viewer.main_window import MainWindow

    app = QApplication([])
    theme.apply(app, options.theme)
    images = options.images or sample_study("femur") / "dicom"
    cases.mkdir()
    window = MainWindow()
    window.show()
    hands = Hands(window, pictures)
    hands.pause(500)
    start = time.monotonic()
    try:
        whole_way(window, hands, images, cases, options.body_weight)
    finally:
        for words, seconds in hands.times:
            print(f"{seconds:6.1f} s  {words}")
        print(f"{time.monotonic() - start:6.1f} s  altogether")
        window.close()


def shrink(picture: Path, to: Path) -> None:
    with Image.open(picture) as image:
        height = round(image.height * WIDTH_PX / image.width)
        small = image.convert("RGB").resize((WIDTH_PX, height), Image.Resampling.LANCZOS)
        small.save(to, quality=QUALITY, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
