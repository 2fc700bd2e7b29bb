"""Peak memory of an import: under 2.5 times the volume."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from dicom_factory import grid_like, write_series

LIMIT = 2.5
"""Times the volume (issue 2, "Speed and memory")."""

MEASURE = """
import re, sys
from pathlib import Path
from surgitwin.imaging import load_series, scan, write_volume
warm, study, out = map(Path, sys.argv[1:])
write_volume(load_series(scan(warm)[0]), out)  # libraries and decoders are loaded now
peak = lambda: 1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
before = peak()
volume = load_series(scan(study)[0])
write_volume(volume, out)
sys.stdout.write(f"{(peak() - before) / volume.array.nbytes}")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads VmHWM of /proc")
@pytest.mark.parametrize("slope", [1.0, 0.5])
def test_peak_memory_of_import_and_storage(tmp_path: Path, slope: float) -> None:
    small, large = grid_like(), grid_like((60, 512, 512))
    write_series(tmp_path / "warm", np.zeros(small.shape), small)
    values = np.zeros(large.shape, np.float32)
    values[30:] = 0.5  # the fractions come late: the volume changes to float32 half way
    write_series(tmp_path / "study", values, large, slopes=slope)
    command = [sys.executable, "-c", MEASURE, tmp_path / "warm", tmp_path / "study", tmp_path / "v.nrrd"]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True)
    ratio = float(done.stdout)
    assert 0.9 < ratio < LIMIT, ratio
