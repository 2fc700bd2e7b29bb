"""Cases without identity: every byte of the case folder is searched for everything that names the patient."""

from __future__ import annotations

import gzip
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import deidentify_samples as samples
from surgitwin.core.errors import InputError, SurgiTwinError, UsageError
from surgitwin.core.image import LabelMap, Segment
from surgitwin.exchange.catalogue import Catalogue, add
from surgitwin.exchange.consent import make_consent
from surgitwin.exchange.deidentify import Options, deidentify
from surgitwin.imaging import load_series, scan
from surgitwin.imaging.formats.nrrd import write_labels, write_volume
from surgitwin.imaging.registration import ErrorEstimate, Registration
from surgitwin.planning.case import Case
from surgitwin.planning.images import registration
from surgitwin.planning.images.new_case import new_case
from surgitwin.planning.privacy.consent import record_consent
from surgitwin.planning.privacy.deidentify_case import deidentify_case
from surgitwin.planning.privacy.deidentify_new import Anonymous
from surgitwin.planning.segments.from_files import import_labels
from surgitwin.planning.undo.step import record


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    samples.write_nasty(tmp_path / "cd")
    return tmp_path / "cd"


def bytes_of(case: Path) -> bytes:
    """Names and contents of every file; archives and voxels unpacked too."""
    parts = []
    for path in sorted(p for p in case.rglob("*") if p.is_file()):
        raw = path.read_bytes()
        parts += [path.name.encode(), raw]
        if path.suffix == ".nrrd":
            parts.append(gzip.decompress(raw.partition(b"\n\n")[2]))
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                parts += [archive.read(n) for n in archive.namelist()]
    return b"\n".join(parts)


def hits(case: Path, words: tuple[str, ...]) -> list[str]:
    content = bytes_of(case).lower()
    kinds = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "latin-1")
    return [
        w
        for w in words
        if any(w.lower().encode(k, "ignore") in content for k in kinds)
        or json.dumps(w)[1:-1].lower().encode() in content
    ]


def from_originals(folder: Path, path: Path) -> Case:
    """A case with segments, a second image, plans, a result, a study, and a consent."""
    case = record_consent(
        new_case(path, folder), make_consent(("teaching",), "Dr Grabowska", note="Lukaszewicz")
    )
    volume = case.volume
    labels = LabelMap((volume.array > 0).astype(np.uint8), volume.grid, (Segment(1, "bone", "", (1, 2, 3)),))
    second = load_series(scan(folder)[0])
    blob = case.folder.put(".nrrd", lambda p: write_volume(second, p))
    step = {"blob": case.folder.put(".nrrd", lambda p: write_labels(labels, p)), "hash": labels.hash}
    entry = {"when": "2024-02-01", "blob": blob, "description": volume.meta["description"], "warnings": []}
    case = case.updated(
        "segment", labels=step, registrations=[entry],
        review={"name": "Grabowska", "when": "2024-02-01", "labels": "", "anatomy": "", "side": ""},
        plan_notes={"a": "as Lukaszewicz wants"},
    )  # fmt: skip
    result = path / "results" / "abc"
    result.mkdir(parents=True)
    about = {"series": case.state["series"]["uid"], "when": "2024-01-17T10:15:00", "host": samples.STATION}
    (result / "run.json").write_text(json.dumps(about))
    np.savez_compressed(result / "solution.npz", names=np.array(["bone"]))
    (path / "cache").mkdir()
    (path / "cache" / "log.txt").write_text(samples.NAME)
    (path / "draft").mkdir()
    (path / "draft" / "case.json").write_text(samples.PATIENT_ID)
    return case


pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom, about odd values of the sample

WORDS = (*samples.IDENTIFIERS, "Pelvis native", "2024-01-17", "2024-02-01")


def test_a_new_case_without_identity_holds_nothing_of_the_patient(folder: Path, tmp_path: Path) -> None:
    plain = new_case(tmp_path / "plain.twin", folder)
    made = new_case(tmp_path / "a.twin", folder, anonymous=Anonymous())
    assert hits(tmp_path / "plain.twin", WORDS)  # the search finds what is there
    assert hits(tmp_path / "a.twin", WORDS) == []
    assert made.state["image_hash"] == plain.state["image_hash"]
    assert made.state["patient"] == {
        "patient_code": plain.state["patient"]["patient_code"], "sex": "", "age": "",
    }  # fmt: skip
    assert made.state["body_weight_kg"] is None
    again = new_case(tmp_path / "b.twin", folder, anonymous=Anonymous())
    assert again.state["series"]["uid"] == made.state["series"]["uid"]


