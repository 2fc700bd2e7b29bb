"""DICOM network against pynetdicom on loopback: every way to fail, the receiver's limits, TLS."""

from __future__ import annotations

import gc
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dicom_factory as factory
import pydicom
import pytest
import trustme
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.presentation import build_context
from pynetdicom.sop_class import (
    CTImageStorage,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    Verification,
)

from surgitwin.cli.network_options import sent_output
from surgitwin.core.errors import Cancelled, SurgiTwinError
from surgitwin.core.progress import Progress
from surgitwin.exchange.catalogue import Catalogue, search, tidy
from surgitwin.exchange.deidentify import Options
from surgitwin.exchange.network import (
    Landing,
    Limits,
    Listening,
    Peer,
    Question,
    Sent,
    Transfer,
    association,
    echo,
    fetch,
    find,
    get,
    landing,
    receiving,
    security,
    send,
    send_files,
    take_in,
)

# pynetdicom leaves a socket that could not connect to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

GRID = factory.grid_like((4, 8, 6))
LOCAL = "127.0.0.1"


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """What is left is left here, not in a later test."""
    yield
    gc.collect()


@pytest.fixture
def images(tmp_path: Path) -> list[Path]:
    return factory.write_series(tmp_path / "cd", factory.ramp(GRID), GRID)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue.open(tmp_path / "catalogue")


def peer(port: int, **more) -> Peer:
    return Peer("pacs", "PACS", LOCAL, port, **more)


def code(call: Callable[[], object]) -> str:
    with pytest.raises(SurgiTwinError) as caught:
        call()
    return caught.value.code


@contextmanager
def archive(contexts=(Verification,), handlers=(), **settings) -> Iterator[int]:
    """A small peer made of pynetdicom."""
    service = AE(ae_title="PACS")
    for context in contexts:
        service.add_supported_context(context, scp_role=True, scu_role=True)
    for key, value in settings.items():
        setattr(service, key, value)
    server = service.start_server((LOCAL, 0), block=False, evt_handlers=list(handlers))
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        end = time.monotonic() + 3
        while service.active_associations and time.monotonic() < end:
            time.sleep(0.01)  # pynetdicom cannot abort what has only just connected
        service.shutdown()


@contextmanager
def receiver(catalogue: Catalogue, limits: Limits | None = None, **how):
    with (
        landing(catalogue, limits) as place,
        receiving(
            Listening(**{"calling": ("SURGITWIN",), "ae_title": "PACS", "port": 0, **how}), place
        ) as running,
    ):
        yield running


# ---- as a user ---------------------------------------------------------------------------------------


def test_echo_says_how_long_it_took() -> None:
    with archive() as port:
        assert 0 < echo(peer(port)) < 5


def test_each_failure_has_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(association, "CONNECT_S", 0.5)
    with socket.socket() as taken:
        taken.bind((LOCAL, 0))
        assert code(lambda: echo(peer(taken.getsockname()[1]))) == "network.unreachable"
    assert code(lambda: echo(Peer("x", "X", "no.such.host.invalid", 104))) == "network.unreachable"
    with archive(require_calling_aet=["SOMEONE"]) as port:
        assert code(lambda: echo(peer(port))) == "network.rejected"
    with archive(contexts=[CTImageStorage]) as port:
        assert code(lambda: echo(peer(port))) == "network.refused_class"
    with archive(handlers=[(evt.EVT_C_ECHO, lambda _e: 0x0110)]) as port:
        assert code(lambda: echo(peer(port))) == "network.failed"
    assert code(lambda: echo(Peer("web", url="https://a/b"))) == "network.no_dicom"


def test_a_peer_that_says_nothing_is_a_timeout_or_an_abort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(association, "CONNECT_S", 0.3)
    monkeypatch.setattr(association, "ANSWER_S", 0.3)
    with socket.create_server((LOCAL, 0)) as silent:
        assert code(lambda: echo(peer(silent.getsockname()[1]))) in ("network.timeout", "network.aborted")

    def sleepy(_event) -> int:
        time.sleep(1.0)
        return 0

    with archive(handlers=[(evt.EVT_C_ECHO, sleepy)]) as port:
        assert code(lambda: echo(peer(port))) in ("network.timeout", "network.aborted")


def test_nothing_goes_to_another_computer_in_the_clear(images: list[Path], monkeypatch) -> None:
    monkeypatch.setattr(security, "is_loopback", lambda _host: False)
    with archive(contexts=[CTImageStorage, StudyRootQueryRetrieveInformationModelFind, Verification]) as port:
        assert echo(peer(port)) > 0, "no patient data in it"
        assert code(lambda: find(peer(port), Question())) == "network.plain_refused"
        assert code(lambda: send(peer(port), images)) == "network.plain_refused"


