"""Automatic models, with a small program that stands in for TotalSegmentator as a real process."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from pydicom.sr import codes

from surgitwin.core.errors import Cancelled, PluginError, UsageError
from surgitwin.core.image import ImageGrid, Volume
from surgitwin.core.progress import SILENT, Progress
from surgitwin.segmentation.automatic.interface import Choices, Limits, check_run, find_model, models
from surgitwin.segmentation.automatic.monai import bundles
from surgitwin.segmentation.automatic.place import find_program
from surgitwin.segmentation.automatic.totalsegmentator import NEEDED, SEGMENTS, share_of

PROGRAM = """#!{python}
import os, subprocess, sys, time
mode = os.environ.get("FAKE_MODE", "ok")
image, out = sys.argv[sys.argv.index("-i") + 1], sys.argv[sys.argv.index("-o") + 1]
if mode == "fail":
    sys.exit("CUDA out of memory")
if mode == "slow":
    child = subprocess.Popen(["sleep", "60"])
    open("child.pid", "w").write(str(child.pid))
    print(" 40%|####", flush=True)
    time.sleep(60)
import nibabel as nib, numpy as np
found = nib.load(image)
os.makedirs(out)
home = os.path.join(os.environ["TOTALSEG_HOME_DIR"], "config.json")
open("told.json", "w").write(open(home).read()[:-1] + ', "proxy": "%s"}}' % os.environ.get("HTTPS_PROXY"))
for n, name in enumerate(sys.argv[sys.argv.index("--roi_subset") + 1:]):
    mask = np.zeros(found.shape, np.uint8)
    mask[1 + n, 2:4, 3] = 1
    affine = found.affine + (mode == "shifted") * 5
    nib.save(nib.Nifti1Image(mask, affine), os.path.join(out, name + ".nii.gz"))
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    """The program on PATH, with weights."""
    place = tmp_path / "bin"
    place.mkdir()
    file = place / "TotalSegmentator"
    file.write_text(PROGRAM.format(python=sys.executable))
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TOTALSEG_WEIGHTS_PATH", str(tmp_path / "weights"))
    monkeypatch.setenv("SURGITWIN_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    for name in NEEDED:
        (tmp_path / "weights" / name / "fold_0").mkdir(parents=True)
        (tmp_path / "weights" / name / "fold_0" / "checkpoint_final.pth").write_bytes(b"weights")
    work = tmp_path / "work"
    work.mkdir()
    return work


def image():
    grid = ImageGrid((6, 7, 8), np.array([-5.0, 3, 9]), np.array([0.5, 0.7, 2.0]), np.eye(3))
    return Volume(np.arange(6 * 7 * 8, dtype=np.int16).reshape(6, 7, 8), grid)


def choices(*segments, **more):
    return Choices(segments, limits=Limits(more.pop("seconds", 30), 0.0), **more)


def test_masks_of_the_program_come_back_on_the_grid_of_the_image(program):
    model = find_model("totalsegmentator")
    check_run(model, image(), choices("aorta", "liver"))
    made = model.run(image(), choices("aorta", "liver"), program, SILENT)
    assert [(s.name, s.code) for s in made.labels.segments] == [("aorta", "15825003"), ("liver", "10200004")]
    assert np.argwhere(made.labels.array == 1).tolist() == [[3, 2, 1], [3, 3, 1]]
    assert np.argwhere(made.labels.array == 2).tolist() == [[3, 2, 2], [3, 3, 2]]
    assert len(made.weights_hash) == 64


@pytest.mark.parametrize(
    ("mode", "code"), [("fail", "automatic.failed"), ("shifted", "automatic.bad_result")]
)
def test_a_failure_is_told_with_its_last_words(program, monkeypatch, mode, code):
    monkeypatch.setenv("FAKE_MODE", mode)
    with pytest.raises(PluginError) as told:
        find_model("totalsegmentator").run(image(), choices("aorta"), program, SILENT)
    assert told.value.code == code
    assert mode != "fail" or "CUDA out of memory" in told.value.message


def child_of(folder):
    return int((folder / "child.pid").read_text())


def gone(pid):
    for _ in range(50):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.1)
    return False


def test_too_long_or_cancelled_ends_the_program_and_its_children(program, monkeypatch):
    monkeypatch.setenv("FAKE_MODE", "slow")
    model = find_model("totalsegmentator")
    with pytest.raises(PluginError) as told:
        model.run(image(), choices("aorta", seconds=1.5), program, SILENT)
    assert told.value.code == "automatic.time"
    assert gone(child_of(program))
    (program / "child.pid").unlink()
    progress = Progress(cancelled=(program / "child.pid").exists)
    with pytest.raises(Cancelled):
        model.run(image(), choices("aorta"), program, progress)
    assert gone(child_of(program))


