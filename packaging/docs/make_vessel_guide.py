"""Makes the pictures of the guide's chapter "Valves and stents" from solved sample cases, in the window.

    xvfb-run -a -s "-screen 0 1600x1000x24" .venv/bin/python packaging/docs/make_vessel_guide.py \
        --valve out/tavi/tavi.twin --stent out/stent/stent.twin

The cases are those of `surgitwin demo tavi` and `surgitwin demo stent`; they are copied, not changed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "viewer"))
sys.path.insert(0, str(ROOT / "packaging" / "docs"))
SECONDS = 120


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--valve", type=Path, required=True)
    parser.add_argument("--stent", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "guide")
    options = parser.parse_args()
    from make_guide import shrink

    with tempfile.TemporaryDirectory() as work:
        os.environ["SURGITWIN_STATE"] = str(Path(work) / "state")
        pictures = Path(work) / "pictures"
        walk(options, Path(work), pictures)
        options.out.mkdir(parents=True, exist_ok=True)
        for picture in sorted(pictures.glob("*.png")):
            shrink(picture, options.out / f"{picture.stem.partition('-')[2]}.jpg")
    return 0


def walk(options: argparse.Namespace, work: Path, pictures: Path) -> None:
    from hands import Hands
    from PySide6.QtWidgets import QApplication

    from surgitwin.viewer import theme
    from surgitwin.viewer.main_window import MainWindow

    app = QApplication([])
    theme.apply(app, "dark")
    window = MainWindow()
    window.show()
    hands = Hands(window, pictures)
    try:
        for case, pages in ((options.valve, valve), (options.stent, stent)):
            copy = work / case.name
            shutil.copytree(case, copy, ignore=shutil.ignore_patterns(".lock"))
            window.open_path(copy)
            hands.wait(lambda name=copy.stem: opened(window, name), "the case to open", SECONDS)
            pages(window, hands)
    finally:
        window._drop_case(discard=True)
        window.close()


def opened(window: Any, name: str) -> bool:
    """Whether this case is open with its vessel read."""
    session, vessel = window.desk.session, window.desk.vessel
    known = session is not None and session.case.name == name and "compare" in window.pages
    return bool(known and vessel is not None and not vessel.busy and vessel.anatomy is not None)


def still(window: Any, hands: Any) -> None:
    """Wait until nothing is computed and everything is drawn."""
    hands.pause(800)
    hands.wait(lambda: not window.desk.vessel.busy, "the views", SECONDS)
    hands.pause(1500)


def compare(window: Any, hands: Any) -> Any:
    """The Compare page with everything read."""
    window.go_to("compare")
    page = window.pages["compare"]
    hands.wait(lambda: page.comparison is not None and not page.busy, "the results", SECONDS)
    still(window, hands)
    return page


def in_3d(window: Any, hands: Any, page: Any, names: list[str]) -> None:
    """These plans beside each other."""
    page.panel.set_ticks(names)
    page.panel.changed.emit()
    page.top.setCurrentWidget(page.view_place)
    hands.pause(500)
    hands.wait(lambda: not page.busy and page.views is not None, "the linked views", SECONDS)
    still(window, hands)


def valve(window: Any, hands: Any) -> None:
    """Landmarks, the device in its views, the grid, three plans in 3D beside published groups."""
    window.go_to("anatomy")
    still(window, hands)
    hands.picture("valve-anatomy")
    window.desk.set_active_plan("be-26-d4")
    window.go_to("plans")
    still(window, hands)
    hands.picture("valve-plan")
    page = compare(window, hands)
    hands.picture("valve-grid")
    in_3d(window, hands, page, ["be-23-d4", "be-26-d4", "be-29-d4"])
    bar = window.panel_scroll.verticalScrollBar()
    bar.setValue(page.panel.folds["Beside published groups"].y())
    hands.picture("valve-compare")


def stent(window: Any, hands: Any) -> None:
    """The straightened artery, the plan in it, all plans in 3D with the flow and the curve."""
    window.go_to("anatomy")
    still(window, hands)
    hands.picture("stent-anatomy")
    window.go_to("plans")
    still(window, hands)
    hands.picture("stent-plan")
    page = compare(window, hands)
    names = [p.name for p in page.comparison.plans if p.name in page.comparison.found]
    page.bottom.setCurrentWidget(page.chart)
    in_3d(window, hands, page, names)
    hands.picture("stent-compare")


if __name__ == "__main__":
    sys.exit(main())
