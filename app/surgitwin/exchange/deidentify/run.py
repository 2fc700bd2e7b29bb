"""A folder of images in, a folder of images of nobody out."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from surgitwin.core.errors import InputError, UsageError, storage_error
from surgitwin.core.places import require_folder
from surgitwin.core.progress import SILENT, Progress
from surgitwin.exchange.deidentify.faces import Mask, cut_out, face_masks
from surgitwin.exchange.deidentify.keyfile import Key
from surgitwin.exchange.deidentify.options import Options
from surgitwin.exchange.deidentify.pseudonyms import Pseudonyms
from surgitwin.exchange.deidentify.quiet import quiet
from surgitwin.exchange.deidentify.reading import Found, look_at
from surgitwin.exchange.deidentify.report import FACES, NO_GUARANTEE, FileReport, Report
from surgitwin.exchange.deidentify.writing import Job, check, cleaned, keep, write

NO_FACE = "it shows a head in which no face could be found to cut out"


def deidentify(
    paths: Sequence[Path],
    out: Path,
    options: Options = Options(),  # noqa: B008 - frozen
    *,
    key: Path | None = None,
    progress: Progress = SILENT,
) -> Report:
    """Write the images below `paths` without identity to the new folder `out`; whole or not at all.

    key: file that keeps the secret and who is who; with the same key the same patient, study and image get
    the same codes again. Without it codes of two runs have nothing in common. Raises UsageError
    "deidentify.out", "deidentify.key_place", InputError "deidentify.nothing", "deidentify.doubt",
    "deidentify.pixels", "deidentify.changed", "deidentify.left", "deidentify.key", StorageError
    "storage.no_folder".
    """
    _check_places(paths, out, key)
    with quiet():
        return _run(paths, out, options, Key.open(key), progress)


def _run(paths: Sequence[Path], out: Path, options: Options, key: Key, progress: Progress) -> Report:
    found = look_at(paths, options, progress.part(0.0, 0.2))
    require_something(found)
    masks: Mapping[str, Mask] = {}
    if options.deface:
        masks = face_masks(paths, {i.series_uid for i in found.items if i.head}, progress.part(0.2, 0.5))
        _leave_out_faces(found, masks)
        require_something(found)
    workplace = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    part = workplace / "images"
    try:
        report = _write_all(found, part, options, key, masks, progress.part(0.5, 1.0))
        key.write()
        if out.exists():
            out.rmdir()
        part.rename(out)
    except OSError as error:
        raise storage_error(error, str(error.filename or out)) from error
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
    return report


def _check_places(paths: Sequence[Path], out: Path, key: Path | None) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(
            "deidentify.out",
            f"{out} exists already and is not an empty folder.",
            hint="Name a new folder with --out; old and new images must not mix.",
            where="--out",
        )
    whole = out.resolve()
    for path in (p.resolve() for p in paths):
        if whole.is_relative_to(path) or path.is_relative_to(whole):
            raise UsageError(
                "deidentify.out",
                "The new folder lies inside the folder of the originals, or the other way round.",
                hint="Choose a folder beside it, so that originals are not passed on by mistake.",
                where="--out",
            )
    if key is not None and key.resolve().is_relative_to(whole):
        raise UsageError(
            "deidentify.key_place",
            "The key would lie among the images that are passed on.",
            hint="Keep the key elsewhere: it says who is who.",
            where="--key",
        )
    require_folder(out)


def require_something(found: Found) -> None:
    """InputError "deidentify.nothing", "deidentify.doubt" when no file may be written."""
    if found.items:
        return
    reasons = "; ".join([*found.refused, *found.doubtful]) or "no DICOM image was found"
    if found.doubtful and not found.refused:
        raise InputError(
            "deidentify.doubt",
            f"Nothing was written: {reasons}.",
            hint="Look at every image; when no text is in them, use --accept-pixels.",
            where="--accept-pixels",
        )
    raise InputError(
        "deidentify.nothing",
        f"There is no image that could be written: {reasons}.",
        hint="Name the folder of the CT or MR series.",
    )


def _leave_out_faces(found: Found, masks: Mapping[str, Mask]) -> None:
    """Files of heads whose face was not found are not written when faces are to be cut out."""
    kept = [i for i in found.items if not i.head or i.source.name in masks]
    if len(kept) < len(found.items):
        found.refused[NO_FACE] += len(found.items) - len(kept)
        found.items = kept


def _write_all(
    found: Found, part: Path, options: Options, key: Key, masks: Mapping[str, Mask], progress: Progress
) -> Report:
    names = Pseudonyms(key.secret)
    job = Job(options, names, found.who)
    files: list[FileReport] = []
    defaced: set[str] = set()
    numbers: Counter[str] = Counter()
    for n, item in enumerate(
        sorted(found.items, key=lambda i: (i.patient, i.study_uid, i.series_uid, i.order))
    ):
        progress("Writing images without identity", n / len(found.items))
        code = names.patient(item.patient)
        folder = Path(code, names.name("study", item.study_uid), names.name("series", item.series_uid))
        numbers[item.series_uid] += 1
        place = folder / f"image{numbers[item.series_uid]:05d}.dcm"
        dataset, changes, dropped = cleaned(job, item, code)
        mask = masks.get(item.source.name)
        if mask is not None:
            cut_out(dataset, *mask)
            defaced.add(folder.as_posix())
        (part / folder).mkdir(parents=True, exist_ok=True)
        write(dataset, part / place, options, defaced=mask is not None, head=item.head)
        check(part / place, found.who)
        files.append(FileReport(place.as_posix(), folder.as_posix(), tuple(changes), tuple(dropped)))
        keep(key, item, code, names)
    return report_of(found, options, files, defaced)


def report_of(found: Found, options: Options, files: list[FileReport], defaced: set[str]) -> Report:
    """The report on `files`, with the warnings on everything that was found."""
    refused = dict(found.refused)
    refused |= {f"{r}; look at them and use --accept-pixels": n for r, n in found.doubtful.items()}
    said = []
    heads = {i.series_uid for i in found.items if i.head}
    if heads and not options.deface:
        said.append(f"{len(heads)} series: {FACES}")
    elif not heads and any(not i.part_known for i in found.items):
        said.append("The body part is not said everywhere: if a head is in the images, a face may be too.")
    if defaced:
        said.append("Faces were cut out; look at the result, for this is not a guarantee.")
    if options.accept_doubt:
        said.append(
            "Images that often have text in their pixels were written because somebody looked at them."
        )
    said.append(NO_GUARANTEE)
    patients = len({i.patient for i in found.items})
    return Report(options, patients, tuple(files), refused, found.others, tuple(said), tuple(sorted(defaced)))