def answers(count: int):
    def handle(event):
        for n in range(count):
            row = Dataset()
            row.QueryRetrieveLevel = event.identifier.QueryRetrieveLevel
            row.PatientName, row.StudyInstanceUID = f"Secret^{n}", f"1.2.{n}"
            row.ModalitiesInStudy = ["CT", "MR"]
            yield 0xFF00, row

    return [(evt.EVT_C_FIND, handle)]


def test_rows_of_a_query_and_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    models = [StudyRootQueryRetrieveInformationModelFind]
    with archive(contexts=models, handlers=answers(3)) as port:
        found = find(peer(port), Question(name="Secret*"))
        cut = find(peer(port), Question(), most=2)
    assert [r["StudyInstanceUID"] for r in found.rows] == ["1.2.0", "1.2.1", "1.2.2"]
    assert found.rows[0]["ModalitiesInStudy"] == "CT, MR"
    assert (len(cut.rows), cut.complete, found.complete) == (2, False, True)
    assert "Secret" not in caplog.text
    assert code(lambda: find(peer(port), Question("series"))) == "network.question"
    with archive(contexts=models, handlers=[(evt.EVT_C_FIND, lambda _e: iter([(0xA700, None)]))]) as port:
        assert code(lambda: find(peer(port), Question())) == "network.failed"


def test_a_partly_failed_get_is_told(images: list[Path], catalogue: Catalogue) -> None:
    def give(_event):
        yield 5
        for file in images:
            yield 0xFF00, pydicom.dcmread(file)
        bad = pydicom.dcmread(images[0])
        bad.SOPInstanceUID = "../../../evil"
        yield 0xFF00, bad

    contexts = [StudyRootQueryRetrieveInformationModelGet, CTImageStorage]
    with archive(contexts=contexts, handlers=[(evt.EVT_C_GET, give)]) as port, landing(catalogue) as place:
        done = get(peer(port), "1.2.3", "", place)
        assert (done.done, done.failed) == (4, 1)
        added = take_in(catalogue, place)
    assert len(added.series) == 1
    assert search(catalogue)[0].slices == 4
    assert search(catalogue)[0].copied
    assert not list(catalogue.workplace.iterdir())
    assert {p.stat().st_mode & 0o077 for p in catalogue.folder.rglob("*")} == {0}
    assert {p.read_bytes()[132:] for p in catalogue.store.rglob("*.dcm")}
    with landing(catalogue) as place:
        assert code(lambda: get(peer(port), "no uid", "", place)) == "network.uid"


def test_a_cancel_does_not_wait_for_the_peer() -> None:
    let_go = threading.Event()

    def silent(_event):
        let_go.wait(20)
        yield 0x0000, None

    models = [StudyRootQueryRetrieveInformationModelFind]
    with archive(contexts=models, handlers=[(evt.EVT_C_FIND, silent)]) as port:
        start = time.monotonic()
        stop = Progress(cancelled=lambda: time.monotonic() > start + 0.3)
        with pytest.raises(Cancelled):
            find(peer(port), Question(), progress=stop)
        assert time.monotonic() - start < 5
        let_go.set()


def test_sending_counts_what_was_taken(images: list[Path], tmp_path: Path) -> None:
    kept: list[str] = []

    def keep(event) -> int:
        kept.append(event.request.AffectedSOPInstanceUID)
        return 0xA700 if len(kept) == 2 else 0x0000

    (tmp_path / "words.txt").write_text("no image")
    with archive(contexts=[CTImageStorage], handlers=[(evt.EVT_C_STORE, keep)]) as port:
        done = send(peer(port), [*images, tmp_path / "words.txt"])
    assert (done.done, done.failed) == (3, 2)
    assert "A700" in done.words
    with archive(contexts=[Verification, "1.2.840.10008.5.1.4.1.1.4"]) as port:
        assert code(lambda: send(peer(port), images)) == "network.refused_class"
        assert code(lambda: send(peer(port), [tmp_path / "words.txt"])) == "network.nothing_to_send"
    with archive(contexts=[CTImageStorage], handlers=[(evt.EVT_C_STORE, lambda _e: 0xA700)]) as port:
        assert code(lambda: send(peer(port), images)) == "network.failed"


# ---- as a receiver -----------------------------------------------------------------------------------


