"""The network slice against Orthanc, an archive that others wrote: DICOM and DICOMweb, plain and encrypted.

Orthanc runs for these tests only: on loopback, free ports, a folder of its own. CI fetches it (.ci/run).
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dicom_factory as factory
import pydicom
import pytest
import trustme
from pydicom.uid import JPEGLSLossless

from small_case import run_cli
from surgitwin.core.errors import SurgiTwinError
from surgitwin.exchange.catalogue import Catalogue, forget, open_series, paths_of, search
from surgitwin.exchange.network import (
    Listening,
    Peer,
    Question,
    echo,
    fetch,
    find,
    get,
    keep_peer,
    landing,
    send,
    web_find,
    web_get,
    web_send,
)
from surgitwin.imaging import load_series
from tls_door import tls_door

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

LOCAL = "127.0.0.1"
PLACES = (os.environ.get("SURGITWIN_ORTHANC", ""), "/usr/sbin/Orthanc")
USER, PASSWORD = "tester", "only-for-tests"  # of a server that lives for these tests
GRID = factory.grid_like((4, 24, 20))


@dataclass(frozen=True)
class Archive:
    """A running Orthanc. move_port: where it believes that we listen."""

    dicom: int
    http: int
    move_port: int
    papers: dict[str, str]
    tls: bool

    def peer(self, **more) -> Peer:
        mine = {
            "tls": True, "ca_file": self.papers["ca"], "certificate_file": self.papers["pem"],
            "key_file": self.papers["key"],
        }  # fmt: skip
        scheme = "https" if self.tls else "http"
        fields = {
            "ae_title": "ORTHANC", "host": LOCAL, "port": self.dicom, "user": USER,
            "url": f"{scheme}://{LOCAL}:{self.http}/dicom-web", **(mine if self.tls else {}), **more,
        }  # fmt: skip
        return Peer("orthanc", **fields)


def program() -> Path:
    for place in filter(None, PLACES):
        if Path(place).is_file():
            return Path(place)
    pytest.skip("Orthanc is absent: install Debian's orthanc and orthanc-dicomweb, or set SURGITWIN_ORTHANC")


def plugin(orthanc: Path) -> Path:
    found = (orthanc.parent / "../share/orthanc/plugins/libOrthancDicomWeb.so").resolve()
    if not found.is_file():
        pytest.skip(f"Orthanc's DICOMweb plugin is absent ({found}): install orthanc-dicomweb")
    return found


def free_ports(count: int) -> list[int]:
    taken = [socket.create_server((LOCAL, 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in taken]
    for s in taken:
        s.close()
    return ports


def papers(place: Path) -> dict[str, str]:
    """Authority, server and client certificates."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(place / "ca.pem"))
    for who in (LOCAL, "client"):
        made = authority.issue_cert(who)
        made.cert_chain_pems[0].write_to_path(str(place / f"{who}.pem"))
        made.private_key_pem.write_to_path(str(place / f"{who}.key"))
    return {
        "ca": str(place / "ca.pem"), "pem": str(place / "client.pem"), "key": str(place / "client.key"),
        "server_pem": str(place / f"{LOCAL}.pem"), "server_key": str(place / f"{LOCAL}.key"),
    }  # fmt: skip


def configuration(place: Path, ports: list[int], own: dict[str, str], tls: bool, plugin_file: Path) -> dict:
    dicom, http, back = ports
    out = {
        "Name": "tests", "StorageDirectory": str(place / "db"), "IndexDirectory": str(place / "db"),
        "Plugins": [str(plugin_file)], "DicomAet": "ORTHANC", "DicomPort": dicom, "DicomCheckCalledAet": True,
        "HttpPort": http, "HttpBindAddresses": [LOCAL], "RemoteAccessAllowed": False, "SslEnabled": False,
        "AuthenticationEnabled": True, "RegisteredUsers": {USER: PASSWORD}, "HttpServerEnabled": True,
        "DicomAlwaysAllowEcho": True, "DicomAlwaysAllowStore": False, "DicomAlwaysAllowFind": False,
        "DicomModalities": {
            "us": {
                "AET": "SURGITWIN", "Host": LOCAL, "Port": back, "AllowGet": True, "AllowFind": True,
                "AllowMove": True, "AllowStore": True, "AllowEcho": True, "UseDicomTls": tls,
            }
        },
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "StudiesMetadata": "Full"},
    }  # fmt: skip
    if tls:
        out |= {
            "DicomTlsEnabled": True,
            "DicomTlsCertificate": own["server_pem"], "DicomTlsPrivateKey": own["server_key"],
            "DicomTlsTrustedCertificates": own["ca"], "DicomTlsRemoteCertificateRequired": True,
        }  # fmt: skip
    return out