def test_options_keep_what_they_name(folder: Path, tmp_path: Path) -> None:
    how = Anonymous(Options(shift_dates=True, keep_characteristics=True, clean_text=True), tmp_path / "key")
    made = new_case(tmp_path / "a.twin", folder, anonymous=how)
    assert hits(tmp_path / "a.twin", samples.IDENTIFIERS) == []
    assert made.state["patient"]["age"] == "090Y"
    assert made.state["body_weight_kg"] == 82
    assert made.state["header"]["description"] == "Pelvis native 1.0 mm"
    assert "2013" < made.state["header"]["date"][:4] < "2024"
    assert samples.PATIENT_ID in (tmp_path / "key").read_text()


def test_a_case_of_originals_is_written_again_without_them(folder: Path, tmp_path: Path) -> None:
    case = from_originals(folder, tmp_path / "old.twin")
    assert set(hits(tmp_path / "old.twin", WORDS)) >= {
        "Lukaszewicz",
        samples.STATION,
        samples.UID_ROOT,
        "20240117",
    }
    done = deidentify_case(case, tmp_path / "new.twin", key=tmp_path / "key")
    assert hits(tmp_path / "new.twin", (*WORDS, case.state["patient"]["patient_code"])) == []
    new = Case.open(tmp_path / "new.twin")
    assert new.volume.hash == case.volume.hash == new.state["image_hash"]
    assert new.labels.hash == case.labels.hash
    assert new.folder.verify_blobs() == []
    assert new.state["consent"]["scope"] == ["teaching"]
    assert {"SeriesInstanceUID", "SeriesDate", "SeriesDescription"} <= {c.name for c in done.changes}
    assert (tmp_path / "new.twin/results/abc/solution.npz").is_file()
    assert not (tmp_path / "new.twin/cache").exists()
    assert case.state["patient"]["patient_code"] in (tmp_path / "key").read_text()


def test_steps_that_could_be_taken_back_are_not_passed_on(folder: Path, tmp_path: Path) -> None:
    """They hold what the state was: notes on plans, who looked at the segments, and when."""
    case = from_originals(folder, tmp_path / "old.twin")
    record(case, {"plan_notes": {"a": "before"}})
    assert list((tmp_path / "old.twin/blobs").glob("*.json"))
    deidentify_case(Case.open(tmp_path / "old.twin"), tmp_path / "new.twin")
    assert hits(tmp_path / "new.twin", (*WORDS, "Grabowska")) == []
    assert not list((tmp_path / "new.twin/blobs").glob("*.json"))