def test_the_receiver_takes_from_named_callers_only(images: list[Path], catalogue: Catalogue) -> None:
    with receiver(catalogue) as running:
        assert echo(peer(running.port)) > 0
        assert code(lambda: send(peer(running.port, calling="STRANGER"), images)) == "network.rejected"
        wrong = Peer("pacs", "OTHER", LOCAL, running.port)
        assert code(lambda: send(wrong, images)) == "network.rejected"
        assert send(peer(running.port), images).done == 4
        assert running.wait_quiet(10)
        assert {len(p.stem) for p in running.landing.folder.iterdir()} == {40}
        take_in(catalogue, running.landing)
        port = running.port
    assert search(catalogue)[0].slices == 4
    assert code(lambda: echo(peer(port))) == "network.unreachable", "nothing listens any more"
    assert not list(catalogue.workplace.iterdir())


def test_the_receiver_listens_where_it_is_told(catalogue: Catalogue) -> None:
    assert Listening(("A",)).bind == LOCAL
    assert code(Listening(("A",), bind="0.0.0.0").check) == "network.plain_refused"
    assert code(Listening(()).check) == "network.no_callers"
    assert code(Listening(("A" * 17,)).check) == "network.ae_title"
    with socket.create_server((LOCAL, 0)) as taken, landing(catalogue) as place:
        how = Listening(("A",), port=taken.getsockname()[1])
        assert code(lambda: receiving(how, place).__enter__()) == "network.port_busy"


def test_the_receiver_has_limits(images: list[Path], catalogue: Catalogue) -> None:
    with receiver(catalogue, Limits(free_bytes=2**62)) as running:
        assert code(lambda: send(peer(running.port), images)) in ("network.failed", "network.aborted")
    with receiver(catalogue, Limits(objects=2)) as running:
        done = send(peer(running.port), images)
        assert (done.done, done.failed) == (2, 2)
        assert running.landing.refused == {"too many objects": 2}
    assert not search(catalogue)


def test_an_endless_object_is_cut_off(images: list[Path], catalogue: Catalogue) -> None:
    big = pydicom.dcmread(images[0])
    big.PixelData = bytes(4_000_000)
    big.Rows, big.Columns = 1000, 2000
    big.save_as(images[0])
    with receiver(catalogue, Limits(object_bytes=1_000_000)) as running:
        assert code(lambda: send(peer(running.port), images[:1])) in ("network.aborted", "network.timeout")
        assert running.landing.count == 0
        assert running.refused["too large"] >= 1
        assert send(peer(running.port), images[1:]).done == 3, "others are still served"


def test_what_was_acknowledged_is_not_lost(catalogue: Catalogue) -> None:
    def fail() -> None:
        with landing(catalogue, keep=True) as place:
            assert place.put("1.2.3", b"x") == 0
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    (kept,) = catalogue.workplace.iterdir()
    assert [f.read_bytes() for f in kept.iterdir()] == [b"x"]
    os.utime(kept, (0, 0))
    tidy(catalogue)
    assert kept.is_dir()


def test_names_from_outside_become_no_path(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    place = Landing(tmp_path / "in")
    for uid in ("../../evil", "/etc/passwd", "1.2.3/..", "1.2\0", "1..2", "1." * 40 + "1", "", "1.02"):
        assert place.put(uid, b"x") == 0xA900, uid
    assert place.put("1.2.3", b"x") == 0
    assert [p.parent for p in tmp_path.rglob("*") if p.is_file()] == [tmp_path / "in"]


def test_the_receiver_has_no_more_connections_than_allowed(catalogue: Catalogue) -> None:
    with receiver(catalogue, most_associations=1) as running:
        ae = AE(ae_title="SURGITWIN")
        first = ae.associate(LOCAL, running.port, contexts=[build_context(Verification)], ae_title="PACS")
        assert first.is_established
        assert code(lambda: echo(peer(running.port))) == "network.rejected"
        first.release()


# ---- encrypted ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def papers(tmp_path_factory) -> dict[str, str]:
    """An authority, a server's and a client's certificate, and a stranger's."""
    place = tmp_path_factory.mktemp("papers")
    out = {}
    for who in ("ours", "strange"):
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(place / f"{who}-ca.pem"))
        out[f"{who}_ca"] = str(place / f"{who}-ca.pem")
        for name in (LOCAL, "other.example", "client"):
            made = authority.issue_cert(name)
            stem = place / f"{who}-{name}"
            made.private_key_pem.write_to_path(f"{stem}.key")
            made.cert_chain_pems[0].write_to_path(f"{stem}.pem")
            out[f"{who}_{name}"] = str(stem)
    return out


