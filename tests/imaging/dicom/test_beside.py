"""JPEG 2000 decoded by processes beside this one."""

import threading

import numpy as np
import psutil
import pytest
from dicom_factory import grid_like, write_series
from encoding_factory import LOSSLESS, stored_as
from openjpeg.utils import decode_pixel_data, encode_array

from surgitwin.core.errors import InputError
from surgitwin.imaging import load_series, scan
from surgitwin.imaging.dicom import frame_pixels
from surgitwin.imaging.dicom.coded.beside import Beside

SLICES = 9


def picture(seed=0, size=48):
    rng = np.random.default_rng(seed)
    return (np.add.outer(np.arange(size), np.arange(size)) + rng.integers(0, 50, (size, size))).astype("<u2")


def coded(seed=0):
    return encode_array(picture(seed), photometric_interpretation=2)


@pytest.fixture
def series_of(tmp_path):
    def make():
        values = np.stack([picture(n).astype(np.int16) for n in range(SLICES)])
        grid = grid_like(values.shape)
        write_series(
            tmp_path,
            values,
            grid,
            edit=stored_as(LOSSLESS["jpeg-2000"], bits=16),
            syntax=LOSSLESS["jpeg-2000"],
        )
        return values, tmp_path

    return make


@pytest.fixture
def by_processes(monkeypatch):
    """Even a short series is decoded by two processes; how often they were started."""
    started = []

    class Counted(Beside):
        def __enter__(self):
            started.append(self.count)
            return super().__enter__()

    monkeypatch.setattr(frame_pixels, "MANY", 2)
    monkeypatch.setattr(frame_pixels, "processors", lambda: 2)
    monkeypatch.setattr(frame_pixels, "Beside", Counted)
    return started


def test_the_samples_are_those_of_this_process():
    streams = [coded(seed) for seed in range(7)]
    with Beside(2) as beside:
        futures = [beside.put(stream) for stream in streams]
        assert [f.result() for f in futures] == [bytes(decode_pixel_data(s, version=2)) for s in streams]


def test_a_damaged_picture_is_told_and_the_next_one_is_read():
    good = coded()
    with Beside(1) as beside:
        with pytest.raises(RuntimeError, match="J2K"):
            beside.put(good[:60]).result()
        assert beside.put(good).result() == decode_pixel_data(good, version=2)


def test_a_decoder_that_dies_is_told():
    with Beside(1) as beside:
        (process,) = beside._all
        process.kill()
        process.wait()
        with pytest.raises(RuntimeError, match="decoder ended"):
            beside.put(coded()).result()


def test_no_process_and_no_thread_stays():
    with Beside(2) as beside:
        numbers = [p.pid for p in beside._all]
        for _ in range(20):
            beside.put(coded())
    assert not any(psutil.pid_exists(n) for n in numbers)
    assert not [t for t in threading.enumerate() if t.name.startswith("jpeg2000")]


def test_a_series_comes_out_as_it_went_in(series_of, by_processes):
    values, folder = series_of()
    (series,) = scan(folder)
    assert (load_series(series).array == values).all()
    assert by_processes == [2]


def test_a_damaged_file_is_named(series_of, by_processes):
    _, folder = series_of()
    (series,) = scan(folder)
    file = series.slices[4].source.path
    data = bytearray(file.read_bytes())
    start = data.find(b"\xff\x93") + 2  # what follows the mark "start of data" of the codestream
    assert start > 2
    data[start - 120 : start - 60] = bytes(60)
    file.write_bytes(data)
    with pytest.raises(InputError) as caught:
        load_series(series)
    assert caught.value.code == "dicom.undecodable"
    assert file.name in caught.value.message
    assert by_processes == [2]


def test_a_cancelled_load_ends_the_processes(series_of, by_processes):
    _, folder = series_of()
    (series,) = scan(folder)
    before = {p.pid for p in psutil.Process().children()}

    def cancel(_words, share):
        if share:
            raise KeyboardInterrupt

    class Stopping:
        __call__ = staticmethod(cancel)

        def part(self, _start, _end):
            return self

    with pytest.raises(KeyboardInterrupt):
        load_series(series, Stopping())
    assert {p.pid for p in psutil.Process().children()} <= before
    assert by_processes == [2]
