"""A case: an immutable snapshot of one patient's twin, backed by a folder.

Every use case takes a `Case` and returns a new one; the folder is replaced atomically, so a step
that fails leaves the case as it was. Large arrays are loaded on first use and shared by snapshots.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from surgitwin.anatomy.types import FemurAnatomy
from surgitwin.core.errors import InputError, StorageError
from surgitwin.core.image import ImageGrid, LabelMap, Volume
from surgitwin.core.mesh import SurfaceMesh, TetMesh
from surgitwin.core.plan import Plan
from surgitwin.imaging.formats.nrrd import read_labels, read_volume
from surgitwin.meshing import Surface
from surgitwin.meshing.field import DistanceField
from surgitwin.planning.codec import anatomy_from_json
from surgitwin.planning.plans.file import read_plan
from surgitwin.planning.privacy.identity import with_keyed_code
from surgitwin.storage import CaseFolder

log = logging.getLogger(__name__)

REQUIRED = ("created", "patient", "series", "header", "body_weight_kg", "image", "image_hash")
"""Keys that every case has from its first moment."""


@dataclass(frozen=True, eq=False)
class Case:
    """folder: where it lives. state: the JSON state of this snapshot (do not modify).

    given_plans: the plans of a snapshot that is edited in memory; None: those in the folder. memory: arrays
    in memory, shared by the snapshots of one case: slot -> (what it belongs to, value).
    """

    folder: CaseFolder
    state: Mapping[str, Any] = field(repr=False)
    given_plans: Mapping[str, Plan] | None = field(default=None, repr=False)
    memory: dict[str, tuple[str, Any]] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, path: str | Path, workspace: Path | None = None) -> Case:
        """The case at `path` (InputError "case.missing", StorageError when newer or damaged).

        workspace: folder with the state and plans to use instead of the case's own.
        """
        CaseFolder.open(Path(path))
        folder = CaseFolder(Path(path), workspace)
        state = folder.state()
        missing = [key for key in REQUIRED if key not in state]
        if missing:
            raise StorageError(
                "storage.damaged",
                f"{folder.workspace / 'case.json'} is damaged: it lacks {', '.join(missing)}.",
                hint="Restore the case from a copy; its blobs are untouched.",
                where=str(folder.workspace / "case.json"),
            )
        return cls(folder, with_keyed_code(state))

    def updated(self, action: str, **changes: Any) -> Case:
        """New snapshot with `changes` to the state, written to disk, `action` added to the history."""
        entry = {"when": now(), "action": action}
        state = {**self.state, **changes, "history": [*self.state.get("history", []), entry]}
        self.folder.commit(state)
        memory = {k: v for k, v in self.memory.items() if k != "labels" or "labels" not in changes}
        return Case(self.folder, state, memory=memory)

    def with_content(self, state: Mapping[str, Any], plans: Mapping[str, Plan]) -> Case:
        """A snapshot with another state and other plans, in memory only; arrays are shared."""
        return Case(self.folder, state, plans, self.memory)

    def kept(self, slot: str, key: str, read: Callable[[], Any]) -> Any:
        """What `slot` of the memory holds for `key`, read when it holds something else; one value a slot."""
        found = self.memory.get(slot)
        if found is None or found[0] != key:
            found = (key, read())
            self.memory[slot] = found
        return found[1]

    @property
    def name(self) -> str:
        """Folder name without the suffix."""
        return self.folder.path.stem

    @property
    def volume(self) -> Volume:
        """The image."""
        name = self.state["image"]
        out: Volume = self.kept("volume", name, lambda: read_volume(self.folder.blob(name)))
        return out

    @property
    def labels(self) -> LabelMap:
        """The label map (InputError "case.not_segmented")."""
        step = self._step("labels", "segment", "--preset bone")
        found = self.memory.get("labels")
        if found is not None and (found[0] == step["hash"] or not step["blob"]):
            # An older snapshot whose labels were never stored: the present ones; what is computed from it
            # gives way to what is computed from the present snapshot.
            kept: LabelMap = found[1]
            return kept
        labels = read_labels(self.folder.blob(step["blob"]))
        if found is None:  # the present snapshot's labels stay where they are
            self.memory["labels"] = (step["hash"], labels)
        return labels

    def require_bone(self) -> None:
        """InputError "case.other_site" when the case is about a vessel or other anatomy."""
        site = str(self.state.get("site") or "bone")
        if site == "bone":
            return
        general = site == "general"
        about = "anatomy that no operation is planned on" if general else f"the {site.replace('_', ' ')}"
        raise InputError(
            "case.other_site",
            f"{self.folder.path.name} is about {about}: this step is for the femur.",
            hint=(
                "Edit, register, mesh and export its segments; for a plan segment the femur, an artery or "
                "the aortic root (`segment --preset bone`, `artery`, `aortic_root`)."
                if general
                else "A vessel is segmented, planned, solved and compared; it needs no mesh of its own."
            ),
            where=str(self.folder.path),
        )

    @cached_property
    def anatomy(self) -> FemurAnatomy:
        """Measured anatomy (InputError "case.not_segmented", "case.not_measured", "case.other_site")."""
        self.require_bone()
        self._step("labels", "segment", "--preset bone")
        if not self.state.get("anatomy"):
            raise InputError(
                "case.not_measured",
                f"The bone of {self.folder.path.name} is not measured since its segments changed.",
                hint="Measure and mesh it again on the Anatomy page, or run `surgitwin segment` again.",
                where=str(self.folder.path),
            )
        return anatomy_from_json(self.state["anatomy"])

    @property
    def closed_surface(self) -> Surface:
        """Closed surface of the bone before the cuts with its distance field ("case.not_meshed",
        "case.other_site")."""
        self.require_bone()
        step = self._step("mesh", "mesh", "")
        out: Surface = self.kept("surface", step["surface"], lambda: self._read_surface(step))
        return out

    def _read_surface(self, step: Mapping[str, Any]) -> Surface:
        with np.load(self.folder.blob(step["surface"])) as data:
            grid = ImageGrid(data["field"].shape, data["origin_mm"], data["spacing_mm"], data["direction"])
            field_ = DistanceField(data["field"], grid, float(data["level_mm"]))
            return Surface(
                SurfaceMesh(data["points_mm"], data["triangles"]), field_, **step["surface_report"]
            )

    @property
    def surface(self) -> SurfaceMesh:
        """Triangles of `closed_surface`."""
        return self.closed_surface.mesh

    @property
    def bone_mesh(self) -> TetMesh:
        """Linear tetrahedra of the intact bone (InputError "case.not_meshed")."""
        blob = self._step("mesh", "mesh", "")["blob"]
        out: TetMesh = self.kept("bone_mesh", blob, lambda: self.load_mesh(blob))
        return out

    def load_mesh(self, blob: str) -> TetMesh:
        """A mesh stored by `store_mesh`."""
        with np.load(self.folder.blob(blob)) as data:
            names = dict(zip(data["part_ids"].tolist(), data["part_names"].tolist(), strict=True))
            return TetMesh(data["points_mm"], data["cells"], data["part"], names)

    def require_mesh(self) -> None:
        """InputError "case.not_segmented" or "case.not_meshed" when there is no mesh to solve on;
        "case.other_site" for a vessel."""
        self.require_bone()
        self._step("labels", "segment", "--preset bone")
        self._step("mesh", "mesh", "")

    def _step(self, key: str, command: str, options: str) -> Mapping[str, Any]:
        done = self.state.get(key)
        if not done:
            code = {"labels": "case.not_segmented", "mesh": "case.not_meshed"}[key]
            line = " ".join(f"surgitwin {command} {self.folder.path.name} {options}".split())
            raise InputError(
                code,
                f"{self.folder.path.name} has no {'segmentation' if key == 'labels' else 'mesh'} yet.",
                hint=f"Run `{line}` first.",
                where=str(self.folder.path),
            )
        out: Mapping[str, Any] = done
        return out

    def plans(self) -> dict[str, Plan]:
        """All plans, by name, sorted. Raises InputError for a file that is wrong or misnamed."""
        if self.given_plans is not None:
            return dict(sorted(self.given_plans.items()))
        out: dict[str, Plan] = {}
        if not self.folder.plans_dir.is_dir():
            return out
        for path in sorted(self.folder.plans_dir.glob("*.toml"), key=lambda p: p.stem):
            plan = read_plan(path)
            if plan.name != path.stem:
                raise InputError(
                    "plan.invalid",
                    f"{path}: name: the file is called {path.stem!r} but the plan {plan.name!r}.",
                    hint="Give the file the name of the plan.",
                    where=str(path),
                )
            out[plan.name] = plan
        return out


def store_mesh(folder: CaseFolder, mesh: TetMesh) -> str:
    """Write `mesh` as a blob; returns its name."""

    def write(path: Path) -> None:
        with path.open("wb") as stream:
            np.savez(
                stream,
                points_mm=mesh.points_mm,
                cells=mesh.cells,
                part=mesh.part,
                part_ids=np.array(list(mesh.names), np.int32),
                part_names=np.array(list(mesh.names.values())),
            )

    return folder.put(".npz", write)


def store_surface(folder: CaseFolder, surface: Surface) -> str:
    """Write triangles and distance field of `surface` as a blob; returns its name."""
    grid = surface.field.grid

    def write(path: Path) -> None:
        with path.open("wb") as stream:
            np.savez(
                stream,
                points_mm=surface.mesh.points_mm,
                triangles=surface.mesh.triangles,
                field=surface.field.array,
                level_mm=surface.field.level_mm,
                origin_mm=grid.origin_mm,
                spacing_mm=grid.spacing_mm,
                direction=grid.direction,
            )

    return folder.put(".npz", write)


def now() -> str:
    """The present time, ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
