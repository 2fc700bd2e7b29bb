"""Where programs of other packages are looked for: a Python environment of their own, then PATH.

They bring PyTorch in versions of their own; installed beside SurgiTwin they would change its packages.
"""

from __future__ import annotations

import os
import shutil
import sys
from importlib.metadata import Distribution, MetadataPathFinder
from pathlib import Path

import platformdirs

VARIABLE = "SURGITWIN_MODELS"
"""Environment variable that names another Python environment of models."""
_BIN = "Scripts" if os.name == "nt" else "bin"
_NOWHERE = "http://127.0.0.1:9"
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")
OFFLINE = {
    **{name: _NOWHERE for lower in _PROXIES for name in (lower, lower.upper())},
    "no_proxy": "", "NO_PROXY": "", "HF_HUB_OFFLINE": "1",
}  # fmt: skip
"""Environment of a program that was not allowed to load anything: web requests go to a port of this computer
on which nothing listens (discard, RFC 863), so that they fail at once instead of leaving it."""


def environment() -> Path:
    """Folder of the Python environment that models are installed in; it need not exist."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path(platformdirs.user_data_dir("surgitwin")) / "models"


def find_program(name: str) -> str | None:
    """Full path of a command: in the environment of models, else on PATH."""
    return shutil.which(name, path=str(environment() / _BIN)) or shutil.which(name)


def python_with(package: str) -> str | None:
    """The interpreter that has `package` installed: of the environment of models, else this one."""
    own = shutil.which("python", path=str(environment() / _BIN))
    if own and _distribution(package, environment()):
        return own
    return sys.executable if _distribution(package, Path(sys.prefix)) else None


def version_beside(package: str, program: str) -> str:
    """Version of `package` in the environment that `program` lies in, "" when it is not told there."""
    for home in (Path(program).absolute().parent.parent, Path(program).resolve().parent.parent):
        found = _distribution(package, home)
        if found is not None:
            return found.version
    return ""


def install_words(requirement: str) -> str:
    """Two commands that install a package where it is looked for."""
    home = environment()
    return f'python3 -m venv "{home}"\n"{home / _BIN / "pip"}" install "{requirement}"'


ROOM = (
    "Installed it takes 2 to 3 GB with PyTorch for the processor alone (measured: 2.5 GB), and more with "
    "PyTorch for graphics cards, which pip chooses on Linux."
)
"""Measured: TotalSegmentator 2.18.0 and MONAI 1.6.1 in one environment, PyTorch 2.13 for the CPU."""


def _distribution(package: str, home: Path) -> Distribution | None:
    folders = [*home.glob("lib/python3*/site-packages"), home / "Lib" / "site-packages"]
    if home == Path(sys.prefix):
        folders += [Path(p) for p in sys.path if p]
    context = MetadataPathFinder.Context(name=package, path=[str(f) for f in folders if f.is_dir()])
    return next(iter(MetadataPathFinder.find_distributions(context)), None)