def secure(papers: dict[str, str], server: str = f"ours_{LOCAL}", ca: str = "") -> dict[str, str]:
    return {"certificate_file": papers[server] + ".pem", "key_file": papers[server] + ".key", "ca_file": ca}


def test_encrypted_both_ways(images, catalogue, papers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "is_loopback", lambda _host: False)
    mine = {
        "tls": True, "ca_file": papers["ours_ca"], "certificate_file": papers["ours_client"] + ".pem",
        "key_file": papers["ours_client"] + ".key",
    }  # fmt: skip
    with receiver(catalogue, **secure(papers, ca=papers["ours_ca"])) as running:
        assert send(peer(running.port, **mine), images).done == 4
        stranger = {
            **mine, "certificate_file": papers["strange_client"] + ".pem",
            "key_file": papers["strange_client"] + ".key",
        }  # fmt: skip
        refused = ("network.certificate", "network.aborted", "network.unreachable")
        assert code(lambda: send(peer(running.port, **stranger), images)) in refused
        assert code(lambda: send(peer(running.port), images)) == "network.plain_refused"
        assert running.landing.count == 4


def test_a_wrong_certificate_is_named(catalogue: Catalogue, papers: dict[str, str]) -> None:
    with receiver(catalogue, **secure(papers)) as running:
        one = peer(running.port, tls=True)
        assert code(lambda: echo(one)) == "network.certificate", "the authority is unknown to the system"
        assert (
            code(lambda: echo(peer(running.port, tls=True, ca_file=papers["strange_ca"])))
            == "network.certificate"
        )
        assert (
            code(lambda: echo(peer(running.port, tls=True, ca_file=__file__))) == "network.certificate_file"
        )
    with receiver(catalogue, **secure(papers, "ours_other.example")) as running:
        wrong_name = peer(running.port, tls=True, ca_file=papers["ours_ca"])
        assert code(lambda: echo(wrong_name)) == "network.certificate"


def test_a_silent_client_does_not_block_the_others(catalogue, papers, monkeypatch) -> None:
    monkeypatch.setattr(security, "HANDSHAKE_S", 0.3)
    with receiver(catalogue, **secure(papers)) as running, socket.create_connection((LOCAL, running.port)):
        took: list[float] = []
        calling = threading.Thread(
            target=lambda: took.append(echo(peer(running.port, tls=True, ca_file=papers["ours_ca"])))
        )
        calling.start()
        calling.join(10)
        assert took


def test_what_was_sent_is_said_to_hold_names() -> None:
    done = sent_output(Sent(Transfer(done=2), None), ("asked nobody",))
    assert "names and IDs" in done.text
    assert done.data == {
        "done": 2, "failed": 0, "reasons": {}, "deidentified": False, "deidentification": None,
        "warnings": ["asked nobody"],
    }  # fmt: skip


def test_images_are_sent_without_identity(images: list[Path], tmp_path: Path) -> None:
    came: list[bytes] = []

    def keep(event) -> int:
        came.append(event.encoded_dataset())
        return 0x0000

    original = pydicom.dcmread(images[0])
    told = [str(original.PatientName), str(original.PatientID), str(original.SeriesInstanceUID)]
    assert all(t.encode() in images[0].read_bytes() for t in told)
    with archive(contexts=[CTImageStorage], handlers=[(evt.EVT_C_STORE, keep)]) as port:
        done = send_files(peer(port), images, without=Options(), key=tmp_path / "key")
    assert (done.transfer.done, done.withheld) == (len(images), 0)
    assert not any(t.encode() in c for c in came for t in told)
    assert "taken out" in done.words
    assert told[1] in (tmp_path / "key").read_text()
    assert sent_output(done).data["deidentification"]["files_written"] == len(images)


def test_what_a_move_promised_and_did_not_bring_is_told(catalogue: Catalogue, monkeypatch) -> None:
    def half(_peer, _study, _series, _title, into, **_options) -> Transfer:
        into.put("1.2.3", b"an object")
        return Transfer(told=3)

    fetching = sys.modules[fetch.__module__]  # the package has a function of that name
    monkeypatch.setattr(fetching, "move", half)
    with landing(catalogue) as place:
        done = fetching._moved(peer(104), "1.2", "", Listening(("PACS",), port=0), place, {})
    assert (done.done, done.failed) == (1, 2)
    assert "did not come" in done.words
