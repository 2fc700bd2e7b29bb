"""Whether a case can be written without identity, and where."""

from __future__ import annotations

from pathlib import Path

from surgitwin.core.errors import UsageError
from surgitwin.core.places import require_folder
from surgitwin.exchange.deidentify import Options
from surgitwin.planning.case import Case
from surgitwin.planning.rehearsing.seal import active


def check_case(case: Case, out: Path, options: Options, key: Path | None) -> None:
    """UsageError "deidentify.out", "deidentify.key_place", "deidentify.case", StorageError
    "storage.no_folder"."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(
            "deidentify.out",
            f"{out} exists already and is not an empty folder.",
            hint="Name a new case with --out.",
            where="--out",
        )
    if out.resolve().is_relative_to(case.folder.path.resolve()):
        raise UsageError(
            "deidentify.out",
            "The new case lies inside the old one.",
            hint="Choose a place beside it.",
            where="--out",
        )
    if key is not None and key.resolve().is_relative_to(out.resolve()):
        raise UsageError(
            "deidentify.key_place",
            "The key would lie in the case that is passed on.",
            hint="Keep the key elsewhere: it says who is who.",
            where="--key",
        )
    require_folder(out)
    if options.deface:
        raise UsageError(
            "deidentify.case",
            "A face is cut out of images before a case is made of them: segments and meshes show it too.",
            hint="Make a new case with `surgitwin new CASE --deidentify --deface`.",
            where="--deface",
        )
    if active(case.state):
        raise UsageError(
            "deidentify.case",
            "A rehearsal is running in this case, and its sealed plans cannot be passed on.",
            hint="Reveal the reference plan first (`surgitwin rehearse reveal`).",
            where=case.name,
        )