def answers(port: int) -> bool:
    try:
        socket.create_connection((LOCAL, port), timeout=0.2).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="session", params=["plain", "encrypted"])
def orthanc(request, tmp_path_factory) -> Iterator[Archive]:
    binary = program()
    place = tmp_path_factory.mktemp(f"orthanc-{request.param}")
    tls = request.param == "encrypted"
    ports, own = free_ports(3), papers(place)
    settings = configuration(place, ports, own, tls, plugin(binary))
    (place / "orthanc.json").write_text(json.dumps(settings))
    libraries = os.environ.get("SURGITWIN_ORTHANC_LIBRARIES", "")
    environment = {**os.environ, **({"LD_LIBRARY_PATH": libraries} if libraries else {})}
    with (place / "log.txt").open("wb") as log:
        running = subprocess.Popen(
            [str(binary), str(place / "orthanc.json")], stdout=log, stderr=log, cwd=place, env=environment
        )
        try:
            end = time.monotonic() + 20
            while not (answers(ports[0]) and answers(ports[1])):
                assert running.poll() is None, (place / "log.txt").read_text()
                assert time.monotonic() < end, (place / "log.txt").read_text()
                time.sleep(0.05)
            if not tls:
                yield Archive(ports[0], ports[1], ports[2], own, tls)
            else:  # the HTTPS of Debian's Orthanc 1.10.1 ends in a segmentation fault (OpenSSL 3)
                with tls_door(ports[1], own["server_pem"], own["server_key"], own["ca"]) as door:
                    yield Archive(ports[0], door, ports[2], own, tls)
        finally:
            running.terminate()
            running.wait(20)


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    monkeypatch.setenv("SURGITWIN_CATALOGUE", str(tmp_path / "catalogue"))
    monkeypatch.setenv("SURGITWIN_PEERS", str(tmp_path / "peers.toml"))
    monkeypatch.setenv("SURGITWIN_PASSWORD", PASSWORD)
    return Catalogue.open()


def study(folder: Path, name: str) -> list[Path]:
    def edit(dataset, _k) -> None:
        dataset.PatientName, dataset.PatientID, dataset.StudyDate = name, f"ID-{name}", "20260102"
        dataset.StudyDescription, dataset.SpecificCharacterSet = "Ankle", "ISO_IR 192"

    return factory.write_series(folder, factory.ramp(GRID), GRID, edit=edit)


def uid_of(file: Path) -> str:
    return str(pydicom.dcmread(file).StudyInstanceUID)


def same_voxels(catalogue: Catalogue, uid: str) -> None:
    loaded = load_series(open_series(catalogue, uid))
    assert (loaded.array == factory.ramp(GRID)).all()
    assert loaded.grid.spacing_mm == pytest.approx(GRID.spacing_mm)


def test_there_and_back_by_dicom(orthanc: Archive, catalogue: Catalogue, tmp_path: Path) -> None:
    files = study(tmp_path / "cd", "Dicom^Ändy")
    peer, uid = orthanc.peer(), uid_of(files[0])
    assert echo(peer) > 0
    assert send(peer, files).done == 4
    (row,) = find(peer, Question(name="Dicom*", date="20260101-20260131")).rows
    assert (row["StudyInstanceUID"], row["StudyDescription"], row["PatientName"]) == (
        uid,
        "Ankle",
        "Dicom^Ändy",
    )
    assert find(peer, Question("patient", patient_id="ID-Dicom*")).rows[0]["PatientID"] == "ID-Dicom^Ändy"
    (one,) = find(peer, Question("series", study_uid=uid)).rows
    assert one["NumberOfSeriesRelatedInstances"] == "4"
    done = fetch(catalogue, peer, uid)
    assert (done.transfer.done, done.transfer.failed, len(done.added.series)) == (4, 0, 1)
    same_voxels(catalogue, done.added.series[0])
    again = fetch(catalogue, peer, uid, one["SeriesInstanceUID"])
    assert (again.added.series, again.added.files["duplicate"]) == ([], 4)
    with landing(catalogue) as place, pytest.raises(SurgiTwinError) as caught:
        get(orthanc.peer(calling="STRANGER"), uid, "", place)
    assert caught.value.code in ("network.rejected", "network.refused_class", "network.aborted")


