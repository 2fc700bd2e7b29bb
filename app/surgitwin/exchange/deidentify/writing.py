"""One image written anew: header decided, pixels plain, nothing before, behind or beside them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import ExplicitVRLittleEndian

from surgitwin import __version__
from surgitwin.core.errors import InputError
from surgitwin.exchange.deidentify.changes import Change
from surgitwin.exchange.deidentify.elements import Cleaner
from surgitwin.exchange.deidentify.identifiers import Identifiers, elements_of
from surgitwin.exchange.deidentify.keyfile import Key
from surgitwin.exchange.deidentify.kinds import names_somebody
from surgitwin.exchange.deidentify.options import Options
from surgitwin.exchange.deidentify.pixels import plain_pixels
from surgitwin.exchange.deidentify.profile import DATES
from surgitwin.exchange.deidentify.pseudonyms import Pseudonyms
from surgitwin.exchange.deidentify.reading import Item, read
from surgitwin.imaging.dicom.header import syntax_of

OWN_WORDS = (0x00100010, 0x00100020, 0x00120062, 0x00120063, 0x00120064, 0x00280302, 0x00280303)
"""What this program writes itself: the code, and how it was de-identified."""


@dataclass(frozen=True)
class Job:
    """What is the same for all files of a run."""

    options: Options
    pseudonyms: Pseudonyms
    who: Identifiers


def cleaned(job: Job, item: Item, code: str) -> tuple[pydicom.FileDataset, list[Change], list[str]]:
    """The dataset of one file as it may be written, what was done to it, and what its pixels lost.

    Raises InputError "deidentify.pixels", "deidentify.changed" when the file is not what was looked at.
    """
    dataset = read(item.source, pixels=True)
    if not isinstance(dataset, pydicom.FileDataset) or str(dataset.get("SOPInstanceUID")) != item.sop_uid:
        raise InputError(
            "deidentify.changed",
            f"{item.source.name} changed while it was read.",
            hint="Wait until copying is over, then start again.",
            where=item.source.name,
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on values of the original, which are decided one by one
        dropped = plain_pixels(dataset, syntax_of(dataset), item.source.name)
        days = job.pseudonyms.shift_days(item.patient)
        cleaner = Cleaner(job.options, job.pseudonyms, job.who, str(dataset.SOPClassUID), code, days)
        cleaner.clean(dataset)
    return dataset, cleaner.changes, dropped


def write(dataset: pydicom.FileDataset, path: Path, options: Options, *, defaced: bool, head: bool) -> None:
    """Write a cleaned dataset with a new file header; its preamble is zeros."""
    _say_so(dataset, options, defaced=defaced, head=head)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    clean = pydicom.Dataset()
    clean.update(dataset)
    clean.file_meta = meta
    clean.preamble = b"\0" * 128
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a value kept from the original may be odd
        pydicom.dcmwrite(path, clean, enforce_file_format=True)


def _say_so(dataset: pydicom.Dataset, options: Options, *, defaced: bool, head: bool) -> None:
    """What was done, where a receiver looks for it (PS3.15 E.1.1, PS3.3 C.7.1.1)."""
    codes = options.codes(defaced)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = [
        f"SurgiTwin {__version__}"[:64],
        *(meaning[:64] for _, meaning in codes),
    ]
    items = []
    for code, meaning in codes:
        item = pydicom.Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "DCM", meaning
        items.append(item)
    dataset.DeidentificationMethodCodeSequence = DicomSequence(items)
    dataset.LongitudinalTemporalInformationModified = "MODIFIED" if options.shift_dates else "REMOVED"
    if defaced:
        dataset.RecognizableVisualFeatures = "NO"
    elif head:
        dataset.RecognizableVisualFeatures = "YES"


def check(path: Path, who: Identifiers) -> None:
    """Read what was written and search it again; InputError "deidentify.left" when a name is still there."""
    written = pydicom.dcmread(path, stop_before_pixels=True)
    for element in elements_of(written):
        if int(element.tag) in OWN_WORDS or element.VR in ("UI", *DATES):
            continue
        if (element.VR == "PN" and element.value) or names_somebody(element, who):
            raise InputError(
                "deidentify.left",
                f"A name or an ID is left in {element.keyword or element.tag} of an image, so nothing was "
                "written.",
                hint="Report this as a fault of the program; leave the study out until it is mended.",
                where=str(element.tag),
            )


def keep(key: Key, item: Item, code: str, names: Pseudonyms) -> None:
    """Write down in the key who `item` is; nothing without a file."""
    if key.path is None:
        return
    key.patients[code] = {
        "patient_id": item.patient_id,
        "name": item.name,
        "birth_date": item.birth_date,
        "shift_days": names.shift_days(item.patient),
    }
    for uid in (item.study_uid, item.series_uid, item.sop_uid):
        if uid:
            key.uids[str(names.uid(uid))] = uid