def test_a_second_image_brings_no_identity_back(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_case(tmp_path / "a.twin", folder, anonymous=Anonymous())
    second = load_series(scan(folder)[0])
    done = Registration(np.eye(4), "rigid", "none", 0.0, 1.0, 1.0, ErrorEstimate(0.1, 0.1))
    monkeypatch.setattr(registration, "register", lambda *_a, **_k: done)
    case = registration.register_image(made, second, same_patient=True)
    entry = case.state["registrations"][0]
    assert hits(tmp_path / "a.twin", WORDS) == []
    kept = registration.second_image(case, entry)
    assert kept.hash == entry["moving_hash"] == second.hash
    assert kept.meta["patient_code"] == made.state["patient"]["patient_code"]
    plain = registration.register_image(new_case(tmp_path / "b.twin", folder), second)
    assert registration.second_image(plain, plain.state["registrations"][0]).meta == second.meta


def test_what_is_left_somewhere_ends_it_and_nothing_is_kept(folder: Path, tmp_path: Path) -> None:
    case = from_originals(folder, tmp_path / "old.twin")
    uid = case.state["series"]["uid"]
    np.savez_compressed(tmp_path / "old.twin/results/abc/more.npz", of=np.array([uid]))
    with pytest.raises(InputError, match=r"results/abc/more\.npz") as caught:
        deidentify_case(case, tmp_path / "new.twin")
    assert caught.value.code == "deidentify.left"
    assert uid not in str(caught.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cd", "old.twin"]


def test_with_one_key_a_case_fits_images_that_were_deidentified(folder: Path, tmp_path: Path) -> None:
    deidentify([folder], tmp_path / "clean", key=tmp_path / "key")
    (series,) = scan(tmp_path / "clean")
    made = new_case(tmp_path / "a.twin", folder, anonymous=Anonymous(key=tmp_path / "key"))
    assert made.state["series"]["uid"] == series.uid
    assert made.state["patient"]["patient_code"] == series.identity.patient_id


@pytest.mark.parametrize("name", ["Lukaszewicz.twin", "knee 2024-01-17.twin", "MRN7734521.twin"])
def test_the_name_of_a_case_says_nothing_either(folder: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        new_case(tmp_path / name, folder, anonymous=Anonymous())
    assert caught.value.code == "deidentify.case_name"
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", ["knee 2024-01-17.twin", "17.01.2024.twin", "{code}.twin"])
def test_the_name_of_a_case_that_is_written_again_holds_no_date(
    folder: Path, tmp_path: Path, name: str
) -> None:
    case = new_case(tmp_path / "old.twin", folder)
    with pytest.raises(UsageError) as caught:
        deidentify_case(case, tmp_path / name.format(code=case.state["patient"]["patient_code"]))
    assert caught.value.code == "deidentify.case_name"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cd", "old.twin"]


@pytest.mark.parametrize("name", [f"{samples.PATIENT_ID}.twin", f"of_{samples.PATIENT_ID.lower()}_b.twin"])
def test_the_id_is_known_by_its_code(folder: Path, tmp_path: Path, name: str) -> None:
    """No catalogue is asked: the installation's secret makes the code of a word again."""
    case = new_case(tmp_path / "old.twin", folder)
    with pytest.raises(UsageError) as caught:
        deidentify_case(case, tmp_path / name)
    assert caught.value.code == "deidentify.case_name"
    assert samples.PATIENT_ID in samples.IDENTIFIERS
    (note,) = deidentify_case(case, tmp_path / "a.twin").warnings
    assert "Check the name of the folder (a.twin)" in note


def test_names_that_the_catalogue_knows_are_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURGITWIN_CATALOGUE", str(tmp_path / "list"))
    case = new_case(tmp_path / "old.twin", folder)
    assert not (tmp_path / "list").exists()
    add(Catalogue.open(), [folder])
    with pytest.raises(UsageError) as caught:
        deidentify_case(case, tmp_path / "lukaszewicz hip.twin")
    assert caught.value.code == "deidentify.case_name"
    for typed in ("Lukaszewicz, left", f"for {samples.PATIENT_ID}"):
        told = case.updated("views", views=[{"name": typed, "zoom": 1}])
        with pytest.raises(InputError) as named:
            deidentify_case(told, tmp_path / "new.twin")
        assert named.value.code == "deidentify.named"
        assert typed not in str(named.value)
    branch = case.updated("tree", trees={"vessel": {"names": {"3": f"LAD of {samples.PATIENT_ID}"}}})
    with pytest.raises(InputError) as named:
        deidentify_case(branch, tmp_path / "new.twin")
    assert (named.value.code, named.value.where) == ("deidentify.named", "case.json, trees, vessel, names")
    case.updated("tree", trees={})
    plain = case.updated("views", views=[{"name": "lateral view", "zoom": 1}])
    assert deidentify_case(plain, tmp_path / "new.twin").case.state["views"][0]["name"] == "lateral view"


def test_hashes_of_files_with_names_go(folder: Path, tmp_path: Path) -> None:
    """By the hash of a file whoever has the file would find the case of its patient."""
    case = from_originals(folder, tmp_path / "old.twin")
    voxels = np.zeros_like(case.labels.array)
    voxels[0, 0, 0] = 1
    write_labels(replace(case.labels, array=voxels), tmp_path / "labels.nrrd")
    case = import_labels(case, tmp_path / "labels.nrrd")
    case = import_labels(case, tmp_path / "labels.nrrd", add=True)
    digest = case.state["labels"]["source"]["sha256"]
    assert len(digest) == 64
    done = deidentify_case(case, tmp_path / "new.twin")
    assert hits(tmp_path / "new.twin", (digest,)) == []
    later = import_labels(done.case, tmp_path / "labels.nrrd")
    assert later.state["labels"]["source"]["sha256"] == ""


def test_places_and_options_that_cannot_be(folder: Path, tmp_path: Path) -> None:
    case = new_case(tmp_path / "old.twin", folder)
    running = replace(case, state={**case.state, "rehearsal": {"active": {"sealed": {}}}})
    for one, out, options, key, code in (
        (case, "old.twin", Options(), None, "deidentify.out"),
        (case, "old.twin/new.twin", Options(), None, "deidentify.out"),
        (case, "new.twin", Options(), "new.twin/key", "deidentify.key_place"),
        (case, "new.twin", Options(deface=True), None, "deidentify.case"),
        (running, "new.twin", Options(), None, "deidentify.case"),
    ):
        with pytest.raises(SurgiTwinError) as caught:
            deidentify_case(one, tmp_path / out, options, key=None if key is None else tmp_path / key)
        assert caught.value.code == code
    assert not (tmp_path / "new.twin").exists()