def test_orthanc_moves_to_our_receiver(orthanc: Archive, catalogue: Catalogue, tmp_path: Path) -> None:
    files = study(tmp_path / "cd", "Move")
    peer, uid = orthanc.peer(), uid_of(files[0])
    send(peer, files)
    own = orthanc.papers
    secure = (
        {"certificate_file": own["pem"], "key_file": own["key"], "ca_file": own["ca"]} if orthanc.tls else {}
    )
    how = Listening(("ORTHANC",), "SURGITWIN", port=orthanc.move_port, **secure)
    if orthanc.tls:
        # Orthanc checks that the certificate is signed by the authority, not the name in it.
        assert how.certificate_file
    done = fetch(catalogue, peer, uid, how="move", listening=how)
    assert (done.transfer.done, done.transfer.failed) == (4, 0)
    same_voxels(catalogue, done.added.series[0])
    assert not answers(orthanc.move_port), "nothing listens any more"


def test_there_and_back_by_web(orthanc: Archive, catalogue: Catalogue, tmp_path: Path) -> None:
    files = study(tmp_path / "cd", "Web^Wide")
    peer, uid = orthanc.peer(), uid_of(files[0])
    assert web_send(peer, files, password=PASSWORD).done == 4
    (row,) = web_find(peer, Question(name="Web*"), password=PASSWORD).rows
    assert (row["StudyInstanceUID"], row["PatientName"]) == (uid, "Web^Wide")
    (one,) = web_find(peer, Question("series", study_uid=uid), password=PASSWORD).rows
    done = fetch(catalogue, peer, uid, one["SeriesInstanceUID"], how="web", password=PASSWORD)
    assert (done.transfer.done, done.transfer.failed) == (4, 0)
    same_voxels(catalogue, done.added.series[0])


def test_the_web_says_what_is_wrong(orthanc: Archive, catalogue: Catalogue, tmp_path: Path) -> None:
    def code(peer: Peer, password: str = PASSWORD) -> str:
        with pytest.raises(SurgiTwinError) as caught:
            web_find(peer, Question(), password=password)
        assert PASSWORD not in f"{caught.value.message} {caught.value.hint}"
        return caught.value.code

    assert code(orthanc.peer(), "wrong") == "network.login"
    assert code(orthanc.peer(url=orthanc.peer().url + "-none")) == "network.failed"
    closed = free_ports(1)[0]
    assert code(orthanc.peer(url=f"http://{LOCAL}:{closed}/dicom-web")) == "network.unreachable"
    if orthanc.tls:
        assert code(orthanc.peer(ca_file="")) == "network.certificate"
        (tmp_path / "x").mkdir()
        assert code(orthanc.peer(ca_file=papers(tmp_path / "x")["ca"])) == "network.certificate"
    with landing(catalogue) as place, pytest.raises(SurgiTwinError) as caught:
        web_get(orthanc.peer(), "1.2.3.4.5", "", place, password=PASSWORD)
    assert caught.value.code == "network.failed"


def test_a_compressed_series_comes_as_it_is(orthanc: Archive, catalogue: Catalogue, tmp_path: Path) -> None:
    files = study(tmp_path / "cd", "Packed")
    for file in files:
        dataset = pydicom.dcmread(file)
        dataset.compress(JPEGLSLossless, generate_instance_uid=False)
        dataset.save_as(file)
    peer, uid = orthanc.peer(), uid_of(files[0])
    assert send(peer, files).done == 4
    for how in ("get", "web"):
        done = fetch(catalogue, peer, uid, how=how, password=PASSWORD)
        (listed,) = done.added.series
        syntaxes = {pydicom.dcmread(p).file_meta.TransferSyntaxUID for p in paths_of(catalogue, listed)}
        assert syntaxes == {JPEGLSLossless}, how
        same_voxels(catalogue, listed)
        forget(catalogue, listed)


def test_as_a_user_calls_it(orthanc: Archive, catalogue: Catalogue, tmp_path: Path) -> None:
    files = study(tmp_path / "cd", "Called")
    keep_peer(orthanc.peer())
    uid = uid_of(files[0])

    def said(*words: object) -> dict:
        done = run_cli("network", *words)
        assert done.code == 0, done.out
        return json.loads(done.out)

    assert said("echo", "orthanc")["tls"] is orthanc.tls
    assert said("send", "orthanc", tmp_path / "cd", "--identified")["done"] == 4
    assert said("find", "orthanc", "--name", "Called")["rows"][0]["StudyInstanceUID"] == uid
    (series,) = said("get", "orthanc", "--study", uid)["series"]
    assert said("web-send", "orthanc", "--series", series, "--identified")["done"] == 4
    assert said("web-find", "orthanc", "--name", "Called")["rows"][0]["StudyInstanceUID"] == uid
    assert said("web-get", "orthanc", "--study", uid)["series"] == []
    assert len(search(catalogue)) == 1
    shutil.rmtree(tmp_path / "cd")
    same_voxels(catalogue, series)
    assert PASSWORD not in (tmp_path / "peers.toml").read_text()