def test_nothing_is_loaded_from_the_network_without_consent(program, tmp_path):
    shutil.rmtree(tmp_path / "weights" / NEEDED[3])  # with five of six sets it would load the sixth
    model = find_model("totalsegmentator")
    with pytest.raises(UsageError) as told:
        check_run(model, image(), choices("aorta"))
    assert told.value.code == "automatic.no_weights"
    assert "1 of 6 sets of weights from github.com" in told.value.hint
    check_run(model, image(), choices("aorta", allow_download=True))


def test_what_keeps_a_model_from_running_is_named(program, monkeypatch):
    model = find_model("totalsegmentator")
    mr = Volume(image().array, image().grid, "MR", "")
    wrong = [(mr, choices("aorta"), "automatic.modality"), (image(), choices("soul"), "automatic.segments")]
    wrong += [(image(), choices(), "automatic.segments")]
    wrong += [(image(), Choices(("aorta",), limits=Limits(1, 1e6)), "automatic.memory")]
    for volume, asked, code in wrong:
        with pytest.raises((UsageError, PluginError)) as told:
            check_run(model, volume, asked)
        assert told.value.code == code
    monkeypatch.setenv("PATH", str(program))
    with pytest.raises(PluginError) as told:
        check_run(model, image(), choices("aorta"))
    assert told.value.code == "automatic.not_installed"
    with pytest.raises(UsageError) as told:
        find_model("oracle")
    assert told.value.code == "automatic.unknown"


def test_nothing_is_told_to_its_authors_and_without_consent_it_has_no_network(program):
    model = find_model("totalsegmentator")
    model.run(image(), choices("aorta"), program, SILENT)
    told = json.loads((program / "told.json").read_text())
    assert told["send_usage_stats"] is False
    assert told["proxy"] == "http://127.0.0.1:9"
    shutil.rmtree(program / "home")
    shutil.rmtree(program / "segments")
    model.run(image(), choices("aorta", allow_download=True), program, SILENT)
    assert json.loads((program / "told.json").read_text())["proxy"] == "None"


def test_several_bars_of_a_program_are_one_progress():
    said = "100%|##| 1/1\nPredicting part 1 of 2 ...\n 50%|#"
    assert share_of("100%|##| 1/1") is None
    assert share_of(said) == 0.25
    assert share_of(said + "\nPredicting part 2 of 2 ...\n") == 0.5


def test_it_is_found_in_an_environment_of_its_own(program, tmp_path):
    model = find_model("totalsegmentator")
    assert model.version() == "unknown"
    home = tmp_path / "models"
    info = home / "lib" / "python3.11" / "site-packages" / "TotalSegmentator-2.18.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: TotalSegmentator\nVersion: 2.18.0\n")
    (home / "bin").mkdir()
    shutil.copy2(tmp_path / "bin" / "TotalSegmentator", home / "bin")
    assert find_program("TotalSegmentator") == str(home / "bin" / "TotalSegmentator")
    assert model.version() == "2.18.0"
    assert str(home) in model.install()


def test_codes_are_those_of_dicom():
    known = {getattr(codes.SCT, n).value for n in codes.SCT.dir()}
    assert [s.name for s in SEGMENTS if s.code not in known] == []


def test_bundles_are_read_from_their_metadata(tmp_path, monkeypatch):
    folder = tmp_path / "spleen_ct" / "configs"
    folder.mkdir(parents=True)
    form = {
        "inputs": {"image": {"modality": "CT"}},
        "outputs": {"pred": {"channel_def": {"0": "background", "1": "spleen"}}},
    }
    meta = folder / "metadata.json"
    meta.write_text(json.dumps({"version": "0.5", "network_data_format": form}))
    monkeypatch.setenv("SURGITWIN_BUNDLES", str(tmp_path))
    (one,) = bundles()
    assert (one.name, one.version(), one.modality) == ("spleen_ct", "0.5", "CT")
    assert [(s.name, s.code) for s in one.segments()] == [("spleen", "78961009")]
    assert not one.has_weights()
    assert "spleen_ct" in [m.name for m in models()]
    meta.write_text("{}")
    with pytest.raises(PluginError) as told:
        models()
    assert told.value.code == "automatic.bundle"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_program_ends_with_the_worker_that_is_ended(tmp_path: Path) -> None:
    """As the window ends a worker that does not stop by itself, and the kernel when the window is gone."""
    code = (
        "from pathlib import Path\n"
        "from surgitwin.core.progress import SILENT\n"
        "from surgitwin.segmentation.automatic.process import run_program\n"
        "said = 'echo $$ > pid.part; mv pid.part pid; sleep 60'\n"
        "run_program(['sh', '-c', said], Path('.'), 60.0, SILENT)\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path)
    end = time.monotonic() + 30
    while not (tmp_path / "pid").exists() and time.monotonic() < end:
        time.sleep(0.05)
    program = psutil.Process(int((tmp_path / "pid").read_text()))
    time.sleep(0.3)
    worker.terminate()
    assert worker.wait(10) == -signal.SIGTERM
    gone, left = psutil.wait_procs([program], timeout=5)
    for one in left:
        one.kill()
    assert gone == [program]
